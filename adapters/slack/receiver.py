"""Receiving: Bolt's listeners, which only translate and hand in, behind Socket Mode or HTTP."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import translate
from adapters.slack.api import SDK_LOG, SlackApi
from adapters.slack.home import SlackHome
from adapters.slack.interaction import ASK_SHORTCUT, SUGGEST_SHORTCUT
from adapters.slack.interactivity import Editors, SlackInteractivity
from adapters.slack.people import SlackPeople
from adapters.slack.signature import SignatureCheck
from adapters.slack.translate import COMMAND, Condition, Identity
from adapters.slack.windows import WINDOW
from bot.backoff import rest
from bot.errors import LookseeError, StoreUnavailableError
from bot.messages import ChatKey, Inbound
from bot.ports import Intake

log = structlog.get_logger(__name__)

EVENTS = ("app_home_opened", "app_mention", "message")
ASSISTANT_EVENTS = ("assistant_thread_started",)
"""Sent only to apps whose manifest turns the assistant view on."""

SHORTCUTS = (ASK_SHORTCUT, SUGGEST_SHORTCUT)
ACTIONS = re.compile(r"looksee_[a-z]+(_[a-z0-9]+)?")
"""The ids of all our buttons."""

MAX_BODY = 1024 * 1024
_DRAIN_SECONDS = 3.0
_MISSHAPEN = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What Bolt raises where it expects an object, and somebody sent a text or a number."""

Knows = Callable[[ChatKey], Awaitable[bool]]
Ack = Callable[..., Awaitable[BoltResponse]]


