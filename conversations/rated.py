"""Answers that customers thought something of, with their conversations."""

from __future__ import annotations

from bot.messages import ChatKey
from bot.records import Rated
from conversations import turns
from conversations.database import Transaction
from conversations.figures import CUSTOMERS

# The newest thumbs of an answer count; of a case without any, its last answer before the customer was handed over.
_OPINIONS = (
    "SELECT turn_id AS answer, rating, reason, at FROM feedback WHERE at >= ?1"
    " AND id = (SELECT max(id) FROM feedback AS newest WHERE newest.turn_id = feedback.turn_id)"
    " UNION ALL SELECT (SELECT max(id) FROM turns WHERE turns.chat_id = cases.chat_id"
    " AND turns.conversation = cases.conversation AND speaker = 'bot' AND agent = '' AND superseded = 0"
    " AND turns.at <= opened_at) AS answer, 0, '', since FROM cases"
    " WHERE state = 'closed' AND satisfaction > 0 AND since >= ?1"
    " AND NOT EXISTS (SELECT 1 FROM feedback WHERE feedback.turn_id = answer)"
)
_RATED = (
    f"WITH opinions AS ({_OPINIONS})"  # noqa: S608
    " SELECT answer, rating, reason, opinions.at, platform, account, chat, thread, turns.chat_id, turns.conversation,"
    " coalesce(satisfaction, 0), coalesce(model, ''), coalesce(prompt_version, '')"
    f" FROM opinions JOIN turns ON turns.id = answer AND superseded = 0 {CUSTOMERS}"
    " LEFT JOIN cases ON cases.chat_id = turns.chat_id AND cases.conversation = turns.conversation"
    " LEFT JOIN usage ON usage.turn_id = answer ORDER BY answer"
)
_CONVERSATION = "SELECT id FROM turns WHERE chat_id = ? AND conversation = ? AND superseded = 0 ORDER BY id"


def read(tx: Transaction, since: float) -> list[Rated]:
    """Those of which it was said since a time, in the order in which they were given."""
    found = []
    for answer, rating, reason, at, *key, chat_id, conversation, satisfaction, model, version in tx.rows(_RATED, since):
        said = tuple(turns.load(tx, id_) for (id_,) in tx.rows(_CONVERSATION, chat_id, conversation))
        found.append(Rated(ChatKey(*key), answer, rating, reason, satisfaction, at, model, version, said))
    return found
