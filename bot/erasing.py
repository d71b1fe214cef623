"""Erasing what is held of a chat or a person while the service runs.

What waits is withdrawn and what is being answered is stopped first, or it would write down anew what was just deleted;
meanwhile nothing of those chats is begun. Then the store deletes, and every room forgets what it had in memory.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from bot.desk import Desk
from bot.dispatch import Dispatcher
from bot.exports import Exporter
from bot.messages import ChatKey, Subject
from bot.ports import ChatAdapter, VisionModel
from bot.stores import ConversationStore
from bot.upkeep import Upkeep

log = structlog.get_logger(__name__)


class Memory:
    """What is held of chats in memory."""

    def __init__(self, adapters: Mapping[str, ChatAdapter], model: VisionModel) -> None:
        self._adapters = adapters
        self._model = model

    def forget(self, chat: ChatKey) -> None:
        """Drop what is held of a chat."""
        self._model.forget(str(chat))
        if adapter := self._adapters.get(chat.platform):
            adapter.forget(chat)


class Eraser:
    """Brings the rooms to rest around an erasure."""

    def __init__(
        self,
        store: ConversationStore,
        memory: Memory,
        desk: Desk,
        dispatcher: Dispatcher,
        exporter: Exporter,
        upkeep: Upkeep,
    ) -> None:
        self._store = store
        self._memory = memory
        self._desk = desk
        self._dispatcher = dispatcher
        self._exporter = exporter
        self._upkeep = upkeep

    @asynccontextmanager
    async def at_rest(self, subject: Subject, before: int) -> AsyncIterator[None]:
        """Within this, the store may be told to erase what came before the inbox row `before`. Raises StoreError,
        OSError."""
        chats = await self._store.chats_of(subject)
        rooms = [room for room in await self._store.rooms_of(subject) if room not in chats]
        async with AsyncExitStack() as stack:
            for chat in chats:
                await stack.enter_async_context(self._halted(chat, before, "" if chat == subject else str(subject)))
            for room in rooms:  # what agents ask in there is about the subject
                await stack.enter_async_context(self._halted(room, before, ""))
            chats += rooms
            await self._exporter.discard(chats)
            yield
            for chat in chats:
                self._memory.forget(chat)
        self._upkeep.wake()
        log.info("erased", chats=len(chats))

    @asynccontextmanager
    async def _halted(self, chat: ChatKey, before: int, person: str) -> AsyncIterator[None]:
        """With `person`, only what this person wrote is withdrawn and stopped."""
        with self._dispatcher.halted(chat, before, person):
            if not person or chat in self._dispatcher.answering_to(person):
                self._desk.stop(chat, before)
                await self._dispatcher.answered(chat)
            yield
