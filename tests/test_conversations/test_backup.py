from __future__ import annotations

import asyncio
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.claim import claimed
from bot.errors import StoreError
from conversations import backup
from conversations.backup import Backup, Counts, back_up
from conversations.restore import restore
from conversations.sqlite import SqliteStore
from tests.contracts.stores import CHAT, converse, picture
from tests.exhaustive import FULL
from tests.test_conversations.copies import (
    KEPT,
    NOW,
    ROOT,
    content,
    damage,
    files,
    foreign,
    kill_at_every_line,
    looksee,
    newer,
    opened,
    orphan,
    unclean,
    yes,
)
from tests.test_conversations.moments import moment
from tests.waiting import until

DRILLS = 100
RESTORED = 1 if FULL else 10
"""Every how many drills the backup is put back, elsewhere."""
STEP_PAGES = 16
LONGEST_WRITE = 3.0
"""Seconds that a question may take at most while backups are made; a few thousandths without."""

HALF = {
    "a question without answer, or the other way round": (
        "SELECT sum(speaker = 'customer') <> sum(speaker = 'bot') FROM turns"
    ),
    "an answer that is not in the outbox whole": (
        "SELECT count(*) FROM turns WHERE speaker = 'bot'"
        " AND (SELECT count(*) FROM outbox WHERE turn_id = turns.id) <> 2"
    ),
    "a question without its picture": (
        "SELECT count(*) FROM turns LEFT JOIN turn_images ON turn_id = turns.id LEFT JOIN images USING (sha256)"
        " WHERE speaker = 'customer' AND data IS NULL"
    ),
    "an answer without figures": (
        "SELECT (SELECT count(*) FROM usage) <> (SELECT count(*) FROM turns WHERE speaker = 'bot')"
    ),
    "a question still in the inbox though answered": (
        "SELECT count(*) FROM turn_messages JOIN inbox ON event_id = 'event-' || message_id WHERE done_at IS NULL"
    ),
}
"""What must be 0, as each is written in one transaction."""


# --- backups under writes


def put_back(made: Backup, folder: Path) -> None:
    """Restore a backup where there was no database, and check what is there then."""
    folder.mkdir()
    done = restore(folder / "looksee.db", made.path, NOW, yes)
    assert done is not None
    assert done.after == made.counts
    assert content(folder / "looksee.db") == content(made.path)
    shutil.rmtree(folder)


