"""One SQLite file: its connections, its pragmas, and transactions that are either whole or not there."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from bot.errors import StoreError
from conversations import schema

MEMORY = ":memory:"
BUSY_SECONDS = 5.0
"""How long a statement waits for another process (a backup, an export) that holds the file."""

T = TypeVar("T")


class Transaction:
    """What a piece of work sees of the database: statements of the one transaction it runs in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, sql: str, *values: object) -> sqlite3.Cursor:
        """Execute one statement."""
        try:
            return self._connection.execute(sql, values)
        except UnicodeEncodeError:
            return self._connection.execute(sql, tuple(map(_clean, values)))

    def rows(self, sql: str, *values: object) -> list[Any]:
        """All rows of a query."""
        return self.run(sql, *values).fetchall()

    def row(self, sql: str, *values: object) -> Any:
        """The first row of a query, or None."""
        return self.run(sql, *values).fetchone()

    def insert(self, sql: str, *values: object) -> int:
        """Execute an INSERT and return the new row's id."""
        return self.run(sql, *values).lastrowid or 0


def _clean(value: object) -> object:
    """Text that UTF-8 can hold: halves of a character that belong together are joined, lone ones become U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value


class _Connection(aiosqlite.Connection):
    """Takes a whole transaction to the connection's thread at once.

    aiosqlite's public methods take one statement each: an answer's commit would wake the thread fifteen times, and
    between two of them a cancelled caller could leave the transaction open. In one piece it cannot be interrupted, and
    the thread's queue is the lock that keeps writers apart.
    """

    @classmethod
    async def start(cls, connector: Callable[[], sqlite3.Connection]) -> _Connection:
        """Start the thread and connect on it."""
        connection = cls(connector, iter_chunk_size=64)
        connection._thread.daemon = True  # or a process that crashes with an open store would never end
        try:
            await connection
        except BaseException:
            # aiosqlite has told the thread to end, but does not wait: the event loop may be closed before it has.
            await asyncio.to_thread(connection._thread.join)
            raise
        return connection

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Call `work` with the raw connection on its thread."""

        def call() -> T:  # no partial: aiosqlite logs what it calls, and customers' words do not belong in a log
            return work(self._conn)

        if not self._running:
            raise sqlite3.ProgrammingError("closed")
        result: T = await self._execute(call)  # type: ignore[no-untyped-call]
        return result

    async def finish(self) -> None:
        """Close and end the thread once what was queued is done, even if the caller is cancelled here."""
        stopped = self.stop()
        if stopped is not None:
            await stopped


class Database:
    """A file, with one connection that writes and one that reads; or ":memory:", with one for both."""

    def __init__(self, path: Path | str) -> None:
        self._path = str(path)
        self._writer: _Connection | None = None
        self._reader: _Connection | None = None
        self._writes: set[asyncio.Task[Any]] = set()

    async def open(self) -> None:
        """Create the file where there is none (for its owner's eyes only), and migrate it.

        Raises StoreError, NewerDatabaseError.
        """
        with self._errors():
            try:
                self._writer = await _Connection.start(self._connect)
                await self._writer.run(self._prepare_writer)
                self._reader = self._writer
                if self._path != MEMORY:
                    self._reader = await _Connection.start(self._connect)
                    await self._reader.run(self._prepare_reader)
            except BaseException:
                await self.close()
                raise

    async def close(self) -> None:
        """Finish the transactions under way and close. Idempotent."""
        reader, writer, self._reader, self._writer = self._reader, self._writer, None, None
        try:
            if self._writes:
                await asyncio.wait(self._writes)
            if reader is not None and reader is not writer:
                await reader.finish()
        finally:
            if writer is not None:
                await writer.finish()

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in a transaction of its own and commit durably; an exception in it rolls everything back.

        A caller that is cancelled meanwhile is released when the transaction has ended, one way or the other.
        """
        task = asyncio.ensure_future(self._transact(self._writer, "BEGIN IMMEDIATE", work))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.done():
                await asyncio.wait([task])
            raise

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` on one unchanging state of the database."""
        return await self._transact(self._reader, "BEGIN", work)

    async def scrub(self) -> None:
        """Move the write-ahead log into the file and empty it, so that what was deleted is in neither of them."""
        if self._writer is not None:
            with self._errors():
                await self._writer.run(lambda connection: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close())

    async def _transact(self, connection: _Connection | None, begin: str, work: Callable[[Transaction], T]) -> T:
        if connection is None:
            raise StoreError(f"{self._path}: not open")

        def transact(raw: sqlite3.Connection) -> T:
            raw.execute(begin)
            try:
                result = work(Transaction(raw))
                raw.execute("COMMIT")
            except BaseException:
                if raw.in_transaction:  # some errors, a full disk for one, have already rolled back
                    raw.execute("ROLLBACK")
                raise
            return result

        with self._errors():
            return await connection.run(transact)

    def _connect(self) -> sqlite3.Connection:
        if self._path != MEMORY:
            path = Path(self._path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
        # No implicit transactions: every BEGIN is ours.
        return sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None, cached_statements=256)

    def _prepare_writer(self, connection: sqlite3.Connection) -> None:
        migrations = schema.packaged()
        schema.check(connection, self._path, migrations[-1].version)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        schema.migrate(connection, migrations)
        # A process that was killed may have deleted what it did not come to scrub.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()

    def _prepare_reader(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA query_only = ON")

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{self._path}: {error}") from error
