"""The inbox: what happened on the platforms, from its acknowledgement until it is dealt with."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import AlreadySettledError
from bot.messages import ChatKey, Inbound, Kind, Pending
from conversations import chats, codec
from conversations.database import Transaction


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the inbox as a transcript shows it."""

    text: str
    message_id: str
    at: float


def accept(tx: Transaction, inbound: Inbound, now: float) -> int | None:
    """Put in; None if the same event was ever there before."""
    chat = chats.ensure(tx, inbound.chat)
    payload, blobs = codec.encode(inbound)
    cursor = tx.run(
        "INSERT INTO inbox (platform, account, event_id, chat_id, kind, payload, at) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (platform, account, event_id) DO NOTHING",
        inbound.chat.platform,
        inbound.chat.account,
        inbound.event_id,
        chat.id,
        inbound.kind,
        payload,
        inbound.received_at or now,
    )
    if not cursor.rowcount:
        return None
    inbox_id = cursor.lastrowid
    for position, blob in enumerate(blobs):
        tx.run("INSERT INTO inbox_files (inbox_id, position, data) VALUES (?, ?, ?)", inbox_id, position, blob)
    return inbox_id


def pending(tx: Transaction, key: ChatKey | None) -> list[Pending]:
    """What is undone, oldest first, with the files' bytes; of one chat, or of all."""
    if key is None:
        # Left alone, SQLite would go through all rows there ever were, because they lie in order.
        rows = tx.rows("SELECT id, payload FROM inbox INDEXED BY inbox_undone WHERE done_at IS NULL ORDER BY id")
    elif chat := chats.find(tx, key):
        rows = tx.rows("SELECT id, payload FROM inbox WHERE chat_id = ? AND done_at IS NULL ORDER BY id", chat.id)
    else:
        rows = []
    return [Pending(inbox_id, codec.decode(payload, _blobs(tx, inbox_id))) for inbox_id, payload in rows]


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


def finish(tx: Transaction, inbox_ids: tuple[int, ...], now: float) -> float:
    """Mark rows done, forget what they held, and return when the first of them came (`now` for no rows).

    Raises AlreadySettledError if one of them is done already, or was never there.
    """
    first = now
    for inbox_id in dict.fromkeys(inbox_ids):
        row = tx.row(
            "UPDATE inbox SET payload = NULL, done_at = ? WHERE id = ? AND done_at IS NULL RETURNING at", now, inbox_id
        )
        if row is None:
            raise AlreadySettledError(f"row {inbox_id} of the inbox has already been dealt with")
        tx.run("DELETE FROM inbox_files WHERE inbox_id = ?", inbox_id)
        first = min(first, row[0])
    return first


def _blobs(tx: Transaction, inbox_id: int) -> list[bytes]:
    return [row[0] for row in tx.rows("SELECT data FROM inbox_files WHERE inbox_id = ? ORDER BY position", inbox_id)]
