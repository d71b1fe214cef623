"""Brings a database file to the newest schema: numbered SQL files, each in one transaction with its version."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

from bot.errors import NewerDatabaseError, StoreError

APPLICATION_ID = 0x4C4F4F4B
"""Marks a file as ours (``PRAGMA application_id``): "LOOK"."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema; `version` is the ``PRAGMA user_version`` after it."""

    version: int
    sql: str


def packaged() -> list[Migration]:
    """The migrations of this release, in order."""
    folder = files("conversations") / "migrations"
    found = [Migration(int(file.name[:4]), file.read_text("utf-8")) for file in folder.iterdir() if _is_sql(file.name)]
    return sorted(found, key=lambda migration: migration.version)


def hashed(event_id: str) -> str:
    """What an event's id is stored as: enough to know it again, and no help in guessing whose it was."""
    return hashlib.blake2b(event_id.encode("utf-8", "replace"), digest_size=16).hexdigest()


def check(connection: sqlite3.Connection, path: str, newest: int) -> None:
    """Change nothing, but raise StoreError for a file that is not ours, NewerDatabaseError for one of a later release.

    `path` is for the message, `newest` the version that this release knows.
    """
    try:
        version = _version(connection)
        owner: int = connection.execute("PRAGMA application_id").fetchone()[0]
        tables: int = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
            raise
        raise StoreError(f"{path} is not a database ({error}). Move it away, or set LOOKSEE_DATA_DIR.") from error
    if owner != APPLICATION_ID and (owner or version or tables):
        raise StoreError(f"{path} is a database of another program. Move it away, or set LOOKSEE_DATA_DIR.")
    if version > newest:
        raise NewerDatabaseError(
            f"{path} was written by a newer Looksee: it has version {version}, and this release knows versions up to "
            f"{newest}. Install the newer release again, or restore a backup made before it was installed."
        )


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    """Apply what is missing. A migration that fails leaves the schema as it was before it; raises sqlite3.Error."""
    connection.create_function("hashed", 1, hashed, deterministic=True)
    # With foreign keys on, a migration that rebuilds a table would delete by cascade whatever refers to it.
    connection.execute("PRAGMA foreign_keys = OFF")
    for migration in migrations:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if _version(connection) < migration.version:
                for statement in statements(migration.sql):
                    connection.execute(statement)
                if connection.execute("PRAGMA foreign_key_check").fetchone():
                    raise sqlite3.IntegrityError(f"migration {migration.version} breaks references")
                connection.execute(f"PRAGMA user_version = {migration.version:d}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    connection.execute("PRAGMA foreign_keys = ON")


def statements(sql: str) -> Iterator[str]:
    """The statements of a script one by one; each ends a line. `executescript` would commit first."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    yield statement


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _is_sql(name: str) -> bool:
    return name.endswith(".sql")
