"""A customer in a direct message with the bot on Slack, over Socket Mode or HTTP."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from tests.contracts.customer import Upload
from tests.fakes.slack_server import Delivery, File, SlackServer

CHANNEL = "D0CUST"
USER = "U0CUST"


class SlackCustomer:
    """Implements `tests.contracts.customer.Customer`."""

    platform = "slack"

    def __init__(self, mode: Literal["socket", "http"] = "socket") -> None:
        self._mode = mode
        self.server = SlackServer()
        self._numbers = itertools.count(1)
        self._last: Delivery | None = None

    async def start(self) -> None:
        await self.server.start()

    async def stop(self) -> None:
        await self.server.stop()

    def environment(self) -> Mapping[str, str]:
        return {
            "LOOKSEE_SLACK__BOT_TOKEN": self.server.bot_token,
            "LOOKSEE_SLACK__APP_TOKEN": self.server.app_token,
            "LOOKSEE_SLACK__API_BASE": self.server.api_base,
            "LOOKSEE_SLACK__SIGNING_SECRET": self.server.signing_secret,
            "LOOKSEE_SLACK__MODE": self._mode,
        }

    async def connect(self, base_url: str) -> None:
        if self._mode == "http":
            self.server.target = base_url + "/slack/events"
            await self.server.deliver_again()
        else:
            await self.server.until(lambda: self.server.sockets)

    async def say(self, text: str, uploads: Sequence[Upload] = ()) -> str:
        message: dict[str, Any] = {"type": "message", "channel": CHANNEL, "user": USER, "text": escape(text)}
        message |= {"ts": self.server.new_ts(), "team": self.server.team, "channel_type": "im"}
        if uploads:
            del message["team"]  # as Slack does
            message |= {"subtype": "file_share", "files": [self.upload(upload) for upload in uploads], "upload": True}
        self.server.messages.append(dict(message))
        self._last = await self.server.deliver_event({**message, "event_ts": message["ts"]})
        return str(message["ts"])

    def upload(self, upload: Upload) -> dict[str, Any]:
        """Put a file on the server; returns it as messages carry it."""
        file = File(f"F{next(self._numbers):06}", upload.name, upload.media_type, upload.data)
        self.server.files[file.id] = file
        return self.server.file_json(file)

    async def edit(self, message_id: str, text: str) -> None:
        message = self.server.message(CHANNEL, message_id)
        before = dict(message)
        message |= {"text": escape(text), "edited": {"user": USER, "ts": self.server.new_ts()}}
        await self.server.deliver_event(
            {
                "type": "message",
                "subtype": "message_changed",
                "hidden": True,
                "channel": CHANNEL,
                "channel_type": "im",
                "ts": self.server.new_ts(),
                "message": dict(message),
                "previous_message": before,
            }
        )

    async def delete(self, message_id: str) -> None:
        """Delete a message sent before."""
        message = self.server.message(CHANNEL, message_id)
        self.server.messages.remove(message)
        await self.server.deliver_event(
            {
                "type": "message",
                "subtype": "message_deleted",
                "hidden": True,
                "channel": CHANNEL,
                "channel_type": "im",
                "ts": self.server.new_ts(),
                "deleted_ts": message_id,
                "previous_message": message,
            }
        )

    async def command(self, verb: str, arguments: str = "") -> None:
        number = next(self._numbers)
        delivery = await self.server.deliver(
            "slash_commands",
            {
                "token": "legacy",
                "team_id": self.server.team,
                "team_domain": "shop",
                "channel_id": CHANNEL,
                "channel_name": "directmessage",
                "user_id": USER,
                "user_name": "customer",
                "command": "/looksee",
                "text": f"{verb} {arguments}".strip(),
                "api_app_id": "A0APP",
                "response_url": f"{self.server.url}/commands/{number}",
                "trigger_id": f"{number}.trigger",
            },
        )
        await self._reported(delivery)

    async def rate(self, answer: int, rating: int) -> None:
        message = self._seen()[answer]
        [block] = [block for block in message["blocks"] if block["type"] == "context_actions"]
        element = block["elements"][0]
        button = element["positive_button" if rating > 0 else "negative_button"]
        delivery = await self.server.deliver(
            "interactive",
            {
                "type": "block_actions",
                "user": {"id": USER, "username": "customer", "team_id": self.server.team},
                "team": {"id": self.server.team},
                "container": {"type": "message", "message_ts": message["ts"], "channel_id": CHANNEL},
                "channel": {"id": CHANNEL, "name": "directmessage"},
                "message": {name: value for name, value in message.items() if name != "streaming"},
                "actions": [
                    {
                        "type": "feedback_buttons",
                        "action_id": element["action_id"],
                        "value": button["value"],
                        "action_ts": self.server.new_ts(),
                    }
                ],
            },
        )
        await self._reported(delivery)

    async def redeliver(self) -> None:
        assert self._last is not None
        await self.server.until(lambda: self._last is not None and self._last.acked)
        for _ in range(3):
            await self._reported(await self.server.deliver("events_api", self._last.payload))

    async def echo(self) -> None:
        own = [message for message in self.server.messages if message.get("bot_id")]
        if not own:
            return
        event = {name: value for name, value in own[-1].items() if name != "streaming"}
        await self._reported(await self.server.deliver_event({**event, "channel_type": "im"}))

    async def _reported(self, delivery: Delivery) -> None:
        await self.server.until(lambda: delivery.acked)

    def _seen(self) -> list[dict[str, Any]]:
        final = [
            message
            for message in self.server.messages
            if message["channel"] == CHANNEL and (message.get("metadata") or {}).get("event_type") == "looksee_message"
        ]
        return sorted(final + self.server.ephemerals, key=lambda message: str(message["ts"]))

    def seen(self) -> list[str]:
        return [shown(message) for message in self._seen()]

    async def wait_for(self, count: int, *, within: float = 60.0) -> list[str]:
        try:
            await self.server.until(lambda: len(self._seen()) >= count, within=within)
        except TimeoutError:
            raise TimeoutError(f"waited for {count} messages, saw {self.seen()}") from None
        return self.seen()


def shown(message: dict[str, Any]) -> str:
    """What a person reads in a message."""
    blocks = [block["text"] for block in message.get("blocks") or [] if block["type"] == "markdown"]
    return "\n".join(blocks) or str(message.get("text", ""))


def escape(text: str) -> str:
    """What Slack makes of what a person types."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
