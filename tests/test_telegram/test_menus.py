"""Who is shown which commands."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.telegram.adapter import TelegramAdapter
from bot.messages import Role
from bot.verbs.table import among_agents, announced, permitted
from tests.fakes.telegram_person import Person
from tests.fakes.telegram_server import TOKEN, TelegramServer
from tests.fakes.telegram_team import AGENTS, Team
from tests.test_telegram.conftest import COMMANDS, RecordingIntake

ADA, BO = "telegram:1001", "telegram:2002"


@pytest.fixture
async def adapter(server: TelegramServer) -> AsyncIterator[TelegramAdapter]:
    made = TelegramAdapter(token=TOKEN, api_base=server.url, commands=COMMANDS, staff={ADA: Role.ADMIN}, desk=AGENTS)
    yield made
    await made.close()


async def test_by_place_and_language(server: TelegramServer, adapter: TelegramAdapter, intake: RecordingIntake) -> None:
    Team(server)
    await adapter.start(intake)
    await server.until(lambda: len(server.called("setMyCommands")) == 5)
    assert server.state.menus == {
        ("default", 0, ""): ["help"],
        ("default", 0, "zh"): ["help"],
        ("chat", AGENTS, ""): ["help", "take"],
        ("chat", AGENTS, "zh"): ["help", "take"],
    }
    # Telegram refuses the admin's menu until the admin has written.
    Person(server).say("hello")
    await server.until(lambda: ("chat", 1001, "zh") in server.state.menus)
    assert server.state.menus["chat", 1001, ""] == ["help", "take", "stats"]
    chinese = [call for call in server.called("setMyCommands") if call.get("language_code") == "zh"]
    assert chinese[-1]["commands"][2] == {"command": "stats", "description": "统计"}


async def test_the_agents_group_is_shown_what_makes_sense_there(
    server: TelegramServer, intake: RecordingIntake
) -> None:
    Team(server)
    adapter = TelegramAdapter(token=TOKEN, api_base=server.url, commands=announced(), staff={}, desk=AGENTS)
    await adapter.start(intake)
    await server.until(lambda: len(server.called("setMyCommands")) == 4)
    await adapter.close()
    everybody, agents = server.state.menus["default", 0, ""], server.state.menus["chat", AGENTS, ""]
    assert everybody == [verb.name for verb in permitted(Role.CUSTOMER, desk=True)]
    assert agents == [verb.name for verb in permitted(Role.AGENT, desk=True) if among_agents(verb)]
    assert set(everybody) & set(agents) == {"help", "stop", "retry"}


async def test_change_with_the_role(server: TelegramServer, adapter: TelegramAdapter, intake: RecordingIntake) -> None:
    Person(server)
    Person(server, 2002)
    await adapter.start(intake)
    await server.until(lambda: ("chat", 1001, "zh") in server.state.menus)
    before = len(server.called("setMyCommands"))
    adapter.refresh_menus({BO: Role.AGENT, "slack:T0TEAM/U0BO": Role.ADMIN})
    await server.until(
        lambda: len(server.called("deleteMyCommands")) == 2 and ("chat", 2002, "zh") in server.state.menus
    )
    menus = {scope[1]: names for scope, names in server.state.menus.items() if scope[2] == "zh"}
    assert menus == {0: ["help"], 2002: ["help", "take"]}
    assert len(server.called("setMyCommands")) == before + 2  # nobody else's is touched
