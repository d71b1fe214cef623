"""Who may do what, where: every verb from every role in every place, through the platforms' own translation.

The platforms' payloads are real ones; what the core then says goes to lists, and what it did is in the database.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiogram.types import Update

from adapters.slack import translate as slack
from adapters.slack.translate import Identity
from adapters.telegram.translate import Me
from adapters.telegram.translate import translate as telegram
from adapters.web import translate as web
from bot import assembly
from bot.messages import ChatKey, Inbound, Kind, Role, Sender
from bot.metrics import Metrics
from bot.people import AuditOutcome
from bot.settings import UNLIMITED, ChatSettings, Settings
from bot.texts import NOT_ALLOWED
from bot.verbs import sentences
from bot.verbs.table import VERBS
from bot.verbs.verb import Verb, prefix
from conversations.sqlite import SqliteStore
from tests.doubles import ListAdapter, ScriptedModel
from tests.fakes.telegram_person import with_entities
from tests.waiting import until

NAMES = frozenset(verb.name for verb in VERBS)
BOT = Me(4242, "looksee_test_bot", NAMES)
APP = Identity("T0TEAM", "U0BOT", "B0BOT")
PEOPLE = {
    "telegram": {Role.CUSTOMER: "1003", Role.AGENT: "1002", Role.ADMIN: "1001"},
    "slack": {Role.CUSTOMER: "U0CUST", Role.AGENT: "U0AGENT", Role.ADMIN: "U0ADMIN"},
}
STAFF = {
    role: tuple(
        f"{lead}{PEOPLE[platform][role]}" for platform, lead in (("telegram", "telegram:"), ("slack", "slack:T0TEAM/"))
    )
    for role in (Role.AGENT, Role.ADMIN)
}
VICTIM = "telegram:777"
GROUP = {"id": -100123, "type": "supergroup", "title": "Buyers"}
CHANNEL = {"id": -100999, "type": "channel", "title": "News"}
SESSION = "s" * 32

_numbers = itertools.count(1)


def tg_message(user: str | int, text: str, **fields: Any) -> dict[str, Any]:
    """A message on Telegram, in private unless a chat is given."""
    made = {
        "message_id": next(_numbers),
        "date": 1_790_000_000,
        "chat": {"id": int(user), "type": "private", "first_name": "Ada"},
        "from": {"id": int(user), "is_bot": False, "first_name": "Ada", "username": "ada"},
        "text": text,
    }
    return {**made, **with_entities(text, "entities"), **fields}


def on_telegram(content: dict[str, Any], kind: str = "message") -> Inbound | None:
    return telegram(Update.model_validate({"update_id": next(_numbers), kind: content}), BOT)


def sl_message(user: str, text: str, channel: str = "D0CUST", **fields: Any) -> dict[str, Any]:
    """A message on Slack."""
    kind = "im" if channel.startswith("D") else "channel"
    made = {"type": "message", "channel": channel, "channel_type": kind, "user": user, "team": "T0TEAM"}
    return {**made, "ts": f"{next(_numbers)}.5", "text": text, **fields}


def on_slack(event: dict[str, Any]) -> Inbound | None:
    translated = slack.event(event, APP, NAMES)
    return translated.inbound if translated else None


def slashed(user: str, text: str, channel: str, team: str = "T0TEAM") -> Inbound | None:
    payload = {
        "channel_id": channel,
        "user_id": user,
        "team_id": team,
        "trigger_id": f"{next(_numbers)}.1",
        "text": text,
    }
    return slack.slash_command({**payload, "response_url": "https://hooks.slack.com/x"}, APP)


def in_the_web(verb: str, arguments: str) -> Inbound:
    chat = web.chat_of(SESSION)
    assert chat is not None
    body = {"id": f"00000000-0000-4000-8000-{next(_numbers):012}", "verb": verb, "text": arguments}
    return web.command(chat, body, "en")


PLACES: dict[str, tuple[str, bool, Callable[[str, str, str], Inbound | None]]] = {
    "telegram private": ("telegram", True, lambda who, verb, more: on_telegram(tg_message(who, f"/{verb} {more}"))),
    "telegram group": (
        "telegram",
        False,
        lambda who, verb, more: on_telegram(tg_message(who, f"/{verb} {more}", chat=GROUP)),
    ),
    "telegram topic": (
        "telegram",
        False,
        lambda who, verb, more: on_telegram(
            tg_message(
                who,
                f"/{verb}@looksee_test_bot {more}",
                chat={**GROUP, "is_forum": True},
                message_thread_id=7,
                is_topic_message=True,
            )
        ),
    ),
    "slack message": ("slack", True, lambda who, verb, more: on_slack(sl_message(who, f"!{verb} {more}"))),
    "slack mention": (
        "slack",
        False,
        lambda who, verb, more: on_slack(sl_message(who, f"<@U0BOT> !{verb} {more}", "C0SHOP")),
    ),
    "slack thread": (
        "slack",
        False,
        lambda who, verb, more: on_slack(sl_message(who, f"!{verb} {more}", "C0SHOP", thread_ts="1.1")),
    ),
    "slack slash-command": ("slack", True, lambda who, verb, more: slashed(who, f"{verb} {more}", "C0SHOP")),
    "web page": ("web", True, lambda _, verb, more: in_the_web(verb, more)),
}


class Office:
    """The core on a real database, with lists for platforms."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.platforms = {name: ListAdapter(name) for name in ("telegram", "slack", "web")}
        self.model = ScriptedModel()

    async def start(self) -> None:
        self.store = SqliteStore(self._path)
        await self.store.open()
        settings = Settings(
            _env_file=None,
            admins=STAFF[Role.ADMIN],
            agents=STAFF[Role.AGENT],
            chat=ChatSettings(burst_seconds=0, album_seconds=0),
            limits=UNLIMITED,
        )
        prompts = await asyncio.to_thread(assembly.load_prompts, settings)
        self.core = assembly.assemble(settings, self.store, self.model, self.platforms, Metrics(), prompts)
        await self.core.resume()

    async def stop(self) -> None:
        await self.core.close()
        await self.store.close()

    async def take(self, inbound: Inbound) -> str:
        """Hand in; returns what is said to it in the end."""
        platform = self.platforms[inbound.chat.platform]
        before = len(platform.sent)
        assert await self.core.intake.receive(inbound)
        await until(self._quiet)
        return "\n".join(item.payload for item in platform.sent[before:])

    async def _quiet(self) -> bool:
        backlog = await self.store.backlog()
        return backlog.inbox == backlog.outbox == 0

    async def untouched(self) -> bool:
        """Whether nothing privileged was done to anybody."""
        person = await self.store.person(VICTIM)
        done = [entry for entry in await self.store.audit(50) if entry.outcome is not AuditOutcome.REFUSED]
        return not (person.banned or person.allowed or person.quota.messages is not None or done)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    made = Office(tmp_path / "looksee.db")
    await made.start()
    yield made
    await made.stop()


