"""The pause that the service is in, and which chats have been told of it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.messages import ChatKey, NewOutgoing, Outgoing
from bot.outcome import Pause
from conversations import chats, outbox
from conversations.database import Transaction


def begin(tx: Transaction, pause: Pause, now: float) -> None:
    """Pause the service; if it is paused, the reason is another one from now on."""
    tx.run(
        "INSERT INTO pause (id, reason, since) VALUES (1, ?, ?) ON CONFLICT DO UPDATE SET reason = excluded.reason",
        pause.reason,
        now,
    )


def end(tx: Transaction) -> None:
    """The service goes on."""
    tx.run("DELETE FROM pause")
    tx.run("DELETE FROM told_of_pause")


def current(tx: Transaction) -> Pause | None:
    """The pause that the service is in."""
    row = tx.row("SELECT reason, since FROM pause")
    return Pause(*row) if row else None


def tell(tx: Transaction, key: ChatKey, payloads: Sequence[str], now: float) -> list[Outgoing]:
    """Put what tells a chat of the pause into the outbox, once."""
    chat = chats.ensure(tx, key)
    told = tx.run("INSERT INTO told_of_pause (chat_id) SELECT ? FROM pause WHERE true ON CONFLICT DO NOTHING", chat.id)
    if not told.rowcount:
        return []
    return outbox.insert(tx, chat, key, tuple(NewOutgoing(payload) for payload in payloads), None, now)
