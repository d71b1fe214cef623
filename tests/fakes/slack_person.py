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

    def __init__(self, server: SlackServer, user: str = "U0CUST", channel: str = "D0CUST", team: str = "") -> None:
        self.server = server
        self.user = user
        self.channel = channel
        self.team = team or server.team
        """Their own workspace: another one for somebody who is here by Slack Connect."""
        self.thread = ""
        self._triggers: set[str] = set()
        self.reported: Delivery | None = None
        server.channels.add(channel)
        server.users.setdefault(user, channel if channel.startswith("D") else f"D{user[1:]}")

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
            owned = [{**file, "user_team": self.team} for file in files]
            message |= {"subtype": "file_share", "files": owned, "upload": True}
        else:
            message["team"] = self.team
        if self.thread:
            message["thread_ts"] = self.thread
        self.server.messages.append(dict(message))
        if not self.direct and not self.thread:
            self.thread = message["ts"]
        await self._report({**message, "event_ts": message["ts"]})
        return str(message["ts"])

    async def share(self, text: str) -> str:
        """Share somebody else's message, which says this, where this person is; returns the new message's `ts`."""
        shared = {"is_share": True, "is_msg_unfurl": True, "text": text, "author_name": "Boss", "fallback": text}
        message: Json = {"type": "message", "channel": self.channel, "user": self.user, "text": "", "team": self.team}
        message |= {"ts": self.server.new_ts(), "channel_type": self._kind, "attachments": [shared]}
        if self.thread:
            message["thread_ts"] = self.thread
        self.server.messages.append(dict(message))
        await self._report({**message, "event_ts": message["ts"]})
        return str(message["ts"])

    async def edit(self, ts: str, text: str, *files: Json) -> None:
        """Change a message, and its files, if there are to be others; a mention in it stays."""
        message = self.server.message(self.channel, ts)
        before = dict(message)
        mention = f"<@{self.server.bot_user}> "
        kept = mention if message["text"].startswith(mention) else ""
        message |= {"text": kept + text, "edited": {"user": self.user, "ts": self.server.new_ts()}}
        if files:
            message["files"] = [{**file, "user_team": self.team} for file in files]
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

    def enter(self, ts: str) -> None:
        """Go into the thread under a message: what is said from now on is said there, without mentioning the bot."""
        self.thread = ts

    async def upload_in_thread(self, data: bytes, text: str = "", name: str = "screenshot.png") -> str:
        """Send a file where this person is; returns the message's `ts`."""
        return await self.say(text, self.upload(data, name))

    async def command(self, verb: str, arguments: str = "") -> Delivery:
        """Give a slash command, which there is none of within threads."""
        payload = {
            "token": "legacy",
            "team_id": self.team,
            "team_domain": "shop",
            "channel_id": self.channel,
            "channel_name": "directmessage" if self.direct else "shop",
            "user_id": self.user,
            "user_name": "customer",
            "command": "/looksee",
            "text": f"{verb} {arguments}".strip(),
            "api_app_id": "A0APP",
            "response_url": self._address(),
            "trigger_id": self.server.new_trigger(self.user),
        }
        return await self.server.deliver("slash_commands", payload)

    async def rate(self, message: Json, rating: int) -> Delivery:
        """Press a thumb under one of the bot's messages."""
        [block] = [block for block in message["blocks"] if block["type"] == "context_actions"]
        element = block["elements"][0]
        button = element["positive_button" if rating > 0 else "negative_button"]
        action = {"type": "feedback_buttons", "action_id": element["action_id"], "value": button["value"]}
        return await self._act(message, {"block_id": "thumbs", **action})

    async def press(self, message: Json, label: str) -> Delivery:
        """Press the button with this label, and say yes if Slack asks whether one is sure. The message is one of the
        bot's, or one that only this person sees."""
        return await self._act(message, _action(message["blocks"], label))

    async def press_at_home(self, label: str) -> Delivery:
        """Press a button in the app's home."""
        view = self.server.homes[self.user]
        payload = {
            "type": "block_actions",
            **self._who(),
            "container": {"type": "view", "view_id": view["id"]},
            "view": view,
            "actions": [{**_action(view["blocks"], label), "action_ts": self.server.new_ts()}],
        }
        return await self.server.deliver("interactive", payload)

    async def shortcut(self, callback_id: str, ts: str) -> Delivery:
        """Choose one of the app's shortcuts from a message's menu."""
        message = _public(self.server.message(self.channel, ts))
        payload = {
            "type": "message_action",
            "callback_id": callback_id,
            **self._who(),
            "channel": self._where(),
            "message": message,
            "message_ts": ts,
            "action_ts": self.server.new_ts(),
            "response_url": self._address(),
        }
        return await self.server.deliver("interactive", payload)

    async def submit(self, *texts: str) -> Delivery:
        """Fill in the fields of the window that is open, from the first on, and submit it. A field that no text is
        given for stays as it is. If the app finds nothing wrong (`Delivery.response`), the window closes."""
        view = self.server.window_of(self.user)
        assert view is not None, "no window is open"
        fields = [block for block in view["blocks"] if block["type"] == "input"]
        given = [*texts, *(block["element"].get("initial_value") for block in fields[len(texts) :])]
        values = {}
        for block, text in zip(fields, given, strict=True):
            element = block["element"]
            assert text or block.get("optional"), "Slack asks for something"
            assert len(text or "") <= element.get("max_length", 3000)
            values[block["block_id"]] = {element["action_id"]: {"type": element["type"], "value": text or None}}
        payload = {"type": "view_submission", **self._who(), "view": {**view, "state": {"values": values}}}
        delivery = await self.server.deliver("interactive", payload)
        await self.server.until(lambda: delivery.acked)
        if delivery.response.get("response_action") != "errors":
            del self.server.windows[view["id"]]
        return delivery

    async def open_home(self) -> Delivery:
        """Look at the app's home."""
        event = {"type": "app_home_opened", "user": self.user, "channel": self.server.users[self.user], "tab": "home"}
        return await self.server.deliver_event({**event, "event_ts": self.server.new_ts()})

    def home(self) -> str:
        """What the app's home shows."""
        return "\n".join(b["text"]["text"] for b in self.server.homes[self.user]["blocks"] if b["type"] == "section")

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

    def _who(self) -> Json:
        user = {"id": self.user, "username": "customer", "name": "customer", "team_id": self.team}
        team = {"id": self.server.team, "domain": "shop"}
        return {"user": user, "team": team, "trigger_id": self.server.new_trigger(self.user), "api_app_id": "A0APP"}

    def _where(self) -> Json:
        return {"id": self.channel, "name": "directmessage" if self.direct else "shop"}

    def _address(self, pressed: str = "") -> str:
        number = str(next(_numbers))
        self._triggers.add(number)
        self.server.pressed[number] = pressed
        return f"{self.server.url}/commands/{number}"

    async def _act(self, message: Json, action: Json) -> Delivery:
        private = message in self.server.ephemerals
        container = {"type": "message", "message_ts": message["ts"], "channel_id": self.channel}
        container |= {"is_ephemeral": private}
        if thread := message.get("thread_ts"):
            container["thread_ts"] = thread
        payload = {
            "type": "block_actions",
            **self._who(),
            "container": container,
            "channel": self._where(),
            **({} if private else {"message": _public(message)}),
            "response_url": self._address(message["ts"]),
            "actions": [action | {"action_ts": self.server.new_ts()}],
        }
        return await self.server.deliver("interactive", payload)

    async def _change(self, subtype: str, **content: Any) -> None:
        event = {"type": "message", "subtype": subtype, "hidden": True, "channel": self.channel}
        event |= {"channel_type": self._kind, "ts": self.server.new_ts(), **content}
        await self._report(event)

    async def _report(self, event: Json) -> None:
        self.reported = await self.server.deliver_event(event)


def labels(message: Json) -> list[str]:
    """What stands on a message's buttons."""
    return [element["text"]["text"] for element in _buttons(message.get("blocks") or [])]


def _buttons(blocks: list[Json]) -> list[Json]:
    return [element for block in blocks if block["type"] == "actions" for element in block["elements"]]


def _action(blocks: list[Json], label: str) -> Json:
    for number, block in enumerate(blocks):
        for element in block["elements"] if block["type"] == "actions" else ():
            if element["text"]["text"] == label:
                known = {name: element[name] for name in ("type", "action_id", "text", "value") if name in element}
                return {"block_id": block.get("block_id", f"b{number}"), **known}
    raise AssertionError(f"no button {label!r}")


def _public(message: Json) -> Json:
    return {name: value for name, value in message.items() if name not in ("streaming", "channel")}


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
