"""Copies of the database, taken while it is written to, checked, and whole or not there."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from bot.errors import StoreError
from conversations import schema
from conversations.connection import BUSY_SECONDS

FOLDER = "backups"
"""Where backups lie, beside the database."""
STEP_PAGES = 1024
"""Pages that are copied at a time: 4 MB."""
PAUSE_SECONDS = 0.002
"""A pause after each step, in which the disk is the writer's alone."""
PARTIAL = ".partial"
SIDE_FILES = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database while that is open, or leaves there when a process was killed."""

_SETTLE_TRIES = 3
_SETTLE_SECONDS = 0.2
_SETTLE_PAUSE_SECONDS = 0.02
_COUNTS = (
    "SELECT (SELECT count(*) FROM turns), (SELECT count(*) FROM images), (SELECT count(*) FROM inbox),"
    " (SELECT count(*) FROM inbox WHERE done_at IS NULL), (SELECT count(*) FROM outbox),"
    " (SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending') AND superseded = 0)"
)


@dataclass(frozen=True, slots=True)
class Counts:
    """What a database holds, in rows."""

    turns: int
    pictures: int
    inbox: int
    unanswered: int
    """Rows of the inbox that are not dealt with yet."""
    outbox: int
    unsent: int
    """Rows of the outbox that are to be sent, or are being sent."""

    def __str__(self) -> str:
        return (
            f"turns {self.turns}, pictures {self.pictures}, inbox {self.inbox} ({self.unanswered} unanswered), "
            f"outbox {self.outbox} ({self.unsent} unsent)"
        )


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made and checked; `size` in bytes."""

    path: Path
    size: int
    counts: Counts
    seconds: float


def default_target(database: Path, now: float) -> Path:
    """Where a backup goes that nobody named."""
    return database.parent / FOLDER / f"{database.stem}-{stamp(now)}.db"


def stamp(now: float) -> str:
    """A time as a part of file names, in UTC."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")


def back_up(database: Path, target: Path, *, step_pages: int = STEP_PAGES) -> Backup:
    """Copy one state of the database, which others may go on writing to, to a new file. Blocking.

    The file is on the disk, checked, and for its owner's eyes only. Raises StoreError, and then there is no file.
    """
    began = time.monotonic()
    with errors(f"Backup of {database} to {target}"):
        if not database.is_file():
            raise StoreError(f"{database} is not there: nothing to back up. LOOKSEE_DATA_DIR says where it is.")
        with alone(database.parent):
            _prepare(database.parent / FOLDER, needed=target.parent == database.parent / FOLDER)
            if target.exists():
                raise StoreError(f"{target} is there already, and backups overwrite nothing: choose another name.")
            if not target.parent.is_dir():
                raise StoreError(f"The folder {target.parent} is not there.")
            with partial(target) as part:
                with closing(connect(database, "rw")) as source:
                    counts = copy(source, database, part, step_pages)
                    _settle(source)
                size = part.stat().st_size
                publish(part, target)
    return Backup(target, size, counts, time.monotonic() - began)


def copy(source: sqlite3.Connection, name: Path, target: Path, step_pages: int = STEP_PAGES) -> Counts:
    """Copy one state of a database of ours into an empty file, check that, and count. `name` is for messages.

    The copy is one file, without a write-ahead log. Raises StoreError, sqlite3.Error.
    """
    # Held for the whole copy: otherwise SQLite would begin again at every commit of the service, and never end.
    source.execute("BEGIN")
    expect_ours(source, name)
    counts = count(source)
    with closing(sqlite3.connect(target, isolation_level=None)) as copied:
        # Nobody needs half a copy after a crash; the whole one is forced to the disk before it gets its name.
        copied.execute("PRAGMA journal_mode = OFF")
        copied.execute("PRAGMA synchronous = OFF")
        source.backup(copied, pages=step_pages, progress=lambda *_: time.sleep(PAUSE_SECONDS))
        source.execute("COMMIT")
        copied.execute("PRAGMA journal_mode = DELETE").fetchall()  # to its end, where it is committed
        expect_sound(copied, name)
        if count(copied) != counts:
            raise StoreError(f"{name}: the copy holds {count(copied)} instead of {counts}.")
    return counts


def expect_ours(connection: sqlite3.Connection, name: Path) -> None:
    """Raises StoreError for a file that no Looksee has written, NewerDatabaseError for one of a later release."""
    try:
        owner: int = connection.execute("PRAGMA application_id").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
            raise
        raise StoreError(f"{name} is not a database of Looksee's: it is no database at all.") from error
    if owner != schema.APPLICATION_ID:
        raise StoreError(f"{name} is not a database of Looksee's.")
    schema.check(connection, str(name), schema.packaged()[-1].version)


def expect_sound(connection: sqlite3.Connection, name: Path) -> None:
    """Raises StoreError for a damaged database."""
    try:
        fault: str = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if fault == "ok" and connection.execute("PRAGMA foreign_key_check").fetchone():
            fault = "rows refer to rows that are not there"
    except sqlite3.DatabaseError as error:
        fault = str(error)
    if fault != "ok":
        raise StoreError(f"{name} is damaged: {fault}")


def count(connection: sqlite3.Connection) -> Counts:
    """Count what the database holds."""
    return Counts(*connection.execute(_COUNTS).fetchone())


def connect(path: Path, mode: Literal["ro", "rw"]) -> sqlite3.Connection:
    """Open a file that is there; none is made."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other backups and restores of a data folder out; a running service does not mind. Raises StoreError."""
    held = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreError(f"Another backup or restore of {folder} is running.") from error
        yield
    finally:
        os.close(held)


