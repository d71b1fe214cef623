"""Live text, paced: shared by the platforms that show an answer while it is made."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

import structlog

from bot.backoff import rest

log = structlog.get_logger(__name__)


class PacedPreview(ABC):
    """Shows the newest text, `interval` seconds apart at least, and gives a sign of life every `keep_alive` seconds.

    What comes faster than the pace is skipped, not queued: each text holds all of the answer so far. Platform errors
    end the preview quietly, because the final answer does not depend on it.
    """

    def __init__(self, *, interval: float, keep_alive: float) -> None:
        self._interval = interval
        self._keep_alive = keep_alive
        self._newest = ""
        self._remark = ""
        self._changed = asyncio.Event()
        self._closing = asyncio.Event()
        self._result: asyncio.Task[str] | None = None
        self._task = asyncio.create_task(self._run())

    @abstractmethod
    async def _alive(self) -> None:
        """Tell the chat that the bot is at work (typing, a status)."""

    @abstractmethod
    async def _tell(self, remark: str) -> None:
        """Put a remark where the answer is going to be, or where the signs of life are."""

    @abstractmethod
    async def _update(self, text: str) -> None:
        """Put `text`, the whole answer so far, on the platform."""

    @abstractmethod
    async def _finish(self, *, keep: bool) -> str:
        """Clean up; with `keep`, return the id of the message that the final answer is to replace."""

    def remark(self, text: str) -> None:
        """Remember `text` as what should be seen until there is something of the answer."""
        self._remark = text
        self._changed.set()

    def show(self, text: str) -> None:
        """Remember `text` as what should be seen next."""
        self._newest = text
        self._changed.set()

    async def close(self, *, keep: bool) -> str:
        """Stop updating, wait for the update under way, and clean up. Idempotent; never raises."""
        if self._result is None:
            self._closing.set()
            self._changed.set()
            self._result = asyncio.create_task(self._wind_up(keep))
        return await self._result

    async def _wind_up(self, keep: bool) -> str:
        await self._task
        try:
            return await self._finish(keep=keep)
        except Exception as error:  # noqa: BLE001 - a preview is never worth an answer
            log.info("preview_not_closed", error=type(error).__name__)
            return ""

    async def _run(self) -> None:
        shown = told = ""
        try:
            while not self._closing.is_set():
                if self._newest != shown:
                    shown = self._newest
                    await self._update(shown)
                    await rest(self._interval, self._closing)
                elif self._remark != told and not shown:
                    told = self._remark
                    await self._tell(told)
                    await rest(self._interval, self._closing)
                else:
                    await self._alive()
                    self._changed.clear()
                    if not self._closing.is_set() and self._newest == shown and (shown or self._remark == told):
                        await rest(self._keep_alive, self._changed)
        except Exception as error:  # noqa: BLE001 - a preview is never worth an answer
            log.info("preview_ended", error=type(error).__name__)
