"""When people are there: opening hours in OpenStreetMap's notation, and what is said of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import islice

from opening_hours import OpeningHours, ParserError, State  # type: ignore[attr-defined]  # its stubs lack the error

from bot.handovertexts import AGAIN_FROM, AWAY, THERE, THERE_UNTIL, TODAY, TOMORROW, WEEKDAYS
from bot.messages import Language

_COMMENT = re.compile(r'"[^"]*"')
_HOLIDAYS = re.compile(r"\b[PS]H\b")
_STRETCHES = 100
"""So many stretches of open, closed and unknown hours are looked through for the next change."""
_AHEAD = timedelta(days=400)
"""So far ahead is looked for the next change: hours that never change would be looked through to the end of time."""
_DAYS_BY_NAME = 6
"""A day that is no further away is called by its name, one beyond by its date."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether people are there, and until when, by the clocks there; None: as far as can be seen."""

    open: bool
    until: datetime | None


class Hours:
    """Opening hours, `checked`, by the clocks of a time zone."""

    def __init__(self, expression: str, zone: tzinfo) -> None:
        self._zone = zone
        self._hours = OpeningHours(expression)

    def at(self, now: float) -> Opening:
        """How it is at a time, in Unix seconds. Hours that are only perhaps open count as closed."""
        clock = self._clock(now)
        stretches = islice(self._hours.intervals(clock, clock + _AHEAD), _STRETCHES)
        first = next(stretches, None)
        if first is None:
            return Opening(open=False, until=None)
        is_open = first[2] is State.OPEN
        change = next((begin for begin, _, state, _ in stretches if (state is State.OPEN) is not is_open), None)
        return Opening(is_open, change)

    def say(self, now: float, language: Language) -> str:
        """Whether people are there, and until when; or when they are there again."""
        opening = self.at(now)
        if opening.until is None:
            return (THERE if opening.open else AWAY).say(language)
        when = self._when(opening.until, now, language)
        return (THERE_UNTIL if opening.open else AGAIN_FROM).say(language, when=when, zone=self._zone)

    def _clock(self, now: float) -> datetime:
        """What the clocks show at a time."""
        return datetime.fromtimestamp(now, self._zone).replace(tzinfo=None)

    def _when(self, then: datetime, now: float, language: Language) -> str:
        clock = f"{then:%H:%M}"
        days = (then.date() - self._clock(now).date()).days
        if days == 0:
            return TODAY.say(language, clock=clock)
        if days == 1:
            return TOMORROW.say(language, clock=clock)
        name = WEEKDAYS[then.weekday()].say(language)
        return f"{name} {clock}" if days <= _DAYS_BY_NAME else f"{then:%Y-%m-%d} {clock}"


def checked(expression: str) -> str:
    """Opening hours that can be used. Raises ValueError with where they go wrong."""
    try:
        OpeningHours(expression)
    except ParserError as error:
        # The parser draws a picture of the place, which begins with its line and column.
        _, _, drawn = str(error).partition("--> 1:")
        column = drawn.split("\n", 1)[0]
        where = f", from character {column} on" if column.isdecimal() else ""
        raise ValueError(f"these are no opening hours in OpenStreetMap's notation{where}") from None
    # Without a country the parser takes no day for a holiday, and its calendars are not to be relied on: of China's
    # thirteen days off they have six, and none that is worked in return; of India's they have none.
    if _HOLIDAYS.search(_COMMENT.sub("", expression)):
        raise ValueError(
            "public and school holidays (PH, SH) are not known here: name the days, "
            "like Dec 25-26 off or 2027 Oct 1-7 off"
        )
    return expression
