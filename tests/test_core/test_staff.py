"""Agents by an admin's word: `allow PERSON agent`, `deny PERSON agent`, and where a role comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bot.cases import CaseState, Move, Staff
from bot.messages import ChatKey, Role
from bot.outcome import Outcome
from bot.people import AuditOutcome
from bot.roles import Ground
from bot.texts import NOT_ALLOWED
from bot.verbs import admintexts as say
from bot.verbs import sentences
from tests.doubles import ListAdapter
from tests.test_core.conftest import CHAT, Bench

ADMIN, BEN, CHLOE = "telegram:1", "telegram:7", "telegram:8"
OFFICE = ChatKey("list", "", "office")


async def order(bench: Bench, verb: str, text: str = "", *, sender: str = ADMIN, **more: Any) -> str:
    """Give a command; returns what is said."""
    count = len(bench.platform.texts(OFFICE))
    await bench.command(verb, text, chat=OFFICE, sender=sender, **more)
    return (await bench.platform.wait_for(OFFICE, count + 1))[-1]


async def audited(bench: Bench) -> list[tuple[str, str, AuditOutcome]]:
    return [(entry.action, entry.detail, entry.outcome) for entry in reversed(await bench.store.audit(50))]


async def test_an_admin_makes_somebody_an_agent_and_takes_it_back(bench: Bench) -> None:
    changes: list[Mapping[str, Role]] = []
    bench.roles.watch(changes.append)
    assert await order(bench, "allow", f"{BEN} agent") == say.AGENT_NOW.say("en", key=BEN, undo=f"/deny {BEN} agent")
    assert bench.roles.of(BEN) is Role.AGENT
    assert (await bench.store.person(BEN)).agent
    assert not (await bench.store.person(BEN)).allowed  # which is the allow list's
    await bench.stop()
    await bench.start()
    assert bench.roles.of(BEN) is Role.AGENT
    assert await order(bench, "deny", f"{BEN} 客服") == say.AGENT_NO_MORE.zh.format(key=BEN)
    assert bench.roles.of(BEN) is Role.CUSTOMER
    assert await order(bench, "deny", f"{BEN} agent") == say.NO_AGENT.say("en", key=BEN)
    assert changes == [{ADMIN: Role.ADMIN, BEN: Role.AGENT}]
    assert await audited(bench) == [
        ("allow", f"{BEN} agent", AuditOutcome.DONE),
        ("deny", f"{BEN} agent", AuditOutcome.DONE),
        ("deny", f"{BEN} agent", AuditOutcome.REFUSED),
    ]


async def test_a_reply_names_whom_it_is_to(bench: Bench) -> None:
    question = await bench.say("hello", sender=BEN, chat=OFFICE, private=False)
    await bench.platform.wait_for(OFFICE, 1)
    await order(bench, "allow", "agent", reply_to=question, private=False)
    assert bench.roles.of(BEN) is Role.AGENT


async def test_agents_make_no_agents(bench: Bench) -> None:
    await order(bench, "allow", f"{BEN} agent")
    for verb in ("allow", "deny"):
        said = await order(bench, verb, f"{CHLOE} agent", sender=BEN)
        assert said == NOT_ALLOWED.say("en", command=f"/{verb}", key=BEN)
    assert bench.roles.staff() == {ADMIN: Role.ADMIN, BEN: Role.AGENT}


@pytest.mark.parametrize("word", ["admin", "管理员"])
@pytest.mark.parametrize("verb", ["allow", "deny"])
async def test_nobody_is_made_an_admin_by_chat(bench: Bench, verb: str, word: str) -> None:
    said = await order(bench, verb, f"{BEN} {word}")
    assert said in (say.ADMINS_ELSEWHERE.en, say.ADMINS_ELSEWHERE.zh)
    assert bench.roles.staff() == {ADMIN: Role.ADMIN}


@pytest.mark.parametrize("key", ["telegram:chat-100123", "telegram:1087968824", "web:" + "a" * 32, "web:api"])
async def test_who_is_nobody_in_particular_gets_no_role(bench: Bench, key: str) -> None:
    assert await order(bench, "allow", f"{key} agent") == say.NOBODY_IN_PARTICULAR.say("en", key=key)
    assert await bench.store.agents() == frozenset()


async def test_who_is_of_another_company_gets_none_either(bench: Bench) -> None:
    stranger, own = "slack:T0OTHER/U1", "slack:T0TEAM/U1"
    assert await order(bench, "allow", f"{stranger} agent") == say.OF_ANOTHER_COMPANY.say("en", key=stranger)
    await bench.stop()
    bench.others["slack"] = ListAdapter("slack")
    bench.others["slack"].desk = ChatKey("slack", "T0TEAM", "CDESK")
    await bench.start()
    assert await order(bench, "allow", f"{stranger} agent") == say.OF_ANOTHER_COMPANY.say("en", key=stranger)
    await order(bench, "allow", f"{own} agent")
    assert await bench.store.agents() == {own}


async def test_who_is_banned_is_let_in_first(bench: Bench) -> None:
    await order(bench, "ban", BEN)
    assert await order(bench, "allow", f"{BEN} agent") == say.STILL_BANNED.say("en", key=BEN, undo=f"/unban {BEN}")
    await order(bench, "unban", BEN)
    await order(bench, "allow", f"{BEN} agent")
    role = "agent, by an admin's `allow`"
    assert await order(bench, "ban", BEN) == sentences.STAFF_STAYS.say("en", key=BEN, role=role)


@pytest.mark.parametrize(
    ("key", "role"),
    [
        (ADMIN, "admin, by the setting LOOKSEE_ADMINS"),
        ("slack:T1/U1", "agent, by the setting LOOKSEE_AGENTS"),
        ("slack:T1/U2", "agent, as a member of the Slack user group `S0AGENTS`"),
    ],
)
@pytest.mark.parametrize("verb", ["allow", "deny"])
async def test_a_role_that_is_given_elsewhere_is_changed_there(bench: Bench, verb: str, key: str, role: str) -> None:
    await bench.stop()
    bench.settings = bench.settings.model_copy(update={"agents": ("slack:T1/U1",)})
    await bench.start()
    bench.roles.give(Ground(Role.AGENT, group="S0AGENTS"), ["slack:T1/U2"])
    assert await order(bench, verb, f"{key} agent") == say.STAFF_BY.say("en", key=key, role=role)
    assert await bench.store.agents() == frozenset()
    assert role in await order(bench, "quota", key)


async def test_who_is_an_agent_twice_stays_one(bench: Bench) -> None:
    await order(bench, "allow", f"{BEN} agent")
    bench.roles.give(Ground(Role.AGENT, group="S0AGENTS"), [BEN])
    said = await order(bench, "deny", f"{BEN} agent")
    assert "`S0AGENTS`" in said
    assert await bench.store.agents() == frozenset()
    assert bench.roles.of(BEN) is Role.AGENT


async def test_the_cases_of_who_was_an_agent_are_named(bench: Bench) -> None:
    await order(bench, "allow", f"{BEN} agent")
    ben, anna = Staff(BEN, "Ben"), Staff("list:anna", "Anna")
    await bench.store.commit(Outcome(CHAT, (), move=Move(CaseState.HUMAN, ben, agent=ben, customer=anna)))
    said = await order(bench, "deny", f"{BEN} agent")
    assert said.endswith(say.CASES_LEFT.say("en", cases="#1"))


async def test_whoami_says_what_gives_the_role(bench: Bench) -> None:
    bench.roles.give(Ground(Role.AGENT, group="S0AGENTS"), [ADMIN])
    said = await order(bench, "whoami")
    role = "admin, by the setting LOOKSEE_ADMINS; as a member of the Slack user group `S0AGENTS`"
    assert said == f"You are `{ADMIN}`, role: {role}. This chat is `{OFFICE}`."
