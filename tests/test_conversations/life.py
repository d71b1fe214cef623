"""A conversation's whole life in a store, step by step, and the state after each step on a disk that works."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from bot.cases import CaseState, Copy, LogKind, Mark, Mirroring, Move, NewEntry
from bot.errors import StoreUnavailableError
from bot.messages import Attachment, ChatKey, NewOutgoing, NewTurn, View
from bot.outcome import Outcome
from conversations.sqlite import SqliteStore
from tests.contracts.desk import ANN, BEN, PLACE, ROOM, said, sum_up
from tests.contracts.stores import CHAT, CUSTOMER, Clock, message, picture, record

SECOND = ChatKey("web", "", "7")
SHOT, OTHER = picture(1, 30_000), picture(2, 9_000)
PRIVATE = "my card number, which I sent by mistake; " * 30


class Step(NamedTuple):
    """One call of the store, after which everything that it did has to be safe."""

    name: str
    act: Callable[[SqliteStore], Awaitable[object]]


async def settle(store: SqliteStore, chat: ChatKey, outcome: Outcome) -> None:
    """Commit an outcome for what the chat's inbox holds."""
    rows = await store.pending(chat)
    await store.commit(replace(outcome, inbox_ids=tuple(row.id for row in rows)))


def answered(question: str, answer: str, name: str, *, again: int | None = None) -> Outcome:
    """A question's outcome: two parts, a picture."""
    return Outcome(
        CHAT,
        (),
        tuple(NewOutgoing(f"{answer} {part}", answer=True, slot="p" if part == 0 else "") for part in range(2)),
        question=NewTurn("customer", question, (SHOT.ref,), (name,), CUSTOMER.key),
        answer=NewTurn("bot", answer),
        images=(SHOT,),
        record=record(),
        supersedes=again,
    )


ELSEWHERE = Outcome(
    SECOND,
    (),
    (NewOutgoing("words", answer=True),),
    question=NewTurn("customer", PRIVATE, (OTHER.ref,), ("2",), CUSTOMER.key),
    answer=NewTurn("bot", "words"),
    images=(OTHER,),
    record=record(),
)


async def describe(store: SqliteStore) -> None:
    (shown,) = (await store.context(CHAT)).pictures
    assert await store.describe(CHAT, shown, "a login form")


async def move(store: SqliteStore, after: CaseState, **outcome: Any) -> None:
    """Have an agent move the case on."""
    case = await store.case(CHAT)
    assert case is not None
    await store.commit(Outcome(ROOM, (), move=Move(after, BEN, case.id, case.state, case.agent, BEN), **outcome))


async def open_room(store: SqliteStore) -> None:
    (wanted,) = await store.behind([PLACE])
    await store.open_room(wanted, "card")


async def find_room_open(store: SqliteStore) -> None:
    (opening,) = [row for row in await store.undelivered() if row.chat == PLACE]
    await store.sent(opening.id, ROOM.thread)


async def mirror(store: SqliteStore) -> None:
    """Show the newest entry of the log, which the room does not show yet."""
    (behind,) = await store.behind([PLACE])
    assert behind.room is not None
    entry = (await store.log(behind.case.id))[-1]
    copy = Copy(NewOutgoing("a copy"), entry.id, entry.turn)
    await store.mirror(Mirroring(behind.room, entry.id, (copy,)))


async def replace_reply(store: SqliteStore) -> None:
    (part,) = await store.parts((await store.history(CHAT))[-1].id)
    await store.commit(Outcome(CHAT, (), (NewOutgoing("Hello", replaces=part),)))


HAND_OVER = Outcome(CHAT, (), (NewOutgoing("soon"),), move=Move(CaseState.WAITING, ANN, customer=ANN))
NOTE = NewEntry(1, LogKind.NOTE, BEN, "a regular")

