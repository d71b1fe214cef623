"""Cases: conversations that were handed over, their transitions, and what agents and figures want to know of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from bot.cases import CardFacts, Case, CaseState, Cause, LogEntry, LogKind, Mark, Move, NewEntry, Staff, Summary
from bot.errors import CaseMovedError
from bot.messages import ChatKey, Turn
from conversations import caselog, chats, pictures, turns
from conversations.chats import Chat
from conversations.database import Transaction

SELECT = (
    "SELECT cases.id, platform, account, chat, thread, state, cause, customer, customer_name, language, agent,"
    " agent_name, opened_at, since, satisfaction, cases.conversation = chats.conversation"
    " FROM cases JOIN chats ON chats.id = chat_id WHERE"
)
_OPEN = (
    "INSERT INTO cases (chat_id, conversation, opened_in, state, cause, customer, customer_name, language, agent,"
    " agent_name, opened_at, since, taken_at)"
    " VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, iif(?3 = 'human', ?10, NULL))"
    " ON CONFLICT DO NOTHING"
)
# One that is taken up again is about the present conversation, if that has no case of its own: else nothing is changed.
_CHANGE = (
    # What it was handed over for stays, but an owner has it as an owner, and whoever has it after them does not.
    "UPDATE OR IGNORE cases SET state = ?1, since = ?2,"
    " cause = iif(state IN ('bot', 'closed') OR 'owner' IN (?3, cause), ?3, cause),"
    " agent = iif(?1 = 'closed' AND ?4 = '', agent, ?4), agent_name = iif(?1 = 'closed' AND ?4 = '', agent_name, ?5),"
    " taken_at = coalesce(taken_at, iif(?1 = 'human', ?2, NULL)), conversation = iif(state = 'closed' AND ?1 <>"
    " 'closed', (SELECT conversation FROM chats WHERE chats.id = chat_id), conversation)"
    " WHERE id = ?6 AND state = ?7 AND agent = ?8"
)
# What was said in a case: in its conversation, or, before it was closed and opened again, in earlier ones.
_SAID = (
    "FROM turns WHERE chat_id = (SELECT chat_id FROM cases WHERE id = ?1) AND superseded = 0 AND conversation IN ("
    "SELECT conversation FROM cases WHERE id = ?1 UNION SELECT opened_in FROM cases WHERE id = ?1"
    " UNION SELECT said.conversation FROM case_log JOIN turns AS said ON said.id = turn_id WHERE case_id = ?1)"
)
_NEWEST = f"SELECT max(id) {_SAID} AND speaker = ?2 AND agent = ''"
# By the model: not that somebody comes, say.
_ANSWERED = f"{_NEWEST} AND id IN (SELECT turn_id FROM usage)"  # noqa: S608
_PICTURED = f"{_NEWEST} AND EXISTS (SELECT 1 FROM turn_images WHERE turn_id = turns.id AND role = 'sent')"  # noqa: S608
_ASKED = f"{_NEWEST} AND id < ?3"
_REWORDED = "SELECT 1 FROM case_log WHERE case_id = ? AND id > ? AND kind IN ('amended', 'retracted') LIMIT 1"


def move(tx: Transaction, chat: Chat, move: Move, now: float) -> None:
    """Make a transition. Raises CaseMovedError if things are not as the move's maker saw them."""
    if move.turn and not turns.is_present(tx, chat, move.turn):
        raise CaseMovedError("what was said is not part of the conversation any more")
    if move.case:
        change(tx, move, now)
    else:
        _open_case(tx, chat, move, now)


def _open_case(tx: Transaction, chat: Chat, move: Move, now: float) -> None:
    """Hand the chat's present conversation over. Raises CaseMovedError if it has a case."""
    cursor = tx.run(
        _OPEN,
        chat.id,
        chat.conversation,
        move.after.value,
        move.cause.value,
        move.customer.key,
        move.customer.name,
        move.language,
        move.agent.key,
        move.agent.name,
        now,
    )
    if not cursor.rowcount:
        raise CaseMovedError("the conversation has a case already")
    _log(tx, cursor.lastrowid or 0, CaseState.BOT, move, now)


