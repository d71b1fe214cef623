from __future__ import annotations

import asyncio
import json
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import NewerDatabaseError, StoreError
from bot.messages import Inbound, Pending
from bot.people import Person
from conversations import codec, schema
from conversations.schema import Migration
from conversations.sqlite import SqliteStore
from tests.contracts.stores import converse, message, texts

NEWEST = schema.packaged()[-1].version
FIRST = Migration(1, "PRAGMA application_id = 1280266059;\nCREATE TABLE a (id INTEGER PRIMARY KEY);\n")


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        yield connection


def version(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


def tables(connection: sqlite3.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")}


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


async def refused(path: Path) -> StoreError:
    store = SqliteStore(path)
    with pytest.raises(StoreError) as caught:
        await store.open()
    await store.close()
    return caught.value


def test_migrations_are_numbered_without_gaps() -> None:
    assert [migration.version for migration in schema.packaged()] == list(range(1, len(schema.packaged()) + 1))


def test_a_script_is_taken_apart_into_statements(connection: sqlite3.Connection) -> None:
    script = """-- a; comment
CREATE TABLE a (id INTEGER);  -- another; one
CREATE TRIGGER t AFTER INSERT ON a BEGIN
  DELETE FROM a WHERE id = 1;
  DELETE FROM a WHERE id = 2;
END;
INSERT INTO a VALUES (3);
-- the end"""
    for statement in schema.statements(script):
        connection.execute(statement)
    assert tables(connection) == {"a", "t"}
    assert connection.execute("SELECT id FROM a").fetchall() == [(3,)]


def test_a_fresh_file_gets_all_migrations_once(connection: sqlite3.Connection) -> None:
    second = Migration(2, "CREATE TABLE b (id INTEGER);")
    schema.migrate(connection, [FIRST])
    assert (version(connection), tables(connection)) == (1, {"a"})
    schema.migrate(connection, [FIRST, second])
    schema.migrate(connection, [FIRST, second])
    assert (version(connection), tables(connection)) == (2, {"a", "b"})
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_a_failing_migration_leaves_the_schema_before_it(connection: sqlite3.Connection) -> None:
    broken = Migration(2, "CREATE TABLE b (id INTEGER);\nINSERT INTO b VALUES (1);\nINSERT INTO nowhere VALUES (1);")
    with pytest.raises(sqlite3.OperationalError):
        schema.migrate(connection, [FIRST, broken])
    assert (version(connection), tables(connection)) == (1, {"a"})
    assert not connection.in_transaction
    schema.migrate(connection, [FIRST, Migration(2, "CREATE TABLE b (id INTEGER);")])
    assert version(connection) == 2


def test_a_migration_may_rebuild_a_table_that_others_refer_to(connection: sqlite3.Connection) -> None:
    child = "CREATE TABLE child (a INTEGER REFERENCES a ON DELETE CASCADE);"
    schema.migrate(
        connection, [FIRST, Migration(2, f"INSERT INTO a VALUES (7);\n{child}\nINSERT INTO child VALUES (7);")]
    )
    rebuild = """CREATE TABLE a_new (id INTEGER PRIMARY KEY, more TEXT);
INSERT INTO a_new SELECT id, '' FROM a;
DROP TABLE a;
ALTER TABLE a_new RENAME TO a;"""
    migrations = [FIRST, Migration(2, ""), Migration(3, rebuild)]
    schema.migrate(connection, migrations)
    assert connection.execute("SELECT a FROM child").fetchall() == [(7,)]
    with pytest.raises(sqlite3.IntegrityError, match="migration 4 breaks references"):
        schema.migrate(connection, [*migrations, Migration(4, "DELETE FROM a;")])
    assert connection.execute("SELECT id FROM a").fetchall() == [(7,)]


async def test_a_database_survives_being_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "not there yet" / "looksee.db"
    for expected in ([], ["What is this?", "A form."]):
        store = SqliteStore(path)
        await store.open()
        assert await texts(store) == expected
        if not expected:
            await converse(store, "1")
        await store.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_pictures_from_before_they_had_numbers_get_them(connection: sqlite3.Connection) -> None:
    first, *later = schema.packaged()
    schema.migrate(connection, [first])
    connection.execute("INSERT INTO chats (platform, account, chat, thread) VALUES ('web', '', '1', '')")
    for sha256 in "abcd":
        connection.execute("INSERT INTO images VALUES (?, 1, 1, 'image/png', x'00')", (sha256,))
    # Conversation, whether superseded, pictures; the third question was asked anew as the fourth.
    asked = [(1, 0, "ba"), (1, 0, "ac"), (1, 1, "d"), (1, 0, "cd"), (2, 0, "c")]
    for turn, (conversation, superseded, shown) in enumerate(asked, 1):
        connection.execute(
            "INSERT INTO turns (chat_id, conversation, speaker, text, sender, language, superseded, at)"
            " VALUES (1, ?, 'customer', '', '', 'en', ?, 0)",
            (conversation, superseded),
        )
        for position, sha256 in enumerate(shown):
            connection.execute("INSERT INTO turn_images VALUES (?, ?, ?)", (turn, position, sha256))
    schema.migrate(connection, [first, *later])
    rows = connection.execute("SELECT turn_id, sha256, number, role FROM turn_images ORDER BY turn_id, position")
    numbers = [(1, "b", 1), (1, "a", 2), (2, "a", 2), (2, "c", 3), (3, "d", 0), (4, "c", 3), (4, "d", 4), (5, "c", 1)]
    assert rows.fetchall() == [(*row, "sent") for row in numbers]


async def test_what_waits_in_an_older_database_is_let_in(tmp_path: Path) -> None:
    path, inbound = tmp_path / "looksee.db", message("1")
    await asyncio.to_thread(_write_as_before_people, path, inbound)
    store = SqliteStore(path)
    await store.open()
    assert await store.pending() == [Pending(1, inbound)]
    assert await store.person(inbound.sender.key) == Person(inbound.sender.key)
    await store.close()


def _write_as_before_people(path: Path, inbound: Inbound) -> None:
    payload, _ = codec.encode(inbound)
    before = json.loads(payload)
    del before["replied"]  # there was no such thing
    chat = (inbound.chat.platform, inbound.chat.account, inbound.chat.chat, inbound.chat.thread)
    row = (*chat[:2], inbound.event_id, inbound.kind, json.dumps(before))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        schema.migrate(connection, schema.packaged()[:2])
        connection.execute("INSERT INTO chats (platform, account, chat, thread) VALUES (?, ?, ?, ?)", chat)
        connection.execute(
            "INSERT INTO inbox (platform, account, event_id, chat_id, kind, payload, at) VALUES (?, ?, ?, 1, ?, ?, 1)",
            row,
        )


async def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "looksee.db"
    execute(path, f"PRAGMA application_id = {schema.APPLICATION_ID}", "PRAGMA user_version = 99")
    before = path.read_bytes()
    error = await refused(path)
    assert isinstance(error, NewerDatabaseError)
    for part in (str(path), "version 99", f"up to {NEWEST}", "Install the newer release"):
        assert part in str(error)
    assert path.read_bytes() == before
    assert not (tmp_path / "looksee.db-wal").exists()


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "looksee.db"
    path.write_bytes(b"a letter to a friend\n" * 100)
    error = await refused(path)
    assert f"{path} is not a database" in str(error)
    assert path.read_bytes() == b"a letter to a friend\n" * 100


async def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "looksee.db"
    execute(path, "CREATE TABLE recipes (name TEXT)")
    assert f"{path} is a database of another program" in str(await refused(path))


async def test_a_place_that_cannot_be_written_is_an_error_of_the_store(tmp_path: Path) -> None:
    assert str(tmp_path) in str(await refused(tmp_path))
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in str(await refused(tmp_path / "file" / "looksee.db"))
    assert [thread.name for thread in threading.enumerate() if "connection_worker" in thread.name] == []
