"""Blocks with pictures in them: icons, rows of lists, tables, bars, thumbnails."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from deploy.demo_model.canvas import Colour
from deploy.demo_model.screens.blocks import Align, note, offset, readable
from deploy.demo_model.screens.painter import CENTRE, Painter, line_height
from deploy.demo_model.screens.signs import Corners, icon, outlined
from deploy.demo_model.screens.theme import Style, blend, on, vivid


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
class Sign(Icon):
    """A sign of lines."""

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """The sign."""
        x += offset(self.align, width - self.size)
        outlined(painter, (x, y, x + self.size, y + self.size), self.colour)


@dataclass(slots=True)
class Pattern:
    """Black and white squares, as machines read them."""

    side: float
    count: int
    align: Align = "left"
    keep: float = 0.5

    def height(self, painter: Painter, width: float) -> float | None:
        """A square."""
        return self.side if self.side <= width else None

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """Scale a few pixels up."""
        x += offset(self.align, width - self.side)
        few = Image.frombytes("L", (self.count, self.count), painter.r.randbytes(self.count**2))
        scale = painter.canvas.scale
        side = round(self.side * scale)
        image = few.point(lambda value: 255 * (value > 127)).resize((side, side), Image.Resampling.NEAREST)
        painter.canvas.image.paste(image.convert("RGB"), (round(x * scale), round(y * scale)))


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


def photograph(painter: Painter, corners: Corners) -> None:
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
    """Columns under headings. `even` spreads them from edge to edge, the last one to the right; the last row is a sum
    if it is `summed`."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    keep: float = 4
    facts: Mapping[str, str] = field(default_factory=dict)
    even: bool = False
    summed: bool = False

    def _widths(self, painter: Painter, width: float) -> list[float] | None:
        theme = painter.theme
        own = [
            max(
                painter.width_of(head, theme.strong),
                *(painter.width_of(row[index], theme.strong if self.summed else theme.body) for row in self.rows),
            )
            + theme.size * 0.8
            for index, head in enumerate(self.heads)
        ]
        spare = width - sum(own)
        if spare < 0:
            return None
        return [own[0] + spare, *own[1:]] if self.even else [wide + spare / len(own) for wide in own]

    def height(self, painter: Painter, width: float) -> float | None:
        """A line a row."""
        if self._widths(painter, width) is None:
            return None
        return (len(self.rows) + 1) * (painter.theme.size * 1.6)

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """Heads, then rows, every other one shaded."""
        theme, r = painter.theme, painter.r
        widths, tall = self._widths(painter, width) or [], theme.size * 1.6
        shaded, ruled = r.random() < 0.5, r.random() < 0.7
        head = r.choice((theme.accent, blend(theme.paper, theme.ink, 0.1), blend(theme.paper, theme.ink, 0.1), None))
        if head:
            painter.box((x, y, x + width, y + tall), head)
        top = Style(theme.bold, theme.size, on(head)) if head else r.choice((theme.faint, theme.strong))
        for line, row in enumerate((self.heads, *self.rows)):
            last = self.summed and line == len(self.rows)
            style = top if line == 0 else theme.strong if last else theme.body
            if shaded and line and line % 2 == 0:
                painter.box((x, y, x + width, y + tall), blend(theme.paper, theme.ink, 0.05))
            self._row(painter, row, widths, (x, y + tall / 2 - theme.size * CENTRE), style)
            y += tall
            if ruled or (self.summed and line == len(self.rows) - 1):
                painter.box((x, y - 1, x + width, y), theme.line)
        painter.facts.names += [*self.heads, *(row[0] for row in self.rows)]
        note(painter, self.facts)

    def _row(
        self, painter: Painter, row: Sequence[str], widths: Sequence[float], place: tuple[float, float], style: Style
    ) -> None:
        inset = painter.theme.size * 0.4
        x, y = place
        for index, (string, wide) in enumerate(zip(row, widths, strict=True)):
            at = x + inset
            if self.even and index:
                at = x + wide - inset - painter.width_of(string, style)
            if string:
                painter.text(at, y, string, style)
            x += wide


def skeleton(r: random.Random) -> Skeleton:
    """A few grey bars."""
    return Skeleton(r.randint(1, 4))
