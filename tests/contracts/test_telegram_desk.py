"""The support desk on Telegram: topics that are opened, shown and deleted, and a business account's customers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cases import CaseState, Move, Staff
from bot.messages import ChatKey
from bot.outcome import Outcome
from tests.contracts.telegram_customer import TelegramCustomer
from tests.contracts.world import World, running, screenshot
from tests.doubles import ScriptedModel
from tests.fakes.telegram_business import Account
from tests.fakes.telegram_server import BOT_ID
from tests.fakes.telegram_team import AGENTS, Team
from tests.test_telegram.conftest import keyboard

BO = 2002
ADA = Staff("telegram:1001", "Ada")
CHAT = ChatKey("telegram", str(BOT_ID), "1001")

Telegram = World[TelegramCustomer]


@pytest.fixture
def customer() -> TelegramCustomer:
    return TelegramCustomer()


@pytest.fixture
def team(customer: TelegramCustomer) -> Team:
    return Team(customer.server)


@pytest.fixture
async def world(
    customer: TelegramCustomer, team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Telegram]:
    settings = {"LOOKSEE_DESK__TELEGRAM_GROUP": str(AGENTS), "LOOKSEE_AGENTS": f'["telegram:{BO}"]'}
    script = ScriptedModel(lambda prompt: ("It says ", "**E-4127**."))
    async with running(customer, tmp_path, monkeypatch, make=lambda _: script, settings=settings) as made:
        yield made


async def opened(world: Telegram, team: Team, *, pictures: int = 0) -> int:
    """Have a case come up in a conversation with so many pictures; returns its topic."""
    await world.customer.say("What is this?", [screenshot()] * pictures)
    await world.customer.wait_for(1)
    await world.quiet()
    move = Move(CaseState.WAITING, ADA, customer=ADA)
    await world.bot.core.store.commit(Outcome(CHAT, (), move=move))
    topic = await team.opened()
    await world.quiet()  # until then, the topic is not known to be a room
    return topic


async def test_a_case_has_a_topic_with_its_card(world: Telegram, team: Team) -> None:
    topic = await opened(world, team, pictures=1)
    assert team.topics[topic].startswith("#1 Ada")
    await team.server.until(lambda: team.files(topic))
    card, *_ = team.messages(topic)
    assert "What is this?" in card["text"]
    assert "E-4127" in card["text"]
    labels = [label for row in keyboard(card) for label in row]
    assert labels[:2] == ["Take", "Close"]
    team.agent(BO, topic).press(card["message_id"], "Take")
    await team.server.until(lambda: "Release" in str(keyboard(team.messages(topic)[0])))
    assert "Bo" in team.messages(topic)[0]["text"]


async def test_a_topic_that_was_deleted_is_opened_anew(world: Telegram, team: Team) -> None:
    topic = await opened(world, team)
    await team.server.until(lambda: team.texts(topic))
    await world.quiet()
    team.delete_topic(topic)
    await world.customer.say("Anybody there?")
    await team.opened(1)
    (another,) = team.topics
    await team.server.until(lambda: any("Anybody there?" in text for text in team.texts(another)))
    assert another != topic


async def test_what_only_its_sender_is_to_read_is_shown_to_nobody_else(world: Telegram, team: Team) -> None:
    topic = await opened(world, team)
    bo = team.agent(BO, topic)
    bo.say("/nonsense")
    await team.server.until(bo.private)
    (told,) = bo.private()
    assert "/nonsense" in told["text"]
    await world.quiet()
    assert told["text"] not in team.texts(topic)
    assert team.agent(3003, topic, name="Cy").private() == []


async def test_a_customer_of_a_business_account_is_answered_in_its_name(world: Telegram) -> None:
    server = world.customer.server
    customer = Account(server).customer(7007)
    customer.photo(screenshot().data, "What is this?")
    await server.until(lambda: server.sent(customer.place))
    await world.quiet()
    (answer,) = server.sent(customer.place)
    assert (answer["text"], answer["from"]["first_name"]) == ("It says E-4127.", "Olga")
    assert len(world.model.prompts) == 1