@contextlib.contextmanager
def partial(target: Path) -> Iterator[Path]:
    """An empty file beside `target` to be filled and published; gone at the end, as is what a killed process left."""
    part = target.with_name(f".{target.name}{PARTIAL}")
    _remove(part)
    os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        _give_to_owner_of(target.parent, part)
        yield part
    finally:
        _remove(part)


def publish(part: Path, target: Path) -> None:
    """Force a filled file to the disk and give it its name, which nothing has yet. Raises StoreError, OSError."""
    sync(part)
    try:
        target.hardlink_to(part)
    except FileExistsError as error:
        raise StoreError(f"{target} is there already, and nothing is overwritten.") from error
    except OSError:  # a file system without links
        part.rename(target)
    try:
        sync(target.parent)
    except BaseException:
        target.unlink()
        raise


def sync(path: Path) -> None:
    """Force a file, or a folder's list of files, to the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a network's file system that does so by itself, for folders
            raise
    finally:
        os.close(opened)


@contextlib.contextmanager
def errors(work: str) -> Iterator[None]:
    """Turn what SQLite and the system raise into StoreError; `work` says what was being done."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{work} failed: {error}") from error
    except OSError as error:
        raise StoreError(f"{work} failed: {error.strerror or error}") from error


def _settle(connection: sqlite3.Connection) -> None:
    """Empty the write-ahead log, which could not be done while the copy held its state: what a customer deleted
    meanwhile would stay in it. A service that is busy all the time does it later itself."""
    connection.execute(f"PRAGMA busy_timeout = {_SETTLE_SECONDS * 1000:.0f}")  # the service waits as long
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").close()
    for _ in range(_SETTLE_TRIES):
        busy: int = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if not busy:
            return
        time.sleep(_SETTLE_PAUSE_SECONDS)


def _prepare(folder: Path, *, needed: bool) -> None:
    """Make the folder of backups if it is needed; take away what killed processes left in it."""
    if needed and not folder.is_dir():
        folder.mkdir(mode=0o700)
        _give_to_owner_of(folder.parent, folder)
    for left in folder.glob(f".*{PARTIAL}*"):
        left.unlink(missing_ok=True)


def _give_to_owner_of(folder: Path, path: Path) -> None:
    """What the superuser makes in the service's folder must be the service's, or that could not use it."""
    if os.geteuid() == 0:
        owner = folder.stat()
        with contextlib.suppress(OSError):  # a file system without owners
            os.chown(path, owner.st_uid, owner.st_gid)


def _remove(part: Path) -> None:
    for suffix in ("", *SIDE_FILES):
        part.with_name(part.name + suffix).unlink(missing_ok=True)
