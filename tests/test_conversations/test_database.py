from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

import conversations
from bot.cases import CaseState, Mark
from bot.errors import StoreError
from bot.incidents import Look
from bot.messages import Attachment, NewOutgoing, View
from bot.outcome import Outcome
from conversations import changes
from conversations.database import Database, Transaction
from conversations.sqlite import SqliteStore
from tests.contracts.desk import PLACE, ROOM, ask, hand_over, moved, open_room, said, show
from tests.contracts.stores import CHAT, accept, converse, deliver, message, picture, texts

PRAGMAS = ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "busy_timeout", "application_id")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path / "looksee.db")
    await database.open()
    yield database
    await database.close()


async def test_the_pragmas_are_set(database: Database) -> None:
    writer = database._writer
    assert writer is not None
    values = await writer.run(lambda c: [c.execute(f"PRAGMA {name}").fetchone()[0] for name in PRAGMAS])
    assert values == ["wal", 2, 1, 1, 5000, 0x4C4F4F4B]  # 2 is FULL


async def test_every_table_is_strict(database: Database) -> None:
    rows = await database.read(lambda tx: tx.rows("SELECT name, strict FROM pragma_table_list WHERE type = 'table'"))
    loose = {name for name, strict in rows if not strict and not name.startswith("sqlite_")}
    assert len(rows) > 10
    assert loose == set()


async def test_the_reader_cannot_write(database: Database) -> None:
    with pytest.raises(StoreError, match="readonly"):
        await database.read(lambda tx: tx.run("DELETE FROM chats"))


async def test_an_exception_rolls_back_and_passes_through(database: Database) -> None:
    def work(tx: Transaction) -> None:
        tx.run("INSERT INTO chats (platform, account, chat, thread) VALUES ('a', 'b', 'c', '')")
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await database.write(work)
    assert await database.read(lambda tx: tx.row("SELECT count(*) FROM chats")) == (0,)


async def test_readers_do_not_wait_for_a_writer(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "looksee.db")
    await store.open()
    await converse(store, "1")
    with closing(sqlite3.connect(tmp_path / "looksee.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        write = asyncio.create_task(store.accept(message("2")))
        assert await texts(store) == ["What is this?", "A form."]
        assert not write.done()
        other.execute("ROLLBACK")
        assert await write is not None
    await store.close()


async def test_a_disk_that_is_full_loses_nothing_that_was_there(database: Database) -> None:
    writer = database._writer
    assert writer is not None
    pages = await database.read(lambda tx: tx.row("PRAGMA page_count")[0])
    await writer.run(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages + 2}"))
    insert = "INSERT INTO images VALUES ('hash', 1, 1, 'image/png', zeroblob(100000))"
    with pytest.raises(StoreError, match="full"):
        await database.write(lambda tx: tx.run(insert))
    await writer.run(lambda connection: connection.execute("PRAGMA max_page_count = 1000000"))
    await database.write(lambda tx: tx.run(insert))


async def test_customers_words_are_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="aiosqlite")
    store = SqliteStore(tmp_path / "looksee.db")
    await store.open()
    await converse(store, "1", "a private question", "a private answer")
    await texts(store)
    await store.close()
    assert "aiosqlite" in {entry.name for entry in caplog.records}
    assert "private" not in caplog.text


async def test_an_open_that_is_cancelled_leaves_no_thread(tmp_path: Path) -> None:
    for steps in range(12):
        store = SqliteStore(tmp_path / f"{steps}.db")
        task = asyncio.create_task(store.open())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=10)
        assert task.done()
        await store.close()
        await store.open()
        await store.close()


