"""Pauses: while admins have the service rest, questions are taken in and wait, which is told once to each chat."""

from __future__ import annotations

from collections.abc import Mapping

from bot.delivery import Delivery
from bot.handovertexts import paused
from bot.intake import Question
from bot.messages import Reply
from bot.outcome import Pause
from bot.ports import ChatAdapter
from bot.stores import ConversationStore
from bot.tasks import insist
from bot.texts import choose_language


class Pausing:
    """Whether the service is paused, as the store has it. `pause` is None while it goes on."""

    def __init__(self, store: ConversationStore, adapters: Mapping[str, ChatAdapter], delivery: Delivery) -> None:
        self._store = store
        self._adapters = adapters
        self._delivery = delivery
        self.pause: Pause | None = None

    async def load(self) -> None:
        """Go by what the store says, from here on. Raises StoreError."""
        self.pause = await self._store.paused()

    async def tell(self, question: Question) -> None:
        """Tell a chat that its question waits until the service goes on. Raises StoreError."""
        if self.pause is None:
            return
        chat = question.chat
        language = choose_language(question.text, question.sender.language, await self._store.language(chat))
        payloads = self._adapters[chat.platform].render(Reply(paused(self.pause.reason, language), language))
        self._delivery.push(await insist(lambda: self._store.tell_of_pause(chat, payloads)))

    def problem(self) -> str:
        """That the service is paused, in a few English words for admins; "" if it is not."""
        if self.pause is None:
            return ""
        return f"paused: {self.pause.reason}" if self.pause.reason else "paused"

    def notes(self) -> list[str]:
        """The same for who asks whether the service is ready, which it is: it takes questions in."""
        return [text] if (text := self.problem()) else []
