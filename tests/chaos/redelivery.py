"""Every event is delivered several times over, in no order and all at once: each is one turn."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeVar

from tests.chaos import inspection
from tests.chaos.ledger import Ledger
from tests.chaos.world import Platform, World, opened
from tests.fakes import slack_person, telegram_person
from tests.waiting import until

T = TypeVar("T")

TIMES = 4
AT_ONCE = 32
"""Deliveries over HTTP that are under way beside each other."""
WAIT_SECONDS = 3600.0

Way = Literal["polling", "webhook", "socket", "http"]
WAYS: tuple[Way, ...] = ("polling", "webhook", "socket", "http")


@dataclass
class Result:
    """What became of some events; time in seconds."""

    way: Way
    events: int
    deliveries: int = 0
    turns: int = 0
    answers: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.way}: {self.events} events, {self.deliveries} deliveries in {self.seconds:.0f} s: "
            f"{self.turns} turns, {self.answers} answers, {len(self.faults)} faults"
        )


async def run(folder: Path, way: Way, events: int, seed: int) -> Result:
    """Have so many people ask one question each, and each question delivered `TIMES` times."""
    platform: Platform = "telegram" if way in ("polling", "webhook") else "slack"
    settings = {
        "LOOKSEE_QUEUE__REFUSE_SECONDS": "86400",
        "LOOKSEE_QUEUE__WAIT_SECONDS": "86400",
        "LOOKSEE_QUEUE__NOTICE_SECONDS": "3600",
    }
    async with opened(
        folder,
        platforms=(platform,),
        hooks=way in ("webhook", "http"),
        settings=settings,
        prepare=[("tests.chaos.quick:unpaced", {})],
        model=("tests.chaos.model:talkative", {"piece_seconds": 0.0}),
        retry_seconds=WAIT_SECONDS,
    ) as world:
        crowd = _OnTelegram(world) if platform == "telegram" else _OnSlack(world)
        began = time.monotonic()
        result = Result(way, events)
        result.deliveries = await crowd.ask_and_deliver(events, random.Random(seed))
        await until(lambda: _done(world), within=WAIT_SECONDS, every=0.2)
        result.seconds = time.monotonic() - began
        await asyncio.to_thread(_judge, world, crowd, result)
        return result


async def _done(world: World) -> bool:
    if not world.telegram.confirmed() or not world.telegram.reported_again:
        return False
    if not all(delivery.acked for delivery in world.slack.deliveries):
        return False
    return not await asyncio.to_thread(inspection.left, world.database)


def _judge(world: World, crowd: _OnTelegram | _OnSlack, result: Result) -> None:
    verdict = crowd.ledger.judge(crowd.received(), inspection.doubtful(world.database), ())
    asked = inspection.asked(world.database)
    result.turns, result.answers = len(asked), verdict.answers
    result.faults = (
        verdict.faults + crowd.ledger.misremembered(asked, crowd.received()) + inspection.faults(world.database)
    )


async def _beside(items: Iterable[T], work: Callable[[T], Awaitable[object]]) -> None:
    """Do `work` with all items, `AT_ONCE` beside each other."""
    waiting = iter(items)

    async def some() -> None:
        for item in waiting:
            await work(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(some())


class _OnTelegram:
    """People in private chats."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._server = world.telegram
        self.ledger = Ledger()

    async def ask_and_deliver(self, events: int, chance: random.Random) -> int:
        updates = []
        for number in range(events):
            person = telegram_person.Person(self._server, 1_000_000 + number)
            question = self.ledger.ask(f"telegram {person.chat_id}")
            person.say(f"{question.number} what is this?")
            updates.append(person.reported)
        # Telegram itself reports each once more, in order, beside these.
        chance.shuffle(again := updates * (TIMES - 1))
        if self._server.state.webhook is None and not self._server.update_target:
            for update in again:
                self._server.push_again(*update)
            await self._world.start()
        else:
            await self._world.start()
            await _beside(again, lambda update: self._server.call_again(*update))
        return TIMES * events

    def received(self) -> list[tuple[str, str]]:
        return [
            (f"telegram {chat}", message["text"])
            for (chat, _), message in self._server.state.messages.items()
            if message["from"]["is_bot"]
        ]


class _OnSlack:
    """People in direct messages and in threads of channels."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._server = world.slack
        self._where: dict[str, str] = {}
        self.ledger = Ledger()

    async def ask_and_deliver(self, events: int, chance: random.Random) -> int:
        for number in range(events):
            channel = f"{'DC'[number % 2]}{number:06}"
            person = slack_person.Person(self._server, f"U{number:06}", channel)
            await person.say(f"{self.ledger.ask(channel).number} what is this?")
        again = [replace(delivery) for delivery in self._server.deliveries * (TIMES - 1)]
        self._server.deliveries += again
        chance.shuffle(self._server.deliveries)
        await self._world.start()
        if self._server.target:
            await _beside(list(self._server.deliveries), self._server.attempt)
        return len(self._server.deliveries)

    def received(self) -> list[tuple[str, str]]:
        return [
            (message["channel"], slack_person.shown(message))
            for message in self._server.messages
            if slack_person.is_final(message)
        ]
