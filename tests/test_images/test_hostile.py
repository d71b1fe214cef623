"""Hostile pictures through the processes that decode them: each becomes a picture or a complaint, within its limits."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from bot.decoding.pool import MEMORY, SECONDS, Decoders
from bot.errors import PictureDimensionsError, PictureError
from bot.images import PATCH
from bot.messages import Image
from tests.test_images.hostile import bombs, damaged, originals
from tests.test_images.samples import DEFAULTS, open_again

COUNT = 10_000
AT_ONCE = 8


class Outcomes:
    """What became of many files."""

    def __init__(self) -> None:
        self.lost: list[str] = []
        self.decoders = Decoders(lost=self.lost.append)
        self.results: list[tuple[str, Image | PictureError]] = []
        self.slowest = 0.0

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

        await self.decoders.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(at_once):
                    tasks.create_task(some())
            self.most_memory = max(_most_memory(process.pid) for process in self.decoders._all)
        finally:
            await self.decoders.close()

    def check(self) -> None:
        """What holds of every file."""
        deaths = [error for _, error in self.results if "decoder was lost" in str(error)]
        assert len(deaths) == len(self.lost)
        for name, result in self.results:
            if isinstance(result, PictureError):
                assert result.name == name
            else:
                width, height = result.ref.width, result.ref.height
                assert width % PATCH == height % PATCH == 0, name
                assert width * height <= DEFAULTS.max_tokens * PATCH**2, name
                assert open_again(result.data).size == (width, height), name
                assert hashlib.sha256(result.data).hexdigest() == result.ref.sha256, name


def _most_memory(pid: int) -> int:
    """Bytes of address space that a process had at most."""
    found = re.search(r"VmPeak:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


@pytest.mark.timeout(600)
async def test_ten_thousand_damaged_files() -> None:
    outcomes = Outcomes()
    await outcomes.run(damaged(COUNT, seed=4711), AT_ONCE)
    outcomes.check()
    assert len(outcomes.results) == COUNT
    assert outcomes.lost == []
    assert outcomes.slowest < SECONDS
    assert outcomes.most_memory <= MEMORY + DEFAULTS.max_bytes
    # The files are neither all beyond hope nor all harmless.
    kinds = Counter(type(result) for _, result in outcomes.results)
    assert kinds[Image] > COUNT // 10
    assert kinds.total() - kinds[Image] > COUNT // 10
    assert kinds[PictureDimensionsError] > COUNT // 200
    usable = {name for name, result in outcomes.results if isinstance(result, Image)}
    assert usable == set(originals())


async def test_what_they_are_made_of_is_good() -> None:
    outcomes = Outcomes()
    await outcomes.run(originals().items(), 2)
    outcomes.check()
    assert [result for _, result in outcomes.results if not isinstance(result, Image)] == []


async def test_bombs() -> None:
    outcomes = Outcomes()
    await outcomes.run(bombs().items(), 1)
    outcomes.check()
    assert outcomes.lost == []
    assert outcomes.slowest < SECONDS
    assert outcomes.most_memory <= MEMORY + DEFAULTS.max_bytes
    found = dict(outcomes.results)
    assert {name for name, result in found.items() if isinstance(result, Image)} == {
        "PNG of 49 million pixels, all there",
        "PNG with more than its pixels",
    }
    for name in (
        "PNG 65535 x 65535",
        "PNG 2147483647 x 1",
        "PNG 1 x 40001",
        "JPEG of a wide frame",
        "JPEG of many coefficients",
        "WEBP of 16 million pixels",
    ):
        assert isinstance(found[name], PictureDimensionsError), name
