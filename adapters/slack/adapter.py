"""The Slack adapter: what the core sees of Slack."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Literal

from aiohttp import web

from adapters.slack import files, groups, render
from adapters.slack.api import SlackApi
from adapters.slack.connection import SlackConnection
from adapters.slack.home import SlackHome
from adapters.slack.outbound import SlackOutbound
from adapters.slack.people import SlackPeople
from adapters.slack.preview import NoPreview, SlackPreview
from adapters.slack.receiver import SlackReceiver
from adapters.slack.translate import PLATFORM, is_direct
from adapters.slack.uploads import Images
from bot.errors import ConfigurationError, RetryLaterError
from bot.messages import Attachment, Button, ChatKey, CommandInfo, Inbound, Outgoing, Reply
from bot.ports import Heard, Intake, Opening, Preview, Surfaces
from bot.spoken import Links

EVENTS_PATH = "/slack/events"


class SlackAdapter:
    """A workspace's Slack app, over Socket Mode or HTTP. Implements `bot.ports.ChatAdapter`.

    `commands` are the verbs that `!verb` stands for in channels' threads. `knows` tells whether the bot takes part
    in a chat, which makes it follow a channel's thread without being mentioned again. `links` says which addresses in
    answers may be links, by default none. `desk_channel` is the agents' channel, `images` loads the pictures that
    replies have, and `editors` are buttons that edit, by the slash command that does the same (`/looksee prompt edit`).
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
        desk_channel: str = "",
        images: Images | None = None,
        editors: Mapping[str, Button] | None = None,
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
        self._home = SlackHome(self._api, self._links)
        self._people = SlackPeople(self._api)
        self._receiver = SlackReceiver(
            self._api,
            self._home,
            self._people,
            signing_secret=signing_secret,
            verbs=[command.name for command in commands],
            knows=knows,
            editors=editors or {},
        )
        self._connection = SlackConnection(
            self._api, self._receiver, app_token=app_token, socket=mode == "socket", desk=desk_channel
        )
        self._outbound = SlackOutbound(self._api, images)

    def show(self, surfaces: Surfaces) -> None:
        """Have the home tab, and windows in which texts are edited, show what `surfaces` says. Without, they show
        nothing."""
        self._home.surfaces = self._receiver.interactivity.surfaces = surfaces

    @property
    def platform(self) -> str:
        """Always "slack"."""
        return PLATFORM

    @property
    def desk(self) -> ChatKey | None:
        """The agents' channel, once it is known which workspace this is; None without one."""
        me = self._receiver.identity
        return ChatKey(PLATFORM, me.team, me.desk) if me is not None and me.desk else None

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
        await self._home.close()
        await self._people.close()
        await self._api.close()

    async def fetch(self, chat: ChatKey, attachment: Attachment, limit: int) -> bytes:
        """The bytes of an uploaded file. Raises PictureTooLargeError or PictureUnavailableError."""
        return await files.fetch(self._api, attachment, limit)

    def heard(self, chat: ChatKey) -> Heard:
        """Everything in direct messages; in channels, what is written in the thread."""
        return Heard.THREAD if chat.thread and not is_direct(chat.chat) else Heard.ALL

    def render(self, reply: Reply) -> tuple[str, ...]:
        """One payload for each message of at most 12,000 characters, and one for a file that is no picture."""
        return render.render(reply, self._links)

    def removal(self) -> str:
        """The payload of an outgoing message that `removes` another one."""
        return render.removal()

    def opening(self, title: str, card: Reply) -> Opening:
        """The card itself, under which its thread is; `title` is what notifications show."""
        return Opening(render.opening(title, card, self._links))

    def turn(self, item: Outgoing) -> AbstractAsyncContextManager[None]:
        """Entered when Slack answers and would take one more message, of all and in this channel."""
        return self._outbound.turn(item)

    async def send(self, item: Outgoing) -> str:
        """Post a message, put it in place of the one in its slot, or remove that; returns its `ts`. Raises a
        DeliveryError."""
        return await self._outbound.send(item)

    async def find(self, item: Outgoing) -> str | None:
        """The `ts` of the message if it is there, None if it certainly is not. Raises AmbiguousDeliveryError."""
        return await self._outbound.find(item)

    async def tell(self, person: str, text: str) -> None:
        """Write to a person's direct messages with the app. Raises a DeliveryError."""
        await self._outbound.tell(person.rpartition("/")[2], text)

    def preview(self, inbound: Inbound) -> Preview:
        """A status, then the answer as it grows; nothing where only one person may see the answer, unless that is
        among the agents, who may all see it."""
        room = inbound.chat.thread and inbound.chat.chat == (self.desk.chat if self.desk else "")
        return NoPreview() if inbound.answer_to and not room else SlackPreview(self._api, inbound, self._links)

    def refresh_home(self) -> None:
        """What home tabs show may have changed: publish those anew that were opened lately."""
        self._home.refresh()

    async def group_members(self, group: str) -> frozenset[str]:
        """The keys of the people in a user group of this workspace. Raises a DeliveryError."""
        me = self._receiver.identity
        if me is None:
            raise RetryLaterError("Slack has not been reached yet")
        return await groups.members(self._api, me, group)

    def forget(self, chat: ChatKey) -> None:
        """Nothing: no words are held in memory here."""

    def problem(self) -> str:
        """What is wrong, such as "Slack: socket not connected since 12:03"; "" if nothing is."""
        return self._connection.problem()
