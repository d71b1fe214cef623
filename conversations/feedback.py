"""What customers thought of answers."""

from __future__ import annotations

from bot.cases import LogKind, Staff
from bot.messages import ChatKey
from conversations import caselog, chats, turns
from conversations.chats import Chat
from conversations.database import Transaction


def rate(tx: Transaction, key: ChatKey, message_id: str, sender: str, rating: int, reason: str, now: float) -> bool:
    """Store a sender's thumbs up (1) or down (-1), and why, in place of what was there. False if the message is no
    answer of the bot's."""
    chat = chats.find(tx, key)
    turn_id = turns.answered(tx, chat, message_id) if chat else None
    if turn_id is None or turns.load(tx, turn_id).speaker != "bot":
        return False
    before = tx.row("SELECT rating, reason FROM feedback WHERE turn_id = ? AND sender = ?", turn_id, sender)
    # Replacing makes a new id, by which the newest of several senders is known.
    tx.run(
        "INSERT OR REPLACE INTO feedback (turn_id, sender, rating, reason, at) VALUES (?, ?, ?, ?, ?)",
        turn_id,
        sender,
        rating,
        reason,
        now,
    )
    if before != (rating, reason):
        text = f"{rating} {reason}".strip()
        caselog.happened(tx, turn_id, LogKind.RATED, now, text=text, actor=Staff(sender))
    return True


def thumbs_down(tx: Transaction, chat: Chat) -> int:
    """How many answers of the present conversation were no help, by what was last said of them, since its case came to
    be in its present state."""
    row = tx.row(
        "SELECT count(*) FROM turns LEFT JOIN cases USING (chat_id, conversation)"
        " WHERE chat_id = ? AND conversation = ? AND superseded = 0 AND -1 = (SELECT iif(at >= coalesce(since, 0),"
        " rating, 0) FROM feedback WHERE turn_id = turns.id ORDER BY feedback.id DESC LIMIT 1)",
        chat.id,
        chat.conversation,
    )
    count: int = row[0]
    return count
