"""One SQLite file: its connections, its pragmas, and transactions that are either whole or not there."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from bot.errors import StoreError, StoreUnavailableError
from bot.ports import StoreObserver
from conversations import schema

MEMORY = ":memory:"
BUSY_SECONDS = 5.0
"""How long a statement waits for another process (a backup, an export) that holds the file."""

ROOM_BYTES = 16_000_000
"""Free space below which a probe fails: as much as a message with pictures and its way through the log may take."""

_UNAVAILABLE = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)
"""What SQLite says when the trouble is the file's, and not the statement's."""

T = TypeVar("T")
Connect = Callable[[str], sqlite3.Connection]


def connect(path: str) -> sqlite3.Connection:
    """Open a file, or ":memory:"."""
    # No implicit transactions: every BEGIN is ours.
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, cached_statements=256)


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

    _usual_wait = 0
    """While it does not wait for locks: the milliseconds that it otherwise waits."""

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

    def begin(self, raw: sqlite3.Connection, statement: str) -> None:
        """Begin a transaction, on the connection's thread. Waits for other programs; after a wait in vain not again,
        until one went through: what comes in while a lock is held would queue up behind seconds of waiting each."""
        try:
            raw.execute(statement)
        except sqlite3.OperationalError as error:
            if not self._usual_wait and _code(error) == sqlite3.SQLITE_BUSY:
                self._usual_wait = raw.execute("PRAGMA busy_timeout").fetchone()[0]
                raw.execute("PRAGMA busy_timeout = 0").close()
            raise
        if self._usual_wait:
            raw.execute(f"PRAGMA busy_timeout = {self._usual_wait:d}").close()
            self._usual_wait = 0

    async def finish(self) -> None:
        """Close and end the thread once what was queued is done, even if the caller is cancelled here."""
        stopped = self.stop()
        if stopped is not None:
            await stopped


class _Nobody:
    """An observer for stores that nobody observes."""

    def failed(self, error: StoreUnavailableError) -> None:
        pass

    def written(self) -> None:
        pass


class Database:
    """A file, with one connection that writes and one that reads; or ":memory:", with one for both.

    A connection that met an I/O error or a full disk goes on being used: each commit writes and syncs everything that
    it needs anew, as does each checkpoint, so that nothing rests on what an earlier fsync failed to bring to the disk.
    """

    def __init__(self, path: Path | str, *, observer: StoreObserver | None = None, connect: Connect = connect) -> None:
        """`connect` opens the file, on a thread of its own for each connection."""
        self._path = str(path)
        self._observer = observer or _Nobody()
        self._open_file = connect
        self._to_scrub = True  # what a killed process had not got round to
        self._writer: _Connection | None = None
        self._reader: _Connection | None = None
        self._writes: set[asyncio.Task[Any]] = set()

    async def open(self) -> None:
        """Create the file where there is none (for its owner's eyes only), and migrate it.

        Raises StoreError, NewerDatabaseError.
        """
        with self._errors(_Nobody()):
            try:
                self._writer = await _Connection.start(self._connect)
                await self._writer.run(self._prepare_writer)
                self._reader = self._writer
                if self._path != MEMORY:
                    self._reader = await _Connection.start(self._connect)
                    await self._reader.run(self._prepare_reader)
                    await self._scrub(wait=False)
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
        task = asyncio.ensure_future(self._commit(self._writer, work))
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

    async def erase(self, work: Callable[[Transaction], bool]) -> bool:
        """`write` something that deletes, and say whether it did. What it deleted is then in no file any more.

        Where the log cannot be emptied just now (an error, another program that reads), that is made up for after one
        of the next writes, or at the next start.
        """
        done = await self.write(work)
        if done:
            self._to_scrub = True
            await self._scrub(wait=True)
        return done

    async def probe(self) -> None:
        """Commit something that changes nothing, if there is room for more than that. Raises StoreError."""

        def work(tx: Transaction) -> None:
            # Unlike a transaction without changes, this writes a page, even though it says what that says already.
            tx.run(f"PRAGMA user_version = {tx.row('PRAGMA user_version')[0]:d}")
            if self._path != MEMORY and shutil.disk_usage(Path(self._path).parent).free < ROOM_BYTES:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        await self.write(work)

    async def _commit(self, writer: _Connection | None, work: Callable[[Transaction], T]) -> T:
        result = await self._transact(writer, "BEGIN IMMEDIATE", work)
        self._observer.written()
        if self._to_scrub:
            await self._scrub(wait=False)
        return result

    async def _scrub(self, *, wait: bool) -> None:
        """Move the write-ahead log into the file and empty it, so that what was deleted is in neither of them; with
        `wait`, not before others have read what they are at."""

        def checkpoint(connection: sqlite3.Connection) -> bool:
            usual: int = connection.execute("PRAGMA busy_timeout").fetchone()[0]
            connection.execute(f"PRAGMA busy_timeout = {usual if wait else 0:d}").close()
            try:
                busy: int = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                connection.execute(f"PRAGMA busy_timeout = {usual:d}").close()
            return bool(busy)

        if self._writer is not None:
            with contextlib.suppress(StoreUnavailableError), self._errors(self._observer):
                self._to_scrub = await self._writer.run(checkpoint)

    async def _transact(self, connection: _Connection | None, begin: str, work: Callable[[Transaction], T]) -> T:
        if connection is None:
            raise StoreError(f"{self._path}: not open")

        def transact(raw: sqlite3.Connection) -> T:
            connection.begin(raw, begin)
            try:
                result = work(Transaction(raw))
                raw.execute("COMMIT")
            except BaseException:
                if raw.in_transaction:  # some errors, a full disk for one, have already rolled back
                    raw.execute("ROLLBACK")
                raise
            return result

        with self._errors(self._observer):
            return await connection.run(transact)

    def _connect(self) -> sqlite3.Connection:
        if self._path != MEMORY:
            path = Path(self._path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
        return self._open_file(self._path)

    def _prepare_writer(self, connection: sqlite3.Connection) -> None:
        migrations = schema.packaged()
        schema.check(connection, self._path, migrations[-1].version)
        # Read to its end: the change of mode is committed behind the row that announces it, and an error there would be
        # nobody's. Without the log, a commit would not survive a power cut.
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
        mode: str = connection.execute("PRAGMA journal_mode").fetchone()[0]
        if mode not in ("wal", "memory"):
            raise StoreUnavailableError(f"{self._path}: SQLite cannot keep a write-ahead log there")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        schema.migrate(connection, migrations)

    def _prepare_reader(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA query_only = ON")

    @contextlib.contextmanager
    def _errors(self, observer: StoreObserver) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            if isinstance(error, sqlite3.Error) and _code(error) not in _UNAVAILABLE:
                raise StoreError(f"{self._path}: {error}") from error
            unavailable = StoreUnavailableError(f"{self._path}: {error}")
            unavailable.__cause__ = error
            observer.failed(unavailable)
            raise unavailable from error


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 for what the module says of its own accord."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
