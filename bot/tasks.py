"""Background tasks that do not die in silence, and writes that do not give up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine
from typing import TypeVar

import structlog

from bot.backoff import Backoff
from bot.errors import AlreadySettledError, CaseMovedError, StoreError, StoreUnavailableError

log = structlog.get_logger(__name__)

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0

T = TypeVar("T")


def spawn(work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
    """Run `work` beside the caller, who keeps the task; an exception that ends it is logged."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_tell)
    return task


async def finish(tasks: Collection[asyncio.Task[None]], seconds: float) -> None:
    """Give tasks so long to end, then cancel them, and return when all have ended."""
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)


async def insist(action: Callable[[], Awaitable[T]]) -> T:
    """Repeat `action` until the store takes it, with growing pauses: what has happened has to be written down.

    Raises AlreadySettledError and CaseMovedError, which no repetition cures.
    """
    backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
    while True:
        try:
            return await action()
        except (AlreadySettledError, CaseMovedError):
            raise
        except StoreUnavailableError:  # of which the store's observer has told
            pause = backoff.next()
        except StoreError:
            pause = backoff.next()
            log.exception("store_failed", retry_seconds=round(pause, 1))
        await asyncio.sleep(pause)


def _tell(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("task_died", exc_info=error)
