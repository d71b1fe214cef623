"""Whose turn is it? One question in flight per chat, chats beside each other, first come first served."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from bot.errors import AlreadySettledError
from bot.intake import Question, join, settling
from bot.messages import ChatKey, Kind, Pending
from bot.metrics import Metrics
from bot.tasks import insist, spawn

log = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclass(slots=True)
class _Lane:
    """One chat: what waits, what runs, and the commands to be dealt with first."""

    queue: list[Pending] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    answering: Question | None = None
    free: asyncio.Event = field(default_factory=asyncio.Event)
    worker: asyncio.Task[None] | None = None
    controls: asyncio.Task[None] | None = None


class Dispatcher:
    """Takes committed rows, calls `answer` with one question at a time per chat and `control` with commands at once.

    `answer` must settle the question's inbox rows, or raise StoreError, in which case it is called again after a
    while. At most `parallel` questions are being answered at any time.
    """

    def __init__(
        self,
        answer: Callable[[Question], Awaitable[None]],
        control: Callable[[Pending], Awaitable[None]],
        metrics: Metrics,
        *,
        parallel: int,
        burst_seconds: float,
        album_seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._answer = answer
        self._control = control
        self._slots = asyncio.Semaphore(parallel)
        self._burst = burst_seconds
        self._album = album_seconds
        self._clock = clock
        self._lanes: dict[ChatKey, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        metrics.answering.set_function(lambda: sum(lane.answering is not None for lane in self._lanes.values()))
        metrics.waiting.set_function(lambda: sum(bool(lane.queue) for lane in self._lanes.values()))

    def put(self, pending: Pending) -> None:
        """Queue a message, an edit or a deletion."""
        if self._closed:  # committed already: the next start takes it up
            return
        chat = pending.inbound.chat
        lane = self._lanes.setdefault(chat, _Lane())
        lane.queue.append(pending)
        lane.arrived.set()
        if lane.worker is None:
            lane.worker = self._spawn(self._work(chat, lane), f"chat {chat}")

    def put_control(self, pending: Pending) -> None:
        """Deal with a command or thumbs at once, in the order of the chat's commands."""
        if self._closed:
            return
        chat = pending.inbound.chat
        lane = self._lanes.setdefault(chat, _Lane())
        lane.controls = self._spawn(self._steer(chat, lane, pending, lane.controls), f"command {chat}")

    def answering(self, chat: ChatKey) -> bool:
        """Whether a question of this chat is being answered right now."""
        lane = self._lanes.get(chat)
        return lane is not None and lane.answering is not None

    def ahead(self, chat: ChatKey) -> int | None:
        """How many other chats are before this one; None if nothing of it waits."""
        lane = self._lanes.get(chat)
        if lane is None or not lane.queue:
            return None
        mine = lane.queue[0].id
        return sum(
            other.answering is not None or (bool(other.queue) and other.queue[0].id < mine)
            for key, other in self._lanes.items()
            if key != chat
        )

    def withdraw(self, chat: ChatKey, before: int) -> list[Pending]:
        """Take the questions that wait out of the chat's queue, those committed before the row `before`; the caller
        settles the rows."""
        lane = self._lanes.get(chat)
        if lane is None:
            return []
        taken = [p for p in lane.queue if p.id < before and p.inbound.kind is not Kind.DELETE]
        lane.queue = [p for p in lane.queue if p not in taken]
        return taken

    async def answered(self, chat: ChatKey) -> None:
        """Wait until no question of this chat is being answered."""
        lane = self._lanes.get(chat)
        if lane is not None and lane.answering is not None:
            await lane.free.wait()

    async def close(self, seconds: float) -> None:
        """Take nothing more and end what runs. What is unfinished stays in the inbox for the next start.

        Waits no longer than `seconds` for a platform that keeps an answer from ending.
        """
        self._closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            if late:
                log.warning("answers_did_not_end", count=len(late))
        self._lanes.clear()

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        task = spawn(work, name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _work(self, chat: ChatKey, lane: _Lane) -> None:
        try:
            while lane.queue:
                await self._settle(lane)
                while lane.controls is not None:  # a /new before a question comes first
                    await asyncio.wait([lane.controls])
                async with self._slots:
                    # A command that came while it waited for its turn goes first, and may have withdrawn everything.
                    if lane.controls is None and lane.queue:
                        await self._take(lane)
        finally:
            lane.worker = None
            self._forget(chat, lane)

    async def _take(self, lane: _Lane) -> None:
        """Answer the next question."""
        question, count = join(lane.queue)
        del lane.queue[:count]
        lane.answering = question
        lane.free.clear()
        try:
            await self._carry_out(self._answer, question)
        finally:
            lane.answering = None
            lane.free.set()

    async def _settle(self, lane: _Lane) -> None:
        """Wait until nothing more can belong to the newest message."""
        while lane.queue:
            lane.arrived.clear()
            wait = settling(lane.queue, burst_seconds=self._burst, album_seconds=self._album, now=self._clock())
            if wait <= 0:
                return
            try:
                await asyncio.wait_for(lane.arrived.wait(), wait)
            except TimeoutError:
                return

    async def _steer(self, chat: ChatKey, lane: _Lane, pending: Pending, before: asyncio.Task[None] | None) -> None:
        try:
            if before is not None:
                await asyncio.wait([before])
            await self._carry_out(self._control, pending)
        finally:
            if lane.controls is asyncio.current_task():
                lane.controls = None
                self._forget(chat, lane)

    async def _carry_out(self, action: Callable[[T], Awaitable[None]], item: T) -> None:
        """Call `action` until the store takes its result: an inbox row may wait, but it may not be lost."""
        try:
            await insist(lambda: action(item))
        except AlreadySettledError as error:
            log.warning("already_settled", reason=str(error))
        except Exception:
            log.exception("unexpected_failure")

    def _forget(self, chat: ChatKey, lane: _Lane) -> None:
        if lane.worker is None and lane.controls is None and not lane.queue:
            self._lanes.pop(chat, None)
