"""Slack's Web API: one client for all calls, and what its refusals mean for a message."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.pacing import Reach
from adapters.slack.clock import SlackClock
from adapters.slack.pacing import SlackPacer
from bot.errors import AmbiguousDeliveryError, RetryLaterError, UndeliverableError
from bot.reasons import slack_refuses

SDK_LOG = logging.getLogger("adapters.slack.sdk")
# At debug the SDK logs what customers write; at its default level it spends time on preparing that.
SDK_LOG.setLevel(logging.INFO)

TOKEN_REFUSED = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type"}
)
RATE_LIMITED = frozenset({"ratelimited", "rate_limited"})
_MENDABLE = TOKEN_REFUSED - {"account_inactive"} | {"missing_scope", "accesslimited", "access_denied", "no_permission"}
_FAILED = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})

_CODE = re.compile(r"[a-z0-9_]{1,64}")

_TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)


class RefusedError(UndeliverableError):
    """Slack understood the call and refuses it; `code` is its word for why, `details` what it finds wrong with it."""

    def __init__(self, code: str, details: str = "") -> None:
        super().__init__(slack_refuses(code))
        self.code = code
        self.details = details


class MendableError(RetryLaterError):
    """Slack refuses the bot until an admin changes something; `code` is its word for what."""

    def __init__(self, code: str) -> None:
        super().__init__(f"Slack refuses the bot: {code}", seconds=60.0)
        self.code = code


class SlackApi:
    """The Web API with the bot's token. Calls are never repeated behind the caller's back."""

    def __init__(self, token: str, base: str) -> None:
        self.base = base if base.endswith("/") else base + "/"
        self.token = token
        # The SDK's own handler repeats a call whose connection broke, and so posts twice.
        self.client = AsyncWebClient(token, base_url=self.base, retry_handlers=[], logger=SDK_LOG)
        self._origin = urlsplit(self.base)
        self.reach = Reach(lambda: self.call(self.client.auth_test()))
        self.pacer = SlackPacer(self.reach)
        self.clock = SlackClock()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The HTTP session, opened when it is first needed."""
        session = self.client.session
        if session is None or session.closed:
            session = self.client.session = aiohttp.ClientSession(timeout=_TIMEOUT)
        return session

    async def call(self, call: Awaitable[AsyncSlackResponse], *, repeatable: bool = True) -> AsyncSlackResponse:
        """Await a call made on `client`.

        Raises RetryLaterError or RefusedError; where there is no answer, or a failure of Slack's own, and the call must
        not be repeated blindly, AmbiguousDeliveryError.
        """
        _ = self.session
        try:
            answer = await call
        except SlackApiError as error:
            if _failed(error):
                self.reach.failed()
            else:
                self.reach.answered()
            raise _meaning(error, repeatable=repeatable) from error
        except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError) as error:
            self.reach.failed()
            raise unanswered(error, repeatable=repeatable) from error
        self.reach.answered()
        self.clock.heard(answer.headers.get("Date", ""))
        return answer

    def serves(self, url: str, service: str) -> bool:
        """Whether an address belongs to Slack's host for `service` ("files", "hooks") or to the API's own origin: only
        there may a token or a customer's text be sent."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return False
        if "@" in parts.netloc or "\\" in url:
            return False
        if (parts.scheme, parts.hostname, port) == (self._origin.scheme, self._origin.hostname, self._origin.port):
            return True
        return (
            parts.scheme == "https" and parts.hostname == f"{service}.{self._origin.hostname}" and port in (None, 443)
        )

    async def close(self) -> None:
        """Close the session. Idempotent."""
        await self.reach.close()
        if self.client.session is not None:
            await self.client.session.close()


def unanswered(error: Exception, *, repeatable: bool) -> Exception:
    """What it means for a message that a request ended without Slack's answer."""
    if never_left(error):
        return RetryLaterError("Slack cannot be reached")
    reason = f"no answer from Slack ({type(error).__name__})"
    return RetryLaterError(reason) if repeatable else AmbiguousDeliveryError(reason)


def never_left(error: BaseException) -> bool:
    """Whether a request that failed in this way cannot have been carried out: no connection came about, or the one
    kept from before turned out to be closed before the request was written in full."""
    if isinstance(error.__cause__, aiohttp.ClientConnectionResetError):
        return True
    return isinstance(
        error, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectionResetError)
    )


def error_code(error: SlackApiError) -> str:
    """Slack's word for what is wrong, "" if it gave none."""
    data = getattr(error.response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _details(error: SlackApiError) -> str:
    data = getattr(error.response, "data", None)
    return " ".join(map(str, data.get("errors") or ())) if isinstance(data, dict) else ""


def retry_after(error: SlackApiError) -> float | None:
    """Seconds that Slack asks to wait."""
    value = getattr(error.response, "headers", {}).get("Retry-After", "")
    return float(value) if str(value).isdigit() else None


def _status(error: SlackApiError) -> int:
    # Where the body was no JSON, the SDK hands on aiohttp's response in place of its own.
    return int(getattr(error.response, "status_code", 0) or getattr(error.response, "status", 0))


def _failed(error: SlackApiError) -> bool:
    """Whether Slack failed while it dealt with the call, of which part may be done by its own documentation."""
    return _status(error) >= 500 or error_code(error) in _FAILED


def _meaning(error: SlackApiError, *, repeatable: bool) -> Exception:
    code, status = error_code(error), _status(error)
    if status == 429 or code in RATE_LIMITED:
        return RetryLaterError("Slack asks to wait", seconds=retry_after(error))
    if code in _MENDABLE:
        return MendableError(code)
    if code and not _failed(error):
        return RefusedError(code, _details(error))
    reason = f"Slack failed ({code or status})" if _failed(error) else f"Slack's answer makes no sense (HTTP {status})"
    return RetryLaterError(reason) if repeatable else AmbiguousDeliveryError(reason)
