"""The one semaphore round native calls."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

StepKind = Literal["encode", "prefill", "decode"]
Observer = Callable[[StepKind, float, float], None]


class Gate:
    """Lets one native step at a time use the processor that all models share.

    It is taken for one encode, one slice of prefill or one decode step, never for a whole answer, so that whoever
    else needs the device gets it in between. It is not re-entrant. Thread-safe.
    """

    def __init__(self, observe: Observer | None = None) -> None:
        """`observe` is called after each step, failed or not, on the thread that made it, with the kind of step, the
        seconds it waited for the gate and the seconds it held it. It must be quick and must not raise."""
        self._semaphore = threading.Semaphore(1)
        self._observe = observe

    @contextmanager
    def step(self, kind: StepKind) -> Iterator[None]:
        """Hold the gate for one native step. Blocks the calling thread: never call it on an event loop."""
        asked = begun = time.perf_counter()
        try:
            with self._semaphore:
                begun = time.perf_counter()
                yield
        finally:
            if self._observe is not None:
                self._observe(kind, begun - asked, time.perf_counter() - begun)
