"""What customers thought of answers."""

from __future__ import annotations

from bot.messages import ChatKey
from conversations import chats, turns
from conversations.database import Transaction


def rate(tx: Transaction, key: ChatKey, message_id: str, sender: str, rating: int, now: float) -> bool:
    """Store a sender's thumbs up (1) or down (-1) in place of the one before. False if the message is no answer."""
    chat = chats.find(tx, key)
    turn_id = turns.answered(tx, chat, message_id) if chat else None
    if turn_id is None:
        return False
    # Replacing makes a new id, by which the newest of several senders is known.
    tx.run(
        "INSERT OR REPLACE INTO feedback (turn_id, sender, rating, at) VALUES (?, ?, ?, ?)",
        turn_id,
        sender,
        rating,
        now,
    )
    return True
