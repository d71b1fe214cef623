"""What prompts show of a conversation."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from bot.history import cut, fits, visible
from bot.messages import ImageRef, Recall, Speaker, Turn, View


def turn(number: int, speaker: Speaker, text: str, *widths: int) -> Turn:
    return Turn(number, speaker, text, tuple(ImageRef(f"{number}-{i}", w, 1) for i, w in enumerate(widths)))


def cost(turn: Turn, pictured: bool) -> int:
    """A picture's place-holding words take 2."""
    return 1 + len(turn.text) + sum(ref.width if pictured else 2 for ref in turn.shown)


def shown(turns: list[Turn], view: View) -> list[tuple[int, bool]]:
    return [(turn.id, pictured) for turn, pictured in visible(turns, view)]


TALK = [
    turn(1, "customer", "a", 50),
    turn(2, "bot", "b"),
    turn(3, "customer", "c", 50),
    turn(4, "bot", "d"),
    turn(5, "customer", "e"),
    turn(6, "bot", "f"),
]
ALL = View()


def test_all_of_it_is_shown_at_first() -> None:
    assert shown(TALK, ALL) == [(1, True), (2, False), (3, True), (4, False), (5, False), (6, False)]
    assert shown([], ALL) == []


def test_it_begins_with_the_customer() -> None:
    assert shown(TALK, View(first=2)) == [(3, True), (4, False), (5, False), (6, False)]
    assert shown(TALK, View(first=6)) == []


def test_whether_it_fits() -> None:
    assert fits(TALK, ALL, 112, cost)
    assert not fits(TALK, ALL, 111, cost)
    assert fits(TALK, View(pictured=2), 64, cost)
    assert fits([], ALL, 0, cost)


def test_a_cut_takes_the_oldest() -> None:
    assert shown(TALK, cut(TALK, ALL, 60, 60, cost)) == [(3, True), (4, False), (5, False), (6, False)]


def test_an_old_picture_leaves_before_its_words() -> None:
    view = cut(TALK, ALL, 66, 66, cost)
    assert shown(TALK, view) == [(1, False), (2, False), (3, True), (4, False), (5, False), (6, False)]


def test_a_small_old_picture_does_not_outlive_a_newer_one() -> None:
    turns = [turn(1, "customer", "a", 1), turn(2, "bot", "b"), turn(3, "customer", "c", 90), turn(4, "bot", "d")]
    assert [pictured for _, pictured in shown(turns, cut(turns, ALL, 30, 30, cost))] == [False] * 4


def test_words_are_remembered_for_longer_than_pictures() -> None:
    """There is room for both pictures, but then for no word before them."""
    turns = [
        turn(1, "customer", "a" * 40),
        turn(2, "bot", "b" * 40),
        *(turn(t.id + 2, t.speaker, t.text, *(r.width for r in t.images)) for t in TALK),
    ]
    assert shown(turns, cut(turns, ALL, 152, 152, cost))[:5] == [
        (1, False),
        (2, False),
        (3, False),
        (4, False),
        (5, True),
    ]


def test_the_newest_pictures_stay_beyond_the_low_water_mark_if_there_is_room_for_them() -> None:
    view = cut(TALK, ALL, 40, 58, cost)
    assert shown(TALK, view) == [(3, True), (4, False), (5, False), (6, False)]
    assert cut(TALK, view, 40, 58, cost) == view
    assert shown(TALK, cut(TALK, ALL, 40, 57, cost))[0] == (1, False)


def test_the_newest_pictures_leave_when_much_was_said_since() -> None:
    turns = [*TALK, turn(7, "customer", "g" * 50), turn(8, "bot", "h" * 50)]
    assert shown(turns, cut(turns, ALL, 108, 1000, cost))[0] == (3, True)
    assert shown(turns, cut(turns, ALL, 107, 1000, cost)) == [(5, False), (6, False), (7, False), (8, False)]


def test_a_picture_that_has_left_does_not_come_back() -> None:
    view = cut(TALK, View(pictured=4), 60, 60, cost)
    assert [pictured for _, pictured in shown(TALK, view)] == [False] * 6


