"""What in a room is meant for the customer, and what only looks like it."""

from __future__ import annotations

import pytest

from bot.plain import Meant, meant
from bot.verbs.table import VERBS

NAMES = [verb.name for verb in VERBS]

FOR_THE_CUSTOMER = [
    "Hello, please restart the app.",
    "Take a screenshot of the page, please.",
    "Send us a screenshot, please.",
    "Ask your bank about it.",
    "Release bottles are in the box.",
    "Close the window, then\nstart the app again!",
    "It costs 3/4 of that. Really!",
    "Write to help@shop.example, or see https://shop.example/help/new",
    "**Important**: hold on",
    "Notebooks are fine, noted.",
    "- first\n- second",
    "请关闭窗口，再打开一次！",
    "内部错误表示服务器繁忙，请稍后再试。",
    "Internal errors go away by themselves.",
    "😀",
    "",
]
COMMANDS = [
    "!take",
    "! take it",
    "/close",
    "！接手",
    "／close #12",
    "﹗close",
    "\u200b!close",
    "  \u00a0 /close",
    "hello\n!whatever he is rude",
    "hello\r\n/x",
    "hello\u2028!x",
    "hello\x0b!x",
    "hello\x85!x",
    "\x00!close",
    "> !close",
    "`!close`",
    "(/release)",
    "- /release",
    "👍 !close",
    "\\close",
    "⁄close",
    "ok then !close",
    "take",
    "TAKE.",
    "Close #12",
    "close:",
    "release waiting",
    "release bot",
    "Release Queue.",
    "release 机器人",
    "release 排队",
    "suggest be brief",
    "send Hello there",
    "ask which field is red?",
    "ｃｌｏｓｅ",
    "!?",
]
NOTES = [
    "note he is rude",
    "Note: he is rude",
    "!note he is rude",
    "/ note he is rude",
    "hello\nnote he is rude",
    "ＮＯＴＥ he is rude",
    "no\u200bte he is rude",
    "Internal: he is rude",
    "备注：他很着急",
    "备注他很着急",
    "内部备注 他很着急",
]
COLLEAGUES = ["@tom look at this", "What do you think, @Tom?", "＠tom", "<@U123> look", "look, <@U123>"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, Meant.CUSTOMER) for text in FOR_THE_CUSTOMER),
        *((text, Meant.COMMAND) for text in COMMANDS),
        *((text, Meant.NOTE) for text in NOTES),
        *((text, Meant.COLLEAGUE) for text in COLLEAGUES),
    ],
)
def test_what_it_is_taken_for(text: str, expected: Meant) -> None:
    assert meant(text, NAMES) is expected
