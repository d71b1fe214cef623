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
from bot import reasons
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
    ("blocked by the user", reasons.BLOCKED),
    ("user is deactivated", reasons.ACCOUNT_DELETED),
    ("bot was kicked", reasons.BOT_REMOVED),
    ("bot is not a member", reasons.NOT_IN_GROUP),
    ("topic_closed", reasons.TOPIC_CLOSED),
    ("not a forum", reasons.NO_TOPICS),
    ("chat_not_forum", reasons.NO_TOPICS),
    ("create a topic", reasons.MAY_NOT_MAKE_TOPICS),
    ("not enough rights", reasons.LACKS_A_RIGHT),
    ("have no rights", reasons.MAY_NOT_WRITE),
    ("chat_write_forbidden", reasons.MAY_NOT_WRITE),
    ("can't be deleted", reasons.TOO_OLD_TO_DELETE),
    ("business_peer_usage_missing", reasons.OUT_OF_TIME),
    ("business_connection", reasons.NOT_CONNECTED),
    ("business connection", reasons.NOT_CONNECTED),
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
            return UndeliverableError(reasons.TOO_LARGE.en)
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
            return ThreadGoneError(reasons.TOPIC_GONE.en)
        case TelegramAPIError():
            return UndeliverableError(_why(error))
        case _:
            return AmbiguousDeliveryError(name)


def _why(error: TelegramAPIError) -> str:
    reason = next((reason for word, reason in _REASONS if says(error, (word,))), None)
    return reason.en if reason else reasons.TELEGRAM_REFUSES.say("en", detail=said(error))
