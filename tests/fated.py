"""An engine that dies of certain pictures, in the middle of a native step."""

from __future__ import annotations

import io
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image as Pillow

from bot.inference.engine import LlamaEngine
from bot.inference.gate import Gate, StepKind
from bot.inference.generation import Job
from bot.messages import Image

HARMLESS = (128, 128, 128)
FATES: dict[str, tuple[tuple[int, int, int], Callable[[], object]]] = {
    "abort": ((255, 0, 0), os.abort),
    "exit": ((0, 255, 0), lambda: os._exit(0)),
    "hang": ((0, 0, 255), lambda: time.sleep(3600)),
    "freeze": ((255, 255, 0), lambda: os.kill(os.getpid(), signal.SIGSTOP)),
    "memory": ((255, 0, 255), lambda: os.kill(os.getpid(), signal.SIGKILL)),  # as the system does that has none left
}
"""The colour of a picture, and what becomes of the process at the next decode step."""


def picture(colour: tuple[int, int, int]) -> bytes:
    """A picture file."""
    file = io.BytesIO()
    Pillow.new("RGB", (160, 96), colour).save(file, "PNG")
    return file.getvalue()


class _FatedGate(Gate):
    def __init__(self, inner: Gate) -> None:
        super().__init__()
        self._inner = inner
        self.fate: Callable[[], object] | None = None

    @contextmanager
    def step(self, kind: StepKind) -> Iterator[None]:
        with self._inner.step(kind):
            if kind == "decode" and self.fate is not None:
                time.sleep(1)  # what is being sent arrives; others come to stand beside the picture
                self.fate()
            yield

    def held_for(self) -> float:
        return self._inner.held_for()


class FatedEngine(LlamaEngine):
    """The engine, but for that."""

    def __init__(self, *, gate: Gate, **options: Any) -> None:
        self._fated = _FatedGate(gate)
        super().__init__(gate=self._fated, **options)

    def submit(self, job: Job) -> None:
        for image in job.prompt.messages[-1].images:
            self._fated.fate = self._fated.fate or _fate(image)
        super().submit(job)


def _fate(image: Image) -> Callable[[], object] | None:
    with Pillow.open(io.BytesIO(image.data)) as decoded:
        seen = decoded.convert("RGB").getpixel((80, 48))
    assert isinstance(seen, tuple)
    for colour, fate in FATES.values():
        if all(abs(a - b) < 40 for a, b in zip(colour, seen, strict=True)):
            return fate
    return None
