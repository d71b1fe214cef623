"""What screens are stacked from: texts, labelled values, buttons, inputs, rows and ornaments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from deploy.demo_model.screens.painter import CENTRE, Painter, line_height
from deploy.demo_model.screens.theme import Style, blend, luminance, name_of, on

Align = Literal["left", "centre", "right"]
ONCE: Final = frozenset({"error_code", "message", "title", "total", "order_number", "status"})
"""Facts of which a screen shows one at most."""


class Block(Protocol):
    """A part of a column. `keep`: the lower, the sooner it is dropped when there is too little room."""

    keep: float

    def height(self, painter: Painter, width: float) -> float | None:
        """What it takes; None if it does not fit the width."""

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """Draw it, and note its facts."""


def note(painter: Painter, facts: Mapping[str, str]) -> None:
    """Facts are noted when they are drawn, never before."""
    for kind, value in facts.items():
        setattr(painter.facts, kind, value)


def offset(align: Align, room: float) -> float:
    """How far in something begins that leaves so much room."""
    return {"left": 0.0, "centre": room / 2, "right": room}[align]


@dataclass(slots=True)
class Text:
    """A text in one or more lines; `facts` are what it tells."""

    string: str
    style: Style
    align: Align = "left"
    facts: Mapping[str, str] = field(default_factory=dict)
    lines: int = 6
    keep: float = 5

    def height(self, painter: Painter, width: float) -> float | None:
        """As many lines as it takes."""
        found = painter.fitted(self.string, self.style, width, self.lines)
        return found and len(found[1]) * line_height(found[0], painter.theme.leading)

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """Line by line."""
        found = painter.fitted(self.string, self.style, width, self.lines)
        if found is None:
            return
        style, lines = found
        for line in lines:
            painter.text(x + offset(self.align, width - painter.width_of(line, style)), y, line, style)
            y += line_height(style, painter.theme.leading)
        note(painter, self.facts)


@dataclass(slots=True)
class Pair:
    """A label and its value: in one line, at the two sides, in columns, or one under the other."""

    label: str
    value: str
    label_style: Style
    value_style: Style
    shape: Literal["inline", "sides", "columns", "under"] = "inline"
    mark: str = ":"
    kind: str = ""
    align: Align = "left"
    facts: Mapping[str, str] = field(default_factory=dict)
    keep: float = 4

    def _label(self) -> str:
        # "Order #" and "Err." take no colon.
        return self.label if self.label.endswith(("#", ".")) else self.label + self.mark

    def _shape(self, painter: Painter, width: float) -> str | None:
        label, value = painter.width_of(self._label(), self.label_style), painter.width_of(self.value, self.value_style)
        gap = self.value_style.size * 0.5
        if self.shape == "columns" and label + gap <= width * 0.45 and value <= width * 0.55:
            return "columns"
        if self.shape != "under" and label + gap + value <= width:
            return "inline" if self.shape == "inline" else "sides"
        return "under" if max(label, value) <= width else None

    def height(self, painter: Painter, width: float) -> float | None:
        """One line or two."""
        shape = self._shape(painter, width)
        if shape is None:
            return None
        value = line_height(self.value_style, painter.theme.leading)
        label = line_height(self.label_style, painter.theme.leading)
        return value + label if shape == "under" else max(value, label)

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """The label, then the value; both stand on one baseline."""
        label_width = painter.width_of(self._label(), self.label_style)
        value_width = painter.width_of(self.value, self.value_style)
        shape = self._shape(painter, width)
        if shape is None:
            return
        drop = (self.value_style.size - self.label_style.size) * 0.95
        gap = self.label_style.size * 0.32 if shape == "inline" else 0
        left = x + (offset(self.align, width - label_width - gap - value_width) if shape == "inline" else 0)
        if shape == "under":
            below = y + line_height(self.label_style, painter.theme.leading)
            painter.text(x + offset(self.align, width - label_width), y, self._label(), self.label_style)
            painter.text(x + offset(self.align, width - value_width), below, self.value, self.value_style)
        else:
            painter.text(left, y + max(drop, 0), self._label(), self.label_style)
            places = {"inline": left + label_width + gap, "sides": x + width - value_width, "columns": x + width * 0.45}
            at = places[shape]
            painter.text(at, y + max(-drop, 0), self.value, self.value_style)
        self._note(painter)

    def _note(self, painter: Painter) -> None:
        painter.facts.fields[self.label] = self.value
        painter.facts.names.append(self.label)
        note(painter, {self.kind: self.value} if self.kind else {})
        note(painter, self.facts)


@dataclass(slots=True)
class Button:
    """A button; exactly one of a screen's is the primary one."""

    label: str
    look: Literal["filled", "outlined", "text", "grey"]
    primary: bool = False


