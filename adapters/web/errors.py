"""A request that is refused, and how that is said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps

import structlog
from aiohttp import web

from bot.errors import StoreError, StoreUnavailableError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = structlog.get_logger(__name__)


class RequestError(Exception):
    """A request that cannot be served: HTTP `status`, a `code` for programs, one English sentence for people."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence

    def response(self) -> web.Response:
        """The refusal as JSON."""
        headers = {"Cache-Control": "no-store"} | ({"Retry-After": "2"} if self.status == 503 else {})
        return web.json_response({"error": self.sentence, "code": self.code}, status=self.status, headers=headers)


def answering(handler: Handler) -> Handler:
    """Turns what a handler raises into a JSON response. After a 503 the same request may be sent again."""

    @wraps(handler)
    async def wrapped(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except RequestError as error:
            return error.response()
        except StoreError as error:
            if not isinstance(error, StoreUnavailableError):  # of which the store's observer tells
                log.exception("web_store_failed", path=request.path)
            sentence = "This could not be stored right now. Please send it again in a moment."
            return RequestError(503, "unavailable", sentence).response()
        except web.HTTPRequestEntityTooLarge:
            return RequestError(413, "too_large", "The request is larger than this service accepts.").response()
        except (web.RequestPayloadError, ConnectionError):
            return RequestError(400, "incomplete", "The request broke off before all of it had arrived.").response()

    return wrapped
