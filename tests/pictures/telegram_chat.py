"""What stands on the Telegram server, as it is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from aiogram.types import MessageEntity
from aiogram.utils.text_decorations import html_decoration

from tests.fakes.telegram_server import BOT_ID, TelegramServer
from tests.pictures.drawing import Key, Part, Shown, picture, text

Json = dict[str, Any]


def shown(server: TelegramServer, messages: Sequence[Json]) -> list[Shown]:
    """Messages of the bot's and of people's."""
    return [_message(server, message) for message in messages]


def _message(server: TelegramServer, message: Json) -> Shown:
    own = message["from"]["id"] == BOT_ID
    at = datetime.fromtimestamp(message["date"], UTC).strftime("%H:%M")
    parts = tuple(_parts(server, message))
    return Shown(message["from"]["first_name"], at, parts, own, alone="ephemeral_message_id" in message)


def _parts(server: TelegramServer, message: Json) -> Iterator[Part]:
    if "photo" in message:
        yield picture(server.state.files[message["photo"][-1]["file_id"]])
    if "document" in message:
        yield Part("file", value=message["document"]["file_name"])
    for words, entities in (("text", "entities"), ("caption", "caption_entities")):
        if message.get(words):
            found = [MessageEntity(**entity) for entity in message.get(entities, ())]
            yield text(html_decoration.unparse(message[words], found))
    if rows := message.get("reply_markup", {}).get("inline_keyboard"):
        yield Part("buttons", rows=[[Key(key["text"], key.get("style", "")) for key in row] for row in rows])
