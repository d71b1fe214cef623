"""Which earlier screenshots a question speaks of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.references import mentions, resolve

NUMBERS = (1, 2, 3, 4, 5)


def meant(text: str, numbers: tuple[int, ...] = NUMBERS, own: int = 0) -> list[int]:
    return list(resolve(mentions(text), numbers, own))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("look at the second screenshot again", [2]),
        ("Look at the SECOND Screenshot again, please!", [2]),
        ("in the first picture, what was the order number?", [1]),
        ("screenshot 2", [2]),
        ("Screenshot #3?", [3]),
        ("see image no. 4", [4]),
        ("see picture number 4.", [4]),
        ("what did pic 1 say", [1]),
        ("and the 3rd image?", [3]),
        ("and in the 2nd of my screenshots?", [2]),
        ("the first error screenshot showed another code", [1]),
        ("compare the first and third screenshots", [1, 3]),
        ("compare the first and the third screenshots", [1, 3]),
        ("compare the first screenshot with the third screenshot", [1, 3]),
        ("the first, second, and fourth pictures", [1, 2, 4]),
        ("screenshots 1 and 3 differ", [1, 3]),
        ("screenshots 1, 2 and 4 differ", [1, 2, 4]),
        ("is screenshot 4 newer than screenshot 2?", [4, 2]),
        ("the very first screenshot", [1]),
        ("the original screenshot", [1]),
        ("in the last picture", [5]),
        ("the most recent screen shot", [5]),
        ("my latest payment screenshot", [5]),
        ("the second to last screenshot", [4]),
        ("the third-from-last image", [3]),
        ("the first two screenshots", [1, 2]),
        ("my last 3 pictures", [3, 4, 5]),
        ("the previous screenshot", [4, 5]),
        ("the screenshot from before", [4, 5]),
        ("the screenshot I sent earlier", [4, 5]),
        ("第二张截图里的订单号是多少", [2]),
        ("再看一下第二张图", [2]),
        ("第2张图片呢？", [2]),
        ("第 二 张", []),
        ("第一张和第三张图有什么不同", [1, 3]),
        ("第一、三张", []),
        ("第一张、第二张、第四张截图", [1, 2, 4]),
        ("第二张是什么意思", [2]),
        ("第三张里面写的什么", [3]),
        ("请看第四张。", [4]),
        ("第五个截图", [5]),
        ("截图2的报错", [2]),
        ("截图 2 里的报错", [2]),
        ("图3", [3]),
        ("图一里的价格", [1]),
        ("图1和图2", [1, 2]),
        ("截图1、3", [1, 3]),
        ("图二、图三", [2, 3]),
        ("最开始那张图", [1]),
        ("一开始发的截图", [1]),
        ("最早的那张照片", [1]),
        ("最初那张", [1]),
        ("上一张图", [4, 5]),
        ("上一张里的金额", [4, 5]),
        ("上张图片", [4, 5]),
        ("前一张截图", [4, 5]),
        ("上面的截图", [4, 5]),
        ("上面那张图", [4, 5]),
        ("之前发的截图", [4, 5]),
        ("最后一张图", [5]),
        ("最后一张呢", [5]),
        ("刚才那张截图", [5]),
        ("刚发的图", [5]),
        ("最新的截图", [5]),
        ("倒数第二张图", [4]),
        ("前两张图", [1, 2]),
        ("前面三张截图", [1, 2, 3]),
        ("最后两张图片", [4, 5]),
        ("screenshot 2 和第三张图", [2, 3]),
    ],
)
def test_a_screenshot_is_named_by_its_place(text: str, expected: list[int]) -> None:
    assert meant(text) == expected


def test_places_beyond_nine() -> None:
    numbers = tuple(range(1, 31))
    assert meant("screenshot 12", numbers) == [12]
    assert meant("the 21st screenshot", numbers) == [21]
    assert meant("第十张图、第十二张图和第二十一张图", numbers) == [10, 12, 21]
    assert meant("图二十", numbers) == [20]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "What does this error mean?",
        "this is the second time I see this error",
        "my first order never arrived",
        "where is order 2?",
        "I sent you 2 screenshots",
        "I sent the picture 3 times",
        "the screenshots 2 days ago were the same",
        "here is a second screenshot",
        "I can send a third picture if you like",
        "the second screen asks for a code",
        "take a screenshot first",
        "first, the screenshot is from my phone",
        "Screenshot 2024-05-01 at 12.30.png",
        "screenshot 12:30",
        "screenshot_2.png",
        "image 1024x768",
        "zoom the image 2x",
        "the picture 50% smaller",
        "the last time I checked it worked",
        "the previous order",
        "is it in the picture? 2 of them are missing",
        "两次都这样",
        "第二次出现这个报错了",
        "第一个问题还没解决",
        "第二个订单",
        "第一张优惠券用不了",
        "第二张卡",
        "上一张订单",
        "最后一张优惠券",
        "截图一下给你",
        "图片一直打不开",
        "我发了两张图",
        "截图两张",
        "截图2024年",
        "图片3张",
        "截图一样",
        "地图上第三家店",
        "上次的问题",
        "之前的订单",
        "刚才的回答不对",
    ],
)
def test_nothing_is_named(text: str) -> None:
    assert meant(text) == []


@pytest.mark.parametrize("text", ["screenshot 9", "the tenth picture", "第九张图", "倒数第九张图", "screenshot 0"])
def test_what_is_not_there_is_not_meant(text: str) -> None:
    assert mentions(text)
    assert meant(text) == []
    assert meant("the last screenshot, or the previous screenshot", ()) == []


def test_numbers_are_not_positions() -> None:
    """After a deletion there are gaps; the number that people and the model have seen counts."""
    assert meant("the third screenshot", (1, 3, 4)) == [3]
    assert meant("the second screenshot", (1, 3, 4)) == []
    assert meant("the second to last screenshot", (1, 3, 4)) == [3]


def test_a_new_screenshot_comes_with_the_text() -> None:
    assert meant("is it the same as in the previous screenshot?", own=1) == [5]
    assert meant("和上一张图一样吗", own=1) == [5]
    assert meant("the same as in the last screenshot?", own=1) == [5]
    assert meant("the second to last screenshot", own=1) == [5]
    assert meant("here is the sixth screenshot", own=1) == []
    assert meant("compare it with the first screenshot", own=1) == [1]


def test_several_new_screenshots_come_with_the_text() -> None:
    assert meant("what is in the second picture, and what in the last picture?", own=2) == []
    assert meant("compare both with the third picture", own=2) == [3]
    assert meant("第二张图是什么", own=3) == []


def test_each_is_meant_once() -> None:
    assert meant("screenshot 2, I mean the second screenshot, 第二张图") == [2]


WORDS = st.sampled_from(
    [
        *(
            "the",
            "a",
            "my",
            "first",
            "Second",
            "3rd",
            "21st",
            "last",
            "two",
            "2",
            "1",
            "12",
            "999",
            "previous",
            "earlier",
        ),
        *("original", "and", ",", "/", "#", "no.", "to", "from", "screenshot", "Screenshots", "pictures", "fir\u017ft"),
        *"第一二十两２张个图和、上前面里的。",
        *("截图", "图片", "最后", "最开始", "刚才", "那", "之前"),
    ]
)


@given(st.lists(WORDS | st.text(max_size=3), max_size=12), st.sampled_from(["", " "]), st.integers(0, 3))
def test_any_text_is_read(words: list[str], joint: str, own: int) -> None:
    found = resolve(mentions(joint.join(words)), NUMBERS, own)
    assert set(found) <= set(NUMBERS)
    assert len(found) == len(set(found))