@contextmanager
def writer(folder: Path) -> Iterator[list[float]]:
    """Another process that writes; afterwards the list holds how many questions it wrote, and the longest time."""
    figures: list[float] = []
    command = [sys.executable, "-m", "tests.test_conversations.writing", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "begun\n"
            yield figures
            process.stdin.close()
            figures += map(float, process.stdout.read().split())
        finally:
            process.kill()


def test_a_hundred_backups_under_writes_are_each_one_whole_state(tmp_path: Path) -> None:
    database, before, steps, newest = tmp_path / "looksee.db", Counts(0, 0, 0, 0, 0, 0), 0, 0
    with writer(tmp_path) as figures:
        for drill in range(DRILLS):
            made = back_up(database, tmp_path / f"{drill}.db", step_pages=STEP_PAGES)
            with opened(made.path) as copied:
                assert copied.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                assert copied.execute("PRAGMA foreign_key_check").fetchall() == []
                assert {name for name, sql in HALF.items() if copied.execute(sql).fetchone()[0]} == set()
                assert backup.count(copied) == made.counts
                earlier, (newest, _) = newest, moment(copied)
                assert newest >= earlier
                steps += copied.execute("PRAGMA page_count").fetchone()[0] // STEP_PAGES
            # Retracted turns are gone; rows of the inbox stay for ever.
            assert made.counts.inbox >= before.inbox
            before = made.counts
            if drill % RESTORED == 0:
                put_back(made, tmp_path / "elsewhere")
            if drill < DRILLS - 1:
                made.path.unlink()
    written, longest = figures
    assert steps > 5 * DRILLS
    assert before.inbox > DRILLS
    assert written > DRILLS
    assert longest < LONGEST_WRITE

    # The last one, put back, is what it was.
    expected = content(made.path)
    done = restore(database, made.path, NOW, yes)
    assert done is not None
    assert done.after == made.counts
    assert content(database) == expected


async def test_a_backup_does_not_wait_for_a_writer_nor_the_other_way_round(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "looksee.db")
    await store.open()
    await converse(store, "1")
    with claimed(tmp_path), opened(tmp_path / "looksee.db") as other:  # as a running service does
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM turns")
        made = await asyncio.to_thread(back_up, tmp_path / "looksee.db", tmp_path / "backup.db")
        other.execute("ROLLBACK")
    assert made.counts.turns == 2
    await store.close()


async def test_what_is_retracted_during_a_backup_is_not_left_in_the_log(tmp_path: Path) -> None:
    database = tmp_path / "looksee.db"
    store = SqliteStore(database)
    await store.open()
    secret = "the customer's private words " * 200
    await converse(store, "1", secret)
    await converse(store, "2", images=(picture(1, 1_500_000),))
    # As if the backup took longer than the store waits for it.
    assert store._database._writer is not None
    await store._database._writer.run(lambda connection: connection.execute("PRAGMA busy_timeout = 10").close())

    async def part_begun() -> bool:
        return (tmp_path / ".backup.db.partial").exists()

    copying = asyncio.create_task(asyncio.to_thread(back_up, database, tmp_path / "backup.db", step_pages=1))
    await until(part_begun)
    await asyncio.sleep(0.1)
    assert await store.retract(CHAT, "1")
    assert not copying.done()
    assert secret.encode()[:40] in database.with_name("looksee.db-wal").read_bytes() + database.read_bytes()
    await copying
    assert secret.encode()[:40] not in database.with_name("looksee.db-wal").read_bytes() + database.read_bytes()
    await store.close()


def test_a_backup_goes_where_it_is_told_and_overwrites_nothing(data: Path, tmp_path: Path) -> None:
    assert looksee("backup", "mine.db").exit_code == 0
    before = (tmp_path / "mine.db").read_bytes()
    result = looksee("backup", "mine.db")
    assert (result.exit_code, result.stderr) == (
        1,
        "mine.db is there already, and backups overwrite nothing: choose another name.\n",
    )
    assert (tmp_path / "mine.db").read_bytes() == before
    result = looksee("backup", "absent/mine.db")
    assert (result.exit_code, result.stderr) == (1, "The folder absent is not there.\n")
    assert files(tmp_path) == ["data/looksee.db", "mine.db"]


def test_a_backup_without_a_database_makes_none(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nothing to back up"):
        back_up(tmp_path / "looksee.db", tmp_path / "backup.db")
    assert files(tmp_path) == []


def test_a_backup_that_finds_no_room_leaves_nothing(data: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, hard))
    try:
        with pytest.raises(StoreError, match=r"Backup of .* failed: disk I/O error"):
            back_up(data / "looksee.db", data / "backup.db")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files(data) == ["looksee.db"]
    assert back_up(data / "looksee.db", data / "backup.db").size > 90_000


def test_one_backup_or_restore_at_a_time(data: Path) -> None:
    with backup.alone(data):
        for words in (("backup", "b.db"), ("restore", "b.db", "--yes")):
            result = looksee(*words)
            assert (result.exit_code, result.stderr) == (1, f"Another backup or restore of {data} is running.\n")
    assert looksee("backup", "b.db").exit_code == 0


def test_the_superuser_makes_files_for_the_service(data: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("not the superuser")
    os.chown(data, 12345, 12346)
    made = back_up(data / "looksee.db", backup.default_target(data / "looksee.db", NOW))
    restore(data / "looksee.db", made.path, NOW, yes)
    for path in (made.path, made.path.parent, data / "looksee.db", data / KEPT):
        assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12346)


@pytest.mark.parametrize("spoil", [damage, orphan, newer, foreign])
def test_a_database_that_is_not_sound_is_not_backed_up(data: Path, spoil: object) -> None:
    assert callable(spoil)
    spoil(data / "looksee.db")
    with pytest.raises(StoreError, match=r"looksee\.db is damaged|is not a database of L|newer Looksee|malformed"):
        back_up(data / "looksee.db", data / "backup.db")
    assert files(data) == ["looksee.db"]


# --- kill -9


def test_a_killed_backup_is_whole_or_not_there(data: Path, tmp_path: Path) -> None:
    start = tmp_path / "kills" / "start"
    unclean(data, start)
    expected = content(data / "looksee.db")
    present: list[bool] = []
    left: list[list[str]] = []
    for folder in kill_at_every_line("backup", start):
        target = backup.default_target(folder / "looksee.db", NOW)
        present.append(target.exists())
        if target.exists():
            assert content(target) == expected
        assert content(folder / "looksee.db") == expected
        if files(folder) not in left:  # the next one takes away what was left
            left.append(files(folder))
            back_up(folder / "looksee.db", target.with_name("next.db"))
            names = {target.name, "next.db"} if present[-1] else {"next.db"}
            assert set(files(target.parent)) == names
    assert present == sorted(present)
    assert len(present) > 50
    assert {True, False} == set(present)
    assert len(left) > 3