LIFE = (
    Step("accept", lambda s: s.accept(message("1", "What is this?", attachments=(Attachment(data=SHOT.data),)))),
    Step("accept again", lambda s: s.accept(message("1"))),
    Step("commit", lambda s: settle(s, CHAT, answered("What is this?", "A form.", "1"))),
    Step("sending", lambda s: s.sending(1)),
    Step("sent", lambda s: s.sent(1, "a1")),
    Step("sending the second part", lambda s: s.sending(2)),
    Step("unsent", lambda s: s.unsent(2, "try later")),
    Step("sending once more", lambda s: s.sending(2)),
    Step("ambiguous", lambda s: s.ambiguous(2, "no answer", ("maybe lost",))),
    Step("resend", lambda s: s.commit(Outcome(CHAT, (), resend=True))),
    Step("failed", lambda s: s.failed(2, "blocked")),
    Step("rate", lambda s: s.rate(CHAT, "a1", "telegram:7", 1)),
    Step("describe", describe),
    Step("set view", lambda s: s.set_view(CHAT, View(1, 1, 0, "en"))),
    Step("accept a second chat's", lambda s: s.accept(message("2", PRIVATE, chat=SECOND))),
    Step("commit in the second chat", lambda s: settle(s, SECOND, ELSEWHERE)),
    Step("accept an edit", lambda s: s.accept(message("3", "What is that?"))),
    Step("commit anew", lambda s: settle(s, CHAT, answered("What is that?", "A form!", "3", again=1))),
    Step("amend", lambda s: s.amend(SECOND, "2", "never mind")),
    Step("retract", lambda s: s.retract(SECOND, "2")),
    Step("accept a command", lambda s: s.accept(message("4", "new"))),
    Step("reset", lambda s: settle(s, CHAT, Outcome(CHAT, (), (NewOutgoing("begun anew"),), reset=True))),
    Step("hand over", lambda s: s.commit(HAND_OVER)),
    Step("open a room", open_room),
    Step("find the room open", find_room_open),
    Step("take", lambda s: move(s, CaseState.HUMAN, log=(NOTE,))),
    Step("say as an agent", lambda s: s.commit(said("Helo", "9.2"))),
    Step("mirror", mirror),
    Step("replace what was said", replace_reply),
    Step("summarise", lambda s: sum_up(s, 1, "The form is red.")),
    Step("close", lambda s: move(s, CaseState.CLOSED)),
    Step("satisfied", lambda s: s.commit(Outcome(CHAT, (), mark=Mark(1, 5)))),
    Step("room gone", lambda s: s.room_gone(1)),
    Step("begin anew", lambda s: s.begin_anew(CHAT)),
    Step("probe", lambda s: s.probe()),
)


async def insisted(act: Callable[[], Awaitable[object]], failed: Callable[[int], None]) -> None:
    """Do something until the store takes it. `failed` is told of each try that it did not take, counted from 1."""
    for tries in count(1):
        try:
            await act()
        except StoreUnavailableError:
            failed(tries)
        else:
            return


async def live(store: SqliteStore, acknowledged: Callable[[str], None], failed: Callable[[int], None]) -> None:
    """Live; `acknowledged` is told of everything that the store took."""
    await insisted(store.open, failed)
    acknowledged("open")
    for step in LIFE:
        await insisted(lambda: step.act(store), failed)  # noqa: B023 - awaited at once
        acknowledged(step.name)
    await store.close()


async def lived(folder: Path) -> list[str]:
    """The state after the open and after each step, on a disk that works."""
    store = SqliteStore(folder / "looksee.db", clock=Clock())
    await store.open()
    states = [state(folder)]
    for step in LIFE:
        await step.act(store)
        states.append(state(folder))
    await store.close()
    return states


def state(folder: Path) -> str:
    """Every row of every table, and the schema, of a database that the standard library's SQLite can read."""
    with closing(sqlite3.connect(folder / "looksee.db", isolation_level=None)) as connection:
        versions = [connection.execute(f"PRAGMA {name}").fetchone() for name in ("user_version", "application_id")]
        return "\n".join([str(versions), *connection.iterdump()])


async def recovered(folder: Path) -> str:
    """The state that the next start makes of what it finds. Fails unless it is sound."""
    store = SqliteStore(folder / "looksee.db", clock=Clock())
    await store.open()
    await store.close()
    with closing(sqlite3.connect(folder / "looksee.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    return state(folder)
