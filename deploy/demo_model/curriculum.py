"""What is learnt when: lines of text, paragraphs, then screens that grow."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from bot.extraction import PRODUCT, TICKET, Extraction, instruction
from deploy.demo_model.batches import Batch, batch, letters
from deploy.demo_model.canvas import CELL
from deploy.demo_model.conversations import TWO, about, conversation
from deploy.demo_model.lines import lesson
from deploy.demo_model.samples import Conversation, Language, Picture
from deploy.demo_model.screens import screen
from deploy.demo_model.system_prompts import system_prompt
from deploy.demo_model.tokenizer import Vocabulary

_FORMS = 0.07
"""The part of the steps on screens in which forms are filled in."""
_SCREENS = 0.3
"""The part of the pictures for letters that are screens; the others are full of text."""
_LONG = 0.8
"""From here on system prompts are as long as the service's."""

MOST = 264
"""Picture tokens of the largest picture, as the service sets it for the demo model."""

Knots = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Lesson:
    """Pictures of one size a step, with `letters` nothing is said. Sides lie between `smallest` and `largest` (width,
    height). `tokens` is how many picture tokens a step has on two processor cores. `weights` says how often the lesson
    comes, over the course's progress from 0 to 1 (piecewise linear)."""

    subject: Literal["letters", "lines", "screens"]
    smallest: tuple[int, int]
    largest: tuple[int, int]
    tokens: int
    weights: Knots

    def weight(self, progress: float) -> float:
        """How often this lesson comes, beside the others."""
        spots, values = zip(*self.weights, strict=True)
        return float(np.interp(progress, spots, values))

    def size(self, r: random.Random) -> tuple[int, int]:
        """Width and height for one step, multiples of 32, of no more pixels than the service sends."""
        while True:
            width, height = (
                r.randrange(low, high + 1, CELL) for low, high in zip(self.smallest, self.largest, strict=True)
            )
            if width * height <= MOST * CELL * CELL:
                return width, height


_LETTERS: Knots = ((0, 12), (0.06, 8), (0.15, 1), (0.4, 0.2), (1, 0.1))
_STRIPS: Knots = ((0, 1), (0.05, 2), (0.15, 0.8), (0.35, 0.2), (1, 0.1))
_PARAGRAPHS: Knots = ((0, 0.3), (0.08, 2), (0.2, 1), (0.4, 0.3), (1, 0.15))
_SMALL: Knots = ((0, 0), (0.04, 0.3), (0.15, 1.5), (0.4, 0.7), (1, 0.5))
_MIDDLE: Knots = ((0, 0), (0.08, 0.2), (0.2, 1), (1, 1))
_LARGE: Knots = ((0, 0), (0.12, 0.1), (0.3, 1), (0.5, 1.5), (1, 2.5))
LESSONS: Sequence[Lesson] = (
    Lesson("letters", (192, 96), (384, 256), 480, _LETTERS),
    Lesson("lines", (192, 32), (384, 64), 256, _STRIPS),
    Lesson("lines", (224, 96), (384, 224), 400, _PARAGRAPHS),
    Lesson("screens", (224, 128), (352, 224), 640, _SMALL),
    Lesson("screens", (224, 256), (416, 320), 800, _MIDDLE),
    Lesson("screens", (288, 416), (384, 704), 880, _LARGE),
    Lesson("screens", (416, 224), (704, 416), 880, _LARGE),
)
"""Pictures of screens are as small as crops of dialogs and as large as the service sends them."""


class Course(IterableDataset[Batch]):
    """Batches without end: the one of number n is the same every time, for the progress it is made at.

    `progress` is shared with the process that trains.
    """

    def __init__(
        self, vocabulary: Vocabulary, progress: Tensor, *, seed: int, first: int = 0, enlarge: float = 1.0
    ) -> None:
        self._vocabulary, self._progress, self._seed = vocabulary, progress, seed
        self._first, self._enlarge = first, enlarge

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        number, step = (self._first + worker.id, worker.num_workers) if worker else (self._first, 1)
        while True:
            r = random.Random(f"{self._seed} {number}")
            yield make(self._vocabulary, r, float(self._progress), self._enlarge)
            number += step


def make(vocabulary: Vocabulary, r: random.Random, progress: float, enlarge: float = 1.0) -> Batch:
    """One batch of a lesson that is due at this point of the course, `enlarge` times as large as on two cores."""
    chosen = r.choices(LESSONS, [lesson_.weight(progress) for lesson_ in LESSONS])[0]
    width, height = chosen.size(r)
    count = max(1, round(chosen.tokens * enlarge / (width // CELL * (height // CELL))))

    if chosen.subject == "letters":
        return letters([_picture(r, width, height) for _ in range(count)])

    # Conversations of one length waste little on padding.
    turns, pictures = r.randint(4, 7), 2 if r.random() < TWO else 1

    def talk() -> Conversation:
        if chosen.subject == "lines":
            return lesson(r, width, height)
        return conversation(r, *ragged(r, width, height), turns=turns, pictures=pictures)

    if chosen.subject == "screens" and r.random() < _FORMS:
        form = r.choices((TICKET, PRODUCT), (4, 1))[0]  # few screens show a product
        filled = functools.partial(_filled, r, form, width, height)
        return batch(vocabulary, instruction(form.described), filled, count, r, labelled=0.0)
    return batch(vocabulary, _system(r, progress), talk, -(-count // pictures), r)


def ragged(r: random.Random, width: int, height: int) -> tuple[int, int]:
    """Width and height of a picture that will be padded to the given ones."""
    if r.random() < 0.4:
        return width, height
    return width - r.choice((0, r.randrange(CELL))), height - r.choice((0, r.randrange(CELL)))


def _picture(r: random.Random, width: int, height: int) -> Picture:
    if r.random() < _SCREENS:
        return screen(r, *ragged(r, width, height)).picture
    return lesson(r, width, height).turns[0].pictures[0]


def _system(r: random.Random, progress: float) -> str:
    """A system prompt. They come in by and by, the short ones first: at the beginning they would only take time."""
    if r.random() > (progress - 0.08) / 0.2:
        return ""
    drawn = [system_prompt(r, r.choices(("en", "zh"), (0.6, 0.4))[0]) for _ in range(1 if progress > _LONG else 2)]
    return min(drawn, key=len)


def _filled(r: random.Random, form: Extraction, width: int, height: int) -> Conversation:
    """A form to be filled in from a screen that has something for it."""
    while True:
        language: Language = r.choice(("en", "zh"))
        turns = about(r, screen(r, *ragged(r, width, height)), language)
        found = [turn for turn in turns if turn.kind == form.name]
        if found:
            return Conversation(found[:1], language)
