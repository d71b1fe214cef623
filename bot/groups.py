"""Roles by groups on a platform: who is in them is asked for again and again, and remembered over a restart, so that
nobody loses a role because a platform is away."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import structlog

from bot.errors import StoreError
from bot.ports import GroupSource
from bot.roles import Ground, Roles
from bot.stores import ConversationStore
from bot.tasks import finish, spawn

log = structlog.get_logger(__name__)

POLL_SECONDS = 60.0
RETRY_SECONDS = 15.0
"""When a group that could not be read is asked for again."""


class Groups:
    """Keeps `roles` up to date with what `source` says of groups, each of which is a `Ground`."""

    def __init__(
        self,
        source: GroupSource,
        store: ConversationStore,
        roles: Roles,
        grounds: Collection[Ground],
    ) -> None:
        self._source = source
        self._store = store
        self._roles = roles
        self._grounds = grounds
        self._members: dict[str, frozenset[str]] = {}
        self._kept: dict[str, frozenset[str]] = {}
        self._problems: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None

    def problem(self) -> str:
        """Which groups cannot be read, in a few English words for admins; "" if all can."""
        return "; ".join(f"{group} cannot be read ({reason})" for group, reason in self._problems.items())

    async def load(self) -> None:
        """Go by who was in the groups when they were last read. Raises StoreError."""
        self._members = self._kept = await self._store.members()
        self._give()

    def start(self) -> None:
        """Begin to ask, in the background."""
        self._task = spawn(self._poll(), "groups")

    async def close(self) -> None:
        """Ask no more. Idempotent."""
        if self._task is not None:
            await finish([self._task], 0)

    async def _poll(self) -> None:
        while True:
            await self.refresh()
            await asyncio.sleep(RETRY_SECONDS if self._problems else POLL_SECONDS)

    async def refresh(self) -> None:
        """Ask now. A group that cannot be read stays as it was."""
        found = {group: await self._read(group) for group in dict.fromkeys(ground.group for ground in self._grounds)}
        if found != self._members:
            self._members = found
            self._give()
        if found != self._kept:
            try:
                await self._store.keep_members(found)
            except StoreError as error:
                log.warning("groups_not_kept", reason=str(error))
            else:
                self._kept = found

    async def _read(self, group: str) -> frozenset[str]:
        try:
            members = await self._source.group_members(group)
        except Exception as error:  # noqa: BLE001 - whatever a platform answers, the others are to be read
            if group not in self._problems:
                log.warning("group_not_read", group=group, reason=str(error))
            self._problems[group] = str(error) or type(error).__name__
            return self._members.get(group, frozenset())
        self._problems.pop(group, None)
        return members

    def _give(self) -> None:
        for ground in self._grounds:
            self._roles.give(ground, self._members.get(ground.group, ()))