class SlackReceiver:
    """Hands in what Slack reports; what could not be committed is not acknowledged, and Slack reports it again."""

    def __init__(
        self,
        api: SlackApi,
        home: SlackHome,
        people: SlackPeople,
        *,
        signing_secret: str,
        verbs: Collection[str],
        knows: Knows | None,
        editors: Editors,
    ) -> None:
        self.identity: Identity | None = None
        self.intake: Intake | None = None
        self.interactivity = SlackInteractivity(api, self._hand_in, editors)
        self._home = home
        self._people = people
        self._verbs = frozenset(verbs)
        self._knows = knows
        self._signature = SignatureCheck(signing_secret, api.clock)
        self._in_order = asyncio.Lock()
        self._open = True
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._web_client = AsyncWebClient(base_url=api.base, logger=SDK_LOG)

        async def authorize() -> AuthorizeResult:
            me = self.identity
            assert me is not None  # noqa: S101 - `turn` lets nothing through before
            return AuthorizeResult(enterprise_id=None, team_id=me.team, bot_user_id=me.user, bot_id=me.bot)

        self._app = AsyncApp(
            name="looksee",
            logger=SDK_LOG,
            client=self._web_client,
            signing_secret=signing_secret,
            request_verification_enabled=False,  # `handle` has done that
            authorize=authorize,
            # Otherwise Bolt acknowledges events before their listener has run.
            process_before_response=True,
            raise_error_for_unhandled_request=True,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        for name in (*EVENTS, *ASSISTANT_EVENTS):
            self._app.event(name)(self._on_event)
        self._app.command(COMMAND)(self._on_command)
        self._app.action(ACTIONS)(self._on_action)
        self._app.view(WINDOW)(self._on_view)
        for name in SHORTCUTS:
            self._app.message_shortcut(name)(self._on_shortcut)
        self._app.error(self._on_error)

    def socket(self, app_token: str) -> AsyncSocketModeHandler:
        """A new Socket Mode connection, not yet connected."""
        return _Socket(self, self._app, app_token, web_client=self._web_client)

    async def drain(self) -> None:
        """Take nothing more, and wait until what was taken has been committed and acknowledged."""
        self._open = False
        await rest(_DRAIN_SECONDS, self._idle)
        if not self._idle.is_set():
            log.warning("slack_receiver_still_busy", requests=self._busy)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[bool]:
        """Work on one delivery; yields False if nothing is taken now."""
        if not self._open or self.identity is None or self.intake is None:
            yield False
            return
        self._busy += 1
        self._idle.clear()
        try:
            yield True
        finally:
            self._busy -= 1
            if not self._busy:
                self._idle.set()

    async def handle(self, request: web.Request) -> web.Response:
        """POST /slack/events: events, interactivity and slash commands alike."""
        body = bytearray()
        async for chunk in request.content.iter_chunked(64 * 1024):
            body += chunk
            if len(body) > MAX_BODY:
                return web.Response(status=413)
        if not self._signature.genuine(request.headers, bytes(body)):
            return web.Response(status=401)
        try:
            bolt_request = AsyncBoltRequest(
                body=body.decode(),
                query=request.query_string,
                headers={name: value for name, value in request.headers.items()},  # noqa: C416 - Bolt wants a plain dict
            )
        except _MISSHAPEN:
            return web.Response(status=400)
        async with self.turn() as taken:
            if not taken:
                return web.Response(status=503)
            try:
                answer = await self._app.async_dispatch(bolt_request)
            except _MISSHAPEN as error:
                log.warning("slack_request_unreadable", error=type(error).__name__)
                return web.Response(status=400)
            return await to_aiohttp_response(answer)

    async def _on_event(self, event: dict[str, Any]) -> None:
        if self.identity is None:
            return
        if looks := translate.home_opened(event, self.identity):
            self._home.opened(*looks)
        translated = translate.event(event, self.identity, self._verbs)
        if translated is not None:
            await self._hand_in(translated.inbound, translated.when)

    async def _on_command(self, command: dict[str, Any], ack: Ack) -> None:
        inbound = translate.slash_command(command, self.identity) if self.identity else None
        if inbound is not None and not await self.interactivity.command(inbound, command):
            await self._hand_in(inbound)
        await ack()

    async def _on_action(self, body: dict[str, Any], ack: Ack) -> None:
        if self.identity is not None:
            await self.interactivity.pressed(body, self.identity)
        await ack()

    async def _on_shortcut(self, body: dict[str, Any], ack: Ack) -> None:
        if self.identity is not None:
            await self.interactivity.shortcut(body, self.identity)
        await ack()

    async def _on_view(self, body: dict[str, Any], ack: Ack) -> None:
        if self.identity is not None:
            await ack(**await self.interactivity.submitted(body, self.identity))

    async def _concerns(self, when: Condition, chat: ChatKey) -> bool:
        if when is Condition.ALWAYS:
            return True
        known = self._knows is not None and await self._knows(chat)
        return known is (when is Condition.KNOWN)

    async def _hand_in(self, inbound: Inbound, when: Condition = Condition.ALWAYS) -> bool:
        """Commit what happened; False if it was there already, or does not concern the bot."""
        if self.intake is None:
            return False
        user = inbound.sender.key.rpartition("/")[2]
        in_desk = self.identity is not None and inbound.chat.chat == self.identity.desk
        if in_desk or inbound.private:  # elsewhere, what follows in the thread must not come first
            await self._people.name(user)
        # Socket Mode runs each delivery in a task of its own: the inbox is to keep the order they came in.
        async with self._in_order:
            if not await self._concerns(when, inbound.chat):
                return False
            name = self._people.known(user) or inbound.sender.name
            return await self.intake.receive(replace(inbound, sender=replace(inbound.sender, name=name)))

    async def _on_error(self, error: Exception) -> BoltResponse:
        if isinstance(error, BoltUnhandledRequestError):
            # Anything else is a failure in Slack's eyes, and after enough of them it delivers no more.
            return BoltResponse(status=200, body="")
        if isinstance(error, _MISSHAPEN):
            log.warning("slack_request_unreadable", error=type(error).__name__)
            return BoltResponse(status=400, body="")
        if not isinstance(error, StoreUnavailableError):  # of which the store's observer tells
            detail = str(error) if isinstance(error, LookseeError) else ""  # what others say may quote the message
            log.error("slack_delivery_not_committed", error=type(error).__name__, detail=detail)
        return BoltResponse(status=500, body="")


class _Socket(AsyncSocketModeHandler):
    def __init__(self, receiver: SlackReceiver, app: AsyncApp, app_token: str, *, web_client: AsyncWebClient) -> None:
        super().__init__(app, app_token, logger=SDK_LOG, web_client=web_client)
        self._receiver = receiver

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        async with self._receiver.turn() as taken:
            if not taken:
                return
            try:
                await super().handle(client, req)
            except ConnectionError as error:
                # The acknowledgement found the socket closed: Slack reports it once more, to the next one.
                log.info("slack_not_acknowledged", error=type(error).__name__)
