"""Who may do what, where: every verb from every role in every place, through the platforms' own translation, as a table
says.

The platforms' payloads are real ones; what the core then says goes to lists, and what it did is in the database.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
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
from bot.cases import CaseState, Move, Staff
from bot.messages import ChatKey, Inbound, Kind, Outgoing, Role, Sender
from bot.metrics import Metrics
from bot.outcome import Outcome
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
BOT = Me(4242, "looksee_test_bot", NAMES, desk=-100777)
APP = Identity("T0TEAM", "U0BOT", "B0BOT", desk="C0DESK")
DESKS = {"telegram": ChatKey("telegram", "4242", "-100777"), "slack": ChatKey("slack", "T0TEAM", "C0DESK")}
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
TOPIC, THREAD = "7777", "7777.5"
"""The rooms of a case at the desks."""
GROUP = {"id": -100123, "type": "supergroup", "title": "Buyers"}
FORUM = {"id": -100777, "type": "supergroup", "title": "Agents", "is_forum": True}
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


@dataclass(frozen=True)
class Place:
    """Where a command is given: `alone` nobody but the caller, `agents` nobody but agents reads the answer."""

    platform: str
    give: Callable[[str, str], Inbound | None]
    alone: bool = False
    agents: bool = False
    room: bool = False


def in_topic(who: str, text: str, group: dict[str, Any], topic: int) -> Inbound | None:
    fields = {"chat": {**group, "is_forum": True}, "message_thread_id": topic, "is_topic_message": True}
    return on_telegram(tg_message(who, text, **fields))


PLACES = {
    "telegram private": Place("telegram", lambda who, words: on_telegram(tg_message(who, f"/{words}")), True, True),
    "telegram group": Place("telegram", lambda who, words: on_telegram(tg_message(who, f"/{words}", chat=GROUP))),
    "telegram topic": Place("telegram", lambda who, words: in_topic(who, f"/{words}", GROUP, 7)),
    "telegram desk": Place(
        "telegram", lambda who, words: on_telegram(tg_message(who, f"/{words}", chat=FORUM)), True, True
    ),
    "telegram room": Place(
        "telegram", lambda who, words: in_topic(who, f"/{words}", FORUM, int(TOPIC)), True, True, room=True
    ),
    "slack message": Place("slack", lambda who, words: on_slack(sl_message(who, f"!{words}")), True, True),
    "slack mention": Place("slack", lambda who, words: on_slack(sl_message(who, f"<@U0BOT> !{words}", "C0SHOP"))),
    "slack thread": Place(
        "slack", lambda who, words: on_slack(sl_message(who, f"!{words}", "C0SHOP", thread_ts="1.1"))
    ),
    "slack slash-command": Place("slack", lambda who, words: slashed(who, words, "C0SHOP"), True, True),
    "slack desk": Place(
        "slack", lambda who, words: on_slack(sl_message(who, f"<@U0BOT> !{words}", "C0DESK")), agents=True
    ),
    "slack room": Place(
        "slack",
        lambda who, words: on_slack(sl_message(who, f"!{words}", "C0DESK", thread_ts=THREAD)),
        True,
        True,
        room=True,
    ),
    "web page": Place("web", lambda _, words: in_the_web(*words.partition(" ")[::2]), True, True),
}

# Which role a verb takes, and where: anywhere, where nobody else reads the answer, or where agents alone do.
EVERYWHERE, ALONE, AGENTS = "everywhere", "alone", "agents"
CUSTOMERS = ("start", "help", "new", "stop", "status", "retry", "forget", "human", "rate")
AMONG_AGENTS = ("queue", "take", "release", "close", "reopen", "note", "send")
ASKING = ("ask", "suggest", "summary", "history", "extract", "answer")
OPEN_ADMINS = ("whoami", "ban", "unban", "allow", "deny", "export", "erase", "pause", "resume")
DISCREET_ADMINS = ("stats", "health", "quota", "audit", "prompt")
TABLE = {
    **dict.fromkeys(CUSTOMERS, (Role.CUSTOMER, EVERYWHERE)),
    **dict.fromkeys((*AMONG_AGENTS, *ASKING), (Role.AGENT, AGENTS)),
    **dict.fromkeys(OPEN_ADMINS, (Role.ADMIN, EVERYWHERE)),
    **dict.fromkeys(DISCREET_ADMINS, (Role.ADMIN, ALONE)),
}


class Desk(ListAdapter):
    """A platform whose first message at the desk opens the room that the tests know."""

    async def send(self, item: Outgoing) -> str:
        sent = await super().send(item)
        if item.chat == self.desk:
            return {"telegram": TOPIC, "slack": THREAD}[self.platform]
        return sent


class Office:
    """The core on a real database, with lists for platforms."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.platforms = {name: Desk(name) for name in ("telegram", "slack", "web")}
        for name, desk in DESKS.items():
            self.platforms[name].desk = desk
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

    async def untouched(self, role: Role = Role.CUSTOMER) -> bool:
        """Whether nothing was done to anybody that takes a higher role."""
        person = await self.store.person(VICTIM)
        beyond = {name for name, (needed, _) in TABLE.items() if needed > role}
        done = [e for e in await self.store.audit(500) if e.outcome is not AuditOutcome.REFUSED and e.action in beyond]
        return not (person.banned or person.allowed or person.quota.messages is not None or done)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    made = Office(tmp_path / "looksee.db")
    await made.start()
    yield made
    await made.stop()

    async def hand_over(self) -> int:
        """A case of the victim's, with a room at each desk; returns its number."""
        customer, victim = ChatKey("telegram", "4242", "77"), Staff(VICTIM, "Vic")
        assert await self.take(Inbound("victim's", customer, Sender(VICTIM), text="hello", message_id="v1"))
        await self.store.commit(Outcome(customer, (), move=Move(CaseState.WAITING, victim, customer=victim)))
        case = await self.store.case(customer)
        assert case is not None

        async def there() -> bool:
            return {room.thread for room in await self.store.rooms(case.id)} == {TOPIC, THREAD}

        await until(there)
        return case.id


