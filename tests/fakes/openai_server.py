"""llama-cpp-python's own OpenAI-compatible server, in a child process, and a relay that can hold its answers back."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
from aiohttp import web

MODEL = "looksee-tiny"
CONTEXT = 4096


@contextmanager
def serving(files: tuple[Path, Path], log: Path) -> Iterator[str]:
    """Serve a text model and its mmproj on loopback; gives the API's address. The server writes to the file `log`."""
    options = {
        "model": files[0], "clip_model_path": files[1], "chat_format": "mtmd", "model_alias": MODEL, "n_ctx": CONTEXT,
        "n_threads": 1, "n_threads_batch": 1, "host": "127.0.0.1", "port": 0,
        # By default it ends an answer as soon as somebody else asks something.
        "interrupt_requests": False,
    }  # fmt: skip
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-m", "llama_cpp.server", *words], stdout=output, stderr=output)
        try:
            yield f"{_address(process, log)}/v1"
        finally:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"Uvicorn running on (http://[\d.:]+)", log.read_text("utf-8", "replace"))
        if found:
            return found[1]
        time.sleep(0.05)
    raise RuntimeError(f"the server does not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


class Relay:
    """Passes requests on to a server. After `pause` an answer stands still once so many pieces of it came through."""

    def __init__(self, target: str) -> None:
        self._target = target.removesuffix("/v1")
        self._countdown = 0
        self._going = asyncio.Event()
        self._going.set()
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> str:
        """Listen on loopback; returns the API's address."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        # Whoever asked may be gone: then the server is to know at once.
        self._runner = web.AppRunner(app, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        # A connection of its own for each request: a failed answer breaks its connection only.
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}/v1"

    async def stop(self) -> None:
        self.resume()
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def pause(self, pieces: int) -> None:
        self._countdown = pieces
        self._going.clear()

    def resume(self) -> None:
        self._countdown = 0
        self._going.set()

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        assert self._session is not None
        body = await request.read()
        async with self._session.request(
            request.method, self._target + request.path, data=body, headers={"Content-Type": "application/json"}
        ) as upstream:
            response = web.StreamResponse(status=upstream.status)
            response.content_type = upstream.content_type
            await response.prepare(request)
            async for line in upstream.content:
                await response.write(line)
                if b'"content"' in line and self._countdown:
                    self._countdown -= 1
                    if not self._countdown:
                        await self._going.wait()
            return response
