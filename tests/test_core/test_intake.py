"""What is joined to one question, and how long the queue waits for the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake import Question, join, settling
from bot.messages import Attachment, ChatKey, Inbound, Kind, Pending, Sender

CHAT = ChatKey("list", "", "1")
ANNA = Sender("list:anna")
BEN = Sender("list:ben")


def row(
    number: int,
    text: str = "",
    *,
    message: str = "",
    kind: Kind = Kind.MESSAGE,
    files: tuple[str, ...] = (),
    who: Sender = ANNA,
) -> Pending:
    attachments = tuple(Attachment(ref=name) for name in files)
    message = message or f"m{number}"
    inbound = Inbound(f"e{number}", CHAT, who, kind, text, message, attachments)
    return Pending(number, inbound)


def test_a_picture_and_its_question_are_one() -> None:
    question, taken = join([row(1, files=("a",)), row(2, "what is this?"), row(3, "please", files=("b",))])
    assert taken == 3
    assert question.text == "what is this?\nplease"
    assert [a.ref for a in question.attachments] == ["a", "b"]
    assert question.message_ids == ("m1", "m2", "m3")
    assert question.inbox_ids == (1, 2, 3)


def test_two_people_are_two_questions() -> None:
    queue = [row(1, "mine"), row(2, "yours", who=BEN), row(3, "mine again")]
    question, taken = join(queue)
    assert (question.text, taken) == ("mine", 1)
    question, taken = join(queue[taken:])
    assert (question.text, question.sender, taken) == ("yours", BEN, 1)


def test_an_edit_changes_a_message_that_still_waits() -> None:
    edit = row(2, "what is E-4127?", message="m1", kind=Kind.EDIT)
    question, taken = join([row(1, "what is E-4172?", files=("a",)), edit])
    assert (question.text, question.edits, taken) == ("what is E-4127?", "", 2)
    assert [a.ref for a in question.attachments] == ["a"]


def test_an_edit_of_an_earlier_message_is_a_question_of_its_own() -> None:
    queue = [row(1, "new"), row(2, "corrected", message="m0", kind=Kind.EDIT), row(3, "newer")]
    assert join(queue)[1] == 1
    question, taken = join(queue[1:])
    assert (question.text, question.edits, taken) == ("corrected", "m0", 1)


def test_a_deleted_message_is_not_asked() -> None:
    question, taken = join([row(1, "secret"), row(2, message="m1", kind=Kind.DELETE)])
    assert question.empty
    assert (question.inbox_ids, question.withdrawn, taken) == ((1, 2), (), 2)


def test_deleting_an_earlier_message_is_passed_on() -> None:
    question, _ = join([row(1, message="m0", kind=Kind.DELETE), row(2, "go on")])
    assert (question.withdrawn, question.text, question.empty) == (("m0",), "go on", False)


@pytest.mark.parametrize(
    ("changes", "wait"),
    [
        ({"text": "hello"}, 1.0),
        ({"text": "", "attachments": (Attachment(ref="a"),)}, 3.0),
        ({"text": "caption", "attachments": (Attachment(ref="a"),)}, 1.0),
        ({"text": "caption", "attachments": (Attachment(ref="a"),), "group_id": "g"}, 3.0),
        ({"text": "hello", "settled": True}, 0.0),
        ({"text": "hello", "kind": Kind.EDIT}, 0.0),
    ],
)
def test_patience(changes: dict[str, object], wait: float) -> None:
    pending = Pending(1, replace(row(1).inbound, **changes))  # type: ignore[arg-type]
    assert settling([pending], burst_seconds=1.0, album_seconds=3.0, waited=0.0) == wait


def test_patience_ends() -> None:
    assert settling([row(1, "hello")], burst_seconds=1.0, album_seconds=3.0, waited=1.5) <= 0


kinds = st.sampled_from([Kind.MESSAGE, Kind.EDIT, Kind.DELETE])
rows = st.lists(
    st.tuples(kinds, st.integers(0, 4), st.text(max_size=5), st.sampled_from([ANNA, BEN])), min_size=1, max_size=12
)


@given(rows)
def test_every_row_is_settled_once_and_in_order(spec: list[tuple[Kind, int, str, Sender]]) -> None:
    queue = [row(n, text, message=f"m{m}", kind=kind, who=who) for n, (kind, m, text, who) in enumerate(spec)]
    settled: list[int] = []
    while queue:
        question, taken = join(queue)
        assert isinstance(question, Question)
        assert len(question.inbox_ids) == taken >= 1
        settled += question.inbox_ids
        queue = queue[taken:]
    assert settled == list(range(len(spec)))


def test_a_deletion_is_heeded_whoever_reports_it() -> None:
    question, taken = join([row(1, "secret"), row(2, message="m1", kind=Kind.DELETE, who=BEN), row(3, "mine", who=BEN)])
    assert question.empty
    assert (question.inbox_ids, taken) == ((1, 2), 2)


def test_a_question_with_something_of_an_earlier_run_is_one_of_that() -> None:
    earlier = replace(row(1, "hello"), earlier=True)
    assert [join(queue)[0].earlier for queue in ([earlier, row(2)], [row(1), row(2)])] == [True, False]


def test_a_command_is_a_question_of_its_own() -> None:
    command = row(2, "which field is red?", kind=Kind.COMMAND)
    queue = [row(1, "before"), command, row(3, "after"), row(4, message="m2", kind=Kind.DELETE)]
    question, taken = join(queue)
    assert (question.text, question.command, taken) == ("before", None, 1)
    question, taken = join(queue[1:])
    assert (question.text, question.command, question.empty, taken) == ("which field is red?", command, False, 1)
    question, taken = join(queue[2:])
    assert (question.text, question.command, question.withdrawn) == ("after", None, ("m2",))
