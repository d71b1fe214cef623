"""The whole bot on Slack, in what only Slack has: its faults, channels, threads, deletions and limits."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.slack import api
from tests.contracts.slack_customer import CHANNEL, USER, SlackCustomer, shown
from tests.contracts.world import World, running, screenshot
from tests.doubles import ScriptedModel
from tests.fakes.slack_server import Delivery, Fault

SHOP = "C0SHOP"
ANSWER = "It says **E-4127**."

Slack = World[SlackCustomer]


@pytest.fixture
def script() -> ScriptedModel:
    return ScriptedModel(lambda prompt: ("It says ", "**E-4127**."))


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: ScriptedModel) -> AsyncIterator[Slack]:
    async with running(SlackCustomer(), tmp_path, monkeypatch, make=lambda _: script, settings={}) as made:
        yield made


def from_bot(world: Slack, channel: str = SHOP) -> list[dict[str, Any]]:
    """Everything the bot has in a channel now, live text included."""
    server = world.customer.server
    return [m for m in server.messages if m["channel"] == channel and m["user"] == server.bot_user]


async def report(world: Slack, text: str, *, thread: str = "", times: int = 1, **more: Any) -> str:
    """Somebody writes in a channel, and Slack reports it as often; returns the message's ts."""
    server = world.customer.server
    message: dict[str, Any] = {"type": "message", "channel": SHOP, "user": USER, "text": text, "team": server.team}
    message |= {"ts": server.new_ts(), "channel_type": "channel"} | ({"thread_ts": thread} if thread else {}) | more
    server.messages.append(dict(message))
    deliveries: list[Delivery] = []
    for _ in range(times):
        deliveries.append(await server.deliver_event(message))
        if f"<@{server.bot_user}>" in text:
            deliveries.append(await server.deliver_event({**message, "type": "app_mention"}))
    await server.until(lambda: all(delivery.acked for delivery in deliveries))
    return str(message["ts"])


@pytest.mark.parametrize(
    "fault",
    [Fault(status=429, retry_after=1), Fault(status=500), Fault(error="internal_error"), Fault(drop=True)],
    ids=["429", "500", "internal_error", "dropped"],
)
async def test_putting_an_answer_in_place_survives_faults(world: Slack, script: ScriptedModel, fault: Fault) -> None:
    server = world.customer.server
    world.model.gate.clear()
    await world.customer.say("What is this?", [screenshot()])
    await server.until(lambda: from_bot(world, CHANNEL))  # the placeholder
    server.fail("chat.update", fault, times=2)  # one of them may meet live text
    world.model.gate.set()
    await world.customer.wait_for(1)
    assert await world.quiet() == [ANSWER]
    assert len(from_bot(world, CHANNEL)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=429, retry_after=1),
        Fault(status=500, done=True),
        Fault(drop=True),
        Fault(drop=True, done=True),
        Fault(hang=True, done=True),
    ],
    ids=["429", "500 after it was posted", "dropped", "dropped after it was posted", "no answer after it was posted"],
)
async def test_an_answer_that_may_have_arrived_is_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: ScriptedModel, fault: Fault
) -> None:
    if fault.hang:
        monkeypatch.setattr(api, "_TIMEOUT", aiohttp.ClientTimeout(total=0.5))
    async with running(SlackCustomer(), tmp_path, monkeypatch, make=lambda _: script, settings={}) as world:
        server = world.customer.server
        server.fail("chat.postMessage", Fault(status=500))  # no placeholder, so that the answer is a new message
        server.fail("chat.postMessage", fault)
        await world.customer.say("What is this?")
        await world.customer.wait_for(1)
        assert await world.quiet() == [ANSWER]
        assert len(from_bot(world, CHANNEL)) == 1


async def test_refused_blocks_go_as_plain_text(world: Slack) -> None:
    server = world.customer.server
    server.fail("chat.postMessage", Fault(error="no_permission"))
    server.fail("chat.postMessage", Fault(error="invalid_blocks"))
    await world.customer.say("What is this?")
    await world.customer.wait_for(1)
    await world.quiet()
    (message,) = from_bot(world, CHANNEL)
    assert (message["blocks"], "E-4127" in message["text"]) == ([], True)


