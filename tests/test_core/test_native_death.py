"""The whole service as people start it, and pictures that its model dies of: who is answered, who is told.

Real processes, ended by real signals; Telegram is a server on a loopback port.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot import texts, wiring
from bot.inference.journal import Journal
from tests.fakes.telegram_person import Person
from tests.fakes.telegram_server import TOKEN, TelegramServer
from tests.fated import FATES, HARMLESS, picture
from tests.processes import gone
from tests.waiting import until

ROOT = Path(__file__).parents[2]
AGENT, ADMIN = 9001, 9002
WITHIN = 250.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Service:
    """``looksee serve`` between a Telegram server and an engine that dies of certain pictures."""

    def __init__(self, folder: Path, files: tuple[Path, Path], server: TelegramServer, **settings: str) -> None:
        self.server = server
        self.port = free_port()
        self._log = folder / "log"
        self._folder = folder
        own = {
            "DATA_DIR": str(folder / "data"),
            "MODEL__PATH": str(files[0]),
            "MODEL__MMPROJ_PATH": str(files[1]),
            "MODEL__CONTEXT": "4096",
            "MODEL__THREADS": "1",
            "MODEL__TEMPERATURE": "0",
            "MODEL__STEP_SECONDS": "5",
            "CHAT__BURST_SECONDS": "0",
            "CHAT__ALBUM_SECONDS": "0",
            "QUEUE__NOTICE_SECONDS": "3600",
            "TELEGRAM__TOKEN": TOKEN,
            "TELEGRAM__API_BASE": server.url,
            "AGENTS": json.dumps([f"telegram:{AGENT}"]),
            "ADMINS": json.dumps([f"telegram:{ADMIN}"]),
            "LOG_JSON": "true",
            "WEB__PORT": str(self.port),
            **settings,
        }
        self._environment = {f"LOOKSEE_{name}": value for name, value in own.items()}

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.fated_service", "serve", cwd=self._folder, stdout=log, stderr=log,
                env={**os.environ, "PYTHONPATH": str(ROOT), **self._environment},
            )  # fmt: skip
        await until(self.ready, within=WITHIN)

    async def ready(self) -> bool:
        if self.process.returncode is not None:
            raise AssertionError(await self.log())
        return await self.get("readyz") == 200

    async def get(self, path: str) -> int:
        """The status of a page; 0 while nobody answers."""
        try:
            limit = aiohttp.ClientTimeout(total=5)
            url = f"http://127.0.0.1:{self.port}/{path}"
            async with aiohttp.ClientSession(timeout=limit) as http, http.get(url) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    async def log(self) -> str:
        return await asyncio.to_thread(self._log.read_text)

    async def logged(self, event: str) -> list[dict[str, object]]:
        lines = [json.loads(line) for line in (await self.log()).splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]

    async def stop(self) -> int:
        """Tell it to stop; returns its exit code."""
        self.process.terminate()
        async with asyncio.timeout(60):
            return await self.process.wait()


@asynccontextmanager
async def running(folder: Path, files: tuple[Path, Path], **settings: str) -> AsyncIterator[Service]:
    server = TelegramServer()
    await server.start()
    try:
        service = Service(folder, files, server, **settings)
        await service.start()
        try:
            yield service
        finally:
            if service.process.returncode is None:
                service.process.kill()
                await service.process.wait()
    finally:
        await server.stop()


def said(server: TelegramServer, person: int) -> list[str]:
    return [message["text"] for message in server.sent(person)]


async def hears(service: Service, person: int, condition: Callable[[list[str]], object]) -> None:
    """Wait until what the bot has said to a person fulfils a condition."""
    try:
        await service.server.until(lambda: condition(said(service.server, person)), within=WITHIN)
    except TimeoutError:
        raise AssertionError(f"heard {said(service.server, person)}\n{await service.log()}") from None


SET_ASIDE = texts.SET_ASIDE.say("en")


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("isolation", "fates"),
    [("none", ["abort", "exit", "hang", "freeze"]), ("process", ["abort", "freeze", "memory"])],
    ids=["none", "process"],
)
async def test_what_the_model_dies_of_is_set_aside_and_everybody_else_is_answered(
    tmp_path: Path, endless_files: tuple[Path, Path], isolation: str, fates: list[str]
) -> None:
    async with running(tmp_path, endless_files, MODEL__ISOLATION=isolation, MODEL__MAX_TOKENS="40") as service:
        server = service.server
        agent, admin = Person(server, AGENT), Person(server, ADMIN)
        bystander = Person(server, 1)
        fated = {Person(server, number): FATES[fate][0] for number, fate in enumerate(fates, start=2)}
        supervisor = service.process.pid

        bystander.photo(picture(HARMLESS), "What is this?")
        for person, colour in fated.items():
            person.photo(picture(colour), "What is this?")
        for person in (bystander, *fated):
            await hears(service, person.chat_id, len)
        await hears(service, agent.chat_id, lambda told: len(told) == len(fated))

        bystander.say("And now?")
        await hears(service, bystander.chat_id, lambda heard: len(heard) == 2)
        assert await service.get("readyz") == 200
        assert SET_ASIDE not in "".join(said(server, bystander.chat_id))
        for person in fated:
            assert said(server, person.chat_id) == [SET_ASIDE], await service.log()
        for person, told in zip(fated, sorted(said(server, agent.chat_id)), strict=True):
            assert f"/{person.chat_id}/" in told
            assert "set aside" in told
            assert "搁置" in told

        service_deaths = await service.logged("service_died")
        model_deaths = await service.logged("model_process_died")
        deaths, others = (service_deaths, model_deaths) if isolation == "none" else (model_deaths, service_deaths)
        # Those that stood together at the first death are struck by it, then each dies alone once more.
        assert len(fated) < len(deaths) <= 2 * len(fated)
        assert others == []
        heard = "the service died" if isolation == "none" else "the model's process died"
        await hears(service, admin.chat_id, lambda told: any(heard in text for text in told))

        admin.say("/health")
        await hears(service, admin.chat_id, lambda told: f"Set aside in 7 days: {len(fates)}" in "".join(told))
        assert service.process.pid == supervisor
        assert not gone(supervisor)
        assert await service.stop() == 0, await service.log()


@pytest.mark.timeout(300)
async def test_a_stop_does_not_wait_for_a_native_step_that_hangs(
    tmp_path: Path, endless_files: tuple[Path, Path]
) -> None:
    async with running(tmp_path, endless_files, MODEL__STEP_SECONDS="600") as service:
        person = Person(service.server, 1)
        person.photo(picture(FATES["hang"][0]), "What is this?")
        journal = tmp_path / "data" / wiring.JOURNAL

        async def answering() -> bool:
            return bool(await asyncio.to_thread(flying, journal))

        await until(answering, within=WITHIN)
        await asyncio.sleep(1.5)  # into the step
        assert await service.stop() == 0
        assert await service.logged("native_step_left_behind")
        assert not await answering(), "nobody is blamed for a stop"


def flying(file: Path) -> list[bytes]:
    """Marks of what is with the model, by the journal's file."""
    journal = Journal(file)
    journal.open()
    return [mark for mark, _, is_flying in journal.entries() if is_flying]
