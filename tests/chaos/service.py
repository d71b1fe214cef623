"""The bot in a process of its own, which can be killed and started again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
IMPORT_SECONDS = 120.0

Call = tuple[str, Mapping[str, Any]]
"""A function, as ``module:name``, and its arguments: called in the bot's process."""


class DiedError(Exception):
    """The bot ended before it was ready."""


@dataclass(frozen=True)
class Order:
    """What a bot is to be: its settings, its model, and what is called in its process before it starts.

    `log` gets what it writes to standard error.
    """

    environment: Mapping[str, str]
    log: str
    model: Call = ("tests.chaos.model:talkative", {})
    prepare: Sequence[Call] = ()


@dataclass(eq=False)
class Life:
    """One run of the bot. `ready` is its address, or DiedError; `ended` its exit status, negative for a signal."""

    pid: int
    ready: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    ended: asyncio.Future[int] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    async def kill(self) -> None:
        """End it as a power button would, if it still runs; returns when it is gone."""
        self._signal(signal.SIGKILL)
        await asyncio.shield(self.ended)

    async def stop(self) -> int:
        """Ask it to stop; returns its exit status."""
        self._signal(signal.SIGTERM)
        return await asyncio.shield(self.ended)

    def _signal(self, number: int) -> None:
        if not self.ended.done():
            os.kill(self.pid, number)  # the nursery keeps the number from being given to another process


class Nursery:
    """Where bots come from. One at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._life: Life | None = None
        self._started: asyncio.Future[Life] | None = None

    async def start(self, order: Order) -> Life:
        """Start a bot; it is not ready yet."""
        assert self._life is None or self._life.ended.done(), "one at a time"
        assert self._process.stdin is not None
        self._started = asyncio.get_running_loop().create_future()
        self._process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
        return await self._started

    async def listen(self) -> None:
        """Hear what the process says, until it ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            said, _, value = line.decode().strip().partition(" ")
            if said == "started" and self._started is not None:
                self._life = Life(int(value))
                self._life.ready.add_done_callback(_retrieve)
                self._started.set_result(self._life)
            elif said == "ready" and self._life is not None:
                self._life.ready.set_result(value)
            elif said == "ended" and self._life is not None:
                if not self._life.ready.done():
                    self._life.ready.set_exception(DiedError(f"exit status {value}"))
                self._life.ended.set_result(int(value))


@asynccontextmanager
async def nursery() -> AsyncIterator[Nursery]:
    """A nursery; at the end, it and its bot are killed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.chaos.nursery"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    made = Nursery(process)
    listening = asyncio.create_task(made.listen())
    try:
        yield made
    finally:
        assert process.stdin is not None
        process.stdin.close()
        with contextlib.suppress(ConnectionError):
            await process.stdin.wait_closed()
        await process.wait()
        await listening


def _retrieve(ready: asyncio.Future[str]) -> None:
    """Nobody has to wait for a bot to be ready."""
    if not ready.cancelled():
        ready.exception()
