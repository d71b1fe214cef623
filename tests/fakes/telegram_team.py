"""A group with topics on the fake server, and the agents who work in it."""

from __future__ import annotations

from typing import Any

from tests.fakes.telegram_person import Person
from tests.fakes.telegram_server import TelegramServer

AGENTS = -1009876543210


class Team:
    """Agents' group: a forum in which the bot is an administrator who may manage topics."""

    def __init__(self, server: TelegramServer, chat_id: int = AGENTS) -> None:
        self.server = server
        self.chat_id = chat_id
        server.state.chats[chat_id] = {"id": chat_id, "type": "supergroup", "title": "Agents", "is_forum": True}
        server.state.administered.add(chat_id)

    # --- what is there

    @property
    def topics(self) -> dict[int, str]:
        """The names of the topics by their number, oldest first."""
        return dict(sorted(self.server.state.topics.get(self.chat_id, {}).items()))

    def messages(self, topic: int = 0) -> list[dict[str, Any]]:
        """What stands in a topic (0: in General), people's messages included, oldest first."""
        return [
            message
            for message in self.server.state.messages.of(self.chat_id)
            if message.get("message_thread_id", 0) == topic and "forum_topic_created" not in message
        ]

    def texts(self, topic: int = 0) -> list[str]:
        """The texts and captions in a topic; "" for a picture or file without one."""
        return [message.get("text", message.get("caption", "")) for message in self.messages(topic)]

    def files(self, topic: int) -> list[bytes]:
        """The pictures and files in a topic."""
        files = self.server.state.files
        return [
            files[(message["photo"][-1] if "photo" in message else message["document"])["file_id"]]
            for message in self.messages(topic)
            if "photo" in message or "document" in message
        ]

    async def opened(self, count: int = 1) -> int:
        """Wait until there are so many topics, and something stands in the newest, which it returns."""
        await self.server.until(lambda: len(self.topics) >= count and self.messages(list(self.topics)[-1]))
        return list(self.topics)[-1]

    # --- what people do

    def agent(self, user_id: int, topic: int = 0, *, name: str = "Bo", language: str = "en") -> Person:
        """An agent, in a topic that is there (0: in General)."""
        assert not topic or topic in self.topics
        return Person(self.server, user_id, chat_id=self.chat_id, topic=topic, name=name, language=language)

    def delete_topic(self, topic: int) -> None:
        """Delete a topic with all that is in it. Telegram tells nobody."""
        del self.server.state.topics[self.chat_id][topic]
        for message in self.server.state.messages.of(self.chat_id):
            if message.get("message_thread_id") == topic:
                del self.server.state.messages[self.chat_id, message["message_id"]]

    def close_topic(self, topic: int) -> None:
        """Close a topic: only administrators may write there then."""
        self.server.state.closed.add((self.chat_id, topic))

    def demote_bot(self) -> None:
        """Have the bot be a member like others."""
        self.server.state.administered.discard(self.chat_id)

    def remove_bot(self) -> None:
        """Throw the bot out."""
        self.server.state.left.add(self.chat_id)

    def readmit_bot(self) -> None:
        """Let the bot in again, as an administrator."""
        self.server.state.left.discard(self.chat_id)
        self.server.state.administered.add(self.chat_id)
