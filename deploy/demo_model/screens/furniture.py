"""What else stands in applications: search fields, tabs, choices, people, framed codes, feet and coloured heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from deploy.demo_model.canvas import Colour
from deploy.demo_model.screens.blocks import Align, Block, Button, note, offset, stack, taken
from deploy.demo_model.screens.painter import CENTRE, Painter, line_height
from deploy.demo_model.screens.signs import outlined
from deploy.demo_model.screens.theme import Style, blend, on, vivid


@dataclass(slots=True)
class Section:
    """A small heading of a group, in capitals set apart or not; it is not the title."""

    string: str
    spacing: float = 0
    keep: float = 1

    def _style(self, painter: Painter) -> Style:
        theme = painter.theme
        return Style(theme.face, max(13.0, theme.size - 2), theme.muted, self.spacing)

    def height(self, painter: Painter, width: float) -> float | None:
        """One line."""
        style = self._style(painter)
        return line_height(style, 1.5) if painter.width_of(self.string, style) <= width else None

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """The line."""
        painter.text(x, y + 2, self.string, self._style(painter))
        painter.facts.names.append(self.string)
        painter.prominent = True


@dataclass(slots=True)
class Search:
    """A field to search in, with a hint in it or empty."""

    hint: str
    radius: float = 40
    keep: float = 1

    def height(self, painter: Painter, width: float) -> float | None:
        """As high as a button."""
        theme = painter.theme
        return theme.size * 2 if painter.width_of(self.hint, theme.faint) + theme.size * 3 <= width else None

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """The field, its glass, its hint."""
        theme = painter.theme
        tall, side = theme.size * 1.9, theme.size
        fill = blend(theme.card, theme.ink, 0.06)
        painter.box((x, y, x + width, y + tall), fill, theme.line, self.radius)
        glass = (x + side * 0.7, y + tall / 2 - side / 2, x + side * 1.7, y + tall / 2 + side / 2)
        outlined(painter, glass, theme.muted, ("magnifier",))
        if self.hint:
            painter.text(x + side * 2.2, y + tall / 2 - side * CENTRE, self.hint, theme.faint)


@dataclass(slots=True)
class Segments:
    """Words to choose from, one of which is chosen: underlined, or on a surface."""

    names: Sequence[str]
    chosen: int
    boxed: bool
    keep: float = 1.5

    def height(self, painter: Painter, width: float) -> float | None:
        """None if a word is wider than its share."""
        theme = painter.theme
        widest = max(painter.width_of(name, theme.strong) for name in self.names)
        return theme.size * 2 if (widest + theme.size * 0.8) * len(self.names) <= width else None

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """Each in the middle of its share."""
        theme, own = painter.theme, width / len(self.names)
        tall = theme.size * 1.9
        if self.boxed:
            painter.box((x, y, x + width, y + tall), blend(theme.paper, theme.ink, 0.1), None, theme.radius)
        else:
            painter.box((x, y + tall - 1, x + width, y + tall), theme.line)
        for place, name in enumerate(self.names):
            left, style = x + place * own, theme.strong if place == self.chosen else theme.faint
            if place == self.chosen and self.boxed:
                painter.box((left + 2, y + 2, left + own - 2, y + tall - 2), theme.card, None, theme.radius)
            elif place == self.chosen:
                painter.box((left + 2, y + tall - 3, left + own - 2, y + tall), theme.accent)
            at = left + (own - painter.width_of(name, style)) / 2
            painter.text(at, y + tall / 2 - theme.size * CENTRE, name, style)
            painter.facts.names.append(name)


@dataclass(slots=True)
class Choice:
    """Something that can be chosen: a ring or a box, chosen or not, and what it stands for."""

    label: str
    chosen: bool
    ring: bool
    end: str = ""
    framed: bool = False
    keep: float = 2

    def height(self, painter: Painter, width: float) -> float | None:
        """A line with room around it."""
        theme = painter.theme
        wide = painter.width_of(self.label, theme.body) + painter.width_of(self.end, theme.body)
        return theme.size * (2.1 if self.framed else 1.7) if wide + theme.size * 3.4 <= width else None

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """The ring or box, the label, what it costs."""
        theme, size = painter.theme, painter.theme.size
        tall = size * (2.0 if self.framed else 1.7)
        middle, colour = y + tall / 2, theme.accent if self.chosen else theme.muted
        right, left = x + width, x
        if self.framed:
            painter.box((x, y, right, y + tall), theme.card, colour if self.chosen else theme.line, theme.radius)
            left, right = x + size * 0.6, right - size * 0.6
        self._mark(painter, (left, middle - size / 2, left + size, middle + size / 2), colour)
        painter.text(left + size * 1.6, middle - size * CENTRE, self.label, theme.body)
        painter.facts.names.append(self.label)
        if self.end:
            painter.text(right - painter.width_of(self.end, theme.body), middle - size * CENTRE, self.end, theme.body)
            painter.facts.fields[self.label] = self.end

    def _mark(self, painter: Painter, box: tuple[float, float, float, float], colour: Colour) -> None:
        size = box[2] - box[0]
        if self.ring:
            painter.box(box, None, colour, size / 2, 1.5)
            if self.chosen:
                inner = size * 0.27
                painter.box((box[0] + inner, box[1] + inner, box[2] - inner, box[3] - inner), colour, None, size / 2)
        else:
            painter.box(box, colour if self.chosen else None, colour, min(3, painter.theme.radius), 1.5)
            if self.chosen:
                outlined(painter, box, on(colour), ("tick",))


@dataclass(slots=True)
class Someone:
    """A person: a round picture with or without initials, a name, and a word below or not."""

    name: str
    below: str = ""
    initials: bool = True
    keep: float = 1.5

    def height(self, painter: Painter, width: float) -> float | None:
        """A little more than two lines."""
        theme = painter.theme
        widest = max(painter.width_of(self.name, theme.strong), painter.width_of(self.below, theme.faint))
        return theme.size * 2.7 if widest + theme.size * 3.2 <= width else None

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """The picture, then the words in its middle."""
        theme, size = painter.theme, painter.theme.size
        side, colour = size * 2.4, vivid(painter.r)
        painter.box((x, y, x + side, y + side), colour, None, side / 2)
        letters = "".join(part[0] for part in self.name.split()[:2]).upper()
        style = Style(theme.face, 13.0, on(colour))
        if self.initials:
            painter.text(x + (side - painter.width_of(letters, style)) / 2, y + side / 2 - 13 * CENTRE, letters, style)
        lines = [(self.name, theme.strong), *([(self.below, theme.faint)] if self.below else [])]
        top = y + side / 2 - len(lines) * size * 0.6
        for string, own in lines:
            painter.text(x + side + size * 0.7, top - size * 0.02, string, own)
            top += size * 1.2


@dataclass(slots=True)
class Progress:
    """How far something has come, with the share in words: at the right of the bar, or above it."""

    share: int
    above: str = ""
    keep: float = 2

    def height(self, painter: Painter, width: float) -> float | None:
        """A line, and the bar below it if it has words of its own."""
        theme = painter.theme
        if self.above and painter.width_of(self.above, theme.faint) + theme.size * 4 > width:
            return None
        return theme.size * 1.4 + (10 if self.above else 0)

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """The words, the track, what is done."""
        theme, size = painter.theme, painter.theme.size
        string = f"{self.share}%"
        painter.text(x + width - painter.width_of(string, theme.faint), y + size * 0.1, string, theme.faint)
        long, top = width - size * 3.4, y + size * 0.55
        if self.above:
            painter.text(x, y + size * 0.1, self.above, theme.faint)
            long, top = width, y + size * 1.4
        painter.box((x, top, x + long, top + 7), blend(theme.paper, theme.ink, 0.15), None, 4)
        painter.box((x, top, x + max(7, long * self.share / 100), top + 7), theme.accent, None, 4)


@dataclass(slots=True)
class Framed:
    """One line in a box that is no wider than it need be."""

    string: str
    style: Style
    align: Align = "left"
    filled: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)
    keep: float = 7

    def height(self, painter: Painter, width: float) -> float | None:
        """A line and room around it."""
        size = self.style.size
        return size * 2 if painter.width_of(self.string, self.style) + size * 1.6 <= width else None

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """The box, then the line."""
        theme, size = painter.theme, self.style.size
        wide, tall = painter.width_of(self.string, self.style) + size * 1.4, size * 1.85
        x += offset(self.align, width - wide)
        fill = blend(theme.paper, theme.ink, 0.08) if self.filled else None
        painter.box((x, y, x + wide, y + tall), fill, None if self.filled else theme.line, min(theme.radius, 8))
        painter.text(x + size * 0.7, y + tall / 2 - size * CENTRE, self.string, self.style)
        note(painter, self.facts)


@dataclass(slots=True)
class Labelled:
    """A block under a label of its own, of which it is the value."""

    label: str
    style: Style
    block: Block
    value: str
    facts: Mapping[str, str] = field(default_factory=dict)
    align: Align = "left"
    keep: float = 7

    def height(self, painter: Painter, width: float) -> float | None:
        """The label's line, and the block."""
        tall = self.block.height(painter, width)
        if tall is None or painter.width_of(self.label, self.style) > width:
            return None
        return tall + line_height(self.style, painter.theme.leading) + 2

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """The label, then the block."""
        at = x + offset(self.align, width - painter.width_of(self.label, self.style))
        painter.text(at, y, self.label, self.style)
        self.block.draw(painter, x, y + line_height(self.style, painter.theme.leading) + 2, width)
        painter.facts.fields[self.label] = self.value
        painter.facts.names.append(self.label)


