"""A business account on the fake server, which the bot answers for, and its customers."""

from __future__ import annotations

import time
from typing import Any

from tests.fakes.telegram_person import Person
from tests.fakes.telegram_places import DAY, business_place
from tests.fakes.telegram_server import TelegramServer


class Account:
    """A shop's own account, connected to the bot."""

    def __init__(self, server: TelegramServer, owner_id: int = 5005, connection: str = "Conn_1-x") -> None:
        self.server = server
        self.id = connection
        self.owner = {"id": owner_id, "is_bot": False, "first_name": "Olga", "language_code": "en"}
        self._connection: dict[str, Any] = {
            "id": connection,
            "user": self.owner,
            "user_chat_id": owner_id,
            "date": int(time.time()),
            "is_enabled": True,
            "rights": {"can_reply": True, "can_delete_sent_messages": True},
        }
        self.change()

    def change(self, *, is_enabled: bool = True, told: bool = True, **rights: bool) -> None:
        """Change the connection, or end it; Telegram tells the bot."""
        held = self._connection["rights"] | rights
        self._connection |= {"is_enabled": is_enabled, "rights": {name: True for name, has in held.items() if has}}
        self.server.state.connections[self.id] = dict(self._connection)
        if told:
            self.server.push("business_connection", dict(self._connection))

    def customer(self, user_id: int = 1001, *, language: str = "en") -> Customer:
        """Somebody who writes to the shop."""
        return Customer(self, user_id, language)

    def write(self, customer: Customer, text: str, **fields: Any) -> int:
        """The owner writes to a customer; returns the message's id."""
        return customer.post_as(self.owner, {"text": text, **fields})

    def edit(self, customer: Customer, message_id: int, text: str) -> None:
        """The owner changes what they wrote."""
        customer.edit(message_id, text)

    def delete(self, customer: Customer, *message_ids: int) -> None:
        """Take messages away, whoever's they are."""
        for message_id in message_ids:
            del self.server.state.messages[customer.place, message_id]
        content = {"chat": customer.chat, "business_connection_id": self.id, "message_ids": list(message_ids)}
        self.server.push("deleted_business_messages", content)


class Customer(Person):
    """Somebody in a chat with a business account."""

    def __init__(self, account: Account, user_id: int, language: str) -> None:
        super().__init__(account.server, user_id, language=language)
        del account.server.state.chats[user_id]  # who never wrote to the bot itself
        self._account = account
        self.chat = {"id": user_id, "type": "private", "first_name": "Ada"}
        self.place = business_place(account.id, user_id)

    def fall_silent(self) -> None:
        """Let more than a day go by since the last message."""
        self.server.state.heard[self.place] = time.time() - DAY - 60

    def post_as(self, user: dict[str, Any], content: dict[str, Any]) -> int:
        """Put a message of somebody's into the chat."""
        return super()._post({"from": user, **content})

    @property
    def _kind(self) -> str:
        return "business_message"

    def _where(self) -> dict[str, Any]:
        return {"chat": self.chat, "business_connection_id": self._account.id}

    def _post(self, content: dict[str, Any]) -> int:
        self.server.state.heard[self.place] = time.time()
        return super()._post(content)
