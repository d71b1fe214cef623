"""Processes that decode pictures: started with the bot, watched, replaced when they die."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog
from PIL import Image as Pillow

from bot.decoding.process import DecoderLostError, Process
from bot.errors import PictureBrokenError, PictureError
from bot.images import Limits, accepted, finished
from bot.messages import Image

log = structlog.get_logger(__name__)

MEMORY: Final = 256 << 20
"""Bytes of address space that a process may take for one picture, all in all, beside the file itself."""
SECONDS: Final = 10.0
"""Seconds that one picture may take, counted from when a process takes it up."""
PROCESSES: Final = 2
LIFE: Final = 1000
"""Pictures after which a process is replaced, so that what a decoder leaks does not add up."""


class Decoders:
    """Prepares pictures as `bot.images.prepare` does, but that decoding happens in processes that the bot outlives.

    A picture whose process dies, hangs, or breaks the rules is a broken picture; others are not touched by it. `lost`
    is told why ("death", "time", "protocol") a process had to be replaced, from any thread.
    """

    def __init__(
        self,
        *,
        lost: Callable[[str], None] = lambda _why: None,
        processes: int = PROCESSES,
        memory: int = MEMORY,
        seconds: float = SECONDS,
        life: int = LIFE,
    ) -> None:
        self._lost = lost
        self._count = processes
        self._memory = memory
        self._seconds = seconds
        self._life = life
        # A thread for each process: pictures that have to wait keep no other threads from their work.
        self._threads = ThreadPoolExecutor(processes, "decoders")
        self._idle: deque[Process] = deque()
        self._all: set[Process] = set()
        self._lock = threading.Lock()  # over `_all` and `_closing`
        self._closing = False

    async def start(self) -> None:
        """Start the processes, so that no picture waits for one. Raises DecoderLostError, OSError."""
        loop = asyncio.get_running_loop()
        starting = [loop.run_in_executor(self._threads, self._launch) for _ in range(self._count)]
        self._idle.extend(await asyncio.gather(*starting))

    async def prepare(self, data: bytes, *, name: str = "", limits: Limits) -> Image:
        """Do as `bot.images.prepare`, and raise what that raises. Also OSError if there is no process to be had."""
        kind = accepted(data, name=name, limits=limits)
        loop = asyncio.get_running_loop()
        try:
            picture = await loop.run_in_executor(self._threads, self._decode, data, kind, limits)
            return await asyncio.to_thread(finished, picture)
        except PictureError as error:
            error.name = name
            raise

    async def close(self) -> None:
        """End the processes, at once; pictures under way are broken ones. Idempotent."""
        await asyncio.to_thread(self._finish)

    def _finish(self) -> None:
        with self._lock:
            self._closing = True
            processes = list(self._all)
        for process in processes:
            process.end()
        self._threads.shutdown()
        for process in processes:
            self._drop(process)

    # --- in a thread of the pool -----------------------------------------------------------------------------------

    def _decode(self, data: bytes, kind: str, limits: Limits) -> Pillow.Image:
        process = self._take()
        try:
            picture = process.decode(data, kind, limits)
        except PictureError:
            self._give_back(process)
            raise
        except DecoderLostError as error:
            self._bury(process, str(error), picture=kind)
            self._replace()
            raise PictureBrokenError(f"{kind}: its decoder was lost: {error}") from error
        except BaseException:  # nobody knows what it will say next
            self._drop(process)
            raise
        self._give_back(process)
        return picture

    def _take(self) -> Process:
        """A process that lives: as many may be had as there are threads."""
        while self._idle:
            process = self._idle.pop()
            if process.exit_code is None:
                return process
            self._bury(process, "death", picture="")
        return self._launch()

    def _give_back(self, process: Process) -> None:
        if process.served < self._life:
            self._idle.append(process)
            return
        self._drop(process)
        self._replace()

    def _replace(self) -> None:
        """Have the next process ready for the next picture. If that fails, the next picture tries again."""
        try:
            self._idle.append(self._launch())
        except (OSError, DecoderLostError, RuntimeError):
            if not self._closing:
                log.exception("decoder_not_started")

    def _launch(self) -> Process:
        with self._lock:
            if self._closing:
                raise RuntimeError("closed")
            process = Process(memory=self._memory, seconds=self._seconds)
            self._all.add(process)
        try:
            process.wait_ready()
        except BaseException:
            self._drop(process)
            raise
        return process

    def _bury(self, process: Process, why: str, *, picture: str) -> None:
        self._drop(process)
        if not self._closing:
            log.error("decoder_lost", why=why, exit_code=process.exit_code, picture=picture)
            self._lost(why)

    def _drop(self, process: Process) -> None:
        process.close()
        with self._lock:
            self._all.discard(process)
