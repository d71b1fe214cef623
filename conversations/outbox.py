"""The outbox: platform messages on their way to customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.cases import LogKind, Staff
from bot.messages import ChatKey, NewOutgoing, Outgoing
from conversations import caselog, chats
from conversations.chats import Chat
from conversations.database import Transaction

_SELECT = (
    "SELECT outbox.id, platform, account, chat, thread, payload, slot, turn_id, attempts,"
    " iif(detached, 0, coalesce(replaces, 0)), removes FROM outbox JOIN chats ON chats.id = chat_id WHERE"
)
# The last part lets SQLite see that the index of unsent rows will do.
_STUCK = "state IN ('ambiguous', 'failed') AND state <> 'sent'"


def insert(
    tx: Transaction, chat: Chat, key: ChatKey, items: Sequence[NewOutgoing], turn_id: int | None, now: float
) -> list[Outgoing]:
    """Add messages to be sent; `turn_id` is the turn that those of them belong to which are an answer.

    What replaces a message stands in its place: in its conversation, after the turn that it came after, and belongs to
    its turn. What would replace one that is gone from here (its chat was erased meanwhile) is left out.
    """
    made = []
    for item in items:
        place = (chat.conversation, None, turn_id if item.answer else None)
        if item.replaces:
            place = tx.row("SELECT conversation, after_turn, turn_id FROM outbox WHERE id = ?", item.replaces)
        if place is None:
            continue
        conversation, after_turn, belongs_to = place
        outgoing_id = tx.insert(
            "INSERT INTO outbox (chat_id, conversation, after_turn, turn_id, payload, slot, replaces, removes,"
            " fleeting, created_at, changed_at) VALUES (?, ?, coalesce(?, (SELECT seq FROM sqlite_sequence"
            " WHERE name = 'turns'), 0), ?, ?, ?, ?, ?, ?, ?, ?)",
            chat.id,
            conversation,
            after_turn,
            belongs_to,
            item.payload,
            item.slot,
            item.replaces or None,
            item.removes,
            item.fleeting,
            now,
            now,
        )
        made.append(
            Outgoing(
                outgoing_id,
                key,
                item.payload,
                item.slot,
                belongs_to,
                replaces=item.replaces,
                removes=item.removes,
            )
        )
    return made


def delete_notices(tx: Transaction, chat: Chat) -> None:
    """Delete the chat's notices, as far as they are at rest; not what shows cases to agents."""
    tx.run(
        "DELETE FROM outbox WHERE chat_id = ? AND turn_id IS NULL AND state NOT IN ('pending', 'sending')"
        " AND id NOT IN (SELECT outbox_id FROM copies) AND id NOT IN (SELECT opening FROM rooms)",
        chat.id,
    )


def in_state(tx: Transaction, state: str) -> list[Outgoing]:
    """All rows in a state other than sent, oldest first."""
    return _outgoing(tx.rows(f"{_SELECT} state = ? AND state <> 'sent' ORDER BY outbox.id", state))


def begin(tx: Transaction, outgoing_id: int, now: float) -> bool:
    """A row is being sent. False: there is no such row any more, or it was sent, or given up."""
    cursor = tx.run(
        "UPDATE outbox SET state = 'sending', attempts = attempts + 1, changed_at = ?"
        " WHERE id = ? AND state IN ('pending', 'sending')",
        now,
        outgoing_id,
    )
    return bool(cursor.rowcount)


def arrived(tx: Transaction, outgoing_id: int, message_id: str, now: float) -> None:
    """A row is at the platform. What it replaced there is forgotten."""
    row = tx.row(
        "UPDATE outbox SET state = 'sent', message_id = ?, error = '', changed_at = ? WHERE id = ? RETURNING replaces",
        message_id or None,
        now,
        outgoing_id,
    )
    if row is not None and row[0] is not None:
        tx.run(
            "UPDATE outbox SET payload = '', superseded = iif(state = 'sent', superseded, 1)"
            " WHERE (id = ?1 OR replaces = ?1) AND id < ?2 AND state IN ('sent', 'ambiguous', 'failed')",
            row[0],
            outgoing_id,
        )
    _fade(tx, outgoing_id)


