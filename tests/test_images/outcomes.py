"""Many pictures through the processes that decode them, and what became of each."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path

from bot.collect import complaint
from bot.decoding.pool import SECONDS, Decoders
from bot.decoding.process import Process
from bot.errors import PictureError
from bot.images import PATCH
from bot.messages import LANGUAGES, Image
from tests.test_images.samples import DEFAULTS, open_again


class Outcomes:
    """What became of many files. `seconds` are what one may take of a clock: on a busy machine, more than of a
    processor."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.lost: list[str] = []
        self.decoders = Decoders(lost=self.lost.append, seconds=seconds)
        self.results: list[tuple[str, Image | PictureError]] = []
        self.slowest = self.busiest = 0.0
        """Seconds that one picture took at most: of a clock, and, if they come one by one, of a processor."""
        self._used = 0.0
        self.most_memory = self.most_resident = 0
        """Bytes that a process had at most: of address space, which is limited, and of real memory."""

    async def run(self, files: Iterable[tuple[str, bytes]], at_once: int) -> None:
        """Prepare all, some at a time."""
        waiting = iter(files)

        async def some() -> None:
            for name, data in waiting:
                began = time.monotonic()
                try:
                    self.results.append((name, await self.decoders.prepare(data, name=name, limits=DEFAULTS)))
                except PictureError as error:
                    self.results.append((name, error))
                self.slowest = max(self.slowest, time.monotonic() - began)
                if at_once == 1:
                    self._look_at_processor()

        await self.decoders.start()
        self._used = sum(map(_processor_seconds, self.decoders._all))
        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(at_once):
                    tasks.create_task(some())
            self._look_at_memory()
        finally:
            await self.decoders.close()

    def _look_at_processor(self) -> None:
        used = sum(map(_processor_seconds, self.decoders._all))
        self.busiest = max(self.busiest, used - self._used)
        self._used = used

    def _look_at_memory(self) -> None:
        for process in self.decoders._all:
            status = Path(f"/proc/{process.pid}/status").read_text()
            self.most_memory = max(self.most_memory, _kilobytes("VmPeak", status) * 1024)
            self.most_resident = max(self.most_resident, _kilobytes("VmHWM", status) * 1024)

    def check(self) -> None:
        """What holds of every file."""
        deaths = [error for _, error in self.results if "decoder was lost" in str(error)]
        assert len(deaths) == len(self.lost)
        for name, result in self.results:
            if isinstance(result, PictureError):
                assert result.name == name
                for language in LANGUAGES:
                    assert name in complaint(result, language), "there is a sentence for the customer"
            else:
                width, height = result.ref.width, result.ref.height
                assert width % PATCH == height % PATCH == 0, name
                assert width * height <= DEFAULTS.max_tokens * PATCH**2, name
                assert open_again(result.data).size == (width, height), name
                assert hashlib.sha256(result.data).hexdigest() == result.ref.sha256, name


def _processor_seconds(process: Process) -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _kilobytes(field: str, status: str) -> int:
    found = re.search(rf"{field}:\s*(\d+) kB", status)
    assert found
    return int(found[1])
