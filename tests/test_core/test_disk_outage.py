"""The whole service on a disk that is full, or fails, and on a database that somebody else holds.

What comes in is not confirmed, so that the platform sends it again, people are told, and everything goes on by itself.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot import wiring
from bot.stores import ConversationStore, StoreObserver
from conversations import connection
from conversations.sqlite import SqliteStore
from tests.contracts.customer import Customer
from tests.contracts.slack_customer import SlackCustomer
from tests.contracts.telegram_customer import TelegramCustomer
from tests.contracts.test_adapter import CUSTOMERS, OTHER_MODES
from tests.contracts.web_customer import WebCustomer
from tests.contracts.world import World, running
from tests.disk.connection import through
from tests.disk.faults import Fault
from tests.disk.vfs import FULL, IOERR_FSYNC, Disk, Kind, no_fault
from tests.doubles import ScriptedModel
from tests.fakes.telegram_person import Person
from tests.waiting import until

ADMIN = 4711
C = TypeVar("C", bound=Customer)

TOKEN = "an-operators-token"


@asynccontextmanager
async def service(
    make: Callable[[], Customer], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[World[Customer], Disk]]:
    with Disk(folder / "data") as disk:

        def open_store(path: Path | str, observer: StoreObserver | None = None) -> ConversationStore:
            return SqliteStore(path, observer=observer, connect=through(disk))

        monkeypatch.setattr(wiring, "open_store", open_store)
        customer = make()
        if isinstance(customer, TelegramCustomer):
            Person(customer.server, ADMIN)
        settings = {"LOOKSEE_ADMINS": f'["telegram:{ADMIN}"]', "LOOKSEE_WEB__OPERATOR_TOKEN": TOKEN}
        async with running(customer, folder, monkeypatch, make=lambda _: ScriptedModel(), settings=settings) as world:
            hasten(world)
            yield world, disk
            disk.fault = no_fault


def hasten(world: World[C]) -> None:
    world.bot._watch._probe_seconds, world.bot._watch._settled_seconds = 0.05, 0.5


async def problems(world: World[C]) -> str:
    """What `/readyz` says; "" if the service is ready."""
    operator = {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession(headers=operator) as http, http.get(f"{world.bot.url}/readyz") as response:
        text = await response.text()
        assert response.status == (200 if text == "[]" else 503)
        return "" if response.status == 200 else text


async def refused(customer: Customer) -> None:
    """Something is said, and not confirmed."""
    if isinstance(customer, WebCustomer):
        with pytest.raises(aiohttp.ClientResponseError, match="503"):
            await customer.say("during")
        return
    await customer.say("during")
    if isinstance(customer, TelegramCustomer):
        waiting = customer.server.unconfirmed
        assert len(waiting) == 1
    else:
        assert isinstance(customer, SlackCustomer)
        assert not customer.server.deliveries[-1].acked


async def delivered_again(customer: Customer) -> None:
    """The platform sends what was not confirmed once more; Telegram does so all the time."""
    if isinstance(customer, WebCustomer):
        await customer.redeliver()
    elif isinstance(customer, SlackCustomer):
        await customer.server.deliver_again()


def events(logs: Sequence[Mapping[str, Any]]) -> list[str]:
    """What was logged at warning or above."""
    return [entry["event"] for entry in logs if entry["log_level"] in ("warning", "error", "critical")]


@pytest.mark.parametrize("name", [*CUSTOMERS, *OTHER_MODES])
async def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    async with service({**CUSTOMERS, **OTHER_MODES}[name], tmp_path, monkeypatch) as (world, disk):
        customer = world.customer
        await customer.say("before")
        await customer.wait_for(1)
        await world.quiet()
        with capture_logs() as logs:
            disk.fault = Fault("write", FULL)
            await refused(customer)

            async def noticed() -> bool:
                return "database or disk is full" in await problems(world)

            await until(noticed)
            if isinstance(customer, TelegramCustomer):
                await customer.server.until(lambda: customer.server.sent(ADMIN))
            disk.fault = no_fault

            async def ready() -> bool:
                return not await problems(world)

            await until(ready)
            await delivered_again(customer)
            await customer.wait_for(2)
            assert len(await world.quiet()) == 2
            if isinstance(customer, TelegramCustomer):
                await customer.server.until(lambda: len(customer.server.sent(ADMIN)) == 2)
                assert [said["text"][0] for said in customer.server.sent(ADMIN)] == ["⚠", "✅"]
        said = events(logs)
        assert said.count("store_unavailable") == 1
        assert set(said) <= {"store_unavailable", "store_available_again", "alert", "alert_not_delivered"}, said


@pytest.mark.parametrize(("kind", "code"), [("sync", IOERR_FSYNC), ("write", FULL)])
async def test_a_failing_disk_while_an_answer_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind, code: int
) -> None:
    """The answer is stored and sent, once, as soon as that is possible; nothing is asked of the model again."""
    async with service(WebCustomer, tmp_path, monkeypatch) as (world, disk):
        world.model.gate.clear()
        await world.customer.say("before")
        await asyncio.wait_for(world.model.asked.wait(), 30)
        failures = world.bot._metrics.store_failures
        with capture_logs() as logs:
            disk.fault = Fault(kind, code)
            world.model.gate.set()

            async def failed() -> bool:
                return bool(failures._value.get() > 3)

            await until(failed)
            disk.fault = no_fault
            await world.customer.wait_for(1)
            assert len(await world.quiet()) == 1
        assert len(world.model.prompts) == 1
        assert events(logs).count("store_unavailable") == 1
        assert "store_failed" not in events(logs)


async def test_a_database_that_another_program_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.3)
    settings = {"LOOKSEE_ADMINS": f'["telegram:{ADMIN}"]'}
    customer = WebCustomer()
    async with running(customer, tmp_path, monkeypatch, make=lambda _: ScriptedModel(), settings=settings) as world:
        hasten(world)
        await customer.say("before")
        await customer.wait_for(1)
        await world.quiet()
        with closing(sqlite3.connect(tmp_path / "data" / "looksee.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            # Only the first of them waits for the lock: the others would wait behind each other.
            results = await asyncio.gather(*(customer.say(f"held {n}") for n in range(30)), return_exceptions=True)
            assert {type(result) for result in results} == {aiohttp.ClientResponseError}
            assert "database is locked" in await problems(world)
            other.execute("ROLLBACK")

        async def ready() -> bool:
            return not await problems(world)

        await until(ready)
        await customer.redeliver()
        assert len(await customer.wait_for(2)) == 2
