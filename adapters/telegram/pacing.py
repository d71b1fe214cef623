"""Telegram's limits on sending: about 30 messages a second in all, one a second and chat, 20 a minute and group."""

from __future__ import annotations

from aiolimiter import AsyncLimiter
from cachetools import LRUCache

_OVERALL = (30, 1.0)
_CHAT = (4, 4.0)
_GROUP = (20, 60.0)
_CHATS_REMEMBERED = 4096

# Live text leaves this much of each budget to final answers.
_OVERALL_RESERVE = 10
_CHAT_RESERVES = (1, 6)  # of a chat's and of a group's budget


class Pacer:
    """Spends the send budget. Chats that were quiet longest are forgotten first."""

    def __init__(self) -> None:
        self._overall = AsyncLimiter(*_OVERALL)
        self._chats: LRUCache[int, tuple[AsyncLimiter, ...]] = LRUCache(_CHATS_REMEMBERED)

    async def wait(self, chat: int) -> None:
        """Return when a message may be sent to a chat."""
        for limiter in (*self._limiters(chat), self._overall):
            await limiter.acquire()

    async def spare(self, chat: int) -> bool:
        """Take room for live text if there is plenty; False, and nothing taken, otherwise."""
        limiters = (*self._limiters(chat), self._overall)
        reserves = (*_CHAT_RESERVES[: len(limiters) - 1], _OVERALL_RESERVE)
        if not all(limiter.has_capacity(1 + reserve) for limiter, reserve in zip(limiters, reserves, strict=True)):
            return False
        for limiter in limiters:
            await limiter.acquire()
        return True

    def _limiters(self, chat: int) -> tuple[AsyncLimiter, ...]:
        limiters = self._chats.get(chat)
        if limiters is None:
            is_group = chat < 0
            limiters = (AsyncLimiter(*_CHAT), AsyncLimiter(*_GROUP)) if is_group else (AsyncLimiter(*_CHAT),)
            self._chats[chat] = limiters
        return limiters
