"""Who may do what, where: every verb from every role in every place, through the platforms' own translation, as a table
says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.messages import Kind, Role
from bot.people import AuditOutcome
from bot.texts import ANSWER_FAILED, NOT_ALLOWED
from bot.verbs import sentences
from bot.verbs.table import VERBS
from bot.verbs.verb import Verb, prefix
from tests.contracts.office import (
    AGENTS,
    ALONE,
    AMONG_AGENTS,
    ASKING,
    NAMES,
    PEOPLE,
    PLACES,
    TABLE,
    VICTIM,
    Office,
    Place,
)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    made = Office(tmp_path / "looksee.db")
    await made.start()
    yield made
    await made.stop()


def typed(verb: Verb, case: int) -> str:
    """What stands before the prefix: the verb, with arguments that it takes."""
    arguments = {"quota": f"{VICTIM} messages=5", "export": VICTIM, "erase": f"{VICTIM} yes", "rate": "5"}
    arguments |= dict.fromkeys(("ban", "unban", "allow", "deny"), VICTIM)
    arguments |= {verb: f"#{case}" for verb in (*AMONG_AGENTS, *ASKING) if verb != "queue"}
    arguments |= dict.fromkeys(("note", "send", "ask"), f"#{case} which code is it?")
    return f"{verb.name} {arguments.get(verb.name, '')}".strip()


def refusal(verb: Verb, role: Role, place: Place, key: str) -> str:
    """What the table has to be said to somebody who may not, "" if they may."""
    command = f"{prefix(place.platform, thread=place.thread)}{verb.name}"
    needed, where = TABLE[verb.name]
    if role < needed:
        return NOT_ALLOWED.say("en", command=command, key=key)
    if where == ALONE and not place.alone:
        return sentences.NOT_HERE.say("en", command=command)
    if where == AGENTS and not place.agents:
        elsewhere = verb.usage(prefix(place.platform), "en", elsewhere=True)
        return sentences.NOT_AMONG_AGENTS.say("en", command=command, typed=elsewhere)
    return ""


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
        assert ANSWER_FAILED.en not in said, verb.name
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
