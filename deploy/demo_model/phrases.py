"""How customers ask, and the one sentence that each question is answered with, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from deploy.demo_model.samples import Answer, Language
from deploy.demo_model.wordings import QUESTIONS

FACTS: Final = ("error_code", "message", "title", "total", "order_number", "status", "button")
"""The kinds of questions that ask for one thing, which may be missing."""

_NAMES: Final[Mapping[Language, Mapping[str, Sequence[str]]]] = {
    "en": {
        "error_code": ("error code", "code", "error number"),
        "message": ("message", "error message", "text of the message"),
        "title": ("title", "heading", "title of the screen"),
        "total": ("total", "total amount", "amount to pay", "sum"),
        "order_number": ("order number", "order id", "order no"),
        "status": ("status", "state", "current status"),
        "button": ("button", "button to press", "right button"),
    },
    "zh": {
        "error_code": ("错误代码", "错误码", "代码"),
        "message": ("提示", "错误信息", "消息"),
        "title": ("标题", "页面标题", "大标题"),
        "total": ("金额", "总价", "总金额", "合计"),
        "order_number": ("订单号", "订单编号", "单号"),
        "status": ("状态", "当前状态"),
        "button": ("按钮", "要按的按钮", "该点的按钮"),
    },
}
_FOLLOW_UPS: Final[Mapping[Language, Sequence[str]]] = {
    "en": (
        "and the {name}?", "And the {name}?", "what about the {name}", "What about the {name}?", "OK, and the {name}?",
        "and what is the {name}", "Thanks. And the {name}?", "now the {name}", "the {name} too please",
    ),
    "zh": (
        "那{name}呢？", "{name}呢？", "还有{name}呢", "那么{name}呢？", "好的，{name}呢？", "谢谢，那{name}呢？",
        "再看看{name}", "{name}又是什么？",
    ),
}  # fmt: skip
_FRAMES: Final[Mapping[Language, Mapping[str, tuple[str, str]]]] = {
    "en": {
        "error_code": ("The error code is ", "."),
        "message": ('The message says: "', '"'),
        "title": ('The title is "', '".'),
        "total": ("The total is ", "."),
        "order_number": ("The order number is ", "."),
        "status": ('The status is "', '".'),
        "button": ('Press "', '".'),
    },
    "zh": {
        "error_code": ("错误代码是 ", "。"),
        "message": ("提示内容是：“", "”"),
        "title": ("标题是“", "”。"),
        "total": ("总金额是 ", "。"),
        "order_number": ("订单号是 ", "。"),
        "status": ("状态是“", "”。"),
        "button": ("请点击“", "”。"),
    },
}
_COLOURS: Final[Mapping[Language, str]] = {"en": "The button is {colour}.", "zh": "按钮是{colour}的。"}
_COLOUR_NAMES: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {},
    "zh": {"red": "红色", "orange": "橙色", "yellow": "黄色", "green": "绿色", "blue": "蓝色", "purple": "紫色"},
}
YES: Final[Mapping[Language, str]] = {"en": "Yes, it is in the screenshot.", "zh": "有，截图中可以看到。"}
NO: Final[Mapping[Language, str]] = {"en": "No, I cannot see it in the screenshot.", "zh": "没有，截图中看不到。"}
MISSING: Final[Mapping[Language, str]] = {
    "en": "I cannot find that in the screenshot.",
    "zh": "我在截图中找不到这项内容。",
}
NO_PICTURE: Final[Mapping[Language, str]] = {"en": "Please send a screenshot.", "zh": "请发送一张截图。"}
OTHER: Final[Mapping[Language, str]] = {
    "en": "I am a small demo model: I read error codes, messages, totals, order numbers, statuses and buttons from "
    "screenshots.",
    "zh": "我是一个小型演示模型，可以从截图中读出错误代码、提示内容、总金额、订单号、状态和按钮。",
}
_PLACES: Final[Mapping[Language, Mapping[int, Sequence[str]]]] = {
    "en": {
        1: ("in the first one", "in the first screenshot", "on the first picture", "in screenshot 1", "on screenshot 1",
            "in picture 1", "in the first image"),
        2: ("in the second one", "in the second screenshot", "on the second picture", "in screenshot 2",
            "on screenshot 2", "in picture 2", "in the second image"),
    },
    "zh": {
        1: ("第一张里", "第一张截图里", "第一张图中", "截图 1 里", "截图1中", "图 1 里", "第一个截图里"),
        2: ("第二张里", "第二张截图里", "第二张图中", "截图 2 里", "截图2中", "图 2 里", "第二个截图里"),
    },
}  # fmt: skip


def _lines(block: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in block.strip().splitlines())


_LISTS: Final = {
    (language, kind): _lines(block) for language, kinds in QUESTIONS.items() for kind, block in kinds.items()
}


def questions(kind: str, language: Language) -> Sequence[str]:
    """The wordings in which a kind of question is asked. Those of `exists` and `field` have a place for a `{name}`;
    `missing` and `no_picture` are asked as any question for a fact is."""
    if kind in ("missing", "no_picture"):
        return [line for fact in FACTS for line in _LISTS[language, fact]]
    if kind == "follow_up":
        return [line for fact in FACTS for line in follow_ups(fact, language)]
    return _LISTS[language, kind]


def follow_ups(kind: str, language: Language) -> Sequence[str]:
    """The wordings in which a fact is asked for when something else has just been asked."""
    return [line.format(name=name) for line in _FOLLOW_UPS[language] for name in _NAMES[language][kind]]


def places(number: int, language: Language) -> Sequence[str]:
    """How a screenshot, the first or the second, is named in a question."""
    return _PLACES[language][number]


def placed(question: str, place: str, language: Language, *, first: bool) -> str:
    """A question about one of several screenshots, the place named `first` or last (in Chinese always first)."""
    for greeting in ("Hi, ", "Hello, ", "你好，"):
        question = question.removeprefix(greeting)
    if language == "zh":
        return f"{place}，{question}"
    # A name in capitals ("ID", "OK") stays as it is.
    lowered = question[0].lower() + question[1:] if question[1:2].islower() else question
    if first:
        return f"{place.capitalize()}, {lowered}"
    mark = question[-1] if question[-1] in "?." else ""
    return f"{question.rstrip('?.')} {place}{mark}"


def answer(kind: str, language: Language, value: str = "") -> Answer:
    """The answer to a kind of question: `value` is what is read (for `exists`: "yes", or anything else for no)."""
    fixed = {"missing": MISSING, "no_picture": NO_PICTURE, "other": OTHER, "exists": YES if value == "yes" else NO}
    if kind in fixed:
        return (fixed[kind][language],)
    if kind == "colour":
        before, after = _COLOURS[language].split("{colour}")
        return before, _COLOUR_NAMES[language].get(value, value), after
    if kind in _FRAMES[language]:
        before, after = _FRAMES[language][kind]
        return before, value, after
    return "", value
