"""When a message may go to a platform: not while the platform is away, and not faster than it takes messages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from aiolimiter import AsyncLimiter
from cachetools import LRUCache

from adapters.downtime import Downtime
from bot.backoff import Backoff, rest

log = structlog.get_logger(__name__)

UNDER_WAY = 12
"""So many messages are on their way to a platform at a time. More are in doubt when it falls silent."""

_CHATS_REMEMBERED = 4096
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 15.0
_ASK_SECONDS = 10.0

AWAY_SECONDS = 20.0
"""So long a file that a customer sent is worth waiting for a platform that is away, at each attempt."""


class Reach:
    """Whether a platform answers, as far as is known.

    Once it failed, it is asked something harmless, with growing pauses, until it answers; messages wait meanwhile. So
    it is not stormed when it comes back, and no message is risked on a platform that takes requests and answers none.
    `ask` reports to `answered` or `failed`, as every other request does.
    """

    def __init__(self, ask: Callable[[], Awaitable[object]]) -> None:
        self._ask = ask
        self._up = asyncio.Event()
        self._up.set()
        self._asking: asyncio.Task[None] | None = None
        self._closed = False
        self.away = Downtime()

    def answered(self) -> None:
        """A request was answered, be it with a refusal."""
        self.away.end()
        self._up.set()

    def failed(self) -> None:
        """A request was not answered, or the platform has an error of its own."""
        self.away.begin()
        self._up.clear()
        if self._asking is None and not self._closed:
            self._asking = asyncio.create_task(self._ask_until_up(), name="reach")

    async def wait(self, seconds: float | None = None) -> None:
        """Return when the platform answers, at the latest after `seconds`."""
        if seconds is None:
            await self._up.wait()
        elif not self._up.is_set():
            await rest(seconds, self._up)

    async def close(self) -> None:
        """Ask no more. Idempotent."""
        self._closed = True
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking])

    async def _ask_until_up(self) -> None:
        backoff = Backoff(_FIRST_PAUSE, _LONGEST_PAUSE)
        try:
            while not self._up.is_set():
                try:
                    async with asyncio.timeout(_ASK_SECONDS):
                        await self._ask()
                except Exception as error:  # noqa: BLE001 - whatever it is, the platform is asked again
                    log.debug("still_away", error=type(error).__name__)
                if not self._up.is_set():
                    await rest(backoff.next(), self._up)
        finally:
            self._asking = None


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` messages at once, and as many more in every `seconds`, evenly."""

    burst: int
    seconds: float


class Pacer:
    """Spends what a platform takes of messages, overall and for each chat, while `reach` has it answer, with a few on
    their way at a time. Chats quiet longest are forgotten first."""

    def __init__(self, reach: Reach, overall: Rate, of_chat: Callable[[str], Sequence[Rate]] = lambda chat: ()) -> None:
        self._reach = reach
        self._overall = AsyncLimiter(overall.burst, overall.seconds)
        self._of_chat = of_chat
        self._chats: LRUCache[str, tuple[AsyncLimiter, ...]] = LRUCache(_CHATS_REMEMBERED)
        self._under_way = asyncio.Semaphore(UNDER_WAY)
        self._held: dict[str, float] = {}
        self._all_held = 0.0

    @asynccontextmanager
    async def turn(self, chat: str) -> AsyncIterator[None]:
        """Entered when a message may be sent to a chat."""
        while True:
            await self._reach.wait()
            if (held := self._held_for(chat)) > 0:
                await asyncio.sleep(held)
                continue
            for limiter in (*self._limiters(chat), self._overall):
                await limiter.acquire()
            async with self._under_way:
                # All of which may have taken long.
                if not self._reach.away and self._held_for(chat) <= 0:
                    yield
                    return

    def plenty(self, chat: str, *, overall: int, of_chat: Sequence[int]) -> bool:
        """Whether there is room for what is no final answer: so much that `overall` messages more would fit, and as
        many of the chat's for each of its rates (which may be fewer)."""
        if self._reach.away or self._held_for(chat) > 0:
            return False
        limiters = (*self._limiters(chat), self._overall)
        reserves = (*of_chat[: len(limiters) - 1], overall)
        return all(limiter.has_capacity(1 + reserve) for limiter, reserve in zip(limiters, reserves, strict=True))

    async def spare(self, chat: str, *, overall: int, of_chat: Sequence[int]) -> bool:
        """Take room if there is `plenty`; False, and nothing taken, otherwise."""
        if not self.plenty(chat, overall=overall, of_chat=of_chat):
            return False
        for limiter in (*self._limiters(chat), self._overall):
            await limiter.acquire()
        return True

    def hold(self, chat: str, seconds: float) -> None:
        """Send nothing to a chat for so long, because the platform asks for it. When it does so of two chats at a
        time, it means all of them."""
        now = time.monotonic()
        self._held = {other: until for other, until in self._held.items() if until > now}
        if self._held.keys() - {chat}:
            self._all_held = max(self._all_held, now + seconds)
            log.info("platform_asks_to_wait", seconds=seconds)
        self._held[chat] = max(self._held.get(chat, 0.0), now + seconds)

    def _held_for(self, chat: str) -> float:
        return max(self._held.get(chat, 0.0), self._all_held) - time.monotonic()

    def _limiters(self, chat: str) -> tuple[AsyncLimiter, ...]:
        limiters = self._chats.get(chat)
        if limiters is None:
            limiters = tuple(AsyncLimiter(rate.burst, rate.seconds) for rate in self._of_chat(chat))
            self._chats[chat] = limiters
        return limiters
