"""The virtual counter: shares, pauses, debts, bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.fairness import REMEMBERED, VirtualTime

COST = st.floats(0.1, 1000)
KEYS = st.sampled_from("abcd")


@given(st.lists(COST, min_size=1, max_size=200), st.integers(2, 5))
def test_those_who_always_have_work_get_equal_shares(costs: list[float], people: int) -> None:
    names = [str(number) for number in range(people)]
    time = VirtualTime()
    for name in names:
        time.activate(name)
    taken = dict.fromkeys(names, 0.0)
    for cost in costs:
        name = min(names, key=time.of)
        time.charge(name, cost)
        taken[name] += cost
        assert max(taken.values()) - min(taken.values()) <= max(costs) + 1e-6


@given(st.lists(st.tuples(KEYS, st.booleans(), COST), max_size=100))
def test_nobody_comes_back_with_less_than_those_who_are_there(steps: list[tuple[str, bool, float]]) -> None:
    time = VirtualTime()
    there: set[str] = set()
    for key, comes, cost in steps:
        if key in there and not comes:
            time.deactivate(key)
            there.discard(key)
        elif key in there:
            time.charge(key, cost)
        else:
            promised, owed = time.of(key), min((time.of(other) for other in there), default=0.0)
            time.activate(key)
            there.add(key)
            assert time.of(key) == promised >= owed


def test_a_pause_saves_nothing_up_and_clears_no_debt() -> None:
    time = VirtualTime()
    time.activate("steady")
    time.activate("greedy")
    time.charge("greedy", 500)
    time.deactivate("greedy")
    time.charge("steady", 100)
    time.activate("new")
    time.activate("greedy")
    assert (time.of("new"), time.of("greedy")) == (100, 500)


def test_who_comes_after_the_last_has_left_begins_level_with_that_one() -> None:
    time = VirtualTime()
    time.activate("first")
    time.charge("first", 300)
    time.deactivate("first")
    time.activate("second")
    time.activate("first")
    assert time.of("second") == time.of("first") == 300


def test_an_estimate_is_corrected_in_both_directions_and_after_the_end() -> None:
    time = VirtualTime()
    for key in ("over", "under", "steady"):
        time.activate(key)
    time.charge("over", 100)
    time.charge("under", 100)
    time.charge("over", -60)
    time.deactivate("under")
    time.charge("under", 60)
    assert (time.of("over"), time.of("under")) == (40, 160)


def test_one_is_active_until_all_of_its_work_has_ended() -> None:
    time = VirtualTime()
    time.activate("other")
    time.charge("other", 70)
    time.activate("busy")
    time.activate("busy")
    time.deactivate("busy")
    time.deactivate("other")
    time.activate("new")
    assert time.of("new") == time.of("busy") == 70
    time.deactivate("busy")
    with pytest.raises(KeyError):
        time.deactivate("busy")


def test_what_is_remembered_of_those_who_left_is_bounded() -> None:
    time = VirtualTime()
    time.activate("steady")
    for number in range(REMEMBERED + 1):
        time.activate(str(number))
        time.charge(str(number), 50)
        time.deactivate(str(number))
    assert time.of("0") == 0
    assert time.of(str(REMEMBERED)) == 50
