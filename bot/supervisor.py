"""A small process above the service, which starts it again when it dies or falls silent.

What a native library dies of takes its process along, and nobody in a process that is stopped or stuck can end it. The
supervisor can: it does nothing but wait, so that nothing can happen to it. Signals to stop are passed on; an end that
the service announced, for whatever reason, is the supervisor's own.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

import structlog

log = structlog.get_logger(__name__)

_STOPS = (signal.SIGINT, signal.SIGTERM)
_SLICE = 1.0
"""Seconds between two looks at the clock. No look counts for more than two of them: while the whole machine is asleep,
or this process is stopped, nobody can give a sign of life."""
_BURIAL = 10.0
_PR_SET_PDEATHSIG = 1
_ALIVE, _READY, _HUNG, _BYE = b".", b"r", b"h", b"q"


@dataclass(frozen=True, slots=True)
class Limits:
    """In seconds: `silence` is how long the service may give no sign of life, `start` how long until the first one;
    `pause` comes before the first restart, each further one is twice as long, up to `longest_pause`, unless the service
    has lived for `settled`. A service that has died `starts` times and never run is given up."""

    silence: float = 60.0
    start: float = 300.0
    pause: float = 0.5
    longest_pause: float = 60.0
    settled: float = 120.0
    starts: int = 5


LIMITS = Limits()


class Link:
    """The service's end. `died` is what the process before this one died of, "" for the first; `deaths` counts those
    that died soon one after the other."""

    def __init__(self, end: socket.socket, died: str, deaths: int) -> None:
        self._end = end
        self._end.setblocking(False)
        self.died = died
        self.deaths = deaths

    def alive(self) -> None:
        """Give a sign of life. Never blocks, as none of these do."""
        self._say(_ALIVE)

    def ready(self) -> None:
        """The service runs."""
        self._say(_READY)

    def hung(self) -> None:
        """The service is about to end itself, because a native step does not return."""
        self._say(_HUNG)

    def bye(self) -> None:
        """The service is about to end for good, be it because it was told to or because it cannot run."""
        self._say(_BYE)

    def _say(self, word: bytes) -> None:
        with contextlib.suppress(OSError):  # nobody hears: then there is nobody to tell
            self._end.send(word)


def supervise() -> Link:
    """Fork the service off and see to it that it runs; returns in the service's process alone, each time anew.

    To be called by a process with one thread. The supervisor's own process ends here, as the service did.
    """
    return _Supervisor(LIMITS).run()


@dataclass(slots=True)
class _Life:
    """What one process of the service has said, and how it ended (an exit code, negative for a signal)."""

    ready: bool = False
    bye: bool = False
    cause: str = ""
    code: int = 0
    seconds: float = 0.0


class _Supervisor:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pid = 0
        self._stop = 0  # the last signal to stop
        self._died = ""
        self._deaths = 0
        self._ever_ready = False
        self._awake, self._wake = socket.socketpair()

    def run(self) -> Link:
        self._awake.setblocking(False)
        self._wake.setblocking(False)
        signal.set_wakeup_fd(self._wake.fileno())
        for number in _STOPS:
            signal.signal(number, self._pass_on)
        while True:
            ours, theirs = socket.socketpair()
            if self._fork():
                ours.close()
                return self._link(theirs)
            theirs.close()
            with ours:
                life = self._watch(ours)
            self._conclude(life)

    def _fork(self) -> bool:
        """Returns whether this is the new process."""
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        # A signal between the fork and the child's own handlers would be passed on to nobody.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        try:
            self._pid = os.fork()
            if self._pid:
                return False
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.setsid()  # a terminal's Ctrl-C is for the supervisor, which passes it on
            _die_with(parent)
            return True
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)

    def _link(self, end: socket.socket) -> Link:
        self._awake.close()
        self._wake.close()
        return Link(end, self._died, self._deaths)

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        self._stop = number
        if self._pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, number)

    def _watch(self, ours: socket.socket) -> _Life:
        """See one process through to its end."""
        life = _Life()
        began = before = time.monotonic()
        silent, limit = 0.0, self._limits.start
        code: int | None = None
        while code is None:
            readable = self._wait(_SLICE, ours)
            now = time.monotonic()
            silent, before = silent + min(now - before, 2 * _SLICE), now
            if readable:
                words = ours.recv(4096)
                if not words:
                    break
                silent, limit = 0.0, self._limits.silence
                life.ready = life.ready or _READY in words
                life.bye = life.bye or _BYE in words
                life.cause = "a native step did not return" if _HUNG in words else life.cause
            if silent > limit:
                life.cause = life.cause or f"it gave no sign of life for {limit:g} s"
                os.kill(self._pid, signal.SIGKILL)
            code = self._buried()
        life.code = self._bury() if code is None else code
        life.seconds = time.monotonic() - began
        self._pid = 0
        return life

    def _wait(self, seconds: float, *ends: socket.socket) -> bool:
        """Wait for a word, or a signal. Returns whether there is something to read."""
        readable, _, _ = select.select([self._awake, *ends], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            self._awake.recv(64)
        return any(end in readable for end in ends)

    def _buried(self) -> int | None:
        """The service's exit code, if it has ended. As a container's first process this one buries everybody."""
        code: int | None = None
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == self._pid:
                    code = os.waitstatus_to_exitcode(status)
                if not pid or code is not None:
                    break
        return code

    def _bury(self) -> int:
        """The exit code of a service that has hung up."""
        patience = time.monotonic() + _BURIAL
        while (code := self._buried()) is None:
            if time.monotonic() > patience:
                os.kill(self._pid, signal.SIGKILL)
            time.sleep(0.01)
        return code

    def _conclude(self, life: _Life) -> None:
        """End as the service did; after a death that nobody wanted, return when the next may begin."""
        limits = self._limits
        if life.bye or self._stop:
            _end(life.code)
        cause = self._died = life.cause or _name(life.code)
        self._ever_ready = self._ever_ready or life.ready
        self._deaths = 1 if life.seconds > limits.settled else self._deaths + 1
        if not self._ever_ready and self._deaths >= limits.starts:
            log.critical("service_given_up", cause=cause, deaths=self._deaths)
            _end(life.code or 1)
        pause = min(limits.pause * 2.0 ** (self._deaths - 1), limits.longest_pause)
        log.error("service_died", cause=cause, deaths=self._deaths, restart_in_seconds=pause)
        until = time.monotonic() + pause
        while not self._stop and (left := until - time.monotonic()) > 0:
            self._wait(left)
        if self._stop:
            _end(-self._stop)


def _die_with(parent: int) -> None:
    """Have the system kill this process when its parent dies, however that does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it has died already
        os._exit(1)


def _name(code: int) -> str:
    if code >= 0:
        return f"it ended by itself, with exit code {code}"
    try:
        return f"it was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"it was ended by signal {-code}"


def _end(code: int) -> NoReturn:
    """End this process as another one ended."""
    if code < 0:
        signal.signal(-code, signal.SIG_DFL) if -code != signal.SIGKILL else None
        os.kill(os.getpid(), -code)
        code = 128 - code  # a container's first process survives its own signals
    sys.exit(code)
