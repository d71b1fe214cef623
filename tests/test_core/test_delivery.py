"""The outbox under every kind of trouble, on a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.alerts import Alerts
from bot.delivery import TELLINGS, Delivery
from bot.errors import AmbiguousDeliveryError, RetryLaterError, SlotGoneError, UndeliverableError
from bot.messages import AnswerRecord, ChatKey, Inbound, NewOutgoing, NewTurn, Outgoing, Sender, Usage
from bot.metrics import Metrics
from bot.outcome import Outcome
from bot.places import Places
from conversations.sqlite import SqliteStore
from tests.doubles import ListAdapter

CHAT = ChatKey("list", "", "1")


class Post:
    """A delivery with a store and a platform."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.first_pause = 0.01
        self.platform = ListAdapter()
        self.metrics = Metrics()
        self.number = 0

    async def start(self) -> None:
        self.store = SqliteStore(self.path)
        await self.store.open()
        self.delivery = Delivery(
            self.store,
            {"list": self.platform},
            self.metrics,
            notice=self.notice,
            attending=Places(self.store, {"list": self.platform}, Alerts({})),
            first_pause=self.first_pause,
        )

    async def stop(self) -> None:
        await self.delivery.close(1)
        await self.store.close()

    async def notice(self, chat: ChatKey) -> Sequence[str]:
        return ("maybe lost",)

    async def answer(self, *payloads: str, chat: ChatKey = CHAT, slot: str = "") -> list[Outgoing]:
        """Store an answer made of some messages."""
        self.number += 1
        row = await self.store.accept(Inbound(f"e{self.number}", chat, Sender("list:anna"), text="q"))
        assert row is not None
        return await self.store.commit(
            Outcome(
                chat,
                (row,),
                tuple(NewOutgoing(p, answer=True, slot=slot if i == 0 else "") for i, p in enumerate(payloads)),
                question=NewTurn("customer", "q"),
                answer=NewTurn("bot", "a"),
                record=AnswerRecord(Usage(), "m", "v"),
            )
        )

    def count(self, result: str) -> float:
        value = self.metrics.delivered.labels("list", result)
        return float(value._value.get())


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    made = Post(tmp_path / "looksee.db")
    await made.start()
    yield made
    await made.stop()


async def test_in_order_and_once(post: Post) -> None:
    post.delivery.push(await post.answer("a", "b"))
    post.delivery.push(await post.answer("c"))
    await post.delivery.drain()
    assert post.platform.texts(CHAT) == ["a", "b", "c"]
    assert await post.store.undelivered() == []
    assert await post.store.find_turn(CHAT, f"m{post.platform.sent[0].id}") is not None


async def test_what_comes_later_waits_for_what_is_tried_again(post: Post) -> None:
    post.platform.faults = [RetryLaterError("429", seconds=0.01), RetryLaterError("500"), None]
    post.delivery.push(await post.answer("a", "b"))
    await post.delivery.drain()
    assert [item.payload for item in post.platform.attempts] == ["a", "a", "a", "b"]
    assert post.platform.texts(CHAT) == ["a", "b"]
    assert (post.count("later"), post.count("sent")) == (2, 2)


async def test_a_slow_chat_holds_up_no_other(post: Post) -> None:
    other = ChatKey("list", "", "2")
    post.platform.faults = [RetryLaterError("flood", seconds=30)]
    post.delivery.push(await post.answer("slow"))
    await post.platform.wait_for_attempts(1)
    post.delivery.push(await post.answer("quick", chat=other))
    assert await post.platform.wait_for(other, 1) == ["quick"]
    assert post.platform.texts(CHAT) == []


async def test_what_can_never_arrive_is_set_aside(post: Post) -> None:
    post.platform.faults = [UndeliverableError("bot was blocked")]
    post.delivery.push(await post.answer("a", "b"))
    await post.delivery.drain()
    assert post.platform.texts(CHAT) == ["b"]
    assert (await post.store.backlog()).failed == 1


async def test_an_unknown_outcome_is_looked_up_and_found(post: Post) -> None:
    post.platform.faults = [AmbiguousDeliveryError("connection lost")]
    (row,) = await post.answer("a")
    post.platform.found[row.id] = "m-found"
    post.delivery.push([row])
    await post.delivery.drain()
    assert [item.payload for item in post.platform.attempts] == ["a"]
    assert await post.store.find_turn(CHAT, "m-found") is not None
    assert post.count("found") == 1


async def test_an_unknown_outcome_that_certainly_did_not_arrive_is_sent_again(post: Post) -> None:
    post.platform.faults = [AmbiguousDeliveryError("connection lost"), None]
    post.delivery.push(await post.answer("a"))
    await post.delivery.drain()
    assert post.platform.texts(CHAT) == ["a"]
    assert len(post.platform.attempts) == 2


