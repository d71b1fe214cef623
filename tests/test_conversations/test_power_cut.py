"""The power goes, after every single write of a conversation's life, and what was acknowledged is there.

The disk keeps of what was not synced nothing, everything, or what chance will have, down to single sectors. The life is
lived once on a disk that records it (`tests.disk.vfs`); every cut is a beginning of that record.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from conversations.connection import Connect
from conversations.sqlite import SqliteStore
from tests.contracts.stores import Clock
from tests.disk.connection import through
from tests.disk.faults import Fault
from tests.disk.power import Keep, Platter, everything, lay_out, nothing, torn
from tests.disk.vfs import IOERR_FSYNC, Disk
from tests.exhaustive import FULL
from tests.test_conversations.life import LIFE, live, lived, recovered

TORN = 8 if FULL else 1
"""Fates by chance, for each cut."""
CUTS = 1 if FULL else 2
"""Every how many events the power is cut."""
SYNCS = 1 if FULL else 9
"""Every how many syncs one is made to fail."""
AFTER = 29 if FULL else 37
"""Every how many events after that the power is cut."""


@dataclass(frozen=True)
class Cut:
    """The power goes after the event with this number, when so much had been acknowledged."""

    number: int
    acknowledged: int
    files: dict[str, bytes]


async def record(disk: Disk, connect: Connect) -> None:
    """Live on the disk, with a mark after everything that was acknowledged."""
    store = SqliteStore(disk.folder / "looksee.db", clock=Clock(), connect=connect)
    await live(store, disk.mark, lambda _: None)


def cuts(disk: Disk, fates: list[Keep], lost: Keep = nothing, *, first: int = 0, every: int = 1) -> Iterator[Cut]:
    """Moments of the record; at each the power goes once for each fate, or for one after the other."""
    platter, acknowledged, chance = Platter(disk, lost), 0, random.Random(5)
    for number, event in enumerate(disk.events):
        if event.what == "mark":
            acknowledged += 1
            continue
        platter.follow(event)
        if number < first or number % every:
            continue
        for keep in fates if FULL else [fates[number // every % len(fates)]]:
            names = None if keep is everything else chance.randint(0, platter.unsafe_names)
            yield Cut(number, acknowledged, platter.cut(keep, names=names))


async def lost(cut: Cut, states: list[str], folder: Path) -> bool:
    """Whether the next start finds neither what had been acknowledged nor that and what was under way."""
    lay_out(cut.files, folder)
    found = await recovered(folder)
    shutil.rmtree(folder)
    # Before the first open was through, the next one goes on or begins anew: there is nothing to be lost yet.
    return found not in states[max(0, cut.acknowledged - 1) : cut.acknowledged + 1]


@pytest.mark.timeout(3600 if FULL else 120)
async def test_nothing_that_was_acknowledged_is_lost(tmp_path: Path) -> None:
    states = await lived(tmp_path / "reference")
    with Disk(tmp_path / "live") as disk:
        await record(disk, through(disk))
    fates = [nothing, *(torn(random.Random(seed)) for seed in range(TORN)), everything]
    tried = 0
    for cut in cuts(disk, fates, every=CUTS):
        assert not await lost(cut, states, tmp_path / "cut"), (cut.number, disk.events[cut.number].what)
        tried += 1
    assert cut.acknowledged == len(LIFE) + 1
    assert tried > 400
    print(f"{tried} power cuts")  # noqa: T201 - a figure, shown with -s


async def test_it_would_be_noticed(tmp_path: Path) -> None:
    """The same with SQLite told to sync less than the service has it do."""
    states = await lived(tmp_path / "reference")
    with Disk(tmp_path / "live") as disk:
        connect = through(disk)

        def careless(path: str) -> object:
            connection = connect(path)
            execute = connection.execute
            less = "PRAGMA synchronous = NORMAL"
            connection.execute = lambda sql, *values: execute(  # type: ignore[method-assign]
                less if sql.startswith("PRAGMA synchronous") else sql, *values
            )
            return connection

        await record(disk, careless)  # type: ignore[arg-type]
    for cut in cuts(disk, [nothing], every=7):
        if await lost(cut, states, tmp_path / "cut"):
            return
    pytest.fail("no cut lost anything")


@pytest.mark.timeout(7200 if FULL else 120)
@pytest.mark.parametrize("shown", [True, False], ids=["changes stay in memory", "changes are dropped"])
async def test_what_is_acknowledged_after_a_failing_fsync_is_safe_without_opening_the_file_anew(
    tmp_path: Path, shown: bool
) -> None:
    """After a failing fsync the system takes for clean what did not reach the disk, and no later fsync brings it there:
    whether a store may go on with the connection it has depends on whether everything is written anew."""
    states = await lived(tmp_path / "reference")
    with Disk(tmp_path / "count") as disk:
        await record(disk, through(disk))
    syncs = sum(operation.kind == "sync" for operation in disk.operations)
    assert syncs > 40
    tried = 0
    for sync in range(0, syncs, SYNCS):
        with Disk(tmp_path / f"live {sync}") as disk:
            disk.fault = Fault("sync", IOERR_FSYNC, first=sync, times=1)
            if not shown:
                disk.forgets = lambda inode: safe(disk, inode)
            await record(disk, through(disk))
        failed = next(number for number, event in enumerate(disk.events) if event.what == "lost")
        arrived = [nothing, torn(random.Random(sync)), everything][sync // SYNCS % 3]
        fates = [nothing, torn(random.Random(sync)), everything]
        for cut in cuts(disk, fates, arrived, first=failed, every=AFTER):
            assert not await lost(cut, states, tmp_path / "cut"), (sync, cut.number, disk.events[cut.number].what)
            tried += 1
    assert tried > 40
    print(f"{tried} power cuts after {len(range(0, syncs, SYNCS))} failing syncs")  # noqa: T201


def safe(disk: Disk, inode: int) -> bytes:
    """What of a file is on the disk for certain, by now."""
    platter = Platter(disk)
    for event in disk.events:
        platter.follow(event)
    return platter.safe(inode)
