"""The audit in the file: whatever somebody does with our connection, rows are only ever added."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from conversations import schema

ROW = "INSERT INTO audit (at, actor, action, detail, place, outcome) VALUES (1, 'telegram:1', 'ban', '', '', 'done')"


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        schema.migrate(connection, schema.packaged())
        connection.execute(ROW)
        connection.execute(ROW)
        yield connection


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'telegram:2'",
        "UPDATE audit SET outcome = 'refused' WHERE id = 1",
        "UPDATE OR IGNORE audit SET id = 9 WHERE id = 1",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE id = 2",
        "REPLACE INTO audit VALUES (1, 1, '', '', '', '', 'done')",
        "INSERT INTO audit VALUES (1, 1, '', '', '', '', 'done') ON CONFLICT DO UPDATE SET actor = ''",
    ],
)
def test_nothing_in_it_is_changed_or_deleted(database: sqlite3.Connection, statement: str) -> None:
    before = database.execute("SELECT * FROM audit").fetchall()
    with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
        database.execute(statement)
    assert database.execute("SELECT * FROM audit").fetchall() == before
    database.execute(ROW)
    assert database.execute("SELECT max(id) FROM audit").fetchone() == (3,)
