"""What of a conversation fits into a prompt."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from bot.history import fit
from bot.messages import ImageRef, Speaker, Turn


def cost(text: str, images: Sequence[ImageRef] = ()) -> int:
    return 1 + len(text) + sum(image.width for image in images)


def turn(number: int, speaker: Speaker, text: str, *widths: int) -> Turn:
    return Turn(number, speaker, text, tuple(ImageRef(f"{number}-{i}", w, 1) for i, w in enumerate(widths)))


def test_everything_fits() -> None:
    turns = [turn(1, "customer", "a", 10), turn(2, "bot", "b")]
    assert fit(turns, 100, cost) == turns


def test_the_oldest_go_first() -> None:
    turns = [turn(1, "customer", "aaaa"), turn(2, "bot", "b"), turn(3, "customer", "c"), turn(4, "bot", "d")]
    assert [t.id for t in fit(turns, 6, cost)] == [3, 4]


def test_an_old_picture_leaves_before_its_words() -> None:
    turns = [turn(1, "customer", "a", 50), turn(2, "bot", "b"), turn(3, "customer", "c", 50), turn(4, "bot", "d")]
    kept = fit(turns, 60, cost)
    assert [(t.id, len(t.images)) for t in kept] == [(1, 0), (2, 0), (3, 1), (4, 0)]


def test_a_small_old_picture_does_not_outlive_a_newer_one() -> None:
    turns = [turn(1, "customer", "a", 1), turn(2, "bot", "b"), turn(3, "customer", "c", 90), turn(4, "bot", "d")]
    assert [len(t.images) for t in fit(turns, 30, cost)] == [0, 0, 0, 0]


def test_it_begins_with_the_customer() -> None:
    turns = [turn(1, "customer", "long" * 9), turn(2, "bot", "b"), turn(3, "customer", "c")]
    assert [t.id for t in fit(turns, 8, cost)] == [3]


speakers: st.SearchStrategy[Speaker] = st.sampled_from(["customer", "bot"])
specs = st.lists(st.tuples(speakers, st.text(max_size=8), st.lists(st.integers(1, 40), max_size=3)), max_size=15)


@given(specs, st.integers(0, 200))
def test_the_budget_holds_and_order_stays(spec: list[tuple[Speaker, str, list[int]]], budget: int) -> None:
    turns = [turn(n, speaker, text, *widths) for n, (speaker, text, widths) in enumerate(spec)]
    kept = fit(turns, budget, cost)
    assert sum(cost(t.text, t.images) for t in kept) <= budget
    ids = [t.id for t in kept]
    assert ids == sorted(ids)
    if kept:
        assert kept[0].speaker == "customer"
        assert ids == list(range(ids[0], len(turns)))  # without a gap, up to the newest
    by_id = {t.id: t for t in turns}
    dropped = [t.id for t in kept if by_id[t.id].images and not t.images]
    seen = [t.id for t in kept if t.images]
    assert not dropped or not seen or max(dropped) < min(seen)
