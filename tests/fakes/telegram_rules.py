"""What Telegram's servers refuse, as far as a bot like ours can get it wrong."""

from __future__ import annotations

import json
import re
from typing import Any

TEXT_LIMIT = 4096
ENTITY_TYPES = {
    "blockquote",
    "bold",
    "code",
    "expandable_blockquote",
    "italic",
    "pre",
    "spoiler",
    "strikethrough",
    "text_link",
    "underline",
}
PARAMETERS: dict[str, set[str]] = {
    "getMe": set(),
    "getUpdates": {"offset", "limit", "timeout", "allowed_updates"},
    "setWebhook": {"url", "secret_token", "allowed_updates"},
    "deleteWebhook": set(),
    "getWebhookInfo": set(),
    "sendMessage": {
        "chat_id",
        "text",
        "entities",
        "message_thread_id",
        "reply_parameters",
        "reply_markup",
        "link_preview_options",
    },
    "sendMessageDraft": {"chat_id", "draft_id", "text", "message_thread_id", "can_stop"},
    "editMessageText": {"chat_id", "message_id", "text", "entities", "reply_markup", "link_preview_options"},
    "editMessageReplyMarkup": {"chat_id", "message_id", "reply_markup"},
    "deleteMessage": {"chat_id", "message_id"},
    "sendChatAction": {"chat_id", "action", "message_thread_id"},
    "getFile": {"file_id"},
    "setMyCommands": {"commands", "scope", "language_code"},
    "answerCallbackQuery": {"callback_query_id", "text"},
}
_JSON = {
    "allowed_updates",
    "commands",
    "entities",
    "link_preview_options",
    "reply_markup",
    "reply_parameters",
    "scope",
}
_NUMBERS = {"chat_id", "draft_id", "limit", "message_id", "message_thread_id", "offset", "timeout"}


class RefusedError(Exception):
    """An error answer: HTTP status, description, and `parameters` of it."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def bad(description: str) -> RefusedError:
    return RefusedError(400, f"Bad Request: {description}")


def parse(method: str, fields: dict[str, str]) -> dict[str, Any]:
    """Read a request's parameters. Real servers overlook unknown ones; here they are a mistake."""
    if method not in PARAMETERS:
        raise RefusedError(404, "Not Found: method not found")
    if unknown := set(fields) - PARAMETERS[method]:
        raise bad(f"the fake does not expect {sorted(unknown)} in {method}")
    values: dict[str, Any] = dict(fields)
    for name in fields:
        if name in _JSON:
            values[name] = json.loads(fields[name])
        elif name in _NUMBERS:
            values[name] = int(fields[name])
    return values


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def check_text(text: str, entities: list[dict[str, Any]], *, empty: bool = False) -> None:
    if not empty and not text.strip():
        raise bad("message text is empty")
    if units(text) > TEXT_LIMIT:
        raise bad("message is too long")
    for entity in entities:
        _check_entity(text, entity)


def _check_entity(text: str, entity: dict[str, Any]) -> None:
    if entity["type"] not in ENTITY_TYPES:
        raise bad("can't parse entities: unknown entity type")
    start, end = entity["offset"], entity["offset"] + entity["length"]
    if start < 0 or end <= start or end > units(text):
        raise bad("ENTITY_BOUNDS_INVALID")
    raw = text.encode("utf-16-le")
    for edge in (start, end):
        if 0xDC00 <= int.from_bytes(raw[2 * edge : 2 * edge + 2], "little") <= 0xDFFF:
            raise bad("ENTITY_BOUNDS_INVALID")
    if entity["type"] == "text_link" and not re.match(r"https?://[^/\s]+", entity.get("url", "")):
        raise bad("can't parse entities: wrong URL in a text_link entity")


def check_markup(markup: dict[str, Any] | None) -> None:
    for row in (markup or {}).get("inline_keyboard", []):
        for button in row:
            if not button["text"] or not 1 <= len(button["callback_data"].encode()) <= 64:
                raise bad("BUTTON_DATA_INVALID")


def check_commands(commands: list[dict[str, str]]) -> None:
    if not 1 <= len(commands) <= 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
