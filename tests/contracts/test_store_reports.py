"""What every store of conversations does: outbox, ratings, transcript and figures."""

from __future__ import annotations

import pytest

from bot.errors import StoreError
from bot.figures import PlatformStats
from bot.messages import Backlog, ChatKey, Kind, NewOutgoing, NewTurn, Outgoing, Stuck
from bot.outcome import Outcome
from bot.stores import ConversationStore
from tests.contracts.stores import (
    CHAT,
    OTHER,
    Clock,
    accept,
    converse,
    deliver,
    message,
    picture,
    record,
    shown,
)

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


async def test_questions_that_were_set_aside_are_counted_for_a_week(store: ConversationStore, clock: Clock) -> None:
    for number in range(3):
        rows = tuple([await accept(store, message(f"{number} {part}")) for part in range(2)])
        await store.commit(Outcome(CHAT, rows, (NewOutgoing("sorry"),), set_aside=number > 0))
        clock.now += 86_400
    assert (await store.backlog()).set_aside == 2
    clock.now += 5.5 * 86_400
    assert (await store.backlog()).set_aside == 1
    clock.now += 86_400
    assert (await store.backlog()).set_aside == 0


async def resend(store: ConversationStore, chat: ChatKey) -> list[Outgoing]:
    """Have a chat's stuck messages sent again."""
    stuck = [item.id for item in await store.stuck(chat)]
    rows = await store.commit(Outcome(chat, (), resend=True))
    assert [item.id for item in rows] == stuck
    return rows


async def test_a_message_that_was_sent_stays_sent(store: ConversationStore) -> None:
    (row,) = await converse(store, "1")
    await deliver(store, [row], "a1")
    await store.sending(row.id)
    await store.unsent(row.id, "late")
    await store.failed(row.id, "late")
    await store.ambiguous(row.id, "late")
    assert await resend(store, CHAT) == []
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
    assert await resend(store, OTHER) == []
    assert await resend(store, CHAT) == [lost, failed]
    assert [item.id for item in await store.undelivered()] == [lost.id, failed.id, *(item.id for item in notices)]
    assert await resend(store, CHAT) == []


async def test_what_was_superseded_is_not_sent_again(store: ConversationStore) -> None:
    (row,) = await converse(store, "1")
    await store.sending(row.id)
    await store.failed(row.id, "x")
    (question, _) = await store.history(CHAT)
    await converse(store, "2", supersedes=question.id)
    assert await resend(store, CHAT) == []
    assert await store.backlog() == Backlog(outbox=1)


async def test_a_message_whose_preview_is_gone_is_a_new_one_from_then_on(store: ConversationStore) -> None:
    row_id = await accept(store, message("1"))
    outgoing = (NewOutgoing("a", answer=True, slot="p1"),)
    (row,) = await store.commit(
        Outcome(
            CHAT, (row_id,), outgoing, question=NewTurn("customer", "q"), answer=NewTurn("bot", "a"), record=record()
        )
    )
    await store.sending(row.id)
    await store.detach(row.id)
    (left,) = await store.undelivered()
    assert (left.id, left.slot) == (row.id, "")
    await store.sending(row.id)
    assert [item.slot for item in await store.in_doubt()] == [""]


