"""Roles, by `Sender.key` alone: what gives them to whom, and who has which. In memory, and for one event loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.messages import Role
from bot.people import Decision


@dataclass(frozen=True, slots=True)
class Ground:
    """What gives people a role: a setting, a group on their platform, or, if it is neither, an admin's word."""

    role: Role
    setting: str = ""
    group: str = ""


ADMINS = Ground(Role.ADMIN, setting="LOOKSEE_ADMINS")
AGENTS = Ground(Role.AGENT, setting="LOOKSEE_AGENTS")
WORD = Ground(Role.AGENT)


class Roles:
    """Who may do what. The highest role counts that somebody is given."""

    def __init__(self, *, admins: Iterable[str] = (), agents: Iterable[str] = ()) -> None:
        self._members: dict[Ground, frozenset[str]] = {}
        self._roles: dict[str, Role] = {}
        self._watchers: list[Callable[[Mapping[str, Role]], None]] = []
        self.give(ADMINS, admins)
        self.give(AGENTS, agents)

    def of(self, key: str) -> Role:
        """Return the role of a sender."""
        return self._roles.get(key, Role.CUSTOMER)

    def grounds(self, key: str) -> list[Ground]:
        """What gives somebody a role, the highest first."""
        return sorted((ground for ground, people in self._members.items() if key in people), key=lambda g: -g.role)

    def staff(self) -> dict[str, Role]:
        """Everybody who has a role."""
        return dict(self._roles)

    def watch(self, told: Callable[[Mapping[str, Role]], None]) -> None:
        """Have `told` called with everybody who has a role, whenever somebody's has changed."""
        self._watchers.append(told)

    def give(self, ground: Ground, people: Iterable[str]) -> None:
        """From now on, `ground` is good for these people and for nobody else."""
        self._members[ground] = frozenset(people)
        before, self._roles = self._roles, {}
        for given, members in self._members.items():
            self._roles |= {key: max(given.role, self.of(key)) for key in members}
        if before != self._roles:
            for told in self._watchers:
                told(self.staff())

    def decided(self, decisions: Iterable[Decision]) -> None:
        """Admins have made somebody an agent, or no longer one."""
        agents = set(self._members.get(WORD, ()))
        for decision in decisions:
            if decision.agent is not None:
                (agents.add if decision.agent else agents.discard)(decision.person)
        self.give(WORD, agents)