async def test_a_mention_opens_a_thread_that_is_then_followed(world: Slack, script: ScriptedModel) -> None:
    server = world.customer.server
    await report(world, "lunch, anyone?")
    root = await report(world, f"<@{server.bot_user}> what is this?")
    await server.until(lambda: [shown(m) for m in from_bot(world)] == [ANSWER])
    await world.quiet()
    await report(world, "and below it?", thread=root)
    await server.until(lambda: len(from_bot(world)) == 2)
    other = await report(world, "shall we meet?")
    await report(world, "yes", thread=other)
    await report(world, "<@U0OTHER> can you help?", thread=root)
    await world.quiet()
    assert [(shown(m), m["thread_ts"]) for m in from_bot(world)] == [(ANSWER, root), (ANSWER, root)]
    assert [text for _, text, _ in world.asked()] == ["what is this?", ANSWER, "and below it?"]


async def test_a_thread_is_followed_before_its_first_answer_too(world: Slack, script: ScriptedModel) -> None:
    server = world.customer.server
    world.model.gate.clear()
    root = await report(world, f"<@{server.bot_user}> what is this?")
    await asyncio.wait_for(world.model.asked.wait(), 20)
    await report(world, "and below it?", thread=root)
    await world.stop()
    message = {"type": "message", "channel": SHOP, "user": USER, "text": "and above it?", "team": server.team}
    message |= {"ts": server.new_ts(), "channel_type": "channel", "thread_ts": root}
    await server.deliver_event(message)
    await world.start()
    await server.until(lambda: all(delivery.acked for delivery in server.deliveries))
    await world.quiet()
    asked = "\n".join(prompt.messages[-1].text for prompt in script.prompts[1:])
    assert asked.split("\n") == ["what is this?", "and below it?", "and above it?"]


async def test_four_deliveries_in_both_forms_are_one_answer(world: Slack, script: ScriptedModel) -> None:
    server = world.customer.server
    file = world.customer.upload(screenshot())
    await report(world, f"<@{server.bot_user}> what is this?", times=4, subtype="file_share", files=[file])
    await server.until(lambda: from_bot(world))
    await report(world, "lunch, anyone?", times=4)
    await world.quiet()
    assert [shown(m) for m in from_bot(world)] == [ANSWER]
    assert world.asked() == [("user", "what is this?", 1)]
    assert len(script.prompts) == 1


async def test_a_mention_that_an_edit_brings_in_is_answered_once(world: Slack, script: ScriptedModel) -> None:
    server = world.customer.server
    ts = await report(world, "what is this?", subtype="file_share", files=[world.customer.upload(screenshot())])
    message = server.message(SHOP, ts)
    before = dict(message)
    message |= {"text": f"<@{server.bot_user}> what is this?", "edited": {"user": USER, "ts": server.new_ts()}}
    await server.deliver_event({**message, "type": "app_mention"})
    await server.until(lambda: from_bot(world))
    await world.quiet()
    changed = {"subtype": "message_changed", "message": dict(message), "previous_message": before}
    event = {"type": "message", "channel": SHOP, "channel_type": "channel", "ts": server.new_ts(), **changed}
    delivery = await server.deliver_event(event)
    await server.until(lambda: delivery.acked)
    await world.quiet()
    assert [shown(m) for m in from_bot(world)] == [ANSWER]
    assert len(script.prompts) == 1


async def test_a_deleted_question_is_forgotten(world: Slack) -> None:
    asked = await world.customer.say("My card number is 4111", [screenshot()])
    await world.customer.wait_for(1)
    await world.quiet()
    await world.customer.delete(asked)
    await world.customer.say("What do you know?")
    await world.customer.wait_for(2)
    await world.quiet()
    assert world.asked() == [("user", "What do you know?", 0)]


