"""The disk is full, or fails, at one operation after the other of a conversation's life, once and until it is mended.

What fails is not acknowledged; what is tried again, on the connections that there are, succeeds as soon as the disk
works; and in the end everything is as if nothing had happened.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.errors import StoreUnavailableError
from conversations.sqlite import SqliteStore
from tests.contracts.stores import Clock
from tests.disk.connection import through
from tests.disk.faults import Fault
from tests.disk.vfs import (
    CANTOPEN,
    FULL,
    IOERR_DELETE,
    IOERR_FSYNC,
    IOERR_READ,
    IOERR_TRUNCATE,
    IOERR_WRITE,
    Disk,
    Kind,
)
from tests.exhaustive import FULL as EXHAUSTIVE
from tests.test_conversations.life import LIFE, live, lived, recovered

FAULTS: dict[str, tuple[Kind, int]] = {
    "disk full": ("write", FULL),
    "write fails": ("write", IOERR_WRITE),
    "fsync fails": ("sync", IOERR_FSYNC),
    "read fails": ("read", IOERR_READ),
    "truncate fails": ("truncate", IOERR_TRUNCATE),
    "delete fails": ("delete", IOERR_DELETE),
    "open fails": ("open", CANTOPEN),
}
SAMPLE = 8
"""Operations of each kind that are made to fail, where not all of them are."""
TRIES = 3
"""How often something is tried until the disk is mended."""


@dataclass
class Told:
    """An observer that counts."""

    failures: int = 0
    writes: int = 0

    def failed(self, error: StoreUnavailableError) -> None:
        self.failures += 1

    def written(self) -> None:
        self.writes += 1


async def run(folder: Path, fault: Fault | None = None) -> tuple[Disk, Told, list[str], int]:
    """Live on a disk with a fault, which is mended once something has been tried in vain a few times.

    Returns the disk, what the observer was told, what was acknowledged, and how many tries failed.
    """
    told, acknowledged, failures = Told(), list[str](), 0

    def failed(tries: int) -> None:
        nonlocal failures
        failures += 1
        if fault is not None and tries == TRIES:
            fault.repaired = True
        assert tries <= TRIES, "it goes on failing on a disk that works"

    with Disk(folder) as disk:
        if fault is not None:
            disk.fault = fault
        store = SqliteStore(folder / "looksee.db", clock=Clock(), observer=told, connect=through(disk))
        await live(store, acknowledged.append, failed)
    return disk, told, acknowledged, failures


@pytest.mark.timeout(3600 if EXHAUSTIVE else 120)
@pytest.mark.parametrize("name", FAULTS)
async def test_what_fails_is_not_acknowledged_and_everything_goes_on(tmp_path: Path, name: str) -> None:
    kind, code = FAULTS[name]
    states = await lived(tmp_path / "reference")
    disk, _, expected, _ = await run(tmp_path / "sound")
    count = sum(operation.kind == kind for operation in disk.operations)
    numbers = range(count)
    chosen = numbers if EXHAUSTIVE else sorted(random.Random(name).sample(numbers, min(SAMPLE, count)))
    noticed = 0
    for times in (1, None):
        for number in chosen:
            folder = tmp_path / f"{number} {times}"
            fault = Fault(kind, code, first=number, times=times)
            _, told, acknowledged, failures = await run(folder, fault)
            assert fault.struck
            assert acknowledged == expected
            assert told.writes >= len(LIFE) - 2  # nothing is written for an event seen before
            assert told.failures >= failures - opening(failures)
            assert await recovered(folder) == states[-1], (number, times)
            noticed += failures > 0
    assert noticed or kind in ("truncate", "delete"), "nothing ever failed"
    print(f"{name}: {2 * len(chosen)} of {2 * count}, {noticed} of them noticed")  # noqa: T201 - shown with -s


def opening(failures: int) -> int:
    """A store that cannot be opened tells only the one who opens it."""
    return min(failures, TRIES)