async def test_what_nobody_can_tell_is_not_repeated_but_told(post: Post) -> None:
    post.platform.faults = [AmbiguousDeliveryError("connection lost"), None]
    (row,) = await post.answer("a")
    post.platform.found[row.id] = AmbiguousDeliveryError("no way to tell")
    post.delivery.push([row])
    assert await post.platform.wait_for(CHAT, 1) == ["maybe lost"]
    await post.delivery.drain()
    assert (await post.store.backlog()).ambiguous == 1
    # ... until the customer asks for it.
    post.delivery.push(await post.store.commit(Outcome(CHAT, (), resend=True)))
    await post.delivery.drain()
    assert post.platform.texts(CHAT) == ["maybe lost", "a"]
    assert (await post.store.backlog()).ambiguous == 0


@pytest.mark.parametrize("losses", [1, 9])
async def test_a_notice_of_unknown_outcome_makes_no_further_notice_and_is_given_a_few_times(
    post: Post, losses: int
) -> None:
    post.platform.faults = [AmbiguousDeliveryError("lost")] * (1 + losses)
    (row,) = await post.answer("a")
    post.platform.found = {number: AmbiguousDeliveryError("no way to tell") for number in range(row.id, row.id + 9)}
    post.delivery.push([row])
    await post.delivery.drain()
    told = 2 if losses == 1 else TELLINGS
    assert [item.payload for item in post.platform.attempts] == ["a", *["maybe lost"] * told]
    assert (await post.store.backlog()).ambiguous == (1 if losses == 1 else 2)


async def test_replacing_a_preview_is_simply_repeated(post: Post) -> None:
    post.platform.faults = [AmbiguousDeliveryError("connection lost"), None]
    (row,) = await post.answer("a", slot="p1")
    post.platform.found[row.id] = AmbiguousDeliveryError("no way to tell")
    post.delivery.push([row])
    await post.delivery.drain()
    assert post.platform.texts(CHAT) == ["a"]


@pytest.mark.parametrize("arrived", [True, False])
async def test_what_replaced_a_preview_that_is_gone_is_a_new_message_and_not_repeated(
    post: Post, *, arrived: bool
) -> None:
    post.platform.faults = [SlotGoneError("gone"), AmbiguousDeliveryError("connection lost"), None]
    (row,) = await post.answer("a", slot="p1")
    post.platform.found[row.id] = "m-there" if arrived else None
    post.delivery.push([row])
    await post.delivery.drain()
    assert [item.slot for item in post.platform.attempts] == ["p1", "", ""][: 2 if arrived else 3]


async def test_a_crash_after_a_preview_was_found_gone_leaves_a_new_message_in_doubt(post: Post) -> None:
    post.platform.faults = [SlotGoneError("gone"), AmbiguousDeliveryError("connection lost")]
    post.first_pause = 60
    await post.stop()
    await post.start()
    post.delivery.push(await post.answer("a", slot="p1"))
    await post.platform.wait_for_attempts(2)
    await post.delivery.close(5)
    assert [(item.payload, item.slot) for item in await post.store.in_doubt()] == [("a", "")]


async def test_what_waits_for_the_platform_is_not_in_doubt(post: Post) -> None:
    post.platform.room.clear()
    post.delivery.push(await post.answer("a", "b"))
    await asyncio.sleep(0.05)
    async with asyncio.timeout(5):
        await post.delivery.close(60)
    assert post.platform.attempts == []
    assert [item.payload for item in await post.store.undelivered()] == ["a", "b"]
    assert await post.store.in_doubt() == []


async def test_an_adapter_with_a_bug_does_not_repeat_itself(post: Post) -> None:
    (row,) = await post.answer("a")
    post.platform.faults = [ValueError("bug")]  # type: ignore[list-item]
    post.platform.found[row.id] = AmbiguousDeliveryError("no way to tell")
    post.delivery.push([row])
    await post.delivery.drain()
    assert [item.payload for item in post.platform.attempts] == ["a", "maybe lost"]


async def test_a_restart_sends_what_waits_in_order(post: Post) -> None:
    await post.answer("a", "b")
    await post.stop()
    await post.start()
    await post.delivery.resume()
    await post.delivery.drain()
    assert post.platform.texts(CHAT) == ["a", "b"]


async def test_a_crash_between_send_and_commit_is_looked_up(post: Post) -> None:
    first, second = await post.answer("a", "b")
    await post.store.sending(first.id)  # and here the process dies
    await post.stop()
    await post.start()
    post.platform.found[first.id] = "m-there"
    await post.delivery.resume()
    await post.delivery.drain()
    assert post.platform.texts(CHAT) == ["b"]
    assert second.payload == "b"


async def test_a_crash_does_not_keep_the_customer_from_being_told_of_doubt(post: Post) -> None:
    (row,) = await post.answer("a")
    await post.store.sending(row.id)
    (notice,) = await post.store.ambiguous(row.id, "no way to tell", ["maybe lost"])
    await post.store.sending(notice.id)  # and here the process dies
    await post.stop()
    await post.start()
    post.platform.found[notice.id] = AmbiguousDeliveryError("no way to tell")
    await post.delivery.resume()
    await post.delivery.drain()
    assert post.platform.texts(CHAT) == ["maybe lost"]
    assert (await post.store.backlog()).ambiguous == 1


