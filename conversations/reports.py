"""What people want to see of the store: a chat as its customer saw it, what waits, what is stuck."""

from __future__ import annotations

from bot.messages import Backlog, ChatKey, Stuck, TranscriptEntry, Turn
from conversations import inbox, turns
from conversations.chats import Chat
from conversations.database import Transaction

_WEEK = 7 * 86_400.0

# Messages, each as the newest one that replaced it; of an answer of the model's, the last can be rated. One that was
# removed is told of even where its turn was taken back.
_SAID = (
    "SELECT sent.after_turn, sent.id, sent.created_at, coalesce(newest.id, sent.id), coalesce(newest.payload,"
    " sent.payload), coalesce(newest.removes, 0), coalesce(newest.message_id, sent.message_id, ''),"
    " turns.agent = '' AND sent.id ="
    " (SELECT max(id) FROM outbox AS part WHERE part.turn_id = sent.turn_id AND replaces IS NULL),"
    " coalesce((SELECT rating FROM feedback WHERE feedback.turn_id = sent.turn_id ORDER BY id DESC LIMIT 1), 0)"
    " FROM outbox AS sent LEFT JOIN turns ON turns.id = sent.turn_id LEFT JOIN outbox AS newest ON newest.id ="
    " (SELECT max(id) FROM outbox AS change WHERE change.replaces = sent.id AND change.state <> 'failed')"
    " WHERE sent.chat_id = ? AND sent.conversation = ? AND sent.replaces IS NULL"
    " AND (sent.superseded = 0 OR newest.removes = 1) AND coalesce(newest.id, sent.id) > ? ORDER BY sent.id"
)


def transcript(tx: Transaction, chat: Chat, after: int) -> list[TranscriptEntry]:
    """The present conversation, in the order in which it was committed, then the questions still in the inbox.

    With `after`, only the bot's entries with a greater version, in the order of those. A question made of several
    messages is one entry, under the first one's id. The rating is the newest of the answer, whoever gave it; the last
    message of an answer is rateable.
    """
    said = _said(tx, chat, after)
    if after:
        return sorted((entry for _, entry in said), key=lambda entry: entry.version)
    said = [(place, entry) for place, entry in said if not entry.removed]
    asked = [(turn.id, _entry(turn)) for turn in turns.history(tx, chat) if turn.speaker == "customer"]
    waiting = [
        TranscriptEntry(0, "customer", item.at, item.text, message_id=item.message_id)
        for item in inbox.questions(tx, chat)
    ]
    # A stable sort: what was sent after a turn stays in its own order, and behind that turn.
    return [entry for _, entry in sorted(asked + said, key=lambda item: item[0])] + waiting


def _entry(question: Turn) -> TranscriptEntry:
    first = next(iter(question.message_ids), "")
    return TranscriptEntry(0, "customer", question.at, question.text, images=question.images, message_id=first)


def _said(tx: Transaction, chat: Chat, after: int) -> list[tuple[int, TranscriptEntry]]:
    """The bot's messages in order, each with the id of the turn it comes after."""
    return [
        (
            place,
            TranscriptEntry(
                id_,
                "bot",
                at,
                payload="" if removed else payload,
                message_id=message_id,
                rating=rating,
                rateable=bool(rateable),
                version=version,
                removed=bool(removed),
            ),
        )
        for place, id_, at, version, payload, removed, message_id, rateable, rating in tx.rows(
            _SAID, chat.id, chat.conversation, after
        )
    ]


def backlog(tx: Transaction, now: float) -> Backlog:
    """What is waiting or stuck; messages being sent count as waiting."""
    (set_aside,) = tx.row("SELECT count(*) FROM inbox WHERE set_aside = 1 AND done_at > ?", now - _WEEK)
    (waiting,) = tx.row("SELECT count(*) FROM inbox WHERE done_at IS NULL")
    states = dict(tx.rows("SELECT state, count(*) FROM outbox WHERE state <> 'sent' AND superseded = 0 GROUP BY state"))
    return Backlog(
        waiting,
        states.get("pending", 0) + states.get("sending", 0),
        states.get("ambiguous", 0),
        states.get("failed", 0),
        set_aside,
    )


def stuck_chats(tx: Transaction, limit: int) -> list[Stuck]:
    """The chats with messages that are ambiguous or failed, the newest trouble first."""
    condition = "state IN ('ambiguous', 'failed') AND state <> 'sent' AND superseded = 0"
    rows = tx.rows(
        "SELECT platform, account, chat, thread, sum(state = 'ambiguous'), sum(state = 'failed'), min(changed_at),"  # noqa: S608
        f" (SELECT error FROM outbox AS last WHERE last.chat_id = outbox.chat_id AND {condition}"
        " ORDER BY changed_at DESC, id DESC LIMIT 1)"
        f" FROM outbox JOIN chats ON chats.id = chat_id WHERE {condition}"
        " GROUP BY chat_id ORDER BY max(changed_at) DESC LIMIT ?",
        limit,
    )
    return [Stuck(ChatKey(*row[:4]), *row[4:]) for row in rows]
