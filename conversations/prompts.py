"""System prompts that admins wrote, which of them is in use, and questions to try them on."""

from __future__ import annotations

from dataclasses import replace

from bot.messages import ChatKey, Context, Language
from bot.versions import EVERYWHERE, Asked, NewVersion, Use, Version
from conversations import chats, pictures, turns
from conversations.database import Transaction

_SELECT = (
    "SELECT id, scope, language, template, author, at, id IS (SELECT prompt_id FROM prompt_uses AS used"
    " WHERE used.scope = prompts.scope AND used.language = prompts.language ORDER BY used.id DESC LIMIT 1) AS live"
    " FROM prompts"
)
_ANSWERS = (
    "SELECT turns.id, chat_id, turns.conversation, text, platform, account, chat, thread"
    " FROM turns JOIN usage ON turn_id = turns.id JOIN chats ON chats.id = chat_id"
    " WHERE speaker = 'bot' AND superseded = 0 AND EXISTS (SELECT 1 FROM turns AS asked WHERE"
    " asked.chat_id = turns.chat_id AND asked.conversation = turns.conversation AND asked.id < turns.id"
    " AND asked.speaker = 'customer' AND asked.language = ?)"
)


def keep(tx: Transaction, new: NewVersion, now: float) -> int:
    """Keep a template and return its id; the one that it has already, if it is there."""
    same = tx.row(
        "SELECT id FROM prompts WHERE scope = ? AND language = ? AND template = ?",
        new.scope,
        new.language,
        new.template,
    )
    if same:
        found: int = same[0]
        return found
    return tx.insert(
        "INSERT INTO prompts (scope, language, template, author, at) VALUES (?, ?, ?, ?, ?)",
        new.scope,
        new.language,
        new.template,
        new.author,
        now,
    )


def use(tx: Transaction, chosen: Use, now: float) -> None:
    """Put a version to use."""
    tx.run(
        "INSERT INTO prompt_uses (scope, language, prompt_id, actor, back, at) VALUES (?, ?, ?, ?, ?, ?)",
        chosen.scope,
        chosen.language,
        chosen.version or None,
        chosen.actor,
        chosen.back,
        now,
    )


def live(tx: Transaction) -> list[Version]:
    """All versions that are in use."""
    return [_version(row) for row in tx.rows(f"{_SELECT} WHERE live")]


def find(tx: Transaction, version_id: int) -> Version | None:
    """A version by its id."""
    row = tx.row(f"{_SELECT} WHERE id = ?", version_id)
    return _version(row) if row else None


def versions(tx: Transaction, scope: str, language: Language, limit: int) -> list[Version]:
    """The versions of a scope and language, the newest first."""
    rows = tx.rows(f"{_SELECT} WHERE scope = ? AND language = ? ORDER BY id DESC LIMIT ?", scope, language, limit)
    return [_version(row) for row in rows]


def steps(tx: Transaction, scope: str, language: Language) -> list[int]:
    """The versions that steps back lead through, from the one in use on; behind the last is none of the scope's own."""
    taken: list[int] = []
    for version, back in tx.rows(
        "SELECT coalesce(prompt_id, 0), back FROM prompt_uses WHERE scope = ? AND language = ? ORDER BY id",
        scope,
        language,
    ):
        if back or not version:
            while taken and taken[-1] != version:
                taken.pop()
        if version and taken[-1:] != [version]:
            taken.append(version)
    return taken[::-1]


def asked(tx: Transaction, scope: str, language: Language, limit: int) -> list[Asked]:
    """The newest questions in a scope and language that the bot has answered, the newest first."""
    condition, values = _within(scope)
    rows = tx.rows(f"{_ANSWERS} AND {condition} ORDER BY turns.id DESC LIMIT ?", language, *values, limit)
    found = []
    for answer_id, chat_id, conversation, answer, *key in rows:
        chat = replace(chats.by_id(tx, chat_id), conversation=conversation)
        said = [turn for turn in turns.history(tx, chat, withheld=False) if turn.id < answer_id]
        question = next((turn for turn in reversed(said) if turn.speaker == "customer"), None)
        if question is not None and question.language == language:
            before = tuple(turn for turn in said if turn.id < question.id)
            shown = tuple(picture for picture in pictures.numbered(tx, chat) if picture.turn < question.id)
            found.append(Asked(ChatKey(*key), Context(turns=before, pictures=shown), question, answer))
    return found


def _within(scope: str) -> tuple[str, tuple[str, ...]]:
    """What says in SQL that a chat is in a scope."""
    if scope == EVERYWHERE:
        return "1", ()
    if ":" not in scope:
        return "platform = ?", (scope,)
    key = ChatKey.parse(scope)
    place = (key.platform, key.account, key.chat)
    if key.thread:
        return "platform = ? AND account = ? AND chat = ? AND thread = ?", (*place, key.thread)
    return "platform = ? AND account = ? AND chat = ?", place


def _version(row: tuple[int, str, Language, str, str, float, int]) -> Version:
    return Version(*row[:6], live=bool(row[6]))