async def test_close_lets_a_send_end_and_leaves_the_rest(post: Post) -> None:
    post.platform.faults = [RetryLaterError("later", seconds=60)]
    post.delivery.push(await post.answer("a", "b"))
    await post.platform.wait_for_attempts(1)
    async with asyncio.timeout(5):
        await post.delivery.close(1)
    assert [item.payload for item in await post.store.undelivered()] == ["a", "b"]


@pytest.mark.parametrize("slot", ["", "p1"])
async def test_a_platform_that_breaks_connections_is_not_stormed(post: Post, slot: str) -> None:
    await post.stop()
    post.first_pause = 60
    await post.start()
    post.platform.faults = [AmbiguousDeliveryError("connection lost")] * 50
    post.delivery.push(await post.answer("a", slot=slot))
    await post.platform.wait_for_attempts(1)
    async with asyncio.timeout(5):
        await post.delivery.close(1)
    assert len(post.platform.attempts) == 1
    assert [item.payload for item in await post.store.in_doubt()] == ["a"]


async def test_a_fault_of_our_own_ends_one_delivery_and_not_the_chats(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *rest = await post.answer("a", "b")
    sent = post.store.sent

    async def broken(outgoing_id: int, message_id: str) -> None:
        if outgoing_id == first.id:
            raise ZeroDivisionError
        await sent(outgoing_id, message_id)

    monkeypatch.setattr(post.store, "sent", broken)
    post.delivery.push([first, *rest])
    await post.delivery.drain()
    assert post.platform.texts(CHAT) == ["a", "b"]
    assert [item.id for item in await post.store.in_doubt()] == [first.id]


async def commit(post: Post, *items: NewOutgoing) -> list[Outgoing]:
    return await post.store.commit(Outcome(CHAT, (), items))


async def test_what_replaces_a_message_waits_for_it(post: Post) -> None:
    post.platform.faults = [RetryLaterError("flood", seconds=0.01)]
    (first,) = await post.answer("a")
    post.delivery.push([first, *await commit(post, NewOutgoing("b", replaces=first.id))])
    post.delivery.push(await commit(post, NewOutgoing("(gone)", replaces=first.id, removes=True)))
    await post.delivery.drain()
    assert [(item.payload, item.slot) for item in post.platform.sent] == [
        ("a", ""),
        ("b", f"m{first.id}"),
        ("(gone)", f"m{first.id}"),
    ]
    assert post.platform.sent[-1].removes


async def test_what_replaces_a_message_that_never_arrived_goes_by_itself(post: Post) -> None:
    post.platform.faults = [UndeliverableError("blocked")]
    (first,) = await post.answer("a")
    post.delivery.push([first, *await commit(post, NewOutgoing("b", replaces=first.id))])
    post.delivery.push(await commit(post, NewOutgoing("c", replaces=first.id)))
    await post.delivery.drain()
    second = post.platform.sent[0]
    assert [(item.payload, item.slot) for item in post.platform.sent] == [("b", ""), ("c", f"m{second.id}")]


async def test_what_never_arrived_need_not_be_taken_away(post: Post) -> None:
    post.platform.faults = [UndeliverableError("blocked")]
    (first,) = await post.answer("a")
    post.delivery.push([first, *await commit(post, NewOutgoing("(gone)", replaces=first.id, removes=True))])
    await post.delivery.drain()
    assert post.platform.sent == []
    assert await post.store.undelivered() == []


async def test_a_replacement_whose_message_is_gone_goes_by_itself_and_is_known(post: Post) -> None:
    (first,) = await post.answer("a")
    post.delivery.push([first])
    await post.delivery.drain()
    post.platform.faults = [SlotGoneError()]
    (second,) = await commit(post, NewOutgoing("b", replaces=first.id))
    post.delivery.push([second])
    await post.delivery.drain()
    post.delivery.push(await commit(post, NewOutgoing("c", replaces=first.id)))
    await post.delivery.drain()
    assert [(item.payload, item.slot) for item in post.platform.sent[1:]] == [("b", ""), ("c", f"m{second.id}")]


async def test_a_replacement_that_was_interrupted_is_repeated_after_a_restart(post: Post) -> None:
    (first,) = await post.answer("a")
    post.delivery.push([first])
    await post.delivery.drain()
    (second,) = await commit(post, NewOutgoing("b", replaces=first.id))
    await post.store.sending(second.id)
    await post.stop()
    await post.start()
    await post.delivery.resume()
    await post.delivery.drain()
    assert [(item.payload, item.slot) for item in post.platform.sent[1:]] == [("b", f"m{first.id}")]