@dataclass(slots=True)
class Buttons:
    """Buttons side by side, or one under the other if the room asks for it."""

    buttons: Sequence[Button]
    align: Align = "right"
    stacked: bool = False
    wide: bool = False
    keep: float = 6

    def _style(self, painter: Painter) -> Style:
        theme = painter.theme
        return Style(theme.press, theme.size, theme.ink)

    def _sizes(self, painter: Painter) -> tuple[Style, float, float, list[float]]:
        style, theme = self._style(painter), painter.theme
        tall = round(style.size * theme.press_height)
        inside = style.size * 0.8
        return style, tall, theme.size * 0.55, [painter.width_of(b.label, style) + 2 * inside for b in self.buttons]

    def _stack(self, painter: Painter, width: float) -> bool:
        _style, _tall, gap, widths = self._sizes(painter)
        return self.stacked or sum(widths) + gap * (len(widths) - 1) > width

    def height(self, painter: Painter, width: float) -> float | None:
        """None if a label is too wide."""
        _style, tall, gap, widths = self._sizes(painter)
        if max(widths) > width:
            return None
        count = len(widths) if self._stack(painter, width) else 1
        return count * tall + (count - 1) * gap + 2

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """Each with its label in the middle."""
        style, tall, gap, widths = self._sizes(painter)
        y += 1
        if self._stack(painter, width):
            for button, own in zip(self.buttons, widths, strict=True):
                wide = width if self.wide else own
                self._one(painter, button, (x + offset(self.align, width - wide), y, wide, tall), style)
                y += tall + gap
            return
        if self.wide:
            extra = (width - sum(widths) - gap * (len(widths) - 1)) / len(widths)
            widths = [own + extra for own in widths]
        x += offset(self.align, width - sum(widths) - gap * (len(widths) - 1))
        for button, own in zip(self.buttons, widths, strict=True):
            self._one(painter, button, (x, y, own, tall), style)
            x += own + gap

    @staticmethod
    def _one(painter: Painter, button: Button, place: tuple[float, float, float, float], style: Style) -> None:
        theme = painter.theme
        x, y, width, tall = place
        corners = (x, y, x + width, y + tall)
        colour = theme.ink
        if button.look == "filled":
            painter.box(corners, theme.accent, None, theme.press_radius)
            colour = on(theme.accent)
        elif button.look == "outlined":
            painter.box(corners, None, theme.accent_ink if button.primary else theme.line, theme.press_radius)
            colour = theme.accent_ink if button.primary else theme.ink
        elif button.look == "grey":
            grey = blend(theme.card, theme.ink, 0.12)
            painter.box(corners, grey, None, theme.press_radius)
        else:
            colour = theme.accent_ink
        label = Style(style.face, style.size, colour)
        at = x + (width - painter.width_of(button.label, style)) / 2
        painter.text(at, y + tall / 2 - style.size * CENTRE, button.label, label)
        painter.facts.buttons.append(button.label)
        painter.facts.names.append(button.label)
        if button.primary:
            painter.facts.button = button.label
            painter.facts.colour = name_of(theme.accent) if button.look == "filled" else None


@dataclass(slots=True)
class Input:
    """A labelled input, empty or filled in; `error` stands below it in red."""

    label: str
    value: str
    error: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    boxed: bool = True
    keep: float = 3

    def _lines(self, painter: Painter, width: float) -> list[str] | None:
        return painter.wrap(self.error, self._red(painter), width) if self.error else []

    @staticmethod
    def _red(painter: Painter) -> Style:
        return Style(painter.theme.face, max(13.0, painter.theme.size - 1), painter.theme.bad)

    def height(self, painter: Painter, width: float) -> float | None:
        """A label, a box and what is wrong."""
        theme, lines = painter.theme, self._lines(painter, width)
        value = painter.width_of(self.value, theme.body) + theme.size * 1.2
        too_wide = max(painter.width_of(self.label, theme.faint), value) > width
        if lines is None or too_wide:
            return None
        red = line_height(self._red(painter), 1.25) * len(lines)
        return line_height(theme.faint, 1.25) + theme.size * 1.8 + 2 + red

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """From top to bottom."""
        theme = painter.theme
        painter.text(x, y, self.label, theme.faint)
        y += line_height(theme.faint, 1.25)
        tall = theme.size * 1.8
        edge = theme.bad if self.error else theme.line
        if self.boxed:
            painter.box((x, y, x + width, y + tall), theme.card, edge, min(theme.radius, 8))
        else:
            painter.box((x, y + tall - 1, x + width, y + tall), edge)
        if self.value:
            painter.text(x + theme.size * 0.5, y + tall / 2 - theme.size * CENTRE, self.value, theme.body)
            painter.facts.fields[self.label] = self.value
        y += tall + 1
        style = self._red(painter)
        for line in self._lines(painter, width) or ():
            painter.text(x, y, line, style)
            y += line_height(style, 1.25)
        painter.facts.names.append(self.label)
        note(painter, self.facts)


