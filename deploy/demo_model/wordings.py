"""In what words customers ask: questions by language and kind, one a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from deploy.demo_model.samples import Language

QUESTIONS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "error_code": """
            What is the error code?
            what's the error code
            Which error code is shown?
            Could you tell me the error code, please?
            error code?
            What code does it give me?
            What error number do you see?
            Please read the error code to me.
            Hi, which code is in the error?
            Can you see the error code on my screen?
            I need the error code.
            whats the code of the error
            What is the code shown in the screenshot?
            Tell me the code of this error.
            wich error code is it
        """,
        "message": """
            What is the message?
            What does the message say?
            what does the error message say
            Which message is displayed?
            Could you read the message to me, please?
            What is the text of the error?
            error message?
            What is it telling me?
            Please quote the message.
            What went wrong according to the screenshot?
            Can you read out the notice?
            What does the warning say?
            tell me the message
            Hello, what message do I get there?
            what is the mesage
        """,
        "title": """
            What is the title?
            What's the title of this screen?
            title?
            What does the heading say?
            Which page is this?
            What is the headline of the window?
            Could you tell me the title, please?
            what is this screen called
            Please read the title.
            What is written at the top as the title?
            Which screen am I on?
            What is the name of this dialog?
            Hi, what is the heading of the page?
            tell me the heading
        """,
        "total": """
            What is the total?
            How much is the total?
            how much do i have to pay
            total?
            What is the total amount?
            What do I owe in all?
            Could you tell me the total, please?
            Please read the amount due.
            How much does it cost in total?
            What is the sum to pay?
            What does it all come to?
            Hi, what's the final price?
            tell me the total
            How much will I be charged?
            whats the totl
        """,
        "order_number": """
            What is the order number?
            what's my order number
            order number?
            Which order number is shown?
            Could you tell me the order number, please?
            What is the number of my order?
            Please read the order ID.
            What is the order id?
            I need the order number.
            Which order is this?
            Can you find my order number there?
            Hi, what number does my order have?
            tell me the order no
            Under which number was it ordered?
        """,
        "status": """
            What is the status?
            status?
            What's the status of my order?
            Which status is shown?
            Could you tell me the status, please?
            what is the current state
            How does it stand?
            Please read the status.
            In what state is it?
            What does it say for the status?
            Hi, what is the current status?
            tell me the status
            Has the status changed, what is it now?
            Where does it stand at the moment?
        """,
        "button": """
            Which button should I press?
            What button do I press?
            what should i click
            Where do I have to tap?
            Which button do I need?
            Could you tell me which button to press, please?
            What do I press to go on?
            button?
            Which button is the main one?
            What should I tap now?
            How do I continue, which button?
            Please tell me the button to click.
            Hi, where should I click?
            which button do i klick
        """,
        "read": """
            What does this say?
            What does it say?
            Please read everything.
            Read the screenshot to me.
            what's written here
            Could you read out the whole text, please?
            What text is in the picture?
            Read it all out.
            What is written in the screenshot?
            read this
            Can you type out what it says?
            Please transcribe the screenshot.
            Give me all of the text.
            Hi, I can't read this, what does it say?
        """,
        "colour": """
            What colour is the button?
            What color is the button?
            What color does the button have?
            which colour is the button
            Is the button red, green or blue?
            Tell me the colour of the button.
            The colour of the main button?
            what color is the button to press
        """,
        "exists": """
            Is there a {name} button?
            Is there "{name}" in the screenshot?
            Do you see {name}?
            Can you see a {name} there?
            is there a {name}
            Does it have a {name} option?
            Is {name} shown anywhere?
            Does the screen show {name}?
            Can I find {name} on this page?
            Please check whether there is a {name}.
            Do I have "{name}" there?
            any {name} on it?
            Hi, is {name} on the screen?
            Is the word {name} in the picture?
        """,
        "first_line": """
            What does the first line say?
            What is in the first line?
            Read the first line, please.
            what is at the very top
            What does it say in the top line?
        """,
        "last_line": """
            What does the last line say?
            What is in the last line?
            Read the last line, please.
            what is at the very bottom
            What does it say in the bottom line?
        """,
        "field": """
            What does it say for {name}?
            What is next to {name}?
            What stands under {name}?
            {name}?
            What is the value of "{name}"?
            Please read what is given as {name}.
        """,
        "other": """
            How are you?
            Who are you?
            What can you do?
            Tell me a joke.
            What is the weather like today?
            hello
            Thanks!
            Are you a robot?
            Where is my parcel?
            How can I return a pair of shoes?
            I want my money back.
            What are your opening hours?
            Can I talk to a person?
            help
            What is the capital of France?
            Write me a poem about the sea.
            Please cancel my subscription.
            What is 12 times 7?
            Why is my account locked?
            How do I change my password?
            Good morning
        """,
    },
    "zh": {
        "error_code": """
            错误代码是什么？
            错误码是多少
            请问错误代码是多少？
            报错代码是什么？
            错误代码？
            截图里的错误代码是哪个？
            帮我看一下错误码
            你好，请告诉我错误代码。
            上面显示的错误编号是多少？
            麻烦读一下错误代码，谢谢
            出错的代码是什么
            提示的错误码是哪个？
            报的是什么代码？
            故障代码是多少？
        """,
        "message": """
            提示内容是什么？
            提示说了什么
            请问报错信息是什么？
            错误信息写的是什么？
            错误提示？
            帮我读一下提示信息
            截图里的消息是什么？
            它提示了什么？
            你好，这条消息说了什么？
            麻烦念一下错误提示，谢谢
            弹出的是什么消息
            警告的内容是什么？
            哪里出错了，提示怎么说的？
            屏幕上提示什么？
        """,
        "title": """
            标题是什么？
            标题写的什么
            请问这个页面的标题是什么？
            这是什么页面？
            标题？
            窗口的标题是什么？
            帮我看一下标题
            这个界面叫什么？
            上面的大标题写了什么？
            你好，请读一下标题。
            现在是在哪个页面？
            对话框的标题是什么？
            麻烦告诉我标题，谢谢
            页面顶部的标题是什么
        """,
        "total": """
            总金额是多少？
            一共多少钱
            请问总价是多少？
            合计多少？
            总计？
            我要付多少钱？
            帮我看一下总额
            应付金额是多少？
            总共需要支付多少？
            你好，最后的价格是多少？
            麻烦看看总价，谢谢
            总额是多少钱
            加起来是多少？
            这一单总共多少钱？
        """,
        "order_number": """
            订单号是多少？
            订单编号是什么
            请问订单号是多少？
            我的订单号是哪个？
            订单号？
            截图里的订单号是多少？
            帮我看一下订单编号
            你好，请告诉我订单号。
            这是哪个订单？
            麻烦读一下订单号，谢谢
            订单号码是多少
            单号是多少？
            我需要订单号
            订单的编号是多少？
        """,
        "status": """
            状态是什么？
            现在是什么状态
            请问当前状态是什么？
            订单状态是什么？
            状态？
            显示的状态是哪个？
            帮我看一下状态
            你好，目前是什么状态？
            到哪一步了？
            麻烦读一下状态，谢谢
            处于什么状态
            状态那一栏写的什么？
            进展如何，是什么状态？
            现在的状态怎么样？
        """,
        "button": """
            我应该按哪个按钮？
            点哪个按钮
            请问要点击哪里？
            该点哪个？
            按钮？
            下一步按什么？
            我要按哪个键才能继续？
            你好，应该点哪个按钮？
            主要的按钮是哪个？
            帮我看看要点哪里
            怎么继续，点什么？
            麻烦告诉我按哪个按钮，谢谢
            需要点击哪个按钮
            我该点什么？
        """,
        "read": """
            这上面写了什么？
            写的是什么
            请把全部文字读出来。
            帮我读一下截图
            图里有什么文字？
            请念一下所有内容
            截图里写了什么？
            上面的字是什么？
            你好，我看不清，请读给我听。
            把文字都打出来
            内容是什么，请全部读出来
            麻烦把图片里的文字写出来，谢谢
            全文是什么？
            整个截图写了什么
        """,
        "colour": """
            按钮是什么颜色？
            按钮是什么颜色的？
            这个按钮什么颜色
            请问按钮的颜色是什么？
            要按的按钮是哪种颜色？
            按钮颜色
            主按钮是什么颜色的呢？
        """,
        "exists": """
            有{name}按钮吗？
            有没有{name}
            截图里有“{name}”吗？
            能看到{name}吗？
            请问有{name}吗？
            页面上有没有“{name}”？
            图里有 {name} 这一项吗？
            有 {name} 吗
            帮我看看有没有 {name}
            里面有{name}这个词吗？
            你好，这里有 {name} 吗？
            能找到 {name} 吗？
            屏幕上显示{name}了吗？
            是不是有 {name} 这个选项？
        """,
        "first_line": """
            第一行写的是什么？
            第一行是什么
            请读一下第一行。
            最上面一行写了什么？
            最上面写的什么
        """,
        "last_line": """
            最后一行写的是什么？
            最后一行是什么
            请读一下最后一行。
            最下面一行写了什么？
            最下面写的什么
        """,
        "field": """
            {name} 是多少？
            {name} 那一项写的是什么？
            “{name}”旁边写了什么？
            “{name}”是什么？
            {name} 呢？
            请读一下 {name} 的内容。
        """,
        "other": """
            你好吗？
            你是谁？
            你会做什么？
            讲个笑话吧
            今天天气怎么样？
            你好
            谢谢！
            你是机器人吗？
            我的包裹在哪里？
            怎么退货？
            我要退款
            你们几点营业？
            转人工
            帮帮我
            法国的首都是哪里？
            写一首关于大海的诗
            请取消我的会员
            十二乘以七是多少？
            为什么我的账号被锁了？
            怎么修改密码？
            早上好
        """,
    },
}
"""A name that is asked about has a place, `{name}`."""
