"""Who may see what is for those who run the service."""

from __future__ import annotations

import hmac
import ipaddress
from urllib.parse import urlsplit

from aiohttp import web

MISSING = (
    "Only from this machine itself. From elsewhere, set LOOKSEE_WEB__OPERATOR_TOKEN and send it as a bearer token."
)
WRONG = "Send LOOKSEE_WEB__OPERATOR_TOKEN as a bearer token."
_PROXIED = ("Forwarded", "Via", "X-Real-IP", "CDN-Loop")


class OperatorGuard:
    """Lets through who knows the operator's `token`; with none, who is on this machine.

    That a request comes from this machine says nothing where a proxy runs on it, and not every proxy says that it is
    one. `exposed` tells that there is one, because the service is configured for it: then nobody gets through without
    a token.
    """

    def __init__(self, token: str = "", *, exposed: bool = False) -> None:
        self._token = token.encode()
        self._exposed = exposed

    def admits(self, request: web.Request) -> bool:
        """Whether the request may see it."""
        if self._token:
            scheme, _, given = request.headers.get("Authorization", "").partition(" ")
            right = hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), self._token)
            return right and scheme.lower() == "bearer"
        return not self._exposed and _from_here(request)

    def refusal(self) -> web.Response:
        """What everybody else gets."""
        headers = {"Cache-Control": "no-store"} | ({"WWW-Authenticate": "Bearer"} if self._token else {})
        content = {"error": WRONG if self._token else MISSING, "code": "operators_only"}
        return web.json_response(content, status=401 if self._token else 403, headers=headers)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    try:
        address = ipaddress.ip_address(host)
        return (getattr(address, "ipv4_mapped", None) or address).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _from_here(request: web.Request) -> bool:
    """Whether a program on this machine sends this for itself: over loopback, under a loopback name (which also keeps
    out browsers that were led here by an attacker's name), and with no trace of a proxy."""
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    if not (isinstance(peer, tuple) and is_loopback(str(peer[0]))):
        return False
    if any(name in request.headers for name in _PROXIED):
        return False
    if any(name.lower().startswith("x-forwarded-") for name in request.headers):
        return False
    try:
        return is_loopback(urlsplit(f"//{request.host}").hostname or "")
    except ValueError:
        return False
