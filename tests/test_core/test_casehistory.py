"""A case as a text."""

from __future__ import annotations

from datetime import UTC

from bot.cards import Cards
from bot.casehistory import told
from bot.cases import Case, CaseState, Cause, LogEntry, LogKind, Staff
from bot.messages import ChatKey, Turn

CARDS = Cards("en", UTC)
CASE = Case(12, ChatKey("telegram", "1", "2"), CaseState.HUMAN, Cause.ASKED, "telegram:2", "Ann", "en")
BEN = Staff("telegram:5", "Ben")


def said(number: int, text: str, at: float = 0.0) -> Turn:
    return Turn(number, "customer", text, at=at or float(number))


def logged(turn: Turn, kind: LogKind = LogKind.TURN) -> LogEntry:
    return LogEntry(turn.id, 12, kind, turn.at, turn=turn.id, said=turn)


def test_what_was_said_before_it_was_a_case_comes_first_and_nothing_twice() -> None:
    first, second = said(1, "hello"), said(2, "hello?")
    moved = LogEntry(9, 12, LogKind.MOVED, 1.5, Staff("telegram:2", "Ann"), "bot>waiting:asked")
    log = [moved, logged(second), logged(second, LogKind.AMENDED)]
    lines = told(CARDS, CASE, [first, second], log).split("\n\n")
    assert lines[0] == "Case #12, from the beginning:"
    assert lines[1:] == [
        "1970-01-01 00:00 UTC **Ann**: hello",
        f"1970-01-01 00:00 UTC {CARDS.entry(CASE, moved).text}",  # type: ignore[union-attr]
        "1970-01-01 00:00 UTC **Ann**: hello?",
    ]


def test_of_a_long_one_the_newest_part_is_told() -> None:
    turns = [said(number, f"question {number} " * 9) for number in range(1, 100)]
    text = told(CARDS, CASE, turns, [], most=1000)
    heading, *lines = text.split("\n\n")
    assert heading == f"Case #12, the newest part ({99 - len(lines)} entries before it are left out):"
    assert "question 99" in lines[-1]
    assert 900 - len(lines[0]) < sum(map(len, lines)) <= 1000


def test_a_long_message_is_clipped_and_the_newest_is_told_whatever_its_length() -> None:
    _, line = told(CARDS, CASE, [said(1, "x" * 5000)], [], most=10).split("\n\n")
    assert len(line) < 700
    assert line.endswith("x…")


def test_a_case_of_which_nothing_is_left() -> None:
    assert told(CARDS, CASE, [], []) == "Nothing is recorded of case #12 any more."
