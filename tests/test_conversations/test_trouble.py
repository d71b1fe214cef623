"""A log that cannot be kept, and seeing whether the store works."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import StoreError, StoreUnavailableError
from conversations import database
from conversations.sqlite import SqliteStore
from tests.contracts.stores import converse, texts
from tests.disk.connection import through
from tests.disk.faults import Fault
from tests.disk.vfs import FULL, IOERR_FSYNC, IOERR_WRITE, Disk, Operation, no_fault


@pytest.mark.parametrize("sync", range(3))
async def test_a_log_that_cannot_be_kept_is_an_error_and_not_a_weaker_promise(tmp_path: Path, sync: int) -> None:
    """SQLite announces the new mode before it has committed the change."""
    with Disk(tmp_path) as disk:
        disk.fault = Fault("sync", IOERR_FSYNC, first=sync, times=1)
        store = SqliteStore(tmp_path / "looksee.db", connect=through(disk))
        with pytest.raises(StoreUnavailableError):
            await store.open()
        await store.open()
        writer = store._database._writer
        assert writer is not None
        assert await writer.run(lambda connection: connection.execute("PRAGMA journal_mode").fetchone()) == ("wal",)
        await store.close()


async def test_a_probe_writes_and_changes_nothing(tmp_path: Path) -> None:
    with Disk(tmp_path) as disk:
        store = SqliteStore(tmp_path / "looksee.db", connect=through(disk))
        await store.open()
        await converse(store, "1")
        before, number = await texts(store), len(disk.events)
        await store.probe()
        done = [event.what for event in disk.events[number:]]
        assert (done[-2:], await texts(store)) == (["write", "sync"], before)
        disk.fault = Fault("write", FULL)
        with pytest.raises(StoreUnavailableError, match="full"):
            await store.probe()
        disk.fault = no_fault
        await store.close()


async def test_a_probe_wants_room_for_more_than_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqliteStore(tmp_path / "looksee.db")
    await store.open()
    monkeypatch.setattr(database, "ROOM_BYTES", 1 << 60)
    with pytest.raises(StoreUnavailableError, match="No space left on device"):
        await store.probe()
    await converse(store, "1")
    await store.close()


async def test_a_log_that_cannot_be_moved_into_the_file_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commits succeed meanwhile, as far as SQLite tells."""
    monkeypatch.setattr(database, "LOG_BYTES", 100_000)
    monkeypatch.setattr(database, "COMMITS_BETWEEN_LOOKS", 10)
    told: list[str] = []

    class Observer:
        def failed(self, error: StoreUnavailableError) -> None:
            told.append(str(error))

        def written(self) -> None:
            pass

    with Disk(tmp_path) as disk:
        store = SqliteStore(tmp_path / "looksee.db", observer=Observer(), connect=through(disk))
        await store.open()
        for sound in (True, False, True):
            told.clear()
            disk.fault = no_fault if sound else broken_file
            for number in range(20):
                await converse(store, f"{sound} {number} {len(disk.events)}")
            assert bool(told) is not sound
        await store.close()


def broken_file(operation: Operation) -> int:
    """A disk that fails under the database's file, and not under its log."""
    return IOERR_WRITE if (operation.kind, operation.file) == ("write", "db") else 0


async def test_a_fault_of_a_statement_is_not_the_files(tmp_path: Path) -> None:
    """Trying again would not help, so that nobody is to wait in silence."""
    store = SqliteStore(tmp_path / "looksee.db")
    await store.open()
    for sql in (
        "SELECT nothing FROM nowhere",
        "INSERT INTO feedback (turn_id, sender, rating, at) VALUES (9, '', 1, 0)",
    ):
        with pytest.raises(StoreError) as caught:
            await store._database.write(lambda tx: tx.run(sql))  # noqa: B023 - awaited at once
        assert not isinstance(caught.value, StoreUnavailableError)
    await store.close()
