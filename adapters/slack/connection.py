"""Being connected to Slack: who the bot is, and a socket that stays up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.downtime import Downtime
from adapters.slack.api import TOKEN_REFUSED, SlackApi, error_code
from adapters.slack.receiver import SlackReceiver
from adapters.slack.translate import Identity
from bot.backoff import Backoff
from bot.errors import ConfigurationError, DeliveryError, RetryLaterError

log = structlog.get_logger(__name__)

_CONNECT_SECONDS = 20.0
_CHECK_SECONDS = 5.0
_GIVE_UP_SECONDS = 60.0
_LONGEST_WAIT = 60.0
_CLOSE_SECONDS = 2.0


class SlackConnection:
    """Brings the receiver up and keeps it up, whatever the network does."""

    def __init__(self, api: SlackApi, receiver: SlackReceiver, *, app_token: str, socket: bool, desk: str = "") -> None:
        self._api = api
        self._receiver = receiver
        self._app_token = app_token
        self._socket = socket
        self._desk = desk
        self._handler: AsyncSocketModeHandler | None = None
        self._task: asyncio.Task[None] | None = None
        self._refused = ""
        self._down = Downtime(down=True)
        self._clock_told = False

    async def start(self) -> None:
        """Connect; if Slack cannot be reached, go on trying behind the scenes. Raises ConfigurationError."""
        try:
            await self._bring_up()
        except RetryLaterError as error:
            log.warning("slack_not_reached", error=str(error))
        self._task = asyncio.create_task(self._keep_up())

    async def stop(self) -> None:
        """Disconnect. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        await self._take_down()

    def problem(self) -> str:
        """Why nothing is received now, "" if it is."""
        if self._refused:
            return f"Slack: {self._refused}"
        if not self._up():
            self._down.begin()
            return f"Slack: {'socket not connected' if self._socket else 'not reached'} {self._down}"
        self._down.end()
        # A socket brings no signatures.
        return "" if self._socket or not self._api.clock.wrong else f"Slack: {self._api.clock.problem()}"

    def _up(self) -> bool:
        if self._receiver.identity is None:
            return False
        if not self._socket:
            return True
        session = self._handler.client.current_session if self._handler else None
        return session is not None and not session.closed

    async def _bring_up(self) -> None:
        if self._receiver.identity is None:
            self._receiver.identity = await self._who_am_i()
        if self._socket:
            await self._open_socket()
        self._refused = ""
        self._down.end()
        log.info("slack_connected", team=self._receiver.identity.team, mode="socket" if self._socket else "http")

    async def _who_am_i(self) -> Identity:
        answer = await self._ask(self._api.client.auth_test(), "LOOKSEE_SLACK__BOT_TOKEN", "the bot token (xoxb-...)")
        bot = str(answer.get("bot_id") or "")
        return Identity(str(answer["team_id"]), str(answer["user_id"]), bot, self._desk)

    async def _open_socket(self) -> None:
        answer = await self._ask(
            self._api.client.apps_connections_open(app_token=self._app_token),
            "LOOKSEE_SLACK__APP_TOKEN",
            "an app-level token (xapp-...) with the scope connections:write",
        )
        self._handler = handler = self._receiver.socket(self._app_token)
        handler.client.wss_uri = str(answer["url"])
        try:
            # The SDK goes on trying for ever, and with this one address, which is good for one connection.
            async with asyncio.timeout(_CONNECT_SECONDS):
                await handler.connect_async()  # type: ignore[no-untyped-call]
        except TimeoutError as error:
            await self._take_down()
            raise RetryLaterError("Slack's WebSocket cannot be reached") from error

    async def _ask(self, call: Awaitable[AsyncSlackResponse], variable: str, expected: str) -> AsyncSlackResponse:
        try:
            return await self._api.call(call)
        except DeliveryError as error:
            code = error_code(error.__cause__) if isinstance(error.__cause__, SlackApiError) else ""
            if code in TOKEN_REFUSED or code == "missing_scope":
                raise ConfigurationError(f"{variable}: Slack refuses it ({code}). Write {expected}.") from error
            raise RetryLaterError(str(error)) from error

    async def _keep_up(self) -> None:
        backoff, pause = Backoff(_CHECK_SECONDS, _LONGEST_WAIT), _CHECK_SECONDS
        while True:
            await asyncio.sleep(pause)
            pause = _CHECK_SECONDS
            if not self._socket and self._up():
                await self._compare_clocks()
            if not self.problem() or self._up():
                backoff.reset()
                continue
            # The SDK reconnects by itself, unless the address it has for that has run out meanwhile.
            if self._handler is not None and self._down.seconds < _GIVE_UP_SECONDS:
                continue
            try:
                await self._take_down()
                await self._bring_up()
            except ConfigurationError as error:
                self._refused = str(error)
                log.error("slack_credentials_refused", error=str(error))  # noqa: TRY400 - the message says it all
                pause = backoff.next()
            except RetryLaterError as error:
                log.warning("slack_not_reached", error=str(error))
                pause = backoff.next()

    async def _compare_clocks(self) -> None:
        """Say it in the log when this machine's clock begins to differ from Slack's, and when it no longer does."""
        clock = self._api.clock
        if clock.wrong and not self._clock_told:
            with contextlib.suppress(DeliveryError):
                await self._api.call(self._api.client.auth_test())  # it may be the estimate that is wrong
        if clock.wrong is not self._clock_told:
            self._clock_told = clock.wrong
            if clock.wrong:
                log.error("clock_is_wrong", seconds_ahead=round(clock.off), reason=clock.problem())
            else:
                log.info("clock_is_right_again")

    async def _take_down(self) -> None:
        handler, self._handler = self._handler, None
        if handler is None:
            return
        closing = asyncio.ensure_future(handler.close_async())  # type: ignore[no-untyped-call]
        await asyncio.wait([closing], timeout=_CLOSE_SECONDS)
        if not closing.done():  # waits for a goodbye that does not come
            await handler.client.aiohttp_client_session.close()
        await closing
