"""What is learnt when: lines of text, paragraphs, then screens that grow."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from torch import Tensor
from torch.utils.data import IterableDataset

from bot.extraction import PRODUCT, TICKET, Extraction, instruction
from deploy.demo_model.batches import Batch, batch, letters
from deploy.demo_model.conversations import TWO, about, conversation
from deploy.demo_model.lines import lesson
from deploy.demo_model.samples import Conversation, Language, Picture
from deploy.demo_model.screens import screen
from deploy.demo_model.system_prompts import system_prompt
from deploy.demo_model.tokenizer import Vocabulary

_FORMS = 0.04
"""The part of the steps on screens in which forms are filled in."""
_SCREENS = 0.3
"""The part of the pictures for letters that are screens; the others are full of text."""
_LONG = 0.8
"""From here on system prompts are as long as the service's."""

Knots = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Lesson:
    """Pictures of one size, `count` conversations a step; with `letters` nothing is said. `weights` says how often it
    comes, over the course's progress from 0 to 1 (piecewise linear)."""

    subject: Literal["letters", "lines", "screens"]
    width: int
    height: int
    count: int
    weights: Knots

    def weight(self, progress: float) -> float:
        """How often this lesson comes, beside the others."""
        spots, values = zip(*self.weights, strict=True)
        return float(np.interp(progress, spots, values))


_LETTERS: Knots = ((0, 2), (0.2, 3), (0.27, 16), (0.46, 16), (0.5, 0.3), (1, 0.03))
_STRIPS: Knots = ((0, 1), (0.1, 1), (0.2, 0.5), (0.5, 0.7), (0.8, 0.5), (1, 0.1))
_PARAGRAPHS: Knots = ((0, 0), (0.05, 0.2), (0.15, 1), (0.3, 0.5), (0.5, 0.7), (0.8, 0.6), (1, 0.15))
_SMALL: Knots = ((0, 0), (0.1, 0), (0.25, 1), (0.6, 1), (1, 0.6))
_MIDDLE: Knots = ((0, 0), (0.2, 0), (0.4, 0.6), (1, 1))
_LARGE: Knots = ((0, 0), (0.3, 0), (0.6, 0.15), (0.8, 0.3), (1, 1))
LESSONS: Sequence[Lesson] = (
    Lesson("letters", 256, 96, 20, _LETTERS),
    Lesson("letters", 256, 160, 12, _LETTERS),
    Lesson("letters", 384, 128, 10, _LETTERS),
    Lesson("letters", 384, 256, 6, _LETTERS),
    Lesson("lines", 256, 32, 32, _STRIPS),
    Lesson("lines", 384, 64, 12, _STRIPS),
    Lesson("lines", 288, 128, 10, _PARAGRAPHS),
    Lesson("lines", 384, 192, 6, _PARAGRAPHS),
    Lesson("screens", 256, 160, 16, _SMALL),
    Lesson("screens", 320, 192, 12, _SMALL),
    Lesson("screens", 224, 288, 12, _MIDDLE),
    Lesson("screens", 384, 288, 8, _MIDDLE),
    Lesson("screens", 320, 480, 6, _LARGE),
    Lesson("screens", 480, 320, 6, _LARGE),
    Lesson("screens", 352, 640, 4, _LARGE),
    Lesson("screens", 640, 384, 4, _LARGE),
)


class Course(IterableDataset[Batch]):
    """Batches without end: the one of number n is the same every time, for the progress it is made at.

    `progress` is shared with the process that trains.
    """

    def __init__(self, vocabulary: Vocabulary, progress: Tensor, *, seed: int, first: int) -> None:
        self._vocabulary, self._progress, self._seed, self._first = vocabulary, progress, seed, first

    def __iter__(self) -> Iterator[Batch]:
        number = self._first
        while True:
            yield make(self._vocabulary, random.Random(f"{self._seed} {number}"), float(self._progress))
            number += 1


def make(vocabulary: Vocabulary, r: random.Random, progress: float) -> Batch:
    """One batch of a lesson that is due at this point of the course."""
    chosen = r.choices(LESSONS, [lesson_.weight(progress) for lesson_ in LESSONS])[0]

    if chosen.subject == "letters":
        return letters([_picture(r, chosen) for _ in range(chosen.count)])

    # Conversations of one length waste little on padding.
    turns, pictures = r.randint(4, 7), 2 if r.random() < TWO else 1

    def talk() -> Conversation:
        if chosen.subject == "lines":
            return lesson(r, chosen.width, chosen.height)
        return conversation(r, chosen.width, chosen.height, turns=turns, pictures=pictures)

    if chosen.subject == "screens" and r.random() < _FORMS:
        form = r.choices((TICKET, PRODUCT), (4, 1))[0]  # few screens show a product
        filled = functools.partial(_filled, r, form, chosen)
        return batch(vocabulary, instruction(form.described), filled, chosen.count, r, labelled=0.0)
    count = chosen.count if chosen.subject == "lines" else -(-chosen.count // pictures)
    return batch(vocabulary, _system(r, progress), talk, count, r)


def _picture(r: random.Random, chosen: Lesson) -> Picture:
    if r.random() < _SCREENS:
        return screen(r, chosen.width, chosen.height).picture
    return lesson(r, chosen.width, chosen.height).turns[0].pictures[0]


def _system(r: random.Random, progress: float) -> str:
    """A system prompt. They come in by and by, the short ones first: at the beginning they would only take time."""
    if r.random() > (progress - 0.08) / 0.2:
        return ""
    drawn = [system_prompt(r, r.choices(("en", "zh"), (0.6, 0.4))[0]) for _ in range(1 if progress > _LONG else 2)]
    return min(drawn, key=len)


def _filled(r: random.Random, form: Extraction, chosen: Lesson) -> Conversation:
    """A form to be filled in from a screen that has something for it."""
    while True:
        language: Language = r.choice(("en", "zh"))
        turns = about(r, screen(r, chosen.width, chosen.height), language)
        found = [turn for turn in turns if turn.kind == form.name]
        if found:
            return Conversation(found[:1], language)