def test_when_nothing_fits_nothing_is_shown() -> None:
    assert shown(TALK, cut(TALK, ALL, 0, 0, cost)) == []
    assert cut([], View(3, 4), 0, 0, cost) == View(3, 4)


def test_a_picture_shown_again_counts_where_it_is_shown_again() -> None:
    again = Turn(
        7, "customer", "g", recalled=(Recall(ImageRef("1-0", 50, 1), True), Recall(ImageRef("3-0", 50, 1), False))
    )
    turns = [*TALK, again]
    assert shown(turns, cut(turns, ALL, 60, 60, cost))[-1] == (7, True)
    assert shown(turns, View(pictured=8))[-1] == (7, False)


@dataclass(frozen=True)
class Said:
    """One exchange: how long question and answer are, and how wide the question's pictures."""

    question: int
    answer: int
    widths: list[int]


SAID = st.builds(Said, st.integers(0, 30), st.integers(0, 60), st.lists(st.integers(1, 120), max_size=2))
Message = tuple[str, tuple[ImageRef, ...]]


def message(turn: Turn, pictured: bool) -> Message:
    """A turn as a prompt has it."""
    named = turn.shown and not pictured
    return (f"{turn.id} {turn.text} {named}", turn.shown if pictured else ())


@given(st.lists(SAID, max_size=40), st.integers(20, 300), st.integers(0, 200))
def test_between_cuts_each_prompt_goes_on_from_the_one_before(talk: list[Said], soft: int, more: int) -> None:
    """A whole conversation, question by question, in a context where prompts have `soft` tokens and `more` at most."""
    hard = soft + more
    turns: list[Turn] = []
    view = View()
    before: list[Message] = []
    for number, said in enumerate(talk):
        asked = turn(2 * number + 1, "customer", "q" * said.question, *said.widths)
        tokens = cost(asked, True)
        if tokens > hard:
            continue  # refused, and not remembered
        room, low = max(0, soft - tokens), max(0, soft - tokens) // 2
        moved = view
        if not fits(turns, view, room, cost):
            moved = cut(turns, view, low, low if asked.images else hard - tokens, cost)
        kept = visible(turns, moved)
        prompt = [message(*one) for one in (*kept, (asked, True))]

        # The budget holds; beyond the prompts' share of the context there are only the newest pictures.
        total = sum(cost(*one) for one in kept)
        assert total + tokens <= hard
        newest = max((t.id for t in turns if t.shown), default=0)
        assert total <= room or (kept[0][0].id == newest and kept[0][1])
        # Without a gap up to the newest, and no picture older than one that has left.
        assert [t.id for t, _ in kept] == [t.id for t in turns][len(turns) - len(kept) :]
        pictures = [pictured for t, pictured in kept if t.shown]
        assert pictures == sorted(pictures)

        if moved == view:
            assert prompt[: len(before)] == before
        else:
            assert moved.first >= view.first
            assert moved.pictured >= view.pictured
            # Deep: at the low-water mark, save for the newest pictures. These are in view wherever they can be.
            assert total <= low or (kept[0][0].id == newest and kept[0][1])
            since = sum(cost(t, False) for t in turns if t.id > newest)
            pictured_turn = next((t for t in turns if t.id == newest), None)
            if pictured_turn is not None and newest >= view.pictured and since + cost(pictured_turn, True) <= low:
                assert (pictured_turn, True) in kept
        view = moved
        turns += [asked, turn(2 * number + 2, "bot", "a" * said.answer)]
        before = prompt


@given(st.integers(10, 60), st.integers(1, 12))
def test_cuts_are_rare(exchanges: int, length: int) -> None:
    """Where all exchanges are alike, half of the budget has to fill up again before the next cut."""
    turns: list[Turn] = []
    view, cuts, budget = View(), 0, 10 * (2 + 2 * length)
    for number in range(exchanges):
        if not fits(turns, view, budget, cost):
            view, cuts = cut(turns, view, budget // 2, budget, cost), cuts + 1
        for offset, speaker in enumerate(("customer", "bot"), 1):
            turns.append(turn(2 * number + offset, speaker, "x" * length))  # type: ignore[arg-type]
    assert cuts <= exchanges // 5
