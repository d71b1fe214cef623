"""Summaries of cases for their cards, made by the model one after the other, while nobody waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.cases import OPEN, Case, Summary
from bot.stores import ConversationStore
from bot.tasks import finish, insist, spawn

log = structlog.get_logger(__name__)

MADE_UP = 100
"""For so many open cases without a summary one is made after a start."""


class Summaries:
    """Has `summarise` make summaries, and keeps them; the log then wakes the rooms, whose cards show them."""

    def __init__(self, store: ConversationStore, summarise: Callable[[Case], Awaitable[str]]) -> None:
        self._store = store
        self._summarise = summarise
        self._wanted: dict[int, Case] = {}
        self._asked = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Make those that an earlier run did not come to, and what is wanted from here on."""
        self._worker = spawn(self._work(), "summaries")

    def want(self, case: Case) -> None:
        """Make a summary of a case, soon."""
        self._wanted[case.id] = case
        self._asked.set()

    async def close(self) -> None:
        """Make none any more. Idempotent."""
        if self._worker is not None:
            await finish([self._worker], 0)

    async def _work(self) -> None:
        for case in await insist(lambda: self._store.cases(OPEN, MADE_UP)):
            if not (await insist(lambda: self._store.card(case.id))).summary:  # noqa: B023 - awaited at once
                self.want(case)
        while True:
            await self._asked.wait()
            self._asked.clear()
            while self._wanted:
                await self._make(self._wanted.pop(next(iter(self._wanted))))

    async def _make(self, case: Case) -> None:
        try:
            seen = await self._store.newest_entry(case.id)
            text = (await self._summarise(case)).strip()
        except Exception:  # the card does without, until the next start
            log.exception("summary_failed", case=case.id)
            return
        if text and not await insist(lambda: self._store.summarise(Summary(case.id, text, seen))):
            log.info("summary_outdated", case=case.id)
