"""What every store of conversations does: inbox, turns, outbox, ratings and reports."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.messages import (
    Attachment,
    Backlog,
    ChatKey,
    Image,
    ImageRef,
    Kind,
    NewOutgoing,
    NewTurn,
    Outcome,
    Pending,
    PlatformStats,
)
from bot.ports import ConversationStore
from tests.contracts.stores import (
    CHAT,
    OTHER,
    STORES,
    Clock,
    Maker,
    accept,
    converse,
    deliver,
    message,
    picture,
    record,
    shown,
    texts,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=STORES, ids=lambda maker: maker.__name__)
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> AsyncIterator[ConversationStore]:
    make: Maker = request.param
    made = make(tmp_path, clock)
    await made.open()
    yield made
    await made.close()


# --- inbox


async def test_an_event_is_accepted_once_and_for_ever(store: ConversationStore) -> None:
    row = await accept(store, message("1"))
    assert await store.accept(message("1", "delivered again")) is None
    await store.commit(Outcome(CHAT, (row,)))
    assert await store.accept(message("1")) is None
    assert await store.pending() == []


async def test_event_ids_belong_to_platform_and_account(store: ConversationStore) -> None:
    rows = [
        await store.accept(message("1", chat=ChatKey(*names, "9"))) for names in (("a", "x"), ("a", "y"), ("b", "x"))
    ]
    assert None not in rows
    assert await store.accept(message("1", chat=ChatKey("a", "x", "another chat"))) is None


async def test_pending_gives_back_what_came_in_oldest_first(store: ConversationStore) -> None:
    first = message("1", "这是什么?😀", attachments=(Attachment("f1", "a.png", "image/png", 3, b"\x00\xff\x01"),))
    second = message("2", chat=OTHER, quoted=(Attachment("f2"), Attachment(data=b"")), received_at=5.0)
    third = message("3", kind=Kind.COMMAND, command="new")
    rows = [await accept(store, inbound) for inbound in (first, second, third)]
    one, two, three = (Pending(row, inbound) for row, inbound in zip(rows, (first, second, third), strict=True))
    assert await store.pending() == [one, two, three]
    assert await store.pending(CHAT) == [one, three]
    assert await store.pending(ChatKey("telegram", "bot", "nobody")) == []
    await store.commit(Outcome(CHAT, (rows[0],)))
    assert await store.pending() == [two, three]


async def test_half_a_surrogate_pair_is_replaced(store: ConversationStore) -> None:
    await accept(store, message("lone \ud800", "half \udc00, pair \ud83d\ude00"))
    assert [(p.inbound.text, p.inbound.message_id) for p in await store.pending()] == [("half �, pair 😀", "lone �")]
    await converse(store, "\udfff", "\ud800?", "\udc00!")
    assert await texts(store) == ["�?", "�!"]
    turn = await store.find_turn(CHAT, "\udfff")
    assert turn is not None
    assert turn.text == "�?"


# --- outcomes


async def test_an_outcome_stores_turns_pictures_and_messages(store: ConversationStore, clock: Clock) -> None:
    clock.now = 50.0
    shots = (picture(1), picture(2))
    row = await accept(store, message("1"))
    second = await accept(store, message("2"))
    clock.now = 60.0
    made = await store.commit(
        Outcome(
            CHAT,
            (row, second),
            (NewOutgoing("one", answer=True, slot="p1"), NewOutgoing("two", answer=True), NewOutgoing("by the way")),
            NewTurn("customer", "这是什么?😀", (shots[1].ref, shots[0].ref), ("1", "2"), "telegram:7", "zh"),
            NewTurn("bot", "一张表格。", language="zh"),
            shots,
            record(),
        )
    )
    question, answer = await store.history(CHAT)
    assert (question.speaker, question.text, question.images) == (
        "customer",
        "这是什么?😀",
        (shots[1].ref, shots[0].ref),
    )
    assert (question.message_ids, question.language, question.at) == (("1", "2"), "zh", 50.0)
    assert (answer.speaker, answer.text, answer.images, answer.message_ids) == ("bot", "一张表格。", (), ())
    assert (answer.language, answer.at) == ("zh", 60.0)
    assert [(o.chat, o.payload, o.slot, o.turn_id, o.attempts) for o in made] == [
        (CHAT, "one", "p1", answer.id, 0),
        (CHAT, "two", "", answer.id, 0),
        (CHAT, "by the way", "", None, 0),
    ]
    assert await store.undelivered() == made
    assert await store.images(question.images) == {shot.ref.sha256: shot for shot in shots}
    assert await store.pending() == []


async def test_a_row_that_is_done_stops_the_whole_outcome(store: ConversationStore) -> None:
    done = await accept(store, message("1"))
    await store.commit(Outcome(CHAT, (done,)))
    fresh = await accept(store, message("2"))
    for ids in ((fresh, done), (done,), (fresh, 999)):
        with pytest.raises(StoreError):
            await store.commit(Outcome(CHAT, ids, (NewOutgoing("x"),), NewTurn("customer", "q"), reset=True))
    assert await texts(store) == []
    assert await store.undelivered() == []
    assert [pending.id for pending in await store.pending()] == [fresh]


async def test_a_failure_in_the_middle_leaves_nothing(store: ConversationStore) -> None:
    await converse(store, "0")
    row = await accept(store, message("1"))
    shot = picture()
    nobody = NewTurn("nobody", "no such speaker")  # type: ignore[arg-type]
    question = NewTurn("customer", "q", (shot.ref,), ("1",), language="zh")
    with pytest.raises(StoreError):
        await store.commit(Outcome(CHAT, (row,), (), question, nobody, (shot,), record(), supersedes=1, reset=True))
    assert await texts(store) == ["What is this?", "A form."]
    assert await store.images([shot.ref]) == {}
    assert await store.find_turn(CHAT, "1") is None
    assert await store.language(CHAT) == "en"
    assert [pending.id for pending in await store.pending()] == [row]
    await store.commit(Outcome(CHAT, (row,), (), question, NewTurn("bot", "a"), (shot,)))
    assert await texts(store) == ["What is this?", "A form.", "q", "a"]


async def test_pictures_are_stored_once_and_only_if_a_turn_shows_them(store: ConversationStore) -> None:
    shot, unseen = picture(1), picture(2)
    await converse(store, "1", images=(shot,))
    again = Image(ImageRef(shot.ref.sha256, 640, 481), "image/png", shot.data)
    await converse(store, "2", images=(again,))
    later = await accept(store, message("3"))
    gone = ImageRef("0" * 64, 1, 1)
    await store.commit(
        Outcome(CHAT, (later,), question=NewTurn("customer", "and?", (shot.ref, gone)), images=(unseen,))
    )
    assert (await store.history(CHAT))[-1].images == (shot.ref,)
    assert list(await store.images([shot.ref, unseen.ref, gone])) == [shot.ref.sha256]
    assert await store.images([]) == {}


async def test_a_reset_begins_a_new_conversation(store: ConversationStore) -> None:
    shot = picture()
    await converse(store, "1", "old", images=(shot,))
    row = await accept(store, message("2", kind=Kind.COMMAND, command="new"))
    await store.commit(Outcome(CHAT, (row,), (NewOutgoing("New."),), reset=True))
    assert await texts(store) == []
    assert await shown(store) == ["New."]
    await converse(store, "3", "new")
    assert await texts(store) == ["new", "A form."]
    assert await shown(store) == ["New.", "new", "A form. 0"]
    old = await store.find_turn(CHAT, "1")
    assert old is not None
    assert (old.text, old.images) == ("old", (shot.ref,))
    assert list(await store.images(old.images)) == [shot.ref.sha256]


async def test_superseded_turns_leave_history_and_transcript(store: ConversationStore) -> None:
    await converse(store, "1", "first")
    await converse(store, "2", "second", "wrong")
    row = await accept(store, message("n"))
    await store.commit(Outcome(CHAT, (row,), (NewOutgoing("notice"),)))
    await converse(store, "other", chat=OTHER)
    edited = await store.find_turn(CHAT, "2")
    assert edited is not None
    await converse(store, "2b", "second, edited", "right", supersedes=edited.id)
    assert await texts(store) == ["first", "A form.", "second, edited", "right"]
    assert await shown(store) == ["first", "A form. 0", "second, edited", "right 0"]
    assert await texts(store, OTHER) == ["What is this?", "A form."]


async def test_an_edit_of_an_earlier_conversation_leaves_the_present_one(store: ConversationStore) -> None:
    await converse(store, "1", "old")
    old = await store.find_turn(CHAT, "1")
    assert old is not None
    await converse(store, "2", "new", reset=True)
    await converse(store, "3", "old, edited", supersedes=old.id)
    assert await texts(store) == ["new", "A form.", "old, edited", "A form."]
    await converse(store, "4", "gone", supersedes=12345)
    assert len(await texts(store)) == 6


# --- turns


async def test_turns_are_found_by_questions_and_answers_messages(store: ConversationStore) -> None:
    rows = await converse(store, "1", parts=2)
    await deliver(store, rows, "a1")
    question, answer = await store.history(CHAT)
    assert await store.find_turn(CHAT, "1") == question
    assert await store.find_turn(CHAT, "a1") == answer
    assert await store.find_turn(CHAT, "a1-1") == answer
    assert await store.find_turn(CHAT, "a2") is None
    assert await store.find_turn(CHAT, "") is None
    assert await store.find_turn(OTHER, "1") is None
    notice = await store.commit(Outcome(CHAT, (), (NewOutgoing("notice"),)))
    await deliver(store, notice, "n1")
    assert await store.find_turn(CHAT, "n1") is None
    await converse(store, "1b", "edited", supersedes=question.id)


async def test_the_newest_turn_of_an_edited_message_is_found(store: ConversationStore) -> None:
    await converse(store, "1", "before")
    (old, _) = await store.history(CHAT)
    question = NewTurn("customer", "after", message_ids=("1",))
    await store.commit(Outcome(CHAT, (), question=question, answer=NewTurn("bot", "a"), supersedes=old.id))
    found = await store.find_turn(CHAT, "1")
    assert found is not None
    assert found.text == "after"


async def test_amend_corrects_a_question(store: ConversationStore) -> None:
    await deliver(store, await converse(store, "1"), "a1")
    assert await store.amend(CHAT, "1", "corrected")
    assert await texts(store) == ["corrected", "A form."]
    assert not await store.amend(CHAT, "a1", "an answer is not for customers to correct")
    assert not await store.amend(CHAT, "9", "x")
    assert not await store.amend(OTHER, "1", "x")
    assert await texts(store) == ["corrected", "A form."]


async def test_retract_forgets_question_answer_and_pictures(store: ConversationStore) -> None:
    own, shared = picture(1), picture(2)
    await converse(store, "1", "keep", images=(shared,))
    rows = await converse(store, "2", "forget", images=(own, shared), parts=2)
    await deliver(store, rows[:1], "a2")
    await store.rate(CHAT, "a2", "telegram:7", 1)
    await converse(store, "3", "keep, too")
    assert await store.retract(CHAT, "2")
    assert await texts(store) == ["keep", "A form.", "keep, too", "A form."]
    assert await shown(store) == ["keep", "A form. 0", "keep, too", "A form. 0"]
    assert list(await store.images([own.ref, shared.ref])) == [shared.ref.sha256]
    assert await store.find_turn(CHAT, "2") is None
    assert await store.find_turn(CHAT, "a2") is None
    assert rows[1].id not in [item.id for item in await store.undelivered()]
    assert [(s.questions, s.answers, s.thumbs_up) for s in await store.stats(0)] == [(2, 2, 0)]
    assert not await store.retract(CHAT, "2")
    assert not await store.retract(OTHER, "1")
    assert await store.retract(CHAT, "1")
    assert await store.images([shared.ref]) == {}


async def test_retract_takes_earlier_versions_of_the_question_along(store: ConversationStore) -> None:
    shot = picture()
    await converse(store, "1", "my password is 123", images=(shot,))
    (old, _) = await store.history(CHAT)
    question = NewTurn("customer", "never mind", message_ids=("1",))
    await store.commit(Outcome(CHAT, (), question=question, answer=NewTurn("bot", "a"), supersedes=old.id))
    assert await store.retract(CHAT, "1")
    assert await texts(store) == []
    assert await store.find_turn(CHAT, "1") is None
    assert await store.images([shot.ref]) == {}
    assert [(s.questions, s.answers) for s in await store.stats(0)] == []


async def test_retract_spares_the_next_questions_answer(store: ConversationStore) -> None:
    row = await accept(store, message("1"))
    await store.commit(Outcome(CHAT, (row,), question=NewTurn("customer", "unanswered", message_ids=("1",))))
    await converse(store, "2", "answered")
    assert await store.retract(CHAT, "1")
    assert await texts(store) == ["answered", "A form."]


async def test_deliveries_of_retracted_answers_are_ignored(store: ConversationStore) -> None:
    (row,) = await converse(store, "1")
    await store.retract(CHAT, "1")
    await store.sending(row.id)
    await store.unsent(row.id, "x")
    await store.failed(row.id, "x")
    assert await store.ambiguous(row.id, "x", ["perhaps"]) == []
    await store.sent(row.id, "a1")
    assert await store.backlog() == Backlog()
    assert await store.transcript(CHAT) == []


async def test_knows_whether_it_ever_answered(store: ConversationStore) -> None:
    assert not await store.knows(CHAT)
    row = await accept(store, message("1"))
    await store.commit(Outcome(CHAT, (row,), (NewOutgoing("notice"),), NewTurn("customer", "q")))
    assert not await store.knows(CHAT)
    await converse(store, "2")
    assert await store.knows(CHAT)
    assert not await store.knows(OTHER)
    await store.retract(CHAT, "2")
    await store.commit(Outcome(CHAT, (), reset=True))
    assert await store.knows(CHAT)


async def test_language_is_that_of_the_newest_question(store: ConversationStore) -> None:
    assert await store.language(CHAT) == ""
    for language in ("zh", "en", "zh"):
        question = NewTurn("customer", "q", language=language)
        await store.commit(Outcome(CHAT, (), question=question, answer=NewTurn("bot", "a", language="en")))
        assert await store.language(CHAT) == language
    await store.commit(Outcome(CHAT, (), reset=True))
    assert await store.language(CHAT) == "zh"
    assert await store.language(OTHER) == ""


# --- outbox


async def test_a_message_goes_through_its_states(store: ConversationStore) -> None:
    first, second = await converse(store, "1", parts=2)
    await store.sending(first.id)
    assert [item.id for item in await store.undelivered()] == [second.id]
    assert [(item.id, item.attempts) for item in await store.in_doubt()] == [(first.id, 1)]
    await store.unsent(first.id, "429")
    assert [(item.id, item.attempts) for item in await store.undelivered()] == [(first.id, 1), (second.id, 0)]
    assert await store.backlog() == Backlog(outbox=2)
    await store.sending(first.id)
    assert await store.backlog() == Backlog(outbox=2)
    await store.sent(first.id, "a1")
    await store.sending(second.id)
    await store.failed(second.id, "blocked")
    assert await store.undelivered() == []
    assert await store.in_doubt() == []
    assert await store.backlog() == Backlog(failed=1)


async def test_a_message_that_was_sent_stays_sent(store: ConversationStore) -> None:
    (row,) = await converse(store, "1")
    await deliver(store, [row], "a1")
    await store.sending(row.id)
    await store.unsent(row.id, "late")
    await store.failed(row.id, "late")
    await store.ambiguous(row.id, "late")
    assert await store.resend(CHAT) == []
    assert await store.backlog() == Backlog()
    assert [entry.message_id for entry in await store.transcript(CHAT)] == ["1", "a1"]


async def test_doubt_adds_notices_and_a_person_may_have_it_sent_again(store: ConversationStore) -> None:
    lost, failed, fine = await converse(store, "1", parts=3)
    for row in (lost, failed, fine):
        await store.sending(row.id)
    notices = await store.ambiguous(lost.id, "connection broke", ["perhaps", "or not"])
    assert [(item.chat, item.payload, item.turn_id) for item in notices] == [
        (CHAT, "perhaps", None),
        (CHAT, "or not", None),
    ]
    await store.failed(failed.id, "too long")
    await store.sent(fine.id, "a3")
    assert await store.undelivered() == notices
    assert await store.in_doubt() == []
    assert await store.backlog() == Backlog(outbox=2, ambiguous=1, failed=1)
    assert await store.resend(OTHER) == []
    assert await store.resend(CHAT) == [lost, failed]
    assert [item.id for item in await store.undelivered()] == [lost.id, failed.id, *(item.id for item in notices)]
    assert await store.resend(CHAT) == []


async def test_what_was_superseded_is_not_sent_again(store: ConversationStore) -> None:
    (row,) = await converse(store, "1")
    await store.sending(row.id)
    await store.failed(row.id, "x")
    (question, _) = await store.history(CHAT)
    await converse(store, "2", supersedes=question.id)
    assert await store.resend(CHAT) == []
    assert await store.backlog() == Backlog(outbox=1)


# --- people


async def test_the_newest_rating_of_a_sender_counts(store: ConversationStore) -> None:
    rows = await converse(store, "1", parts=2)
    await deliver(store, rows, "a1")
    assert await store.rate(CHAT, "a1", "telegram:7", 1)
    assert await store.rate(CHAT, "a1-1", "telegram:8", 1)
    assert await store.rate(CHAT, "a1", "telegram:7", -1)
    assert [(s.thumbs_up, s.thumbs_down) for s in await store.stats(0)] == [(1, 1)]
    assert [entry.rating for entry in await store.transcript(CHAT)] == [0, -1, -1]
    assert not await store.rate(CHAT, "1", "telegram:7", 1)
    assert not await store.rate(CHAT, "a9", "telegram:7", 1)
    assert not await store.rate(OTHER, "a1", "telegram:7", 1)
    with pytest.raises(StoreError):
        await store.rate(CHAT, "a1", "telegram:7", 5)


async def test_a_transcript_shows_the_chat_as_its_customer_saw_it(store: ConversationStore, clock: Clock) -> None:
    shot = picture()
    clock.now = 10.0
    rows = await converse(store, "1", "first", images=(shot,), parts=2)
    notice = await store.commit(Outcome(CHAT, (), (NewOutgoing("notice"),)))
    clock.now = 20.0
    await deliver(store, rows, "a1")
    await converse(store, "2", "second")
    await accept(store, message("3", "waiting"))
    await accept(store, message("4", "no message", kind=Kind.EDIT))
    entries = await store.transcript(CHAT)
    assert [(e.speaker, e.text or e.payload, e.message_id, e.rateable, e.at) for e in entries] == [
        ("customer", "first", "1", False, 10.0),
        ("bot", "A form. 0", "a1", False, 10.0),
        ("bot", "A form. 1", "a1-1", True, 10.0),
        ("bot", "notice", "", False, 10.0),
        ("customer", "second", "2", False, 20.0),
        ("bot", "A form. 0", "", True, 20.0),
        ("customer", "waiting", "3", False, 20.0),
    ]
    assert [entry.images for entry in entries if entry.images] == [(shot.ref,)]
    assert [entry.id for entry in entries if entry.speaker == "customer"] == [0, 0, 0]
    newer = await store.transcript(CHAT, after=rows[1].id)
    assert newer == [entry for entry in entries if entry.id >= notice[0].id]
    assert await store.transcript(CHAT, after=newer[-1].id) == []
    assert await store.transcript(OTHER) == []


async def test_stats_are_by_platform_and_period(store: ConversationStore, clock: Clock) -> None:
    assert await store.stats(0) == []
    clock.now = 100.0
    await deliver(store, await converse(store, "old", record=record(9000.0)), "a0")
    clock.now = 200.0
    await store.rate(CHAT, "a0", "telegram:7", -1)
    for name, total in (("1", 100.0), ("2", 300.0), ("3", 200.0)):
        await converse(store, name, record=record(total, tokens=10))
    another = ChatKey("telegram", "bot", "43")
    await deliver(store, await converse(store, "1b", chat=another, record=record(400.0, tokens=5)), "a1")
    await store.rate(another, "a1", "telegram:7", 1)
    await converse(store, "s", chat=OTHER, record=None)
    assert await store.stats(150.0) == [
        PlatformStats("slack", chats=1, questions=1, answers=1),
        PlatformStats("telegram", 2, 4, 4, thumbs_up=1, thumbs_down=1, answer_tokens=35, median_ms=250.0),
    ]
    assert [s.questions for s in await store.stats(0)] == [1, 5]


async def test_the_backlog_counts_the_inbox(store: ConversationStore) -> None:
    row = await accept(store, message("1"))
    await accept(store, message("2"))
    assert await store.backlog() == Backlog(inbox=2)
    await store.commit(Outcome(CHAT, (row,)))
    assert await store.backlog() == Backlog(inbox=1)
