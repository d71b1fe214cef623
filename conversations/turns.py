"""Turns: what was asked and answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from bot.messages import ChatKey, NewTurn, Speaker, Turn
from conversations import incidents, pictures
from conversations.chats import Chat
from conversations.database import Transaction

_HISTORY = (
    "SELECT id, speaker, agent, author, text, language, at FROM turns"
    " WHERE chat_id = ? AND conversation = ? AND superseded = 0 AND id >= ? AND withheld <= ? ORDER BY id"
)
_HISTORY_MESSAGES = (
    "SELECT turn_id, message_id FROM turns JOIN turn_messages ON turn_id = turns.id"
    " WHERE turns.chat_id = ? AND conversation = ? AND superseded = 0 AND turns.id >= ? ORDER BY turn_id, position"
)

_ANSWERS = (
    "WITH later AS (SELECT id, speaker FROM turns WHERE chat_id = ?1 AND id > ?2"
    " AND conversation = (SELECT conversation FROM turns WHERE id = ?2))"
    " SELECT id FROM later WHERE id < coalesce((SELECT min(id) FROM later WHERE speaker = 'customer'), 1 << 62)"
)


def insert(tx: Transaction, chat: Chat, turn: NewTurn, at: float) -> int:
    """Add a turn to the chat's present conversation. To prompts, and to figures, an agent is on the bot's side.

    Pictures it refers to that are no longer stored (retracted while the answer was made) are left out.
    """
    turn_id = tx.insert(
        "INSERT INTO turns (chat_id, conversation, speaker, text, sender, agent, author, language, withheld, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        chat.id,
        chat.conversation,
        "bot" if turn.speaker == "agent" else turn.speaker,
        turn.text,
        "" if turn.speaker == "agent" else turn.sender,
        turn.sender if turn.speaker == "agent" else "",
        turn.author,
        turn.language,
        turn.withheld,
        at,
    )
    for position, message_id in enumerate(filter(None, turn.message_ids)):
        tx.run("INSERT INTO turn_messages VALUES (?, ?, ?, ?)", turn_id, position, chat.id, message_id)
    pictures.attach(tx, chat, turn_id, turn)
    return turn_id


def history(tx: Transaction, chat: Chat, since: int = 0, *, withheld: bool = True) -> list[Turn]:
    """The turns of the present conversation, oldest first, from the turn `since` on; with those that prompts do not
    show, or without."""
    shown = pictures.of_turns(tx, chat, since)
    messages: defaultdict[int, list[str]] = defaultdict(list)
    for turn_id, message_id in tx.rows(_HISTORY_MESSAGES, chat.id, chat.conversation, since):
        messages[turn_id].append(message_id)
    rows = tx.rows(_HISTORY, chat.id, chat.conversation, since, withheld)
    return [_turn(row, shown[row[0]], messages[row[0]]) for row in rows]


def find(tx: Transaction, chat: Chat, message_id: str) -> Turn | None:
    """The newest turn that a platform message belongs to: a customer's, or the bot's whose answer it is a part of."""
    turn_id = made_of(tx, chat, message_id) or answered(tx, chat, message_id)
    return load(tx, turn_id) if turn_id else None


def author(tx: Transaction, chat: Chat, message_id: str) -> str:
    """Who wrote the message or, for an answer, asked for it; "" if that is not known."""
    turn_id = made_of(tx, chat, message_id) or answered(tx, chat, message_id)
    row = tx.row(
        "SELECT sender FROM turns WHERE chat_id = ? AND id <= ? AND speaker = 'customer' ORDER BY id DESC LIMIT 1",
        chat.id,
        turn_id,
    )
    return row[0] if row else ""


def find_pictured(tx: Transaction, chat: Chat, message_id: str) -> Turn | None:
    """The turn whose pictures a message is about: one that has some, or what came before an answer in its
    conversation. In agents' rooms, a copy is about what it shows."""
    turn = find(tx, chat, message_id) or _copied(tx, chat, message_id)
    if turn is not None and turn.speaker != "customer" and not turn.images:
        row = tx.row(
            "SELECT max(turn_id) FROM turns AS answer JOIN turns USING (chat_id, conversation)"
            " JOIN turn_images ON turn_id = turns.id WHERE answer.id = ? AND turns.id < answer.id"
            " AND turns.superseded = 0",
            turn.id,
        )
        turn = load(tx, row[0]) if row[0] else None
    return turn if turn is not None and (turn.images or turn.recalled) else None


def _copied(tx: Transaction, chat: Chat, message_id: str) -> Turn | None:
    """The turn that a message in an agents' room shows."""
    row = tx.row(
        "SELECT copies.turn_id FROM outbox JOIN copies ON outbox_id = outbox.id JOIN turns ON turns.id = copies.turn_id"
        " WHERE outbox.chat_id = ? AND message_id = ?",
        chat.id,
        message_id,
    )
    return load(tx, row[0]) if row else None