def change(tx: Transaction, move: Move, now: float) -> None:
    """Raises CaseMovedError if the case is not as the move's maker saw it."""
    cursor = tx.run(
        _CHANGE,
        move.after.value,
        now,
        move.cause.value,
        move.agent.key,
        move.agent.name,
        move.case,
        move.before.value,
        move.holder,
    )
    if not cursor.rowcount:
        raise CaseMovedError(f"case {move.case} is not {move.before} any more, or not in the same hands")
    _log(tx, move.case, move.before, move, now)


def _log(tx: Transaction, case_id: int, before: CaseState, move: Move, now: float) -> None:
    caselog.add(tx, NewEntry(case_id, LogKind.MOVED, move.actor, f"{before}>{move.after}:{move.cause}"), now)


def require(tx: Transaction, chat: Chat | None, case_id: int, agent: str) -> None:
    """Raises CaseMovedError unless the agent has the case, and it is about the chat's present conversation."""
    if chat is None or not tx.row(
        "SELECT 1 FROM cases WHERE id = ? AND state = 'human' AND agent = ? AND chat_id = ? AND conversation = ?",
        case_id,
        agent,
        chat.id,
        chat.conversation,
    ):
        raise CaseMovedError(f"case {case_id} is not in these hands any more")


def require_none(tx: Transaction, chat: Chat) -> None:
    """Raises CaseMovedError if the chat's present conversation has a case that is not closed."""
    case = of_chat(tx, chat)
    if case is not None and case.state is not CaseState.CLOSED:
        raise CaseMovedError(f"case {case.id} was opened meanwhile")


def find(tx: Transaction, case_id: int) -> Case | None:
    """A case by its number."""
    return next(iter(read(tx.rows(f"{SELECT} cases.id = ?", case_id))), None)


def of_chat(tx: Transaction, chat: Chat) -> Case | None:
    """The case of the chat's present conversation."""
    rows = tx.rows(f"{SELECT} chat_id = ? AND cases.conversation = ?", chat.id, chat.conversation)
    return next(iter(read(rows)), None)


def attended(tx: Transaction, chat: Chat) -> bool:
    """Whether a person has the chat's present conversation."""
    human = "SELECT 1 FROM cases WHERE chat_id = ? AND conversation = ? AND state = 'human'"
    return tx.row(human, chat.id, chat.conversation) is not None


def in_states(tx: Transaction, states: Collection[CaseState], limit: int) -> list[Case]:
    """Cases in these states, those first that have been in theirs the longest."""
    marks = ", ".join("?" * len(states))
    return read(tx.rows(f"{SELECT} state IN ({marks}) ORDER BY since, cases.id LIMIT ?", *map(str, states), limit))


def count(tx: Transaction, states: Collection[CaseState]) -> dict[CaseState, int]:
    """How many cases there are in each of these states."""
    marks = ", ".join("?" * len(states))
    rows = tx.rows(f"SELECT state, count(*) FROM cases WHERE state IN ({marks}) GROUP BY state", *map(str, states))  # noqa: S608
    return dict.fromkeys(states, 0) | {CaseState(state): number for state, number in rows}


def read(rows: Collection[Any]) -> list[Case]:
    """Rows of `SELECT` as cases."""
    return [_case(*row) for row in rows]


def _case(case_id: int, *row: Any) -> Case:
    chat, state, cause, *more, current = row[:4], row[4], row[5], *row[6:]
    return replace(Case(case_id, ChatKey(*chat), CaseState(state), Cause(cause), *more), current=bool(current))


def begin_anew(tx: Transaction, chat: Chat) -> bool:
    """Begin a new conversation if the present one's case is closed."""
    closed = tx.row(
        "SELECT 1 FROM cases WHERE chat_id = ? AND conversation = ? AND state = 'closed'", chat.id, chat.conversation
    )
    if closed:
        chats.reset(tx, chat)
    return closed is not None


