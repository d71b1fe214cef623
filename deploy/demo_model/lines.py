"""The first lessons: nothing but lines of text, to be read aloud."""

from __future__ import annotations

import random
import string

from deploy.demo_model.canvas import CHARACTERS, Canvas, Colour, random_colour, scale_for
from deploy.demo_model.fonts import BUILT_IN, Typeface, typefaces
from deploy.demo_model.phrases import questions
from deploy.demo_model.samples import Conversation, Language, Turn
from deploy.demo_model.words import WORDS

SMALLEST, LARGEST = 13, 32
_NOT_BUILT_IN = "€£¥"


def lesson(r: random.Random, width: int, height: int) -> Conversation:
    """A picture full of lines, and the question what it says."""
    low, high = (r.randint(0, 70), r.randint(185, 255))
    ink, paper = random_colour(r, 0, low), random_colour(r, high, 255)
    if r.random() < 0.35:
        ink, paper = paper, ink
    canvas = Canvas(width, height, paper, scale_for(r))
    face, size = r.choice(typefaces()), _size(r)
    said: list[str] = []
    y = r.uniform(0, 6)
    while True:
        if r.random() < 0.5:
            face, size = r.choice(typefaces()), _size(r)
        if y + size * 1.25 > height:
            break
        line = _line(r, canvas, y, face, size, ink)
        if line:
            said.append(line)
        y += size * r.uniform(1.2, 1.9)
    language: Language = r.choice(("en", "zh"))
    if not said:
        said.append(_line(r, canvas, 0.0, face, SMALLEST, ink) or "")
    turn = Turn(r.choice(questions("read", language)), ("", "\n".join(said)), "read", language, (canvas.picture(r),))
    return Conversation((turn,), language)


def _size(r: random.Random) -> float:
    return r.triangular(SMALLEST, LARGEST, 15)


def _line(r: random.Random, canvas: Canvas, y: float, face: Typeface, size: float, ink: Colour) -> str:
    """Draw as many words as there is room for, and say what was drawn."""
    x = r.uniform(0, 12) if r.random() < 0.7 else r.uniform(0, canvas.width * 0.6)
    words: list[str] = []
    while True:
        word = token(r)
        if face.path == BUILT_IN:
            word = "".join(character for character in word if character not in _NOT_BUILT_IN) or "-"
        width = canvas.measure(" ".join([*words, word]), face, size)
        if x + width > canvas.width - 1 or (words and r.random() < 0.12):
            break
        words.append(word)
    line = " ".join(words)
    if line:
        canvas.text(x, y, line, face, size, ink)
    return line


def token(r: random.Random) -> str:
    """A word, a number, a code, an amount, or characters at random: digits are what is hard, so they are frequent."""
    kind = r.random()
    if kind < 0.25:
        word = r.choice(WORDS)
        return word.capitalize() if r.random() < 0.3 else word.upper() if r.random() < 0.1 else word
    if kind < 0.45:
        return "".join(r.choices(string.digits, k=r.randint(1, 7)))
    if kind < 0.6:
        letters = "".join(r.choices(string.ascii_uppercase, k=r.randint(1, 4)))
        return letters + r.choice(("-", "_", "", "#", "/")) + "".join(r.choices(string.digits, k=r.randint(2, 5)))
    if kind < 0.75:
        return r.choice(("$", "€", "£", "¥", "")) + f"{r.randint(0, 9999):,}.{r.randint(0, 99):02d}"
    if kind < 0.9:
        return "".join(r.choices(string.ascii_lowercase, k=r.randint(1, 7)))
    return "".join(r.choices(CHARACTERS, k=r.randint(1, 6)))