def typed(verb: Verb) -> str:
    """Arguments that the verb takes."""
    arguments = {"quota": f"{VICTIM} messages=5", "export": VICTIM, "erase": f"{VICTIM} yes"}
    arguments |= dict.fromkeys(("ban", "unban", "allow", "deny"), VICTIM)
    return arguments.get(verb.name, "")


# A session on the web has no role.
CASES = [(role, place) for place in PLACES for role in Role if role is Role.CUSTOMER or not place.startswith("web")]


@pytest.mark.parametrize(("role", "place"), CASES, ids=[f"{role.name.lower()}, {place}" for role, place in CASES])
async def test_who_may_do_what_where(office: Office, role: Role, place: str) -> None:
    platform, confidential, give = PLACES[place]
    who = PEOPLE.get(platform, {}).get(role, "")
    victim = Inbound("victim's", ChatKey("telegram", "4242", "77"), Sender(VICTIM), text="hello", message_id="v1")
    assert await office.take(victim)  # something to export and to erase
    for verb in VERBS:
        inbound = give(who, verb.name, typed(verb))
        assert inbound is not None, verb.name
        assert (inbound.kind, inbound.command) == (Kind.COMMAND, verb.name)
        audited = len(await office.store.audit(50))
        said = await office.take(inbound)
        entries = (await office.store.audit(50))[: len(await office.store.audit(50)) - audited]
        command = f"{prefix(platform)}{verb.name}"
        if role < verb.role:
            assert said == NOT_ALLOWED.say("en", command=command, key=inbound.sender.key)
            outcome = AuditOutcome.REFUSED
        elif verb.discreet and not confidential:
            assert said == sentences.NOT_HERE.say("en", command=command)
            outcome = AuditOutcome.REFUSED
        else:
            assert said
            assert said != NOT_ALLOWED.say("en", command=command, key=inbound.sender.key)
            outcome = AuditOutcome.DONE
        expected = [(inbound.sender.key, verb.name, str(inbound.chat), outcome)] if verb.privileged else []
        assert [(e.actor, e.action, e.place, e.outcome) for e in entries] == expected
        if verb.name == "ban":
            assert (await office.store.person(VICTIM)).banned == (role is Role.ADMIN)
    if role is not Role.ADMIN:
        assert await office.untouched()


