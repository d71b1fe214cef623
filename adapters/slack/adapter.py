"""The Slack adapter: what the core sees of Slack."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Literal

from aiohttp import web

from adapters.slack import files
from adapters.slack.api import SlackApi
from adapters.slack.connection import SlackConnection
from adapters.slack.outbound import SlackOutbound
from adapters.slack.preview import NoPreview, SlackPreview
from adapters.slack.receiver import SlackReceiver
from adapters.slack.render import render
from adapters.slack.translate import PLATFORM
from bot.errors import ConfigurationError
from bot.messages import Attachment, ChatKey, CommandInfo, Inbound, Outgoing, Reply
from bot.ports import Intake, Preview
from bot.spoken import Links

EVENTS_PATH = "/slack/events"


class SlackAdapter:
    """A workspace's Slack app, over Socket Mode or HTTP. Implements `bot.ports.ChatAdapter`.

    `commands` are the verbs that `!verb` stands for in channels' threads. `knows` tells whether the bot takes part
    in a chat, which makes it follow a channel's thread without being mentioned again. `links` says which addresses in
    answers may be links, by default none.
    """

    def __init__(
        self,
        *,
        bot_token: str,
        app_token: str = "",
        signing_secret: str = "",
        api_base: str = "https://slack.com/api/",
        mode: Literal["socket", "http"] = "socket",
        commands: Sequence[CommandInfo] = (),
        knows: Callable[[ChatKey], Awaitable[bool]] | None = None,
        links: Links | None = None,
    ) -> None:
        if mode == "http" and not signing_secret.strip():
            raise ConfigurationError(
                "LOOKSEE_SLACK__SIGNING_SECRET: a blank secret is one that everybody knows. "
                "Write the one on the app's Basic Information page."
            )
        if mode == "socket" and not app_token.strip():
            raise ConfigurationError("LOOKSEE_SLACK__APP_TOKEN: write an app-level token (xapp-...).")
        self._mode = mode
        self._links = links or Links()
        self._api = SlackApi(bot_token, api_base)
        self._receiver = SlackReceiver(
            base=self._api.base,
            signing_secret=signing_secret,
            clock=self._api.clock,
            verbs=[command.name for command in commands],
            knows=knows,
        )
        self._connection = SlackConnection(self._api, self._receiver, app_token=app_token, socket=mode == "socket")
        self._outbound = SlackOutbound(self._api)

    @property
    def platform(self) -> str:
        """Always "slack"."""
        return PLATFORM

    def routes(self) -> tuple[web.RouteDef, ...]:
        """What the HTTP server is to serve: POST /slack/events in HTTP mode, nothing in Socket Mode."""
        return (web.post(EVENTS_PATH, self._receiver.handle),) if self._mode == "http" else ()

    async def start(self, intake: Intake) -> None:
        """Connect and begin to receive. Raises ConfigurationError when Slack refuses a token."""
        self._receiver.intake = intake
        await self._connection.start()

    async def stop(self) -> None:
        """Receive nothing more; what was received has been committed and acknowledged when this returns."""
        await self._receiver.drain()
        await self._connection.stop()

    async def close(self) -> None:
        """Free everything. Idempotent."""
        await self.stop()
        await self._api.close()

    async def fetch(self, chat: ChatKey, attachment: Attachment, limit: int) -> bytes:
        """The bytes of an uploaded file. Raises PictureTooLargeError or PictureUnavailableError."""
        return await files.fetch(self._api, attachment, limit)

    def render(self, reply: Reply) -> tuple[str, ...]:
        """One payload for each message of at most 12,000 characters."""
        return render(reply, self._links)

    def turn(self, item: Outgoing) -> AbstractAsyncContextManager[None]:
        """Entered when Slack answers and would take one more message, of all and in this channel."""
        return self._outbound.turn(item)

    async def send(self, item: Outgoing) -> str:
        """Post a message, or put it in place of the one in its slot; returns its `ts`. Raises a DeliveryError."""
        return await self._outbound.send(item)

    async def find(self, item: Outgoing) -> str | None:
        """The `ts` of the message if it is there, None if it certainly is not. Raises AmbiguousDeliveryError."""
        return await self._outbound.find(item)

    async def tell(self, person: str, text: str) -> None:
        """Write to a person's direct messages with the app. Raises a DeliveryError."""
        await self._outbound.tell(person.rpartition("/")[2], text)

    def preview(self, inbound: Inbound) -> Preview:
        """A status, then the answer as it grows; nothing where only one person may see the answer."""
        return NoPreview() if inbound.answer_to else SlackPreview(self._api, inbound, self._links)

    def forget(self, chat: ChatKey) -> None:
        """Nothing: no words are held in memory here."""

    def problem(self) -> str:
        """What is wrong, such as "Slack: socket not connected since 12:03"; "" if nothing is."""
        return self._connection.problem()
