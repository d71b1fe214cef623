"""Ends this process when a native step does not return: nothing else can end the step.

Whoever started the process starts it again: the supervisor, or a service manager. Questions wait in the inbox.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable

import structlog

from bot.inference.engine import THREAD
from bot.inference.gate import Gate
from bot.supervisor import Link

log = structlog.get_logger(__name__)

PULSE = 1.0
"""Seconds between two looks, and two signs of life."""
STATUS = 70
"""Exit status of a process that ended itself."""
_LET_GO_SECONDS = 10.0


class Watchdog:
    """Looks after the native steps that `gate` is held for; `limit` is how many seconds one may take.

    `link` (None: there is no supervisor) is given signs of life. `let_go` is called before the end, for what can still
    be brought to one.
    """

    def __init__(self, gate: Gate, link: Link | None, *, limit: float, let_go: Callable[[], Awaitable[None]]) -> None:
        self._gate = gate
        self._link = link
        self._limit = limit
        self._let_go = let_go

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            if self._link is not None:
                self._link.alive()
            seconds = self._gate.held_for()
            if seconds > self._limit:
                await self._end(seconds)
            await asyncio.sleep(PULSE)

    async def _end(self, seconds: float) -> None:
        log.critical("native_step_hangs", seconds=round(seconds, 1), limit=self._limit)
        if self._link is not None:
            self._link.hung()
        try:
            async with asyncio.timeout(_LET_GO_SECONDS):
                await self._let_go()
        except Exception:
            log.exception("not_let_go")
        os._exit(STATUS)


def stuck() -> bool:
    """Whether a native step still holds its thread, which would hold up the end of the interpreter, or crash it."""
    return any(thread.name == THREAD for thread in threading.enumerate())
