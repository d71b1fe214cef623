"""The methods of the Bot API that the bot uses, on the server's state."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.fakes import telegram_rules as rules
from tests.fakes.telegram_places import DAY, act_in, find_chat, last_edit_by, place_of
from tests.fakes.telegram_rules import bad
from tests.fakes.telegram_sending import content_of, post, send_document, send_photo

if TYPE_CHECKING:
    from tests.fakes.telegram_server import State

Values = dict[str, Any]

FILE_LIMIT = 20 * 2**20
_ACTIONS = {"typing", "upload_photo", "upload_document"}
_UPDATES = {
    "message",
    "edited_message",
    "callback_query",
    "stopped_message_generation",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
}


def get_me(state: State, values: Values) -> Any:
    return state.me


def set_webhook(state: State, values: Values) -> bool:
    from tests.fakes.telegram_server import Webhook

    if not values["url"].startswith("https://"):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", values["secret_token"]):
        raise bad("secret token contains unallowed characters")
    if not set(values["allowed_updates"]) <= _UPDATES:
        raise bad("unexpected update type")
    state.webhook = Webhook(values["url"], values["secret_token"], values["allowed_updates"])
    return True


def delete_webhook(state: State, values: Values) -> bool:
    state.webhook = None
    return True


def get_webhook_info(state: State, values: Values) -> Any:
    url = state.webhook.url if state.webhook else ""
    return {"url": url, "has_custom_certificate": False, "pending_update_count": 0}


def send_message(state: State, values: Values) -> Any:
    entities = values.get("entities", [])
    rules.check_text(values["text"], entities)
    return post(state, values, {"text": values["text"].strip(), **({"entities": entities} if entities else {})})


def send_message_draft(state: State, values: Values) -> bool:
    chat = find_chat(state, values["chat_id"])
    if chat["type"] != "private":
        raise bad("message drafts can be sent only to private chats")
    if not values["draft_id"]:
        raise bad("draft_id must be non-zero")
    rules.check_text(values.get("text", ""), [], empty=True)
    act_in(state, values)
    state.drafts[chat["id"]].append({"id": values["draft_id"], "text": values.get("text", ""), **values})
    return True


def edit_message_text(state: State, values: Values) -> Any:
    message = _own(state, values)
    entities = values.get("entities", [])
    rules.check_text(values["text"], entities)
    if "text" not in message:
        raise bad("there is no text in the message to edit")
    _edit(message, text=values["text"].strip(), entities=entities, reply_markup=values.get("reply_markup"))
    return message


def edit_message_caption(state: State, values: Values) -> Any:
    message = _own(state, values)
    caption, entities = values.get("caption", ""), values.get("caption_entities", [])
    rules.check_caption(caption, entities)
    if "text" in message:
        raise bad("there is no caption in the message to edit")
    _edit(message, caption=caption.strip(), caption_entities=entities, reply_markup=values.get("reply_markup"))
    return message


def edit_message_media(state: State, values: Values) -> Any:
    message = _own(state, values)
    nothing = dict.fromkeys(("text", "entities", "photo", "document", "caption", "caption_entities"))
    _edit(message, **nothing | content_of(state, values["media"]) | {"reply_markup": values.get("reply_markup")})
    return message


def edit_message_reply_markup(state: State, values: Values) -> Any:
    message = _own(state, values)
    _edit(message, reply_markup=values.get("reply_markup"))
    return message


def edit_ephemeral_message_reply_markup(state: State, values: Values) -> bool:
    message = state.ephemeral.get(values["ephemeral_message_id"])
    if message is None or message["receiver_user"]["id"] != values["receiver_user_id"]:
        raise bad("message to edit not found")
    _edit(message, reply_markup=values.get("reply_markup"))
    return True


def delete_message(state: State, values: Values) -> bool:
    chat = find_chat(state, values["chat_id"])
    message = state.messages.get((chat["id"], values["message_id"]))
    if message is None:
        raise bad("message to delete not found")
    if message["date"] < time.time() - 2 * DAY or "forum_topic_created" in message:
        raise bad("message can't be deleted")
    if message["from"]["id"] != state.me["id"] and chat["type"] != "private" and chat["id"] not in state.administered:
        raise bad("message can't be deleted")
    del state.messages[chat["id"], values["message_id"]]
    return True


def delete_business_messages(state: State, values: Values) -> bool:
    connection = state.connections.get(values["business_connection_id"])
    if connection is None:
        raise bad("business connection not found")
    if not connection["rights"].get("can_delete_sent_messages"):
        raise bad("BUSINESS_CONNECTION_NOT_ALLOWED")
    found = [
        (place, number)
        for place, number in state.messages
        if str(place).startswith(f"{connection['id']}/") and number in values["message_ids"]
    ]
    if not found:
        raise bad("message to delete not found")
    for key in found:
        del state.messages[key]
    return True


def create_forum_topic(state: State, values: Values) -> Any:
    chat = find_chat(state, values["chat_id"])
    if not chat.get("is_forum"):
        raise bad("the chat is not a forum")
    if chat["id"] not in state.administered:
        raise bad("not enough rights to create a topic")
    name = values["name"]
    if not 1 <= len(name) <= 128:
        raise bad("TOPIC_TITLE_EMPTY")
    topic = {"name": name, "icon_color": 7322096}
    thread = next(state.numbers)
    state.topics.setdefault(chat["id"], {})[thread] = name
    notice = {"message_id": thread, "from": state.me, "chat": chat, "date": int(time.time())}
    notice |= {"message_thread_id": thread, "is_topic_message": True, "forum_topic_created": topic}
    state.messages[chat["id"], thread] = notice
    return {"message_thread_id": thread, **topic}


def get_business_connection(state: State, values: Values) -> Any:
    if values["business_connection_id"] not in state.connections:
        raise bad("business connection not found")
    return state.connections[values["business_connection_id"]]


def send_chat_action(state: State, values: Values) -> bool:
    act_in(state, values)
    if values["action"] not in _ACTIONS:
        raise bad("wrong parameter action in request")
    return True


def get_file(state: State, values: Values) -> Any:
    file_id = values["file_id"]
    if file_id not in state.files:
        raise bad("invalid file_id")
    size = len(state.files[file_id])
    if size > FILE_LIMIT:
        raise bad("file is too big")
    unique = hashlib.sha256(file_id.encode()).hexdigest()[:16]
    file = {"file_id": file_id, "file_unique_id": unique, "file_size": size, "file_path": f"files/{file_id}"}
    if file_id in state.files_without_path:
        del file["file_path"], file["file_size"]
    return file


def set_my_commands(state: State, values: Values) -> bool:
    rules.check_commands(values["commands"])
    state.menus[_menu(state, values)] = [command["command"] for command in values["commands"]]
    return True


def delete_my_commands(state: State, values: Values) -> bool:
    state.menus.pop(_menu(state, values), None)
    return True


def answer_callback_query(state: State, values: Values) -> bool:
    if state.callbacks.get(values["callback_query_id"]) is not False:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    if len(values.get("text", "")) > 200:
        raise bad("MESSAGE_TOO_LONG")
    state.callbacks[values["callback_query_id"]] = True
    return True


def _menu(state: State, values: Values) -> tuple[str, int, str]:
    scope = values.get("scope", {"type": "default"})
    if scope["type"] == "chat":
        find_chat(state, scope["chat_id"])
    language = values.get("language_code", "")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad("wrong language code")
    return scope["type"], int(scope.get("chat_id", 0)), language


def _own(state: State, values: Values) -> dict[str, Any]:
    act_in(state, values)
    message = state.messages.get((place_of(values), values["message_id"]))
    if message is None:
        raise bad("message to edit not found")
    if last_edit_by(message) != state.me["id"] or "forum_topic_created" in message:
        raise bad("message can't be edited")
    return message


def _edit(message: dict[str, Any], **changes: Any) -> None:
    rules.check_markup(changes.get("reply_markup"))
    if all((message.get(name) or None) == (value or None) for name, value in changes.items()):
        raise bad(
            "message is not modified: specified new message content and reply markup are exactly the same as a "
            "current content and reply markup of the message"
        )
    for name, value in changes.items():
        if value:
            message[name] = value
        else:
            message.pop(name, None)


METHODS: dict[str, Callable[[State, Values], Any]] = {
    "getMe": get_me,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendMessageDraft": send_message_draft,
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageMedia": edit_message_media,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "editEphemeralMessageReplyMarkup": edit_ephemeral_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteBusinessMessages": delete_business_messages,
    "createForumTopic": create_forum_topic,
    "getBusinessConnection": get_business_connection,
    "sendChatAction": send_chat_action,
    "getFile": get_file,
    "setMyCommands": set_my_commands,
    "deleteMyCommands": delete_my_commands,
    "answerCallbackQuery": answer_callback_query,
}
