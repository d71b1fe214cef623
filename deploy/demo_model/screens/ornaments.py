"""Blocks with pictures in them: icons, rows of lists, tables, bars, thumbnails."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from deploy.demo_model.canvas import Colour
from deploy.demo_model.screens.blocks import Align, note, offset, readable
from deploy.demo_model.screens.painter import CENTRE, Painter, line_height
from deploy.demo_model.screens.theme import Style, blend, on, vivid


def icon(painter: Painter, x: float, y: float, size: float, colour: Colour, ground: Colour) -> None:
    """One of several drawn shapes in a square."""
    painter.r.choice(_ICONS)(painter, (x, y, x + size, y + size), colour, ground)


def _scaled(painter: Painter, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(x * painter.canvas.scale, y * painter.canvas.scale) for x, y in points]


def _line(painter: Painter, points: Sequence[tuple[float, float]], colour: Colour, width: float) -> None:
    painter.canvas.draw.line(_scaled(painter, points), colour, max(1, round(width * painter.canvas.scale)), "curve")


_Corners = tuple[float, float, float, float]


def _disc(painter: Painter, box: _Corners, colour: Colour, ground: Colour) -> None:
    left, top, right, _bottom = box
    size = right - left
    painter.box(box, colour, None, size / 2)
    middle = left + size / 2
    shape = painter.r.random()
    if shape < 0.35:  # an exclamation mark
        painter.box((middle - size / 16, top + size * 0.22, middle + size / 16, top + size * 0.58), ground)
        painter.box((middle - size / 16, top + size * 0.68, middle + size / 16, top + size * 0.8), ground)
    elif shape < 0.6:  # a tick
        points = [(left + size * 0.27, top + size * 0.52), (left + size * 0.43, top + size * 0.68),
                  (left + size * 0.74, top + size * 0.33)]  # fmt: skip
        _line(painter, points, ground, size / 10)
    elif shape < 0.8:  # a cross
        low, high = size * 0.32, size * 0.68
        _line(painter, [(left + low, top + low), (left + high, top + high)], ground, size / 10)
        _line(painter, [(left + high, top + low), (left + low, top + high)], ground, size / 10)


def _triangle(painter: Painter, box: _Corners, colour: Colour, ground: Colour) -> None:
    left, top, right, bottom = box
    middle, size = (left + right) / 2, right - left
    painter.canvas.draw.polygon(_scaled(painter, [(middle, top), (right, bottom), (left, bottom)]), colour)
    painter.box((middle - size / 16, top + size * 0.4, middle + size / 16, top + size * 0.7), ground)
    painter.box((middle - size / 16, top + size * 0.78, middle + size / 16, top + size * 0.89), ground)


def _menu(painter: Painter, box: _Corners, colour: Colour, ground: Colour) -> None:
    left, top, right, bottom = box
    for share in (0.22, 0.5, 0.78):
        y = top + (bottom - top) * share
        painter.box((left, y - 1, right, y + 1), colour)


def _bell(painter: Painter, box: _Corners, colour: Colour, ground: Colour) -> None:
    left, top, right, bottom = box
    size = right - left
    bell = (left + size * 0.2, top + size * 0.1, right - size * 0.2, bottom - size * 0.25)
    painter.box(bell, colour, None, size * 0.3)
    painter.box((left + size * 0.1, bottom - size * 0.35, right - size * 0.1, bottom - size * 0.22), colour)
    painter.box((left + size * 0.42, bottom - size * 0.15, left + size * 0.58, bottom), colour, None, size * 0.1)


def _magnifier(painter: Painter, box: _Corners, colour: Colour, ground: Colour) -> None:
    left, top, right, bottom = box
    size = right - left
    painter.box((left, top, left + size * 0.7, top + size * 0.7), None, colour, size * 0.35, max(1, size / 10))
    _line(painter, [(left + size * 0.6, top + size * 0.6), (right, bottom)], colour, size / 8)


def _star(painter: Painter, box: _Corners, colour: Colour, ground: Colour) -> None:
    left, top, right, bottom = box
    x, y, size = (left + right) / 2, (top + bottom) / 2, (right - left) / 2
    points = []
    for corner in range(10):
        reach = size if corner % 2 == 0 else size * 0.42
        turn = math.pi * (corner / 5 - 0.5)
        points.append((x + reach * math.cos(turn), y + reach * math.sin(turn)))
    painter.canvas.draw.polygon(_scaled(painter, points), colour)


def _bag(painter: Painter, box: _Corners, colour: Colour, ground: Colour) -> None:
    left, top, right, bottom = box
    size = right - left
    handle = (left + size * 0.3, top, right - size * 0.3, top + size * 0.5)
    painter.box(handle, None, colour, size * 0.2, max(1, size / 10))
    painter.box((left, top + size * 0.3, right, bottom), colour, None, size * 0.1)


_ICONS: Sequence[Callable[[Painter, _Corners, Colour, Colour], None]] = (
    _disc, _disc, _disc, _triangle, _menu, _bell, _magnifier, _star, _bag,
)  # fmt: skip


@dataclass(slots=True)
class Icon:
    """A drawn sign on a line of its own."""

    size: float
    colour: Colour
    align: Align = "left"
    keep: float = 1

    def height(self, painter: Painter, width: float) -> float | None:
        """A square."""
        return self.size + 2 if self.size <= width else None

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """The sign."""
        x += offset(self.align, width - self.size)
        icon(painter, x, y, self.size, self.colour, painter.theme.card)


@dataclass(slots=True)
class Rule:
    """A thin line across."""

    keep: float = 1

    def height(self, painter: Painter, width: float) -> float | None:
        """A little room on both sides."""
        return 5

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """The line."""
        painter.box((x, y + 2, x + width, y + 3), painter.theme.line)


@dataclass(slots=True)
class Bar:
    """How far something has come."""

    share: float
    keep: float = 0.5

    def height(self, painter: Painter, width: float) -> float | None:
        """Thin."""
        return 10

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """The track, then what is done."""
        painter.box((x, y + 2, x + width, y + 8), blend(painter.theme.paper, painter.theme.ink, 0.15), None, 3)
        painter.box((x, y + 2, x + max(6, width * self.share), y + 8), painter.theme.accent, None, 3)


@dataclass(slots=True)
class Skeleton:
    """Grey bars where text would be."""

    count: int
    keep: float = 0

    def height(self, painter: Painter, width: float) -> float | None:
        """So many bars."""
        return self.count * 14

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """Bars of random lengths."""
        for index in range(self.count):
            long = width * painter.r.uniform(0.4, 1)
            painter.box((x, y + index * 14 + 2, x + long, y + index * 14 + 10), painter.theme.line, None, 4)


@dataclass(slots=True)
class Thumbnail:
    """A picture: a soft field of colours."""

    tall: float
    keep: float = 0.5

    def height(self, painter: Painter, width: float) -> float | None:
        """As tall as it is said to be."""
        return self.tall

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """Scale a few random colours up."""
        photograph(painter, (x, y, x + width, y + self.tall))


def photograph(painter: Painter, corners: _Corners) -> None:
    """Something like a photograph in a rectangle."""
    left, top, right, bottom = (round(value * painter.canvas.scale) for value in corners)
    if right - left < 2 or bottom - top < 2:
        return
    noise = np.random.default_rng(painter.r.getrandbits(32))
    few = noise.integers(30, 230, (painter.r.randint(2, 5), painter.r.randint(2, 6), 3), dtype=np.uint8)
    image = Image.fromarray(few).resize((right - left, bottom - top), Image.Resampling.BICUBIC)
    painter.canvas.image.paste(image, (left, top))


@dataclass(slots=True)
class Row:
    """A row of a list: an icon or avatar, one or two texts, and something at the end."""

    label: str
    below: str = ""
    end: str = ""
    picture: bool = False
    switch: bool | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    named: bool = True
    counted: bool = False
    keep: float = 3

    def _end(self, painter: Painter) -> float:
        theme = painter.theme
        if self.switch is not None:
            return theme.size * 2.2
        return painter.width_of(self.end, theme.body) + theme.size * 0.6 if self.end else 0

    def _start(self, painter: Painter) -> float:
        return painter.theme.size * 2 if self.picture else 0

    def height(self, painter: Painter, width: float) -> float | None:
        """One line or two, and room around them."""
        theme = painter.theme
        texts = max(painter.width_of(self.label, theme.body), painter.width_of(self.below, theme.faint))
        if self._start(painter) + texts + self._end(painter) > width:
            return None
        return line_height(theme.body, 1.3) * (2 if self.below else 1) + 5

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """From left to right."""
        theme, r = painter.theme, painter.r
        tall = line_height(theme.body, 1.3)
        middle = y + (tall * (2 if self.below else 1)) / 2 + 2
        if self.picture:
            side = theme.size * 1.5
            colour = vivid(r)
            if r.random() < 0.5:
                painter.box((x, middle - side / 2, x + side, middle + side / 2), colour, None, r.choice((side / 2, 3)))
            else:
                icon(painter, x, middle - side / 2, side, readable_mark(colour, theme.paper), theme.paper)
        x += self._start(painter)
        right = x - self._start(painter) + width
        painter.text(x, y + 2 + theme.size * 0.06, self.label, theme.body)
        if self.below:
            painter.text(x, y + 2 + tall, self.below, theme.faint)
        if self.switch is not None:
            self._toggle(painter, right, middle)
        elif self.end:
            at = right - painter.width_of(self.end, theme.body)
            painter.text(at, y + 2 + theme.size * 0.06, self.end, theme.body)
        note(painter, self.facts)
        painter.facts.products += self.counted
        if self.named:
            painter.facts.names.append(self.label)
            if self.end:
                painter.facts.fields[self.label] = self.end

    def _toggle(self, painter: Painter, right: float, middle: float) -> None:
        theme = painter.theme
        wide, tall = theme.size * 1.9, theme.size
        fill = theme.accent if self.switch else blend(theme.paper, theme.ink, 0.25)
        painter.box((right - wide, middle - tall / 2, right, middle + tall / 2), fill, None, tall / 2)
        knob = right - tall + 2 if self.switch else right - wide + 2
        corners = (knob, middle - tall / 2 + 2, knob + tall - 4, middle + tall / 2 - 2)
        painter.box(corners, (250, 250, 250), None, tall / 2)


def readable_mark(colour: Colour, ground: Colour) -> Colour:
    """A colour for a sign that can be seen on the ground."""
    return readable(Style(None, 0, colour), ground).colour  # type: ignore[arg-type]  # only the colour counts


@dataclass(slots=True)
class Table:
    """Columns under headings."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    keep: float = 4

    def _widths(self, painter: Painter, width: float) -> list[float] | None:
        theme = painter.theme
        own = [
            max(
                painter.width_of(head, theme.strong),
                *(painter.width_of(row[index], theme.body) for row in self.rows),
            )
            + theme.size * 0.8
            for index, head in enumerate(self.heads)
        ]
        spare = width - sum(own)
        return [wide + spare / len(own) for wide in own] if spare >= 0 else None

    def height(self, painter: Painter, width: float) -> float | None:
        """A line a row."""
        if self._widths(painter, width) is None:
            return None
        return (len(self.rows) + 1) * (painter.theme.size * 1.6)

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """Heads, then rows, every other one shaded."""
        theme = painter.theme
        widths, tall = self._widths(painter, width) or [], theme.size * 1.6
        shaded = painter.r.random() < 0.5
        head = theme.accent if painter.r.random() < 0.4 else blend(theme.paper, theme.ink, 0.1)
        painter.box((x, y, x + width, y + tall), head)
        for line, row in enumerate((self.heads, *self.rows)):
            style = Style(theme.bold, theme.size, on(head)) if line == 0 else theme.body
            if shaded and line and line % 2 == 0:
                painter.box((x, y, x + width, y + tall), blend(theme.paper, theme.ink, 0.05))
            at = x + theme.size * 0.4
            for cell, wide in zip(row, widths, strict=True):
                painter.text(at, y + tall / 2 - theme.size * CENTRE, cell, style)
                at += wide
            y += tall
            painter.box((x, y - 1, x + width, y), theme.line)
        painter.facts.names += [*self.heads, *(row[0] for row in self.rows)]


def skeleton(r: random.Random) -> Skeleton:
    """A few grey bars."""
    return Skeleton(r.randint(1, 4))
