"""What Telegram's servers refuse, as far as a bot like ours can get it wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
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
_SENT = {
    "chat_id",
    "message_thread_id",
    "business_connection_id",
    "ephemeral_message_parameters",
    "reply_parameters",
    "reply_markup",
}
_EDITED = {"chat_id", "message_id", "business_connection_id", "reply_markup"}
PARAMETERS: dict[str, set[str]] = {
    "getMe": set(),
    "getUpdates": {"offset", "limit", "timeout", "allowed_updates"},
    "setWebhook": {"url", "secret_token", "allowed_updates"},
    "deleteWebhook": set(),
    "getWebhookInfo": set(),
    "sendMessage": {*_SENT, "text", "entities", "link_preview_options"},
    "sendPhoto": {*_SENT, "photo", "caption", "caption_entities"},
    "sendDocument": {*_SENT, "document", "caption", "caption_entities"},
    "sendMessageDraft": {"chat_id", "draft_id", "text", "message_thread_id", "can_stop"},
    "editMessageText": {*_EDITED, "text", "entities", "link_preview_options"},
    "editMessageCaption": {*_EDITED, "caption", "caption_entities"},
    "editMessageMedia": {*_EDITED, "media"},
    "editMessageReplyMarkup": _EDITED,
    "editEphemeralMessageReplyMarkup": {"chat_id", "receiver_user_id", "ephemeral_message_id", "reply_markup"},
    "deleteMessage": {"chat_id", "message_id"},
    "deleteBusinessMessages": {"business_connection_id", "message_ids"},
    "createForumTopic": {"chat_id", "name"},
    "getBusinessConnection": {"business_connection_id"},
    "sendChatAction": {"chat_id", "action", "message_thread_id", "business_connection_id"},
    "getFile": {"file_id"},
    "setMyCommands": {"commands", "scope", "language_code"},
    "deleteMyCommands": {"scope", "language_code"},
    "answerCallbackQuery": {"callback_query_id", "text"},
}
_JSON = {
    "allowed_updates",
    "caption_entities",
    "commands",
    "entities",
    "ephemeral_message_parameters",
    "link_preview_options",
    "media",
    "message_ids",
    "reply_markup",
    "reply_parameters",
    "scope",
}
_NUMBERS = {
    "chat_id",
    "draft_id",
    "ephemeral_message_id",
    "limit",
    "message_id",
    "message_thread_id",
    "offset",
    "receiver_user_id",
    "timeout",
}
_FILES = {"document", "photo"}


@dataclass(frozen=True)
class Upload:
    """A file that comes with a request."""

    name: str
    data: bytes


class RefusedError(Exception):
    """An error answer: HTTP status, description, and `parameters` of it."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def bad(description: str) -> RefusedError:
    return RefusedError(400, f"Bad Request: {description}")


def parse(method: str, fields: Mapping[str, str], files: Mapping[str, Upload]) -> dict[str, Any]:
    """Read a request's parameters. Real servers overlook unknown ones; here they are a mistake."""
    if method not in PARAMETERS:
        raise RefusedError(404, "Not Found: method not found")
    if unknown := set(fields) - PARAMETERS[method]:
        raise bad(f"the fake does not expect {sorted(unknown)} in {method}")
    values: dict[str, Any] = dict(fields)
    for name in fields:
        if name in _JSON:
            values[name] = json.loads(fields[name])
            if name == "media":
                values[name]["media"] = files[values[name]["media"].removeprefix("attach://")]
        elif name in _NUMBERS:
            values[name] = int(fields[name])
        elif name in _FILES:
            values[name] = files[fields[name].removeprefix("attach://")]
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


def check_caption(text: str, entities: list[dict[str, Any]]) -> None:
    if units(text) > CAPTION_LIMIT:
        raise bad("message caption is too long")
    check_text(text, entities, empty=True)


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
        if not 1 <= len(row) <= 8:
            raise bad("BUTTON_INVALID")
        for button in row:
            _check_button(button)


def _check_button(button: dict[str, Any]) -> None:
    if not button["text"] or ("callback_data" in button) == ("copy_text" in button):
        raise bad("BUTTON_INVALID")
    if "copy_text" in button and not 1 <= units(button["copy_text"]["text"]) <= 256:
        raise bad("BUTTON_COPY_TEXT_INVALID")
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
        raise bad("BUTTON_DATA_INVALID")
    if button.get("style", "danger") not in ("danger", "success", "primary"):
        raise bad("BUTTON_STYLE_INVALID")


def check_commands(commands: list[dict[str, str]]) -> None:
    if not 1 <= len(commands) <= 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
