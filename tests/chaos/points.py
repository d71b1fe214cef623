"""Where a process can be killed: round every commit, every message to a platform, and every acknowledgement to one.

`install` hooks, in the process of one bot, the few places that all of these go through. Each time one is passed its
name is written down; a process that passes the one it is `armed` with kills itself. Nothing of this is in the bot.
"""

from __future__ import annotations

import contextvars
import functools
import inspect
import mmap
import os
import re
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from aiohttp_sse import EventSourceResponse
from yarl import URL

from conversations.database import Database, Transaction
from conversations.sqlite import SqliteStore

T = TypeVar("T")

_SIZE = 256
_doing: contextvars.ContextVar[str] = contextvars.ContextVar("doing", default="")

# What differs from call to call in an address says nothing of the point.
_VARIABLE = re.compile(r"(?<=/file/).*|bot\d+:[\w-]+/|(?<=/files-pri/).*|(?<=/commands/)\d+|(?<=/images/).*")


class Trail:
    """What a bot and those who watch it share: the points passed, and the one to die at. Two files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._passed = folder / "passed"
        self._passed.touch()
        armed = folder / "armed"
        if not armed.exists():
            armed.write_bytes(b"\0" * _SIZE)
        with armed.open("r+b") as file:
            self._armed = mmap.mmap(file.fileno(), _SIZE)
        self._out = os.open(self._passed, os.O_WRONLY | os.O_APPEND)

    def arm(self, point: str) -> None:
        """Have the bot, running or yet to be started, die when it passes a point ("": at none) the next time."""
        self._armed[:_SIZE] = point.encode().ljust(_SIZE, b"\0")

    def passed(self) -> list[str]:
        """The points passed so far, by all bots, in order."""
        return self._passed.read_text().splitlines()

    def passing(self, point: str) -> None:
        """In the bot: be at a point."""
        os.write(self._out, f"{point}\n".encode())
        if self._armed[:_SIZE].rstrip(b"\0") == point.encode():
            self.arm("")
            os.kill(os.getpid(), signal.SIGKILL)


def install(folder: str) -> None:
    """Hook this process."""
    at = Trail(Path(folder)).passing
    _hook_commits(at)
    _hook_requests(at)
    _hook_acknowledgements(at)


def _hook_commits(at: Callable[[str], None]) -> None:
    for name, method in inspect.getmembers(SqliteStore, inspect.iscoroutinefunction):
        setattr(SqliteStore, name, _named(name, method))
    write, scrub = Database.write, Database._empty_log

    async def watched_write(self: Database, work: Callable[[Transaction], T]) -> T:
        name = f"commit of {_doing.get()}"

        def watched(tx: Transaction) -> T:
            result = work(tx)
            at(f"before {name}")
            return result

        result = await write(self, watched)
        at(f"after {name}")
        return result

    async def watched_scrub(self: Database, *, seconds: float) -> bool:
        if not seconds or _doing.get() == "scrub":  # made up for, at a moment of its own
            return await scrub(self, seconds=seconds)
        at(f"before scrub of {_doing.get()}")
        emptied = await scrub(self, seconds=seconds)
        at(f"after scrub of {_doing.get()}")
        return emptied

    Database.write, Database._empty_log = watched_write, watched_scrub  # type: ignore[method-assign]


def _named(name: str, method: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
    @functools.wraps(method)
    async def call(self: SqliteStore, *args: Any, **named: Any) -> T:
        _doing.set(_subject(name, args))
        return await method(self, *args, **named)

    return call


def _subject(name: str, args: tuple[Any, ...]) -> str:
    """The method, and what it stores where that makes a difference."""
    if name == "accept":
        return f"accept {args[0].kind}"
    if name == "commit":
        outcome = args[0]
        parts = ("answer", "outgoing", "reset")
        return " ".join(["commit", *(part for part in parts if getattr(outcome, part))])
    return name


def _hook_requests(at: Callable[[str], None]) -> None:
    """Every HTTP request that leaves, whichever client makes it, and what goes over Slack's socket."""
    request, send = aiohttp.ClientSession._request, aiohttp.ClientWebSocketResponse.send_str

    async def watched_request(self: aiohttp.ClientSession, method: str, url: Any, **named: Any) -> Any:
        name = f"request {method} {_VARIABLE.sub('', URL(url).path)}"
        at(f"before {name}")
        response = await request(self, method, url, **named)
        at(f"after {name}")
        return response

    async def watched_send(self: aiohttp.ClientWebSocketResponse, data: str, compress: int | None = None) -> None:
        at("before socket acknowledgement")
        await send(self, data, compress)
        at("after socket acknowledgement")

    aiohttp.ClientSession._request = watched_request  # type: ignore[method-assign, assignment]
    aiohttp.ClientWebSocketResponse.send_str = watched_send  # type: ignore[method-assign, assignment]


def _hook_acknowledgements(at: Callable[[str], None]) -> None:
    """Every answer to an HTTP request of a platform's or a page's, and every event sent to a page."""
    finish, send = RequestHandler.finish_response, EventSourceResponse.send

    async def watched_finish(
        self: RequestHandler, request: web.BaseRequest, response: web.StreamResponse, start_time: float | None
    ) -> Any:
        name = f"response to {request.method} {_VARIABLE.sub('', request.path)}"
        at(f"before {name}")
        result = await finish(self, request, response, start_time)
        at(f"after {name}")
        return result

    async def watched_send(self: EventSourceResponse, data: str, **named: Any) -> None:
        name = f"event {named.get('event')}"
        at(f"before {name}")
        await send(self, data, **named)
        at(f"after {name}")

    RequestHandler.finish_response = watched_finish  # type: ignore[method-assign, assignment]
    EventSourceResponse.send = watched_send  # type: ignore[method-assign, assignment]
