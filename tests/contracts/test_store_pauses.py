"""What every store of conversations does for pauses of the service."""

from __future__ import annotations

from bot.outcome import Outcome, Pause
from bot.stores import ConversationStore
from tests.contracts.stores import CHAT, OTHER, Clock


async def test_the_service_is_paused_until_it_goes_on(store: ConversationStore, clock: Clock) -> None:
    assert await store.paused() is None
    clock.now = 50.0
    await store.commit(Outcome(CHAT, (), pause=Pause("maintenance")))
    assert await store.paused() == Pause("maintenance", 50.0)
    clock.now = 60.0
    await store.commit(Outcome(CHAT, (), pause=Pause("a new disk")))
    assert await store.paused() == Pause("a new disk", 50.0)
    await store.commit(Outcome(CHAT, (), resumes=True))
    assert await store.paused() is None


async def test_a_chat_is_told_once_in_a_pause(store: ConversationStore) -> None:
    assert await store.tell_of_pause(CHAT, ["nothing to tell"]) == []
    for reason in ("maintenance", "a new disk"):
        await store.commit(Outcome(CHAT, (), pause=Pause(reason)))
        (row,) = await store.tell_of_pause(CHAT, [reason])
        assert (row.chat, row.payload, row.turn_id) == (CHAT, reason, None)
        assert await store.tell_of_pause(CHAT, ["again"]) == []
        await store.commit(Outcome(CHAT, (), pause=Pause("longer")))
        assert await store.tell_of_pause(CHAT, ["again"]) == []
        assert len(await store.tell_of_pause(OTHER, ["one", "two"])) == 2
        await store.commit(Outcome(CHAT, (), resumes=True))


async def test_what_was_erased_may_be_told_anew(store: ConversationStore) -> None:
    await store.commit(Outcome(CHAT, (), pause=Pause()))
    assert len(await store.tell_of_pause(CHAT, ["told"])) == 1
    await store.erase(CHAT)
    assert await store.undelivered() == []
