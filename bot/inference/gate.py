"""The one semaphore round native calls."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

StepKind = Literal["encode", "prefill", "decode", "park", "restore"]
STEP_SECONDS = 240.0
"""A native step that takes longer hangs: encoding a picture may take minutes on a CPU, nothing takes longer."""
Observer = Callable[[StepKind, float, float], None]


class Gate:
    """Lets one native step at a time use the processor that all models share.

    It is taken for one encode, one slice of prefill, one decode step or the copy of one chat's state, never for a
    whole answer, so that whoever else needs the device gets it in between. It is not re-entrant. Thread-safe.
    """

    def __init__(self, observe: Observer | None = None) -> None:
        """`observe` is called after each step, failed or not, on the thread that made it, with the kind of step, the
        seconds it waited for the gate and the seconds it held it. It must be quick and must not raise."""
        self._semaphore = threading.Semaphore(1)
        self._observe = observe
        self._since: float | None = None

    @contextmanager
    def step(self, kind: StepKind) -> Iterator[None]:
        """Hold the gate for one native step. Blocks the calling thread: never call it on an event loop."""
        asked = begun = time.perf_counter()
        try:
            with self._semaphore:
                begun = self._since = time.perf_counter()
                try:
                    yield
                finally:
                    self._since = None
        finally:
            if self._observe is not None:
                self._observe(kind, begun - asked, time.perf_counter() - begun)

    def held_for(self) -> float:
        """Seconds that the step under way has taken so far; 0 if there is none. Safe anywhere."""
        since = self._since
        return 0.0 if since is None else time.perf_counter() - since
