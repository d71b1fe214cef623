"""Who has a conversation (the bot, a person, nobody any more), as its pages are told."""

from __future__ import annotations

import contextlib

from adapters.web import render
from adapters.web.streams import Event, Hub
from bot.errors import StoreError
from bot.messages import ChatKey
from bot.stores import ConversationStore


class Standing:
    """Tells pages. It is looked up whenever something is said, since transitions are said to the customer."""

    def __init__(self, store: ConversationStore, hub: Hub) -> None:
        self._store = store
        self._hub = hub

    async def of(self, chat: ChatKey) -> dict[str, str]:
        """Who has it. Raises StoreError."""
        return render.standing(await self._store.case(chat))

    async def tell(self, chat: ChatKey) -> None:
        """Tell the connected pages of a chat. Best effort: the next message tells, too."""
        if self._hub.watched(chat):
            with contextlib.suppress(StoreError):
                self._hub.publish(chat, Event("standing", await self.of(chat)))