async def test_a_process_that_crashes_with_an_open_store_ends(tmp_path: Path) -> None:
    script = f"""
import asyncio
from conversations.sqlite import SqliteStore

async def crash():
    await SqliteStore({str(tmp_path / "looksee.db")!r}).open()
    raise SystemExit(7)

asyncio.run(crash())
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, cwd=Path(conversations.__path__[0]).parent
    )
    try:
        assert await asyncio.wait_for(process.wait(), 30) == 7
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_queries_of_a_message_use_indexes(tmp_path: Path) -> None:
    """Run a message's whole life, note every statement, and ask SQLite how it goes about it."""
    path = tmp_path / "looksee.db"
    store = SqliteStore(path)
    await store.open()
    seen: set[str] = set()
    for connection in (store._database._writer, store._database._reader):
        assert connection is not None
        await connection.set_trace_callback(seen.add)
    shot = picture()
    await accept(store, message("0", attachments=(Attachment(data=b"x"),)))
    await deliver(store, await converse(store, "1", images=(shot,)), "a1")
    (lost, failed) = await converse(store, "2", parts=2, supersedes=(await store.history(CHAT))[0].id, reset=True)
    await store.unsent(lost.id, "x")
    await store.ambiguous(lost.id, "x", ["notice"])
    await store.failed(failed.id, "x")
    await store.stuck(CHAT)
    await store.commit(Outcome(CHAT, (), resend=True))
    await store.undelivered()
    await store.in_doubt()
    await store.pending()
    await store.pending(CHAT)
    await store.images([shot.ref])
    await store.find_turn(CHAT, "a1")
    await store.find_pictured(CHAT, "a1")
    await converse(store, "3", images=(shot,))
    (shown,) = (await store.context(CHAT)).pictures
    await store.describe(CHAT, shown, "x")
    await store.set_view(CHAT, View(shown.turn))
    await store.context(CHAT)
    await store.language(CHAT)
    await store.rate(CHAT, "a1", "s", 1)
    await store.transcript(CHAT)
    await store.stats(0)
    await store.backlog()
    await store.amend(CHAT, "1", "x")
    await store.retract(CHAT, "1")
    await store.retract(CHAT, "3")
    await have_a_case(store)
    await store.close()

    statements = {sql for sql in seen if sql.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE")}
    assert len(statements) > 40
    with closing(sqlite3.connect(path)) as plain:
        scans = {
            f"{step[3]}: {sql}"
            for sql in statements
            for step in plain.execute(f"EXPLAIN QUERY PLAN {sql}")
            if step[3].startswith("SCAN") and not _few_rows(step[3])
        }
    assert scans == set()


async def have_a_case(store: SqliteStore) -> None:
    """A case's whole life."""
    await store.case(CHAT)
    case = await moved(store, await hand_over(store), CaseState.HUMAN)
    room = await open_room(store, case)
    turn = await ask(store, "4")
    await deliver(store, await show(store, room, "a copy", turn=turn), "c1")
    rows = await store.commit(said("Hi!", "9.2"))
    await store.commit(Outcome(CHAT, (), (NewOutgoing("Hello!", replaces=rows[0].id),)))
    await store.message_id(rows[0].id)
    await store.parts(rows[0].turn_id or 0)
    await store.copies(room.id, turn)
    await store.behind([PLACE])
    await store.case_in(ROOM)
    await store.cases([CaseState.WAITING], 9)
    await store.card(case.id)
    await store.transcript(CHAT, rows[0].id)
    await store.thumbs_down(CHAT)
    await store.amend(CHAT, "4", "x")
    await store.failed(rows[0].id, "blocked")
    await store.retract(CHAT, "4")
    await store.room_gone(room.id)
    await store.commit(Outcome(CHAT, (), mark=Mark((await moved(store, case, CaseState.CLOSED)).id, 5)))
    await store.begin_anew(CHAT)
    await have_an_incident(store)


async def have_an_incident(store: SqliteStore) -> None:
    """A picture is looked at, and agents are told of it."""
    await converse(store, "5", images=(picture(9),))
    (sight,) = await store.unseen(0, 0, 9)
    incident = await store.see(sight, Look("0" * 64, frozenset({"E-1234"})), 0)
    await store.incidents(0, 1)
    await store.incident(incident, 0)
    await store.commit(Outcome(PLACE, (), answers=await store.incident(incident, 0)))


def _few_rows(step: str) -> bool:
    """Scans that do not grow with what was ever stored: what is waiting, what was seen within a day, and the counters
    of ids."""
    return (
        "sqlite_sequence" in step
        or step == "SCAN seen"
        or "CONSTANT" in step
        or step.endswith(("inbox_undone", "outbox_unsent"))
    )


async def test_what_a_killed_process_deleted_and_did_not_scrub_is_gone_after_the_next_start(tmp_path: Path) -> None:
    words = "canary 4111 1111"
    store = SqliteStore(tmp_path / "data" / "looksee.db")
    await store.open()
    await converse(store, "1", words)
    await store._database.write(lambda tx: changes.retract(tx, CHAT, "1", 0.0))  # and here the process dies
    left = await asyncio.to_thread(shutil.copytree, tmp_path / "data", tmp_path / "left")
    await store.close()
    assert await asyncio.to_thread(holds, left, words)
    again = SqliteStore(left / "looksee.db")
    await again.open()
    try:
        assert not await asyncio.to_thread(holds, left, words)
    finally:
        await again.close()


def holds(folder: Path, words: str) -> bool:
    return any(words.encode() in file.read_bytes() for file in folder.iterdir())
