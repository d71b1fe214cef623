"""Roles, by `Sender.key` alone: whoever is named in the settings, and nobody else."""

from __future__ import annotations

from collections.abc import Collection

from bot.messages import Role


class Roles:
    """Who may do what."""

    def __init__(self, *, admins: Collection[str] = (), agents: Collection[str] = ()) -> None:
        self._admins = frozenset(admins)
        self._agents = frozenset(agents)

    def of(self, key: str) -> Role:
        """Return the role of a sender."""
        if key in self._admins:
            return Role.ADMIN
        return Role.AGENT if key in self._agents else Role.CUSTOMER
