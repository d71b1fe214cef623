"""Which moment of `tests.test_conversations.writing` a copy shows: everything up to a step, nothing of later ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

STEPS = ("asked", "answered", "sending", "sent", "waits", "retracted")
"""What is committed for each question, in this order; the last two only for some."""


def moment(connection: sqlite3.Connection) -> tuple[int, str]:
    """The newest question and the step that it had come to. Fails if that is no moment there ever was."""
    done = set(_done(connection))
    newest = max((number for number, _ in done), default=-1)
    missing = {(number, step) for number in range(newest) for step in _steps(number)} - done
    assert not missing, f"question {newest} came after these: {missing}"
    last = [step for step in _steps(newest) if (newest, step) in done]
    assert last == _steps(newest)[: len(last)], f"question {newest}: {last}"
    return newest, last[-1]


def _steps(number: int) -> list[str]:
    taken = {"waits": number % 7 == 0, "retracted": number % 50 == 49}
    return [step for step in STEPS if taken.get(step, True)]


def _done(connection: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    turns = {name for (name,) in connection.execute("SELECT message_id FROM turn_messages")}
    states = dict(connection.execute("SELECT payload, state FROM outbox"))
    for event, done in connection.execute("SELECT event_id, done_at IS NOT NULL FROM inbox"):
        name = event.removeprefix("event-")
        number = int(name[1:])
        if name.startswith("w"):
            yield number, "waits"
            continue
        yield number, "asked"
        if not done:
            continue
        yield number, "answered"
        if name not in turns:  # all that there was of it is gone
            yield from ((number, step) for step in ("sending", "sent", "retracted"))
            continue
        state = states[f"a{number} 0"]
        if state != "pending":
            yield number, "sending"
        if state == "sent":
            yield number, "sent"
