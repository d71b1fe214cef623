"""Business accounts that the bot answers for: what their owners let it do.

Nothing of it is stored: Telegram tells of each connection that changes, and knows of each one when it is asked.
"""

from __future__ import annotations

from aiogram import Bot
from aiogram.types import BusinessBotRights, BusinessConnection
from cachetools import LRUCache

from adapters.telegram.chats import connection_of
from bot import reasons
from bot.errors import UndeliverableError
from bot.messages import ChatKey

_REMEMBERED = 512


class Connections:
    """The connections of one bot."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._known: LRUCache[str, BusinessConnection] = LRUCache(_REMEMBERED)

    def note(self, connection: BusinessConnection) -> None:
        """Remember how a connection is from now on."""
        self._known[connection.id] = connection

    async def permit(self, chat: ChatKey, *, removing: bool = False) -> None:
        """Return if the bot may write in a chat, or take away what it wrote there. Raises UndeliverableError if its
        owner does not let it, AiogramError if that cannot be told."""
        if not (connection_id := connection_of(chat)):
            return
        connection = self._known.get(connection_id)
        if connection is None:
            connection = await self._bot.get_business_connection(connection_id)
            self.note(connection)
        rights = connection.rights or BusinessBotRights()
        if not connection.is_enabled:
            raise UndeliverableError(reasons.DISCONNECTED.en)
        if removing and not (rights.can_delete_sent_messages or rights.can_delete_all_messages):
            raise UndeliverableError(reasons.MAY_NOT_DELETE.en)
        if not removing and not rights.can_reply:
            raise UndeliverableError(reasons.MAY_NOT_REPLY.en)
