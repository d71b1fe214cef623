"""The whole bot and somebody it does not listen to, on each platform and however its messages come in."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import texts
from bot.messages import ChatKey
from bot.outcome import Outcome
from bot.people import Decision, day_of
from bot.verbs import sentences
from tests.contracts.customer import Customer
from tests.contracts.slack_customer import USER, SlackCustomer
from tests.contracts.telegram_customer import TelegramCustomer
from tests.contracts.test_adapter import CUSTOMERS, OTHER_MODES
from tests.contracts.world import World, running, screenshot
from tests.doubles import ScriptedModel
from tests.fakes.telegram_person import Person
from tests.waiting import until

MODES = CUSTOMERS | OTHER_MODES
FINE = "fine"


def said(sentence: texts.Sentence, **values: object) -> str:
    """A sentence as customers read it, without its marks."""
    return sentence.say("en", **values).replace("`", "")


@pytest.fixture
def settings() -> dict[str, str]:
    return {}


@pytest.fixture
async def world(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]
) -> AsyncIterator[World[Customer]]:
    script = ScriptedModel(lambda prompt: (FINE,))
    async with running(MODES[request.param](), tmp_path, monkeypatch, make=lambda _: script, settings=settings) as made:
        yield made


async def key_of(world: World[Customer]) -> str:
    """The only person who has said anything."""
    (person,) = await world.bot.core.store.busiest(day_of(time.time()), 2)
    return person.key


async def taken(world: World[Customer], count: int) -> None:
    """Wait until so many things have been taken in since the start."""
    metric = world.bot.core.metrics.received

    async def enough() -> bool:
        values = [s.value for m in metric.collect() for s in m.samples if s.name.endswith("_total")]
        return sum(values) >= count

    await until(enough)


async def decide(world: World[Customer], decision: Decision) -> None:
    await world.bot.core.store.commit(Outcome(ChatKey("web", "", "an admin's"), (), decisions=(decision,)))


@pytest.mark.parametrize("world", MODES, indirect=True)
async def test_the_banned_are_told_once_and_nothing_of_theirs_reaches_the_model(world: World[Customer]) -> None:
    customer = world.customer
    await customer.say("hello")
    await customer.wait_for(1)
    await world.quiet()
    key = await key_of(world)
    await decide(world, Decision(key, banned=True))
    for again in ("and this?", "why not?"):
        await customer.say(again, [screenshot()])
    await customer.command("help")
    await customer.rate(0, -1)
    await taken(world, 5)
    await customer.wait_for(2)
    await world.quiet()
    await world.stop()
    await world.start()
    await customer.say("still not?")
    await taken(world, 1)
    await customer.redeliver()
    await decide(world, Decision(key, banned=False))
    await customer.say("and now?")
    await customer.wait_for(3)
    shut_out = said(texts.SHUT_OUT, company="Looksee")
    assert [text.replace("`", "") for text in await world.quiet()] == [FINE, shut_out, FINE]
    asked = [prompt.messages[-1].text for prompt in world.model.prompts]
    assert asked == ["and now?"]  # of the model that was started last
    stats = await world.bot.core.store.stats(0)
    assert [row.thumbs_down for row in stats] == [0]


@pytest.mark.parametrize("settings", [{"LOOKSEE_LIMITS__ONLY_ALLOWED": "true"}])
@pytest.mark.parametrize("world", MODES, indirect=True)
async def test_strangers_are_told_what_to_pass_on_and_then_let_in(world: World[Customer]) -> None:
    customer = world.customer
    await customer.say("hello")
    (told,) = await customer.wait_for(1)
    await customer.say("hello?")
    await taken(world, 2)
    key = await key_of(world)
    assert key in told
    await decide(world, Decision(key, allowed=True))
    await customer.say("am I in?")
    await customer.wait_for(2)
    assert (await world.quiet())[1:] == [FINE]
    assert [prompt.messages[-1].text for prompt in world.model.prompts] == ["am I in?"]


@pytest.mark.parametrize("settings", [{"LOOKSEE_ADMINS": '["telegram:1"]'}])
async def test_an_admin_bans_by_a_reply_in_a_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]
) -> None:
    """The person has never spoken to the bot: Telegram says whose message it is."""
    script = ScriptedModel(lambda prompt: (FINE,))
    async with running(TelegramCustomer(), tmp_path, monkeypatch, make=lambda _: script, settings=settings) as world:
        server = world.customer.server
        group = -1001234567890123
        spammer, admin = Person(server, 666, chat_id=group), Person(server, 1, chat_id=group)
        spam = spammer.say("buy my watches")
        admin.say("/ban spam", reply_to_message=dict(server.state.messages[group, spam]))
        await server.until(lambda: len(server.sent(group)) == 1)
        banned = said(sentences.BANNED, key="telegram:666", undo="/unban telegram:666")
        assert server.sent(group)[0]["text"] == banned
        spammer.say("@looksee_test_bot /unban telegram:666")
        spammer.say("/unban telegram:666")
        Person(server, 666).say("please")
        await server.until(lambda: len(server.sent(group)) + len(server.sent(666)) == 2)
        await world.quiet()
        assert [m["text"] for m in server.sent(group)[1:] + server.sent(666)] == [
            said(texts.SHUT_OUT, company="Looksee")
        ]
        assert script.prompts == []
        assert (await world.bot.core.store.person("telegram:666")).banned


@pytest.mark.parametrize("settings", [{"LOOKSEE_ADMINS": f'["slack:T0TEAM/{USER}"]'}])
async def test_an_admin_bans_by_a_slash_command_which_only_they_see(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]
) -> None:
    script = ScriptedModel(lambda prompt: (FINE,))
    async with running(SlackCustomer(), tmp_path, monkeypatch, make=lambda _: script, settings=settings) as world:
        await world.customer.command("ban", "slack:t0team/u0evil floods us")
        (told,) = await world.customer.wait_for(1)
        assert "`slack:T0TEAM/U0EVIL`" in told
        assert [message.get("user") for message in world.customer.server.ephemerals] != []
        await world.customer.command("ban", "U0EVIL")
        assert "slack:<team>/<user>" in (await world.customer.wait_for(2))[1]
        store = world.bot.core.store

        async def both() -> bool:
            return len(await store.audit(9)) == 2

        await until(both)
        assert (await store.person("slack:T0TEAM/U0EVIL")).banned
        assert [(e.actor, e.detail) for e in await store.audit(9)] == [
            (f"slack:T0TEAM/{USER}", ""),
            (f"slack:T0TEAM/{USER}", "slack:T0TEAM/U0EVIL floods us"),
        ]


@pytest.mark.parametrize("settings", [{"LOOKSEE_SLACK__ADMIN_GROUPS": '["S0ADMINS"]'}])
async def test_an_admin_is_who_is_in_a_slack_user_group_even_while_it_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]
) -> None:
    script = ScriptedModel(lambda prompt: (FINE,))
    async with running(SlackCustomer(), tmp_path, monkeypatch, make=lambda _: script, settings=settings) as world:
        server = world.customer.server
        server.user_groups["S0ADMINS"] = [USER]

        async def read() -> bool:
            return await world.bot.core.store.members() == {"S0ADMINS": {f"slack:T0TEAM/{USER}"}}

        await world.stop()
        await world.start()
        await until(read)
        await world.customer.command("whoami")
        (told,) = await world.customer.wait_for(1)
        assert "role: admin, as a member of the Slack user group S0ADMINS" in told.replace("`", "")
        await world.stop()
        server.scopes.remove("usergroups:read")
        await world.start()
        await world.customer.command("health")
        told = (await world.customer.wait_for(2))[-1]
        assert "groups: S0ADMINS cannot be read (" in told
