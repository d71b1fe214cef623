"""The agents' channel: everything said in a case's thread comes in, with what the core needs to let it no further."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.slack import people
from adapters.slack.adapter import SlackAdapter
from adapters.slack.preview import NoPreview, SlackPreview
from bot.messages import Button, ChatKey, Inbound, Kind, Reply
from tests.fakes.slack_person import Person
from tests.fakes.slack_server import Fault, SlackServer
from tests.test_slack.conftest import AGENT, DESK, SHOP, Connect, RecordingIntake, chat, outgoing, room


@pytest.fixture
async def case(adapter: SlackAdapter, agent: Person, known: set[ChatKey]) -> ChatKey:
    """The thread of a case, which the agent has gone into."""
    opened = await room(adapter, known, Button("Take", "take"))
    agent.enter(opened.thread)
    return opened


async def taken(server: SlackServer, intake: RecordingIntake) -> list[Inbound]:
    await server.until(lambda: all(delivery.acked for delivery in server.deliveries))
    return intake.received


async def test_everything_said_in_a_room_comes_in(
    agent: Person, case: ChatKey, server: SlackServer, intake: RecordingIntake
) -> None:
    await agent.say("Hello, I am looking into it.")
    await agent.say("<@U0BOB> can you help? <!here>")
    await agent.say("!ask which field is red?")
    await agent.say("!frobnicate it")
    await agent.say("！summary")
    await agent.upload_in_thread(b"png", "!ask what is this?")
    got = await taken(server, intake)
    assert [(i.kind, i.command, i.text, i.mentions_others) for i in got] == [
        (Kind.MESSAGE, "", "Hello, I am looking into it.", False),
        (Kind.MESSAGE, "", "@U0BOB can you help? @here", True),
        (Kind.COMMAND, "ask", "which field is red?", False),
        (Kind.COMMAND, "frobnicate", "it", False),
        (Kind.COMMAND, "summary", "", False),
        (Kind.COMMAND, "ask", "what is this?", False),
    ]
    assert {i.chat for i in got} == {case}
    assert {i.sender.key for i in got} == {f"slack:T0TEAM/{AGENT}"}
    assert len(got[-1].attachments) == 1
    for inbound in got:
        assert json.loads(inbound.answer_to) == {"url": "", "channel": DESK, "user": AGENT, "thread": case.thread}


async def test_people_come_in_with_their_names(
    agent: Person, customer: Person, case: ChatKey, server: SlackServer, intake: RecordingIntake
) -> None:
    await agent.say("Hello")
    await customer.say("Hi")
    await agent.say("I am here")
    await customer.say("Hi again")
    got = await taken(server, intake)
    assert sorted((i.sender.name, i.text) for i in got) == [
        ("Ada", "Hi"),
        ("Ada", "Hi again"),
        ("Ann", "Hello"),
        ("Ann", "I am here"),
    ]
    assert len(server.called("users.info")) == 2


@pytest.mark.parametrize("fault", [Fault(error="missing_scope"), Fault(error="user_not_found"), Fault(hang=True)])
async def test_a_name_that_cannot_be_found_out_holds_nothing_up(
    agent: Person,
    case: ChatKey,
    server: SlackServer,
    intake: RecordingIntake,
    fault: Fault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(people, "_WAIT_SECONDS", 0.05)
    server.fail("users.info", fault)
    await agent.say("Hello")
    await agent.press(server.message(DESK, case.thread), "Take")
    assert [i.sender.name for i in await taken(server, intake)] == ["", "customer"]


async def test_edits_and_deletions_in_a_room_come_in(
    agent: Person, case: ChatKey, server: SlackServer, intake: RecordingIntake
) -> None:
    said = await agent.say("Helo")
    await agent.edit(said, "Hello")
    await agent.edit(said, "!note <@U0BOB>")
    await agent.delete(said)
    got = await taken(server, intake)
    assert [(i.kind, i.text, i.message_id) for i in got] == [
        (Kind.MESSAGE, "Helo", said),
        (Kind.EDIT, "Hello", said),
        (Kind.EDIT, "!note @U0BOB", said),
        (Kind.DELETE, "", said),
    ]
    assert [i.mentions_others for i in got] == [False, False, True, False]
    assert {i.chat for i in got} == {case}


async def test_other_threads_of_the_channel_are_the_peoples_own(
    agent: Person, case: ChatKey, server: SlackServer, intake: RecordingIntake
) -> None:
    for text, thread in (("lunch?", ""), ("pizza", "1.000001"), ("!new", "1.000001")):
        event: dict[str, Any] = {"type": "message", "channel": DESK, "channel_type": "channel", "user": AGENT}
        await server.deliver_event({**event, "text": text, "ts": server.new_ts(), "thread_ts": thread or None})
    assert await taken(server, intake) == []


async def test_who_mentions_the_bot_in_the_channel_can_be_answered_alone(
    agent: Person, case: ChatKey, server: SlackServer, intake: RecordingIntake
) -> None:
    agent.enter("")
    begun = await agent.say("is this known?")
    await agent.say("anybody?")
    agent.enter(case.thread)
    await agent.say("Hello")
    mentioned, followed, said = await taken(server, intake)
    assert [i.mentions_bot for i in (mentioned, followed, said)] == [True, False, False]
    assert mentioned.chat.thread == followed.chat.thread == begun
    assert [json.loads(i.answer_to)["thread"] for i in (mentioned, followed, said)] == ["", begun, case.thread]


async def test_somebody_from_another_workspace_is_known_as_such(
    case: ChatKey, server: SlackServer, intake: RecordingIntake
) -> None:
    outsider = Person(server, AGENT, DESK, team="T9EXT")
    outsider.enter(case.thread)
    await outsider.say("Send them the password")
    await outsider.upload_in_thread(b"png", "and this")
    await outsider.press(server.message(DESK, case.thread), "Take")
    await outsider.command("take")
    assert {i.sender.key for i in await taken(server, intake)} == {f"slack:T9EXT/{AGENT}"}
    assert len(intake.received) == 4


async def test_what_other_apps_write_in_a_room_goes_nowhere(
    agent: Person, case: ChatKey, server: SlackServer, intake: RecordingIntake
) -> None:
    event: dict[str, Any] = {"type": "message", "channel": DESK, "channel_type": "channel", "thread_ts": case.thread}
    event |= {"text": "Build #5 failed", "ts": server.new_ts()}
    await server.deliver_event({**event, "user": "U0APP", "bot_id": "B0OTHER"})
    await server.deliver_event({**event, "bot_id": "B0OTHER", "subtype": "bot_message"})
    assert await taken(server, intake) == []


async def test_customers_threads_elsewhere_are_as_they_were(
    agent: Person, server: SlackServer, intake: RecordingIntake, adapter: SlackAdapter
) -> None:
    customer = Person(server, channel=SHOP)
    await customer.say("what is this?")
    await customer.say("<@U0ANNA> what do you think?")
    await customer.say("!frobnicate")
    first, second = await taken(server, intake)
    assert (first.text, second.text, second.kind) == ("what is this?", "!frobnicate", Kind.MESSAGE)
    assert first.answer_to == second.answer_to == ""


async def test_agents_see_an_answer_grow(
    adapter: SlackAdapter, agent: Person, case: ChatKey, server: SlackServer, intake: RecordingIntake
) -> None:
    await agent.say("!ask what is this?")
    [asked] = await taken(server, intake)
    preview = adapter.preview(asked)
    assert isinstance(preview, SlackPreview)
    await preview.close(keep=False)
    await agent.command("queue")
    queue = (await taken(server, intake))[-1]
    assert queue.chat == chat(DESK)
    assert isinstance(adapter.preview(queue), NoPreview)


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_press_on_the_card_is_a_command_about_its_room(
    mode: Any,
    connect: Connect,
    agent: Person,
    known: set[ChatKey],
    server: SlackServer,
    intake: RecordingIntake,
) -> None:
    adapter = await connect(mode)
    take, close = Button("Take", "take", style="primary"), Button("Close", "close", "#1", "danger", "Really?")
    case = await room(adapter, known, take, close)
    card = server.message(DESK, case.thread)
    confirm = card["blocks"][1]["elements"][1]["confirm"]
    assert (confirm["text"]["text"], confirm["style"]) == ("Really?", "danger")
    first = await agent.press(card, "Take")
    await agent.press(card, "Close")
    await server.until(lambda: first.acked)
    first.acked = False
    await server.attempt(first)
    one, two = await taken(server, intake)
    assert (one.kind, one.command, one.text) == (Kind.COMMAND, "take", "")
    assert (two.command, two.text) == ("close", "#1")
    assert one.chat == two.chat == case
    assert one.reply_to == case.thread
    assert not one.private
    where = json.loads(one.answer_to)
    assert (where["user"], where["thread"]) == (AGENT, ""), "who presses it looks at the channel"
    assert where["url"].startswith(server.url)


async def test_a_press_in_a_private_message_is_about_the_room_it_was_for(
    adapter: SlackAdapter, agent: Person, case: ChatKey, server: SlackServer, intake: RecordingIntake
) -> None:
    await agent.press(server.message(DESK, case.thread), "Take")
    [take] = await taken(server, intake)
    asks = Reply("Take it from Bob?", private_to=take.answer_to, buttons=(Button("Yes", "take", "sure"),))
    await adapter.send(outgoing(asks, number=9, to=case))
    [asked] = agent.private()
    await agent.press(asked, "Yes")
    sure = (await taken(server, intake))[-1]
    assert (sure.command, sure.text, sure.chat, sure.reply_to) == ("take", "sure", case, "")
