"""What people are called, which Slack leaves out of most that it reports."""

from __future__ import annotations

import asyncio

import structlog
from cachetools import TTLCache

from adapters.slack.api import SlackApi
from bot.errors import DeliveryError

log = structlog.get_logger(__name__)

_REMEMBERED = 4096
_REMEMBERED_SECONDS = 3600.0
_WAIT_SECONDS = 1.0
"""So long a name is worth holding something up that Slack wants to have acknowledged within three seconds."""


class SlackPeople:
    """Looks names up, and remembers them for a while; those that cannot be found out are empty."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self._names: TTLCache[str, str] = TTLCache(_REMEMBERED, _REMEMBERED_SECONDS)
        self._asking: dict[str, asyncio.Task[None]] = {}

    def known(self, user: str) -> str:
        """Somebody's name, as far as it is known by now; if it is not, it will be soon."""
        name: str | None = self._names.get(user)
        if name is None and user not in self._asking:
            self._asking[user] = asyncio.create_task(self._ask(user), name="slack name")
        return name or ""

    async def name(self, user: str) -> str:
        """Somebody's name, for which this waits a little."""
        if not self.known(user) and user in self._asking:
            await asyncio.wait([self._asking[user]], timeout=_WAIT_SECONDS)
        return self.known(user)

    async def close(self) -> None:
        """Ask for nothing more. Idempotent."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, user: str) -> None:
        try:
            answer = await self._api.call(self._api.client.users_info(user=user))
            profile = answer["user"].get("profile") or {}
            self._names[user] = str(profile.get("display_name") or profile.get("real_name") or "")
        except DeliveryError as error:
            log.info("slack_name_not_known", reason=str(error))
            self._names[user] = ""
        finally:
            self._asking.pop(user, None)
