"""The whole bot on Telegram, in what only Telegram has: its faults, groups, topics, replies and limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.telegram import previews, session
from bot import texts
from tests.contracts.telegram_customer import TelegramCustomer
from tests.contracts.world import World, running, screenshot
from tests.doubles import ScriptedModel
from tests.fakes.telegram_person import Person
from tests.fakes.telegram_rules import RefusedError, bad
from tests.fakes.telegram_server import Fault

GROUP = -1001234567890123
LOST = texts.MAYBE_LOST.say("en", prefix="/").replace("`", "")

Telegram = World[TelegramCustomer]


@pytest.fixture
def script() -> ScriptedModel:
    return ScriptedModel(lambda prompt: ("It says ", "**E-4127**."))


@pytest.fixture
async def world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: ScriptedModel
) -> AsyncIterator[World[TelegramCustomer]]:
    monkeypatch.setattr(previews, "_EDIT_INTERVAL", 0.01)
    monkeypatch.setattr(previews, "_DRAFT_INTERVAL", 0.01)
    async with running(TelegramCustomer(), tmp_path, monkeypatch, make=lambda _: script, settings={}) as made:
        yield made


def said(world: Telegram, chat: int = GROUP) -> list[str]:
    return [message["text"] for message in world.customer.server.sent(chat)]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(RefusedError(429, "Too Many Requests: retry after 1", retry_after=1)),
        Fault(RefusedError(500, "Internal Server Error")),
        Fault(html=503),
    ],
    ids=["429", "500", "503"],
)
async def test_an_answer_survives_a_platform_that_refuses_for_now(world: Telegram, fault: Fault) -> None:
    world.customer.server.fail("sendMessage", fault)
    await world.customer.say("What is this?", [screenshot()])
    await world.customer.wait_for(1)
    assert await world.quiet() == ["It says E-4127."]
    assert len(world.customer.server.called("sendMessage")) == 2


@pytest.mark.parametrize(
    ("fault", "arrived"),
    [
        (Fault(drop=True), False),
        (Fault(drop=True, after=True), True),
        (Fault(hang=True), False),
        (Fault(html=502), False),
        (Fault(html=502, after=True), True),
        (Fault(html=504, after=True), True),
    ],
    ids=["dropped", "dropped after it was sent", "no answer", "502", "502 after it was sent", "504 after it was sent"],
)
async def test_an_answer_that_may_have_arrived_is_repeated_only_at_the_customers_wish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: ScriptedModel, fault: Fault, arrived: bool
) -> None:
    if fault.hang:
        monkeypatch.setattr(session, "_TOTAL_SECONDS", 0.5)
    async with running(TelegramCustomer(), tmp_path, monkeypatch, make=lambda _: script, settings={}) as world:
        world.customer.server.fail("sendMessage", fault)
        await world.customer.say("What is this?")
        before = ["It says E-4127."] if arrived else []
        await world.customer.wait_for(len(before) + 1)
        assert await world.quiet() == [*before, LOST]
        await world.customer.command("retry")
        await world.customer.wait_for(len(before) + 2)
        assert await world.quiet() == [*before, LOST, "It says E-4127."]


async def test_refused_entities_go_as_plain_text(world: Telegram) -> None:
    world.customer.server.fail("sendMessage", Fault(bad("can't parse entities: unsupported")))
    await world.customer.say("What is this?")
    await world.customer.wait_for(1)
    await world.quiet()
    (message,) = world.customer.server.sent(1001)
    assert (message["text"], message.get("entities")) == ("It says E-4127.", None)
    assert message["reply_markup"]  # the thumbs stay


async def test_a_long_answer_comes_in_parts_of_which_the_last_can_be_rated(
    world: Telegram, script: ScriptedModel
) -> None:
    paragraphs = [f"{number}. " + "🙂 word " * 150 for number in range(12)]
    script.script = lambda prompt: ("\n\n".join(paragraphs),)
    await world.customer.say("Everything, please")
    await world.customer.wait_for(3)
    await world.quiet()
    parts = world.customer.server.sent(1001)
    assert " ".join(part["text"] for part in parts).split() == "\n\n".join(paragraphs).split()
    assert [bool(part.get("reply_markup")) for part in parts] == [False] * (len(parts) - 1) + [True]


async def test_a_group_is_left_alone_unless_the_bot_is_addressed(world: Telegram, script: ScriptedModel) -> None:
    server = world.customer.server
    ada = Person(server, chat_id=GROUP)
    ada.say("lunch, anyone?")
    ada.photo(screenshot().data, "my new desk")
    ada.say("/help@other_bot")
    mention = ada.say("@looksee_test_bot what is this?")
    await world.customer.server.until(lambda: len(said(world)) == 1)
    await world.quiet()
    assert [prompt.messages[-1].text for prompt in script.prompts] == ["what is this?"]
    (answer,) = server.sent(GROUP)
    assert answer["reply_to_message"]["message_id"] == mention
    ada.say("and this?", reply_to_message=dict(answer))
    ada.say("/help")
    await world.customer.server.until(lambda: len(said(world)) == 3)
    await world.quiet()
    assert len(said(world)) == 3
    assert len(script.prompts) == 2


async def test_live_text_in_a_group_becomes_the_answer(world: Telegram, script: ScriptedModel) -> None:
    server = world.customer.server
    script.script = lambda prompt: halting(script, "It says ", "**E-4127**.")
    Person(server, chat_id=GROUP).say("@looksee_test_bot what is this?")
    await server.until(lambda: said(world) == ["It says"])
    (live,) = server.sent(GROUP)
    script.gate.set()
    await server.until(lambda: said(world) == ["It says E-4127."])
    await world.quiet()
    (answer,) = server.sent(GROUP)
    assert answer["message_id"] == live["message_id"]
    assert answer["reply_markup"]


async def test_topics_have_histories_of_their_own(world: Telegram, script: ScriptedModel) -> None:
    server = world.customer.server
    returns, orders = Person(server, chat_id=GROUP, topic=7), Person(server, chat_id=GROUP, topic=9)
    returns.say("@looksee_test_bot about returns")
    await world.customer.server.until(lambda: len(said(world)) == 1)
    orders.say("@looksee_test_bot about orders")
    await world.customer.server.until(lambda: len(said(world)) == 2)
    await world.quiet()
    assert [message["message_thread_id"] for message in server.sent(GROUP)] == [7, 9]
    assert world.asked() == [("user", "about orders", 0)]
    returns.say("@looksee_test_bot and exchanges?")
    await world.customer.server.until(lambda: len(said(world)) == 3)
    assert [text for role, text, _ in world.asked() if role == "user"] == ["about returns", "and exchanges?"]


async def test_a_question_deleted_in_a_topic_is_still_answered(world: Telegram, script: ScriptedModel) -> None:
    server = world.customer.server
    ada = Person(server, chat_id=GROUP, topic=7)
    script.gate.clear()
    asked = ada.say("@looksee_test_bot what is this?")
    await asyncio.wait_for(script.asked.wait(), 20)
    del server.state.messages[GROUP, asked]  # Telegram does not tell bots of that
    script.gate.set()
    await world.customer.server.until(lambda: said(world) == ["It says E-4127."])
    await world.quiet()
    assert len(said(world)) == 1


async def test_a_reply_to_an_earlier_picture_is_about_it(world: Telegram, script: ScriptedModel) -> None:
    first = await world.customer.say("What is this?", [screenshot("navy", (320, 192))])
    await world.customer.wait_for(1)
    await world.customer.say("And this?", [screenshot("maroon", (192, 320))])
    await world.customer.wait_for(2)
    state = world.customer.server.state
    world.customer.person.say("this one again", reply_to_message=dict(state.messages[1001, int(first)]))
    await world.customer.wait_for(3)
    *_, question = script.prompts[-1].messages
    assert (question.text, question.images) == ("[about screenshot 1]\nthis one again", ())


async def test_an_edit_while_the_question_waits_changes_it(world: Telegram, script: ScriptedModel) -> None:
    script.gate.clear()
    await world.customer.say("First")
    await asyncio.wait_for(script.asked.wait(), 20)
    waiting = await world.customer.say("What is E-4172?")
    await world.customer.edit(waiting, "What is E-4127?")
    server = world.customer.server
    await server.until(lambda: server.confirmed())
    script.gate.set()
    await world.customer.wait_for(2)
    assert len(await world.quiet()) == 2
    assert [text for role, text, _ in world.asked() if role == "user"] == ["First", "What is E-4127?"]


async def test_a_reaction_to_a_picture_is_no_new_question(world: Telegram, script: ScriptedModel) -> None:
    asked = await world.customer.say("What is this?", [screenshot()])
    await world.customer.wait_for(1)
    await world.quiet()
    await world.customer.edit(asked, "What is this?")  # what Telegram makes of a reaction
    await world.customer.say("Thanks")
    await world.customer.wait_for(2)
    assert len(await world.quiet()) == 2
    assert [prompt.messages[-1].text for prompt in script.prompts] == ["[screenshot 1]\nWhat is this?", "Thanks"]


async def test_a_message_of_which_a_part_is_new_to_us_is_answered(world: Telegram) -> None:
    """Telegram adds kinds of things all the time; what is around them is still a question."""
    future: dict[str, Any] = {"forward_origin": {"type": "from_the_future", "date": 1}, "whatever": {"a": 1}}
    world.customer.person.say("What is this?", **future)
    await world.customer.wait_for(1)
    assert world.asked() == [("user", "What is this?", 0)]


def halting(script: ScriptedModel, *pieces: str) -> Iterator[str]:
    """Pieces of an answer that goes on only when the test opens the model's gate."""
    for piece in pieces:
        yield piece
        script.gate.clear()
