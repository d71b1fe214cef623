"""A person who uses Telegram on the fake server, in a chat with the bot."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from tests.fakes.telegram_places import Place
from tests.fakes.telegram_server import TelegramServer


class Person:
    """Someone in a chat: by default in private with the bot."""

    def __init__(
        self,
        server: TelegramServer,
        user_id: int = 1001,
        *,
        chat_id: int = 0,
        language: str = "en",
        topic: int = 0,
        name: str = "Ada",
    ) -> None:
        self.server = server
        self.user = {"id": user_id, "is_bot": False, "first_name": name, "language_code": language}
        self.chat_id = chat_id or user_id
        self.place: Place = self.chat_id
        self._topic = topic
        self.reported: tuple[int, str, dict[str, Any]] = (0, "", {})  # the last report of what this person did
        chat: dict[str, Any] = {"id": user_id, "type": "private", "first_name": name}
        if chat_id:
            kind = "supergroup" if chat_id < -(10**12) else "group"
            chat = {"id": chat_id, "type": kind, "title": "Buyers"}
        chat = server.state.chats.setdefault(self.chat_id, chat)
        if topic:
            chat["is_forum"] = True
            server.state.topics.setdefault(self.chat_id, {}).setdefault(topic, "Topic")

    def say(self, text: str, **fields: Any) -> int:
        """Write a message; returns its id. `fields` are added to it as they are."""
        return self._post({"text": text, **with_entities(text, "entities"), **fields})

    def reply(self, to: int, text: str, **fields: Any) -> int:
        """Write in reply to a message of the chat."""
        target = {k: v for k, v in self.server.state.messages[self.place, to].items() if k != "reply_to_message"}
        return self.say(text, reply_to_message=target, **fields)

    def photo(self, data: bytes, caption: str = "", **fields: Any) -> int:
        """Send a photo."""
        return self._post({"photo": self._sizes(data), **self._caption(caption), **fields})

    def document(self, data: bytes, name: str, media_type: str, caption: str = "", **fields: Any) -> int:
        """Send a file."""
        document: dict[str, Any] = {"file_id": self.upload(data), "file_unique_id": name, "file_name": name}
        document |= {"mime_type": media_type, "file_size": len(data)}
        return self._post({"document": document, **self._caption(caption), **fields})

    def album(self, pictures: Sequence[bytes], caption: str = "") -> int:
        """Send photos together; the caption is on the first. Returns the first one's id."""
        group = f"album{next(self.server.state.numbers)}"
        parts = zip(pictures, [caption, *[""] * (len(pictures) - 1)], strict=True)
        ids = [self.photo(data, text, media_group_id=group) for data, text in parts]
        return ids[0]

    def edit(self, message_id: int, text: str) -> None:
        """Change a message's text, or its caption."""
        message = self.server.state.messages[self.place, message_id]
        field = "text" if "text" in message else "caption"
        entities = "entities" if field == "text" else "caption_entities"
        message.pop(entities, None)
        message |= {field: text, "edit_date": int(time.time()), **with_entities(text, entities)}
        self._report(f"edited_{self._kind}", dict(message))

    def exchange(self, message_id: int, data: bytes, caption: str = "") -> None:
        """Put another photo, with a caption, in place of a message's."""
        message = self.server.state.messages[self.place, message_id]
        for name in ("caption", "caption_entities"):
            message.pop(name, None)
        message |= {"photo": self._sizes(data), "edit_date": int(time.time()), **self._caption(caption)}
        self._report(f"edited_{self._kind}", dict(message))

    def press(self, message_id: int, label: str) -> str:
        """Press a button under one of the bot's messages; returns the callback's id."""
        return self._press(self.server.state.messages[self.place, message_id], label)

    def press_private(self, ephemeral_id: int, label: str) -> str:
        """Press a button under a message that only this person sees."""
        message = self.server.state.ephemeral[ephemeral_id]
        assert message["receiver_user"]["id"] == self.user["id"]
        return self._press(message, label)

    def press_old(self, message_id: int, label: str) -> str:
        """Press a button under a message so old that Telegram tells nothing but where it is."""
        message = self.server.state.messages[self.place, message_id]
        return self._press(message, label, {"chat": message["chat"], "message_id": message_id, "date": 0})

    def private(self) -> list[dict[str, Any]]:
        """The messages in groups that only this person sees, oldest first."""
        messages = self.server.state.ephemeral.values()
        return [message for message in messages if message["receiver_user"]["id"] == self.user["id"]]

    def again(self) -> None:
        """Have the last thing reported once more."""
        assert self.reported[0]
        self.server.push_again(*self.reported)

    def upload(self, data: bytes) -> str:
        """Put a file on the server; returns its id."""
        file_id = f"file{next(self.server.state.numbers)}"
        self.server.state.files[file_id] = data
        return file_id

    @property
    def _kind(self) -> str:
        return "message"

    def _where(self) -> dict[str, Any]:
        """What a message of this person's has to say of its place."""
        where: dict[str, Any] = {"chat": self.server.state.chats[self.chat_id]}
        return where | ({"message_thread_id": self._topic, "is_topic_message": True} if self._topic else {})

    def _press(self, message: dict[str, Any], label: str, told: dict[str, Any] | None = None) -> str:
        buttons = [button for row in message["reply_markup"]["inline_keyboard"] for button in row]
        [button] = [button for button in buttons if label in button["text"]]
        callback = f"callback{next(self.server.state.numbers)}"
        self.server.state.callbacks[callback] = False
        self.server.state.fresh.add(callback)
        content = {"id": callback, "from": self.user, "chat_instance": "1", "message": told or dict(message)}
        self._report("callback_query", {**content, "data": button["callback_data"]})
        return callback

    def _sizes(self, data: bytes) -> list[dict[str, Any]]:
        """A photo in the three sizes that Telegram makes of it."""
        mark = sha256(data).hexdigest()[:12]
        return [
            {"file_id": self.upload(data), "file_unique_id": f"{mark}{side}", "width": side, "height": side // 2}
            for side in (90, 1280, 320)
        ]

    def _caption(self, caption: str) -> dict[str, Any]:
        return {"caption": caption, **with_entities(caption, "caption_entities")} if caption else {}

    def _post(self, content: dict[str, Any]) -> int:
        message = {
            "message_id": next(self.server.state.numbers),
            "from": self.user,
            "date": int(time.time()),
            **self._where(),
            **content,
        }
        self.server.state.messages[self.place, message["message_id"]] = message
        self._report(self._kind, dict(message))
        return int(message["message_id"])

    def _report(self, kind: str, content: dict[str, Any]) -> None:
        self.reported = (self.server.push(kind, content), kind, content)


def with_entities(text: str, field: str) -> dict[str, Any]:
    """The entities that Telegram finds by itself: commands and mentions."""
    found = []
    for kind, pattern in (("bot_command", r"(?<!\S)/\w+(@\w+)?"), ("mention", r"(?<!\S)@\w+")):
        for match in re.finditer(pattern, text, re.ASCII):
            offset = len(text[: match.start()].encode("utf-16-le")) // 2
            found.append({"type": kind, "offset": offset, "length": len(match[0])})
    return {field: found} if found else {}
