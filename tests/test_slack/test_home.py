"""The app's home: published when it is opened, and again while somebody may be looking."""

from __future__ import annotations

import pytest

from adapters.slack import home, sentences
from adapters.slack.adapter import SlackAdapter
from bot.messages import Button, Kind, Reply
from tests.fakes.slack_person import Person
from tests.fakes.slack_server import Fault, SlackServer
from tests.test_slack.conftest import AGENT, ListSurfaces, RecordingIntake, chat


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "_PAUSE", 0.0)


async def opened(agent: Person, server: SlackServer) -> None:
    await agent.open_home()
    await server.until(lambda: agent.user in server.homes)


async def test_home_shows_what_the_core_says(
    adapter: SlackAdapter, agent: Person, server: SlackServer, surfaces: ListSurfaces, intake: RecordingIntake
) -> None:
    surfaces.replies = (Reply("**2** cases wait. <!channel>", buttons=(Button("Take #12", "take", "#12"),)),)
    await opened(agent, server)
    assert agent.home() == f"Hello slack:T0TEAM/{AGENT}\n*2* cases wait. &lt;!channel&gt;".replace(
        "&lt;!", "&lt;\u2060!"
    )
    assert intake.received == []


async def test_what_is_pressed_at_home_is_answered_in_direct_messages(
    adapter: SlackAdapter, agent: Person, server: SlackServer, surfaces: ListSurfaces, intake: RecordingIntake
) -> None:
    surfaces.replies = (Reply("1 case waits.", buttons=(Button("Take #12", "take", "#12"),)),)
    await opened(agent, server)
    delivery = await agent.press_at_home("Take #12")
    await server.until(lambda: delivery.acked)
    [take] = intake.received
    assert (take.kind, take.command, take.text) == (Kind.COMMAND, "take", "#12")
    assert (take.chat, take.private, take.reply_to, take.answer_to) == (chat("D0AGENT"), True, "", "")


async def test_a_text_is_edited_from_home(
    adapter: SlackAdapter, agent: Person, server: SlackServer, surfaces: ListSurfaces, intake: RecordingIntake
) -> None:
    surfaces.replies = (Reply("Prompt", buttons=(Button("Edit", "prompt", "set", edits=True),)),)
    surfaces.texts["prompt"] = "You help."
    await opened(agent, server)
    delivery = await agent.press_at_home("Edit")
    await server.until(lambda: delivery.acked)
    await agent.submit("You help much.")
    [command] = intake.received
    assert (command.command, command.text, command.chat) == ("prompt", "set You help much.", chat("D0AGENT"))


async def test_homes_are_published_anew_for_those_who_look(
    adapter: SlackAdapter, agent: Person, server: SlackServer, surfaces: ListSurfaces
) -> None:
    adapter.refresh_home()
    await opened(agent, server)
    surfaces.replies = (Reply("3 cases wait."),)
    adapter.refresh_home()
    await server.until(lambda: "3 cases" in agent.home())
    assert {call["user_id"] for call in server.called("views.publish")} == {AGENT}


async def test_a_home_with_too_much_in_it_is_cut(
    adapter: SlackAdapter, agent: Person, server: SlackServer, surfaces: ListSurfaces
) -> None:
    surfaces.replies = tuple(Reply("word " * 900, buttons=(Button("Take", "take"),)) for _ in range(60))
    await opened(agent, server)
    blocks = server.homes[AGENT]["blocks"]
    assert len(blocks) == 100
    assert blocks[-1]["text"]["text"] == sentences.HOME_MORE.en


async def test_a_home_that_slack_does_not_take_is_tried_when_it_is_opened_again(
    adapter: SlackAdapter, agent: Person, server: SlackServer
) -> None:
    server.fail("views.publish", Fault(status=500))
    await agent.open_home()
    await server.until(lambda: server.called("views.publish"))
    adapter._api.reach.answered()
    await opened(agent, server)
    assert "Nothing waits." in agent.home()


async def test_without_a_core_behind_it_there_is_no_home(
    server: SlackServer, agent: Person, intake: RecordingIntake
) -> None:
    adapter = SlackAdapter(bot_token=server.bot_token, app_token=server.app_token, api_base=server.api_base)
    await adapter.start(intake)
    delivery = await agent.open_home()
    await server.until(lambda: delivery.acked)
    adapter.refresh_home()
    await adapter.close()
    assert server.called("views.publish") == []
