"""Buttons, shortcuts and windows: what people press and write there reaches the inbox once."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import pytest

from adapters.slack import interactivity, sentences
from adapters.slack.adapter import SlackAdapter
from adapters.slack.interaction import ASK_SHORTCUT, SUGGEST_SHORTCUT
from bot.errors import StoreUnavailableError
from bot.messages import Button, ChatKey, Kind, Reply
from bot.texts import REASONS
from tests.fakes.slack_person import Person, labels, shown
from tests.fakes.slack_server import Delivery, Fault, SlackServer
from tests.test_slack.conftest import AGENT, DESK, DM, Connect, ListSurfaces, RecordingIntake, chat, outgoing, room

Mode = Literal["socket", "http"]
both_modes = pytest.mark.parametrize("mode", ["socket", "http"])

DRAFT = Reply("Please restart it.", buttons=(Button("Edit and send", "send", "draft", edits=True),))


async def done(server: SlackServer, *deliveries: Delivery) -> None:
    await server.until(lambda: all(delivery.acked for delivery in deliveries))


async def again(server: SlackServer) -> None:
    """Slack reports the newest thing once more."""
    server.deliveries[-1].acked = False
    await server.deliver_again()
    await done(server, server.deliveries[-1])


async def draft(adapter: SlackAdapter, server: SlackServer, case: ChatKey) -> dict[str, Any]:
    """A draft in a room, with a button that lets it be edited."""
    return server.message(DESK, await adapter.send(outgoing(DRAFT, number=7, to=case)))


@both_modes
async def test_a_text_is_edited_in_a_window(
    mode: Mode,
    connect: Connect,
    agent: Person,
    known: set[ChatKey],
    server: SlackServer,
    intake: RecordingIntake,
    surfaces: ListSurfaces,
) -> None:
    adapter = await connect(mode)
    case = await room(adapter, known)
    surfaces.texts["send"] = "Please restart it."
    message = await draft(adapter, server, case)
    await done(server, await agent.press(message, "Edit and send"))
    assert intake.received == [], "nothing is said yet"
    button = Button("Edit and send", "send", "draft", edits=True)
    await again(server)
    assert agent.private() == [], "the window is open all the same"
    assert surfaces.edited[:1] == [(f"slack:T0TEAM/{AGENT}", button, case, message["ts"])]
    window = server.window_of(AGENT)
    assert window is not None
    assert window["title"]["text"] == "Edit and send"
    assert [b["element"]["initial_value"] for b in window["blocks"]] == ["Please restart it."]
    await agent.submit("Please *restart* it.\n\nThank you!")
    [sent] = intake.received
    assert (sent.kind, sent.command, sent.text) == (Kind.COMMAND, "send", "draft Please *restart* it.\n\nThank you!")
    assert (sent.chat, sent.reply_to, sent.sender.key) == (case, message["ts"], f"slack:T0TEAM/{AGENT}")
    assert sent.answer_to
    assert server.window_of(AGENT) is None


@both_modes
async def test_a_window_says_what_could_not_be_stored_and_stays_open(
    mode: Mode,
    connect: Connect,
    agent: Person,
    known: set[ChatKey],
    server: SlackServer,
    intake: RecordingIntake,
    surfaces: ListSurfaces,
) -> None:
    adapter = await connect(mode)
    case = await room(adapter, known)
    surfaces.texts["send"] = "x"
    await done(server, await agent.press(await draft(adapter, server, case), "Edit and send"))
    intake.failures = 1
    refused = await agent.submit("Hello")
    assert list(refused.response["errors"].values()) == [sentences.NOT_STORED.en]
    assert intake.received == []
    assert (await agent.submit("Hello")).response == {}
    assert [i.text for i in intake.received] == ["draft Hello"]


async def test_a_window_is_submitted_once(
    adapter: SlackAdapter,
    agent: Person,
    known: set[ChatKey],
    server: SlackServer,
    intake: RecordingIntake,
    surfaces: ListSurfaces,
) -> None:
    case = await room(adapter, known)
    surfaces.texts["send"] = "x"
    await done(server, await agent.press(await draft(adapter, server, case), "Edit and send"))
    intake.gate.clear()
    submitting = asyncio.create_task(agent.submit("Hello"))
    await server.until(lambda: intake.attempts)
    assert not server.deliveries[-1].acked, "it is committed before Slack closes the window"
    intake.gate.set()
    delivery = await submitting
    delivery.acked = False
    await server.attempt(delivery)
    await done(server, delivery)
    assert len(intake.received) == 1


async def test_a_long_text_comes_back_as_it_was(
    adapter: SlackAdapter, agent: Person, server: SlackServer, intake: RecordingIntake, surfaces: ListSurfaces
) -> None:
    text = "\n\n".join("You are a helpful assistant.\n" * 60 for _ in range(4)).strip()
    surfaces.texts["prompt"] = text
    await done(server, await agent.command("prompt", "edit  shop"))
    window = server.window_of(AGENT)
    assert window is not None
    assert len(window["blocks"]) > 2
    assert window["blocks"][0]["label"]["text"].startswith("Text, part 1 of")
    await agent.submit()
    [command] = intake.received
    assert (command.command, command.text) == ("prompt", f"set shop {text}")
    assert command.chat == chat(DESK)


async def test_what_is_typed_with_a_command_that_opens_a_window_may_be_too_long_for_it(
    adapter: SlackAdapter, agent: Person, server: SlackServer, intake: RecordingIntake, surfaces: ListSurfaces
) -> None:
    surfaces.texts["prompt"] = "You help."
    await done(server, await agent.command("prompt", "edit " + "很" * 2_000))
    assert server.window_of(AGENT) is not None
    await agent.submit()
    assert [(i.command, i.text) for i in intake.received] == [("prompt", f"set {'很' * 2_000} You help.")]
    await done(server, await agent.command("prompt", "edit " + "很" * 3_000))
    assert [shown(message) for message in agent.private()] == [sentences.TOO_LONG_TO_EDIT.en]
    assert server.window_of(AGENT) is None


async def test_other_slash_commands_open_nothing(
    adapter: SlackAdapter, agent: Person, server: SlackServer, intake: RecordingIntake
) -> None:
    await done(server, await agent.command("prompt", "editorial"), await agent.command("prompt"))
    assert [(i.command, i.text) for i in intake.received] == [("prompt", "editorial"), ("prompt", "")]


@pytest.mark.parametrize("trouble", ["not allowed", "late", "refused", "slow", "store", "long"])
async def test_a_window_that_does_not_open_is_explained(
    adapter: SlackAdapter,
    agent: Person,
    known: set[ChatKey],
    server: SlackServer,
    surfaces: ListSurfaces,
    monkeypatch: pytest.MonkeyPatch,
    trouble: str,
) -> None:
    case = await room(adapter, known)
    message = await draft(adapter, server, case)
    expected = sentences.NOT_OPENED
    if trouble != "not allowed":
        surfaces.texts["send"] = "word " * 30_000 if trouble == "long" else "x"
    match trouble:
        case "not allowed":
            expected = sentences.NOT_EDITABLE
        case "long":
            expected = sentences.TOO_LONG_TO_EDIT
        case "late":
            server.trigger_seconds = -1.0
        case "refused":
            server.fail("views.open", Fault(status=500))
        case "slow":
            monkeypatch.setattr(interactivity, "_TRIGGER_SECONDS", 0.05)
            surfaces.gate.clear()
        case "store":
            surfaces.failure = StoreUnavailableError("the disk is full")
    await done(server, await agent.press(message, "Edit and send"))
    assert server.window_of(AGENT) is None
    [told] = agent.private()
    assert shown(told) == expected.en


@both_modes
async def test_asking_about_a_message(
    mode: Mode,
    connect: Connect,
    agent: Person,
    known: set[ChatKey],
    server: SlackServer,
    intake: RecordingIntake,
    surfaces: ListSurfaces,
) -> None:
    adapter = await connect(mode)
    case = await room(adapter, known)
    surfaces.texts["ask"] = ""
    ts = await adapter.send(outgoing(Reply("It says E-4127"), number=5, to=case))
    await done(server, await agent.shortcut(ASK_SHORTCUT, ts))
    await agent.submit("Which field is red?")
    [asked] = intake.received
    assert (asked.kind, asked.command, asked.text) == (Kind.COMMAND, "ask", "Which field is red?")
    assert (asked.chat, asked.reply_to) == (case, ts)
    await done(server, await agent.shortcut(SUGGEST_SHORTCUT, case.thread))
    suggest = intake.received[-1]
    assert (suggest.command, suggest.text, suggest.chat, suggest.reply_to) == ("suggest", "", case, case.thread)
    assert suggest.answer_to


async def test_who_may_not_ask_is_told(adapter: SlackAdapter, customer: Person, server: SlackServer) -> None:
    ts = await customer.say("hello")
    await done(server, await customer.shortcut(ASK_SHORTCUT, ts))
    [told] = customer.private()
    assert shown(told) == sentences.NOT_EDITABLE.en


@both_modes
async def test_thumbs_down_are_asked_for_a_reason(
    mode: Mode, connect: Connect, customer: Person, server: SlackServer, intake: RecordingIntake
) -> None:
    adapter = await connect(mode)
    ts = await adapter.send(outgoing(Reply("It is a cat.", rateable=True)))
    await done(server, await customer.rate(server.message(DM, ts), -1))
    [rated] = intake.received
    assert (rated.kind, rated.rating, rated.message_id, rated.text) == (Kind.FEEDBACK, -1, ts, "")
    await again(server)
    [asked] = customer.private()
    assert labels(asked) == ["Wrong", "Unclear", "Incomplete", "Something else…"]
    await done(server, await customer.press(asked, "Unclear"))
    reason = intake.received[-1]
    assert (reason.kind, reason.rating, reason.message_id, reason.text) == (Kind.FEEDBACK, -1, ts, "unclear")
    assert reason.chat == chat()
    assert reason.event_id != rated.event_id
    await server.until(lambda: shown(asked) == sentences.WHY_THANKS.en)


async def test_a_reason_in_ones_own_words(
    adapter: SlackAdapter, customer: Person, server: SlackServer, intake: RecordingIntake
) -> None:
    ts = await adapter.send(outgoing(Reply("这是一只猫。", language="zh", rateable=True)))
    await done(server, await customer.rate(server.message(DM, ts), -1))
    [asked] = customer.private()
    await done(server, await customer.press(asked, REASONS["other"].zh))
    window = server.window_of(customer.user)
    assert window is not None
    assert window["title"]["text"] == sentences.REASON_TITLE.zh
    await customer.submit("这是狗")
    reason = intake.received[-1]
    assert (reason.kind, reason.rating, reason.message_id, reason.text) == (Kind.FEEDBACK, -1, ts, "这是狗")


async def test_thumbs_up_are_not_asked(
    adapter: SlackAdapter, customer: Person, server: SlackServer, intake: RecordingIntake
) -> None:
    ts = await adapter.send(outgoing(Reply("It is a cat.", rateable=True)))
    await done(server, await customer.rate(server.message(DM, ts), 1))
    assert [i.rating for i in intake.received] == [1]
    assert customer.private() == []


async def test_thumbs_are_stored_though_nobody_can_be_asked(
    adapter: SlackAdapter, customer: Person, server: SlackServer, intake: RecordingIntake
) -> None:
    ts = await adapter.send(outgoing(Reply("It is a cat.", rateable=True)))
    server.response_uses.default_factory = lambda: 9
    server.fail("chat.postEphemeral", Fault(error="channel_not_found"))
    await done(server, await customer.rate(server.message(DM, ts), -1))
    assert [i.rating for i in intake.received] == [-1]
    assert customer.private() == []
