"""Where a bot may act on the fake server: its chats, their topics, and business accounts' chats."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tests.fakes.telegram_rules import RefusedError, bad

if TYPE_CHECKING:
    from tests.fakes.telegram_server import State

DAY = 86_400
Place = int | str
"""A chat's id; or a business connection's and, after a slash, the customer's."""


def business_place(connection: str, customer: int) -> str:
    return f"{connection}/{customer}"


def place_of(values: dict[str, Any]) -> Place:
    """The place that a request, or a message, is about."""
    chat = values["chat_id"] if "chat_id" in values else values["chat"]["id"]
    connection = values.get("business_connection_id")
    return business_place(connection, chat) if connection else int(chat)


def last_edit_by(message: dict[str, Any]) -> int:
    """Whose message it is, as far as a bot is concerned."""
    return int(message.get("sender_business_bot", message["from"])["id"])


def find_chat(state: State, chat_id: int) -> Any:
    """A chat of the bot's own."""
    chat_id = int(chat_id)
    if chat_id in state.migrated:
        description = "Bad Request: group chat was upgraded to a supergroup chat"
        raise RefusedError(400, description, migrate_to_chat_id=state.migrated[chat_id])
    if chat_id in state.blocked:
        raise RefusedError(403, "Forbidden: bot was blocked by the user")
    if chat_id in state.left:
        raise RefusedError(403, "Forbidden: bot was kicked from the supergroup chat")
    if chat_id not in state.chats:
        raise bad("chat not found")
    return state.chats[chat_id]


def act_in(state: State, values: dict[str, Any]) -> dict[str, Any]:
    """What a message has to say of its place, if a bot may act there now."""
    if connection := values.get("business_connection_id"):
        return _act_for(state, connection, values["chat_id"])
    chat = find_chat(state, values["chat_id"])
    thread = values.get("message_thread_id")
    if thread is None:
        return {"chat": chat}
    if thread not in state.topics.get(chat["id"], ()):
        raise bad("message thread not found")
    if (chat["id"], thread) in state.closed and chat["id"] not in state.administered:
        raise bad("TOPIC_CLOSED")
    return {"chat": chat, "message_thread_id": thread, "is_topic_message": True}


def _act_for(state: State, connection_id: str, customer: int) -> dict[str, Any]:
    connection = state.connections.get(connection_id)
    if connection is None:
        raise bad("business connection not found")
    if not connection["is_enabled"] or not connection["rights"].get("can_reply"):
        raise bad("BUSINESS_CONNECTION_NOT_ALLOWED")
    place = business_place(connection_id, customer)
    if place not in state.heard:
        raise bad("BUSINESS_PEER_INVALID")
    if state.heard[place] < time.time() - DAY:
        raise bad("BUSINESS_PEER_USAGE_MISSING")
    chat = {"id": customer, "type": "private", "first_name": "Ada"}
    return {"chat": chat, "business_connection_id": connection_id}
