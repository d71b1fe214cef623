"""Drawn signs: filled ones, and ones of lines. They mean nothing in particular."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

from deploy.demo_model.canvas import Colour
from deploy.demo_model.screens.painter import Painter

Corners = tuple[float, float, float, float]
_Points = Sequence[tuple[float, float]]


def icon(painter: Painter, x: float, y: float, size: float, colour: Colour, ground: Colour) -> None:
    """Any sign, in a square."""
    if painter.r.random() < 0.45:
        outlined(painter, (x, y, x + size, y + size), colour)
    else:
        painter.r.choice(_FILLED)(painter, (x, y, x + size, y + size), colour, ground)


def outlined(painter: Painter, box: Corners, colour: Colour, names: Sequence[str] = ()) -> None:
    """A sign of lines, one of those named if any are."""
    width = max(1.2, (box[2] - box[0]) / painter.r.choice((9, 11, 13, 16)))
    _LINED[painter.r.choice(names or _NAMES)](painter, box, colour, width)


def strokes(painter: Painter, box: Corners, points: _Points, colour: Colour, width: float) -> None:
    """A line through points given in shares of a square's sides."""
    left, top, right, bottom = box
    placed = [(left + x * (right - left), top + y * (bottom - top)) for x, y in points]
    painter.canvas.draw.line(_scaled(painter, placed), colour, max(1, round(width * painter.canvas.scale)), "curve")


def arc(
    painter: Painter, box: Corners, place: Corners, turn: tuple[float, float], colour: Colour, width: float
) -> None:
    """Part of an ellipse whose frame is given in shares of a square's sides; `turn` is from where to where."""
    corners = _inside(box, place)
    frame = tuple(value * painter.canvas.scale for value in corners)
    painter.canvas.draw.arc(frame, *turn, colour, max(1, round(width * painter.canvas.scale)))


def star(painter: Painter, box: Corners, colour: Colour, ground: Colour) -> None:
    """A star of five points."""
    left, top, right, bottom = box
    x, y, size = (left + right) / 2, (top + bottom) / 2, (right - left) / 2
    painter.canvas.draw.polygon(
        _scaled(painter, [(x + size * along, y + size * down) for along, down in _STAR]), colour
    )


def _point(corner: int) -> tuple[float, float]:
    reach, turn = (1.0 if corner % 2 == 0 else 0.42), math.pi * (corner / 5 - 0.5)
    return reach * math.cos(turn), reach * math.sin(turn)


_STAR: Final = tuple(map(_point, range(10)))


def _scaled(painter: Painter, points: _Points) -> list[tuple[float, float]]:
    return [(x * painter.canvas.scale, y * painter.canvas.scale) for x, y in points]


def _inside(box: Corners, place: Corners) -> Corners:
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    return left + place[0] * wide, top + place[1] * tall, left + place[2] * wide, top + place[3] * tall


# --- filled ----------------------------------------------------------------------------------------------------------


def _disc(painter: Painter, box: Corners, colour: Colour, ground: Colour) -> None:
    size = box[2] - box[0]
    painter.box(box, colour, None, size / 2)
    shape = painter.r.random()
    if shape < 0.35:
        _exclamation(painter, box, ground, size / 8)
    elif shape < 0.6:
        strokes(painter, box, _TICK, ground, size / 10)
    elif shape < 0.8:
        _cross(painter, box, ground, size / 10)


def _triangle(painter: Painter, box: Corners, colour: Colour, ground: Colour) -> None:
    left, top, right, bottom = box
    painter.canvas.draw.polygon(_scaled(painter, [((left + right) / 2, top), (right, bottom), (left, bottom)]), colour)
    painter.box(_inside(box, (0.44, 0.4, 0.56, 0.7)), ground)
    painter.box(_inside(box, (0.44, 0.78, 0.56, 0.89)), ground)


def _menu(painter: Painter, box: Corners, colour: Colour, ground: Colour) -> None:
    for share in (0.22, 0.5, 0.78):
        y = box[1] + (box[3] - box[1]) * share
        painter.box((box[0], y - 1, box[2], y + 1), colour)


def _bell(painter: Painter, box: Corners, colour: Colour, ground: Colour) -> None:
    size = box[2] - box[0]
    painter.box(_inside(box, (0.2, 0.1, 0.8, 0.75)), colour, None, size * 0.3)
    painter.box(_inside(box, (0.1, 0.65, 0.9, 0.78)), colour)
    painter.box(_inside(box, (0.42, 0.85, 0.58, 1)), colour, None, size * 0.1)


