"""What Telegram marks in a text: commands and mentions. Entities count in UTF-16 code units. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from aiogram.enums import MessageEntityType
from aiogram.types import MessageEntity


def leading_command(entities: Iterable[MessageEntity]) -> MessageEntity | None:
    """The command that a text begins with."""
    return next((e for e in entities if e.type == MessageEntityType.BOT_COMMAND and e.offset == 0), None)


def mentioned(
    entities: Iterable[MessageEntity], text: str, bot_id: int, username: str
) -> tuple[list[MessageEntity], bool]:
    """Where a bot is mentioned, and whether somebody else is."""
    ours, others = [], False
    for entity in entities:
        if entity.type == MessageEntityType.TEXT_MENTION:
            us = entity.user is not None and entity.user.id == bot_id
        elif entity.type == MessageEntityType.MENTION:
            us = extract(text, entity).lower() == f"@{username}".lower()
        else:
            continue
        ours += [entity] if us else []
        others = others or not us
    return ours, others


def extract(text: str, entity: MessageEntity) -> str:
    """The part of a text that an entity marks."""
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le", "replace")


def without(text: str, entities: Iterable[MessageEntity]) -> str:
    """A text without the parts that entities mark."""
    units = text.encode("utf-16-le", "surrogatepass")
    for entity in sorted(entities, key=lambda e: e.offset, reverse=True):
        before, after = units[: 2 * entity.offset], units[2 * (entity.offset + entity.length) :]
        space = " ".encode("utf-16-le")
        # "hello @bot what" must not keep two spaces where the name was.
        units = before + (after.removeprefix(space) if before.endswith(space) else after)
    return units.decode("utf-16-le", "replace").strip()


def clean(text: str) -> str:
    """A text without what is no character."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").strip()
