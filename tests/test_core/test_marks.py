"""The marks that customers type."""

from __future__ import annotations

import pytest

from bot.marks import mark_in


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        *[(str(number), number) for number in range(1, 6)],
        ("５", 5),
        (" 3 ", 3),
        ("4!", 4),
        ("4。", 4),
        ("5️⃣", 5),
        ("5/5", 5),
        ("２／５", 2),
        ("4 out of 5", 4),
        ("5分", 5),
        ("５ 分！", 5),
        ("五分", 5),
        ("4星", 4),
        ("五颗星", 5),
        ("5 stars", 5),
        ("1 star", 1),
        ("⭐", 1),
        ("⭐️⭐️⭐️⭐️⭐️", 5),
        ("★★★", 3),
        ("★★★☆☆", 3),
        ("⭐ ⭐", 2),
    ],
)
def test_marks(text: str, mark: int) -> None:
    assert mark_in(text) == mark


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "6",
        "10",
        "55",
        "5/10",
        "4/6",
        "5?",
        "5 of them",
        "五",
        "好",
        "five",
        "⭐" * 6,
        "★☆",
        "☆☆☆",
        "5\n5",
        "-5",
        "4.5",
        "$5",
        "5 €",
        "5分钟",
    ],
)
def test_what_is_no_mark(text: str) -> None:
    assert mark_in(text) == 0
