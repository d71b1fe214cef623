"""Blocks that stand beside each other, and small furniture: bubbles, steps, boxes for digits, stars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from deploy.demo_model.canvas import Colour
from deploy.demo_model.screens.blocks import Align, Block, note, offset, stack, taken
from deploy.demo_model.screens.painter import CENTRE, Painter, line_height
from deploy.demo_model.screens.signs import icon, star
from deploy.demo_model.screens.theme import Style, blend, on


@dataclass(slots=True)
class Columns:
    """Blocks side by side. `shares` of the width are theirs, after the first one's own width if that is `fixed`;
    `across` says how they stand to one another in height."""

    blocks: list[Block]
    shares: Sequence[float]
    gap: float = 10
    across: Literal["top", "middle", "bottom"] = "top"
    keep: float = 5
    fixed: float = 0

    def _widths(self, width: float) -> list[float]:
        if self.fixed and len(self.blocks) > 1:
            rest = self.shares[1 : len(self.blocks)]
            room = max(width - self.fixed - self.gap * len(rest), 0)
            return [self.fixed, *(room * share / sum(rest) for share in rest)]
        # A block that was left out leaves its room to the others.
        shares = self.shares[: len(self.blocks)]
        room = width - self.gap * (len(shares) - 1)
        return [room * share / sum(shares) for share in shares]

    def _heights(self, painter: Painter, width: float) -> list[float | None]:
        widths = self._widths(width)
        return [block.height(painter, own) for block, own in zip(self.blocks, widths, strict=True)]

    def height(self, painter: Painter, width: float) -> float | None:
        """The highest; None if any does not fit its share."""
        heights = [tall for tall in self._heights(painter, width) if tall is not None]
        return max(heights) if heights and len(heights) == len(self.blocks) else None

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """From left to right."""
        heights = [tall or 0.0 for tall in self._heights(painter, width)]
        for block, own, tall in zip(self.blocks, self._widths(width), heights, strict=True):
            drop = {"top": 0.0, "middle": 0.5, "bottom": 1.0}[self.across] * (max(heights) - tall)
            block.draw(painter, x, y + drop, own)
            x += own + self.gap


@dataclass(slots=True)
class Group:
    """Blocks one under the other, without a surface; `left` keeps them from the edge."""

    blocks: list[Block]
    gap: float = 3
    left: float = 0
    keep: float = 5

    def height(self, painter: Painter, width: float) -> float | None:
        """All together; what does not fit the width is left out."""
        inside = width - self.left
        self.blocks = [block for block in self.blocks if block.height(painter, inside) is not None]
        return taken(painter, self.blocks, inside, self.gap) if self.blocks else None

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """From top to bottom."""
        stack(painter, self.blocks, (x + self.left, y, width - self.left), self.gap)


@dataclass(slots=True)
class Alert:
    """A tinted surface with a sign at its left and a block beside it."""

    blocks: list[Block]
    fill: Colour
    ink: Colour
    sign: bool = True
    edge: bool = False
    keep: float = 7

    def _inset(self, painter: Painter) -> tuple[float, float]:
        padding = painter.theme.size * 0.7
        return padding, padding + (painter.theme.size * 2 if self.sign else 0)

    def height(self, painter: Painter, width: float) -> float | None:
        """What is in it, and its padding."""
        padding, left = self._inset(painter)
        inside = width - left - padding
        self.blocks = [block for block in self.blocks if block.height(painter, inside) is not None]
        return taken(painter, self.blocks, inside, 3) + 2 * padding if self.blocks else None

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """The surface, the sign, the text."""
        padding, left = self._inset(painter)
        tall = self.height(painter, width) or 0
        radius = painter.theme.radius
        painter.box((x, y, x + width, y + tall), self.fill, self.ink if self.edge else None, min(radius, tall / 2))
        if self.sign:
            icon(painter, x + padding, y + padding, painter.theme.size * 1.3, self.ink, self.fill)
        stack(painter, self.blocks, (x + left, y + padding, width - left - padding), 3)


@dataclass(slots=True)
class Bubble:
    """What somebody says in a chat."""

    string: str
    mine: bool
    keep: float = 2

    def height(self, painter: Painter, width: float) -> float | None:
        """Up to four fifths of the width."""
        lines = self._lines(painter, width)
        return None if lines is None else len(lines) * line_height(painter.theme.body, 1.3) + painter.theme.size * 0.9

    def _lines(self, painter: Painter, width: float) -> list[str] | None:
        return painter.wrap(self.string, painter.theme.body, width * 0.8 - painter.theme.size * 1.4)

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """At the right what the customer says, at the left the rest."""
        theme, lines = painter.theme, self._lines(painter, width) or []
        fill = theme.accent if self.mine else blend(theme.card, theme.ink, 0.1)
        wide = max(painter.width_of(line, theme.body) for line in lines) + theme.size * 1.4
        tall = len(lines) * line_height(theme.body, 1.3) + theme.size * 0.9
        left = x + (width - wide if self.mine else 0)
        painter.box((left, y, left + wide, y + tall), fill, None, min(theme.size, tall / 2))
        style = Style(theme.face, theme.size, on(fill))
        for index, line in enumerate(lines):
            top = y + theme.size * 0.4 + index * line_height(theme.body, 1.3)
            painter.text(left + theme.size * 0.7, top, line, style)


@dataclass(slots=True)
class Step:
    """One step of a way: a dot, what is done there, when. Steps under one another are joined."""

    label: str
    when: str
    done: bool
    last: bool = False
    keep: float = 3

    def height(self, painter: Painter, width: float) -> float | None:
        """A line with room for what joins it to the next."""
        theme = painter.theme
        wide = theme.size * 2 + painter.width_of(self.label, theme.strong) + painter.width_of(self.when, theme.faint)
        return theme.size * 1.9 if wide + theme.size <= width else None

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """The dot, the line, the words."""
        theme, size = painter.theme, painter.theme.size
        colour = theme.accent if self.done else theme.line
        middle = y + size * 0.75
        if not self.last:
            painter.box((x + size * 0.5 - 1, middle, x + size * 0.5 + 1, middle + size * 1.9), theme.line)
        fill = colour if self.done else theme.card
        painter.box((x + size * 0.15, middle - size * 0.35, x + size * 0.85, middle + size * 0.35), fill, colour,
                    size * 0.35, 2)  # fmt: skip
        style = theme.strong if self.done else theme.faint
        painter.text(x + size * 1.6, y + size * 0.1, self.label, style)
        at = x + width - painter.width_of(self.when, theme.faint)
        if self.when:
            painter.text(at, y + size * 0.1, self.when, theme.faint)
        painter.facts.names.append(self.label)


@dataclass(slots=True)
class DigitBoxes:
    """Boxes for the digits of a code that is typed in; some are filled."""

    digits: str
    count: int
    keep: float = 3

    def height(self, painter: Painter, width: float) -> float | None:
        """A little higher than an input."""
        tall = painter.theme.size * 2.2
        return tall if self.count * tall <= width else None

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """In the middle."""
        theme = painter.theme
        tall, wide = theme.size * 2.2, theme.size * 1.8
        x += (width - self.count * tall) / 2
        for place in range(self.count):
            edge = theme.accent if place == len(self.digits) else theme.line
            painter.box((x, y, x + wide, y + tall), theme.card, edge, min(6, theme.radius))
            if place < len(self.digits):
                digit = self.digits[place]
                at = x + (wide - painter.width_of(digit, theme.body)) / 2
                painter.text(at, y + tall / 2 - theme.size * CENTRE, digit, theme.body)
            x += tall


@dataclass(slots=True)
class Stars:
    """How well something is rated."""

    count: int
    align: Align = "left"
    keep: float = 1

    def height(self, painter: Painter, width: float) -> float | None:
        """As high as text."""
        return painter.theme.size * 1.3 if painter.theme.size * 6 <= width else None

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """Five, so many of them full."""
        size = painter.theme.size
        x += offset(self.align, width - size * 6)
        for place in range(5):
            colour = (232, 163, 23) if place < self.count else painter.theme.line
            star(painter, (x, y, x + size, y + size), colour, colour)
            x += size * 1.2


@dataclass(slots=True)
class Stepper:
    """How many pieces, with signs for fewer and more."""

    pieces: str
    facts: Mapping[str, str] = field(default_factory=dict)
    align: Align = "left"
    keep: float = 4

    def height(self, painter: Painter, width: float) -> float | None:
        """As high as a small button."""
        return painter.theme.size * 1.8 if painter.theme.size * 6 <= width else None

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """Minus, the number, plus."""
        theme, size = painter.theme, painter.theme.size
        wide, tall = size * 5.6, size * 1.8
        x += offset(self.align, width - wide)
        painter.box((x, y, x + wide, y + tall), None, theme.line, min(theme.radius, tall / 2))
        middle, arm = y + tall / 2, size * 0.35
        for centre, upright in ((x + size * 0.9, False), (x + wide - size * 0.9, True)):
            painter.box((centre - arm, middle - 1, centre + arm, middle + 1), theme.ink)
            if upright:
                painter.box((centre - 1, middle - arm, centre + 1, middle + arm), theme.ink)
        at = x + (wide - painter.width_of(self.pieces, theme.body)) / 2
        painter.text(at, middle - size * CENTRE, self.pieces, theme.body)
        note(painter, self.facts)