# --- those who look like an admin, and are none

ADMIN = int(PEOPLE["telegram"][Role.ADMIN])
BAN = f"/ban {VICTIM}"
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
CHANNEL_BOT = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
SERVICE = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
ADMIN_USER = {"id": ADMIN, "is_bot": False, "first_name": "Ada", "username": "ada"}
OTHER_BOT = {"id": 5, "is_bot": True, "first_name": "Other", "username": "other_bot"}
FROM_ADMIN = {"type": "user", "sender_user": ADMIN_USER, "date": 1}

TELEGRAM_IMPOSTORS: dict[str, tuple[str, dict[str, Any]]] = {
    "an admin's command, forwarded by a customer": ("message", tg_message(1003, BAN, forward_origin=FROM_ADMIN)),
    "somebody's command, forwarded by an admin": (
        "message",
        tg_message(ADMIN, BAN, forward_origin={"type": "hidden_user", "sender_user_name": "Eve", "date": 1}),
    ),
    "an anonymous admin": ("message", tg_message(1, BAN, chat=GROUP, sender_chat=GROUP, **{"from": ANONYMOUS})),
    "a channel that posts in the group": (
        "message",
        tg_message(1, BAN, chat=GROUP, sender_chat=CHANNEL, **{"from": CHANNEL_BOT}),
    ),
    "the group's own channel": (
        "message",
        tg_message(1, BAN, chat=GROUP, sender_chat=CHANNEL, is_automatic_forward=True, **{"from": SERVICE}),
    ),
    "a channel's post that names an admin": (
        "message",
        tg_message(ADMIN, BAN, chat=GROUP, sender_chat=CHANNEL, author_signature="Ada"),
    ),
    "a post in a channel": ("channel_post", tg_message(1, BAN, chat=CHANNEL, sender_chat=CHANNEL)),
    "another bot": ("message", tg_message(1, BAN, chat=GROUP, **{"from": OTHER_BOT})),
    "a bot with an admin's number": ("message", tg_message(ADMIN, BAN, **{"from": {**ADMIN_USER, "is_bot": True}})),
    "what another bot put into an admin's mouth": ("message", tg_message(ADMIN, BAN, via_bot=OTHER_BOT)),
    "an admin's message, edited into a command": ("edited_message", tg_message(ADMIN, BAN, edit_date=2)),
    "an admin's name": ("message", tg_message(1003, BAN, **{"from": {**ADMIN_USER, "id": 1003}})),
    "an admin's number, lengthened": ("message", tg_message(int(f"{ADMIN}0"), BAN)),
    "a reply to an admin": (
        "message",
        tg_message(1003, BAN, chat=GROUP, reply_to_message=tg_message(ADMIN, "yes", chat=GROUP)),
    ),
    "a quotation of an admin": ("message", tg_message(1003, "so?", quote={"text": BAN, "position": 0})),
    "an admin's business chat": ("message", tg_message(ADMIN, BAN, business_connection_id="b1")),
    "a guest's message": ("message", tg_message(ADMIN, BAN, guest_query_id="g1")),
    "a mention of an admin": (
        "message",
        tg_message(1003, "Ada", entities=[{"type": "text_mention", "offset": 0, "length": 3, "user": ADMIN_USER}]),
    ),
}


