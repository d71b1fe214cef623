"""What people see when they press a button: the waiting sign ends, with a note where there is one; keyboards change."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from aiogram import Bot
from aiogram.enums import ChatType
from aiogram.exceptions import AiogramError
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from adapters.telegram.keyboard import Press, asking, rated, read, unasked
from adapters.telegram.sentences import SURE, TOO_OLD, WHAT_WAS_WRONG, YES
from bot.messages import Language
from bot.texts import THANKS_FOR_RATING, choose_language

log = structlog.get_logger(__name__)

_NOTE_LIMIT = 200
_Change = Callable[[InlineKeyboardMarkup], InlineKeyboardMarkup]


async def acknowledge(bot: Bot, callback: CallbackQuery) -> None:
    """Show that a press has come, and what comes next. Nothing depends on it: what was pressed is in the inbox."""
    language = choose_language("", callback.from_user.language_code or "")
    press = read(callback.data or "")
    message = callback.message if isinstance(callback.message, Message) else None
    note, change = _answer(callback, press, message, language) if press is not None else ("", None)
    try:
        await bot.answer_callback_query(callback.id, text=note[:_NOTE_LIMIT] or None)
        if change is not None and message is not None and message.reply_markup is not None:
            await _show(bot, callback, message, change(message.reply_markup))
    except AiogramError as error:
        # Too late, or it looks like that already.
        log.debug("press_not_shown", error=type(error).__name__)


def _answer(
    callback: CallbackQuery, press: Press, message: Message | None, language: Language
) -> tuple[str, _Change | None]:
    """The note for a press, and what becomes of the keyboard."""
    if press.cancels:
        return "", unasked
    if press.asks:
        if message is None or message.reply_markup is None:
            return TOO_OLD.say(language, command=f"/{press.command} {press.text}".strip()), None
        data = callback.data or ""
        keys = [key for row in message.reply_markup.inline_keyboard for key in row if key.callback_data == data]
        label = YES.say(language, label=keys[0].text) if keys else ""
        return SURE.say(language, label=label), lambda markup: asking(markup, data, language)
    if not press.rating:
        return "", None
    thanks = THANKS_FOR_RATING.say(language)
    if callback.message is None or callback.message.chat.type != ChatType.PRIVATE:
        return thanks, None  # others see the same keyboard
    asked = press.rating < 0 and not press.reason
    return WHAT_WAS_WRONG.say(language) if asked else thanks, lambda markup: rated(markup, press, language)


async def _show(bot: Bot, callback: CallbackQuery, message: Message, markup: InlineKeyboardMarkup) -> None:
    if message.ephemeral_message_id is not None:
        await bot.edit_ephemeral_message_reply_markup(
            message.chat.id, callback.from_user.id, message.ephemeral_message_id, reply_markup=markup
        )
    else:
        await bot.edit_message_reply_markup(
            chat_id=message.chat.id,
            message_id=message.message_id,
            business_connection_id=message.business_connection_id,
            reply_markup=markup,
        )
