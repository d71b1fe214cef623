"""What was deleted goes from every file, at once or as soon as that is possible."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from conversations.sqlite import SqliteStore
from tests.contracts.stores import CHAT, accept, converse, message, texts
from tests.disk.connection import through
from tests.disk.faults import Fault
from tests.disk.vfs import IOERR_TRUNCATE, Disk, no_fault

SECRET = "the customer's private words " * 200


def traces(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("looksee.db*") if SECRET[:40].encode() in path.read_bytes()]


async def test_what_could_not_be_scrubbed_for_a_reader_is_after_a_later_write(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "looksee.db")
    await store.open()
    await converse(store, "1", SECRET)
    assert store._database._writer is not None
    await store._database._writer.run(lambda connection: connection.execute("PRAGMA busy_timeout = 10").close())
    with closing(sqlite3.connect(tmp_path / "looksee.db", isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM turns").fetchone()
        assert await store.retract(CHAT, "1")
        await accept(store, message("2"))  # does not wait for the reader, and does not fail
        assert traces(tmp_path) != []
        other.execute("COMMIT")
    await accept(store, message("3"))
    assert traces(tmp_path) == []
    await store.close()


async def test_what_could_not_be_scrubbed_for_an_error_is_after_a_later_write(tmp_path: Path) -> None:
    with Disk(tmp_path) as disk:
        store = SqliteStore(tmp_path / "looksee.db", connect=through(disk))
        await store.open()
        await converse(store, "1", SECRET)
        disk.fault = Fault("truncate", IOERR_TRUNCATE)
        assert await store.retract(CHAT, "1")  # it is gone, durably, as far as anybody is shown
        assert await texts(store) == []
        assert traces(tmp_path) != []
        disk.fault = no_fault
        await store.probe()
        assert traces(tmp_path) == []
        await store.close()


async def test_what_a_killed_process_had_not_scrubbed_is_after_the_next_start(tmp_path: Path) -> None:
    live, left = tmp_path / "live", tmp_path / "left"
    with Disk(live) as disk:
        store = SqliteStore(live / "looksee.db", connect=through(disk))
        await store.open()
        await converse(store, "1", SECRET)
        disk.fault = Fault("truncate", IOERR_TRUNCATE)
        await store.retract(CHAT, "1")
        shutil.copytree(live, left)
        await store.close()
    assert traces(left) != []
    store = SqliteStore(left / "looksee.db")
    await store.open()
    assert traces(left) == []
    await store.close()
