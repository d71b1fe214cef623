"""A model that answers each question with its number, so that every answer can be traced.

A question is any text with numbers such as ``q17`` in it. Its answer names them all, and the pictures that came along.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from bot.ports import Generation, Prompt
from tests.doubles import ScriptedGeneration, ScriptedModel

NUMBER = re.compile(r"\bq\d+\b")
ANSWER = re.compile(r"Answer to ((?:q\d+ )+)with (\d+) pictures, which is all of it\.")
OPENING = "Answer to"


def answer(numbers: Sequence[str], pictures: int) -> tuple[str, ...]:
    """The pieces of an answer."""
    return OPENING, f" {' '.join(numbers)}", f" with {pictures} pictures,", " which is", " all of it."


class _Slow(ScriptedGeneration):
    def __init__(self, model: ScriptedModel, prompt: Prompt, pieces: Sequence[str], seconds: float) -> None:
        super().__init__(model, prompt, pieces)
        self._seconds = seconds

    async def _wait(self) -> None:
        if not self._cancelled.is_set():
            await asyncio.sleep(self._seconds)


class TracingModel(ScriptedModel):
    """Says a piece every `piece_seconds`. Remembers nothing of what it was asked."""

    def __init__(self, piece_seconds: float) -> None:
        super().__init__(context=65_536)
        self._piece_seconds = piece_seconds

    def generate(self, prompt: Prompt) -> Generation:
        question = prompt.messages[-1]
        pieces = answer(NUMBER.findall(question.text), len(question.images))
        return _Slow(self, prompt, pieces, self._piece_seconds)


def talkative(piece_seconds: float = 0.01) -> TracingModel:
    """The model, for `tests.chaos.service.Order`."""
    return TracingModel(piece_seconds)
