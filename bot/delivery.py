"""The outbox: every message in its chat's order, tried until it is there, and never sent twice.

A send is announced to the store before it begins, so that a crash in the middle leaves the row in doubt and not
pending. What is in doubt is looked up on the platform; where the platform cannot tell, the row becomes ambiguous: it
is not repeated, the customer is told how to have it sent again, and admins see it in the figures.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from bot.errors import AmbiguousDeliveryError, RetryLaterError, UndeliverableError
from bot.messages import ChatKey, Outgoing
from bot.metrics import Metrics
from bot.ports import ChatAdapter, ConversationStore
from bot.tasks import insist, spawn

log = structlog.get_logger(__name__)

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0


class Delivery:
    """Sends the outbox: one worker a chat, so that a slow chat holds up no other.

    `notice` makes the payloads that tell a chat's customer that an answer may not have arrived.
    """

    def __init__(
        self,
        store: ConversationStore,
        adapters: Mapping[str, ChatAdapter],
        metrics: Metrics,
        *,
        notice: Callable[[ChatKey], Awaitable[Sequence[str]]],
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        self._store = store
        self._adapters = adapters
        self._metrics = metrics
        self._notice = notice
        self._first_pause = first_pause
        self._queues: dict[ChatKey, deque[tuple[Outgoing, bool]]] = {}
        self._workers: dict[ChatKey, asyncio.Task[None]] = {}
        self._closing = asyncio.Event()

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

    async def drain(self) -> None:
        """Wait until nothing is left to send."""
        while self._workers:
            await asyncio.wait(list(self._workers.values()))

    async def close(self, seconds: float) -> None:
        """Begin no further send and give those under way `seconds` to end; the rest waits for the next start."""
        self._closing.set()
        workers = list(self._workers.values())
        if workers:
            _, late = await asyncio.wait(workers, timeout=seconds)
            for worker in late:
                worker.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _enqueue(self, item: Outgoing, in_doubt: bool) -> None:
        if self._closing.is_set():
            return
        self._queues.setdefault(item.chat, deque()).append((item, in_doubt))
        if item.chat not in self._workers:
            self._workers[item.chat] = spawn(self._work(item.chat), f"delivery {item.chat}")

    async def _work(self, chat: ChatKey) -> None:
        queue = self._queues[chat]
        try:
            while queue and not self._closing.is_set():
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
        pause = self._first_pause
        if in_doubt and await self._tells_of_doubt(item):
            in_doubt = False  # better told twice than never
        while not self._closing.is_set():
            try:
                # Replacing a message's content may be repeated; a new message may not.
                if in_doubt and not item.slot and await self._found(item):
                    return
                in_doubt = False
                await self._send(item)
            except RetryLaterError as error:
                self._count(item, "later")
                log.info("delivery_later", outgoing=item.id, seconds=error.seconds, reason=str(error))
                if not in_doubt:
                    reason = str(error)
                    await insist(lambda: self._store.unsent(item.id, reason))  # noqa: B023 - awaited at once
                await self._rest(max(error.seconds or 0.0, pause * random.uniform(0.8, 1.2)))  # noqa: S311 - spreads load
                pause = min(pause * 2, LONGEST_PAUSE)
            except AmbiguousDeliveryError as error:
                log.info("delivery_in_doubt", outgoing=item.id, reason=str(error))
                in_doubt = True
                # The platform may still be at it: asked at once, it might not know of the message yet.
                await self._rest(pause * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load
                pause = min(pause * 2, LONGEST_PAUSE)
            except UndeliverableError as error:
                self._count(item, "failed")
                log.warning("delivery_failed", outgoing=item.id, reason=str(error))
                reason = str(error)
                await insist(lambda: self._store.failed(item.id, reason))  # noqa: B023 - awaited at once
                return
            else:
                return

    async def _send(self, item: Outgoing) -> None:
        await insist(lambda: self._store.sending(item.id))
        try:
            message_id = await self._adapters[item.chat.platform].send(item)
        except (RetryLaterError, AmbiguousDeliveryError, UndeliverableError):
            raise
        except Exception as error:
            log.exception("send_failed_unexpectedly", outgoing=item.id, platform=item.chat.platform)
            raise AmbiguousDeliveryError(type(error).__name__) from error
        await insist(lambda: self._store.sent(item.id, message_id))
        self._count(item, "sent")

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
            return True
        if message_id is None:
            return False
        await insist(lambda: self._store.sent(item.id, message_id))
        self._count(item, "found")
        return True

    async def _notices(self, item: Outgoing) -> Sequence[str]:
        """What tells the customer that an answer may be lost; nothing for what is no answer."""
        return await self._notices_of_doubt(item.chat) if item.turn_id is not None else ()

    async def _tells_of_doubt(self, item: Outgoing) -> bool:
        """Whether a row is itself what tells that an answer may be lost."""
        return item.turn_id is None and item.payload in await self._notices_of_doubt(item.chat)

    async def _notices_of_doubt(self, chat: ChatKey) -> Sequence[str]:
        try:
            return await insist(lambda: self._notice(chat))
        except Exception:
            log.exception("notice_failed", platform=chat.platform)
            return ()

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return

    def _count(self, item: Outgoing, result: str) -> None:
        self._metrics.delivered.labels(item.chat.platform, result).inc()
