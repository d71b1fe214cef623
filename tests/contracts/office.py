"""Places where people give commands, with the platforms' real payloads, and the core behind them.

What the core says goes to lists, and what it did is in the database.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiogram.types import Update

from adapters.slack import translate as slack
from adapters.slack.translate import Identity
from adapters.telegram.translate import Me
from adapters.telegram.translate import translate as telegram
from adapters.web import translate as web
from bot import assembly, configured
from bot.cases import CaseState, Move, Staff
from bot.messages import ChatKey, Inbound, Outgoing, Role, Sender
from bot.metrics import Metrics
from bot.outcome import Outcome
from bot.people import AuditOutcome
from bot.sections import UNLIMITED, ChatSettings
from bot.settings import Settings
from bot.verbs.table import VERBS
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
    """Where a command is given: `alone` nobody but the caller, `agents` nobody but agents reads the answer. `thread`:
    it is one of Slack's, where there are no slash commands."""

    platform: str
    give: Callable[[str, str], Inbound | None]
    alone: bool = False
    agents: bool = False
    thread: bool = False


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
    "telegram room": Place("telegram", lambda who, words: in_topic(who, f"/{words}", FORUM, int(TOPIC)), True, True),
    "slack message": Place("slack", lambda who, words: on_slack(sl_message(who, f"!{words}")), True, True),
    "slack mention": Place(
        "slack", lambda who, words: on_slack(sl_message(who, f"<@U0BOT> !{words}", "C0SHOP")), thread=True
    ),
    "slack thread": Place(
        "slack", lambda who, words: on_slack(sl_message(who, f"!{words}", "C0SHOP", thread_ts="1.1")), thread=True
    ),
    "slack slash-command": Place("slack", lambda who, words: slashed(who, words, "C0SHOP"), True, True),
    "slack desk": Place(
        "slack", lambda who, words: on_slack(sl_message(who, f"<@U0BOT> !{words}", "C0DESK")), True, True
    ),
    "slack room": Place(
        "slack",
        lambda who, words: on_slack(sl_message(who, f"!{words}", "C0DESK", thread_ts=THREAD)),
        True,
        True,
        thread=True,
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
        prompts = await asyncio.to_thread(configured.load_prompts, settings)
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

    async def _quiet(self) -> bool:
        backlog = await self.store.backlog()
        return backlog.inbox == backlog.outbox == 0

    async def untouched(self, role: Role = Role.CUSTOMER) -> bool:
        """Whether nothing was done to anybody that takes a higher role."""
        person = await self.store.person(VICTIM)
        beyond = {name for name, (needed, _) in TABLE.items() if needed > role}
        done = [e for e in await self.store.audit(500) if e.outcome is not AuditOutcome.REFUSED and e.action in beyond]
        return not (person.banned or person.allowed or person.quota.messages is not None or done)
