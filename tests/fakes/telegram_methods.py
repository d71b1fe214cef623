"""The methods of the Bot API that the bot uses, on the server's state."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.fakes import telegram_rules as rules
from tests.fakes.telegram_rules import RefusedError, bad

if TYPE_CHECKING:
    from tests.fakes.telegram_server import State

Values = dict[str, Any]

FILE_LIMIT = 20 * 2**20
_ACTIONS = {"typing", "upload_photo", "upload_document"}
_UPDATES = {"message", "edited_message", "callback_query", "stopped_message_generation"}


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
    chat = _chat(state, values)
    entities = values.get("entities", [])
    rules.check_text(values["text"], entities)
    rules.check_markup(values.get("reply_markup"))
    message = {
        "message_id": next(state.numbers),
        "from": state.me,
        "chat": chat,
        "date": int(time.time()),
        "text": values["text"].strip(),
    }
    _thread(state, values, message)
    for name in ("entities", "reply_markup"):
        if values.get(name):
            message[name] = values[name]
    if reply := values.get("reply_parameters"):
        target = state.messages.get((chat["id"], reply["message_id"]))
        if target is not None:
            message["reply_to_message"] = {k: v for k, v in target.items() if k != "reply_to_message"}
        elif not reply.get("allow_sending_without_reply") or message.get("is_topic_message"):
            raise bad("message to be replied not found")
    state.messages[chat["id"], message["message_id"]] = message
    return message


def send_message_draft(state: State, values: Values) -> bool:
    chat = _chat(state, values)
    if chat["type"] != "private":
        raise bad("message drafts can be sent only to private chats")
    if not values["draft_id"]:
        raise bad("draft_id must be non-zero")
    rules.check_text(values.get("text", ""), [], empty=True)
    _thread(state, values, {})
    state.drafts[chat["id"]].append({"id": values["draft_id"], "text": values.get("text", ""), **values})
    return True


def edit_message_text(state: State, values: Values) -> Any:
    message = _own(state, values)
    entities = values.get("entities", [])
    rules.check_text(values["text"], entities)
    rules.check_markup(values.get("reply_markup"))
    before = (message["text"], message.get("entities", []), message.get("reply_markup"))
    if before == (values["text"].strip(), entities, values.get("reply_markup")):
        raise bad(
            "message is not modified: specified new message content and reply markup are exactly the same as a "
            "current content and reply markup of the message"
        )
    _change(message, text=values["text"].strip(), entities=entities, reply_markup=values.get("reply_markup"))
    return message


def edit_message_reply_markup(state: State, values: Values) -> Any:
    message = _own(state, values)
    rules.check_markup(values.get("reply_markup"))
    if message.get("reply_markup") == values.get("reply_markup"):
        raise bad("message is not modified")
    _change(message, reply_markup=values.get("reply_markup"))
    return message


def delete_message(state: State, values: Values) -> bool:
    message = _own(state, values, missing="message to delete not found")
    del state.messages[message["chat"]["id"], message["message_id"]]
    return True


def send_chat_action(state: State, values: Values) -> bool:
    _chat(state, values)
    _thread(state, values, {})
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
    scope = values.get("scope", {"type": "default"})
    if scope["type"] == "chat":
        _chat(state, scope)
    language = values.get("language_code", "")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad("wrong language code")
    names = [command["command"] for command in values["commands"]]
    state.menus[scope["type"], int(scope.get("chat_id", 0)), language] = names
    return True


def answer_callback_query(state: State, values: Values) -> bool:
    if state.callbacks.get(values["callback_query_id"]) is not False:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    if len(values.get("text", "")) > 200:
        raise bad("MESSAGE_TOO_LONG")
    state.callbacks[values["callback_query_id"]] = True
    return True


def _chat(state: State, values: Values) -> Any:
    chat_id = int(values["chat_id"])
    if chat_id in state.migrated:
        description = "Bad Request: group chat was upgraded to a supergroup chat"
        raise RefusedError(400, description, migrate_to_chat_id=state.migrated[chat_id])
    if chat_id in state.blocked:
        raise RefusedError(403, "Forbidden: bot was blocked by the user")
    if chat_id not in state.chats:
        raise bad("chat not found")
    return state.chats[chat_id]


def _thread(state: State, values: Values, message: dict[str, Any]) -> None:
    thread = values.get("message_thread_id")
    if thread is None:
        return
    if thread not in state.topics.get(int(values["chat_id"]), ()):
        raise bad("message thread not found")
    message |= {"message_thread_id": thread, "is_topic_message": True}


def _own(state: State, values: Values, missing: str = "message to edit not found") -> dict[str, Any]:
    chat = _chat(state, values)
    message = state.messages.get((chat["id"], values["message_id"]))
    if message is None:
        raise bad(missing)
    if message["from"]["id"] != state.me["id"]:
        raise bad("message can't be edited")
    return message


def _change(message: dict[str, Any], **changes: Any) -> None:
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
    "sendMessageDraft": send_message_draft,
    "editMessageText": edit_message_text,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "sendChatAction": send_chat_action,
    "getFile": get_file,
    "setMyCommands": set_my_commands,
    "answerCallbackQuery": answer_callback_query,
}
