"""The app's home: what somebody sees there, kept up to date while they may be looking."""

from __future__ import annotations

import asyncio

import structlog
from cachetools import TTLCache

from adapters.slack import render
from adapters.slack.api import SlackApi
from bot.errors import LookseeError
from bot.messages import Sender
from bot.ports import Surfaces
from bot.spoken import Links

log = structlog.get_logger(__name__)

_LOOKING = 100
_LOOKING_SECONDS = 1800.0
_PAUSE = 3.0
"""Between two rounds of publishing, so that a busy desk does not spend what Slack takes of that."""


class SlackHome:
    """Publishes homes, one after the other. A failure leaves the home as it was, until it is opened again."""

    def __init__(self, api: SlackApi, links: Links) -> None:
        self.surfaces: Surfaces | None = None
        self._api = api
        self._links = links
        self._looking: TTLCache[str, tuple[Sender, str]] = TTLCache(_LOOKING, _LOOKING_SECONDS)
        self._due: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def opened(self, sender: Sender, channel: str) -> None:
        """Somebody looks; `channel` is that of their direct messages, where answers to what they press go."""
        if self.surfaces is None:
            return
        self._looking[sender.key] = (sender, channel)
        self._publish_soon([sender.key])

    def refresh(self) -> None:
        """What is shown may have changed."""
        self._publish_soon(list(self._looking))

    async def close(self) -> None:
        """Publish nothing more. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def _publish_soon(self, people: list[str]) -> None:
        self._due |= dict.fromkeys(people)
        if self._due:
            self._wake.set()
            self._task = self._task or asyncio.create_task(self._work(), name="slack home")

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            due, self._due = list(self._due), {}
            for key in due:
                if looking := self._looking.get(key):
                    await self._publish(*looking)
            await asyncio.sleep(_PAUSE)

    async def _publish(self, sender: Sender, channel: str) -> None:
        assert self.surfaces is not None  # noqa: S101 - nobody is known to look without
        try:
            replies = await self.surfaces.home(sender)
            view = {"type": "home", "blocks": render.home(replies, self._links), "private_metadata": channel}
            await self._api.call(self._api.client.views_publish(user_id=sender.key.rpartition("/")[2], view=view))
        except LookseeError as error:
            log.warning("slack_home_not_published", error=type(error).__name__, reason=str(error))
        except Exception:
            log.exception("slack_home_not_published")
