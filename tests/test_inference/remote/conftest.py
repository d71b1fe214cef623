"""A scripted server, and models on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from bot.inference.native import Sampling
from bot.inference.remote import RemoteModel
from tests.fakes.openai_script import ScriptedServer

KEY = "sk-very-secret"

Make = Callable[..., RemoteModel]


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    made = ScriptedServer()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def make(server: ScriptedServer) -> AsyncIterator[Make]:
    made: list[RemoteModel] = []

    def make(**options: Any) -> RemoteModel:
        given: dict[str, Any] = {"url": server.url, "api_key": KEY, "context": 8192, "sampling": Sampling()}
        made.append(RemoteModel(**given | options))
        return made[-1]

    yield make
    for model in made:
        await model.close()


@pytest.fixture
async def model(server: ScriptedServer, make: Make) -> RemoteModel:
    made = make()
    await made.load()
    server.asked.clear()
    return made
