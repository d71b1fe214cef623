"""The whole bot between a platform's server and a model: what the tests of whole platforms run."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Generic, TypeVar

import pytest
from PIL import Image as Pillow

from bot import backends, wiring
from bot.messages import Usage
from bot.metrics import Metrics
from bot.ports import Generation, Prompt, VisionModel
from bot.settings import PREFIX, Settings, load
from tests.contracts.customer import Customer, Platform, Upload
from tests.doubles import Around
from tests.prompts import words
from tests.waiting import until

C = TypeVar("C", bound=Customer)


def screenshot(colour: str = "navy", size: tuple[int, int] = (320, 192)) -> Upload:
    """A picture file."""
    file = io.BytesIO()
    Pillow.new("RGB", size, colour).save(file, "PNG")
    return Upload(file.getvalue(), f"{colour}.png")


class Watched(Around):
    """A model: remembers what it was asked, and begins no answer while `gate` is cleared."""

    def __init__(self, model: VisionModel) -> None:
        super().__init__(model)
        self.prompts: list[Prompt] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = asyncio.Event()

    def generate(self, prompt: Prompt) -> Generation:
        self.prompts.append(prompt)
        self.asked.set()
        return _Held(self._model.generate(prompt), self.gate)


class _Held:
    def __init__(self, generation: Generation, gate: asyncio.Event) -> None:
        self._generation = generation
        self._gate = gate

    async def __aiter__(self) -> AsyncIterator[str]:
        await self._gate.wait()
        async for piece in self._generation:
            yield piece

    def cancel(self) -> None:
        self._generation.cancel()
        self._gate.set()

    @property
    def usage(self) -> Usage:
        return self._generation.usage


def embedded(settings: Settings) -> VisionModel:
    """The real model."""
    return backends.build_model(settings, Metrics())


class World(Generic[C]):
    """A platform with its customer, others `beside` it, and the bot, which can be stopped and started."""

    def __init__(
        self,
        customer: C,
        settings: Settings,
        make: Callable[[Settings], VisionModel],
        beside: Sequence[Platform] = (),
    ) -> None:
        self.customer = customer
        self._platforms: Sequence[Platform] = (customer, *beside)
        self.settings = settings
        self._make = make

    async def start(self) -> None:
        self.model = Watched(self._make(self.settings))
        self.bot = wiring.Looksee(self.settings, model=self.model)
        await self.bot.start()
        for platform in self._platforms:
            await platform.connect(self.bot.url)

    async def stop(self) -> None:
        await self.bot.stop()

    async def quiet(self) -> list[str]:
        """Wait until nothing is left to answer or to send; returns what the customer sees."""
        await until(self._done, within=60)
        return self.customer.seen()

    async def _done(self) -> bool:
        backlog = await self.bot.core.store.backlog()
        return backlog.inbox == backlog.outbox == 0

    async def asked_twice(self) -> bool:
        return len(self.model.prompts) == 2

    def asked(self, index: int = -1) -> list[tuple[str, str, int]]:
        """What the model was asked: role, words, number of pictures, without the system prompt."""
        return [(m.role, words(m.text), len(m.images)) for m in self.model.prompts[index].messages[1:]]


@asynccontextmanager
async def running(
    customer: C,
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    make: Callable[[Settings], VisionModel],
    settings: Mapping[str, str],
    beside: Sequence[Platform] = (),
) -> AsyncIterator[World[C]]:
    """A customer's platform, others beside it, and the bot, all running."""
    platforms: Sequence[Platform] = (customer, *beside)
    for platform in platforms:
        await platform.start()
    environment = {
        "LOOKSEE_DATA_DIR": str(directory / "data"),
        "LOOKSEE_WEB__PORT": "0",
        "LOOKSEE_CHAT__BURST_SECONDS": "0.2",
        "LOOKSEE_CHAT__ALBUM_SECONDS": "0.4",
        "LOOKSEE_LIMITS__MESSAGES_A_MINUTE": "0",  # tests are faster than people
        "LOOKSEE_LIMITS__PICTURES_A_MINUTE": "0",
        **settings,
    }
    for platform in platforms:
        environment |= platform.environment()
    for name, value in environment.items():
        assert name.startswith(PREFIX)
        monkeypatch.setenv(name, value)
    made = World(customer, await asyncio.to_thread(load), make, beside)
    try:
        await made.start()
        yield made
        await made.stop()
    finally:
        for platform in platforms:
            await platform.stop()
