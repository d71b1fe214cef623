"""What the networks do during a run: partitions, spread over it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.world import Platform, World
from tests.fakes.wire import Cut

LONGEST = 60.0
"""No partition is longer than this, in seconds."""
AFTERMATH = 30.0
"""For so many seconds after a partition, at most, answers are late because of it."""


@dataclass(frozen=True)
class Partition:
    """One, `at` seconds into the run, for so many `seconds`. With `resume`, what was on its way arrives after all."""

    at: float
    seconds: float
    platforms: tuple[Platform, ...]
    how: Cut
    resume: bool


def forecast(chance: random.Random, seconds: float, count: int) -> list[Partition]:
    """So many partitions, one in each equal part of the run, which take a tenth of it or less."""
    share = seconds / count
    found = []
    for number in range(count):
        length = min(LONGEST, share / 10 * chance.uniform(0.5, 1.5))
        at = share * number + chance.uniform(0, share * 0.5)
        platforms: tuple[Platform, ...] = chance.choice((("telegram",), ("slack",), ("telegram", "slack")))
        how: Cut = chance.choice(("silent", "broken"))
        # A bot that gave up waiting would be met, much later, by what it believes lost: a message that went out is
        # not called back. Nobody can promise anything then; see docs/reliability.md.
        found.append(Partition(at, length, platforms, how, how == "silent" and length < 8 and chance.random() < 0.5))
    return found


class Weather:
    """Lets the partitions happen."""

    def __init__(self, world: World, partitions: Sequence[Partition]) -> None:
        self._world = world
        self._partitions = partitions
        self.spells: list[tuple[float, float]] = []
        """From when to when there were partitions, by the monotonic clock."""

    async def run(self) -> None:
        """Go through all of them; ends with the last one."""
        began = time.monotonic()
        for partition in self._partitions:
            await asyncio.sleep(max(0.0, began + partition.at - time.monotonic()))
            start = time.monotonic()
            wires = [self._world.wires[platform] for platform in partition.platforms]
            for wire in wires:
                wire.cut(partition.how)
            try:
                await asyncio.sleep(partition.seconds)
            finally:
                for wire in wires:
                    wire.mend(resume=partition.resume)
            self.spells.append((start, time.monotonic()))

    def fair(self, asked: float, answered: float) -> bool:
        """Whether a question was asked and answered far from any partition."""
        return all(answered < start or asked > end + AFTERMATH for start, end in self.spells)
