"""Two weeks in which customers came, so that figures have something to show."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.cases import Case, CaseState, Cause, Mark, Move, Staff
from bot.messages import ChatKey
from bot.outcome import Outcome
from bot.people import DAY
from conversations.sqlite import SqliteStore
from tests.contracts.stores import Clock, converse, deliver, record

_DAYS = 14
_BEN = Staff("slack:T0TEAM/U0BEN", "Ben")


@dataclass(frozen=True)
class _Visit:
    """A customer's day: how long the answer took, what they thought of it, and whether a person had to come."""

    chat: ChatKey
    at: float
    seconds: float
    rating: int
    cause: Cause | None
    score: int


async def invent(database: Path) -> None:
    """Fill a database that is not there yet."""
    clock = Clock()
    store = SqliteStore(database, clock=clock)
    await store.open()
    try:
        for number, visit in enumerate(_visits(time.time())):
            clock.now = visit.at
            await _visited(store, clock, str(number), visit)
    finally:
        await store.close()


def _visits(now: float) -> Iterator[_Visit]:
    chance = random.Random(6)
    for day in range(_DAYS, 0, -1):
        for place in range(chance.randint(9, 16) + (_DAYS - day)):
            platform = chance.choices(("telegram", "slack", "web"), (5, 2, 3))[0]
            handed = chance.random() < 0.14
            yield _Visit(
                ChatKey(platform, "T0TEAM" if platform == "slack" else "4242", f"{day}-{place}"),
                now - day * DAY + place * 60,
                chance.lognormvariate(0.8, 0.5),
                chance.choices((0, 1, -1), (60, 32, 8))[0],
                chance.choice((Cause.ASKED, Cause.ASKED, Cause.MODEL, Cause.RATED)) if handed else None,
                chance.choice((3, 4, 5, 5)),
            )


async def _visited(store: SqliteStore, clock: Clock, name: str, visit: _Visit) -> None:
    rows = await converse(store, name, chat=visit.chat, record=record(visit.seconds * 1000, tokens=60))
    await deliver(store, rows, f"answer {name}")
    customer = Staff(f"{visit.chat.platform}:{visit.chat.chat}", "Customer")
    if visit.rating:
        await store.rate(visit.chat, f"answer {name}", customer.key, visit.rating)
    if visit.cause is not None:
        await store.commit(
            Outcome(visit.chat, (), move=Move(CaseState.WAITING, customer, cause=visit.cause, customer=customer))
        )
        for seconds, after in ((200, CaseState.HUMAN), (900, CaseState.CLOSED)):
            clock.now = visit.at + seconds
            await _moved(store, visit.chat, after)
        case = await _case(store, visit.chat)
        await store.commit(Outcome(visit.chat, (), mark=Mark(case.id, visit.score)))


async def _moved(store: SqliteStore, chat: ChatKey, after: CaseState) -> None:
    case = await _case(store, chat)
    move = Move(after, _BEN, case.id, case.state, case.agent, _BEN)
    await store.commit(Outcome(chat, (), move=move))


async def _case(store: SqliteStore, chat: ChatKey) -> Case:
    case = await store.case(chat)
    assert case is not None
    return case