@dataclass(slots=True)
class Head:
    """A coloured surface, of one colour or going from one to another, with blocks on it."""

    blocks: list[Block]
    first: Colour
    second: Colour
    tall: float = 0
    keep: float = 8

    def height(self, painter: Painter, width: float) -> float | None:
        """What is on it; at least as tall as it is said to be."""
        inside = width - 2 * painter.theme.padding
        self.blocks = [block for block in self.blocks if block.height(painter, inside) is not None]
        if not self.blocks:
            return None
        return max(self.tall, taken(painter, self.blocks, inside, 4) + 2 * painter.theme.padding)

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """The surface; what is on it stands at its bottom."""
        theme, tall = painter.theme, self.height(painter, width) or 0
        painter.gradient((x, y, x + width, y + tall), self.first, self.second, theme.radius)
        inside = width - 2 * theme.padding
        top = y + tall - theme.padding - taken(painter, self.blocks, inside, 4)
        stack(painter, self.blocks, (x + theme.padding, top, inside), 4)


@dataclass(slots=True)
class Foot:
    """A bar at the bottom of a screen, as wide as that, with a line above it."""

    block: Block
    keep: float = 9

    @property
    def blocks(self) -> list[Block]:
        """What is in it."""
        return [self.block]

    def height(self, painter: Painter, width: float) -> float | None:
        """What is in it, and room around that."""
        padding = painter.theme.padding
        tall = self.block.height(painter, width - 2 * padding)
        return None if tall is None else tall + 2 * padding

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """The bar, the line, the block."""
        theme, tall = painter.theme, self.height(painter, width) or 0
        painter.box((x, y, x + width, y + tall), theme.card)
        painter.box((x, y, x + width, y + 1), theme.line)
        self.block.draw(painter, x + theme.padding, y + theme.padding, width - 2 * theme.padding)


