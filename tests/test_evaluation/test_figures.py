"""Shares of right answers and their bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.figures import Mark, Share, tally


@pytest.mark.parametrize(
    ("right", "of", "low", "high"),
    # Newcombe 1998, table I, method 3 (the score interval without continuity correction).
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_bounds(right: int, of: int, low: float, high: float) -> None:
    share = Share(right, of)
    assert share.low == pytest.approx(low, abs=5e-5)
    assert share.high == pytest.approx(high, abs=5e-5)


def test_nothing_asked_says_nothing() -> None:
    share = Share(0, 0)
    assert (share.value, share.low, share.high) == (0.0, 0.0, 1.0)


@given(st.integers(1, 5000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_bounds_enclose_the_share_and_get_closer(counts: tuple[int, int]) -> None:
    right, of = counts
    share, more, mirrored = Share(right, of), Share(right * 4, of * 4), Share(of - right, of)
    assert 0 <= share.low <= share.value <= share.high <= 1
    assert more.high - more.low < share.high - share.low
    assert mirrored.low == pytest.approx(1 - share.high, abs=1e-9)


def test_tally() -> None:
    marks = [
        Mark("total", "en", exact=True, normalised=True, failed=False, seconds=1.0),
        Mark("total", "zh", exact=False, normalised=True, failed=False, seconds=2.0),
        Mark("status", "en", exact=False, normalised=False, failed=True, seconds=6.0),
    ]
    figures = tally(marks)
    assert list(figures.kinds) == ["status", "total"]
    assert (figures.total.exact, figures.total.normalised) == (Share(1, 3), Share(2, 3))
    assert (figures.total.failed, figures.total.seconds, figures.total.seconds_each) == (1, 9.0, 3.0)
    assert (figures.kinds["total"].exact, figures.kinds["total"].normalised) == (Share(1, 2), Share(2, 2))
    assert (figures.kinds["status"].failed, figures.kinds["total"].failed) == (1, 0)
    assert figures.languages["zh"].normalised == Share(1, 1)


def test_tally_of_nothing() -> None:
    assert tally([]).total.seconds_each == 0.0