def waits(tx: Transaction, limit: int) -> list[float]:
    """How long, in seconds, customers of the newest cases waited until somebody had the case for the first time. Cases
    that nobody had to wait in, since the desk began them, do not count."""
    rows = tx.rows("SELECT taken_at - opened_at FROM cases WHERE taken_at > opened_at ORDER BY id DESC LIMIT ?", limit)
    return [row[0] for row in rows]


def mark(tx: Transaction, chat: Chat, given: Mark, now: float) -> None:
    """Store what a customer thought of a case. Raises CaseMovedError if there is none such in this chat that is
    closed."""
    row = tx.row(
        "SELECT customer, customer_name, satisfaction FROM cases WHERE id = ? AND chat_id = ? AND state = 'closed'",
        given.case,
        chat.id,
    )
    if row is None:
        raise CaseMovedError(f"case {given.case} is not closed, or not here")
    customer, name, before = row
    if given.score != before:
        tx.run("UPDATE cases SET satisfaction = ? WHERE id = ?", given.score, given.case)
        caselog.add(tx, NewEntry(given.case, LogKind.SATISFACTION, Staff(customer, name), str(given.score)), now)


def card(tx: Transaction, case_id: int) -> CardFacts:
    """What a case's card shows beside the case."""
    answered = tx.row(_ANSWERED, case_id, "bot")[0]
    asked = (*tx.row(_ASKED, case_id, "customer", answered), *tx.row(_NEWEST, case_id, "customer"))
    texts = [turns.load(tx, turn).text for turn in dict.fromkeys(filter(None, asked))]
    pictured = tx.row(_PICTURED, case_id, "customer")[0]
    summary = tx.row("SELECT summary FROM cases WHERE id = ?", case_id)
    return CardFacts(
        "\n\n".join(filter(None, texts)),
        tuple(pictures.of_turn(tx, pictured).images) if pictured else (),
        turns.load(tx, answered).text if answered else "",
        summary[0] if summary else "",
    )


def summarise(tx: Transaction, summary: Summary, now: float) -> bool:
    """Keep a case's summary, unless it may tell of words that were changed or taken back meanwhile."""
    row = tx.row("SELECT summary FROM cases WHERE id = ?", summary.case)
    if row is None or tx.row(_REWORDED, summary.case, summary.seen):
        return False
    if row[0] != summary.text:
        tx.run("UPDATE cases SET summary = ? WHERE id = ?", summary.text, summary.case)
        caselog.add(tx, NewEntry(summary.case, LogKind.SUMMARY), now)
    return True


def said(tx: Transaction, case_id: int) -> list[Turn]:
    """What was said in the conversations that a case was in, oldest first, be it before it was one."""
    return [turns.load(tx, row[0]) for row in tx.rows(f"SELECT id {_SAID} ORDER BY id", case_id)]


def newest_entry(tx: Transaction, case_id: int) -> int:
    """The newest entry of a case's log; 0 if there is none."""
    row = tx.row("SELECT id FROM case_log WHERE case_id = ? ORDER BY id DESC LIMIT 1", case_id)
    return row[0] if row else 0


def log(tx: Transaction, case_id: int, after: int, limit: int | None) -> list[LogEntry]:
    """A case's log, oldest first; each entry has the turn that it is about, if that still is part of a conversation."""
    rows = tx.rows(
        "SELECT case_log.id, kind, case_log.at, actor, actor_name, case_log.text, turn_id, turns.id FROM case_log"
        " LEFT JOIN turns ON turns.id = turn_id AND superseded = 0 WHERE case_id = ? AND case_log.id > ?"
        " ORDER BY case_log.id LIMIT ?",
        case_id,
        after,
        -1 if limit is None else limit,
    )
    return [_entry(tx, case_id, row) for row in rows]


def _entry(tx: Transaction, case_id: int, row: Any) -> LogEntry:
    id_, kind, at, actor, name, text, turn_id, there = row
    turn = turns.load(tx, there) if there else None
    # The customer's own messages have ids of another platform.
    origin = next(iter(turn.message_ids), "") if turn is not None and turn.speaker == "agent" else ""
    return LogEntry(id_, case_id, LogKind(kind), at, Staff(actor, name), text, turn_id, turn, origin)
