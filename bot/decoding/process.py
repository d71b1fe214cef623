"""One life of a process that decodes pictures, as the bot sees it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time

from PIL import Image as Pillow

from bot.decoding.frames import LENGTH, MOST, READY, size_from, task
from bot.images import Limits

_MODULE = "bot.decoding.worker"
_START_SECONDS = 60.0
_CHUNK = 1 << 20
_PASSED_ON = ("LD_LIBRARY_PATH", "PYTHONHOME", "TMPDIR")


class DecoderLostError(Exception):
    """The process is of no use any more: it has ended, took too long, or said what it should not."""


class Process:
    """A running process. Blocking, and for one thread at a time, but for `end`."""

    def __init__(self, *, memory: int, seconds: float) -> None:
        """Start it; `memory` in bytes and `seconds` are what one picture may take. Raises OSError."""
        self._seconds = seconds
        self.served = 0
        self._end, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = _popen(theirs, memory, seconds)
        except BaseException:
            self._end.close()
            raise

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it lives."""
        return self._process.poll()

    def wait_ready(self) -> None:
        """Return once it can take a picture. Raises DecoderLostError."""
        if self._exactly(len(READY), time.monotonic() + _START_SECONDS) != READY:
            raise DecoderLostError("protocol")

    def decode(self, data: bytes, kind: str, limits: Limits) -> Pillow.Image:
        """What `bot.images.decode` makes of a picture. Raises PictureDimensionsError and PictureBrokenError as that
        does, DecoderLostError."""
        until = time.monotonic() + self._seconds
        self.served += 1
        self._give(task(data, kind, limits).pack(), until)
        self._give(data, until)
        (length,) = LENGTH.unpack(self._exactly(LENGTH.size, until))
        if length > MOST:
            raise DecoderLostError("protocol")
        try:
            size = size_from(self._exactly(length, until), limits)
        except ValueError as error:
            raise DecoderLostError("protocol") from error
        return Pillow.frombytes("RGB", size, self._exactly(3 * size[0] * size[1], until))

    def end(self) -> None:
        """Kill it if it still runs. Safe in any thread; idempotent."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Kill it if it still runs, and let go of it."""
        self.end()
        self._end.close()

    def _give(self, data: bytes, until: float) -> None:
        try:
            self._end.settimeout(_left(until))
            self._end.sendall(data)
        except TimeoutError as error:
            raise DecoderLostError("time") from error
        except OSError as error:
            raise DecoderLostError("death") from error

    def _exactly(self, count: int, until: float) -> bytes:
        got = bytearray()
        try:
            while len(got) < count:
                self._end.settimeout(_left(until))
                piece = self._end.recv(min(count - len(got), _CHUNK))
                if not piece:
                    raise DecoderLostError("death")
                got += piece
        except TimeoutError as error:
            raise DecoderLostError("time") from error
        except OSError as error:
            raise DecoderLostError("death") from error
        return bytes(got)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _popen(end: socket.socket, memory: int, seconds: float) -> subprocess.Popen[bytes]:
    # Neither forked nor by multiprocessing, as the model's process (`bot.inference.child`). It finds modules where this
    # process does, and gets nothing else of its environment: tokens and keys are not for strangers' pictures.
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-P", "-m", _MODULE, str(memory), str(seconds)],
        stdin=end.fileno(),
        stdout=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,  # a terminal's Ctrl-C is for the bot
    )
