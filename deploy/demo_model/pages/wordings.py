"""How the evaluation asks. None of these wordings is one of training's (`deploy.demo_model.phrases`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from deploy.demo_model.samples import Language


def _lines(block: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in block.strip().splitlines())


_EN: Final = {
    "error_code": """
        What error code do I have here?
        Which code does the error have?
        what is the error code in this screenshot
        Please tell me which error code you can see.
        Can you read the error code for me?
        I got an error, what is its code?
        Look at the screenshot: which error code is it?
        The error code, please.
    """,
    "message": """
        What message do I see here?
        what is the message on this screen
        Can you tell me what the message says?
        Which message is shown here?
        I can't read the message, what does it say?
        Please read me the message in the screenshot.
        The message, please.
    """,
    "error_message": """
        What does the error say?
        Please read the error message.
        What is the error message here?
        Can you read me the message of the error?
    """,
    "title": """
        What is the title in this screenshot?
        which title does the screen have
        What is the heading here?
        Can you read the title for me?
        Please tell me the title of this page.
        What does the title say?
        The title, please.
    """,
    "dialog_title": """
        What is the title of this dialog?
        Which heading does the dialog have?
        What does the title of the window say?
        A window came up, what is its title?
    """,
    "total": """
        What is the total here?
        How much is it in total?
        which total do you see
        Can you read the total for me?
        Please tell me how much I pay in total.
        What total amount is shown in the screenshot?
        The total, please.
        Look at the total: how much is it?
    """,
    "order_number": """
        What order number do you see here?
        which number does this order have
        Can you read the order number for me?
        Please tell me my order number.
        What is the order number in the screenshot?
        The order number, please.
        I am looking for my order number, what is it?
    """,
    "status": """
        What status do you see here?
        which status does it have
        Can you read the status for me?
        What is the status in this screenshot?
        The status, please.
        Please tell me the current status.
        What does the status say now?
    """,
    "button": """
        Which button do I press here?
        What button should I click to go on?
        which button should I tap
        Please tell me which button I have to press.
        Which button do I click now?
        I don't know what to press, which button is it?
    """,
    "read": """
        Please read the text in this screenshot.
        What does the screenshot say?
        Can you read all of it to me?
        what text do you see here
        Read out everything that is written here, please.
    """,
    "exists": """
        Is "{name}" anywhere in this screenshot?
        Do you see "{name}" here?
        Can you see "{name}" on this screen?
        is {name} on this page
        Is there {name} on this screen?
        Please look: is there "{name}" here?
    """,
    "follow_up": """
        Okay, and what is the {name}?
        thank you, what about the {name}
        And what does it show as the {name}?
        I also need the {name}.
        And can you tell me the {name} too?
    """,
    "next_picture": """
        Here is another one. What is the {name}?
        now this screenshot: what is the {name}
        Same question for this one: what is the {name}?
    """,
    "first": """
        About the first screenshot: {question}
        First screenshot: {question}
        Look at the first picture. {question}
    """,
    "second": """
        About the second screenshot: {question}
        Second screenshot: {question}
        Look at the second picture. {question}
        I mean the second picture: {question}
    """,
    "other": """
        What time is it?
        Do you speak Spanish?
        Can you order me a taxi?
        What is your name?
        When does the shop open on Sunday?
        How much is shipping to Canada?
        Please call me back tomorrow.
        Tell me something funny.
        Which shoes suit me?
        Good evening!
    """,
}
_ZH: Final = {
    "error_code": """
        这里的错误代码是什么？
        截图上的错误码是多少？
        请帮我读出错误代码。
        我看到一个错误，代码是多少？
        这个错误的代码是什么
        请看截图，错误代码是哪个？
        错误代码，谢谢。
    """,
    "message": """
        这里的提示写了什么？
        截图上的提示信息是什么？
        请帮我读出提示内容。
        这条提示说的是什么
        我看不清提示，上面写了什么？
        屏幕上的消息写了什么？
    """,
    "error_message": """
        这里的错误信息是什么？
        请读一下错误提示。
        这个错误提示写了什么
    """,
    "title": """
        这里的标题是什么？
        截图上的标题写了什么？
        请帮我读出标题。
        这个页面的标题是什么
        请告诉我页面标题。
        标题，谢谢。
    """,
    "dialog_title": """
        这个对话框的标题是什么？
        弹出窗口的标题写了什么？
        请读一下对话框的标题。
    """,
    "total": """
        这里的总金额是多少？
        截图上的总价是多少
        请帮我读出总金额。
        我总共要付多少钱？
        这里一共是多少钱？
        请看截图，合计是多少？
        总金额，谢谢。
    """,
    "order_number": """
        这里的订单号是多少？
        截图上的订单编号是什么？
        请帮我读出订单号。
        这个订单的号码是多少
        请看截图，订单号是哪个？
        订单号，谢谢。
    """,
    "status": """
        这里的状态是什么？
        截图上显示什么状态？
        请帮我读出状态。
        这个订单现在是什么状态
        请看截图，状态是什么？
        请告诉我现在的状态。
    """,
    "button": """
        这里应该按哪个按钮？
        我现在要点哪个按钮？
        要继续的话点哪个按钮
        请看截图，应该点击哪个按钮？
        请告诉我要按哪个按钮。
    """,
    "read": """
        请读出截图里的文字。
        这张截图写了什么？
        请帮我把上面的文字都读出来。
        这里有什么文字
    """,
    "exists": """
        这张截图里有“{name}”吗？
        这里能看到“{name}”吗？
        屏幕上有没有“{name}”？
        请看一下有没有“{name}”。
        这个页面上有 {name} 吗
    """,
    "follow_up": """
        好的，{name}是什么？
        谢谢，还想知道{name}
        请再读一下{name}。
        另外，{name}是什么？
    """,
    "next_picture": """
        再看这张，{name}是什么？
        还有这张截图，{name}是什么
    """,
    "first": """
        看第一张截图：{question}
        关于第一张图，{question}
        第一张截图：{question}
    """,
    "second": """
        看第二张截图：{question}
        关于第二张图，{question}
        第二张截图：{question}
        我问的是第二张图：{question}
    """,
    "other": """
        现在几点了？
        你会说西班牙语吗？
        帮我叫一辆出租车
        你叫什么名字？
        周日几点开门？
        寄到加拿大运费多少？
        明天给我回个电话
        说点有趣的事
        晚上好
    """,
}
_WORDINGS: Final[Mapping[Language, Mapping[str, Sequence[str]]]] = {
    "en": {use: _lines(block) for use, block in _EN.items()},
    "zh": {use: _lines(block) for use, block in _ZH.items()},
}
NAMES: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "error_code": "error code",
        "message": "message",
        "title": "title",
        "total": "total",
        "order_number": "order number",
        "status": "status",
        "button": "button to press",
    },
    "zh": {
        "error_code": "错误代码",
        "message": "提示内容",
        "title": "标题",
        "total": "总金额",
        "order_number": "订单号",
        "status": "状态",
        "button": "要按的按钮",
    },
}
"""What a fact is called in a follow-up question."""


def wordings(use: str, language: Language) -> Sequence[str]:
    """The wordings for a kind of question, or for a part of one (`first`, `second`), with places for a `{name}` or a
    `{question}`."""
    return _WORDINGS[language][use]


def uses(language: Language) -> Sequence[str]:
    """All that there are wordings for."""
    return tuple(_WORDINGS[language])
