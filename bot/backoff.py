"""Growing pauses between attempts, the same wherever something is tried again: the store, the outbox, connections."""

from __future__ import annotations

import asyncio
import contextlib
import random


class Backoff:
    """Pauses, in seconds, that double from `first` to `longest`, each drawn at random from around its length, so that
    what failed together does not come again together."""

    def __init__(self, first: float, longest: float) -> None:
        self._first = first
        self._longest = longest
        self.reset()

    def reset(self) -> None:
        """Begin with short pauses again."""
        self._next = self._first

    def next(self) -> float:
        """The pause before the next attempt."""
        pause = self._next * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load
        self._next = min(2 * self._next, self._longest)
        return pause


async def rest(seconds: float, until: asyncio.Event) -> None:
    """Wait for `seconds`, or until the event is set."""
    # Not wait_for, which loses a cancellation that comes as the event is set.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await until.wait()
