"""Whether a request is Slack's: its signature, checked before anybody reads the body.

The SDK's own check comes after Bolt has read the body, fails on a timestamp that is no number, and logs the body of
what it refuses, which is a customer's where only our clock or secret is wrong.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping

import structlog

from adapters.slack.clock import SIGNED_SECONDS, SlackClock

log = structlog.get_logger(__name__)

_TELL_SECONDS = 60.0
"""How often, at the most, the log tells of requests out of time."""


class SignatureCheck:
    """Knows Slack's requests by the app's signing secret. With a blank secret, which everybody knows, none is."""

    def __init__(self, secret: str, clock: SlackClock) -> None:
        self._secret = secret.strip().encode()
        self._clock = clock
        self._told = float("-inf")

    def genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether Slack signed this body within the window, for this app."""
        stamp = headers.get("X-Slack-Request-Timestamp", "")
        given = headers.get("X-Slack-Signature", "").encode("utf-8", "surrogateescape")
        if not (self._secret and stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
            return False
        digest = hmac.new(self._secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(given, f"v0={digest}".encode()):
            return False
        late = self._clock.here() - int(stamp)
        if abs(late) > SIGNED_SECONDS:
            # Nobody but Slack could make it: either it is a recording, or this machine's clock is wrong.
            self._tell(late)
            return False
        return True

    def _tell(self, late: float) -> None:
        now = time.monotonic()
        if now - self._told > _TELL_SECONDS:
            self._told = now
            log.error("slack_request_too_old_or_new", seconds=round(late), clock=self._clock.problem() or "as Slack's")
