"""What the bot and the process that holds its model tell each other, and the channel between them.

Messages are pickled: both ends are this program, run by one user out of one installation, and nobody else can reach the
socket pair between them. The process keeps crashes away from the bot; it is no defence against code that has taken it
over, which could reach the bot without a pickle too.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.errors import ModelError
from bot.inference.gate import StepKind
from bot.inference.watch import Event, Level
from bot.messages import Usage
from bot.ports import ModelInfo, Prompt
from bot.tasks import spawn

Step = tuple[StepKind, float, float]
"""What the gate's observer gets."""

_LENGTH = struct.Struct(">Q")
_BUFFER = 4 << 20  # bytes read ahead: prompts carry pictures

# --- from the bot ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Start:
    """The first message: `factory` (``module:callable``) makes the engine out of `arguments`, a `gate` and a
    `watch`."""

    factory: str
    arguments: Mapping[str, Any]
    log_level: str
    log_json: bool
    pulse_seconds: float


@dataclass(frozen=True, slots=True)
class Ask:
    """Begin an answer; `number` names it from here on."""

    number: int
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Cancel:
    """End an answer early."""

    number: int


@dataclass(frozen=True, slots=True)
class Forget:
    """Drop what is held of a chat."""

    chat: str


@dataclass(frozen=True, slots=True)
class Close:
    """End all answers, free everything, exit."""


# --- from the model's process ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loaded:
    """The model is ready. `empty` is the tokens of a message without content, `picture` what the smallest picture adds
    to it."""

    info: ModelInfo
    empty: int
    picture: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The model could not be loaded."""

    error: ModelError


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of an answer."""

    number: int
    piece: str


@dataclass(frozen=True, slots=True)
class Ended:
    """An answer is complete or has failed. `cached` has the tokens held of each chat for which they changed."""

    number: int
    usage: Usage
    error: ModelError | None
    cached: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Pulse:
    """A sign of life. `steps` and `events` are what was observed since the last one, `levels` what is so now.
    `step_seconds` is how long the present native step has lasted (0 if there is none), `problem` the engine's own."""

    steps: tuple[Step, ...]
    events: tuple[Event, ...]
    levels: Mapping[Level, float]
    step_seconds: float
    problem: str


class Channel:
    """Messages over one end of a socket pair. For one event loop."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        # A queue of its own, because `send` may be called by a finaliser in the middle of anything, also of a write.
        self._outgoing: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._sender = spawn(self._write(), "model channel")

    @classmethod
    async def open(cls, end: socket.socket) -> Channel:
        """Take over one end of a socket pair."""
        return cls(*await asyncio.open_connection(sock=end, limit=_BUFFER))

    def send(self, message: object) -> None:
        """Send a message after those sent before. Returns at once; if the other end is gone the message is lost."""
        self._outgoing.put_nowait(pickle.dumps(message))

    async def receive(self) -> object:
        """The next message. Raises EOFError when the other end is gone."""
        try:
            (length,) = _LENGTH.unpack(await self._reader.readexactly(_LENGTH.size))
            return pickle.loads(await self._reader.readexactly(length))  # noqa: S301 - see above: both ends are us
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise EOFError from error

    async def finish(self) -> None:
        """Send what was to be sent, then close this end."""
        self._outgoing.put_nowait(None)
        await self._sender

    def abort(self) -> None:
        """Close this end at once."""
        self._sender.cancel()
        self._writer.transport.abort()

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError):  # `receive` tells of it
            while (data := await self._outgoing.get()) is not None:
                self._writer.write(_LENGTH.pack(len(data)))
                self._writer.write(data)
                await self._writer.drain()
            self._writer.close()
            await self._writer.wait_closed()