def _full_bag(painter: Painter, box: Corners, colour: Colour, ground: Colour) -> None:
    size = box[2] - box[0]
    painter.box(_inside(box, (0.3, 0, 0.7, 0.5)), None, colour, size * 0.2, max(1, size / 10))
    painter.box(_inside(box, (0, 0.3, 1, 1)), colour, None, size * 0.1)


_FILLED: Final[Sequence[Callable[[Painter, Corners, Colour, Colour], None]]] = (
    _disc, _disc, _disc, _triangle, _menu, _bell, star, _full_bag,
)  # fmt: skip


# --- of lines --------------------------------------------------------------------------------------------------------

_TICK: Final = ((0.27, 0.52), (0.43, 0.68), (0.74, 0.33))


def _exclamation(painter: Painter, box: Corners, colour: Colour, width: float) -> None:
    share = width / (box[2] - box[0]) / 2
    painter.box(_inside(box, (0.5 - share, 0.25, 0.5 + share, 0.58)), colour)
    painter.box(_inside(box, (0.5 - share, 0.68, 0.5 + share, 0.68 + 2 * share)), colour)


def _cross(painter: Painter, box: Corners, colour: Colour, width: float) -> None:
    strokes(painter, box, ((0.3, 0.3), (0.7, 0.7)), colour, width)
    strokes(painter, box, ((0.7, 0.3), (0.3, 0.7)), colour, width)


def _ring(painter: Painter, box: Corners, colour: Colour, width: float) -> None:
    painter.box(box, None, colour, (box[2] - box[0]) / 2, width)
    mark = painter.r.choice(("mark", "info", "tick", "cross", "clock"))
    if mark == "mark":
        _exclamation(painter, box, colour, width)
    elif mark == "info":
        strokes(painter, box, ((0.5, 0.45), (0.5, 0.75)), colour, width)
        strokes(painter, box, ((0.5, 0.26), (0.5, 0.33)), colour, width)
    elif mark == "tick":
        strokes(painter, box, _TICK, colour, width)
    elif mark == "cross":
        _cross(painter, box, colour, width)
    else:
        strokes(painter, box, ((0.5, 0.22), (0.5, 0.5), (0.7, 0.62)), colour, width)


def _warning(painter: Painter, box: Corners, colour: Colour, width: float) -> None:
    strokes(painter, box, ((0.5, 0.06), (0.98, 0.94), (0.02, 0.94), (0.5, 0.06)), colour, width)
    strokes(painter, box, ((0.5, 0.38), (0.5, 0.64)), colour, width)
    strokes(painter, box, ((0.5, 0.74), (0.5, 0.82)), colour, width)


def _framed(painter: Painter, box: Corners, colour: Colour, width: float, lines: Sequence[_Points]) -> None:
    painter.box(_inside(box, (0, 0.18, 1, 0.82)), None, colour, (box[2] - box[0]) * 0.08, width)
    for points in lines:
        strokes(painter, box, points, colour, width)


def _card(painter: Painter, box: Corners, colour: Colour, width: float) -> None:
    _framed(painter, box, colour, width, [((0, 0.4), (1, 0.4)), ((0.14, 0.64), (0.4, 0.64))])


def _envelope(painter: Painter, box: Corners, colour: Colour, width: float) -> None:
    _framed(painter, box, colour, width, [((0.02, 0.22), (0.5, 0.58), (0.98, 0.22))])


def _lock(painter: Painter, box: Corners, colour: Colour, width: float) -> None:
    arc(painter, box, (0.26, 0.02, 0.74, 0.7), (180, 360), colour, width)
    painter.box(_inside(box, (0.12, 0.42, 0.88, 0.98)), None, colour, (box[2] - box[0]) * 0.08, width)


def _cloud(painter: Painter, box: Corners, colour: Colour, width: float) -> None:
    arc(painter, box, (0.02, 0.42, 0.4, 0.82), (90, 280), colour, width)
    arc(painter, box, (0.22, 0.16, 0.74, 0.7), (185, 345), colour, width)
    arc(painter, box, (0.6, 0.4, 0.98, 0.82), (270, 450), colour, width)
    strokes(painter, box, ((0.2, 0.81), (0.8, 0.81)), colour, width)
    if painter.r.random() < 0.4:
        strokes(painter, box, ((0.1, 0.95), (0.92, 0.1)), colour, width)


