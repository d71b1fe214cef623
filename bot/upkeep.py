"""What is done in the background, a little at a time: old data goes, and what was deleted leaves no trace in the files.

All of it follows from the clock and from what is stored, so whatever is broken off is gone on with after a restart.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bot.backoff import rest
from bot.errors import StoreError
from bot.messages import ChatKey
from bot.people import DAY
from bot.stores import ConversationStore
from bot.tasks import spawn

log = structlog.get_logger(__name__)

FIRST_SECONDS = 60.0
"""The first round begins this long after the start: what waited for the service goes first."""
ROUND_SECONDS = 3600.0
JUMP_SECONDS = 3600.0
"""A clock that differs by more than this from how long it has been is not believed."""
STEP_PAUSE = 0.05
"""A rest after each small deletion, in which others' writes go on."""
SCRUB_PAUSE = 5.0
"""Another program that reads keeps deleted words in the log; it is asked for again after this time, and then longer."""
LONGEST_PAUSE = 300.0


@dataclass(frozen=True, slots=True)
class Keeping:
    """How many days turns and pictures are kept; 0: for ever."""

    turns: int = 0
    pictures: int = 0

    def limits(self, now: float) -> tuple[float, float]:
        """From before which times turns and pictures go."""
        turns, pictures = (now - days * DAY if days else 0.0 for days in (self.turns, self.pictures))
        return turns, pictures


class Upkeep:
    """Does it. `forget` is told the chats of which something has expired, `tidy` is called once a round."""

    def __init__(
        self,
        store: ConversationStore,
        keeping: Keeping,
        *,
        forget: Callable[[ChatKey], None],
        tidy: Callable[[], Awaitable[None]],
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
        first_seconds: float = FIRST_SECONDS,
        round_seconds: float = ROUND_SECONDS,
        step_pause: float = STEP_PAUSE,
        scrub_pause: float = SCRUB_PAUSE,
    ) -> None:
        self._store = store
        self._keeping = keeping
        self._forget = forget
        self._tidy = tidy
        self._clock = clock
        self._timer = timer
        self._began = clock() - timer()
        self._believed_at = float("-inf")
        self._first_seconds = first_seconds
        self._round_seconds = round_seconds
        self._step_pause = step_pause
        self._scrub_pause = scrub_pause
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin, in the background."""
        self._tasks = [spawn(self._rounds(), "upkeep"), spawn(self._scrubs(), "scrubbing")]

    def wake(self) -> None:
        """Something was deleted: see to its traces now."""
        self._woken.set()

    async def close(self) -> None:
        """Stop where it is. Idempotent."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _rounds(self) -> None:
        await asyncio.sleep(self._first_seconds)
        while True:
            try:
                await self._expire()
                await self._tidy()
            except (StoreError, OSError) as error:
                log.warning("upkeep_put_off", reason=str(error))
            # What was settled, edited or taken back since the last round has left traces, too.
            self.wake()
            await asyncio.sleep(self._round_seconds)

    async def _expire(self) -> None:
        if not self._believe_clock():
            return
        total = 0
        turns_before, pictures_before = self._keeping.limits(self._clock())
        if not (turns_before or pictures_before):
            return
        while (step := await self._store.expire(turns_before, pictures_before)).count:
            total += step.count
            for chat in step.chats:
                self._forget(chat)
            await asyncio.sleep(self._step_pause)
        if total:
            log.info("expired", rows=total)

    def _believe_clock(self) -> bool:
        """Whether the time of day can be gone by. One that was set ahead by mistake would have everything deleted: so
        after a jump a day has to pass first, in which somebody may set it right.

        A machine that slept has jumped too; by less than a day, that does not make an earlier wait longer.
        """
        now = self._clock()
        jumped = now - self._timer() - self._began
        if abs(jumped) > JUMP_SECONDS:
            self._began += jumped
            if abs(jumped) >= DAY or now - jumped >= self._believed_at:
                self._believed_at = now + DAY
                log.warning("clock_jumped", seconds=round(jumped), waiting_seconds=DAY)
        return now >= self._believed_at

    async def _scrubs(self) -> None:
        """Scrub when woken, again and again until it is done."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            pause = self._scrub_pause
            while not await self._scrubbed():
                log.info("scrub_put_off", seconds=pause)
                await rest(pause, self._woken)
                self._woken.clear()
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _scrubbed(self) -> bool:
        try:
            return await self._store.scrub()
        except StoreError as error:
            log.warning("scrub_failed", reason=str(error))
            return False
