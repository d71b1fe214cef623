"""A service with customers on one platform, and agents in a channel of another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot import assembly, configured
from bot.cases import CaseState
from bot.messages import ChatKey
from bot.metrics import Metrics
from bot.sections import ChatSettings, ImageSettings, ModelSettings
from bot.settings import Settings
from conversations.sqlite import SqliteStore
from tests.doubles import ScriptedModel
from tests.test_core.conftest import Bench
from tests.test_core.office import Screen
from tests.waiting import until

CHANNEL = ChatKey("slack", "T1", "C1")
CHAT = ChatKey("list", "", "1")
PRIVATE = ChatKey("slack", "T1", "D1")
MIA, TOM, BOSS = "slack:T1/MIA", "slack:T1/TOM", "slack:T1/BOSS"


class Shop(Bench):
    """A service with customers on one platform and agents on another."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.screens = {"list": Screen("list"), "slack": Screen("slack", CHANNEL)}
        super().__init__(path, settings, ScriptedModel(), self.screens["list"])

    async def start(self) -> None:
        self.store = SqliteStore(self.path)
        await self.store.open()
        prompts = await asyncio.to_thread(configured.load_prompts, self.settings)
        self.metrics = Metrics()
        self.roles = await configured.known_roles(self.settings, self.store)
        self.core = assembly.assemble(
            self.settings, self.store, self.model, self.screens, self.metrics, prompts, staff=self.roles
        )
        await self.core.resume()

    async def wait_for_person(self) -> ChatKey:
        """The customer asks for a person; returns the case's room."""
        await self.command("human", sender="list:ann")
        rooms: list[ChatKey] = []

        async def there() -> bool:
            rooms[:] = [room.chat for room in await self.store.rooms(1) if room.thread]
            return bool(rooms)

        await until(there)
        return rooms[0]

    async def agent(self, verb: str, text: str = "", *, chat: ChatKey, sender: str = MIA, **more: Any) -> None:
        """An agent gives a command, and it is dealt with."""
        more.setdefault("private", chat == PRIVATE)
        await self.command(verb, text, chat=chat, sender=sender, **more)
        await self.dealt_with()

    async def dealt_with(self) -> None:
        """Nothing waits, rooms are up to date, and everything is sent."""

        async def at_rest() -> bool:
            store = self.store
            waiting = await store.pending() or await store.behind((CHANNEL,))
            return not (waiting or await store.undelivered() or await store.in_doubt())

        await until(at_rest)

    async def state(self) -> tuple[CaseState, str]:
        case = await self.store.find_case(1)
        assert case is not None
        return case.state, case.agent

    def customer(self) -> list[str]:
        return self.screens["list"].see(CHAT)

    def room(self, chat: ChatKey) -> list[str]:
        return self.screens["slack"].see(chat)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Shop]:
    """One that runs."""
    settings = Settings(
        _env_file=None,
        data_dir=folder,
        admins=(BOSS,),
        agents=(MIA, TOM),
        model=ModelSettings(max_tokens=100, parallel_chats=4),
        images=ImageSettings(max_megabytes=1, per_question=3),
        chat=ChatSettings(burst_seconds=0, album_seconds=0, max_characters=1000),
    )
    made = Shop(folder / "looksee.db", settings)
    await made.start()
    yield made
    await made.stop()