def _waves(painter: Painter, box: Corners, colour: Colour, width: float) -> None:
    for reach in (0.95, 0.62, 0.3):
        arc(painter, box, (0.5 - reach / 2, 0.85 - reach, 0.5 + reach / 2, 0.85 + reach * 0.3), (218, 322), colour,
            width)  # fmt: skip
    strokes(painter, box, ((0.5, 0.82), (0.5, 0.92)), colour, width)


def _magnifier(painter: Painter, box: Corners, colour: Colour, width: float) -> None:
    painter.box(_inside(box, (0.06, 0.06, 0.7, 0.7)), None, colour, (box[2] - box[0]) * 0.32, width)
    strokes(painter, box, ((0.62, 0.62), (0.96, 0.96)), colour, width)


def _bag(painter: Painter, box: Corners, colour: Colour, width: float) -> None:
    painter.box(_inside(box, (0.1, 0.3, 0.9, 0.96)), None, colour, (box[2] - box[0]) * 0.08, width)
    arc(painter, box, (0.3, 0.04, 0.7, 0.6), (180, 360), colour, width)


def _trolley(painter: Painter, box: Corners, colour: Colour, width: float) -> None:
    points = ((0.02, 0.12), (0.2, 0.12), (0.34, 0.66), (0.84, 0.66), (0.96, 0.28), (0.25, 0.28))
    strokes(painter, box, points, colour, width)
    painter.box(_inside(box, (0.34, 0.78, 0.48, 0.92)), colour)
    painter.box(_inside(box, (0.7, 0.78, 0.84, 0.92)), colour)


def _house(painter: Painter, box: Corners, colour: Colour, width: float) -> None:
    strokes(painter, box, ((0.04, 0.5), (0.5, 0.08), (0.96, 0.5)), colour, width)
    strokes(painter, box, ((0.18, 0.42), (0.18, 0.94), (0.82, 0.94), (0.82, 0.42)), colour, width)


def _person(painter: Painter, box: Corners, colour: Colour, width: float) -> None:
    painter.box(_inside(box, (0.3, 0.06, 0.7, 0.46)), None, colour, (box[2] - box[0]) * 0.2, width)
    arc(painter, box, (0.12, 0.56, 0.88, 1.3), (180, 360), colour, width)


def _van(painter: Painter, box: Corners, colour: Colour, width: float) -> None:
    painter.box(_inside(box, (0.02, 0.24, 0.6, 0.72)), None, colour, 0, width)
    strokes(painter, box, ((0.6, 0.4), (0.82, 0.4), (0.98, 0.56), (0.98, 0.72), (0.6, 0.72)), colour, width)
    for left in (0.14, 0.7):
        painter.box(_inside(box, (left, 0.66, left + 0.2, 0.86)), colour, None, (box[2] - box[0]) * 0.1)


def _sheet(painter: Painter, box: Corners, colour: Colour, width: float) -> None:
    painter.box(_inside(box, (0.16, 0.04, 0.84, 0.96)), None, colour, 0, width)
    for y in (0.3, 0.5, 0.7):
        strokes(painter, box, ((0.32, y), (0.68, y)), colour, width)


def _plus(painter: Painter, box: Corners, colour: Colour, width: float) -> None:
    strokes(painter, box, ((0.5, 0.15), (0.5, 0.85)), colour, width)
    strokes(painter, box, ((0.15, 0.5), (0.85, 0.5)), colour, width)


def _line(*points: tuple[float, float]) -> Callable[[Painter, Corners, Colour, float], None]:
    return lambda painter, box, colour, width: strokes(painter, box, points, colour, width)


_LINED: Final = {
    "ring": _ring, "warning": _warning, "card": _card, "envelope": _envelope, "lock": _lock, "cloud": _cloud,
    "waves": _waves, "magnifier": _magnifier, "bag": _bag, "trolley": _trolley, "house": _house, "person": _person,
    "van": _van, "sheet": _sheet, "plus": _plus, "cross": _cross, "tick": _line(*_TICK),
    "back": _line((0.65, 0.15), (0.3, 0.5), (0.65, 0.85)), "onward": _line((0.35, 0.15), (0.7, 0.5), (0.35, 0.85)),
}  # fmt: skip
_NAMES: Final = ("ring", "ring", "ring", "warning", "card", "envelope", "lock", "cloud", "waves", "magnifier", "bag",
                 "trolley", "house", "person", "van", "sheet", "tick", "cross")  # fmt: skip
