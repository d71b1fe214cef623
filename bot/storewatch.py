"""Whether the store works: told to people once when it stops, and once when it works again.

The store tells of every failure and of every commit. Whoever wanted something of it tries again by its own means
(`bot.tasks.insist`, the platforms, which are told of nothing that is not committed) and need not log that. Where
nobody tries, this does.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.alerts import Alerts
from bot.errors import StoreError, StoreUnavailableError
from bot.metrics import Metrics
from bot.stores import ConversationStore
from bot.tasks import spawn
from bot.texts import STORE_FAILING, STORE_WORKS

log = structlog.get_logger(__name__)

PROBE_SECONDS = 2.0
"""How often it is tried while nothing else has shown that the store works."""
SETTLED_SECONDS = 45.0
"""How long nothing may fail until it is over. Longer than the pauses of those who try again: on a disk that is nearly
full, small things succeed in between."""
PASSING = 5
"""So many failures are told of even if the store works again when it is tried."""

_KEY = "store"


@dataclass(slots=True)
class _Outage:
    """Times are the timer's, in seconds."""

    since: float
    last: float
    failures: int = 0


class StoreWatch:
    """A `StoreObserver`. For one event loop; `timer` gives seconds that only grow.

    A single failure that has passed when the store is next tried is only logged: nobody has to do anything about it.
    """

    def __init__(
        self,
        alerts: Alerts,
        metrics: Metrics,
        *,
        probe_seconds: float = PROBE_SECONDS,
        settled_seconds: float = SETTLED_SECONDS,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._alerts = alerts
        self._failures = metrics.store_failures
        self._probe_seconds = probe_seconds
        self._settled_seconds = settled_seconds
        self._timer = timer
        self._outage: _Outage | None = None
        self._reason = ""
        self._begun = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def failed(self, error: StoreUnavailableError) -> None:
        """Something could not be read or written."""
        now, self._reason = self._timer(), str(error)
        if self._outage is None:
            self._outage = _Outage(now, now)
            self._begun.set()
            log.error("store_unavailable", reason=self._reason, exc_info=error)
        self._outage.last = now
        self._outage.failures += 1
        self._failures.inc()
        if self._outage.failures >= PASSING:
            self._tell()

    def written(self) -> None:
        """Something has been committed."""
        self._reason = ""

    def problem(self) -> str:
        """Why the store does not work, as of what was last tried; "" if it does."""
        return self._reason

    def begin(self, store: ConversationStore) -> None:
        """Look after an open store."""
        self._task = spawn(self._look_after(store), "store watch")

    async def close(self) -> None:
        """Look after it no longer. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _look_after(self, store: ConversationStore) -> None:
        while True:
            await self._begun.wait()
            while (outage := self._outage) is not None:
                await asyncio.sleep(self._probe_seconds)
                if self._reason:
                    self._tell()
                    with contextlib.suppress(StoreError):
                        await store.probe()
                elif self._timer() - outage.last >= self._settled_seconds:
                    self._end(outage)

    def _end(self, outage: _Outage) -> None:
        self._outage = None
        self._begun.clear()
        seconds = round(outage.last - outage.since)
        log.warning("store_available_again", seconds=seconds, failures=outage.failures)
        self._alerts.clear(_KEY, STORE_WORKS, seconds=seconds)

    def _tell(self) -> None:
        self._alerts.raise_alert(_KEY, STORE_FAILING, reason=self._reason)
