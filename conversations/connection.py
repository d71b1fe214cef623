"""One connection to a SQLite file, on a thread of its own."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import TypeVar

import aiosqlite

BUSY_SECONDS = 5.0
"""How long a statement waits for another process (a backup, an export) that holds the file."""

T = TypeVar("T")
Connect = Callable[[str], sqlite3.Connection]


def connect(path: str) -> sqlite3.Connection:
    """Open a file, or ":memory:"."""
    # No implicit transactions: every BEGIN is ours.
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, cached_statements=256)


def code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 for what the module says of its own accord."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


class Connection(aiosqlite.Connection):
    """Takes a whole transaction to the connection's thread at once.

    aiosqlite's public methods take one statement each: an answer's commit would wake the thread fifteen times, and
    between two of them a cancelled caller could leave the transaction open. In one piece it cannot be interrupted, and
    the thread's queue is the lock that keeps writers apart.
    """

    _usual_wait = 0
    """While it does not wait for locks: the milliseconds that it otherwise waits."""

    @classmethod
    async def start(cls, connector: Callable[[], sqlite3.Connection]) -> Connection:
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
            if not self._usual_wait and code(error) == sqlite3.SQLITE_BUSY:
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
