"""What the tests of backup and restore share."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from typer.testing import CliRunner, Result

from bot.__main__ import app
from conversations import schema
from conversations.restore import Plan
from conversations.sqlite import SqliteStore
from tests.contracts.stores import accept, converse, deliver, message, picture

ROOT = Path(__file__).parents[2]
NOW = 1_800_000_000.0
KEPT = "looksee-before-restore-20270115T080000Z.db"


async def fill(folder: Path, questions: int = 3) -> None:
    store = SqliteStore(folder / "looksee.db")
    await store.open()
    for number in range(questions):
        rows = await converse(store, f"m{number}", f"q{number}", images=(picture(number, 3000),))
    await deliver(store, rows, "b")
    await accept(store, message("waits"))
    await store.close()


async def add(folder: Path) -> None:
    store = SqliteStore(folder / "looksee.db")
    await store.open()
    await converse(store, "more")
    await store.close()


def unclean(folder: Path, into: Path) -> None:
    """What a killed service leaves: the newest rows in the write-ahead log alone."""

    async def run() -> None:
        store = SqliteStore(folder / "looksee.db")
        await store.open()
        await converse(store, "only in the log")
        shutil.copytree(folder, into)
        await store.close()

    asyncio.run(run())
    assert (into / "looksee.db-wal").stat().st_size > 0


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def content(path: Path) -> str:
    """A hash of every row of every table."""
    with opened(path) as connection:
        return hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def looksee(*words: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, [*words], input=answer)


def yes(_plan: Plan) -> bool:
    return True


def damage(path: Path) -> None:
    """Overwrite a page in the middle of a table."""
    with opened(path) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'turns'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\x5a" * size)


def newer(path: Path) -> None:
    with opened(path) as connection:
        connection.execute(f"PRAGMA user_version = {schema.packaged()[-1].version + 1}")


def foreign(path: Path) -> None:
    with opened(path) as connection:
        connection.execute("PRAGMA application_id = 7")


def orphan(path: Path) -> None:
    with opened(path) as connection:
        connection.execute("DELETE FROM images")


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


def kill_at_every_line(command: str, folder: Path) -> list[Path]:
    """Copies of the folder, each left by a command killed one line later than in the one before; the last ended."""
    words = [sys.executable, "-m", "tests.test_conversations.dying", command, str(folder)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return sorted(path for path in folder.parent.iterdir() if path != folder)
