"""The stores that the contract holds for, and what its tests put into them."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.messages import AnswerRecord, ChatKey, Image, ImageRef, Inbound, NewOutgoing, NewTurn, Outgoing, Sender, Usage
from bot.outcome import Outcome
from bot.stores import ConversationStore
from conversations.sqlite import SqliteStore

CHAT = ChatKey("telegram", "bot", "42")
OTHER = ChatKey("slack", "T1", "C1", "1700000000.000100")
CUSTOMER = Sender("telegram:7", "Ann", "en")


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


Maker = Callable[[Path, Clock], ConversationStore]


def sqlite_file(folder: Path, clock: Clock) -> ConversationStore:
    return SqliteStore(folder / "looksee.db", clock=clock)


def sqlite_memory(_folder: Path, clock: Clock) -> ConversationStore:
    return SqliteStore(":memory:", clock=clock)


DURABLE: tuple[Maker, ...] = (sqlite_file,)
STORES: tuple[Maker, ...] = (*DURABLE, sqlite_memory)


def picture(seed: int = 0, size: int = 20_000) -> Image:
    data = random.Random(seed).randbytes(size)
    return Image(ImageRef(hashlib.sha256(data).hexdigest(), 640, 480 + seed), "image/png", data)


def message(name: str, text: str = "What is this?", *, chat: ChatKey = CHAT, **fields: Any) -> Inbound:
    return Inbound(f"event-{name}", chat, CUSTOMER, text=text, message_id=name, **fields)


def record(total_ms: float = 1000.0, tokens: int = 12) -> AnswerRecord:
    return AnswerRecord(Usage(prompt_tokens=100, answer_tokens=tokens, decode_ms=5.5), "model", "v1", total_ms)


async def accept(store: ConversationStore, inbound: Inbound) -> int:
    row = await store.accept(inbound)
    assert row is not None
    return row


async def converse(
    store: ConversationStore,
    name: str,
    question: str = "What is this?",
    answer: str = "A form.",
    *,
    chat: ChatKey = CHAT,
    images: tuple[Image, ...] = (),
    parts: int = 1,
    **fields: Any,
) -> list[Outgoing]:
    """One question with its answer, as far as the outbox. `fields` are further ones of the outcome."""
    row = await accept(store, message(name, question, chat=chat))
    return await store.commit(
        Outcome(
            chat,
            (row,),
            tuple(NewOutgoing(f"{answer} {part}", answer=True) for part in range(parts)),
            question=NewTurn("customer", question, tuple(i.ref for i in images), (name,), CUSTOMER.key),
            answer=NewTurn("bot", answer),
            images=images,
            record=fields.pop("record", record()),
            **fields,
        )
    )


async def deliver(store: ConversationStore, rows: list[Outgoing], message_id: str) -> None:
    """Send rows; the first one gets this id, the others are numbered."""
    for number, row in enumerate(rows):
        await store.sending(row.id)
        await store.sent(row.id, message_id if number == 0 else f"{message_id}-{number}")


async def texts(store: ConversationStore, chat: ChatKey = CHAT) -> list[str]:
    return [turn.text for turn in await store.history(chat)]


async def shown(store: ConversationStore, chat: ChatKey = CHAT) -> list[str]:
    """What the transcript shows: texts and payloads."""
    return [entry.text or entry.payload for entry in await store.transcript(chat)]
