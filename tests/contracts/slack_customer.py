"""A customer in a direct message with the bot on Slack, over Socket Mode or HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from tests.contracts.customer import Upload
from tests.fakes.slack_person import Person, escape
from tests.fakes.slack_person import shown as shown  # what the tests of the service on Slack read with
from tests.fakes.slack_server import Delivery, SlackServer

CHANNEL = "D0CUST"
USER = "U0CUST"


class SlackCustomer:
    """Implements `tests.contracts.customer.Customer`."""

    platform = "slack"

    def __init__(self, mode: Literal["socket", "http"] = "socket") -> None:
        self._mode = mode
        self.server = SlackServer()
        self.person = Person(self.server, USER, CHANNEL)
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
        ts = await self.person.say(escape(text), *map(self.upload, uploads))
        self._last = self.person.reported
        return ts

    def upload(self, upload: Upload) -> dict[str, Any]:
        """Put a file on the server; returns it as messages carry it."""
        return self.person.upload(upload.data, upload.name, upload.media_type)

    async def edit(self, message_id: str, text: str) -> None:
        await self.person.edit(message_id, escape(text))

    async def delete(self, message_id: str) -> None:
        """Delete a message sent before."""
        await self.person.delete(message_id)

    async def command(self, verb: str, arguments: str = "") -> None:
        await self._reported(await self.person.command(verb, arguments))

    async def rate(self, answer: int, rating: int) -> None:
        await self._reported(await self.person.rate(self._seen()[answer], rating))

    async def redeliver(self) -> None:
        assert self._last is not None
        await self._reported(self._last)
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
        return sorted(self.person.final() + self.server.ephemerals, key=lambda message: str(message["ts"]))

    def seen(self) -> list[str]:
        return [shown(message) for message in self._seen()]

    async def wait_for(self, count: int, *, within: float = 60.0) -> list[str]:
        try:
            await self.server.until(lambda: len(self._seen()) >= count, within=within)
        except TimeoutError:
            raise TimeoutError(f"waited for {count} messages, saw {self.seen()}") from None
        return self.seen()
