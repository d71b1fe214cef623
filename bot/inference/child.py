"""One life of the process that holds the model, as the bot sees it."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

from bot.errors import ModelError
from bot.inference.wire import Channel, Failed, Loaded, Start
from bot.settings import PREFIX

_MODULE = "bot.inference.worker"


@dataclass(frozen=True, slots=True)
class Child:
    """A running process. `measuring` belongs to whoever measures."""

    process: subprocess.Popen[bytes]
    channel: Channel
    measuring: Connection

    @classmethod
    async def start(cls, start: Start, *, silence_seconds: float) -> tuple[Child, Loaded]:
        """Start a process and have it load the model. Raises ModelError, ModelFileError as the engine does, OSError."""
        (ours, theirs), (measuring, other) = socket.socketpair(), multiprocessing.Pipe()
        with contextlib.ExitStack() as undo:
            undo.callback(measuring.close)
            with theirs, other:
                channel = await Channel.open(ours)
                undo.callback(channel.abort)
                starting = asyncio.ensure_future(asyncio.to_thread(_popen, [theirs.fileno(), other.fileno()]))
                try:
                    child = cls(await asyncio.shield(starting), channel, measuring)
                except asyncio.CancelledError:
                    await cls(await starting, channel, measuring).end()
                    raise
            try:
                child.channel.send(start)
                loaded = await child.loaded(silence_seconds)
            except BaseException:
                await child.end()
                raise
            undo.pop_all()
            return child, loaded

    async def loaded(self, silence_seconds: float) -> Loaded:
        """Wait until the model is loaded."""
        try:
            while True:
                async with asyncio.timeout(silence_seconds):
                    message = await self.channel.receive()
                match message:
                    case Loaded():
                        return message
                    case Failed(error):
                        raise error
        except EOFError:
            code = await self.end()
            raise ModelError(f"the model's process ended while it started (exit code {code})") from None
        except TimeoutError:
            raise ModelError(f"the model's process gave no sign of life for {silence_seconds:g} s") from None

    async def end(self) -> int:
        """Kill it if it still runs; returns its exit code. Idempotent."""
        self.channel.abort()
        self.process.kill()
        waiting = asyncio.ensure_future(asyncio.to_thread(self.process.wait))
        try:
            return await asyncio.shield(waiting)
        except asyncio.CancelledError:  # a killed process does not take long, and nobody else would bury it
            await waiting
            raise


def _popen(ends: Sequence[int]) -> subprocess.Popen[bytes]:
    # Not forked, since this process has threads; and not by multiprocessing, whose children import the main module of
    # their parent again. It finds modules where this process does, and not in whatever the current folder is.
    # Tokens and keys are not for a process that reads strangers' pictures.
    environment = {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-P", "-m", _MODULE, *map(str, ends)],
        pass_fds=ends,
        stdin=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,  # a terminal's Ctrl-C is for the bot
    )
