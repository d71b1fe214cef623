"""As much of `sqlite3.Connection` as our rooms use, on apsw's SQLite."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, cast

import apsw

from conversations.connection import BUSY_SECONDS, Connect
from tests.disk.vfs import MESSAGES, Disk

CHECKPOINT_PAGES = 16
"""How long the log is when a commit is followed by a checkpoint: SQLite waits for 1,000 pages, which no test writes."""

_CLASSES: dict[int, type[sqlite3.Error]] = {
    **dict.fromkeys((1, 3, 4, 5, 6, 8, 9, 10, 13, 14, 15, 16, 17), sqlite3.OperationalError),
    **dict.fromkeys((19, 20), sqlite3.IntegrityError),
    **dict.fromkeys((2, 12), sqlite3.InternalError),
    18: sqlite3.DataError,
    21: sqlite3.InterfaceError,
}
"""The standard library's errors by SQLite's result code; DatabaseError for all others."""


class Cursor:
    """Of `sqlite3.Cursor`, the results of one statement."""

    def __init__(self, cursor: apsw.Cursor, lastrowid: int, rowcount: int) -> None:
        self._cursor = cursor
        self.lastrowid = lastrowid
        self.rowcount = rowcount

    def fetchone(self) -> Any:
        with _errors():
            return self._cursor.fetchone()

    def fetchall(self) -> list[Any]:
        with _errors():
            return self._cursor.fetchall()

    def close(self) -> None:
        with _errors():
            self._cursor.close(force=True)


class Connection:
    """Of `sqlite3.Connection`, statements, without transactions of its own making.

    Where a statement succeeds although the disk failed (a checkpoint after a commit, what is tidied up at the close),
    apsw raises all the same, while SQLite and the standard library's module do not: here nothing is raised either.
    """

    def __init__(self, path: str, vfs: str) -> None:
        with _errors():
            self._connection = apsw.Connection(path, vfs=vfs, statementcachesize=256)
        self._connection.set_busy_timeout(int(BUSY_SECONDS * 1000))
        self._connection.set_wal_hook(self._committed)
        self._commits = 0

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Cursor:
        commits = self._commits
        cursor = self._connection.cursor()
        with _errors():
            try:
                cursor.execute(sql, values)
            except apsw.Error:
                if self._commits == commits:
                    raise
        return Cursor(cursor, self._connection.last_insert_rowid(), self._connection.changes())

    def close(self) -> None:
        with contextlib.suppress(apsw.Error):
            self._connection.close(force=True)

    def _committed(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        """What SQLite itself does after a commit to the log, whose checkpoint's errors nobody is told of."""
        self._commits += 1
        if pages >= CHECKPOINT_PAGES:
            with contextlib.suppress(apsw.Error):
                self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        return 0


def through(disk: Disk) -> Connect:
    """What opens databases on that disk."""

    def connect(path: str) -> sqlite3.Connection:
        return cast("sqlite3.Connection", Connection(path, disk.vfs))

    return connect


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except apsw.Error as error:
        raise translated(error) from error


def translated(error: apsw.Error) -> sqlite3.Error:
    """The standard library's error."""
    code = getattr(error, "extendedresult", 0) or getattr(error, "result", 0)
    text = str(error) or MESSAGES.get(code, "disk I/O error")
    made = _CLASSES.get(code & 0xFF, sqlite3.DatabaseError)(text)
    made.sqlite_errorcode = code
    return made