@dataclass(slots=True)
class Split:
    """Two buttons at the bottom of a dialog, divided from it and from each other by thin lines. They reach the edges:
    the block goes beyond its own room by the padding of the surface it is on."""

    buttons: Sequence[Button]
    keep: float = 8

    def height(self, painter: Painter, width: float) -> float | None:
        """Less by the padding that it stands on."""
        theme = painter.theme
        widest = max(painter.width_of(button.label, theme.strong) for button in self.buttons)
        return None if widest + theme.size > width / len(self.buttons) else max(theme.size * 2.5 - theme.padding, 4)

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """The lines, then the words in the middle of the halves."""
        theme, count = painter.theme, len(self.buttons)
        left, wide = x - theme.padding, width + 2 * theme.padding
        tall = (self.height(painter, width) or 0) + theme.padding
        painter.box((left, y, left + wide, y + 1), theme.line)
        for place, button in enumerate(self.buttons):
            at = left + wide * place / count
            if place:
                painter.box((at, y, at + 1, y + tall), theme.line)
            style = Style(theme.bold, theme.size, theme.accent_ink) if button.primary else theme.body
            middle = at + wide / count / 2 - painter.width_of(button.label, style) / 2
            painter.text(middle, y + tall / 2 - theme.size * CENTRE, button.label, style)
            painter.facts.buttons.append(button.label)
            painter.facts.names.append(button.label)
            if button.primary:
                painter.facts.button, painter.facts.colour = button.label, None