def answered(tx: Transaction, chat: Chat, message_id: str) -> int | None:
    """The turn of the bot's side that was sent, wholly or in part, as this message."""
    row = tx.row(
        "SELECT turn_id FROM outbox WHERE chat_id = ? AND message_id = ? AND turn_id IS NOT NULL"
        " ORDER BY id DESC LIMIT 1",
        chat.id,
        message_id,
    )
    return row[0] if row else None


def delete(tx: Transaction, chat: Chat, turn_ids: Iterable[int]) -> None:
    """Delete turns of a chat with all that belongs to them, and pictures that nothing shows any more."""
    for turn_id in turn_ids:
        hashes = tx.rows("SELECT DISTINCT sha256 FROM turn_images WHERE turn_id = ?", turn_id)
        seen = incidents.of_turn(tx, turn_id)
        tx.run("DELETE FROM turns WHERE id = ?", turn_id)
        incidents.forget(tx, seen)
        for (sha256,) in hashes:
            pictures.forget(tx, chat, sha256)


def language(tx: Transaction, chat: Chat) -> str:
    """The language of the chat's newest question, whichever conversation it is in; "" if there is none."""
    row = tx.row(
        "SELECT language FROM turns WHERE chat_id = ? AND speaker = 'customer'"
        " ORDER BY conversation DESC, id DESC LIMIT 1",
        chat.id,
    )
    return row[0] if row else ""


def language_of(tx: Transaction, person: str) -> str:
    """The language of somebody's newest question, in whichever chat; "" if there is none."""
    row = tx.row("SELECT language FROM turns WHERE sender = ? AND sender <> '' ORDER BY id DESC LIMIT 1", person)
    return row[0] if row else ""


def newest_chat(tx: Transaction, place: ChatKey) -> ChatKey | None:
    """The chat with the newest turn among those in the threads of a place and the one beside them, or else the newest
    in which the bot has said anything."""
    row = tx.row(
        "SELECT thread FROM chats LEFT JOIN turns ON chat_id = chats.id WHERE platform = ? AND account = ? AND chat = ?"
        " AND (turns.id IS NOT NULL OR answered) ORDER BY turns.id DESC NULLS LAST, chats.id DESC LIMIT 1",
        place.platform,
        place.account,
        place.chat,
    )
    return replace(place, thread=row[0]) if row else None


def made_of(tx: Transaction, chat: Chat, message_id: str) -> int | None:
    """The newest turn that is made of this message, of a customer's or, in a room, an agent's."""
    row = tx.row(
        "SELECT turn_id FROM turn_messages WHERE chat_id = ? AND message_id = ? ORDER BY turn_id DESC LIMIT 1",
        chat.id,
        message_id,
    )
    return row[0] if row else None


def answers(tx: Transaction, chat: Chat, turn_id: int) -> list[int]:
    """The turns of the bot, and of agents, between a question and the next one."""
    rows = tx.rows(_ANSWERS, chat.id, turn_id)
    return [row[0] for row in rows]


def in_chat(tx: Transaction, chat: Chat, turn_id: int) -> int | None:
    """The turn, if it is one of this chat."""
    row = tx.row("SELECT id FROM turns WHERE id = ? AND chat_id = ?", turn_id, chat.id)
    return row[0] if row else None


def is_present(tx: Transaction, chat: Chat, turn_id: int) -> bool:
    """Whether the turn is part of the chat's present conversation."""
    row = tx.row(
        "SELECT 1 FROM turns WHERE id = ? AND chat_id = ? AND conversation = ? AND superseded = 0",
        turn_id,
        chat.id,
        chat.conversation,
    )
    return row is not None


def load(tx: Transaction, turn_id: int) -> Turn:
    """A turn that is known to be there."""
    row = tx.row("SELECT id, speaker, agent, author, text, language, at FROM turns WHERE id = ?", turn_id)
    messages = tx.rows("SELECT message_id FROM turn_messages WHERE turn_id = ? ORDER BY position", turn_id)
    return _turn(row, pictures.of_turn(tx, turn_id), [message[0] for message in messages])


def speaker_of(speaker: Speaker, agent: str) -> Speaker:
    """Who said a turn, of the three, by what its row says."""
    return "agent" if agent else speaker


def _turn(row: Any, shown: pictures.Shown, messages: Sequence[str]) -> Turn:
    id_, speaker, agent, author, text, spoken, at = row
    who, images, recalled = speaker_of(speaker, agent), tuple(shown.images), tuple(shown.recalled)
    return Turn(id_, who, text, images, tuple(messages), spoken, at, recalled, author)
