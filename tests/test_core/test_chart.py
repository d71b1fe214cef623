"""The chart of the last days, as far as a test can look at it: what is seen in it was looked at by people."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from PIL import Image

from bot.chart import draw
from bot.figures import DayStats

UP, DOWN, HANDED = (0, 158, 115), (213, 94, 0), (34, 34, 34)
TELEGRAM, SLACK, OTHER = (0, 114, 178), (204, 121, 167), (136, 136, 136)


def drawn(*figures: DayStats) -> Image.Image:
    days = [date(2026, 11, 20) + timedelta(days=number) for number in range(len(figures))]
    return Image.open(io.BytesIO(draw(days, figures))).convert("RGB")


def amount(picture: Image.Image, colour: tuple[int, int, int]) -> int:
    """How many pixels have a colour."""
    return {found: count for count, found in picture.getcolors(1 << 20) or []}.get(colour, 0)


def test_more_of_something_is_more_of_its_colour() -> None:
    picture = drawn(
        DayStats({"telegram": 30, "slack": 10, "mail": 5}, handed_over=3, thumbs_up=4, thumbs_down=1),
        DayStats({"telegram": 20}, thumbs_up=2, thumbs_down=1),
    )
    assert picture.size == (800, 800)
    telegram, slack, other = (amount(picture, colour) for colour in (TELEGRAM, SLACK, OTHER))
    assert telegram > 4 * slack > 4 * other > 0
    assert amount(picture, UP) > 2 * amount(picture, DOWN) > 0


def test_its_ground_is_its_own() -> None:
    """Whatever is behind it: it is opaque, with dark signs on white."""
    file = io.BytesIO(draw([date(2026, 11, 27)], [DayStats({"web": 1}, 1, 1, 1)]))
    assert Image.open(file).convert("RGBA").getchannel("A").getextrema() == (255, 255)
    picture = Image.open(file).convert("RGB")
    assert picture.getpixel((1, 1)) == (255, 255, 255)
    assert amount(picture, HANDED) > 200


@pytest.mark.parametrize("figures", [[DayStats()] * 14, [DayStats()], [DayStats(thumbs_down=2)]])
def test_there_may_be_nothing(figures: list[DayStats]) -> None:
    assert drawn(*figures).size == (800, 800)
