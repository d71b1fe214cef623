"""Telegram's limits on sending: about 30 messages a second in all, one a second and chat, 20 a minute and group."""

from __future__ import annotations

from aiolimiter import AsyncLimiter

from adapters.pacing import Pacer, Rate, Reach

# A burst and what comes after it stay, together, within Telegram's limit for any second, and any minute.
_OVERALL = Rate(5, 0.2)
_CHAT = Rate(4, 4.0)
_GROUP = Rate(5, 20.0)

_SIGNS = Rate(5, 0.5)

# Live text leaves this much of each budget to final answers.
_OVERALL_RESERVE = 2
_CHAT_RESERVES = (1, 2)  # of a chat's and of a group's budget


class TelegramPacer(Pacer):
    """Spends the send budget of one bot."""

    def __init__(self, reach: Reach) -> None:
        super().__init__(reach, _OVERALL, lambda chat: (_CHAT, _GROUP) if chat.startswith("-") else (_CHAT,))
        self._signs = AsyncLimiter(_SIGNS.burst, _SIGNS.seconds)

    async def room(self, chat: int) -> bool:
        """Take room for live text if there is plenty; False, and nothing taken, otherwise."""
        return await self.spare(str(chat), overall=_OVERALL_RESERVE, of_chat=_CHAT_RESERVES)

    async def sign(self) -> bool:
        """Take room for a sign of life, of which there may be many at a time; False if there is none."""
        if self._reach.away or not self._signs.has_capacity():
            return False
        await self._signs.acquire()
        return True
