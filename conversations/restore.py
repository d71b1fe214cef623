"""Putting a backup in the database's place: afterwards there is the old database or the new one, nothing between."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.errors import StoreError
from conversations.backup import SIDE_FILES, Counts, alone, connect, copy, count, errors, partial, publish, stamp, sync

UNREADABLE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
"""What SQLite says of a damaged file, one that is no database, and one with other tables."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a restore replaces: `before` is None, and so is `kept`, where there is no database yet."""

    database: Path
    source: Path
    kept: Path | None
    """The name that the present database will be kept under."""
    before: Counts | None
    """None, too, for a database that cannot be read."""
    after: Counts


def restore(database: Path, source: Path, now: float, agree: Callable[[Plan], bool]) -> Plan | None:
    """Put a backup in the place of a database that nobody uses; `agree` is asked before anything is changed. Blocking.

    Returns what was done, or None if `agree` says no. Raises StoreError, and then the old database is in its place.
    """
    with errors(f"Restore of {source} to {database}"), alone(database.parent), partial(database) as part:
        if not source.is_file():
            raise StoreError(f"{source} is not there.")
        with closing(connect(source, "ro")) as connection:
            after = copy(connection, source, part)
        sync(part)
        kept = database.with_name(f"{database.stem}-before-restore-{stamp(now)}.db") if database.exists() else None
        plan = Plan(database, source, kept, _count(database), after)
        if not agree(plan):
            return None
        if kept is not None:
            if plan.before is not None:
                _close(database)
            _keep(database, kept)
        # Before the new file is there: SQLite would take an old log for a part of it.
        for suffix in SIDE_FILES:
            _beside(database, suffix).unlink(missing_ok=True)
        sync(database.parent)
        part.replace(database)
        sync(database.parent)
    return plan


def _count(database: Path) -> Counts | None:
    """Count, changing nothing: SQLite would tidy a log away that it cannot make sense of. None if it cannot be read."""
    if not database.exists():
        return None
    # Only a writer can take back what a killed process left half done in the file itself.
    mode: Literal["ro", "rw"] = "rw" if _beside(database, "-journal").exists() else "ro"
    try:
        with closing(connect(database, mode)) as connection:
            return count(connection)
    except sqlite3.DatabaseError as error:
        if _code(error) not in UNREADABLE:
            raise
        return None


def _close(database: Path) -> None:
    """Bring everything into the one file, with no log beside it. Raises StoreError if another program has it open."""
    try:
        with closing(connect(database, "rw")) as connection:
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()  # to its end, where it is committed
    except sqlite3.DatabaseError as error:
        if _code(error) == sqlite3.SQLITE_BUSY:
            raise StoreError(f"{database} is in use by another program: end that first.") from error
        if _code(error) not in UNREADABLE:
            raise
        # Damaged, which may be why it is replaced: it is kept as it is, with the log beside it.


def _code(error: sqlite3.Error) -> int:
    return error.sqlite_errorcode & 0xFF  # the rest are details


def _keep(database: Path, kept: Path) -> None:
    """Keep a copy, which is whole before it has its name; the database itself stays in its place meanwhile."""
    for suffix in ("-wal", "-journal", ""):
        file = _beside(database, suffix)
        if file.exists():
            target = _beside(kept, suffix)
            with partial(target) as part:
                shutil.copyfile(file, part)
                publish(part, target)


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