async def test_a_question_deleted_while_it_waits_is_not_answered(world: Slack, script: ScriptedModel) -> None:
    world.model.gate.clear()
    await world.customer.say("First")
    await asyncio.wait_for(world.model.asked.wait(), 20)
    await world.customer.delete(await world.customer.say("A slip of the hand"))
    await world.customer.say("Second")
    await world.customer.redeliver()
    world.model.gate.set()
    await world.customer.wait_for(2)
    assert len(await world.quiet()) == 2
    assert [prompt.messages[-1].text for prompt in script.prompts] == ["First", "Second"]


async def test_a_question_that_slack_reports_after_its_deletion_is_not_answered(
    world: Slack, script: ScriptedModel
) -> None:
    """It had not been acknowledged, and comes again."""
    server = world.customer.server
    message = {"type": "message", "channel": CHANNEL, "channel_type": "im", "user": USER, "ts": server.new_ts()}
    gone = {**message, "subtype": "message_deleted", "deleted_ts": message["ts"], "previous_message": message}
    deliveries = [
        await server.deliver_event({**gone, "ts": server.new_ts()}),
        await server.deliver_event({**message, "text": "A slip of the hand"}),
    ]
    await server.until(lambda: all(delivery.acked for delivery in deliveries))
    await world.customer.say("Next")
    await world.customer.wait_for(1)
    assert len(await world.quiet()) == 1
    assert [prompt.messages[-1].text for prompt in script.prompts] == ["Next"]
    assert world.asked() == [("user", "Next", 0)]


async def test_an_edit_while_the_question_waits_changes_it(world: Slack, script: ScriptedModel) -> None:
    world.model.gate.clear()
    await world.customer.say("First")
    await asyncio.wait_for(world.model.asked.wait(), 20)
    await world.customer.edit(await world.customer.say("What is E-4172?"), "What is E-4127?")
    await world.customer.server.until(lambda: all(d.acked for d in world.customer.server.deliveries))
    world.model.gate.set()
    await world.customer.wait_for(2)
    assert len(await world.quiet()) == 2
    assert [prompt.messages[-1].text for prompt in script.prompts] == ["First", "What is E-4127?"]


async def test_a_long_answer_comes_in_parts_of_which_the_last_can_be_rated(world: Slack, script: ScriptedModel) -> None:
    paragraphs = [f"{number}. " + "word " * 300 for number in range(12)]
    script.script = lambda prompt: ("\n\n".join(paragraphs),)
    await world.customer.say("Everything, please")
    await world.customer.wait_for(2)
    parts = await world.quiet()
    assert " ".join(parts).split() == " ".join(paragraphs).split()
    kinds = [[block["type"] for block in message["blocks"]] for message in from_bot(world, CHANNEL)]
    assert kinds == [["markdown"]] * (len(parts) - 1) + [["markdown", "context_actions"]]


async def test_a_signed_request_that_is_sent_again_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: ScriptedModel
) -> None:
    """Whoever has listened in can repeat a request for five minutes."""
    async with running(SlackCustomer("http"), tmp_path, monkeypatch, make=lambda _: script, settings={}) as world:
        server = world.customer.server
        await world.customer.say("What is this?")
        await world.customer.wait_for(1)
        await world.quiet()
        await world.customer.rate(0, -1)
        await world.customer.command("status")
        await world.customer.command("new")
        await world.customer.wait_for(3)
        before = await world.quiet()
        written = await everything(world)
        recorded = [(d.kind, server.signed(d.kind, d.payload, age=240)) for d in server.deliveries]
        assert {kind for kind, _ in recorded} == {"events_api", "interactive", "slash_commands"}
        for _ in range(3):
            for _, (body, headers) in recorded:
                assert await server.post_raw(body, headers) == 200
        assert await world.quiet() == before
        assert len(script.prompts) == 1
        assert await everything(world) == written


async def everything(world: Slack) -> list[str]:
    """Whatever is in the database, save what SQLite notes for itself."""
    path = world.settings.data_dir / "looksee.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return [line for line in database.iterdump() if "sqlite_sequence" not in line]
