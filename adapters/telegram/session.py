"""The HTTP side of aiogram's Bot, so that it tells certainly-not-delivered from perhaps-delivered."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import ClientDecodeError, TelegramNetworkError, TelegramRetryAfter, TelegramServerError
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiohttp import ClientConnectorError, ClientTimeout, ConnectionTimeoutError

from adapters.pacing import Pacer, Reach

_TOTAL_SECONDS = 60
_CONNECT_SECONDS = 15


class GetRawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """`getUpdates` without reading the updates: one that aiogram cannot read must not take the others with it."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int = 100
    timeout: int = 0
    allowed_updates: list[str]


class TelegramSession(AiohttpSession):
    """aiogram's session, which also tells `reach` whether the server answers, and `pacer` what it asks of us."""

    def __init__(self, api_base: str, reach: Reach, pacer: Pacer) -> None:
        # A limit for connecting of its own, because a connection that was never made has delivered nothing.
        super().__init__(
            api=TelegramAPIServer.from_base(api_base),
            timeout=ClientTimeout(total=_TOTAL_SECONDS, sock_connect=_CONNECT_SECONDS),
        )
        self._reach = reach
        self._pacer = pacer

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109 - aiogram's own signature
    ) -> TelegramType:
        """Call a method of the Bot API."""
        try:
            result = await super().make_request(bot, method, timeout)
        except (TelegramNetworkError, TelegramServerError, ClientDecodeError):
            self._reach.failed()
            raise
        except TelegramRetryAfter as error:
            self._reach.answered()
            if (chat := getattr(method, "chat_id", None)) is not None:
                self._pacer.hold(str(chat), error.retry_after)
            raise
        except Exception:
            self._reach.answered()
            raise
        self._reach.answered()
        return result

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        """Read an answer; errors that come from a gateway before Telegram, often as HTML, included."""
        if status_code in (HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT):
            # The gateway lost what stands behind it, or stopped waiting; the work may be done all the same.
            raise TelegramNetworkError(method=method, message=f"HTTP {status_code}")
        try:
            return super().check_response(bot, method, status_code, content)
        except ClientDecodeError:
            if status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise TelegramServerError(method=method, message=f"HTTP {status_code}") from None
            raise


def never_left(error: TelegramNetworkError) -> bool:
    """Whether the connection was not even made, so that Telegram cannot have seen the request."""
    return isinstance(error.__cause__, ClientConnectorError | ConnectionTimeoutError)
