"""The ledger that the other tests of this folder hold a bot against finds what it is there to find."""

from __future__ import annotations

import pytest

from tests.chaos.ledger import Ledger
from tests.chaos.model import answer

WHERE = "slack U1 in D1"


def reply(*numbers: str) -> tuple[str, str]:
    return WHERE, "".join(answer(numbers, 0))


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    ledger.ask(WHERE)
    ledger.ask(WHERE)
    return ledger


def test_a_forgotten_question_is_found(ledger: Ledger) -> None:
    assert ledger.misremembered(["q1"], [reply("q1"), reply("q2")]) == [f"q2 in {WHERE} is remembered 0 times"]


def test_a_question_that_is_remembered_twice_is_found(ledger: Ledger) -> None:
    assert ledger.misremembered(["q1", "q1", "q2"], [reply("q1", "q2")]) == [f"q1 in {WHERE} is remembered 2 times"]


def test_what_was_answered_together_with_something_deleted_may_go_with_it(ledger: Ledger) -> None:
    ledger.questions["q1"].withdrawn(may_overtake=True)
    assert ledger.misremembered([], [reply("q1", "q2")]) == []
    assert ledger.misremembered([], [reply("q1"), reply("q2")]) == [f"q2 in {WHERE} is remembered 0 times"]


def test_lost_twice_and_wrong_answers_are_found(ledger: Ledger) -> None:
    ledger.ask(WHERE, pictures=1)
    verdict = ledger.judge([reply("q1"), reply("q1"), reply("q3"), reply("q9")], (), ())
    assert verdict.twice == [f"q1 in {WHERE}: 2 answers"]
    assert verdict.lost == [f"q2 in {WHERE}: no answer"]
    assert verdict.wrong == [f"q3 in {WHERE}: 0 pictures seen, 1 sent", f"q9 in {WHERE}: nobody asked that"]
