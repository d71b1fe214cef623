"""Looks into a bot's database from outside, while that bot runs, and finds what must not be there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.model import NUMBER

_HALVES = {
    "a question without its answer": """
        SELECT id FROM turns AS asked WHERE speaker = 'customer' AND coalesce((
          SELECT speaker FROM turns AS next WHERE next.chat_id = asked.chat_id AND next.id > asked.id
          ORDER BY id LIMIT 1
        ), '') <> 'bot'""",
    "an answer without its question": """
        SELECT id FROM turns AS said WHERE speaker = 'bot' AND coalesce((
          SELECT speaker FROM turns AS last WHERE last.chat_id = said.chat_id AND last.id < said.id
          ORDER BY id DESC LIMIT 1
        ), '') <> 'customer'""",
    "an answer that is sent nowhere": """
        SELECT id FROM turns WHERE speaker = 'bot'
        AND id NOT IN (SELECT turn_id FROM outbox WHERE turn_id IS NOT NULL)""",
    "a picture that no turn shows": """
        SELECT sha256 FROM images WHERE sha256 NOT IN (SELECT sha256 FROM turn_images)""",
    "files of a message that has been dealt with": """
        SELECT inbox_id FROM inbox_files JOIN inbox ON inbox.id = inbox_id WHERE done_at IS NOT NULL""",
}


@dataclass(frozen=True)
class Left:
    """What is not done yet: rows of the inbox and of the outbox."""

    inbox: int
    outbox: int

    def __bool__(self) -> bool:
        return bool(self.inbox or self.outbox)


def left(database: Path) -> Left:
    """What there still is to do. Blocking."""
    with closing(_connect(database)) as connection:
        query = (
            "SELECT (SELECT count(*) FROM inbox WHERE done_at IS NULL),"
            " (SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending') AND superseded = 0)"
        )
        return Left(*connection.execute(query).fetchone())


def doubtful(database: Path) -> set[str]:
    """The numbers of the questions whose answers may not have arrived. Blocking."""
    with closing(_connect(database)) as connection:
        rows = connection.execute("SELECT payload FROM outbox WHERE state = 'ambiguous'").fetchall()
    return {number for (payload,) in rows for number in NUMBER.findall(payload)}


def unsettled(database: Path) -> set[str]:
    """The numbers of the questions whose answers are being sent, or may not have arrived. Blocking."""
    with closing(_connect(database)) as connection:
        rows = connection.execute("SELECT payload FROM outbox WHERE state IN ('sending', 'ambiguous')").fetchall()
    return {number for (payload,) in rows for number in NUMBER.findall(payload)}


def doubtful_notices(database: Path) -> int:
    """How many messages that are no answers may not have arrived. Blocking."""
    with closing(_connect(database)) as connection:
        query = "SELECT count(*) FROM outbox WHERE state = 'ambiguous' AND turn_id IS NULL"
        return int(connection.execute(query).fetchone()[0])


def asked(database: Path) -> list[str]:
    """The numbers in all the questions that are remembered. Blocking."""
    with closing(_connect(database)) as connection:
        query = "SELECT text FROM turns WHERE speaker = 'customer' AND superseded = 0 ORDER BY id"
        return [number for (text,) in connection.execute(query) for number in NUMBER.findall(text)]


def faults(database: Path) -> list[str]:
    """Everything in a database at rest that only half of a transaction can have left there. Blocking."""
    with closing(_connect(database)) as connection:
        found = [f"{what}: {row[0]}" for what, sql in _HALVES.items() for row in connection.execute(sql)]
        found += [f"integrity: {text}" for (text,) in connection.execute("PRAGMA integrity_check") if text != "ok"]
        found += [f"dangling reference: {tuple(row)}" for row in connection.execute("PRAGMA foreign_key_check")]
    return found


def _connect(database: Path) -> sqlite3.Connection:
    # Read-only: a last connection that could write would tidy up, on closing it, what a killed bot has left.
    return sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=30, isolation_level=None)
