"""Parts that questions are put together from: frames, names of things, and what people write round a question.

One a line. `{}` is the place of a thing that is asked for, `{name}` of something that may be on the screen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from deploy.demo_model.samples import Language

Lines = Mapping[Language, Sequence[str]]


def _lines(block: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in block.strip().splitlines())


NOUNS: Final[Mapping[Language, Mapping[str, Sequence[str]]]] = {
    "en": {
        "error_code": _lines("""
            error code
            error code
            code
            error number
            code of the error
            fault code
            error id
            number of the error
        """),
        "message": _lines("""
            message
            message
            error message
            error
            notice
            warning
            text of the message
            error text
            information
            note
        """),
        "title": _lines("""
            title
            title
            heading
            headline
            title of the page
            title of the dialog
            page title
            heading of the window
            name of this page
            title of the screen
        """),
        "total": _lines("""
            total
            total
            total amount
            total price
            sum
            amount due
            grand total
            full price
            total sum
            total cost
        """),
        "order_number": _lines("""
            order number
            order number
            order id
            order no.
            number of the order
            number of my order
            order reference
            order nr
        """),
        "status": _lines("""
            status
            status
            current status
            state
            status of the order
            order status
            present state
            status of it
        """),
        "button": _lines("""
            button to press
            button to click
            right button
            main button
            button I need
            next button
            button to tap
            button
        """),
    },
    "zh": {
        "error_code": _lines("""
            错误代码
            错误代码
            错误码
            报错代码
            代码
            错误编号
            故障代码
        """),
        "message": _lines("""
            提示
            提示信息
            错误信息
            错误提示
            消息
            提示内容
            警告
            报错内容
        """),
        "title": _lines("""
            标题
            标题
            页面标题
            窗口标题
            大标题
            对话框标题
            这个页面的标题
        """),
        "total": _lines("""
            总金额
            总金额
            总价
            合计
            总额
            应付金额
            总计
            一共的金额
        """),
        "order_number": _lines("""
            订单号
            订单号
            订单编号
            单号
            订单号码
            这个订单的编号
        """),
        "status": _lines("""
            状态
            状态
            当前状态
            订单状态
            现在的状态
            目前的状态
        """),
        "button": _lines("""
            该点的按钮
            要按的按钮
            按钮
            主要按钮
            正确的按钮
        """),
    },
}
"""What a thing is called; what is usual stands there twice."""
FRAMES: Final[Lines] = {
    "en": _lines("""
        What is the {}?
        What's the {}?
        what is the {}
        Which {} is it?
        Which {} is there?
        Tell me the {}.
        Can you tell me the {}?
        Could you read the {}?
        Can you find the {}?
        I need the {}.
        Read me the {}.
        Please give me the {}.
        Do you see the {}?
        I am looking for the {}.
        Find the {}.
        The {}?
        {}?
        What {} do you find?
        What {} did I get?
        I want to know the {}.
        What would the {} be?
        Give me the {}.
        Could you look up the {}?
        What have we got as the {}?
        Show me the {}.
        I'd like the {}.
        My {}?
        What can you see as the {}?
        Any idea what the {} is?
        Which {} can be seen?
        What is given as the {}?
    """),
    "zh": _lines("""
        {}是什么？
        {}是多少？
        {}是哪个？
        请问{}是什么？
        告诉我{}
        帮我找{}
        帮我看看{}是什么
        我要{}
        {}呢？
        显示什么{}？
        有什么{}？
        是什么{}
        什么{}？
        显示的{}是什么？
        {}写的是什么？
        能看到{}吗，是什么？
        我想知道{}
        麻烦读一下{}
        请说一下{}
        {}？
        查一下{}
        {}显示的是什么？
        看得到{}吗？
        {}在哪里，是什么？
        我找不到{}，是什么？
    """),
}
"""Ask for a thing."""
SAYING: Final[Lines] = {
    "en": _lines("""
        What does the {} say?
        what does the {} say
        What is written in the {}?
        What is the {} telling me?
        Can you read the {} to me?
        What stands in the {}?
        How does the {} read?
        What do they write in the {}?
        I don't get the {}, what does it say?
        Please quote the {}.
        Spell out the {}.
        Type out the {} for me.
    """),
    "zh": _lines("""
        {}说了什么？
        {}写了什么？
        {}的内容是什么？
        {}上写着什么？
        {}怎么说的？
        {}里写了什么
        请念一下{}
        把{}打出来
    """),
}
"""Ask for what something says."""
PRESSING: Final[Lines] = {
    "en": _lines("""
        What do I {} next?
        Where do I {}?
        What should I {}?
        Which one should I {}?
        Where should I {} now?
        What am I supposed to {}?
        which one do I {}
        Do you know where to {}?
        Which button would I {}?
        What must I {} to get ahead?
        Tell me what to {}.
        What would you {}?
        Where can I {}?
        I should {} what?
    """),
    "zh": _lines("""
        我该{}什么？
        要{}哪个？
        {}哪里？
        应该{}哪一个按钮？
        接下来{}什么？
        现在该{}哪个？
        告诉我{}哪里
        需要{}哪里？
        想继续要{}什么？
    """),
}
"""Ask for the button."""
PRESS: Final[Lines] = {
    "en": _lines("""
        press
        click
        tap
        push
        hit
    """),
    "zh": _lines("""
        点
        按
        点击
        按下
        选
    """),
}
"""What is done to a button."""
SEEING: Final[Lines] = {
    "en": _lines("""
        Is {name} there?
        is {name} on it
        {name}, is it there?
        Any {name} there?
        Does this have {name}?
        Is it possible to see {name}?
        can you find {name}
        Is {name} on the page?
        Is there a {name}?
        is {name} anywhere
        Does it say "{name}" somewhere?
        Is "{name}" written there?
        Have they got {name}?
        can i see {name}
        is {name} in the list
        I can't find {name}, is it there?
        Does {name} show up?
        Is {name} one of the options?
        Look for "{name}", is it there?
        is there something like {name}
    """),
    "zh": _lines("""
        有{name}吗？
        能不能看到{name}？
        看得到{name}吗
        有“{name}”这几个字吗？
        找一下有没有{name}
        {name}在不在上面？
        页面有没有 {name}
        这里有{name}吗
        是否有“{name}”？
        上面写着{name}吗？
        {name} 有吗
        有没有叫 {name} 的
    """),
}
"""Ask whether something is there."""
BEFORE: Final[Lines] = {
    "en": _lines("""
        Hi,
        Hello,
        Hey,
        Sorry,
        Please:
        Here:
        Quick question:
        Excuse me,
        Hi!
        Hello.
        I got this.
        Look at this.
        I can't read it.
        I have a problem.
        Something is wrong.
        I am stuck.
        A window popped up.
        I see this on my phone.
        Please help.
        It's too small for me.
        I got an error.
        My order is here.
        This came up.
        I took a screenshot.
        Good morning.
        Just tell me:
        See the picture:
        In this screenshot,
        On this page,
        On my screen,
        In the picture,
        About this page:
        ok
        Thanks.
    """),
    "zh": _lines("""
        你好，
        您好，
        请问
        麻烦看一下，
        帮我看看，
        这张图里，
        截图里，
        我看不清，
        出问题了，
        请看，
        这个页面上，
        弹出了一个窗口，
        我想知道，
        早上好，
        出现了这个，
        字太小了，
        我截了图，
        这是我的订单，
        报错了，
        急，
        图片里
        屏幕上
        上面
        好的，
    """),
}
"""Before a question."""
AFTER: Final[Lines] = {
    "en": _lines("""
        please
        here
        in this screenshot
        on the screen
        on this page
        in the picture
        , please
        now
        for me
        exactly
        there
        in the image
        , thanks
        on my screen
        in the screenshot
        then
        here please
        in this picture
        on this screen
        in it
        at the moment
    """),
    "zh": _lines("""
        ，谢谢
        呢
        啊
        ，麻烦了
        ，帮我读一下
        ，请告诉我
        ，急
        ，看一下
        ，谢谢你
    """),
}
"""After a question; what begins with a comma is joined to it."""
AGAIN: Final[Lines] = {
    "en": _lines("""
        And here, the {}?
        What about this one: the {}?
        And in this one, what is the {}?
        Now here. What's the {}?
        And the {} on this one?
        Another screenshot. The {}?
        This is the next one, what is the {}?
        One more: what's the {} here?
        And this? I need the {}.
        The {} of this one too, please.
    """),
    "zh": _lines("""
        那这张呢，{}是什么？
        这一张的{}呢？
        再看这张，{}是多少？
        这里的{}呢？
        又一张，{}是什么
        这张图的{}也帮我看看
        换这张，{}呢？
    """),
}
"""Ask for the same thing again, of a screenshot that has just come."""
ALSO: Final[Lines] = {
    "en": _lines("""
        Also the {}.
        And what's the {}?
        Then the {}?
        Good, now the {}.
        the {} as well
        How about the {}?
        And I want the {}.
        Next: the {}?
        Could I have the {} as well?
        what is the {} then
        And its {}?
    """),
    "zh": _lines("""
        还有{}？
        那{}是什么？
        再说一下{}
        {}也要
        接着是{}
        顺便看下{}
        那么{}是多少
        {}也告诉我吧
    """),
}
"""Ask for another thing."""
BY_PLACE: Final[Lines] = {
    "en": _lines("""
        {Bare}. {question}
        {Bare}: {question}
        For {bare}: {question}
        Now {bare}: {question}
        It is about {bare}. {question}
        Take {bare}: {question}
        With {bare}, {question}
        {Bare}, {question}
    """),
    "zh": _lines("""
        {bare}：{question}
        看{bare}，{question}
        说的是{bare}，{question}
        {bare}的问题：{question}
        {bare}。{question}
        就是{bare}，{question}
    """),
}
"""Name the screenshot that is meant."""
OTHERS: Final[Lines] = {
    "en": _lines("""
        Can you {do} my {thing}?
        Please {do} the {thing}.
        How do I {do} a {thing}?
        Where can I buy a {thing}?
        Why is my {thing} so {like}?
        I would like to {do} the {thing}.
        When will my {thing} arrive?
        Do you sell {thing}s?
        Who made this {thing}?
        Is your {thing} {like}?
        How long does a {thing} last?
        I want a {like} {thing}.
        Can I {do} it tomorrow?
        My {thing} is {like}, what now?
        How much is a {thing} at your shop?
        Which {thing} do you like best?
        Send me a {like} {thing}.
        What is a {thing}?
        Do you like {thing}s?
        When do you {do} {thing}s?
        Are you {like}?
        Could you {do} me a {thing}?
        Book me a {thing} for {day}.
        Are you open on {day}?
        What day is it, {day}?
        Do you speak {tongue}?
        Can you answer in {tongue}?
        How do you say {thing} in {tongue}?
        Is {place} far from here?
        What is the weather in {place}?
        Do you deliver to {place}?
        How do I get to {place}?
        Do you have a shop in {place}?
        What is {n} plus {m}?
        How old are you?
        Good night!
        Thank you very much!
        Bye!
        See you {day}.
        You are great.
        That is no help at all.
        I am angry about the {thing}.
        Call me on {day}.
        Tell me a story about a {thing}.
        Sing a song.
        What do you think of my {thing}?
        Can I pay with a {thing}?
        I need a person.
        Do you have a {like} one?
        Wake me at {n}.
        Recommend me a {thing}.
        What is your favourite {thing}?
        What colour is the sky?
        What are you doing?
        Hello there!
        Nice to meet you
        Can you {do} faster?
        What is the meaning of {thing}?
        Who is your boss?
        Let us {do}.
    """),
    "zh": _lines("""
        你能帮我{do}{thing}吗？
        怎么{do}{thing}？
        我想{do}{thing}
        哪里能买到{thing}？
        我的{thing}什么时候到？
        {thing}多少钱一个？
        你喜欢{thing}吗？
        推荐一款{thing}
        你们卖{thing}吗？
        {thing}坏了怎么办？
        请帮我{do}{thing}
        为什么{thing}这么慢？
        {day}营业吗？
        {day}可以送货吗？
        你会说{tongue}吗？
        请用{tongue}回答
        {place}有分店吗？
        能送到{place}吗？
        {place}天气怎么样？
        去{place}怎么走？
        {n}加{m}等于几？
        你几岁了？
        晚安
        太感谢了
        再见
        你真棒
        这根本没用
        我很生气
        请{day}给我打电话
        讲一个{thing}的故事
        唱首歌吧
        我要找真人客服
        可以用{thing}付款吗？
        你最喜欢什么{thing}？
        天空是什么颜色？
        你在做什么？
        很高兴认识你
        能快一点吗？
        你的老板是谁？
        {thing}怎么保养？
        {thing}能退吗？
        有{thing}的优惠吗？
        今天星期几？
        晚上好
        下午好
        中午吃什么？
        {thing}有货吗？
    """),
}
"""What no screenshot answers."""
READING: Final[Mapping[Language, tuple[Sequence[str], Sequence[str]]]] = {
    "en": (
        _lines("""
        Read
        Read out
        Type out
        Write down
        Copy
        Transcribe
        Tell me
        List
        Give me
        Spell out
        Can you read
        Could you read
        Please read
        Please type
        I need
        Show me
    """),
        _lines("""
        all the text
        everything
        all of the text
        all that is written
        everything it says
        the whole text
        the words
        what is written
        every line
        what it says
        the full text
        all the words
        the content
    """),
    ),
    "zh": (
        _lines("""
        读一下
        念出
        请读
        写出
        抄下
        打出
        告诉我
        列出
        帮我读
        请写下
        识别一下
        说说
    """),
        _lines("""
        所有文字
        全部内容
        上面的字
        整段文字
        每一行
        里面写的内容
        全文
        图里的字
        所有的字
        写了哪些字
    """),
    ),
}
"""Ask for all of the text: what is to be done, and with what."""
DAYS: Final = _lines("""
    Monday
    Tuesday
    Friday
    Saturday
    Christmas
    the weekend
    tomorrow
    Easter
    Thursday
