"""One answer between two threads: the engine's, which makes it, and the event loop's, which reads it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator
from enum import Enum, auto

from bot.errors import ModelError
from bot.messages import Finish, Usage
from bot.ports import Prompt


class _State(Enum):
    QUEUED = auto()
    RUNNING = auto()
    ENDED = auto()


class Job:
    """What the engine's queue holds. The engine's thread calls `begin`, `say` and `end`; any thread may `cancel`."""

    def __init__(self, prompt: Prompt, loop: asyncio.AbstractEventLoop) -> None:
        """`loop` is where the answer is read."""
        self.prompt = prompt
        self.asked_at = time.perf_counter()
        self.cancelled = False
        self.usage = Usage()
        self.error: ModelError | None = None
        self.pieces: asyncio.Queue[str | ModelError | None] = asyncio.Queue()
        self._loop = loop
        self._lock = threading.RLock()  # `cancel` may come from a finaliser, at any point of this very thread
        self._state = _State.QUEUED

    def begin(self) -> bool:
        """Whether there is still something to do."""
        with self._lock:
            if self._state is not _State.QUEUED:
                return False
            self._state = _State.RUNNING
            return True

    def say(self, piece: str) -> None:
        """Hand over a piece of the answer."""
        self._post(piece)

    def end(self, usage: Usage, error: ModelError | None = None) -> None:
        """The answer is complete, or has failed. Only the first call counts."""
        with self._lock:
            if self._state is _State.ENDED:
                return
            self._state = _State.ENDED
        self.usage, self.error = usage, error
        self._post(error)

    def cancel(self) -> None:
        """End the answer: at once if it has not begun, otherwise when the engine next looks at `cancelled`."""
        self.cancelled = True
        with self._lock:
            waiting = self._state is _State.QUEUED
        if waiting:
            waited = (time.perf_counter() - self.asked_at) * 1000
            self.end(Usage(waiting_ms=waited, finish=Finish.CANCELLED))

    def _post(self, item: str | ModelError | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self.pieces.put_nowait, item)
        except RuntimeError:  # the loop is closed: nobody reads any more
            self.cancelled = True


class LlamaGeneration:
    """One answer under way (`Generation`). An answer that nobody holds or reads any more is cancelled."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._ended = False

    def __aiter__(self) -> AsyncIterator[str]:
        """Pieces of the answer, each of whole characters. Raises GenerationError or PromptTooLongError."""
        return self._read()

    async def _read(self) -> AsyncIterator[str]:
        try:
            while not self._ended:
                item = await self._job.pieces.get()
                if isinstance(item, str):
                    yield item
                    continue
                self._ended = True
                if item is not None:
                    raise item
        finally:
            self._job.cancel()

    def cancel(self) -> None:
        """End the answer within one decode step, or at once if it still waits. Idempotent."""
        self._job.cancel()

    @property
    def usage(self) -> Usage:
        """What the answer took; complete once iteration has ended. `first_token_ms` counts from `generate`."""
        return self._job.usage

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):  # not even built
            self._job.cancel()
