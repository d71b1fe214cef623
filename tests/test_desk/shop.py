"""A shop at work: customers, agents in their offices, and the whole bot between them, which may be stopped and started
at any moment."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import Enum
from pathlib import Path
from types import MappingProxyType

import pytest

from bot import wiring
from bot.decoding.pool import Decoders
from bot.ports import VisionModel
from bot.settings import Settings
from tests.chaos.quick import unpaced
from tests.contracts.customer import Customer as Connected
from tests.contracts.customer import Platform
from tests.contracts.world import World, running
from tests.fakes.faults import FaultPlan, Kind, Trouble
from tests.test_desk.customers import Customer
from tests.test_desk.offices import Office
from tests.test_desk.seen import read
from tests.waiting import until


class Stop(Enum):
    """When the service is stopped, and started again, in the middle of what people do."""

    NEVER = "never"
    TAKEN_IN = "taken in"
    """What they did is in the inbox; what the model would say to it has not begun."""
    UNSENT = "unsent"
    """All of it has been dealt with, and nothing of that has been sent: the platforms want us to wait."""


class _Flooded(FaultPlan):
    """Whatever shows people something is to be tried again later."""

    def __init__(self) -> None:
        super().__init__(0, 1.0)

    def draw(self, method: str) -> Trouble | None:
        shows = method.startswith(("send", "edit", "delete", "createForum", "chat."))
        return Trouble(Kind.FLOOD, seconds=60) if shows else None


class Shop:
    """A customer and the agents' offices, with the running bot between them. `stop` is what befalls it at each
    `moment`."""

    def __init__(self, world: World[Connected], customer: Customer, offices: Sequence[Office], stop: Stop) -> None:
        self.world = world
        self.customer = customer
        self.offices = offices
        self._stop = stop

    @asynccontextmanager
    async def moment(self) -> AsyncIterator[None]:
        """People do something, and the service is stopped and started in the middle of it, if it is to be."""
        if self._stop is Stop.TAKEN_IN:
            self.world.model.gate.clear()
        elif self._stop is Stop.UNSENT:
            self._order(_Flooded())
        yield
        if self._stop is not Stop.NEVER:
            await until(self._taken_in if self._stop is Stop.TAKEN_IN else self._dealt_with)
            await self.world.stop()
            self._order(None)
            await self.world.start()

    async def until(self, holds: Callable[[], Awaitable[object]]) -> None:
        """Wait until something holds; if it never does, tell what everybody sees."""
        try:
            await until(holds)
        except TimeoutError:
            raise AssertionError(await self.read()) from None

    async def rest(self) -> None:
        """Wait until there is nothing left to be done."""
        await self.until(self._rests)

    async def room(self, office: Office) -> str:
        """Wait until an office has a room; returns the newest."""

        async def there() -> bool:
            return bool(office.rooms())

        await self.until(there)
        return office.rooms()[-1]

    async def read(self) -> str:
        """What everybody sees, as text."""
        parts = [read("customer", await self.customer.sees())]
        for office in self.offices:
            parts += [read(f"{type(office).__name__} {room}", office.sees(room)) for room in office.rooms()]
        return "\n".join(parts)

    def _order(self, plan: FaultPlan | None) -> None:
        for platform in (self.customer, *self.offices):
            if (server := getattr(platform, "server", None)) is not None:
                server.plan = plan

    async def _taken_in(self) -> bool:
        return self.customer.reported() and all(office.reported() for office in self.offices)

    async def _dealt_with(self) -> bool:
        return await self._taken_in() and (await self.world.bot.core.store.backlog()).inbox == 0

    async def _rests(self) -> bool:
        core = self.world.bot.core
        for _ in range(2):  # what has just been sent may have more in its train
            behind = await core.store.behind(core.places.current())
            if behind or not await self._dealt_with() or (await core.store.backlog()).outbox:
                return False
        return True


class _Lasting(Decoders):
    """Processes that outlive the bot: starting them is what takes the longest in a restart, and not what is tested."""

    async def start(self) -> None:
        if not self._all:
            await super().start()

    async def close(self) -> None:
        pass

    async def end(self) -> None:
        await super().close()


@asynccontextmanager
async def opened(
    customer: Customer,
    offices: Sequence[Office],
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    make: Callable[[Settings], VisionModel],
    stop: Stop = Stop.NEVER,
    further: Sequence[Platform] = (),
    settings: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Shop]:
    """A shop with everybody there, on `further` platforms, too."""
    lasting = _Lasting()
    monkeypatch.setattr(wiring, "Decoders", lambda **_: lasting)
    unpaced(monkeypatch.setattr)
    environment: dict[str, str] = {
        "LOOKSEE_CHAT__BURST_SECONDS": "0",
        "LOOKSEE_MODEL__PATH": "words.gguf",  # not the demo model, which neither sums up nor judges
        "LOOKSEE_MODEL__MMPROJ_PATH": "eyes.gguf",
    }
    people: dict[str, list[str]] = {"AGENTS": [], "ADMINS": []}
    for office in offices:
        environment |= office.place
        for role, names in people.items():
            names += getattr(office, role.lower())
    environment |= {f"LOOKSEE_{role}": json.dumps(names) for role, names in people.items()}
    environment |= settings
    others = [office.connected for office in offices if office.connected is not customer.connected]
    try:
        async with running(
            customer.connected,
            directory,
            monkeypatch,
            make=make,
            settings=environment,
            beside=[*others, *further],
        ) as world:
            yield Shop(world, customer, offices, stop)
    finally:
        await lasting.end()
