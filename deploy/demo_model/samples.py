"""What the model learns from: pictures with the place of every character, and conversations about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PIL import Image

Language = Literal["en", "zh"]
Answer = tuple[str, ...]
"""An answer in pieces: those at even places are the model's own words, those at odd places are seen in the picture.

What is seen is spelled out character by character in training, whatever the tokenizer would make of it."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character of a picture: its centre, in pixels from the upper left corner, its advance and its font's size."""

    character: str
    x: float
    y: float
    width: float
    size: float


@dataclass(frozen=True, slots=True)
class Picture:
    """An RGB picture, both sides multiples of 32, and the characters in it."""

    image: Image.Image
    glyphs: Sequence[Glyph]


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer. `pictures` are sent with the question, in this order; `kind` names the category.

    `schema`: the answer is JSON (still in pieces), and the question is the one that asks for it.
    """

    question: str
    answer: Answer
    kind: str
    language: Language = "en"
    pictures: Sequence[Picture] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns that follow one another, under one system prompt."""

    turns: Sequence[Turn]
    language: Language = "en"


def text(answer: Answer) -> str:
    """An answer as people see it."""
    return "".join(answer)
