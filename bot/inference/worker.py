"""The process that holds the model for a bot that wants to outlive it: ``python -m bot.inference.worker FD FD``.

The two file descriptors are its ends of socket pairs: one for the traffic of `bot.inference.wire`, one over which
messages are measured. It ends when the bot says so, and when the bot is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pkgutil
import signal
import socket
import sys
import threading
from collections import deque
from collections.abc import Coroutine
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

import structlog

from bot import logs
from bot.errors import GenerationError, ModelError
from bot.inference.gate import Gate
from bot.inference.watch import Event, Level, Watch
from bot.inference.wire import Ask, Cancel, Channel, Close, Ended, Failed, Forget, Loaded, Pulse, Said, Start, Step
from bot.messages import ImageRef
from bot.ports import Generation, VisionModel
from bot.tasks import spawn

log = structlog.get_logger(__name__)

T = TypeVar("T")

_SMALLEST = ImageRef("", 32, 32)


class _Notes:
    """What the engine tells on its own thread, until the bot gets it."""

    def __init__(self) -> None:
        self._steps: deque[Step] = deque()
        self._events: deque[Event] = deque()
        self._levels: dict[Level, float] = {}

    def gate(self) -> Gate:
        """A gate that is observed here."""
        return Gate(lambda *step: self._steps.append(step))

    def watch(self) -> Watch:
        """A watch that notes here."""
        return Watch(count=self._events.append, level=self._levels.__setitem__)

    def taken(self) -> tuple[tuple[Step, ...], tuple[Event, ...], dict[Level, float]]:
        """Steps and events since the last call, and all levels."""
        return _emptied(self._steps), _emptied(self._events), dict(self._levels)


def _emptied(noted: deque[T]) -> tuple[T, ...]:
    return tuple(noted.popleft() for _ in range(len(noted)))


class _Worker:
    """The engine and the channel to the bot."""

    def __init__(self, channel: Channel, measuring: Connection, start: Start) -> None:
        self._channel = channel
        self._measuring = measuring
        self._pulse_seconds = start.pulse_seconds
        self._notes = _Notes()
        self._gate = self._notes.gate()
        make = pkgutil.resolve_name(start.factory)
        self._engine: VisionModel = make(**start.arguments, gate=self._gate, watch=self._notes.watch())
        self._generations: dict[int, Generation] = {}
        self._relays: set[asyncio.Task[None]] = set()
        self._others: set[asyncio.Task[None]] = set()
        self._cached: dict[str, int] = {}  # as the bot knows it

    async def run(self) -> None:
        """Load, then do as the bot says, until it is gone. Raises EOFError then."""
        self._spawn(self._live(), self._others)
        self._spawn(self._load(), self._others)
        while True:  # also while the model is loaded and freed: the bot may be gone any time
            match await self._channel.receive():
                case Ask(number, prompt):
                    generation = self._generations[number] = self._engine.generate(prompt)
                    self._spawn(self._relay(number, prompt.chat, generation), self._relays)
                case Cancel(number):
                    if (found := self._generations.get(number)) is not None:
                        found.cancel()
                case Forget(chat):
                    self._engine.forget(chat)
                    self._cached.pop(chat, None)
                case Close():
                    self._spawn(self._close(), self._others)

    def _spawn(self, work: Coroutine[None, None, None], tasks: set[asyncio.Task[None]]) -> None:
        task = spawn(work, "model worker")
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _live(self) -> None:
        while True:
            self._pulse()
            await asyncio.sleep(self._pulse_seconds)

    def _pulse(self) -> None:
        self._channel.send(Pulse(*self._notes.taken(), self._gate.held_for(), self._engine.problem()))

    async def _load(self) -> None:
        engine = self._engine
        try:
            await engine.load()
            empty = engine.measure("")
            loaded = Loaded(engine.info, empty, engine.measure("", [_SMALLEST]) - empty)
        except ModelError as error:
            self._channel.send(Failed(error))
        except Exception as error:
            log.exception("model_not_loaded")
            self._channel.send(Failed(ModelError(f"the model could not be loaded: {error}")))
        else:
            threading.Thread(target=self._measure, name="measure", daemon=True).start()
            self._channel.send(loaded)

    async def _relay(self, number: int, chat: str, generation: Generation) -> None:
        failure: ModelError | None = None
        try:
            async for piece in generation:
                self._channel.send(Said(number, piece))
        except ModelError as error:
            failure = error
        except Exception as error:
            log.exception("generation_failed")
            failure = GenerationError(f"the model failed: {error}")
        del self._generations[number]
        self._channel.send(Ended(number, generation.usage, failure, self._cached_changes(chat)))

    def _cached_changes(self, chat: str) -> dict[str, int]:
        """Tokens held of each chat where the bot does not know it: this one's, and others' that had to make room."""
        held = {name: self._engine.cached(name) for name in {*self._cached, chat}}
        changes = {name: tokens for name, tokens in held.items() if tokens != self._cached.get(name, 0)}
        self._cached = {name: tokens for name, tokens in held.items() if tokens}
        return changes

    async def _close(self) -> None:
        await self._engine.close()
        if self._relays:
            await asyncio.wait(self._relays)
        self._pulse()
        await self._channel.finish()
        os._exit(0)

    def _measure(self) -> None:
        """Measure what the bot asks for, on a thread of its own: the bot waits for it."""
        with contextlib.suppress(OSError, EOFError):  # the bot is gone
            while True:
                text, sizes = self._measuring.recv()
                count: int | None = None
                try:
                    count = self._engine.measure(text, [ImageRef("", width, height) for width, height in sizes])
                except Exception:
                    log.exception("not_measured")
                self._measuring.send(count)


async def _work(traffic: socket.socket, measuring: Connection) -> None:
    logs.watch(asyncio.get_running_loop())
    try:
        channel = await Channel.open(traffic)
        start = await channel.receive()
        if isinstance(start, Start):
            logs.configure(start.log_level, json=start.log_json)
            await _Worker(channel, measuring, start).run()
    except EOFError:
        pass
    except Exception:
        log.exception("model_process_failed")
    # At once: the model's thread may be in the middle of something long, and there is nothing here to be saved.
    os._exit(1)


def _be_first_to_go() -> None:
    """When memory runs out, the system is to end this process, which can be replaced, and not the bot."""
    with contextlib.suppress(OSError):  # systems that have no such choice
        Path("/proc/self/oom_score_adj").write_text("800", encoding="ascii")


def main() -> None:
    """Entry point."""
    # A terminal's Ctrl-C and a service manager's stop reach the whole group; this process goes by what the bot says.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    _be_first_to_go()
    ends = [int(argument) for argument in sys.argv[1:]]
    for end in ends:
        os.set_inheritable(end, False)
    asyncio.run(_work(socket.socket(fileno=ends[0]), Connection(ends[1])))


if __name__ == "__main__":
    main()