def _fade(tx: Transaction, outgoing_id: int) -> None:
    """Forget what a fleeting row says that is done with. One that failed cannot be sent again then."""
    tx.run(
        "UPDATE outbox SET payload = '', superseded = iif(state = 'sent', superseded, 1)"
        " WHERE id = ? AND fleeting = 1 AND state IN ('sent', 'failed')",
        outgoing_id,
    )


def fade_doubtful(tx: Transaction) -> None:
    """Forget what all fleeting rows say that are in doubt: they may have words of anybody in them."""
    tx.run("UPDATE outbox SET payload = '', superseded = 1 WHERE fleeting = 1 AND state = 'ambiguous'")


def detach(tx: Transaction, outgoing_id: int, now: float) -> None:
    """A row is to be sent as a new message."""
    tx.run(
        "UPDATE outbox SET state = 'pending', slot = '', detached = 1, changed_at = ? WHERE id = ? AND state <> 'sent'",
        now,
        outgoing_id,
    )


def give_up(tx: Transaction, outgoing_id: int, state: str, error: str, now: float) -> None:
    """The sending of a row ended otherwise. A row that was sent, or retracted, stays so.

    Unless it is tried again, agents who see to the conversation learn of it.
    """
    row = tx.row(
        "UPDATE outbox SET state = ?, error = ?, changed_at = ? WHERE id = ? AND state <> 'sent' RETURNING turn_id",
        state,
        error,
        now,
        outgoing_id,
    )
    if state != "pending" and row is not None and row[0] is not None:
        kind = LogKind.IN_DOUBT if state == "ambiguous" else LogKind.UNDELIVERED
        caselog.happened(tx, row[0], kind, now, text=error, actor=Staff(""))
    _fade(tx, outgoing_id)


def doubt(tx: Transaction, outgoing_id: int, error: str, notices: Sequence[str], now: float) -> list[Outgoing]:
    """It is unknown whether a row arrived; adds notices to its chat and returns them."""
    give_up(tx, outgoing_id, "ambiguous", error, now)
    row = tx.row(
        "SELECT platform, account, chat, thread FROM outbox JOIN chats ON chats.id = chat_id WHERE outbox.id = ?",
        outgoing_id,
    )
    if row is None:
        return []
    key = ChatKey(*row)
    return insert(tx, chats.ensure(tx, key), key, [NewOutgoing(payload) for payload in notices], None, now)


def parts(tx: Transaction, turn_id: int) -> list[int]:
    """The ids of the messages that a turn was sent as, oldest first, but for those that replace others."""
    rows = tx.rows("SELECT id FROM outbox WHERE turn_id = ? AND replaces IS NULL ORDER BY id", turn_id)
    return [row[0] for row in rows]


def message_id(tx: Transaction, outgoing_id: int) -> str:
    """The platform's id of a message, or of the one that had to be sent anew in its place; "" if it is not known."""
    row = tx.row(
        "SELECT message_id FROM outbox WHERE (id = ?1 OR replaces = ?1) AND removes = 0 AND message_id IS NOT NULL"
        " ORDER BY id DESC LIMIT 1",
        outgoing_id,
    )
    return row[0] if row else ""


def stuck(tx: Transaction, chat: Chat) -> list[Outgoing]:
    """The chat's ambiguous and failed rows, oldest first."""
    return _outgoing(tx.rows(f"{_SELECT} chat_id = ? AND {_STUCK} AND superseded = 0 ORDER BY outbox.id", chat.id))


def resend(tx: Transaction, chat: Chat, now: float) -> list[Outgoing]:
    """The chat's ambiguous and failed rows are to be sent after all, as if for the first time."""
    items = stuck(tx, chat)
    for item in items:
        tx.run(
            "UPDATE outbox SET state = 'pending', attempts = 0, error = '', changed_at = ? WHERE id = ?", now, item.id
        )
    return [replace(item, attempts=0) for item in items]


def _outgoing(rows: Sequence[Any]) -> list[Outgoing]:
    return [
        Outgoing(id_, ChatKey(*chat), payload, slot, turn_id, attempts, replaces, bool(removes))
        for id_, *chat, payload, slot, turn_id, attempts, replaces, removes in rows
    ]
