"""Chats of Telegram's as the core's keys; those of a business account have the connection in their account. Pure."""

from __future__ import annotations

from bot.messages import ChatKey

PLATFORM = "telegram"


def chat_key(bot_id: int, chat_id: int, thread: str = "", connection: str = "") -> ChatKey:
    """The key of a chat of the bot's, or, with a `connection`, of a business account's with a customer."""
    account = f"{bot_id}@{connection}" if connection else str(bot_id)
    return ChatKey(PLATFORM, account, str(chat_id), thread)


def is_group(chat: ChatKey) -> bool:
    """Whether it is a group's: Telegram's numbers of those are negative."""
    return chat.chat.startswith("-")


def connection_of(chat: ChatKey) -> str:
    """The business connection that a chat belongs to; "" for the bot's own chats."""
    return chat.account.partition("@")[2]
