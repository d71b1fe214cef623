"""A migration that is interrupted: the old or the new schema, never between, and the next open completes it."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from conversations import schema
from conversations.sqlite import SqliteStore
from tests.disk.connection import through
from tests.disk.power import Platter, everything, lay_out, nothing, torn
from tests.disk.vfs import Disk
from tests.exhaustive import FULL
from tests.test_conversations.copies import ROOT
from tests.test_conversations.migrating import NEWEST, make, rows

EVERY = 1 if FULL else 5
"""Every how many writes the power is cut."""
STATEMENTS = 1 if FULL else 4
"""Every how many statements of a later version's open it is killed."""
LIMIT = 400
"""Seconds: a busy machine takes its time."""


def schemas(folder: Path) -> list[str]:
    """The schema of each version."""
    found = []
    for version in range(NEWEST + 1):
        path = folder / f"schema {version}"
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            schema.migrate(connection, schema.packaged()[:version])
        found.append(layout(path)[1])
    return found


def layout(path: Path) -> tuple[int, str]:
    """A file's version, and its schema in words."""
    if not path.exists():
        return 0, ""
    with closing(sqlite3.connect(path)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        parts = connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
        return version, "\n".join(sql for (sql,) in parts)


async def opened(store: SqliteStore) -> None:
    await store.open()
    await store.close()


def completed(path: Path, known: list[str], version: int) -> int:
    """Check what was left, have the next open complete it, and check that; returns the version that was left."""
    left, found = layout(path)
    assert found == known[left]
    asyncio.run(opened(SqliteStore(path)))
    assert layout(path) == (NEWEST, known[NEWEST])
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    kept = rows(path)
    if version:
        assert {name: len(kept[name]) for name in ("turns", "images", "turn_images", "inbox", "outbox")} == {
            "turns": 2,
            "images": 2,
            "turn_images": 2,
            "inbox": 2,
            "outbox": 2,
        }
    return left


@pytest.mark.timeout(LIMIT + 20)
def test_kill_9_at_each_statement(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "tests.test_conversations.migrating", str(tmp_path), str(STATEMENTS)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    known, seen = schemas(tmp_path), Counter[tuple[int, int]]()
    folders = [path for path in tmp_path.iterdir() if path.is_dir()]
    for folder in folders:
        version = int(folder.name.split()[0])
        seen[version, completed(folder / "looksee.db", known, version)] += 1
    # From each version every later one was reached, and none was skipped.
    assert set(seen) == {(version, left) for version in range(NEWEST + 1) for left in range(version, NEWEST + 1)}
    print(f"{len(folders)} opens, all but {NEWEST + 1} of them killed")  # noqa: T201 - shown with -s


@pytest.mark.timeout(1800 if FULL else LIMIT)
@pytest.mark.parametrize("version", range(NEWEST))
def test_the_power_goes_at_each_write(tmp_path: Path, version: int) -> None:
    known, live = schemas(tmp_path), tmp_path / "live"
    live.mkdir()
    make(live / "looksee.db", version)
    before = rows(live / "looksee.db") if version else {}
    with Disk(live) as disk:
        asyncio.run(opened(SqliteStore(live / "looksee.db", connect=through(disk))))
    platter, tried, seen = Platter(disk), 0, set[int]()
    fates = [nothing, everything, torn(random.Random(version))]
    for number, event in enumerate(disk.events):
        platter.follow(event)
        if number % EVERY:
            continue
        for keep in fates if FULL else [fates[number // EVERY % len(fates)]]:
            lay_out(platter.cut(keep), tmp_path / "cut")
            seen.add(completed(tmp_path / "cut" / "looksee.db", known, version))
            kept = rows(tmp_path / "cut" / "looksee.db")
            same = before.keys() - changed(version, before)
            assert {name: kept[name] for name in same} == {name: before[name] for name in same}
            shutil.rmtree(tmp_path / "cut")
            tried += 1
    assert {version, NEWEST} <= seen <= set(range(version, NEWEST + 1))
    print(f"from version {version}: {tried} power cuts")  # noqa: T201 - shown with -s


def changed(version: int, names: Iterable[str]) -> set[str]:
    """Tables to which later migrations add columns: their rows are counted, and not compared."""
    later = "\n".join(migration.sql for migration in schema.packaged()[version:])
    return {name for name in names if f"ALTER TABLE {name}" in later}
