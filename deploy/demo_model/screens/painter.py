"""A canvas that knows its theme and keeps account of what is written on it."""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from deploy.demo_model.canvas import Canvas, Colour, measure, scale_for
from deploy.demo_model.fonts import Typeface
from deploy.demo_model.samples import Picture
from deploy.demo_model.screens.facts import Facts
from deploy.demo_model.screens.theme import SMALLEST, Style, Theme, blend

Box = tuple[float, float, float, float]
BASELINE, CENTRE = 0.95, 0.58
"""How far below a line's top its letters stand, and their middle is, in sizes."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A piece of text that was drawn."""

    text: str
    x: float
    y: float
    height: float


class Painter:
    """Draws a screen of `width` x `height` pixels."""

    def __init__(self, r: random.Random, theme: Theme, width: int, height: int) -> None:
        self.r, self.theme, self.width, self.height = r, theme, width, height
        # Large pictures drawn still larger would take long.
        self.canvas = Canvas(width, height, theme.paper, min(scale_for(r), 2.0 if width * height > 80_000 else 3.0))
        self.facts = Facts()
        self.prominent = False
        """Whether something stands out that may be taken for a heading."""
        self._runs: list[_Run] = []

    def text(self, x: float, y: float, string: str, style: Style) -> float:
        """Write one line whose capitals stand from 0.22 to 0.95 sizes below `y`; returns its right edge."""
        self._runs.append(_Run(string, x, y + style.size * CENTRE, style.size))
        top = y + style.size * BASELINE - _ascent(style.face, style.size)
        if not style.spacing:
            return self.canvas.text(x, top, string, style.face, style.size, style.colour)
        for character in string:
            right = self.canvas.text(x, top, character, style.face, style.size, style.colour)
            x = right + style.size * style.spacing
        return x

    def box(
        self, corners: Box, fill: Colour | None = None, outline: Colour | None = None, radius: float = 0,
        width: float = 1,
    ) -> None:  # fmt: skip
        """A rectangle."""
        self.canvas.box(corners, fill, outline, radius, width)

    def gradient(self, corners: Box, first: Colour, second: Colour, radius: float = 0) -> None:
        """A rectangle between two colours: across, down or aslant."""
        scale = self.canvas.scale
        left, top, right, bottom = (round(value * scale) for value in corners)
        size = max(1, right - left), max(1, bottom - top)
        middle = blend(first, second, 0.5)
        four = Image.new("RGB", (2, 2))
        four.putdata(
            self.r.choice(
                ((first, second, first, second), (first, first, second, second), (first, middle, middle, second))
            )
        )
        field = four.resize(size, Image.Resampling.BILINEAR)
        mask = None
        if radius:
            mask = Image.new("L", size)
            limit = min(radius * scale, size[0] / 2, size[1] / 2)
            ImageDraw.Draw(mask).rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), limit, 255)
        self.canvas.image.paste(field, (left, top), mask)

    def shadow(self, corners: Box, radius: float, below: Colour) -> None:
        """A soft edge round a rectangle that is drawn afterwards."""
        left, top, right, bottom = corners
        for step in (3, 2, 1):
            spread = step * 1.3
            colour = blend(below, (0, 0, 0), 0.16 / step)
            edge = (left - spread, top - spread + 2, right + spread, bottom + spread + 2)
            self.box(edge, colour, None, radius + spread)

    def cover(self, corners: Box, fill: Colour, outline: Colour | None = None, radius: float = 0) -> None:
        """A rectangle over whatever was written there before. Text that it cuts counts as covered altogether."""
        _left, top, _right, bottom = corners
        kept = []
        for run in self._runs:
            middle = run.y
            if top - run.height / 2 <= middle <= bottom + run.height / 2:
                # What is left of a text that is cut is no longer part of what can be read.
                self.facts.whole = False
                self.facts.covered.append(run.text)
            else:
                kept.append(run)
        self._runs = kept
        self.canvas.forget(corners)
        self.box(corners, fill, outline, radius)

    def dim(self, share: float, colour: Colour, blur: float) -> None:
        """Let everything so far stand back: mixed with a colour, and blurred."""
        image = self.canvas.image
        if blur:
            # A strong blur is cheaper, and looks the same, on a smaller picture.
            small = image.reduce(4) if min(image.size) >= 64 else image
            image = small.filter(ImageFilter.GaussianBlur(blur * self.canvas.scale / 4)).resize(image.size)
            self.canvas.glyphs.clear()
            self._runs.clear()
        elif self._runs:
            # What stands behind can be read, but is not what is meant.
            self.facts.whole = False
        image = Image.blend(image, Image.new("RGB", image.size, colour), share)
        self.canvas.image = image
        self.canvas.draw = ImageDraw.Draw(image)

    def backdrop(self) -> None:
        """Paint the paper: plain, with a gradient, or with noise."""
        shape = self.r.random()
        if shape < 0.75:
            return
        size, paper = self.canvas.image.size, self.theme.paper
        if shape < 0.9:
            # Four colours at the corners, and what lies between them.
            other = blend(paper, self.theme.accent, self.r.uniform(0.05, 0.22))
            down = self.r.choice(
                ((paper, paper, other, other), (paper, other, paper, other), (paper, paper, paper, other))
            )
            corners = Image.new("RGB", (2, 2))
            corners.putdata(down)
            self.canvas.image = corners.resize(size, Image.Resampling.BILINEAR)
        else:
            tile = _grain(self.r.randrange(8))
            for left in range(0, size[0], tile.width):
                for top in range(0, size[1], tile.height):
                    self.canvas.image.paste(tile, (left, top))
            # Half grey stays as the paper is.
            share = self.r.uniform(0.06, 0.25)
            red, green, blue = blend(paper, (128, 128, 128), -share / (1 - share))
            middle = max(0, min(red, 255)), max(0, min(green, 255)), max(0, min(blue, 255))
            self.canvas.image = Image.blend(Image.new("RGB", size, middle), self.canvas.image, share)
        self.canvas.draw = ImageDraw.Draw(self.canvas.image)

    def lines(self) -> list[str]:
        """All text in reading order: from the top, and in each line from the left."""
        rows: list[list[_Run]] = []
        for run in sorted(self._runs, key=lambda run: run.y):
            if rows and abs(rows[-1][0].y - run.y) < min(rows[-1][0].height, run.height) * 0.5:
                rows[-1].append(run)
            else:
                rows.append([run])
        return [" ".join(run.text for run in sorted(row, key=lambda run: run.x)) for row in rows]

    def finish(self) -> Picture:
        """The picture; the facts then know their lines."""
        self.facts.lines = self.lines()
        return self.canvas.picture(self.r)

    def width_of(self, string: str, style: Style) -> float:
        """The width of a line. Letters are as wide as at the size they are drawn in, before it is scaled down: hinting
        makes that differ by some percent."""
        if style.spacing:
            spread = style.size * style.spacing * len(string)
            return spread + sum(self.width_of(letter, Style(style.face, style.size, style.colour)) for letter in string)
        return measure(string, style.face, style.size * self.canvas.scale) / self.canvas.scale

    def wrap(self, string: str, style: Style, width: float) -> list[str] | None:
        """A text in lines of at most `width`; None if a word is wider than that."""
        lines: list[str] = []
        line = ""
        for word in string.split(" "):
            longer = f"{line} {word}" if line else word
            if self.width_of(longer, style) <= width:
                line = longer
                continue
            if not line or self.width_of(word, style) > width:
                return None
            lines.append(line)
            line = word
        return [*lines, line]

    def fitted(self, string: str, style: Style, width: float, lines: int) -> tuple[Style, list[str]] | None:
        """A text set in at most so many lines, smaller if need be; None if it cannot be."""
        size = style.size
        while True:
            smaller = Style(style.face, size, style.colour, style.spacing)
            found = self.wrap(string, smaller, width)
            if found is not None and len(found) <= lines:
                return smaller, found
            if size <= SMALLEST:
                return None
            size = max(SMALLEST, size - 1.5)


def line_height(style: Style, leading: float) -> float:
    """From one line's top to the next one's."""
    return style.size * leading


@functools.cache
def _grain(seed: int) -> Image.Image:
    """A piece of noise round half grey, to be laid side by side."""
    noise = np.random.default_rng(seed).standard_normal((128, 160, 1), np.float32) * 36 + 128
    return Image.fromarray(np.repeat(np.clip(noise, 0, 255), 3, axis=2).astype(np.uint8))


@functools.lru_cache(20_000)
def _ascent(face: Typeface, size: float) -> float:
    """How far above the baseline a font's own top is."""
    return float(face.at(size * 4).getmetrics()[0]) / 4
