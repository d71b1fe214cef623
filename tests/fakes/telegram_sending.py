"""Messages that a bot sends on the fake server: of text, with a picture, or with a file; for all, or for one person."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

from PIL import Image

from tests.fakes import telegram_rules as rules
from tests.fakes.telegram_places import act_in, find_chat, place_of
from tests.fakes.telegram_rules import Upload, bad

if TYPE_CHECKING:
    from tests.fakes.telegram_server import State

PHOTO_BYTES = 10 * 2**20
PHOTO_SIDES = 10_000
PHOTO_RATIO = 20


def send_photo(state: State, values: dict[str, Any]) -> Any:
    return post(state, values, {**_photo(state, values["photo"]), **_caption(values)})


def send_document(state: State, values: dict[str, Any]) -> Any:
    return post(state, values, {**_document(state, values["document"]), **_caption(values)})


def content_of(state: State, media: dict[str, Any]) -> dict[str, Any]:
    """What a message shows in whose place this medium was put."""
    made = {"photo": _photo, "document": _document}[media["type"]](state, media["media"])
    return {**made, **_caption(media)}


def _photo(state: State, upload: Upload) -> dict[str, Any]:
    width, height = _measured(upload)
    size = {"file_id": _stored(state, upload), "file_unique_id": "u", "width": width, "height": height}
    return {"photo": [size | {"file_size": len(upload.data)}]}


def _document(state: State, upload: Upload) -> dict[str, Any]:
    document = {"file_id": _stored(state, upload), "file_unique_id": "u", "file_name": upload.name}
    return {"document": document | {"file_size": len(upload.data)}}


def post(state: State, values: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    """Put a message of the bot's where the request says."""
    rules.check_markup(values.get("reply_markup"))
    where = act_in(state, values)
    message = {"message_id": 0, "from": state.me, "date": int(time.time()), **where, **content}
    if values.get("reply_markup"):
        message["reply_markup"] = values["reply_markup"]
    if reply := values.get("reply_parameters"):
        _quote(state, values, reply, message)
    if private := values.get("ephemeral_message_parameters"):
        return _show_to(state, private, message)
    message["message_id"] = next(state.numbers)
    if connection := values.get("business_connection_id"):
        message |= {"from": state.connections[connection]["user"], "sender_business_bot": state.me}
        state.reports.append(("business_message", dict(message)))
    state.messages[place_of(values), message["message_id"]] = message
    return message


def _quote(state: State, values: dict[str, Any], reply: dict[str, Any], message: dict[str, Any]) -> None:
    target = state.messages.get((place_of(values), reply["message_id"]))
    if target is not None:
        message["reply_to_message"] = {k: v for k, v in target.items() if k != "reply_to_message"}
    elif not reply.get("allow_sending_without_reply") or message.get("is_topic_message"):
        raise bad("message to be replied not found")


def _show_to(state: State, private: dict[str, Any], message: dict[str, Any]) -> dict[str, Any]:
    """A message that only one person in a group sees: an administrator may send it at any time, others only in answer
    to a press that was just made."""
    chat = find_chat(state, message["chat"]["id"])
    if not state.knows_ephemeral:
        message["message_id"] = next(state.numbers)
        state.messages[chat["id"], message["message_id"]] = message
        return message
    if chat["type"] not in ("group", "supergroup"):
        raise bad("ephemeral messages can be sent only to groups")
    if chat["id"] not in state.administered and private.get("callback_query_id") not in state.fresh:
        raise bad("EPHEMERAL_MESSAGE_NOT_ALLOWED")
    number = next(state.numbers)
    receiver = {"id": private["receiver_user_id"], "is_bot": False, "first_name": "Somebody"}
    state.ephemeral[number] = message | {"ephemeral_message_id": number, "receiver_user": receiver}
    return state.ephemeral[number]


def _caption(values: dict[str, Any]) -> dict[str, Any]:
    caption, entities = values.get("caption", ""), values.get("caption_entities", [])
    rules.check_caption(caption, entities)
    given = {"caption": caption.strip(), "caption_entities": entities}
    return {name: value for name, value in given.items() if value}


def _stored(state: State, upload: Upload) -> str:
    file_id = f"file{next(state.numbers)}"
    state.files[file_id] = upload.data
    return file_id


def _measured(upload: Upload) -> tuple[int, int]:
    if len(upload.data) > PHOTO_BYTES:
        raise bad("file is too big")
    try:
        with Image.open(io.BytesIO(upload.data)) as picture:
            picture.load()
            width, height = picture.size
    except OSError:
        raise bad("IMAGE_PROCESS_FAILED") from None
    if width + height > PHOTO_SIDES or max(width, height) > PHOTO_RATIO * min(width, height):
        raise bad("PHOTO_INVALID_DIMENSIONS")
    return width, height
