"""Chats: a row for each, with the number of its present conversation, and what prompts show of that."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.messages import ChatKey, View
from conversations.database import Transaction


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat's row. `answered`: the bot has said something in it, be it a refusal. `person`: whose private chat it
    is, "" if it is not known to be anybody's alone."""

    id: int
    conversation: int
    answered: bool
    person: str = ""


def find(tx: Transaction, key: ChatKey) -> Chat | None:
    """The chat's row, if there is one."""
    row = tx.row(
        "SELECT id, conversation, answered, person FROM chats"
        " WHERE platform = ? AND account = ? AND chat = ? AND thread = ?",
        key.platform,
        key.account,
        key.chat,
        key.thread,
    )
    return Chat(row[0], row[1], bool(row[2]), row[3]) if row else None


def at(tx: Transaction, chat: Chat, turn_id: int) -> Chat:
    """The chat as it was in the conversation that a turn of it, known to be there, is part of."""
    return replace(chat, conversation=tx.row("SELECT conversation FROM turns WHERE id = ?", turn_id)[0])


def by_id(tx: Transaction, chat_id: int) -> Chat:
    """A chat's row that is known to be there."""
    row = tx.row("SELECT id, conversation, answered, person FROM chats WHERE id = ?", chat_id)
    return Chat(row[0], row[1], bool(row[2]), row[3])


def key_of(tx: Transaction, chat_id: int) -> ChatKey:
    """The key of a chat that is known to be there."""
    return ChatKey(*tx.row("SELECT platform, account, chat, thread FROM chats WHERE id = ?", chat_id))


def ensure(tx: Transaction, key: ChatKey) -> Chat:
    """The chat's row, made if need be."""
    found = find(tx, key)
    if found is not None:
        return found
    new = tx.insert(
        "INSERT INTO chats (platform, account, chat, thread) VALUES (?, ?, ?, ?)",
        key.platform,
        key.account,
        key.chat,
        key.thread,
    )
    return Chat(new, 1, answered=False)


def belongs_to(tx: Transaction, chat: Chat, person: str) -> None:
    """It is this person's private chat."""
    if chat.person != person:
        tx.run("UPDATE chats SET person = ? WHERE id = ?", person, chat.id)


def reset(tx: Transaction, chat: Chat) -> Chat:
    """Begin a new conversation."""
    tx.run("DELETE FROM views WHERE chat_id = ?", chat.id)
    tx.run("UPDATE chats SET conversation = conversation + 1 WHERE id = ?", chat.id)
    return replace(chat, conversation=chat.conversation + 1)


def mark_answered(tx: Transaction, chat: Chat) -> None:
    """Remember, for as long as the chat exists, that the bot has said something in it."""
    tx.run("UPDATE chats SET answered = 1 WHERE id = ?", chat.id)


def view(tx: Transaction, chat: Chat) -> View:
    """What prompts show of the present conversation; all of it, until it is cut for the first time."""
    row = tx.row("SELECT first_turn, first_pictured, described, language FROM views WHERE chat_id = ?", chat.id)
    return View(*row) if row else View()


def set_view(tx: Transaction, key: ChatKey, view: View) -> None:
    """Keep what prompts show of the present conversation."""
    tx.run(
        "INSERT OR REPLACE INTO views (chat_id, first_turn, first_pictured, described, language)"
        " VALUES (?, ?, ?, ?, ?)",
        ensure(tx, key).id,
        view.first,
        view.pictured,
        view.described,
        view.language,
    )
