"""An engine for a process of its own, which does as a test in another process says.

All orders go through the port, so that they come in the order in which they were given.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bot.inference.gate import Gate, StepKind
from bot.inference.isolated import IsolatedModel, Patience
from bot.inference.watch import Watch
from bot.messages import ImageRef
from bot.ports import Generation, ModelInfo, Prompt, VisionModel
from tests.models import WatchedGate, engine
from tests.waiting import until

QUICK = Patience(pulse=0.05, pause=0.05)

RESUME = "order: resume"
"""The chat to be forgotten for the engine to go on."""


def pause(order: int, tokens: int) -> str:
    """The chat to be forgotten for the engine to stop after so many decode steps."""
    return f"order: pause {order} {tokens}"


def paused(order: int) -> str:
    """The engine's problem while it stands by the order of this number."""
    return f"paused {order}"


def _stand_still() -> None:
    time.sleep(3600)


# What befalls the process at the next decode step once a question contains the word.
FATES: dict[str, Callable[[], object]] = {
    "fate:abort": os.abort,
    "fate:exit": lambda: os._exit(0),
    "fate:hang": _stand_still,
    "fate:freeze": lambda: os.kill(os.getpid(), signal.SIGSTOP),
}


class _SteeredGate(WatchedGate):
    def __init__(self, inner: Gate) -> None:
        super().__init__()
        self._inner = inner
        self.fate: Callable[[], object] | None = None
        self.order = 0

    @contextmanager
    def step(self, kind: StepKind) -> Iterator[None]:
        with super().step(kind), self._inner.step(kind):
            if kind == "decode" and self.fate is not None:
                self.fate()
            yield

    @property
    def paused(self) -> str:
        return paused(self.order) if self._reached.is_set() and not self._resume.is_set() else ""


class SteeredEngine:
    """The engine of `tests.models` with ears for orders. Its name is the process's id."""

    def __init__(self, *, files: tuple[Path, Path], gate: Gate, watch: Watch) -> None:
        self._watch = watch
        self._gate = _SteeredGate(gate)
        self._engine = engine(files, self._gate)

    async def load(self) -> None:
        await self._engine.load()

    @property
    def info(self) -> ModelInfo:
        return replace(self._engine.info, name=str(os.getpid()))

    def measure(self, text: str, images: Sequence[ImageRef] = ()) -> int:
        if "fate:deaf" in text:
            _stand_still()
        return self._engine.measure(text, images)

    def generate(self, prompt: Prompt) -> Generation:
        self._watch.count("encoded")
        self._watch.level("resident_chats", 3.0)
        for word, fate in FATES.items():
            if word in prompt.messages[-1].text:
                self._gate.fate = fate
        return self._engine.generate(prompt)

    def cached(self, chat: str) -> int:
        return self._engine.cached(chat)

    def forget(self, chat: str) -> None:
        if chat == RESUME:
            self._gate.resume()
        elif chat.startswith("order: pause"):
            *_, order, tokens = chat.split()
            self._gate.order = int(order)
            self._gate.pause_after("decode", int(tokens))
        else:
            self._engine.forget(chat)

    def problem(self) -> str:
        return self._gate.paused or self._engine.problem()

    async def close(self) -> None:
        self._gate.resume()
        await self._engine.close()


class SteeredBackend:
    """A model in a process of its own with such an engine, and its orders."""

    counts = True

    def __init__(
        self, files: tuple[Path, Path], *, factory: str = f"{__name__}:SteeredEngine", patience: Patience = QUICK
    ) -> None:
        self.steps: list[tuple[str, float, float]] = []
        self.events: list[str] = []
        self.levels: list[tuple[str, float]] = []
        self.reports: list[tuple[str, int]] = []
        self.model: VisionModel = IsolatedModel(
            {"files": files},
            observe=lambda *step: self.steps.append(step),
            watch=Watch(count=self.events.append, level=lambda *level: self.levels.append(level)),
            factory=factory,
            patience=patience,
            report=lambda *report: self.reports.append(report),
        )
        self._order = 0

    @property
    def process(self) -> int:
        """The id of the model's process."""
        return int(self.model.info.name)

    async def open(self) -> None:
        """Load the model."""
        await self.model.load()

    async def close(self) -> None:
        """Close the model."""
        await self.model.close()

    def pause(self, tokens: int = 2) -> None:
        """Make the model stop after so many tokens (2 or more) of the next answer, the last of them not yet said,
        until `resume`."""
        self._order += 1
        self.model.forget(pause(self._order, tokens - 1))  # the first one comes at the end of the prompt

    async def paused(self) -> None:
        """Wait until it has stopped there."""
        expected = paused(self._order)

        async def standing() -> bool:
            return self.model.problem() == expected

        await until(standing)

    def resume(self) -> None:
        """Let it go on."""
        self.model.forget(RESUME)
