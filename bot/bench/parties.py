"""The two ways of answering that are compared: A, the engine through its port, and B, the stock way."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from bot.inference.gate import StepKind
from bot.inference.native.stock import StockModel
from bot.inference.watch import Event
from bot.messages import Usage
from bot.ports import ModelMessage, Prompt, VisionModel


class Step(NamedTuple):
    """A native step: when it ended, a reading of `time.perf_counter`, and how many seconds it took."""

    kind: StepKind
    ended: float
    seconds: float


class Witness:
    """Notes what the engine does, on the engine's thread."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.events: Counter[Event] = Counter()

    def step(self, kind: StepKind, _waited: float, held: float) -> None:
        """A native step is over."""
        self.steps.append(Step(kind, time.perf_counter(), held))

    def count(self, event: Event) -> None:
        """Something happened to a chat or a picture."""
        self.events[event] += 1


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer. `asked` and `pieces`, when each piece came, are readings of `time.perf_counter`; `usage` is None where
    nobody counts. `encodes` counts only what was encoded while nobody else asked."""

    text: str
    asked: float
    pieces: tuple[float, ...]
    encodes: int
    usage: Usage | None = None

    @property
    def first(self) -> float:
        """Seconds to the first piece."""
        return self.pieces[0] - self.asked

    @property
    def tokens(self) -> int:
        """Tokens of the answer; where nobody counts them, its pieces."""
        return self.usage.answer_tokens if self.usage else len(self.pieces)


class Party(Protocol):
    """A way of answering."""

    async def ask(self, chat: str, messages: Sequence[ModelMessage], max_tokens: int) -> Answered:
        """Answer the last message."""
        ...


class Ours:
    """The engine, through its port."""

    def __init__(self, model: VisionModel, witness: Witness) -> None:
        self.model = model
        self.witness = witness

    async def ask(self, chat: str, messages: Sequence[ModelMessage], max_tokens: int) -> Answered:
        """Answer the last message, the chat being a customer of its own."""
        encodes = self.witness.events["encoded"]
        asked = time.perf_counter()
        generation = self.model.generate(Prompt(chat, tuple(messages), max_tokens, person=chat))
        text, pieces = [], []
        async for piece in generation:
            text.append(piece)
            pieces.append(time.perf_counter())
        made = self.witness.events["encoded"] - encodes
        return Answered("".join(text), asked, tuple(pieces), made, generation.usage)


class Stock:
    """The stock way, in a thread, so that several may wait for it."""

    def __init__(self, model: StockModel) -> None:
        self.model = model

    async def ask(self, chat: str, messages: Sequence[ModelMessage], max_tokens: int) -> Answered:
        """Answer the last message; whose chat it is makes no difference."""
        return await asyncio.to_thread(self._answer, messages, max_tokens)

    def _answer(self, messages: Sequence[ModelMessage], max_tokens: int) -> Answered:
        asked, encodes = time.perf_counter(), self.model.encodes
        text, pieces = [], []
        for piece in self.model.answer(messages, max_tokens):
            text.append(piece)
            pieces.append(time.perf_counter())
        return Answered("".join(text), asked, tuple(pieces), self.model.encodes - encodes)
