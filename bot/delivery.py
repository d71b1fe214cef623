"""The outbox: every message in its chat's order, tried until it is there, and never sent twice.

A send is announced to the store before it begins, and only once the platform answers and has room for it, so that a
crash in the middle leaves the row in doubt and not pending, and a crash while it waits does not. What is in doubt is
looked up on the platform. Where the platform cannot tell, the row becomes ambiguous: it is not repeated, the customer
is told how to have it sent again, and admins see it in the figures.

A row that replaces or removes an earlier message learns that message's id when its own turn comes: by then, in the
chat's order, the other one has arrived or never will.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Protocol

import structlog

from bot.backoff import Backoff
from bot.errors import AmbiguousDeliveryError, DeliveryError, RetryLaterError, SlotGoneError, UndeliverableError
from bot.messages import ChatKey, Outgoing
from bot.metrics import Metrics
from bot.ports import ChatAdapter
from bot.stores import ConversationStore
from bot.tasks import finish, insist, spawn

log = structlog.get_logger(__name__)

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
TELLINGS = 3
"""So often, at most, the customer is told of doubt while it is in doubt itself whether that arrives."""


class Attending(Protocol):
    """Looks after what is sent to agents' rooms."""

    async def refused(self, item: Outgoing, error: UndeliverableError) -> float | None:
        """A row cannot be delivered. In how many seconds to try it again all the same; None: never."""
        ...

    def ended(self, item: Outgoing, *, sent: bool) -> None:
        """A row is at its platform, or there is nothing more to be done for it."""
        ...


