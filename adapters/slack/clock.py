"""Slack's clock, as told by its answers, and how far this machine's is from it.

Slack signs what it sends over HTTP with a time, and what is more than five minutes away from now is refused: it might
be an attacker's repetition. So a machine whose clock is wrong refuses everything, and somebody has to be told.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

SIGNED_SECONDS = 300.0
"""How far a signature's time may be from this machine's."""


class SlackClock:
    """`wall` gives this machine's Unix seconds, `timer` seconds that only grow."""

    def __init__(self, *, wall: Callable[[], float] = time.time, timer: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._timer = timer
        self._ahead: float | None = None

    def heard(self, date: str) -> None:
        """An answer came just now, with this HTTP date."""
        try:
            self._ahead = parsedate_to_datetime(date).timestamp() - self._timer()
        except ValueError:
            return

    def here(self) -> float:
        """Unix seconds by this machine's clock."""
        return self._wall()

    def now(self) -> float:
        """Slack's Unix seconds; this machine's until an answer has come."""
        return self._wall() if self._ahead is None else self._timer() + self._ahead

    @property
    def off(self) -> float:
        """Seconds that this machine's clock is ahead of Slack's, negative if it is behind."""
        return self._wall() - self.now()

    @property
    def wrong(self) -> bool:
        """Whether what Slack signs now would be refused."""
        return abs(self.off) > SIGNED_SECONDS

    def problem(self) -> str:
        """What people have to know, "" for nothing."""
        if not self.wrong:
            return ""
        minutes = round(abs(self.off) / 60)
        return (
            f"this machine's clock is {minutes} minutes {'ahead of' if self.off > 0 else 'behind'} Slack's, and "
            "whatever Slack sends is refused for that: set the clock (time synchronisation)"
        )
