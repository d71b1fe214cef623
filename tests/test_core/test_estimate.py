"""What is learned from answers, and what is foretold from that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.estimate import SCREENSHOT_TOKENS, STRANGEST, Estimates, spent
from bot.messages import Usage

USAGE = Usage(
    prompt_tokens=1000,
    image_tokens=500,
    cached_tokens=200,
    answer_tokens=100,
    encode_ms=1000,
    prefill_ms=1600,
    decode_ms=2000,
)


def test_before_anything_is_learned_the_estimates_make_sense() -> None:
    estimates = Estimates()
    words, picture = (estimates.cost("what is this?", n, cached=True) for n in (0, 1))
    cold = estimates.cost("what is this?", 0, cached=False)
    assert 500 < words < cold < 10_000
    assert 500 < words < picture < 10_000
    assert estimates.seconds(2500) == 2.5


def test_rates_come_from_answers() -> None:
    estimates = Estimates()
    estimates.learn(USAGE)
    answer = 100 * 20.0
    assert estimates.cost("", 0, cached=True) == answer
    assert estimates.cost("abc" * 100, 0, cached=True) == pytest.approx(answer + 100 * 2.0)
    assert estimates.cost("", 1, cached=True) == pytest.approx(answer + SCREENSHOT_TOKENS * (2.0 + 2.0))
    assert estimates.cost("", 0, cached=False) == pytest.approx(answer + 1000 * 2.0)


def test_newer_answers_move_the_estimates_step_by_step() -> None:
    estimates = Estimates()
    estimates.learn(USAGE)
    first = estimates.cost("", 0, cached=True)
    costs = []
    for _ in range(40):
        estimates.learn(Usage(prompt_tokens=10, answer_tokens=200, prefill_ms=1, decode_ms=8000))
        costs.append(estimates.cost("", 0, cached=True))
    assert first < costs[0] < 5000
    assert costs == sorted(costs)
    assert costs[-1] == pytest.approx(8000, rel=0.02)


def test_an_answer_without_figures_teaches_nothing() -> None:
    estimates = Estimates()
    before = estimates.cost("text", 2, cached=False)
    estimates.learn(Usage())
    assert estimates.cost("text", 2, cached=False) == before


def test_seconds_follow_what_answers_take_beside_others() -> None:
    estimates = Estimates()
    estimates.observe(1000, 3.0)
    assert estimates.seconds(2000) == 6.0
    estimates.observe(1, 10_000)
    assert estimates.seconds(1000) <= 3.0 + STRANGEST


def test_what_an_answer_took() -> None:
    assert spent(USAGE) == 4600


@given(
    st.builds(
        Usage,
        prompt_tokens=st.integers(0, 10_000),
        image_tokens=st.integers(0, 10_000),
        cached_tokens=st.integers(0, 10_000),
        answer_tokens=st.integers(0, 1000),
        encode_ms=st.floats(0, 1e6),
        prefill_ms=st.floats(0, 1e6),
        decode_ms=st.floats(0, 1e6),
    ),
    st.text(max_size=50),
    st.integers(0, 8),
)
def test_no_answer_makes_an_estimate_negative(usage: Usage, text: str, pictures: int) -> None:
    estimates = Estimates()
    estimates.learn(usage)
    assert estimates.cost(text, pictures, cached=False) >= estimates.cost(text, pictures, cached=True) >= 0
