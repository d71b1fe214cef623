"""Databases of earlier versions, with content; and, run as a program, an open that is killed at one statement.

The program gets a folder and a number: it opens databases of all versions there and dies before one statement after
the other of those that bring the file to the newest version, or, with a number above 1, only before every so many.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from conversations import schema
from conversations.connection import connect
from conversations.sqlite import SqliteStore

NEWEST = schema.packaged()[-1].version

ROWS = {
    1: (
        "INSERT INTO chats (id, platform, account, chat, thread) VALUES (1, 'telegram', 'bot', '42', '')",
        "INSERT INTO turns (id, chat_id, conversation, speaker, text, sender, language, at) VALUES"
        " (1, 1, 1, 'customer', 'What is this?', 'telegram:7', 'en', 1.0), (2, 1, 1, 'bot', 'A form.', '', 'en', 2.0)",
        "INSERT INTO turn_messages VALUES (1, 0, 1, 'm1')",
        "INSERT INTO images VALUES ('aa', 640, 480, 'image/png', randomblob(30000)),"
        " ('bb', 640, 480, 'image/png', randomblob(5000))",
        "INSERT INTO turn_images (turn_id, position, sha256) VALUES (1, 0, 'aa'), (1, 1, 'bb')",
        "INSERT INTO feedback (turn_id, sender, rating, at) VALUES (2, 'telegram:7', 1, 3.0)",
        "INSERT INTO inbox (platform, account, event_id, chat_id, kind, payload, at, done_at) VALUES"
        " ('telegram', 'bot', 'e1', 1, 'message', NULL, 1.0, 2.0),"
        " ('telegram', 'bot', 'e2', 1, 'message', '{}', 4.0, NULL)",
        "INSERT INTO inbox_files VALUES (2, 0, randomblob(9000))",
        "INSERT INTO outbox (chat_id, conversation, after_turn, turn_id, payload, slot, created_at, changed_at) VALUES"
        " (1, 1, 2, 2, 'A form.', '', 2.0, 2.0), (1, 1, 2, NULL, 'a notice', '', 2.0, 2.0)",
    ),
    2: (
        "INSERT INTO descriptions (turn_id, position, text) VALUES (1, 0, 'a login form')",
        "INSERT INTO views VALUES (1, 1, 1, 1, 'en')",
    ),
    3: (
        "INSERT INTO people (key, banned) VALUES ('telegram:7', 1)",
        "INSERT INTO activity (person, day, messages, device_ms) VALUES ('telegram:7', 20000, 3, 1500.0)",
        "INSERT INTO audit (at, actor, action, detail, place, outcome) VALUES"
        " (5.0, 'telegram:1', 'ban', 'telegram:7', 'telegram:bot/1/', 'done')",
    ),
    6: (
        "INSERT INTO cases (id, chat_id, conversation, state, cause, customer, customer_name, language, agent,"
        " agent_name, opened_at, since) VALUES (1, 1, 1, 'human', 'asked', 'telegram:7', 'Ann', 'en', 'slack:T1/UBEN',"
        " 'Ben', 6.0, 7.0)",
        "INSERT INTO case_log (case_id, kind, turn_id, actor, actor_name, text, at) VALUES"
        " (1, 'turn', 1, 'telegram:7', 'Ann', '', 6.0)",
        "INSERT INTO rooms (id, case_id, platform, account, chat, thread, opening, card, seen) VALUES"
        " (1, 1, 'slack', 'T1', 'CDESK', '9.1', 2, 2, 1)",
        "INSERT INTO copies VALUES (1, 1, 1, 1)",
    ),
}
"""What each version can hold beside what the ones before it can."""


def make(path: Path, version: int) -> None:
    """A database as the release with that version left it; version 0: none."""
    if not version:
        return
    with closing(connect(str(path))) as connection:
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
        for number in range(1, version + 1):
            schema.migrate(connection, schema.packaged()[:number])
            for statement in ROWS.get(number, ()):
                connection.execute(statement)


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of ours."""
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for (name,) in tables.fetchall()}


class Dying(sqlite3.Connection):
    """Dies before one of the statements that change a schema."""

    left = 0

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if self.in_transaction or sql.startswith(("BEGIN IMMEDIATE", "PRAGMA journal_mode")):
            if not self.left:
                os.kill(os.getpid(), signal.SIGKILL)
            self.left -= 1
        return super().execute(sql, *values)


def dying(path: str) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, factory=Dying)


async def run(path: Path) -> None:
    store = SqliteStore(path, connect=dying)
    await store.open()
    await store.close()


def main(folder: Path, every: int) -> None:
    """Kill an open at each statement, or, from all but the first version, at some of them. They are forks, so that
    everything is imported once; what is left lies in a folder for each version and statement."""
    for version in range(NEWEST + 1):
        number = 0
        while True:
            work = folder / f"{version} {number}"
            work.mkdir()
            make(work / "looksee.db", version)
            child = os.fork()
            if not child:
                Dying.left = number
                asyncio.run(run(work / "looksee.db"))
                os._exit(0)
            _, status = os.waitpid(child, 0)
            number += every if version else 1
            if os.waitstatus_to_exitcode(status) == 0:
                break
            if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
                sys.exit(f"version {version}, statement {number}: status {status}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
