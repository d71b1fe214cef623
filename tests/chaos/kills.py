"""Kills at random moments while people are using the bot."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.crowd import Visitor, gather
from tests.chaos.ledger import Verdict
from tests.chaos.world import START_SECONDS, World, opened

PER_WORLD = 100
"""Kills after which everything is counted and begun anew."""
PEOPLE = 12
LIVES = 2.0
"""A bot is killed while it starts, or within this many times its start of being ready: a machine that has much else to
do lets it live longer."""
FIRST_START_SECONDS = 0.4
WATCH_SECONDS = 0.1


@dataclass
class Figures:
    """What came of some kills; times in seconds."""

    kills: int = 0
    messages: int = 0
    answers: int = 0
    lost: int = 0
    twice: int = 0
    wrong: int = 0
    ambiguous: int = 0
    orphans: int = 0
    starts: list[float] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        """Take in the figures of another world."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def count(self, verdict: Verdict) -> None:
        """Take in what was found."""
        self.answers, self.ambiguous = verdict.answers, len(verdict.ambiguous)
        self.lost, self.twice, self.wrong = len(verdict.lost), len(verdict.twice), len(verdict.wrong)
        self.faults += verdict.faults

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.messages} messages, {self.answers} answers: {self.lost} lost, "
            f"{self.twice} twice, {self.wrong} wrong, {self.ambiguous} ambiguous, {self.orphans} orphans; "
            f"ready after {_spread(self.starts)}, all that was open answered after {_spread(self.recoveries)}"
        )


class Recoveries:
    """How long it takes after a kill until every question that was open then has been answered."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: list[tuple[float, set[str]]] = []
        self.seconds: list[float] = []

    def killed(self) -> None:
        """The bot has just been killed."""
        self._waiting.append((time.monotonic(), self._open()))

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self._waiting:
                await self.look()

    async def look(self) -> None:
        """Close the book on kills of which nothing is open any more."""
        doubtful = await self._world.doubtful()
        still = self._open() - doubtful
        now = time.monotonic()
        self.seconds += [now - at for at, numbers in self._waiting if not numbers & still]
        self._waiting = [(at, numbers) for at, numbers in self._waiting if numbers & still]

    def _open(self) -> set[str]:
        return self._world.ledger.open(self._world.received())


async def kill(world: World, count: int, chance: random.Random) -> Figures:
    """Kill the bot so often, let the last one finish, and count."""
    figures, leave = Figures(kills=count), asyncio.Event()
    await world.start()
    visitors = await gather(world, PEOPLE, chance)
    recoveries = Recoveries(world)
    crowd = [asyncio.create_task(visitor.live(leave)) for visitor in visitors]
    watching = asyncio.create_task(recoveries.watch())
    try:
        for _ in range(count):
            await _live_and_die(world, figures, chance)
            recoveries.killed()
            _see_that_all_is_well(crowd)
            await world.begin()
        assert world.life is not None
        await asyncio.wait_for(asyncio.shield(world.life.ready), START_SECONDS)
        leave.set()
        await asyncio.gather(*crowd)
        await world.rest()
        await recoveries.look()
    finally:
        for task in (watching, *crowd):
            task.cancel()
        await asyncio.gather(watching, *crowd, return_exceptions=True)
    return await _counted(world, figures, visitors, recoveries)


async def _live_and_die(world: World, figures: Figures, chance: random.Random) -> None:
    life = world.life
    assert life is not None
    began = time.monotonic()
    usual = statistics.median(figures.starts[-9:] or [FIRST_START_SECONDS])
    if chance.random() < 0.7:
        await asyncio.wait_for(asyncio.shield(life.ready), START_SECONDS)
        figures.starts.append(time.monotonic() - began)
        await asyncio.sleep(chance.uniform(0, LIVES * usual))
    else:
        await asyncio.sleep(chance.uniform(0, usual))
    await life.kill()


async def _counted(world: World, figures: Figures, visitors: list[Visitor], recoveries: Recoveries) -> Figures:
    figures.messages = sum(visitor.messages for visitor in visitors)
    figures.orphans = len(world.orphans())
    figures.recoveries = recoveries.seconds
    figures.count(await asyncio.to_thread(world.judge))
    return figures


def _see_that_all_is_well(crowd: list[asyncio.Task[None]]) -> None:
    for task in crowd:
        if task.done():
            task.result()


async def run(folder: Path, kills: int, seed: int, say: Callable[[str], None]) -> Figures:
    """Kill so many bots, in pairs of worlds; of a pair, one has a bot that asks platforms, one a bot that they call.

    `say` is told what came of each.
    """
    total, chance, number = Figures(), random.Random(seed), 0

    async def one(name: str, count: int, *, hooks: bool) -> None:
        async with opened(folder / name, hooks=hooks) as world:
            figures = await kill(world, count, random.Random(chance.random()))
        say("\n  ".join([f"{name}, {'called' if hooks else 'asking'}: {figures}", *figures.faults]))
        total.add(figures)

    while (left := kills - total.kills) > 0:
        first = min(PER_WORLD, left - left // 2)
        await asyncio.gather(
            one(f"world {number}", first, hooks=False),
            one(f"world {number + 1}", min(PER_WORLD, left // 2), hooks=True),
        )
        number += 2
    return total


def _spread(seconds: list[float]) -> str:
    if not seconds:
        return "no time"
    return f"{statistics.median(seconds):.2f} s (at most {max(seconds):.2f} s)"
