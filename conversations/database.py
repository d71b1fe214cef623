"""One SQLite file: its connections, its pragmas, and transactions that are either whole or not there."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from bot.errors import StoreError, StoreUnavailableError
from bot.stores import StoreObserver
from conversations import schema
from conversations.connection import Connect, Connection, code, connect
from conversations.scrubbing import LOG_SECONDS, Scrubber, empty_log, roots

MEMORY = ":memory:"
ROOM_BYTES = 16_000_000
"""Free space below which a probe fails: as much as a message with pictures and its way through the log may take."""

LOG_BYTES = 64_000_000
"""A write-ahead log longer than this is looked at: SQLite means it to have 4 MB; a backup under way makes it longer."""
COMMITS_BETWEEN_LOOKS = 500

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

_PAGES_AT_ONCE = 64

T = TypeVar("T")


class Transaction:
    """What a piece of work sees of the database: statements of the one transaction it runs in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.announced = False

    def announce(self) -> None:
        """Have those who asked for it with `Database.tell` told of this transaction once it is committed."""
        self.announced = True

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
        self._connector = connect
        self._commits = 0
        self._to_empty = True  # what a killed process had not got round to
        self._writer: Connection | None = None
        self._reader: Connection | None = None
        self._writes: set[asyncio.Task[Any]] = set()
        self._told: list[Callable[[], None]] = []
        self._scrubber: Scrubber | None = None

    async def open(self) -> None:
        """Create the file where there is none (for its owner's eyes only), and migrate it.

        Raises StoreError, NewerDatabaseError.
        """
        with self._errors(_Nobody()):
            try:
                self._writer = await Connection.start(self._connect)
                await self._writer.run(self._prepare_writer)
                self._reader = self._writer
                if self._path != MEMORY:
                    self._reader = await Connection.start(self._connect)
                    await self._reader.run(self._prepare_reader)
                    await self._empty_log(seconds=0)
                    self._scrubber = await asyncio.to_thread(Scrubber, self._path)
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
            # Not before SQLite is done with the file: see `gaps.PagedFile`.
            scrubber, self._scrubber = self._scrubber, None
            if scrubber is not None:
                scrubber.close()

    def tell(self, told: Callable[[], None]) -> None:
        """Have `told` called, on the event loop, after each transaction that was announced."""
        self._told.append(told)

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

    async def erase(self, work: Callable[[Transaction], T]) -> T:
        """`write` something that deletes. What it deleted is then in no file any more, but for what `scrub` finds.

        Where the log cannot be emptied just now (an error, another program that reads), that is made up for after one
        of the next writes, or at the next start.
        """
        result = await self.write(work)
        self._to_empty = True
        await self._empty_log(seconds=LOG_SECONDS)
        return result

    async def probe(self) -> None:
        """Commit something that changes nothing, if there is room for more than that. Raises StoreError."""

        def work(tx: Transaction) -> None:
            # Unlike a transaction without changes, this writes a page, even though it says what that says already.
            tx.run(f"PRAGMA user_version = {tx.row('PRAGMA user_version')[0]:d}")
            if self._path != MEMORY and shutil.disk_usage(Path(self._path).parent).free < ROOM_BYTES:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        await self.write(work)

    async def _commit(self, writer: Connection | None, work: Callable[[Transaction], T]) -> T:
        announced = False

        def noting(tx: Transaction) -> T:
            nonlocal announced
            result = work(tx)
            announced = tx.announced
            return result

        result = await self._transact(writer, "BEGIN IMMEDIATE", noting)
        self._observer.written()
        for told in self._told if announced else ():
            told()
        self._commits += 1
        if self._to_empty:
            await self._empty_log(seconds=0)
        elif self._commits % COMMITS_BETWEEN_LOOKS == 0:
            await self._look_at_log()
        return result

    async def _look_at_log(self) -> None:
        """SQLite moves the log into the file now and then, and tells nobody when that fails: the log then grows until
        the disk is full. So one that is far too long is moved once more, by us, who tell the observer."""

        def checkpoint(connection: sqlite3.Connection) -> None:
            log = Path(f"{self._path}-wal")
            if log.exists() and log.stat().st_size > LOG_BYTES:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

        if self._writer is not None:
            with contextlib.suppress(StoreError), self._errors(self._observer):  # what was committed is committed
                await self._writer.run(checkpoint)

    async def _empty_log(self, *, seconds: float) -> bool:
        """Move the write-ahead log into the file and empty it, waiting so long for others who read. False: not now."""
        if self._writer is not None:
            with contextlib.suppress(StoreError), self._errors(self._observer):  # what was committed is committed
                self._to_empty = not await self._writer.run(lambda raw: empty_log(raw, seconds))
                return not self._to_empty
        return False

    async def scrub(self) -> bool:
        """Empty the log, and overwrite what SQLite has left of deleted rows in between. False: ask again.

        The file is looked through on the side; only what is found keeps writers waiting, for milliseconds at a time.
        """
        if not await self._empty_log(seconds=LOG_SECONDS):
            return False
        if self._scrubber is None:
            return True
        with self._errors(self._observer):
            stale = await asyncio.to_thread(self._scrubber.stale, await self.read(lambda tx: roots(tx.rows)))
            for start in range(0, len(stale), _PAGES_AT_ONCE):
                batch = stale[start : start + _PAGES_AT_ONCE]
                if self._writer is None or not await self._writer.run(partial(self._scrubber.clear, batch=batch)):
                    return False
        return await self._empty_log(seconds=LOG_SECONDS)

    async def _transact(self, connection: Connection | None, begin: str, work: Callable[[Transaction], T]) -> T:
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
        return self._connector(self._path)

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
        connection.execute("PRAGMA temp_store = MEMORY")  # no customer's words in temporary files
        schema.migrate(connection, migrations)

    def _prepare_reader(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA query_only = ON")

    @contextlib.contextmanager
    def _errors(self, observer: StoreObserver) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            if isinstance(error, sqlite3.Error) and code(error) not in _UNAVAILABLE:
                raise StoreError(f"{self._path}: {error}") from error
            unavailable = StoreUnavailableError(f"{self._path}: {error}")
            unavailable.__cause__ = error
            observer.failed(unavailable)
            raise unavailable from error
