"""The inbox: what happened on the platforms, from its acknowledgement until it is dealt with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.errors import AlreadySettledError
from bot.messages import ChatKey, Inbound, Kind, Pending
from bot.people import SHARED, Admission, Person, Refusal
from conversations import cases, chats, codec, people
from conversations.database import Transaction
from conversations.schema import hashed


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the inbox as a transcript shows it."""

    text: str
    message_id: str
    at: float


def accept(tx: Transaction, inbound: Inbound, now: float, admit: Callable[[Person], Admission] | None) -> int | None:
    """Put in; None if the same event was ever there before, or what undoes it. What is refused in silence is done at
    once."""
    place = (inbound.chat.platform, inbound.chat.account)
    event = (*place, hashed(inbound.event_id))
    # First of all: an event that comes again after its chat was erased must not bring the chat back.
    for before in filter(None, (inbound.event_id, inbound.undone_by)):
        known = "SELECT 1 FROM inbox WHERE platform = ? AND account = ? AND event_id = ?"
        if tx.row(known, *place, hashed(before)):
            return None
    chat = chats.ensure(tx, inbound.chat)
    if inbound.private and inbound.sender.key not in SHARED:
        chats.belongs_to(tx, chat, inbound.sender.key)
    payload, blobs = codec.encode(inbound)
    inbox_id = tx.insert(
        "INSERT INTO inbox (platform, account, event_id, chat_id, kind, payload, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        *event,
        chat.id,
        inbound.kind,
        payload,
        inbound.received_at or now,
    )
    admission = _admit(tx, chat, inbound.sender.key, admit) if admit is not None else Admission()
    if admission.refusal is not None:
        tx.run("UPDATE inbox SET refusal = ? WHERE id = ?", admission.refusal.value, inbox_id)
    if admission.silent:
        finish(tx, (inbox_id,), now)
        return inbox_id
    for position, blob in enumerate(blobs):
        tx.run("INSERT INTO inbox_files (inbox_id, position, data) VALUES (?, ?, ?)", inbox_id, position, blob)
    return inbox_id


def _admit(tx: Transaction, chat: chats.Chat, key: str, admit: Callable[[Person], Admission]) -> Admission:
    admission = admit(replace(people.find(tx, key), attended=cases.attended(tx, chat)))
    if admission.activity is not None:
        people.keep(tx, key, admission.activity)
    return admission


def pending(tx: Transaction, key: ChatKey | None) -> list[Pending]:
    """What is undone, oldest first, with the files' bytes; of one chat, or of all."""
    if key is None:
        # Left alone, SQLite would go through all rows there ever were, because they lie in order.
        rows = tx.rows(
            "SELECT id, payload, refusal FROM inbox INDEXED BY inbox_undone WHERE done_at IS NULL ORDER BY id"
        )
    elif chat := chats.find(tx, key):
        rows = tx.rows(
            "SELECT id, payload, refusal FROM inbox WHERE chat_id = ? AND done_at IS NULL ORDER BY id", chat.id
        )
    else:
        rows = []
    return [
        Pending(inbox_id, codec.decode(payload, _blobs(tx, inbox_id)), Refusal(refusal) if refusal else None)
        for inbox_id, payload, refusal in rows
    ]


def holds(tx: Transaction, chat: chats.Chat) -> bool:
    """Whether anything of the chat is undone."""
    return tx.row("SELECT 1 FROM inbox WHERE chat_id = ? AND done_at IS NULL", chat.id) is not None


def questions(tx: Transaction, chat: chats.Chat) -> list[Waiting]:
    """The chat's messages that are undone, oldest first."""
    rows = tx.rows(
        "SELECT payload, at FROM inbox WHERE chat_id = ? AND done_at IS NULL AND kind = ? ORDER BY id",
        chat.id,
        Kind.MESSAGE,
    )
    return [Waiting(*codec.text_and_id(payload), at) for payload, at in rows]


def waiting(tx: Transaction, chat: chats.Chat, person: str = "") -> int:
    """How many rows of the chat are undone; with `person`, of those that this person sent."""
    rows = tx.rows("SELECT payload FROM inbox WHERE chat_id = ? AND done_at IS NULL", chat.id)
    return sum(person in ("", codec.sender_of(payload)) for (payload,) in rows)


def of_chat(tx: Transaction, chat: chats.Chat, person: str = "") -> list[Inbound]:
    """What of the chat is undone, oldest first; with `person`, what this person sent."""
    rows = tx.rows("SELECT id, payload FROM inbox WHERE chat_id = ? AND done_at IS NULL ORDER BY id", chat.id)
    mine = [row for row in rows if person in ("", codec.sender_of(row[1]))]
    return [codec.decode(payload, _blobs(tx, inbox_id)) for inbox_id, payload in mine]


def chats_with(tx: Transaction, person: str) -> set[int]:
    """The ids of chats in which something that a person sent is undone."""
    rows = tx.rows("SELECT chat_id, payload FROM inbox INDEXED BY inbox_undone WHERE done_at IS NULL")
    return {chat_id for chat_id, payload in rows if codec.sender_of(payload) == person}


def withdraw(tx: Transaction, chat: chats.Chat, before: int | None, now: float, *, person: str = "") -> int:
    """Mark the chat's rows done that are undone, and return how many that were: those before the row `before`, and with
    `person` only those that this person sent."""
    rows = tx.rows("SELECT id, payload FROM inbox WHERE chat_id = ? AND done_at IS NULL ORDER BY id", chat.id)
    doomed = [
        inbox_id
        for inbox_id, payload in rows
        if (before is None or inbox_id < before) and person in ("", codec.sender_of(payload))
    ]
    finish(tx, tuple(doomed), now)
    return len(doomed)


def finish(tx: Transaction, inbox_ids: tuple[int, ...], now: float) -> float:
    """Mark rows done, forget what they held and whose they were, and return when the first of them came (`now` for no
    rows).

    Raises AlreadySettledError if one of them is done already, or was never there.
    """
    first = now
    for inbox_id in dict.fromkeys(inbox_ids):
        row = tx.row(
            "UPDATE inbox SET payload = NULL, chat_id = NULL, done_at = ? WHERE id = ? AND done_at IS NULL"
            " RETURNING at",
            now,
            inbox_id,
        )
        if row is None:
            raise AlreadySettledError(f"row {inbox_id} of the inbox has already been dealt with")
        tx.run("DELETE FROM inbox_files WHERE inbox_id = ?", inbox_id)
        first = min(first, row[0])
    return first


def set_aside(tx: Transaction, inbox_id: int) -> None:
    """The question that a row belonged to was given up."""
    tx.run("UPDATE inbox SET set_aside = 1 WHERE id = ?", inbox_id)


def _blobs(tx: Transaction, inbox_id: int) -> list[bytes]:
    return [row[0] for row in tx.rows("SELECT data FROM inbox_files WHERE inbox_id = ? ORDER BY position", inbox_id)]
