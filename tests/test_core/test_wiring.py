"""Start and stop of the whole service."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import aiohttp
import pytest

from bot import wiring
from bot.errors import ConfigurationError, ModelFileError, StoreError
from bot.inference.journal import Journal
from bot.sections import WebSettings
from bot.settings import Settings
from bot.supervisor import Link
from bot.texts import MODEL_STEADY
from tests.doubles import ListAdapter, ScriptedModel


class SlowModel(ScriptedModel):
    """Loads when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.loading = asyncio.Event()
        self.may_load = asyncio.Event()
        self.fault: Exception | None = None
        self.closed = 0

    async def load(self) -> None:
        self.loading.set()
        await self.may_load.wait()
        if self.fault is not None:
            raise self.fault

    async def close(self) -> None:
        self.closed += 1


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> SlowModel:
    made = SlowModel()
    monkeypatch.setattr(wiring, "build_model", lambda *_: made)
    return made


def settings(folder: Path, port: int = 0) -> Settings:
    return Settings(_env_file=None, data_dir=folder, web=WebSettings(port=port))


async def never() -> None:
    await asyncio.Event().wait()


async def test_it_runs_until_it_is_told_to_stop(tmp_path: Path, model: SlowModel) -> None:
    model.may_load.set()
    running = asyncio.Event()
    async with asyncio.timeout(20):
        await wiring.serve(settings(tmp_path), ready=lambda _: running.set(), until=running.wait)
    assert model.closed == 1


async def test_a_stop_during_the_start_ends_it(tmp_path: Path, model: SlowModel) -> None:
    async def until() -> None:
        await model.loading.wait()

    async with asyncio.timeout(20):
        await wiring.serve(settings(tmp_path), ready=lambda _: pytest.fail("it runs"), until=until)
    assert model.closed == 1
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


async def test_a_start_that_fails_half_way_closes_everything(tmp_path: Path, model: SlowModel) -> None:
    model.may_load.set()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"LOOKSEE_WEB__PORT: port {port}"):
            await wiring.serve(settings(tmp_path, port), ready=lambda _: None, until=never)
    assert model.closed == 1
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
    running = asyncio.Event()
    await wiring.serve(settings(tmp_path, port), ready=lambda _: running.set(), until=running.wait)


async def test_what_kept_it_from_starting_is_what_people_are_told(
    tmp_path: Path, model: SlowModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.may_load.set()
    model.fault = ModelFileError("model.gguf is not a GGUF file")

    async def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(model, "close", broken)
    with pytest.raises(ModelFileError, match="not a GGUF"):
        await wiring.serve(settings(tmp_path), ready=lambda _: None, until=never)


async def test_a_file_that_is_no_database_is_refused_with_what_to_do(tmp_path: Path, model: SlowModel) -> None:
    (tmp_path / wiring.DATABASE).write_text("no database " * 100)
    with pytest.raises(StoreError, match="Move it away"):
        await wiring.serve(settings(tmp_path), ready=lambda _: None, until=never)
    assert not model.loading.is_set()


async def test_a_model_that_cannot_work_makes_it_not_ready(
    tmp_path: Path, model: SlowModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.may_load.set()
    service = wiring.Looksee(settings(tmp_path))
    await service.start()
    try:
        async with aiohttp.ClientSession() as http:
            async with http.get(f"{service.url}/readyz") as ready:
                assert ready.status == 200, await ready.text()
            monkeypatch.setattr(model, "problem", lambda: "the server does not answer")
            async with http.get(f"{service.url}/readyz") as ready:
                assert ready.status == 503
                assert "model: the server does not answer" in await ready.text()
    finally:
        await service.stop()


async def test_who_is_killed_while_it_stops_blames_nobody(
    tmp_path: Path, model: SlowModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.may_load.set()
    closing, may_close = asyncio.Event(), asyncio.Event()

    async def close() -> None:
        closing.set()
        await may_close.wait()

    monkeypatch.setattr(model, "close", close)
    service = wiring.Looksee(settings(tmp_path))
    await service.start()
    await asyncio.to_thread(service._journal.open)
    service._journal.note(bytes(31) + b"1", strikes=0, flying=True)
    stopping = asyncio.create_task(service.stop())
    async with asyncio.timeout(20):
        await closing.wait()
        left = Journal(tmp_path / wiring.JOURNAL)
        await asyncio.to_thread(left.open)
        assert list(left.entries()) == []
        may_close.set()
        await stopping


def watched(folder: Path, link: Link | None = None) -> tuple[wiring.Looksee, ListAdapter]:
    """A service, not started, with one admin on a platform."""
    given = settings(folder).model_copy(update={"admins": ("list:ann",)})
    service, platform = wiring.Looksee(given, link=link), ListAdapter()
    service._adapters["list"] = platform
    return service, platform


async def told(service: wiring.Looksee, platform: ListAdapter) -> list[str]:
    """What the admin has been told since the last call, in English."""
    await service._alerts.drain()
    said = [text.partition("\n")[0] for _, text in platform.told]
    platform.told.clear()
    return said


async def test_admins_are_told_when_the_models_process_dies_keeps_dying_and_lives_again(tmp_path: Path) -> None:
    service, platform = watched(tmp_path)
    service._model_died("it ended (exit code -6)", 1)
    (died,) = await told(service, platform)
    assert "(it ended (exit code -6))" in died
    for deaths in range(2, 9):
        service._model_died("it does not start", deaths)
    (keeps_dying,) = await told(service, platform)
    assert "5 times in a row" in keeps_dying
    service._model_died("", 0)
    assert await told(service, platform) == [f"✅ Looksee: {MODEL_STEADY.en}"]
    service._model_died("it ended (exit code -6)", 1)
    assert await told(service, platform) == [died]


async def test_admins_are_told_of_deaths_of_the_service_ever_more_rarely(tmp_path: Path) -> None:
    heard = []
    for deaths in range(10):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            service, platform = watched(tmp_path, Link(theirs, "it was ended by SIGABRT", deaths))
            service._came_back()
            assert ours.recv(100) == b"r"
        if await told(service, platform):
            heard.append(deaths)
    assert heard == [1, 2, 4, 8]