async def test_stuck_messages_are_told_by_chat_the_newest_trouble_first(store: ConversationStore, clock: Clock) -> None:
    assert await store.stuck_chats(10) == []
    clock.now = 10.0
    first, second, fine = await converse(store, "1", parts=3)
    (other,) = await converse(store, "2", chat=OTHER)
    for row in (first, second, fine, other):
        await store.sending(row.id)
    clock.now = 20.0
    await store.ambiguous(first.id, "connection broke")
    clock.now = 30.0
    await store.failed(other.id, "blocked")
    assert [stuck.chat for stuck in await store.stuck_chats(10)] == [OTHER, CHAT]
    clock.now = 40.0
    await store.failed(second.id, "too long")
    await store.sent(fine.id, "a1")
    assert await store.stuck_chats(10) == [
        Stuck(CHAT, ambiguous=1, failed=1, since=20.0, reason="too long"),
        Stuck(OTHER, ambiguous=0, failed=1, since=30.0, reason="blocked"),
    ]
    assert [stuck.chat for stuck in await store.stuck_chats(1)] == [CHAT]
    await store.commit(Outcome(CHAT, (), resend=True))
    assert [stuck.chat for stuck in await store.stuck_chats(10)] == [OTHER]


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
    await accept(store, message("3", "waiting", received_at=15.0))
    await accept(store, message("4", "no message", kind=Kind.EDIT))
    entries = await store.transcript(CHAT)
    assert [(e.speaker, e.text or e.payload, e.message_id, e.rateable, e.at) for e in entries] == [
        ("customer", "first", "1", False, 10.0),
        ("bot", "A form. 0", "a1", False, 10.0),
        ("bot", "A form. 1", "a1-1", True, 10.0),
        ("bot", "notice", "", False, 10.0),
        ("customer", "second", "2", False, 20.0),
        ("bot", "A form. 0", "", True, 20.0),
        ("customer", "waiting", "3", False, 15.0),
    ]
    assert [entry.images for entry in entries if entry.images] == [(shot.ref,)]
    assert [entry.id for entry in entries if entry.speaker == "customer"] == [0, 0, 0]
    newer = await store.transcript(CHAT, after=rows[1].id)
    assert newer == [entry for entry in entries if entry.id >= notice[0].id]
    assert await store.transcript(CHAT, after=newer[-1].id) == []
    assert await store.transcript(OTHER) == []


async def test_a_transcript_has_the_newest_of_a_message_in_its_place_and_nothing_that_was_removed(
    store: ConversationStore,
) -> None:
    async def say(*items: NewOutgoing) -> list[Outgoing]:
        rows = await store.commit(Outcome(CHAT, (), items))
        await deliver(store, rows, f"m{rows[0].id}")
        return rows

    one, two, three = await say(NewOutgoing("one"), NewOutgoing("two"), NewOutgoing("three"))
    for text in ("one, changed", "one, changed again"):
        await store.commit(Outcome(CHAT, (), (NewOutgoing(text, replaces=one.id),)))
        assert await shown(store) == [text, "two", "three"]  # what waits is shown as well
    await say(NewOutgoing("three, changed", replaces=three.id))
    await say(NewOutgoing("", replaces=two.id, removes=True))
    assert await shown(store) == ["one, changed again", "three, changed"]
    assert [entry.id for entry in await store.transcript(CHAT)] == [one.id, three.id]
    assert [(entry.id, entry.payload, entry.removed) for entry in await store.transcript(CHAT, after=three.id)] == [
        (one.id, "one, changed again", False),
        (three.id, "three, changed", False),
        (two.id, "", True),
    ]


async def test_a_transcript_keeps_its_order_when_a_question_is_retracted(store: ConversationStore) -> None:
    await converse(store, "1", "first")
    await converse(store, "2", "second")
    await store.commit(Outcome(CHAT, (), (NewOutgoing("one"),)))
    assert await store.retract(CHAT, "2")
    await store.commit(Outcome(CHAT, (), (NewOutgoing("two"),)))
    await converse(store, "3", "third")
    await store.commit(Outcome(CHAT, (), (NewOutgoing("three"),)))
    assert await shown(store) == ["first", "A form. 0", "one", "two", "third", "A form. 0", "three"]


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
        PlatformStats("telegram", 2, 4, 4, 1, 1, read_tokens=400, answer_tokens=35, median_ms=250.0, slow_ms=370.0),
    ]
    assert [s.questions for s in await store.stats(0)] == [1, 5]


async def test_the_backlog_counts_the_inbox(store: ConversationStore) -> None:
    row = await accept(store, message("1"))
    await accept(store, message("2"))
    assert await store.backlog() == Backlog(inbox=2)
    await store.commit(Outcome(CHAT, (row,)))
    assert await store.backlog() == Backlog(inbox=1)
