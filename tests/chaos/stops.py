"""Orderly stops in the middle of everything."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.ledger import Verdict
from tests.chaos.people import Somebody
from tests.chaos.world import PLATFORMS, World, opened
from tests.fakes.wire import Cut
from tests.waiting import until

PEOPLE = 24
QUESTIONS = 4
"""Of each person, in each life of the bot."""
SECONDS_TO_CUT = 0.3


@dataclass
class Figures:
    """What came of some stops: how long each took, in seconds, how the processes ended, and what was still open."""

    seconds: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    open: list[int] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)


async def stop_under_load(world: World, people: list[Somebody], figures: Figures, cut: Cut | None) -> None:
    """Have everybody ask, and stop the bot when it has begun to answer; with `cut`, while no network works."""
    life = await world.start()
    before = len(world.received())
    await asyncio.gather(*(_ask(world, person) for person in people))

    async def begun() -> bool:
        return len(world.received()) > before

    await until(begun, within=60, every=0.05)
    if cut is not None:
        for wire in world.wires.values():
            wire.cut(cut)
        await asyncio.sleep(SECONDS_TO_CUT)
    began = time.monotonic()
    figures.statuses.append(await life.stop())
    figures.seconds.append(time.monotonic() - began)
    figures.open.append(len(world.ledger.open(world.received())))
    for wire in world.wires.values():
        wire.mend()


async def _ask(world: World, person: Somebody) -> None:
    for _ in range(QUESTIONS):
        question = world.ledger.ask(person.where)
        await person.say(f"{question.number} what is this?")


async def run(folder: Path, cuts: list[Cut | None]) -> Figures:
    """Stop as often, start once more, and count."""
    figures, chance = Figures(), random.Random(5)
    # One question at a time and chat, so that much is left in every state.
    model = ("tests.chaos.model:talkative", {"piece_seconds": 0.05})
    async with opened(folder, wired=True, model=model) as world:
        await world.start()
        people = [await world.somebody(PLATFORMS[n % 3], n, group=chance.random() < 0.2) for n in range(PEOPLE)]
        assert world.life is not None
        figures.statuses.append(await world.life.stop())
        for cut in cuts:
            await stop_under_load(world, people, figures, cut)
        await world.start()
        await world.rest()
        figures.verdict = await asyncio.to_thread(world.judge)
    return figures