""")
"""Days, in English."""
TONGUES: Final = _lines("""
    English
    French
    German
    Chinese
    Italian
    Polish
    Japanese
    Dutch
    Greek
""")
"""Languages, in English."""
FILLING_ZH: Final = {
    "do": _lines("""
        买
        换
        退
        修
        取消
        预订
        找
        寄
        升级
        安装
        清洗
        打包
    """),
    "thing": _lines("""
        鞋子
        手机
        包裹
        衣服
        耳机
        会员
        蛋糕
        出租车
        房间
        票
        优惠券
        发票
        相机
        书
        沙发
        礼物
        咖啡
        行李
    """),
    "day": _lines("""
        星期一
        星期天
        周末
        明天
        后天
        国庆节
        周五
        春节
    """),
    "tongue": _lines("""
        英语
        日语
        法语
        德语
        西班牙语
        韩语
        粤语
    """),
    "place": _lines("""
        北京
        上海
        广州
        成都
        巴黎
        东京
        西安
        深圳
    """),
}
"""What stands in the places of the Chinese sentences of `OTHERS`."""
FACTUAL: Final = frozenset(
    _lines("""
    account
    amount
    answer
    button
    charge
    code
    cost
    error
    fee
    heading
    issue
    label
    line
    message
    name
    note
    notice
    number
    order
    payment
    price
    sentence
    sign
    state
    statement
    status
    sum
    symbol
    text
    title
    total
    value
    warning
""")
)
"""Nouns that would make a question for a fact of a sentence of `OTHERS`."""
