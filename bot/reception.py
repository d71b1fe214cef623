"""Who deals with a question: the bot at its desk, a person, or a command that takes the model's time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.desk import Desk
from bot.intake import Question
from bot.messages import ChatKey, Pending


class Reception:
    """Passes each question on to who deals with it; see `bot.dispatch.Answering`."""

    def __init__(self, desk: Desk, *, commands: Callable[[Pending], Awaitable[float]]) -> None:
        self._desk = desk
        self._commands = commands

    async def aside(self, question: Question) -> bool:
        """Whether it needs neither the model nor its turn."""
        return False

    async def held(self, question: Question) -> bool:
        """Whether the service is paused."""
        return False

    async def answer(self, question: Question) -> float:
        """Have it dealt with; returns what that took, in milliseconds of the device. Raises StoreError."""
        if question.command is not None:
            return await self._commands(question.command)
        return await self._desk.answer(question)

    async def decline(self, question: Question) -> None:
        """Ask to try again later. Raises StoreError."""
        if question.command is not None:
            await self._commands(question.command)
        else:
            await self._desk.decline(question)

    async def conceal(self, chat: ChatKey) -> None:
        """Take back what was announced while the question waited."""
        await self._desk.conceal(chat)
