"""What has been kept for long enough goes, a little at a time.

Only what is at rest: what waits to be answered or sent stays until it has been.
"""

from __future__ import annotations

from bot.messages import ChatKey
from bot.people import day_of
from bot.records import Expired
from conversations import chats, erasing, pictures, turns
from conversations.database import Transaction

STEP = 40
"""Rows of one kind that go in one transaction: a few milliseconds."""

_TURNS = (
    "SELECT id, chat_id FROM turns WHERE at < ? AND NOT EXISTS"
    " (SELECT 1 FROM outbox WHERE turn_id = turns.id AND state IN ('pending', 'sending')) ORDER BY at LIMIT ?"
)
_NOTICES = (
    "SELECT id, chat_id FROM outbox WHERE turn_id IS NULL AND created_at < ? AND state NOT IN ('pending', 'sending')"
    " ORDER BY created_at LIMIT ?"
)
# Ids grow with time, nearly: the newest old turn bounds what has to be looked through.
_PICTURES = (
    "SELECT turn_id, position, sha256, chat_id FROM turn_images JOIN turns ON turns.id = turn_id"
    " WHERE turn_id <= (SELECT id FROM turns WHERE at < ?1 ORDER BY at DESC LIMIT 1) AND at < ?1"
    " ORDER BY turn_id LIMIT ?2"
)

_LOG = "SELECT id, case_id FROM case_log WHERE at < ? ORDER BY at LIMIT ?"
_CASES = (
    "SELECT id, chat_id FROM cases WHERE state IN ('bot', 'closed') AND since < ?"
    " AND NOT EXISTS (SELECT 1 FROM case_log WHERE case_id = cases.id) ORDER BY since LIMIT ?"
)
_ACTIVITY = "DELETE FROM activity WHERE person IN (SELECT person FROM activity WHERE day < ? LIMIT ?)"


def step(tx: Transaction, turns_before: float, pictures_before: float, limit: int = STEP) -> Expired:
    """Delete some turns, notices, entries of cases' logs, cases that nobody sees to, and counts of what people used,
    from before a time, and pictures that were sent before another. Count 0: nothing is left to do."""
    old = tx.rows(_TURNS, turns_before, limit)
    for turn_id, chat_id in old:
        turns.delete(tx, chats.by_id(tx, chat_id), [turn_id])
    notices = tx.rows(_NOTICES, turns_before, limit)
    for outgoing_id, _ in notices:
        tx.run("DELETE FROM outbox WHERE id = ?", outgoing_id)
    shown = tx.rows(_PICTURES, pictures_before, limit)
    for turn_id, position, sha256, chat_id in shown:
        tx.run("DELETE FROM turn_images WHERE turn_id = ? AND position = ?", turn_id, position)
        pictures.forget(tx, chats.by_id(tx, chat_id), sha256)
    logged = tx.rows(_LOG, turns_before, limit)
    for entry_id, _ in logged:
        tx.run("DELETE FROM case_log WHERE id = ?", entry_id)
    for case_id in {case_id for _, case_id in logged}:  # of which a summary tells
        tx.run("UPDATE cases SET summary = '' WHERE id = ?", case_id)
    over = tx.rows(_CASES, turns_before, limit)
    for case_id, _ in over:
        tx.run("DELETE FROM cases WHERE id = ?", case_id)
    # What somebody had used on a day that is long over.
    used = tx.run(_ACTIVITY, day_of(turns_before), limit).rowcount
    touched = {row[-1] for row in (*old, *notices, *shown, *over)}
    keys: list[ChatKey] = []
    for chat_id in sorted(touched):
        keys.append(chats.key_of(tx, chat_id))
        erasing.vacate(tx, chats.by_id(tx, chat_id))
    return Expired(len(old) + len(notices) + len(shown) + len(logged) + len(over) + used, tuple(keys))
