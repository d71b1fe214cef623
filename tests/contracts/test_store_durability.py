"""What a store keeps through cancellations, crowds and restarts, and what it must not keep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.messages import Attachment, Backlog, ChatKey, NewOutgoing, NewTurn
from bot.outcome import Outcome
from bot.stores import ConversationStore
from tests.contracts.stores import (
    CHAT,
    CUSTOMER,
    DURABLE,
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
from tests.contracts.traces import traces

Restart = Callable[[], Awaitable[ConversationStore]]


@pytest.fixture(params=DURABLE, ids=lambda maker: maker.__name__)
async def restart(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Restart]:
    """Call it for a store, and again for a new one on the data that the closed one left."""
    make: Maker = request.param
    running: list[ConversationStore] = []

    async def start() -> ConversationStore:
        for before in running:
            await before.close()
        store = make(tmp_path, Clock())
        await store.open()
        running[:] = [store]
        return store

    yield start
    for store in running:
        await store.close()


def outcome(row: int, name: str) -> Outcome:
    shot = picture()
    return Outcome(
        CHAT,
        (row,),
        (NewOutgoing("payload", answer=True),),
        question=NewTurn("customer", name, (shot.ref,), (name,)),
        answer=NewTurn("bot", "answer"),
        images=(shot,),
        record=record(),
    )


async def test_a_cancelled_commit_is_whole_or_not_there(store: ConversationStore) -> None:
    seen = set()
    for steps in range(40):
        name = f"m{steps}"
        row = await accept(store, message(name))
        before = len(await store.history(CHAT))
        task = asyncio.create_task(store.commit(outcome(row, name)))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=10)
        # The cancelled caller is back: from here on nothing moves any more.
        added = len(await store.history(CHAT)) - before
        done = row not in [pending.id for pending in await store.pending()]
        found = await store.find_turn(CHAT, name) is not None
        assert (added, done, found) in ((0, False, False), (2, True, True))
        seen.add(added)
        if not done:
            assert len(await store.commit(outcome(row, name))) == 1
    assert seen == {0, 2}
    assert len(await store.undelivered()) == 40


async def test_callers_cancelled_in_a_crowd_strand_nobody(store: ConversationStore) -> None:
    tasks = [asyncio.create_task(store.accept(message(str(n)))) for n in range(60)]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    there = {pending.inbound.message_id for pending in await store.pending()}
    for n, result in enumerate(results):
        if not isinstance(result, asyncio.CancelledError):
            assert isinstance(result, int)
            assert str(n) in there
    await converse(store, "afterwards")
    assert await texts(store) == ["What is this?", "A form."]


async def test_close_finishes_what_was_begun(restart: Restart) -> None:
    store = await restart()
    tasks = [asyncio.create_task(store.accept(message(str(n)))) for n in range(20)]
    await asyncio.sleep(0)
    for task in tasks[:5]:
        task.cancel()
        task.cancel()
    await store.close()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, int | asyncio.CancelledError) for result in results)
    store = await restart()
    assert len(await store.pending()) == 20


async def test_close_waits_for_writes_that_were_begun(store: ConversationStore) -> None:
    tasks = [asyncio.create_task(store.accept(message(str(n)))) for n in range(20)]
    await asyncio.sleep(0)
    await store.close()
    assert sorted(await asyncio.gather(*tasks), key=str) == sorted(range(1, 21), key=str)


async def test_a_hundred_chats_at_once_keep_their_order(store: ConversationStore) -> None:
    async def customer(number: int) -> ChatKey:
        chat = ChatKey("telegram", "bot", str(number))
        for turn in range(4):
            rows = await converse(store, f"{number}-{turn}", f"q{turn}", f"a{turn}", chat=chat, parts=2)
            assert [row.chat for row in rows] == [chat, chat]
            await deliver(store, rows, f"bot-{number}-{turn}")
        return chat

    for chat in await asyncio.gather(*map(customer, range(100))):
        assert await texts(store, chat) == ["q0", "a0", "q1", "a1", "q2", "a2", "q3", "a3"]
        assert await shown(store, chat) == [text for n in range(4) for text in (f"q{n}", f"a{n} 0", f"a{n} 1")]
    assert await store.backlog() == Backlog()


async def test_of_the_same_event_at_once_one_is_accepted(store: ConversationStore) -> None:
    rows = await asyncio.gather(*(store.accept(message("1")) for _ in range(20)))
    assert len([row for row in rows if row is not None]) == 1


async def test_of_the_same_outcome_at_once_one_is_stored(store: ConversationStore) -> None:
    row = await accept(store, message("1"))
    results = await asyncio.gather(*(store.commit(outcome(row, "1")) for _ in range(10)), return_exceptions=True)
    assert len([result for result in results if isinstance(result, StoreError)]) == 9
    assert await texts(store) == ["1", "answer"]


async def test_a_restart_finds_everything_as_it_was(restart: Restart) -> None:
    store = await restart()
    shot = picture()
    sent = await converse(store, "1", "这是什么?😀", images=(shot,))
    await deliver(store, sent, "a1")
    await store.rate(CHAT, "a1", CUSTOMER.key, 1)
    (sending,) = await converse(store, "2")
    await store.sending(sending.id)
    waiting = await converse(store, "3")
    undone = message("4", attachments=(Attachment("f", data=b"bytes"),))
    await store.accept(undone)
    before = (await store.history(CHAT), await store.transcript(CHAT), await store.stats(0), await store.backlog())

    store = await restart()
    after = (await store.history(CHAT), await store.transcript(CHAT), await store.stats(0), await store.backlog())
    assert after == before
    assert await store.images([shot.ref]) == {shot.ref.sha256: shot}
    assert [pending.inbound for pending in await store.pending()] == [undone]
    assert await store.accept(message("1")) is None
    assert [(item.id, item.attempts) for item in await store.in_doubt()] == [(sending.id, 1)]
    assert await store.undelivered() == waiting
    await store.sent(sending.id, "a2")
    assert await store.in_doubt() == []


async def test_ids_are_not_given_out_again(restart: Restart) -> None:
    store = await restart()
    (row,) = await converse(store, "1")
    (_, answer) = await store.history(CHAT)
    assert await store.retract(CHAT, "1")
    store = await restart()
    (later,) = await converse(store, "2")
    assert later.id > row.id
    assert (await store.history(CHAT))[0].id > answer.id


async def test_a_closed_store_says_so(restart: Restart) -> None:
    store = await restart()
    await store.close()
    await store.close()
    with pytest.raises(StoreError, match="not open"):
        await store.accept(message("1"))
    with pytest.raises(StoreError, match="not open"):
        await store.history(CHAT)


async def test_what_was_retracted_is_not_in_any_file(restart: Restart, tmp_path: Path) -> None:
    store = await restart()
    question, answer = "the customer's private words " * 8, "the private words of the answer " * 8
    shot = picture(1, 200_000)
    await converse(store, "0", images=(picture(2),))
    await converse(store, "1", question, answer, images=(shot,))
    assert traces(tmp_path, [question, answer], [shot.data]) != []
    assert await store.retract(CHAT, "1")
    assert traces(tmp_path, [question, answer], [shot.data]) == []
    assert await texts(store) == ["What is this?", "A form."]


async def test_what_was_amended_is_not_in_any_file(restart: Restart, tmp_path: Path) -> None:
    store = await restart()
    secret = "my card number, sent by mistake " * 200
    await converse(store, "1", secret)
    assert await store.amend(CHAT, "1", "never mind")
    assert traces(tmp_path, [secret]) == []


async def test_the_inbox_forgets_what_was_dealt_with(restart: Restart, tmp_path: Path) -> None:
    store = await restart()
    shot, words = picture(1, 200_000), "words that no turn has taken over " * 8
    row = await accept(store, message("1", words, attachments=(Attachment("f", data=shot.data),)))
    await store.commit(Outcome(CHAT, (row,)))
    await restart()
    assert traces(tmp_path, [words], [shot.data]) == []
