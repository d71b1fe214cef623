"""Inline keyboards: what stands on them, what pressing says, and how they change when somebody does. Pure.

Telegram keeps 64 bytes with a button and sends them along when it is pressed; nothing is remembered here. What is
meant by the place: a topic's number, "b" for a business account's chat, or "". It travels along because Telegram
leaves both out when the message is old.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import structlog
from aiogram.types import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from adapters.telegram.chats import connection_of
from adapters.telegram.payload import Key, Payload
from adapters.telegram.sentences import YES
from bot.messages import LANGUAGES, ChatKey, Language
from bot.texts import CANCEL, REASONS

log = structlog.get_logger(__name__)

COPY_LIMIT = 256
"""Longest text that a button copies, in UTF-16 code units."""
BUSINESS = "b"

_DATA_LIMIT = 64
_ROW = 24
"""So many letters side by side can still be read on a telephone."""
_KEYS = 8
_RATING = re.compile(r"rate:(-?1):(\d*|b)")
_REASON = re.compile(r"why:([a-z]+):(\d*|b)")
# What has no room for more is the bare command.
_COMMAND = re.compile(r"(?:(do|ask):(\d*|b):)?([a-z]+)(?: (.*))?", re.DOTALL)
_CANCEL = "no:"


@dataclass(frozen=True, slots=True)
class Press:
    """What a pressed button says: thumbs (`rating`, with a `reason` if it was one of those), a command with its `text`,
    to be asked for again if `asks`, or that it `cancels` such a question."""

    place: str = ""
    rating: int = 0
    reason: str = ""
    command: str = ""
    text: str = ""
    asks: bool = False
    cancels: bool = False


def read(data: str) -> Press | None:
    """What a button's data says; None if it is none of ours."""
    if data == _CANCEL:
        return Press(cancels=True)
    if rated := _RATING.fullmatch(data):
        return Press(rated[2], rating=int(rated[1]))
    if why := _REASON.fullmatch(data):
        return Press(why[2], rating=-1, reason=why[1]) if why[1] in REASONS else None
    if given := _COMMAND.fullmatch(data):
        return Press(given[2] or "", command=given[3], text=given[4] or "", asks=given[1] == "ask")
    return None


def place_of(chat: ChatKey) -> str:
    """A chat's place."""
    return BUSINESS if connection_of(chat) else chat.thread


def keyboard(payload: Payload, chat: ChatKey) -> InlineKeyboardMarkup | None:
    """The keyboard under a message, None for none."""
    place = place_of(chat)
    rows = [_thumbs(place)] if payload.rateable else []
    rows += _rows([button for key in payload.buttons if (button := _button(key, place))])
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


def rated(markup: InlineKeyboardMarkup, press: Press, language: Language) -> InlineKeyboardMarkup:
    """The keyboard of an answer once it was rated: the pressed thumb is marked, and after a thumb down there are
    reasons to choose from."""
    rows = []
    for row in markup.inline_keyboard:
        presses = [read(button.callback_data or "") for button in row]
        if any(other is not None and other.reason for other in presses):
            continue
        if any(other is not None and other.rating for other in presses):
            rows.append(_thumbs(press.place, press.rating))
            if press.rating < 0 and not press.reason:
                rows += _rows(list(_reasons(press.place, language)))
        else:
            rows.append(row)
    return InlineKeyboardMarkup(inline_keyboard=rows)


def asking(markup: InlineKeyboardMarkup, data: str, language: Language) -> InlineKeyboardMarkup:
    """The keyboard that asks whether the button with this data is really meant: it gives way to "Yes" and "Cancel"."""
    rows: list[list[InlineKeyboardButton]] = []
    for row in markup.inline_keyboard:
        meant = [button for button in row if button.callback_data == data]
        others = [button for button in row if button.callback_data != data]
        for button in meant:
            yes = YES.say(language, label=button.text)
            sure = button.model_copy(update={"text": yes, "callback_data": "do" + data.removeprefix("ask")})
            rows.append([sure, InlineKeyboardButton(text=CANCEL.say(language), callback_data=_CANCEL)])
        rows += [others] if others else []
    return InlineKeyboardMarkup(inline_keyboard=rows)


def unasked(markup: InlineKeyboardMarkup) -> InlineKeyboardMarkup:
    """The keyboard after "Cancel": what asked is the button that it was."""
    rows = []
    for row in markup.inline_keyboard:
        if row[-1].callback_data == _CANCEL:
            data = "ask" + (row[0].callback_data or "").removeprefix("do")
            rows.append([row[0].model_copy(update={"text": _label(row[0].text), "callback_data": data})])
        else:
            rows.append(row)
    return InlineKeyboardMarkup(inline_keyboard=rows)


def _label(yes: str) -> str:
    for language in LANGUAGES:
        yes = yes.removeprefix(YES.say(language, label=""))
    return yes


def _button(key: Key, place: str) -> InlineKeyboardButton | None:
    if key.copy:
        return InlineKeyboardButton(text=key.label, copy_text=CopyTextButton(text=key.copy))
    forms = [f"ask:{place}:{key.data}"] if key.sure else [f"do:{place}:{key.data}", key.data]
    data = next((form for form in forms if len(form.encode()) <= _DATA_LIMIT), None)
    if data is None:
        log.error("button_left_out", command=key.data.partition(" ")[0])
        return None
    return InlineKeyboardButton(text=key.label, callback_data=data, style=key.style or None)


def _thumbs(place: str, chosen: int = 0) -> list[InlineKeyboardButton]:
    return [
        InlineKeyboardButton(text=f"{face} ✓" if rating == chosen else face, callback_data=f"rate:{rating}:{place}")
        for face, rating in (("👍", 1), ("👎", -1))
    ]


def _reasons(place: str, language: Language) -> Iterator[InlineKeyboardButton]:
    for reason, label in REASONS.items():
        yield InlineKeyboardButton(text=label.say(language), callback_data=f"why:{reason}:{place}")


def _rows(buttons: Sequence[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    """Buttons in rows, all of which are as wide as the widest one needs."""
    if not buttons:
        return []
    widest = max(_width(button.text) for button in buttons)
    count = max(1, min(_KEYS, _ROW // max(1, widest)))
    return [list(buttons[start : start + count]) for start in range(0, len(buttons), count)]


def _width(text: Iterable[str]) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
