"""Final messages: sent or put in place of a preview, and every failure told apart by what it means."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)

from adapters.telegram.render import Payload, plain
from adapters.telegram.session import never_left
from adapters.telegram.translate import rating_data
from bot.errors import AmbiguousDeliveryError, DeliveryError, RetryLaterError, SlotGoneError, UndeliverableError
from bot.messages import Outgoing

T = TypeVar("T")
_QUOTED = re.compile(r"([\"'`<]).*[\"'`>]", re.DOTALL)
log = structlog.get_logger(__name__)

NO_LINK_PREVIEW = LinkPreviewOptions(is_disabled=True)

_REFUSED_TOKEN_SECONDS = 60.0
_SLOT_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")


class MessageSender:
    """Sends the outbox's messages through one bot."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(self, item: Outgoing) -> str:
        """Send one message, or replace the content of its slot; returns its id. Raises a DeliveryError."""
        payload = Payload.parse(item.payload)
        chat = int(item.chat.chat)
        try:
            return await (self._edit if item.slot else self._post)(chat, item, payload)
        except AiogramError as error:
            raise _meaning(error, repeatable=bool(item.slot)) from None

    async def tell(self, user: int, text: str) -> None:
        """Send plain text to a person, who must have started the bot once. Raises a DeliveryError."""
        try:
            await self._bot.send_message(user, text, parse_mode=None, link_preview_options=NO_LINK_PREVIEW)
        except AiogramError as error:
            raise _meaning(error, repeatable=False) from None

    async def _post(self, chat: int, item: Outgoing, payload: Payload) -> str:
        async def call(text: str, entities: list[MessageEntity] | None, chat: int = chat) -> str:
            async def post(reply: ReplyParameters | None) -> str:
                message = await self._bot.send_message(
                    chat,
                    text,
                    entities=entities,
                    parse_mode=None,
                    message_thread_id=int(item.chat.thread) if item.chat.thread else None,
                    reply_parameters=reply,
                    reply_markup=thumbs(item.chat.thread) if payload.rateable else None,
                    link_preview_options=NO_LINK_PREVIEW,
                )
                return str(message.message_id)

            return await quoting(payload.reply_to, post)

        try:
            return await _formatted(call, payload)
        except TelegramMigrateToChat as error:
            # The group became a supergroup, under another id and with message ids of its own.
            moved_to = error.migrate_to_chat_id
            return await _formatted(lambda text, entities: call(text, entities, moved_to), payload)

    async def _edit(self, chat: int, item: Outgoing, payload: Payload) -> str:
        """Put the content in place of the slot's. Raises SlotGoneError."""

        async def call(text: str, entities: list[MessageEntity] | None) -> None:
            await self._bot.edit_message_text(
                text,
                chat_id=chat,
                message_id=int(item.slot),
                entities=entities,
                parse_mode=None,
                reply_markup=thumbs(item.chat.thread) if payload.rateable else None,
                link_preview_options=NO_LINK_PREVIEW,
            )

        try:
            await _formatted(call, payload)
        except TelegramMigrateToChat:
            raise SlotGoneError("the group became a supergroup") from None
        except TelegramBadRequest as error:
            reason = error.message.lower()
            if any(words in reason for words in _SLOT_GONE):
                raise SlotGoneError("the preview is gone") from None
            if "message is not modified" not in reason:
                raise
        return item.slot


def thumbs(thread: str, chosen: int = 0) -> InlineKeyboardMarkup:
    """The buttons under an answer; the `chosen` one (1, -1) is marked."""
    buttons = [
        InlineKeyboardButton(
            text=f"{face} ✓" if rating == chosen else face,
            callback_data=rating_data(rating, thread),
        )
        for face, rating in (("👍", 1), ("👎", -1))
    ]
    return InlineKeyboardMarkup(inline_keyboard=[buttons])


async def quoting(message_id: str, post: Callable[[ReplyParameters | None], Awaitable[T]]) -> T:
    """Post something that quotes a message, if there is one ("" for none) and it is still there."""
    if not message_id:
        return await post(None)
    try:
        return await post(ReplyParameters(message_id=int(message_id), allow_sending_without_reply=True))
    except TelegramBadRequest as error:
        # In topics, Telegram does not heed the permission to leave the quote out.
        if "repl" not in error.message.lower():
            raise
        return await post(None)


async def _formatted(call: Callable[[str, list[MessageEntity] | None], Awaitable[T]], payload: Payload) -> T:
    """Make a call with the text and its entities; should Telegram refuse these, once more as plain text."""
    if not payload.entities:
        return await call(payload.text, None)
    try:
        return await call(payload.text, [MessageEntity(**entity) for entity in payload.entities])
    except TelegramBadRequest as error:
        if "entit" not in error.message.lower():
            raise
        log.warning("entities_refused", entities=len(payload.entities))
        # Nothing is marked as code any more, in which Telegram sees no links.
        return await call(plain(payload), None)


def said(error: TelegramAPIError) -> str:
    """What Telegram objects to, without what it quotes of the message."""
    return _QUOTED.sub("…", error.message)[:200]


def _meaning(error: AiogramError, *, repeatable: bool) -> DeliveryError:
    """What a failed call means for the message. A `repeatable` one may go out again without harm.

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
        case TelegramAPIError():
            return UndeliverableError(f"Telegram refuses the message: {said(error)}")
        case _:
            return AmbiguousDeliveryError(name)
