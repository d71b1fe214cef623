"""A visit, killed at every point that it passes, one after the other.

First somebody makes the whole visit, and each step's points are written down. Then others make it again, and at each
of their steps the bot is killed at one of that step's points; the next bot has to make good. What such a bot passes
that none has passed before, because only after a crash there is anything to do for it, is a point to be killed at, too.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos import inspection
from tests.chaos.points import Trail
from tests.chaos.visit import Step, Visit
from tests.chaos.world import Platform, World, opened

QUIET_SECONDS = 0.2
"""What is still done when everything has been dealt with (a mark on a button, a status) is done within this time."""
TRIES = 5

RETRY = "retry"
BEFORE_A_SEND = "after commit of sending"

Plan = tuple[str, ...]
"""Where to kill the bot in one step: at the first point, then the next bot at the second one."""


@dataclass
class Result:
    """What came of a walk. `points` were killed at, by step; `unreached` could not be passed a second time."""

    points: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    unreached: list[str] = field(default_factory=list)
    kills: int = 0
    most_orphans: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        count = sum(map(len, self.points.values()))
        return f"{count} points, {self.kills} kills, {len(self.unreached)} unreached, {len(self.faults)} faults"


class Walk:
    """A walk over one platform, alone with the bot or in a `group`.

    With `every`, each step is killed at every point that it passes; otherwise at those that are not `known`
    from earlier steps, or earlier walks: what is killed at is added there.
    """

    def __init__(
        self, world: World, trail: Trail, platform: Platform, known: set[str], *, group: bool, every: bool
    ) -> None:
        self._world = world
        self._every = every
        self._known = known
        self._trail = trail
        self._platform: Platform = platform
        self._group = group
        self._numbers = itertools.count(1)
        self._due: dict[str, list[Plan]] = defaultdict(list)
        self._tries: dict[tuple[str, Plan], int] = defaultdict(int)
        self.result = Result()

    async def go(self) -> Result:
        """Walk until every point has been killed at."""
        await self._world.start()
        await self._rest()
        visit = await self._visit()
        for name, step in visit.steps():
            await self._explore(visit, name, step)
        while any(self._due.values()):
            if not any(plans for name, plans in self._due.items() if name != RETRY):
                self._due[Visit.FIRST].append((BEFORE_A_SEND,))  # there has to be something to ask for once more
            await self._whole_visit()
        return self.result

    async def _whole_visit(self) -> None:
        doubtful = await asyncio.to_thread(inspection.doubtful_notices, self._world.database)
        visit = await self._visit()
        for name, step in visit.steps():
            await self._step(visit, name, step)
            while visit.misses_an_answer:
                if RETRY in self._due:
                    await self._step(visit, RETRY, Visit.retry)
                else:
                    await self._explore(visit, RETRY, Visit.retry)
        faults = await asyncio.to_thread(self._judge, visit, doubtful)
        self.result.faults += [fault for fault in faults if fault not in self.result.faults]

    async def _visit(self) -> Visit:
        return Visit(self._world, await self._world.somebody(self._platform, next(self._numbers), group=self._group))

    async def _explore(self, visit: Visit, name: str, step: Step) -> None:
        """Take a step, and note where it can be killed: at all its points, or at those that no step had before."""
        before = len(self._trail.passed())
        await step(visit)
        await self._rest()
        points = self._new(self._trail.passed()[before:], known=() if self._every else self._known)
        self._due[name] = [(point,) for point in points]

    def _new(self, passed: Sequence[str], *, known: Collection[str]) -> list[str]:
        found = [point for point in dict.fromkeys(passed) if point not in known]
        self._known |= set(found)
        return found

    async def _step(self, visit: Visit, name: str, step: Step) -> None:
        """Take a step, the bot being killed on the way if there is a point left to be killed at."""
        plan = self._due[name].pop(0) if self._due[name] else ()
        orphans, before = len(visit.person.orphans()), 0
        self._trail.arm(plan[0] if plan else "")
        # Not awaited yet: a page goes on posting until a bot is there that takes it.
        taking = asyncio.create_task(step(visit))
        for number, point in enumerate((*plan, "")):
            if number:
                before = len(self._trail.passed())
                self._trail.arm(point)
                await self._world.begin()
            if point and not await self._died(name, plan, taking):
                return
        await self._settled(taking)
        if plan:
            self.result.points[name].append(" then ".join(plan))
            self.result.most_orphans = max(self.result.most_orphans, len(visit.person.orphans()) - orphans)
        if len(plan) == 1:
            new = self._new(self._trail.passed()[before:], known=self._known)
            self._due[name] += [(*plan, point) for point in new]

    async def _died(self, name: str, plan: Plan, taking: asyncio.Task[None]) -> bool:
        """Wait for the death. If the bot has dealt with everything and lives, the point is to be tried again."""
        life = self._world.life
        assert life is not None
        resting = asyncio.create_task(self._settled(taking))
        either: set[asyncio.Future[Any]] = {resting, life.ended}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            resting.cancel()
            await asyncio.gather(resting, return_exceptions=True)
        if life.ended.done():
            assert life.ended.result() == -9, f"{name}, {plan}: exit status {life.ended.result()}"
            self.result.kills += 1
            return True
        self._trail.arm("")
        self._tries[name, plan] += 1
        if self._tries[name, plan] < TRIES:
            self._due[name].append(plan)
        else:
            self.result.unreached.append(f"{name}: {' then '.join(plan)}")
        return False

    async def _settled(self, taking: asyncio.Task[None]) -> None:
        """Wait until a step has been taken and dealt with."""
        await asyncio.shield(taking)
        await self._rest()

    async def _rest(self) -> None:
        """Wait until nothing is left to do, and nothing more is done."""
        await self._world.rest()
        count = -1
        while count != (count := len(self._trail.passed())):  # noqa: ASYNC110 - no event tells of quiet
            await asyncio.sleep(QUIET_SECONDS)

    def _judge(self, visit: Visit, doubtful_before: int) -> list[str]:
        doubtful = inspection.doubtful_notices(self._world.database) - doubtful_before
        return [*self._world.judge().faults, *visit.faults(doubtful)]


@dataclass(frozen=True)
class Route:
    """Where a walk goes: a platform, alone with the bot or in a `group`; `hooks` as of `World`."""

    platform: Platform
    group: bool = False
    hooks: bool = False

    def __str__(self) -> str:
        parts = (self.platform, "in a group" if self.group else "alone", "called" if self.hooks else "asking")
        return ", ".join(parts)


# One after the other, each at the points that those before it in its row do not pass.
ROUTES = (
    (Route("telegram"), Route("telegram", group=True, hooks=True)),
    (Route("slack", group=True), Route("slack", hooks=True)),
    (Route("web"),),
)


async def run(
    folder: Path, route: Route, known: set[str], *, every: bool = False, say: Callable[[str], None] = lambda _: None
) -> Result:
    """Walk a route."""
    trail_folder = folder / "trail"
    trail_folder.mkdir(parents=True)
    prepare = [("tests.chaos.points:install", {"folder": str(trail_folder)})]
    # Slowly enough that live text is seen each time.
    model = ("tests.chaos.model:talkative", {"piece_seconds": 0.03})
    async with opened(folder, platforms=(route.platform,), hooks=route.hooks, prepare=prepare, model=model) as world:
        result = await Walk(world, Trail(trail_folder), route.platform, known, group=route.group, every=every).go()
    say(f"{route}: {result}")
    return result


async def run_rows(
    folder: Path, *, every: bool = False, say: Callable[[str], None] = lambda _: None
) -> list[list[Result]]:
    """Walk all routes, the rows of `ROUTES` beside each other."""

    async def walk(row: Sequence[Route]) -> list[Result]:
        known: set[str] = set()
        return [await run(folder / str(route), route, known, every=every, say=say) for route in row]

    return await asyncio.gather(*map(walk, ROUTES))
