"""The logs of cases, written in the transaction of what happened."""

from __future__ import annotations

from collections.abc import Iterable

from bot.cases import LogKind, NewEntry, Staff
from conversations.chats import Chat
from conversations.database import Transaction

_OF_TURN = (
    "SELECT cases.id FROM turns JOIN cases USING (chat_id) WHERE turns.id = ?1"
    " AND turns.conversation IN (cases.conversation, opened_in)"
    " UNION SELECT case_id FROM case_log WHERE turn_id = ?1 AND turn_id > 0"
)
# Who said a turn: the customer, by the name that the case knows them by, an agent, or, as '', the bot.
_SPEAKER = (
    "SELECT iif(speaker = 'customer', sender, agent), iif(speaker = 'customer',"
    " coalesce((SELECT customer_name FROM cases WHERE id = ? AND customer = sender), ''), author)"
    " FROM turns WHERE id = ?"
)
_SAID_BY_DESK = (
    "SELECT min(case_log.id) FROM case_log JOIN turns ON turns.id = turn_id"
    " WHERE case_id = ? AND kind = 'turn' AND turns.agent <> ''"
)


def add(tx: Transaction, entry: NewEntry, now: float) -> None:
    """Add to a case's log, unless the case was erased. Its rooms are behind then."""
    added = tx.run(
        "INSERT INTO case_log (case_id, kind, turn_id, actor, actor_name, text, at)"
        " SELECT id, ?, ?, ?, ?, ?, ? FROM cases WHERE id = ?",
        entry.kind.value,
        entry.turn,
        entry.actor.key,
        entry.actor.name,
        entry.text,
        now,
        entry.case,
    )
    if added.rowcount:
        tx.run("UPDATE rooms SET behind = 1 WHERE case_id = ?", entry.case)
        tx.announce()


def said(tx: Transaction, chat: Chat, turn_ids: Iterable[int], now: float) -> None:
    """These turns were stored in the chat's present conversation: they are logged unless it is the bot's alone."""
    row = tx.row(
        "SELECT id FROM cases WHERE chat_id = ? AND conversation = ? AND state <> 'closed'", chat.id, chat.conversation
    )
    for turn_id in turn_ids if row else ():
        add(tx, NewEntry(row[0], LogKind.TURN, _speaker(tx, row[0], turn_id), turn=turn_id), now)


def happened(
    tx: Transaction, turn_id: int, kind: LogKind, now: float, *, text: str = "", actor: Staff | None = None
) -> None:
    """Something became of a turn: all cases that it is of learn of it. Without `actor`, who said it did it."""
    for case_id in cases_of(tx, turn_id):
        who = _speaker(tx, case_id, turn_id) if actor is None else actor
        add(tx, NewEntry(case_id, kind, who, text, turn_id), now)


def on_card(tx: Transaction, case_id: int) -> int:
    """The newest entry that a new card stands for, 0 if there is none: it does not show what agents have said."""
    first: int | None = tx.row(_SAID_BY_DESK, case_id)[0]
    if first is not None:
        return first - 1
    newest: int = tx.row("SELECT coalesce(max(id), 0) FROM case_log WHERE case_id = ?", case_id)[0]
    return newest


def cases_of(tx: Transaction, turn_id: int) -> list[int]:
    """The cases that a turn is of: by its conversation, or because their logs tell of it."""
    return [row[0] for row in tx.rows(_OF_TURN, turn_id)]


def _speaker(tx: Transaction, case_id: int, turn_id: int) -> Staff:
    return Staff(*tx.row(_SPEAKER, case_id, turn_id))
