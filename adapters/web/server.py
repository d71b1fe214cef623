"""The one HTTP server: chat page, API, webhooks, health, metrics."""

from __future__ import annotations

import errno
import socket
from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from adapters.web.guard import OperatorGuard, is_loopback
from bot.errors import ConfigurationError

log = structlog.get_logger(__name__)

ON_STOP: web.AppKey[set[Callable[[], None]]] = web.AppKey("ON_STOP")
"""What ends the responses that would otherwise never end; called when the server stops."""

_STOP_SECONDS = 2.0
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types looksee"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Server": "looksee",
}


class HttpServer:
    """Serves all routes on one port, with security headers on every response, and nothing to other sites' pages."""

    def __init__(
        self,
        host: str,
        port: int,
        routes: Iterable[web.AbstractRouteDef],
        *,
        ready: Callable[[], Awaitable[list[str]]],
        notes: Callable[[], list[str]] = list,
        metrics: Callable[[], tuple[bytes, str]],
        guard: OperatorGuard | None = None,
    ) -> None:
        """`ready` returns what keeps the service from working, `notes` what is to be known beside that; `metrics`
        returns a body and its content type. `guard` tells who may see the figures and what the trouble is.

        With `port` 0 the system chooses one.
        """
        self._host = host
        self._port = port
        self._ready = ready
        self._notes = notes
        self._metrics = metrics
        self._guard = guard or OperatorGuard()
        self._app = web.Application(middlewares=[self._protect])
        self._app[ON_STOP] = set()
        self._app.on_response_prepare.append(_add_headers)
        self._app.on_shutdown.append(_end_streams)
        self._app.add_routes(routes)
        self._app.add_routes(
            [
                web.get("/healthz", self._healthz),
                web.get("/readyz", self._readyz),
                web.get("/metrics", self._metricsz),
            ]
        )
        self._runner = web.AppRunner(self._app, access_log=None, handle_signals=False, shutdown_timeout=_STOP_SECONDS)

    async def start(self) -> None:
        """Listen. Raises ConfigurationError when the address cannot be listened on."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise ConfigurationError(_explain(error, self._host, self._port)) from error

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the server."""
        host, port = self._runner.addresses[0][:2]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not listened on
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def stop(self) -> None:
        """Accept nothing more, end the streams, wait a few seconds for other requests. Idempotent."""
        await self._runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.Response(text="ok", headers={"Cache-Control": "no-store"})

    async def _readyz(self, request: web.Request) -> web.Response:
        problems = await self._ready()
        shown = [*problems, *self._notes()] if self._guard.admits(request) else []  # they may name files and machines
        return web.json_response(shown, status=503 if problems else 200, headers={"Cache-Control": "no-store"})

    async def _metricsz(self, request: web.Request) -> web.Response:
        if not self._guard.admits(request):
            return self._guard.refusal()
        body, content_type = self._metrics()
        return web.Response(body=body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})

    @web.middleware
    async def _protect(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if request.method not in {"GET", "HEAD", "OPTIONS"} and _foreign(request, self._host):
            return web.json_response({"error": "Pages of other sites may not do this.", "code": "foreign"}, status=403)
        try:
            return await handler(request)
        except web.HTTPException:
            raise
        except Exception:
            log.exception("http_request_failed", method=request.method, path=request.path)
            return web.json_response({"error": "Something went wrong on our side.", "code": "internal"}, status=500)


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


async def _end_streams(app: web.Application) -> None:
    ends = app[ON_STOP]
    for end in tuple(ends):
        end()


def _foreign(request: web.Request, listening: str) -> bool:
    """Whether a browser sends this for a page that is not ours. Programs send no Origin, and no cookie unasked."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return True
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    given = urlsplit(origin)
    own = {request.headers.get(name, "").split(",")[0].strip().lower() for name in ("Host", "X-Forwarded-Host")}
    own = {_without_default_port(host) for host in own if host}
    if _without_default_port(given.netloc.lower()) not in own:
        return True
    # A name that an attacker points at this machine (DNS rebinding) matches the Host header. It cannot come by https,
    # which we do not speak, so that a page behind a TLS proxy on the same machine works.
    return given.scheme != "https" and is_loopback(listening) and not is_loopback(given.hostname or "")


def _without_default_port(host: str) -> str:
    return host.removesuffix(":80").removesuffix(":443")


def _explain(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"LOOKSEE_WEB__PORT: port {port} on {host} is in use by another program (or another Looksee); "
            f"stop that, or choose another port, for example LOOKSEE_WEB__PORT={port + 1 if port < 65_535 else 7861}"
        )
    if error.errno == errno.EACCES:
        return f"LOOKSEE_WEB__PORT: this user may not listen on port {port}; choose one above 1023, for example 7860"
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"LOOKSEE_WEB__HOST: {host!r} is not an address of this machine; for example 127.0.0.1 or 0.0.0.0"
    return f"LOOKSEE_WEB__HOST, LOOKSEE_WEB__PORT: cannot listen on {host}, port {port}: {error.strerror}"
