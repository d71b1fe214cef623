"""Waiting on each platform: the whole bot, with one slot that somebody else's question takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.messages import ChatKey, Inbound, Sender
from bot.texts import STATUS_WAITING, STOPPED, TRY_LATER
from tests.contracts.customer import Customer
from tests.contracts.slack_customer import SlackCustomer, shown
from tests.contracts.telegram_customer import TelegramCustomer
from tests.contracts.test_adapter import CUSTOMERS
from tests.contracts.web_customer import WebCustomer
from tests.contracts.world import World, embedded, running, screenshot
from tests.waiting import until

TOLD = {"LOOKSEE_QUEUE__NOTICE_SECONDS": "0"}
REFUSED = {"LOOKSEE_QUEUE__BUSY_SECONDS": "1", "LOOKSEE_QUEUE__REFUSE_SECONDS": "1"}
told = pytest.mark.parametrize("queue", [TOLD])


@pytest.fixture(params=list(CUSTOMERS))
async def world(
    request: pytest.FixtureRequest,
    queue: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    placeholder: tuple[Path, Path],
) -> AsyncIterator[World[Customer]]:
    settings = {
        "LOOKSEE_MODEL__PATH": str(placeholder[0]),
        "LOOKSEE_MODEL__MMPROJ_PATH": str(placeholder[1]),
        "LOOKSEE_MODEL__CONTEXT": "4096",
        "LOOKSEE_MODEL__THREADS": "1",
        "LOOKSEE_MODEL__MAX_TOKENS": "16",
        "LOOKSEE_MODEL__TEMPERATURE": "0",
        "LOOKSEE_MODEL__PARALLEL_CHATS": "1",
        **queue,
    }
    async with running(CUSTOMERS[request.param](), tmp_path, monkeypatch, make=embedded, settings=settings) as made:
        made.model.gate.clear()
        somebody = Inbound("occupying", ChatKey("web", "", "somebody"), Sender("web:somebody"), text="occupying")
        await made.bot.core.intake.receive(somebody)
        await asyncio.wait_for(made.model.asked.wait(), 30)
        yield made


def live(customer: Customer) -> str:
    """What the customer sees at the moment where the answer is to come."""
    if isinstance(customer, TelegramCustomer):
        drafts = customer.server.state.drafts[customer.person.chat_id]
        return str(drafts[-1]["text"]) if drafts else ""
    if isinstance(customer, SlackCustomer):
        said = [message for message in customer.server.messages if message["user"] == customer.server.bot_user]
        return shown(said[-1]) if said else ""
    assert isinstance(customer, WebCustomer)
    return customer.remark


async def waits(world: World[Customer]) -> None:
    """Return once the customer sees where the question stands."""

    async def seen() -> bool:
        return "⏳" in live(world.customer)

    await until(seen)


@told
async def test_where_the_question_stands_is_seen_until_the_answer_comes(world: World[Customer]) -> None:
    await world.customer.say("What is this?", [screenshot()])
    await waits(world)
    assert "number 1" in live(world.customer)
    world.model.gate.set()
    await world.customer.wait_for(1)
    (said,) = await world.quiet()
    assert "⏳" not in said

    async def gone() -> bool:  # Telegram's drafts vanish by themselves
        return "⏳" not in live(world.customer) or isinstance(world.customer, TelegramCustomer)

    await until(gone)
    entries = await world.bot.core.store.transcript(ChatKey.parse(world.model.prompts[-1].chat))
    assert not [entry for entry in entries if "⏳" in entry.payload]


@told
async def test_a_question_that_is_taken_back_is_seen_no_more(world: World[Customer]) -> None:
    await world.customer.say("What is this?")
    await waits(world)
    await world.customer.command("stop")
    assert await world.customer.wait_for(1) == [STOPPED.en]
    world.model.gate.set()
    assert await world.quiet() == [STOPPED.en]
    assert len(world.model.prompts) == 1


@told
async def test_status_tells_where_it_stands(world: World[Customer]) -> None:
    await world.customer.say("What is this?")
    await waits(world)
    await world.customer.command("status")

    async def told_of() -> bool:
        return any(said.startswith(STATUS_WAITING.en[:30]) for said in world.customer.seen())

    await until(told_of)
    world.model.gate.set()
    await world.quiet()


@pytest.mark.parametrize("queue", [REFUSED])
async def test_what_was_declined_is_remembered_with_its_picture(world: World[Customer]) -> None:
    await world.customer.say("What is the code?", [screenshot()])
    (said,) = await world.customer.wait_for(1)
    assert said.replace("*", "") == TRY_LATER.en.replace("*", "")
    assert len(world.model.prompts) == 1
    world.model.gate.set()
    await world.quiet()
    await world.customer.say("try again")
    await world.customer.wait_for(2)
    await world.quiet()
    assert [(role, pictures) for role, _, pictures in world.asked()] == [("user", 1), ("assistant", 0), ("user", 0)]