@dataclass(slots=True)
class Chip:
    """A word on a coloured lozenge."""

    string: str
    align: Align = "left"
    facts: Mapping[str, str] = field(default_factory=dict)
    keep: float = 5
    tinted: bool = False

    def height(self, painter: Painter, width: float) -> float | None:
        """One line with room around it."""
        style = painter.theme.strong
        return style.size * 1.7 if painter.width_of(self.string, style) + style.size * 1.4 <= width else None

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """The lozenge, then the word."""
        theme = painter.theme
        fill = painter.r.choice((theme.good, theme.bad, theme.accent, blend(theme.paper, theme.ink, 0.15)))
        style = Style(theme.bold, theme.size, on(fill))
        if self.tinted:
            style = Style(painter.r.choice((theme.face, theme.bold)), theme.size, blend(theme.ink, fill, 0.55))
            fill = blend(theme.card, fill, painter.r.uniform(0.1, 0.25))
        wide, tall = painter.width_of(self.string, style) + style.size * 1.2, style.size * 1.55
        x += offset(self.align, width - wide)
        painter.box((x, y, x + wide, y + tall), fill, None, painter.r.choice((tall / 2, theme.radius)))
        painter.text(x + style.size * 0.6, y + tall / 2 - style.size * CENTRE, self.string, style)
        note(painter, self.facts)


@dataclass(slots=True)
class Card:
    """Blocks on a surface of their own."""

    blocks: list[Block]
    fill: tuple[int, int, int] | None = None
    outlined: bool = False
    raised: bool = False
    stripe: tuple[int, int, int] | None = None
    gap: float = 4
    keep: float = 5

    def height(self, painter: Painter, width: float) -> float | None:
        """What is in it and its padding; blocks that do not fit the width are left out."""
        inside = width - 2 * painter.theme.padding
        self.blocks = [block for block in self.blocks if block.height(painter, inside) is not None]
        if not self.blocks:
            return None
        total = sum(block.height(painter, inside) or 0 for block in self.blocks)
        return total + self.gap * (len(self.blocks) - 1) + 2 * painter.theme.padding

    def draw(self, painter: Painter, x: float, y: float, width: float) -> None:
        """The surface, then what is on it."""
        theme = painter.theme
        corners = (x, y, x + width, y + (self.height(painter, width) or 0))
        if self.raised:
            painter.shadow(corners, theme.radius, theme.paper)
        fill = self.fill or theme.card
        painter.box(corners, fill, theme.line if self.outlined else None, theme.radius)
        if self.stripe:
            painter.box((x, y, x + 4, corners[3]), self.stripe)
        stack(painter, self.blocks, (x + theme.padding, y + theme.padding, width - 2 * theme.padding), self.gap)


def single(blocks: Sequence[Block], seen: set[str]) -> list[Block]:
    """The blocks without those that would tell a fact a second time, so that there is one right answer."""
    kept: list[Block] = []
    for block in blocks:
        inner = getattr(block, "blocks", None)
        if inner is not None:
            inner[:] = single(inner, seen)
            if inner:
                kept.append(block)
            continue
        told = {*getattr(block, "facts", ()), *([block.kind] if isinstance(block, Pair) and block.kind else ())}
        told &= ONCE
        if not told & seen:
            seen |= told
            kept.append(block)
    return kept


def stack(painter: Painter, blocks: Sequence[Block], place: tuple[float, float, float], gap: float) -> None:
    """Draw blocks one under the other from (x, y), `width` wide."""
    x, y, width = place
    for block in blocks:
        tall = block.height(painter, width)
        if tall is not None:
            block.draw(painter, x, y, width)
            y += tall + gap


def fit(painter: Painter, blocks: Sequence[Block], width: float, height: float, gap: float) -> list[Block]:
    """The blocks that find room; what matters least is dropped."""
    kept = [block for block in blocks if block.height(painter, width) is not None]
    while kept and taken(painter, kept, width, gap) > height:
        weakest = min(range(len(kept)), key=lambda index: (kept[index].keep + painter.r.random() * 2.5, index))
        del kept[weakest]
    return kept


def taken(painter: Painter, blocks: Sequence[Block], width: float, gap: float) -> float:
    """The height of blocks in a column."""
    return sum(block.height(painter, width) or 0 for block in blocks) + gap * max(len(blocks) - 1, 0)


def readable(style: Style, ground: tuple[int, int, int]) -> Style:
    """A style whose colour can be told from the ground."""
    if abs(luminance(style.colour) - luminance(ground)) >= 0.3:
        return style
    return Style(style.face, style.size, on(ground))
