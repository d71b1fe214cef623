"""One question in flight per chat, chats beside each other, in the order that the waiting room gives."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

import structlog

from bot.backoff import rest
from bot.errors import AlreadySettledError
from bot.intake import Question, join, settling
from bot.messages import ChatKey, Inbound, Kind, Pending
from bot.metrics import Metrics
from bot.people import Refusal
from bot.queueing import Place, Ticket
from bot.tasks import insist, spawn
from bot.waiting import WaitingRoom

log = structlog.get_logger(__name__)

T = TypeVar("T")
R = TypeVar("R")


class Answering(Protocol):
    """What the dispatcher calls with questions. `answer` and `decline` settle a question's inbox rows, or raise
    StoreError, in which case they are called again after a while."""

    async def aside(self, question: Question) -> bool:
        """Whether a question needs neither the model nor its turn: it is then answered at once."""
        ...

    async def held(self, question: Question) -> bool:
        """Whether no question is answered at present, of which the chat has then been told: it is asked again when
        something is to be seen anew (see `Dispatcher.reconsider`)."""
        ...

    async def answer(self, question: Question) -> float:
        """Answer; returns what it took, in milliseconds of the device."""
        ...

    async def decline(self, question: Question) -> None:
        """Ask to try again later."""
        ...

    async def conceal(self, chat: ChatKey) -> None:
        """Take back what was announced to the chat while its question waited, if that still stands."""
        ...


@dataclass(slots=True)
class _Lane:
    """One chat: what waits, what runs, and the commands to be dealt with first. `arrived` is set when there is
    something to be seen anew. `ticket` is held from the end of its question's burst to the end of the answer; `newest`
    is when the newest message came, by the timer. What waits is `patient` if it has been held. While `halts` is not 0,
    nothing is begun; `going` is set when it is."""

    queue: list[Pending] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    newest: float = 0.0
    ticket: Ticket | None = None
    patient: bool = False
    answering: Question | None = None
    free: asyncio.Event = field(default_factory=asyncio.Event)
    worker: asyncio.Task[None] | None = None
    controls: asyncio.Task[None] | None = None
    halts: int = 0
    going: asyncio.Event = field(default_factory=asyncio.Event)


class Dispatcher:
    """Takes committed rows, has `desk` answer one question at a time per chat, and calls `control` with commands at
    once. A question that may not wait as long as it would have to is declined. `timer` gives seconds that only grow.

    A chat `in_office` is among agents: what is written there is no question, and does not wait for the rest of a burst.
    A command that is `ordered` is dealt with after what was written before it in its chat."""

    def __init__(
        self,
        desk: Answering,
        room: WaitingRoom,
        control: Callable[[Pending], Awaitable[None]],
        metrics: Metrics,
        *,
        burst_seconds: float,
        album_seconds: float,
        in_office: Callable[[ChatKey], bool] = lambda _: False,
        ordered: Callable[[Inbound], bool] = lambda _: False,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._in_office = in_office
        self._ordered = ordered
        self._desk = desk
        self._room = room
        self._control = control
        self._burst = burst_seconds
        self._album = album_seconds
        self._timer = timer
        self._lanes: dict[ChatKey, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self._expelled: set[str] = set()
        metrics.answering.set_function(lambda: sum(lane.answering is not None for lane in self._lanes.values()))
        metrics.waiting.set_function(lambda: sum(bool(lane.queue) for lane in self._lanes.values()))

    def put(self, pending: Pending) -> None:
        """Queue a message, an edit or a deletion."""
        if self._closed:  # committed already: the next start takes it up
            return
        sender = pending.inbound.sender.key
        if sender in self._expelled and _wrote(pending, sender):
            # Let in before it was decided otherwise, and handed on after that.
            self.put_control(replace(pending, refusal=Refusal.BANNED))
            return
        chat = pending.inbound.chat
        lane = self._lanes.setdefault(chat, _Lane())
        lane.queue.append(pending)
        lane.newest = self._timer()
        lane.arrived.set()
        if lane.ticket is not None and lane.answering is None:
            if join(lane.queue)[0].empty:
                self._room.call_off(lane.ticket)  # what waited was deleted: nothing is to be seen of it any more
            else:
                self._spawn(self._look_again(lane), f"reconsidering {chat}")
        if lane.worker is None:
            lane.worker = self._spawn(self._work(chat, lane), f"chat {chat}")

    def reconsider(self, chat: ChatKey | None = None) -> None:
        """Look anew at what a chat's next question needs, or every chat's: it need not wait any more, or has to."""
        for lane in [lane for key, lane in self._lanes.items() if chat in (None, key)]:
            lane.arrived.set()
            if lane.ticket is not None and lane.answering is None:
                self._room.call_off(lane.ticket)

    def put_control(self, pending: Pending) -> None:
        """Deal with a command, thumbs or something refused at once, in the order of the chat's commands."""
        if self._closed:
            return
        chat = pending.inbound.chat
        lane = self._lanes.setdefault(chat, _Lane())
        if pending.refusal is None and self._ordered(pending.inbound) and self._said_before(lane):
            self.put(pending)
            return
        lane.controls = self._spawn(self._steer(chat, lane, pending, lane.controls), f"command {chat}")

    def answering(self, chat: ChatKey) -> bool:
        """Whether a question of this chat is being answered right now."""
        lane = self._lanes.get(chat)
        return lane is not None and lane.answering is not None

    def place(self, chat: ChatKey) -> Place | None:
        """Where the chat's question stands; None if nothing of it waits."""
        lane = self._lanes.get(chat)
        if lane is None or not lane.queue:
            return None
        if lane.ticket is None or lane.answering is not None:  # behind the chat's own answer, or not all of it is there
            return self._room.end()
        return self._room.place(lane.ticket)

    def withdraw(self, chat: ChatKey, before: int) -> list[Pending]:
        """Take the questions that wait out of the chat's queue, those committed before the row `before`; the caller
        settles the rows."""
        lane = self._lanes.get(chat)
        if lane is None:
            return []
        taken = [p for p in lane.queue if p.id < before and p.inbound.kind is not Kind.DELETE]
        lane.queue = [p for p in lane.queue if p not in taken]
        self._let_go(lane)
        return taken

    def expel(self, person: str) -> list[Pending]:
        """Take what somebody wrote out of all queues, and let nothing more of it in; the caller settles the rows.

        Deletions stay: who is shut out may still take things back.
        """
        self._expelled.add(person)
        gone: list[Pending] = []
        for lane in self._lanes.values():
            taken = [p for p in lane.queue if _wrote(p, person)]
            gone += taken
            lane.queue = [p for p in lane.queue if p not in taken]
            self._let_go(lane)
        return gone

    def readmit(self, person: str) -> None:
        """Let somebody in again."""
        self._expelled.discard(person)

    def answering_to(self, person: str) -> list[ChatKey]:
        """The chats in which a question of this person is being answered right now."""
        return [
            chat
            for chat, lane in self._lanes.items()
            if lane.answering is not None and lane.answering.sender.key == person
        ]

    @contextmanager
    def halted(self, chat: ChatKey, before: int, person: str = "") -> Iterator[None]:
        """Take everything that waits out of the chat's queue that was committed before the row `before` (with `person`,
        what this person sent; 0: nothing), and begin nothing of the chat meanwhile. The caller settles the rows."""
        lane = self._lanes.setdefault(chat, _Lane())
        lane.halts += 1
        lane.going.clear()
        lane.queue = [p for p in lane.queue if p.id >= before or person not in ("", p.inbound.sender.key)]
        self._let_go(lane)
        try:
            yield
        finally:
            lane.halts -= 1
            if not lane.halts:
                lane.going.set()
                self._forget(chat, lane)

    @asynccontextmanager
    async def silenced(self, chat: ChatKey, stop: Callable[[], object]) -> AsyncIterator[None]:
        """Within this, nothing of the chat is answered: what is being answered has ended, for which `stop` is called.
        Afterwards, what waits there is looked at anew."""
        with self.halted(chat, 0):
            stop()
            await self.answered(chat)
            yield
            self.reconsider(chat)

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

    def _said_before(self, lane: _Lane) -> bool:
        """Whether something that was written in the chat is not yet dealt with, or a command that waits for that."""
        waiting = [*lane.queue, *([lane.answering.command] if lane.answering is not None else [])]
        return any(p is None or p.inbound.kind is not Kind.COMMAND or self._ordered(p.inbound) for p in waiting)

    def _let_go(self, lane: _Lane) -> None:
        """End a lane's waiting if there is nothing left to answer."""
        if not lane.queue:
            lane.arrived.set()
            if lane.ticket is not None:
                self._room.call_off(lane.ticket)

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        task = spawn(work, name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _work(self, chat: ChatKey, lane: _Lane) -> None:
        try:
            while lane.queue:
                await self._settle(chat, lane)
                if lane.queue:
                    try:
                        await self._turn(lane)
                    finally:
                        await self._desk.conceal(chat)
        finally:
            lane.worker = None
            self._forget(chat, lane)

    async def _turn(self, lane: _Lane) -> None:
        """Have the next question answered: at once, or when it is its turn; or declined."""
        lane.arrived.clear()
        question, _ = join(lane.queue)
        if await self._carry_out(self._desk.aside, question):
            await self._clear(lane)
            if lane.queue and join(lane.queue)[0] == question:
                await self._take(lane, self._desk.answer)
        elif await self._carry_out(self._desk.held, question):
            lane.patient = True
            await lane.arrived.wait()
        elif lane.queue:
            await self._wait_and_take(lane)

    async def _wait_and_take(self, lane: _Lane) -> None:
        """Wait for the turn of the next question and have it answered, or declined."""
        question, _ = join(lane.queue)
        # What an earlier run took in was promised an answer, and comes all at once: it is not declined for that. Its
        # waiting begins anew, too: the time that the service was away is no reason to send anybody away.
        ticket = lane.ticket = self._room.enter(question)
        took, declined = 0.0, False
        try:
            declined = not await self._room.turn(ticket, question, patient=question.earlier or lane.patient)
            await self._clear(lane)
            if ticket.began is not None and lane.queue:
                took = await self._take(lane, self._desk.answer) or 0.0
        finally:
            lane.ticket = None
            self._room.leave(ticket, took)
        if declined and lane.queue:
            await self._take(lane, self._desk.decline)

    async def _look_again(self, lane: _Lane) -> None:
        """See whether what waits need not wait any more, because of what has come."""
        aside = bool(lane.queue) and await self._carry_out(self._desk.aside, join(lane.queue)[0])
        if aside and lane.ticket is not None and lane.answering is None:
            self._room.call_off(lane.ticket)

    async def _clear(self, lane: _Lane) -> None:
        """Let commands that came in the meantime go first, which may have withdrawn everything."""
        while lane.controls is not None or lane.halts:
            if lane.controls is not None:
                await asyncio.wait([lane.controls])
            else:
                await lane.going.wait()

    async def _take(self, lane: _Lane, action: Callable[[Question], Awaitable[R]]) -> R | None:
        """Deal with the next question."""
        question, count = join(lane.queue)
        del lane.queue[:count]
        lane.answering = question
        lane.patient = False
        lane.free.clear()
        try:
            return await self._carry_out(action, question)
        finally:
            lane.answering = None
            lane.free.set()

    async def _settle(self, chat: ChatKey, lane: _Lane) -> None:
        """Wait until nothing more can belong to the newest message."""
        while lane.queue:
            if self._in_office(chat) and not lane.queue[-1].inbound.group_id:
                return
            lane.arrived.clear()
            waited = self._timer() - lane.newest
            wait = settling(lane.queue, burst_seconds=self._burst, album_seconds=self._album, waited=waited)
            if wait <= 0:
                return
            await rest(wait, lane.arrived)
            if not lane.arrived.is_set():
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

    async def _carry_out(self, action: Callable[[T], Awaitable[R]], item: T) -> R | None:
        """Call `action` until the store takes its result: an inbox row may wait, but it may not be lost."""
        try:
            return await insist(lambda: action(item))
        except AlreadySettledError as error:
            log.warning("already_settled", reason=str(error))
        except Exception:
            log.exception("unexpected_failure")
        return None

    def _forget(self, chat: ChatKey, lane: _Lane) -> None:
        if lane.worker is None and lane.controls is None and not (lane.queue or lane.halts):
            self._lanes.pop(chat, None)


def _wrote(pending: Pending, person: str) -> bool:
    """Whether this is something that somebody wrote: taking something back is not."""
    return pending.inbound.sender.key == person and pending.inbound.kind is not Kind.DELETE
