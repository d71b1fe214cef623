"""Pages that are closed in the middle of an answer: it is not made any further for nobody."""

from __future__ import annotations

import asyncio
import contextlib

from adapters.web import translate
from adapters.web.entrance import Entrance
from adapters.web.errors import RequestError
from adapters.web.streams import Hub
from bot.errors import StoreError
from bot.messages import ChatKey

RETURN_SECONDS = 3.0
"""A page that is loaded again is back within this time."""
CHECKS = 10


class Departures:
    """Stops the answer of a chat whose last page was closed while it was being written; what was said is kept.

    A page that a phone puts into the background says nothing of leaving, and a question that still waits is answered
    all the same: both find their answer later.
    """

    def __init__(self, hub: Hub, entrance: Entrance) -> None:
        self._hub = hub
        self._entrance = entrance
        self._tasks: set[asyncio.Task[None]] = set()

    def leave(self, chat: ChatKey, language: str) -> None:
        """One page of the chat has been closed."""
        task = asyncio.create_task(self._watch(chat, language))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Look after no chat any more. Idempotent."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watch(self, chat: ChatKey, language: str) -> None:
        # That a page's stream is at its end shows only when something is written to it.
        for _ in range(CHECKS):
            await asyncio.sleep(RETURN_SECONDS)
            if self._hub.live(chat).name != "partial":
                return
            if not self._hub.watched(chat):
                # If it cannot be told, the service is stopping, and so is the answer.
                with contextlib.suppress(RequestError, StoreError):
                    await self._entrance.receive(translate.stop_of(chat, language))
                return
