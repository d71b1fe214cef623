"""Taking what was deleted out of a database's files: the write-ahead log, and what lies between the cells."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from conversations import gaps

LOG_SECONDS = 1.0
"""How long emptying the log waits for other programs that read."""


def empty_log(raw: sqlite3.Connection, seconds: float) -> bool:
    """Move the log into the file and empty it. False: somebody still reads an older state after so long."""
    usual: int = raw.execute("PRAGMA busy_timeout").fetchone()[0]
    raw.execute(f"PRAGMA busy_timeout = {min(usual, seconds * 1000):.0f}").close()
    try:
        busy: int = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        raw.execute(f"PRAGMA busy_timeout = {usual:d}").close()
    return not busy


def roots(rows: Callable[[str], Sequence[Any]]) -> list[int]:
    """The root pages of all tables and indexes; `rows` runs a query."""
    return [1, *(row[0] for row in rows("SELECT rootpage FROM sqlite_schema WHERE rootpage > 0"))]


class Scrubber:
    """The gaps of one database file; see `gaps`. It has to stay open for as long as SQLite uses the file."""

    def __init__(self, path: str) -> None:
        """Open the file. Blocking. Raises OSError."""
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._file = gaps.PagedFile(self._descriptor)

    def close(self) -> None:
        """Close the file, which takes this process's locks on it away."""
        os.close(self._descriptor)

    def stale(self, roots: Collection[int]) -> list[gaps.Path]:
        """The pages that are worth a second look. Blocking."""
        return list(self._file.stale(roots))

    def clear(self, raw: sqlite3.Connection, batch: Sequence[gaps.Path]) -> bool:
        """Overwrite the gaps of pages while nobody can write. False: it has to be begun anew. Blocking."""
        if not empty_log(raw, LOG_SECONDS):
            return False
        raw.execute("BEGIN IMMEDIATE")
        try:
            # From here on nobody writes; what somebody has written since the log was emptied waits for the next time.
            if Path(f"{self._path}-wal").stat().st_size:
                return False
            if self._file.clear(batch, roots(lambda sql: raw.execute(sql).fetchall())):
                # A commit, which has every other connection read its pages anew, old copies of which it could write.
                version: int = raw.execute("PRAGMA user_version").fetchone()[0]
                raw.execute(f"PRAGMA user_version = {version:d}").close()
                raw.execute("COMMIT")
        finally:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
        raw.execute("PRAGMA shrink_memory").close()  # as others do, for a connection's own copies
        return True
