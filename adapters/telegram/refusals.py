"""What a call that failed means for the message, and why, in words for the people who are told."""

from __future__ import annotations

import re

from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramEntityTooLarge,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)

from adapters.telegram.session import never_left
from bot.errors import AmbiguousDeliveryError, DeliveryError, RetryLaterError, ThreadGoneError, UndeliverableError

_QUOTED = re.compile(r"([\"'`<]).*[\"'`>]", re.DOTALL)
_REFUSED_TOKEN_SECONDS = 60.0

SLOT_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")
NOT_THERE = ("message to delete not found", "message to be deleted not found", "message_id_invalid")
NOT_MODIFIED = ("message is not modified",)
OTHER_KIND = ("there is no text in the message to edit", "there is no caption in the message to edit")
NO_PHOTO = ("photo_", "image_process")
_TOPIC_GONE = ("message thread not found", "topic_deleted", "topic_id_invalid")

_REASONS = (
    ("blocked by the user", "the customer has blocked the bot"),
    ("user is deactivated", "the customer's Telegram account was deleted"),
    ("bot was kicked", "the bot was removed from the Telegram group"),
    ("bot is not a member", "the bot is not in the Telegram group"),
    ("topic_closed", "the topic is closed: reopen it, or make the bot an administrator who may manage topics"),
    ("not a forum", "the Telegram group has no topics: switch them on in its settings"),
    ("chat_not_forum", "the Telegram group has no topics: switch them on in its settings"),
    ("create a topic", "the bot may not make topics: make it an administrator of the group who may manage topics"),
    ("not enough rights", "the bot lacks a right in the Telegram group: make it an administrator"),
    ("have no rights", "the bot may not write in the Telegram group"),
    ("chat_write_forbidden", "the bot may not write in the Telegram group"),
    ("can't be deleted", "Telegram lets a bot take its messages away for 48 hours only"),
    ("business_peer_usage_missing", "the customer has written nothing for 24 hours; until they do, only the owner can"),
    ("business_connection", "the business account is not connected to the bot any more"),
    ("business connection", "the business account is not connected to the bot any more"),
)


def says(error: TelegramAPIError, words: tuple[str, ...]) -> bool:
    """Whether Telegram objects to one of these things."""
    reason = error.message.lower()
    return any(word in reason for word in words)


def said(error: TelegramAPIError) -> str:
    """What Telegram objects to, without what it quotes of the message."""
    return _QUOTED.sub("…", error.message)[:200]


def meaning(error: AiogramError, *, repeatable: bool, thread: str = "") -> DeliveryError:
    """What a failed call means for the message. A `repeatable` one may go out again without harm; `thread` is the topic
    it was for.

    Messages are of our own words: aiogram's quote the platform's answer, which may hold customers' text.
    """
    name = type(error).__name__
    match error:
        case TelegramRetryAfter():
            return RetryLaterError("too many messages", seconds=error.retry_after)
        case TelegramEntityTooLarge():
            return UndeliverableError("Telegram finds the message too large")
        case ClientDecodeError() if repeatable:
            return RetryLaterError("Telegram answers what cannot be read")
        case TelegramNetworkError() if repeatable or never_left(error):
            return RetryLaterError(f"cannot reach Telegram: {name}")
        case TelegramServerError():
            return RetryLaterError("Telegram has an error of its own")
        case TelegramUnauthorizedError() | TelegramNotFound():
            return RetryLaterError("Telegram refuses the token", seconds=_REFUSED_TOKEN_SECONDS)
        case TelegramNetworkError() | ClientDecodeError():
            return AmbiguousDeliveryError(f"the connection to Telegram broke: {name}")
        case TelegramAPIError() if thread and says(error, _TOPIC_GONE):
            return ThreadGoneError("the topic was deleted")
        case TelegramAPIError():
            return UndeliverableError(_why(error))
        case _:
            return AmbiguousDeliveryError(name)


def _why(error: TelegramAPIError) -> str:
    reason = next((reason for word, reason in _REASONS if says(error, (word,))), "")
    return reason or f"Telegram refuses the message: {said(error)}"
