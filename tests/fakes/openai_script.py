"""An OpenAI-compatible server on loopback that says what a test gives it, well-formed or not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

Script = Callable[[web.Request], Awaitable[web.StreamResponse]]


def event(text: str | None = None, *, finish: str | None = None, **more: Any) -> bytes:
    """One event of a stream, as vLLM writes it."""
    delta = {} if text is None else {"content": text}
    chunk = {"id": "c1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], "usage": None} | more
    return f"data: {json.dumps(chunk)}\n\n".encode()


DONE = b"data: [DONE]\n\n"


def sends(
    *lines: bytes,
    then: Callable[[], Awaitable[object]] | None = None,
    last: bytes = b"",
    media: str = "text/event-stream",
) -> Script:
    """Stream these bytes, wait for `then`, send the `last`, and end."""

    async def script(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for line in lines:
            await response.write(line)
        if then is not None:
            await then()
            await response.write(last)
        return response

    return script


def says(*words: str, finish: str = "stop", usage: Mapping[str, Any] | None = None, **more: Any) -> Script:
    """Stream an answer as it should be."""
    last = [] if usage is None else [f"data: {json.dumps({'choices': [], 'usage': usage})}\n\n".encode()]
    return sends(event(""), *(event(word) for word in words), event(finish=finish, **more), *last, DONE)


def breaks(*lines: bytes) -> Script:
    """Stream these bytes and break the connection."""

    async def script(request: web.Request) -> web.StreamResponse:
        response = await sends(*lines)(request)
        assert request.transport is not None
        request.transport.abort()
        return response

    return script


def refuses(status: int, body: object = None, **headers: str) -> Script:
    """Answer with an error: `body` as JSON, or a string as it is."""

    async def script(_request: web.Request) -> web.StreamResponse:
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(status=status, text=text, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return script


class ScriptedServer:
    """`script` answers each question, `listed` each GET of the models; every question is in `asked`, each request's
    headers in `headers`. `gone` is set when somebody hangs up during an answer."""

    def __init__(self) -> None:
        self.models: list[dict[str, Any]] = [{"id": "vl"}, {"id": "other"}]
        self.props: dict[str, Any] | None = None
        self.listed: Script | None = None
        self.script: Script = says("fine")
        self.asked: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []
        self.gone = asyncio.Event()
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_get("/v1/models", self._list)
        app.router.add_get("/props", self._props)
        app.router.add_post("/v1/chat/completions", self._ask)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _list(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(request.headers)
        if self.listed is not None:
            return await self.listed(request)
        return web.json_response({"object": "list", "data": self.models})

    async def _props(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response(self.props) if self.props else web.Response(status=501)

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(request.headers)
        self.asked.append(await request.json())
        try:
            return await self.script(request)
        except asyncio.CancelledError:
            self.gone.set()
            raise
