"""The way in: open while the bot receives."""

from __future__ import annotations

import asyncio

from adapters.web.errors import RequestError
from bot.messages import Inbound
from bot.ports import Intake


class Entrance:
    """Hands what arrives to the intake, and knows when the last of it has been committed."""

    def __init__(self) -> None:
        self._intake: Intake | None = None
        self._under_way = 0
        self._empty = asyncio.Event()
        self._empty.set()

    def open(self, intake: Intake) -> None:
        """Let in from now on."""
        self._intake = intake

    async def shut(self) -> None:
        """Let nothing more in; returns once what was let in has been committed."""
        self._intake = None
        await self._empty.wait()

    async def receive(self, inbound: Inbound) -> bool:
        """Commit; False if it was there already. Raises StoreError, and RequestError (503) while shut."""
        if self._intake is None:
            raise RequestError(503, "unavailable", "The service is starting or stopping. Please send it again shortly.")
        self._under_way += 1
        self._empty.clear()
        try:
            return await self._intake.receive(inbound)
        finally:
            self._under_way -= 1
            if self._under_way == 0:
                self._empty.set()