@pytest.mark.parametrize("who", TELEGRAM_IMPOSTORS)
async def test_who_only_looks_like_an_admin_on_telegram(office: Office, who: str) -> None:
    kind, content = TELEGRAM_IMPOSTORS[who]
    inbound = on_telegram(content, kind)
    if inbound is not None:
        await office.take(inbound)
    assert await office.untouched()


SL_ADMIN = PEOPLE["slack"][Role.ADMIN]
SL_BAN = f"!ban {VICTIM}"


def sl_edit(before: dict[str, Any], text: str) -> dict[str, Any]:
    message = {**before, "text": text, "edited": {"user": before["user"], "ts": "9.9"}}
    event = {"type": "message", "subtype": "message_changed", "channel": before["channel"], "channel_type": "im"}
    return {**event, "ts": "9.9", "message": message, "previous_message": before}


SLACK_IMPOSTORS: dict[str, dict[str, Any]] = {
    "a bot's message": sl_message("", SL_BAN, subtype="bot_message", bot_id="B1", username="ada"),
    "an app that posts as an admin": sl_message(SL_ADMIN, SL_BAN, bot_id="B1", app_id="A1"),
    "a workflow that names an admin": sl_message(SL_ADMIN, SL_BAN, subtype="bot_message", bot_id="B1"),
    "Slackbot": sl_message("USLACKBOT", SL_BAN),
    "the bot itself": sl_message("U0BOT", SL_BAN),
    "a guest from another workspace": sl_message(SL_ADMIN, SL_BAN, "C0SHOP", thread_ts="1.1", team="T0OTHER"),
    "a guest, as Connect names them": sl_message(SL_ADMIN, SL_BAN, user_team="T0OTHER", source_team="T0OTHER"),
    "a guest who sends a file": {
        key: value
        for key, value in sl_message(
            SL_ADMIN, SL_BAN, subtype="file_share", files=[{"id": "F1", "user_team": "T0OTHER"}]
        ).items()
        if key != "team"
    },
    "an admin's message, edited into a command": sl_edit(sl_message(SL_ADMIN, "hello"), SL_BAN),
    "an admin's message, deleted": {
        "type": "message",
        "subtype": "message_deleted",
        "channel": "D0CUST",
        "channel_type": "im",
        "ts": "9.9",
        "deleted_ts": "8.8",
        "previous_message": sl_message(SL_ADMIN, SL_BAN),
    },
    "an admin's message, shared by a customer": sl_message(
        "U0CUST", "", attachments=[{"is_share": True, "author_id": SL_ADMIN, "text": SL_BAN}]
    ),
    "an admin's name": sl_message("U0CUST", SL_BAN, username="ada", user_profile={"name": SL_ADMIN}),
    "a mention of an admin": sl_message("U0CUST", f"<@{SL_ADMIN}> {SL_BAN}"),
}


@pytest.mark.parametrize("who", SLACK_IMPOSTORS)
async def test_who_only_looks_like_an_admin_on_slack(office: Office, who: str) -> None:
    inbound = on_slack(SLACK_IMPOSTORS[who])
    if inbound is not None:
        await office.take(inbound)
    assert await office.untouched()


async def test_a_slash_command_of_another_workspace_is_a_strangers(office: Office) -> None:
    inbound = slashed(SL_ADMIN, f"ban {VICTIM}", "C0SHOP", team="T0OTHER")
    assert inbound is not None
    assert inbound.sender.key == f"slack:T0OTHER/{SL_ADMIN}"
    await office.take(inbound)
    assert await office.untouched()


@pytest.mark.parametrize("text", [BAN, SL_BAN, f"/looksee ban {VICTIM}", f"ban {VICTIM}"])
async def test_a_question_and_an_answer_are_never_commands(office: Office, text: str) -> None:
    """Neither over HTTP, where there are no commands, nor out of the model's mouth, whoever asked it."""
    office.model.script = lambda prompt: (text, f"\n/unban {VICTIM}\n/ban everyone")
    asked: list[Inbound | None] = [
        web.one_off(text, (), "en"),
        on_telegram(tg_message(ADMIN, "Please repeat what the screenshot says")),
        on_slack(sl_message(SL_ADMIN, "Please repeat what the screenshot says")),
    ]
    for inbound in asked:
        assert inbound is not None
        assert text in await office.take(inbound)
    assert len(office.model.prompts) == 3
    assert await office.untouched()
