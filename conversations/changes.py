"""What becomes of turns afterwards: corrected, replaced by others, taken back. Cases that they are of learn of it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cases import LogKind
from bot.messages import ChatKey, Image, ImageRef
from conversations import caselog, chats, incidents, pictures, rooms, turns
from conversations.chats import Chat
from conversations.database import Transaction


def amend(
    tx: Transaction, key: ChatKey, message_id: str, text: str, images: Sequence[Image] | None, now: float
) -> bool:
    """Replace the text of the newest turn made of this message and, unless they are None, its pictures."""
    chat = chats.find(tx, key)
    turn_id = turns.made_of(tx, chat, message_id) if chat else None
    if chat is None or turn_id is None:
        return False
    reword(tx, turn_id, text, now)
    if images is not None:
        pictures.keep(tx, images)
        exchange(tx, chat, turn_id, [image.ref for image in images], now)
    return True


def reword(tx: Transaction, turn_id: int, text: str, now: float) -> None:
    """Replace a turn's text."""
    rooms.unsay(tx, turn_id)
    tx.run("UPDATE turns SET text = ? WHERE id = ?", text, turn_id)
    caselog.happened(tx, turn_id, LogKind.AMENDED, now)


def exchange(tx: Transaction, chat: Chat, turn_id: int, refs: Sequence[ImageRef], now: float) -> None:
    """Have a turn of a chat show other pictures, which are stored, than those that it was sent with."""
    for sha256 in pictures.exchange(tx, chats.at(tx, chat, turn_id), turn_id, refs):
        incidents.unsee(tx, turn_id, sha256)
        pictures.forget(tx, chat, sha256)
    caselog.happened(tx, turn_id, LogKind.EXCHANGED, now)


def supersede(tx: Transaction, chat: Chat, turn_id: int, now: float) -> None:
    """Take a turn, and what came after it in its conversation, out of history and transcript."""
    row = tx.row("SELECT conversation FROM turns WHERE id = ? AND chat_id = ?", turn_id, chat.id)
    if row is None:  # retracted in the meantime
        return
    since = (chat.id, row[0], turn_id)
    replaced = tx.rows(
        "UPDATE turns SET superseded = 1 WHERE chat_id = ? AND conversation = ? AND id >= ? AND superseded = 0"
        " RETURNING id",
        *since,
    )
    tx.run("UPDATE outbox SET superseded = 1 WHERE chat_id = ? AND conversation = ? AND after_turn >= ?", *since)
    for (gone,) in sorted(replaced):
        caselog.happened(tx, gone, LogKind.RETRACTED, now)


def retract(tx: Transaction, key: ChatKey, message_id: str, now: float) -> bool:
    """Delete every turn made of this message, earlier versions included, each with the bot's answers.

    With them go their outbox rows, usage and feedback, and pictures that no other turn shows. What an agent said is
    emptied instead.
    """
    chat = chats.find(tx, key)
    if chat is None:
        return False
    rows = tx.rows("SELECT turn_id FROM turn_messages WHERE chat_id = ? AND message_id = ?", chat.id, message_id)
    made = [turns.load(tx, row[0]) for row in rows]
    for turn in made:
        if turn.speaker == "agent":
            empty(tx, chat, turn.id, now)
        else:
            answers = [turns.load(tx, answer) for answer in turns.answers(tx, chat, turn.id)]
            take_back(tx, chat, [turn.id, *(answer.id for answer in answers if answer.speaker == "bot")], now)
    return bool(made)


def take_back(tx: Transaction, chat: Chat, turn_ids: list[int], now: float) -> None:
    """Delete turns of a chat with all that belongs to them, and with what is shown of them in agents' rooms."""
    for turn_id in turn_ids:
        _unsay(tx, turn_id, now)
    turns.delete(tx, chat, turn_ids)


def _unsay(tx: Transaction, turn_id: int, now: float) -> None:
    rooms.unsay(tx, turn_id)
    rooms.withdraw(tx, turn_id)
    tx.run("DELETE FROM case_log WHERE turn_id = ? AND turn_id > 0 AND kind = ?", turn_id, LogKind.RATED.value)
    caselog.happened(tx, turn_id, LogKind.RETRACTED, now)


def empty(tx: Transaction, chat: Chat, turn_id: int, now: float) -> None:
    """Take a turn back whose messages have yet to be taken away from its customer: their rows stay, without words."""
    _unsay(tx, turn_id, now)
    tx.run("UPDATE turns SET text = '', superseded = 1 WHERE id = ?", turn_id)
    tx.run("DELETE FROM outbox WHERE turn_id = ? AND state = 'pending' AND removes = 0", turn_id)
    tx.run(
        "UPDATE outbox SET superseded = 1, payload = iif(state = 'sending', payload, '')"
        " WHERE turn_id = ? AND removes = 0",
        turn_id,
    )
    shown = tx.rows("DELETE FROM turn_images WHERE turn_id = ? RETURNING sha256", turn_id)
    for (sha256,) in shown:
        pictures.forget(tx, chat, sha256)
