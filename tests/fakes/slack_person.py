"""A person who uses Slack on the fake server, in a place where the bot is."""

from __future__ import annotations

import itertools
from typing import Any

from tests.fakes.slack_server import Delivery, File, Json, SlackServer

FINAL = "looksee_message"

_numbers = itertools.count(1)


class Person:
    """Someone in a direct message with the bot, or in a channel, who there talks in threads of their own.

    Whatever they do is reported to the bot; `reported` is the report of the last message, edit or deletion.
    """

    def __init__(self, server: SlackServer, user: str = "U0CUST", channel: str = "D0CUST") -> None:
        self.server = server
        self.user = user
        self.channel = channel
        self.thread = ""
        self._triggers: set[str] = set()
        self.reported: Delivery | None = None
        server.channels.add(channel)

    @property
    def direct(self) -> bool:
        return self.channel.startswith("D")

    def upload(self, data: bytes, name: str = "screenshot.png", media_type: str = "image/png") -> Json:
        """Put a file on the server; returns it as messages carry it."""
        file = File(f"F{next(_numbers):06}", name, media_type, data)
        self.server.files[file.id] = file
        return self.server.file_json(file)

    async def say(self, text: str, *files: Json) -> str:
        """Write a message, with files; returns its `ts`. In a channel, the first one mentions the bot and begins a
        thread, in which the others follow."""
        if not self.direct and not self.thread:
            text = f"<@{self.server.bot_user}> {text}"
        message: Json = {"type": "message", "channel": self.channel, "user": self.user, "text": text}
        message |= {"ts": self.server.new_ts(), "channel_type": self._kind}
        if files:  # these come without `team`
            message |= {"subtype": "file_share", "files": list(files), "upload": True}
        else:
            message["team"] = self.server.team
        if self.thread:
            message["thread_ts"] = self.thread
        self.server.messages.append(dict(message))
        if not self.direct and not self.thread:
            self.thread = message["ts"]
        await self._report({**message, "event_ts": message["ts"]})
        return str(message["ts"])

    async def edit(self, ts: str, text: str) -> None:
        """Change a message; a mention in it stays."""
        message = self.server.message(self.channel, ts)
        before = dict(message)
        mention = f"<@{self.server.bot_user}> "
        kept = mention if message["text"].startswith(mention) else ""
        message |= {"text": kept + text, "edited": {"user": self.user, "ts": self.server.new_ts()}}
        await self._change("message_changed", message=dict(message), previous_message=before)

    async def delete(self, ts: str) -> None:
        """Delete a message. Of one that has answers in a thread, Slack keeps a stone."""
        message = self.server.message(self.channel, ts)
        if any(other.get("thread_ts") == ts and other is not message for other in self.server.messages):
            before = dict(message)
            message |= {"subtype": "tombstone", "text": "This message was deleted.", "user": "USLACKBOT"}
            await self._change("message_changed", message=dict(message), previous_message=before)
            return
        self.server.messages.remove(message)
        if ts == self.thread:
            self.thread = ""
        await self._change("message_deleted", deleted_ts=ts, previous_message=message)

    async def command(self, verb: str, arguments: str = "") -> Delivery:
        """Give a slash command, which there is none of within threads."""
        number = next(_numbers)
        self._triggers.add(str(number))
        payload = {
            "token": "legacy",
            "team_id": self.server.team,
            "team_domain": "shop",
            "channel_id": self.channel,
            "channel_name": "directmessage" if self.direct else "shop",
            "user_id": self.user,
            "user_name": "customer",
            "command": "/looksee",
            "text": f"{verb} {arguments}".strip(),
            "api_app_id": "A0APP",
            "response_url": f"{self.server.url}/commands/{number}",
            "trigger_id": f"{number}.trigger",
        }
        return await self.server.deliver("slash_commands", payload)

    async def press(self, message: Json, rating: int) -> Delivery:
        """Press a thumb under one of the bot's messages."""
        [block] = [block for block in message["blocks"] if block["type"] == "context_actions"]
        element = block["elements"][0]
        button = element["positive_button" if rating > 0 else "negative_button"]
        action = {"type": "feedback_buttons", "action_id": element["action_id"], "value": button["value"]}
        payload = {
            "type": "block_actions",
            "user": {"id": self.user, "username": "customer", "team_id": self.server.team},
            "team": {"id": self.server.team},
            "container": {"type": "message", "message_ts": message["ts"], "channel_id": self.channel},
            "channel": {"id": self.channel, "name": "directmessage" if self.direct else "shop"},
            "message": {name: value for name, value in message.items() if name != "streaming"},
            "actions": [action | {"action_ts": self.server.new_ts()}],
        }
        return await self.server.deliver("interactive", payload)

    def written(self) -> list[Json]:
        """What the bot has written here (in a channel: in this person's thread), live text included."""
        return [
            message
            for message in self.server.messages
            if message["channel"] == self.channel
            and message["user"] == self.server.bot_user
            and (self.direct or message.get("thread_ts") == self.thread)
        ]

    def final(self) -> list[Json]:
        """What of it is final."""
        return [message for message in self.written() if is_final(message)]

    def private(self) -> list[Json]:
        """What the bot has answered here for this person alone."""
        return [
            message
            for message in self.server.ephemerals
            if message.get("trigger") in self._triggers
            or (message.get("channel"), message.get("user")) == (self.channel, self.user)
        ]

    @property
    def _kind(self) -> str:
        return "im" if self.direct else "channel"

    async def _change(self, subtype: str, **content: Any) -> None:
        event = {"type": "message", "subtype": subtype, "hidden": True, "channel": self.channel}
        event |= {"channel_type": self._kind, "ts": self.server.new_ts(), **content}
        await self._report(event)

    async def _report(self, event: Json) -> None:
        self.reported = await self.server.deliver_event(event)


def is_final(message: Json) -> bool:
    """Whether a message of the bot's is one that stays as it is."""
    return (message.get("metadata") or {}).get("event_type") == FINAL


def shown(message: Json) -> str:
    """What a person reads in a message."""
    blocks = [block["text"] for block in message.get("blocks") or [] if block["type"] == "markdown"]
    return "\n".join(blocks) or str(message.get("text", ""))


def escape(text: str) -> str:
    """What Slack makes of what a person types."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