def typed(verb: Verb, case: int) -> str:
    """What stands before the prefix: the verb, with arguments that it takes."""
    arguments = {"quota": f"{VICTIM} messages=5", "export": VICTIM, "erase": f"{VICTIM} yes", "rate": "5"}
    arguments |= dict.fromkeys(("ban", "unban", "allow", "deny"), VICTIM)
    arguments |= {verb: f"#{case}" for verb in (*AMONG_AGENTS, *ASKING) if verb != "queue"}
    arguments |= dict.fromkeys(("note", "send", "ask"), f"#{case} which code is it?")
    return f"{verb.name} {arguments.get(verb.name, '')}".strip()


def refusal(verb: Verb, role: Role, place: Place, key: str) -> str:
    """What the table has to be said to somebody who may not, "" if they may."""
    command = f"{prefix(place.platform, room=place.room)}{verb.name}"
    needed, where = TABLE[verb.name]
    if role < needed:
        return NOT_ALLOWED.say("en", command=command, key=key)
    if where == ALONE and not place.alone:
        return sentences.NOT_HERE.say("en", command=command)
    return sentences.NOT_AMONG_AGENTS.say("en", command=command) if where == AGENTS and not place.agents else ""


def test_the_table_knows_every_verb() -> None:
    assert NAMES - TABLE.keys() == set()


# A session on the web has no role.
CASES = [(role, place) for place in PLACES for role in Role if role is Role.CUSTOMER or not place.startswith("web")]


@pytest.mark.parametrize(("role", "place"), CASES, ids=[f"{role.name.lower()}, {place}" for role, place in CASES])
async def test_who_may_do_what_where(office: Office, role: Role, place: str) -> None:
    where = PLACES[place]
    who = PEOPLE.get(where.platform, {}).get(role, "")
    case = await office.hand_over()
    audited = 0
    for verb in VERBS:
        inbound = where.give(who, typed(verb, case))
        assert inbound is not None, verb.name
        assert (inbound.kind, inbound.command) == (Kind.COMMAND, verb.name)
        said = await office.take(inbound)
        expected = refusal(verb, role, where, inbound.sender.key)
        others = {refusal(verb, other, at, inbound.sender.key) for other in Role for at in PLACES.values()}
        assert [text for text in others if text and text in said] == ([expected] if expected else []), verb.name
        entries = (await office.store.audit(500))[: 1 if verb.privileged else 0]
        assert [(e.actor, e.action, e.place) for e in entries] == [
            (inbound.sender.key, verb.name, str(inbound.chat))
        ] * len(entries)
        assert all(entry.outcome is AuditOutcome.REFUSED for entry in entries if expected)
        audited += len(entries)
        assert len(await office.store.audit(500)) == audited
        if verb.name == "ban":
            assert (await office.store.person(VICTIM)).banned == (role is Role.ADMIN)
    if role is not Role.ADMIN:
        assert await office.untouched(role)


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
