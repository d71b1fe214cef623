"""Roles: what gives them, how they change while the service runs, and what groups on a platform do to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from bot import groups
from bot.errors import RetryLaterError, StoreUnavailableError
from bot.groups import Groups
from bot.messages import Role
from bot.people import Decision
from bot.roles import ADMINS, AGENTS, WORD, Ground, Roles
from bot.stores import ConversationStore
from conversations.sqlite import SqliteStore
from tests.waiting import until

AGENT_GROUP = Ground(Role.AGENT, group="S0AGENTS")
ADMIN_GROUP = Ground(Role.ADMIN, group="S0ADMINS")
ADA, BEN, EVE = "slack:T1/UADA", "slack:T1/UBEN", "slack:T1/UEVE"


def test_roles_go_by_the_whole_key() -> None:
    roles = Roles(admins=["telegram:1"], agents=["slack:T1/U1"])
    assert roles.of("telegram:1") is Role.ADMIN
    assert roles.of("slack:T1/U1") is Role.AGENT
    for stranger in ("telegram:11", "web:1", "telegram:", "1", "slack:T2/U1", "telegram:chat-1001"):
        assert roles.of(stranger) is Role.CUSTOMER


def test_the_highest_role_counts_and_what_gives_it_is_known() -> None:
    roles = Roles(admins=[ADA], agents=[ADA, BEN])
    roles.give(AGENT_GROUP, [ADA, BEN, EVE])
    assert roles.grounds(ADA) == [ADMINS, AGENTS, AGENT_GROUP]
    assert roles.grounds(BEN) == [AGENTS, AGENT_GROUP]
    assert roles.staff() == {ADA: Role.ADMIN, BEN: Role.AGENT, EVE: Role.AGENT}
    roles.give(AGENT_GROUP, [])
    assert roles.staff() == {ADA: Role.ADMIN, BEN: Role.AGENT}
    assert roles.grounds(EVE) == []


def test_who_watches_is_told_of_changes_alone() -> None:
    roles = Roles(admins=[ADA])
    told: list[Mapping[str, Role]] = []
    roles.watch(told.append)
    roles.decided([Decision(BEN, banned=False), Decision(ADA, agent=True)])
    assert told == []
    roles.decided([Decision(BEN, agent=True)])
    roles.decided([Decision(BEN, allowed=True)])
    assert told == [{ADA: Role.ADMIN, BEN: Role.AGENT}]
    roles.decided([Decision(BEN, agent=False)])
    assert told[1:] == [{ADA: Role.ADMIN}]
    assert roles.grounds(ADA) == [ADMINS, WORD]


class Workspace:
    """A platform with groups, some of which cannot be read."""

    def __init__(self) -> None:
        self.groups = {"S0AGENTS": frozenset({BEN}), "S0ADMINS": frozenset({ADA})}
        self.away: set[str] = set()
        self.asked = 0

    async def group_members(self, group: str) -> frozenset[str]:
        self.asked += 1
        if group in self.away:
            raise RetryLaterError("away")
        return self.groups[group]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ConversationStore]:
    made = SqliteStore(tmp_path / "looksee.db")
    await made.open()
    yield made
    await made.close()


async def begun(workspace: Workspace, store: ConversationStore) -> tuple[Groups, Roles]:
    """As after a start."""
    roles = Roles()
    made = Groups(workspace, store, roles, (AGENT_GROUP, ADMIN_GROUP))
    await made.load()
    return made, roles


async def test_who_is_in_a_group_has_its_role_as_long_as_they_are(store: ConversationStore) -> None:
    workspace = Workspace()
    made, roles = await begun(workspace, store)
    assert roles.staff() == {}
    await made.refresh()
    assert roles.staff() == {BEN: Role.AGENT, ADA: Role.ADMIN}
    workspace.groups["S0AGENTS"] = frozenset({EVE, ADA})
    await made.refresh()
    assert roles.staff() == {EVE: Role.AGENT, ADA: Role.ADMIN}
    assert roles.grounds(ADA) == [ADMIN_GROUP, AGENT_GROUP]


async def test_nobody_loses_a_role_because_a_platform_is_away_not_even_over_a_restart(store: ConversationStore) -> None:
    workspace = Workspace()
    made, _ = await begun(workspace, store)
    await made.refresh()
    workspace.away = {"S0AGENTS"}
    workspace.groups["S0ADMINS"] = frozenset({EVE})
    made, roles = await begun(workspace, store)
    assert roles.staff() == {BEN: Role.AGENT, ADA: Role.ADMIN}
    await made.refresh()
    assert roles.staff() == {BEN: Role.AGENT, EVE: Role.ADMIN}
    assert made.problem() == "S0AGENTS cannot be read (away)"
    workspace.away = set()
    await made.refresh()
    assert made.problem() == ""


async def test_a_group_that_the_settings_no_longer_name_gives_nothing(store: ConversationStore) -> None:
    await store.keep_members({"S0AGENTS": {BEN}, "S0OLD": {EVE}})
    made, roles = await begun(Workspace(), store)
    assert roles.staff() == {BEN: Role.AGENT}
    await made.refresh()
    assert await store.members() == {"S0AGENTS": {BEN}, "S0ADMINS": {ADA}}


class Full(SqliteStore):
    """A store that keeps nothing at first."""

    refusals = 1

    async def keep_members(self, members: object) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StoreUnavailableError("full")
        await super().keep_members(members)  # type: ignore[arg-type]


async def test_what_the_store_did_not_keep_is_kept_later() -> None:
    store = Full(":memory:")
    await store.open()
    made, roles = await begun(Workspace(), store)
    await made.refresh()
    assert roles.of(BEN) is Role.AGENT
    assert await store.members() == {}
    await made.refresh()
    assert await store.members() == {"S0AGENTS": {BEN}, "S0ADMINS": {ADA}}
    await store.close()


async def test_groups_are_asked_for_again_and_again(store: ConversationStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "POLL_SECONDS", 0.001)
    workspace = Workspace()
    made, roles = await begun(workspace, store)
    made.start()

    async def again() -> bool:
        return workspace.asked > 4

    await until(again)
    workspace.groups["S0AGENTS"] = frozenset({EVE})

    async def changed() -> bool:
        return roles.of(EVE) is Role.AGENT

    await until(changed)
    await made.close()
    await made.close()
    asked = workspace.asked
    await asyncio.sleep(0)
    assert workspace.asked == asked
