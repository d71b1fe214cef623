"""Where questions wait for their turn, and are told how long that will be."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.estimate import Estimates
from bot.intake import Question
from bot.metrics import Metrics
from bot.queueing import FairQueue, Place, Ticket

NEWS_SECONDS = 5.0
"""How often those who wait are told anew."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of waiting, in seconds: `notice` without being told of it, `wait` in all. By the estimate when a question
    comes: beyond `busy` it is told at once, beyond `refuse` it is declined."""

    notice: float
    busy: float
    refuse: float
    wait: float


class WaitingRoom:
    """Lets `parallel` questions go on at a time, in the order of `FairQueue`.

    `announce` is called with those who wait, repeatedly. `cached` gives the tokens held computed of a chat, `urgent`
    tells of a sender's key whether it goes first (and is never declined), `timer` gives seconds that only grow.
    """

    def __init__(
        self,
        announce: Callable[[Question, Place], Awaitable[None]],
        metrics: Metrics,
        estimates: Estimates,
        limits: Limits,
        *,
        parallel: int,
        cached: Callable[[str], int],
        urgent: Callable[[str], bool],
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._announce = announce
        self._metrics = metrics
        self._estimates = estimates
        self._limits = limits
        self._cached = cached
        self._urgent = urgent
        self._timer = timer
        self._queue = FairQueue(parallel, estimates, lambda chat: cached(chat) > 0)
        self._turns: dict[Ticket, asyncio.Event] = {}
        metrics.queue.set_function(lambda: len(self._queue))
        metrics.queue_seconds.set_function(lambda: self.end().seconds)

    def enter(self, question: Question) -> Ticket:
        """Queue up. Whoever enters has to `leave`."""
        chat = str(question.chat)
        person = question.sender.key or chat
        pictures = len(question.attachments) + len(question.quoted)
        cost = 0.0 if question.empty else self._estimates.cost(question.text, pictures, cached=self._cached(chat) > 0)
        ticket = Ticket(person, chat, cost, self._timer(), self._urgent(person))
        self._turns[ticket] = asyncio.Event()
        self._queue.enter(ticket)
        self._advance()
        return ticket

    async def turn(self, ticket: Ticket, question: Question, *, patient: bool) -> bool:
        """Wait. True: it is its turn, or it was called off. False: the wait is, or would be, too long.

        Who is `patient` is not turned away because of the estimate alone.
        """
        turn = self._turns[ticket]
        if not turn.is_set():
            expected = self.place(ticket).seconds
            if expected > self._limits.refuse and not (ticket.urgent or patient):
                return False
            silent = 0.0 if expected > self._limits.busy else self._limits.notice
            if not await self._wait(ticket, question, turn, silent):
                return False
        if ticket.began is not None:
            self._metrics.waited_seconds.labels(question.chat.platform).observe(ticket.began - ticket.entered)
        return True

    async def _wait(self, ticket: Ticket, question: Question, turn: asyncio.Event, pause: float) -> bool:
        while not turn.is_set():
            left = ticket.entered + self._limits.wait - self._timer()
            if left <= 0 and not ticket.urgent:
                return False
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause if ticket.urgent else min(pause, left)):
                    await turn.wait()
            if not turn.is_set():
                await self._announce(question, self.place(ticket))
            pause = NEWS_SECONDS
        return True

    def call_off(self, ticket: Ticket) -> None:
        """End a ticket's wait: there is nothing left to answer."""
        self._turns[ticket].set()

    def leave(self, ticket: Ticket, took: float = 0.0) -> None:
        """Go, after an answer that took so many milliseconds of the device, or without one."""
        del self._turns[ticket]
        self._queue.leave(ticket, self._timer(), took)
        self._advance()

    def place(self, ticket: Ticket) -> Place:
        """Where a ticket stands."""
        return self._queue.place(ticket, self._timer())

    def end(self) -> Place:
        """Where the queue ends."""
        return self._queue.end(self._timer())

    def _advance(self) -> None:
        while (ticket := self._queue.begin(self._timer())) is not None:
            self._turns[ticket].set()