class Delivery:
    """Sends the outbox: one worker a chat, so that a slow chat holds up no other.

    `notice` makes the payloads that tell a chat's customer that an answer may not have arrived. `attending` is told
    how sending ends.
    """

    def __init__(
        self,
        store: ConversationStore,
        adapters: Mapping[str, ChatAdapter],
        metrics: Metrics,
        *,
        notice: Callable[[ChatKey], Awaitable[Sequence[str]]],
        attending: Attending,
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        self._store = store
        self._adapters = adapters
        self._metrics = metrics
        self._notice = notice
        self._attending = attending
        self._first_pause = first_pause
        self._queues: dict[ChatKey, deque[tuple[Outgoing, bool]]] = {}
        self._workers: dict[ChatKey, asyncio.Task[None]] = {}
        self._idle: set[asyncio.Task[object]] = set()
        self._closing = False

    async def resume(self) -> None:
        """Take up what an earlier run left, in its order. To be called before anything is pushed."""
        rows = [(item, True) for item in await self._store.in_doubt()]
        rows += [(item, False) for item in await self._store.undelivered()]
        strange = Counter(item.chat.platform for item, _ in rows if item.chat.platform not in self._adapters)
        for platform, count in strange.items():
            log.warning("platform_not_configured", platform=platform, outbox_rows=count)
        for item, in_doubt in sorted(rows, key=lambda row: row[0].id):
            if item.chat.platform in self._adapters:
                self._enqueue(item, in_doubt)

    def push(self, items: Sequence[Outgoing]) -> None:
        """Queue rows that the store holds."""
        for item in items:
            self._enqueue(item, in_doubt=False)

    def holds(self, chat: ChatKey, outgoing_id: int) -> bool:
        """Whether a row of a chat is still to be sent, or being sent."""
        return any(item.id == outgoing_id for item, _ in self._queues.get(chat, ()))

    async def drain(self) -> None:
        """Wait until nothing is left to send."""
        while self._workers:
            await asyncio.wait(list(self._workers.values()))

    async def close(self, seconds: float) -> None:
        """Begin no further send and give those under way `seconds` to end; the rest waits for the next start."""
        self._closing = True
        for worker in tuple(self._idle):
            worker.cancel()
        await finish(list(self._workers.values()), seconds)

    def _enqueue(self, item: Outgoing, in_doubt: bool) -> None:
        if self._closing:
            return
        self._queues.setdefault(item.chat, deque()).append((item, in_doubt))
        if item.chat not in self._workers:
            self._workers[item.chat] = spawn(self._work(item.chat), f"delivery {item.chat}")

    async def _work(self, chat: ChatKey) -> None:
        queue = self._queues[chat]
        try:
            while queue and not self._closing:
                item, in_doubt = queue[0]
                try:
                    await self._deliver(item, in_doubt)
                except Exception:  # the row stays in doubt until the next start; the chat goes on
                    log.exception("delivery_broke_off", outgoing=item.id)
                queue.popleft()
        finally:
            del self._workers[chat]
            del self._queues[chat]

    async def _deliver(self, item: Outgoing, in_doubt: bool) -> None:
        """Try until the row is sent, failed or ambiguous, or the service closes."""
        backoff, doubts = Backoff(self._first_pause, LONGEST_PAUSE), 0
        in_doubt = in_doubt and not await self._tells_of_doubt(item)
        while not self._closing:
            item = await self._placed(item)
            if item.removes and not item.slot:  # what never arrived need not be taken away
                await self._arrived(item, "", "sent")
                return
            try:
                async with self._turn(item):
                    # Replacing a message's content may be repeated; a new message may not.
                    if in_doubt and not item.slot and await self._found(item):
                        return
                    in_doubt = False
                    await self._send(item)
            except RetryLaterError as error:
                await self._put_off(item, error, max(error.seconds or 0.0, backoff.next()), in_doubt=in_doubt)
            except AmbiguousDeliveryError as error:
                log.info("delivery_in_doubt", outgoing=item.id, reason=str(error))
                doubts += 1
                in_doubt = doubts == TELLINGS or not await self._tells_of_doubt(item)
                # The platform may still be at it: asked at once, it might not know of the message yet.
                await self._rest(backoff.next())
            except SlotGoneError:
                # Written down before it goes as a new message, which may not be repeated.
                await insist(lambda: self._store.detach(item.id))  # noqa: B023 - awaited at once
                item = replace(item, slot="", replaces=0)
            except UndeliverableError as error:
                seconds = await self._attending.refused(item, error)
                if seconds is not None:
                    await self._put_off(item, error, seconds)
                    continue
                self._count(item, "failed")
                log.warning("delivery_failed", outgoing=item.id, reason=str(error))
                await self._note(item, self._store.failed, error)
                self._attending.ended(item, sent=False)
                return
            else:
                return

    async def _placed(self, item: Outgoing) -> Outgoing:
        """The row, with the id of the message that it replaces, if that has arrived."""
        if not item.replaces or item.slot:
            return item
        return replace(item, slot=await insist(lambda: self._store.message_id(item.replaces)))

    async def _put_off(self, item: Outgoing, error: DeliveryError, seconds: float, *, in_doubt: bool = False) -> None:
        self._count(item, "later")
        log.info("delivery_later", outgoing=item.id, seconds=round(seconds, 1), reason=str(error))
        if not in_doubt:
            await self._note(item, self._store.unsent, error)
        await self._rest(seconds)

    @asynccontextmanager
    async def _turn(self, item: Outgoing) -> AsyncIterator[None]:
        async with AsyncExitStack() as turn:
            with self._idling():
                await turn.enter_async_context(self._adapters[item.chat.platform].turn(item))
            yield

    async def _send(self, item: Outgoing) -> None:
        if not await insist(lambda: self._store.sending(item.id)):
            return  # erased meanwhile, with the question it answers
        try:
            message_id = await self._adapters[item.chat.platform].send(item)
        except DeliveryError:
            raise
        except Exception as error:
            log.exception("send_failed_unexpectedly", outgoing=item.id, platform=item.chat.platform)
            raise AmbiguousDeliveryError(type(error).__name__) from error
        await self._arrived(item, message_id, "sent")

    async def _arrived(self, item: Outgoing, message_id: str, result: str) -> None:
        await insist(lambda: self._store.sent(item.id, message_id))
        self._count(item, result)
        self._attending.ended(item, sent=True)

    async def _found(self, item: Outgoing) -> bool:
        """Look a row in doubt up; True if that settles it, False if it is certainly not at the platform."""
        try:
            message_id = await self._adapters[item.chat.platform].find(item)
        except RetryLaterError:
            raise
        except Exception as error:
            self._count(item, "ambiguous")
            known = isinstance(error, AmbiguousDeliveryError)
            log.warning("delivery_ambiguous", outgoing=item.id, reason=str(error), exc_info=not known)
            reason = str(error)
            notices = await self._notices(item)
            self.push(await insist(lambda: self._store.ambiguous(item.id, reason, notices)))
            self._attending.ended(item, sent=False)
            return True
        if message_id is None:
            return False
        await self._arrived(item, message_id, "found")
        return True

    async def _notices(self, item: Outgoing) -> Sequence[str]:
        """What tells the customer that an answer may be lost; nothing for what is no answer."""
        return await self._notices_of_doubt(item.chat) if item.turn_id is not None else ()

    async def _tells_of_doubt(self, item: Outgoing) -> bool:
        """Whether a row is itself what tells that an answer may be lost: better told twice than never."""
        return item.turn_id is None and item.payload in await self._notices_of_doubt(item.chat)

    async def _notices_of_doubt(self, chat: ChatKey) -> Sequence[str]:
        try:
            return await insist(lambda: self._notice(chat))
        except Exception:
            log.exception("notice_failed", platform=chat.platform)
            return ()

    async def _note(self, item: Outgoing, write: Callable[[int, str], Awaitable[None]], error: Exception) -> None:
        reason = str(error)
        await insist(lambda: write(item.id, reason))

    async def _rest(self, seconds: float) -> None:
        if not self._closing:
            with self._idling():
                await asyncio.sleep(seconds)

    @contextmanager
    def _idling(self) -> Iterator[None]:
        """While a worker waits and does nothing, closing ends it at once."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - workers are tasks
        self._idle.add(task)
        try:
            yield
        finally:
            self._idle.discard(task)

    def _count(self, item: Outgoing, result: str) -> None:
        self._metrics.delivered.labels(item.chat.platform, result).inc()
