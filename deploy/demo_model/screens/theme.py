"""The looks of a screen: colours that can be read on one another, typefaces, sizes."""

from __future__ import annotations

import colorsys
import functools
import random
from dataclasses import dataclass
from typing import Final

from deploy.demo_model.canvas import Colour
from deploy.demo_model.fonts import BUILT_IN, Typeface, typefaces

SMALLEST, LARGEST = 13.0, 32.0
_BOLD_OF: Final = {
    "DejaVuSans": "DejaVuSans-Bold", "DejaVuSansCondensed": "DejaVuSans-Bold", "Oxygen-Sans": "Oxygen-Sans-Bold",
    "FreeSans": "FreeSansBold",
}  # fmt: skip
_BOLD: Final = ("Bold", "SemiBold", "Semibold", "Medium", "bold")


@dataclass(frozen=True, slots=True)
class Style:
    """How a text is set; `spacing` is what stands between its letters beside their own room, in sizes."""

    face: Typeface
    size: float
    colour: Colour
    spacing: float = 0


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours, typefaces and the size of running text."""

    dark: bool
    paper: Colour
    card: Colour
    ink: Colour
    muted: Colour
    line: Colour
    accent: Colour
    accent_ink: Colour
    good: Colour
    bad: Colour
    face: Typeface
    bold: Typeface
    heading: Typeface
    mono: Typeface
    size: float
    heading_size: float
    radius: float
    leading: float
    padding: float
    press: Typeface
    press_radius: float
    press_height: float

    @property
    def plain(self) -> bool:
        """Pillow's own typeface has no signs for currencies but the dollar's."""
        return any(face.path == BUILT_IN for face in (self.face, self.bold, self.heading, self.mono))

    @property
    def body(self) -> Style:
        """Running text."""
        return Style(self.face, self.size, self.ink)

    @property
    def strong(self) -> Style:
        """Text that stands out."""
        return Style(self.bold, self.size, self.ink)

    @property
    def faint(self) -> Style:
        """Text that stands back."""
        return Style(self.face, self.size, self.muted)

    @property
    def top(self) -> Style:
        """A heading."""
        return Style(self.heading, self.heading_size, self.ink)


def on(colour: Colour) -> Colour:
    """Black or white, whichever can be read on a colour."""
    return (255, 255, 255) if luminance(colour) < 0.6 else (20, 20, 24)


def luminance(colour: Colour) -> float:
    """How bright a colour looks, from 0 to 1."""
    red, green, blue = colour
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


_HUES: Final = (
    ("red", 0, 12), ("orange", 20, 38), ("yellow", 48, 64), ("green", 90, 155), ("blue", 200, 250),
    ("purple", 268, 310), ("red", 348, 360),
)  # fmt: skip


def name_of(colour: Colour) -> str | None:
    """What everybody would call a colour; None if people would differ."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(channel / 255 for channel in colour))
    if saturation < 0.4 or value < 0.35:
        return None
    return next((name for name, low, high in _HUES if low <= hue * 360 <= high), None)


def blend(first: Colour, second: Colour, share: float) -> Colour:
    """A colour between two: `share` of the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def vivid(r: random.Random, hue: float | None = None, low: float = 0.15, high: float = 0.65) -> Colour:
    """A colour of a hue, of any if none is given, between two luminances."""
    hue = r.random() if hue is None else hue % 1
    red, green, blue = colorsys.hsv_to_rgb(hue, r.uniform(0.5, 1), r.uniform(0.45, 1))
    colour = round(red * 255), round(green * 255), round(blue * 255)
    light = luminance(colour)
    if light > high:
        return blend(colour, (0, 0, 0), 1 - high / light)
    if light < low:
        return blend(colour, (255, 255, 255), (low - light) / (1 - light))
    return colour


@functools.cache
def _by_name() -> dict[str, Typeface]:
    return {found.name: found for found in typefaces()}


@functools.cache
def _bolder(face: Typeface) -> tuple[Typeface, ...]:
    """The heavier weights of a face, the heaviest first; the face itself if there are none."""
    by_name = _by_name()
    if face.name in _BOLD_OF:
        return (by_name.get(_BOLD_OF[face.name], face),)
    stem = face.name.rpartition("-")[0]
    return tuple(by_name[f"{stem}-{weight}"] for weight in _BOLD if f"{stem}-{weight}" in by_name) or (face,)


@functools.cache
def _monospaced() -> tuple[Typeface, ...]:
    return tuple(face for face in typefaces() if any(part in face.name for part in _MONO)) or typefaces()


_MONO: Final = ("Mono", "Code", "Hack", "Cousine", "Inconsolata")


def monospaced(r: random.Random) -> Typeface:
    """A typeface whose characters are all as wide."""
    return r.choice(_monospaced())


def theme(r: random.Random, width: int, height: int) -> Theme:
    """The looks of a screen of this size."""
    dark = r.random() < 0.35
    hue = r.random()
    tint = vivid(r)
    if dark:
        grey = r.randint(8, 48)
        paper = blend((grey, grey, grey), tint, r.choice((0, 0, 0.08, 0.2)))
        card = blend(paper, (255, 255, 255), r.uniform(0.03, 0.12))
        ink = blend((255, 255, 255), paper, r.uniform(0, 0.15))
    else:
        grey = r.randint(232, 255)
        paper = blend((grey, grey, grey), tint, r.choice((0, 0, 0.06, 0.15, 0.25)))
        card = (255, 255, 255) if r.random() < 0.7 else blend(paper, (255, 255, 255), 0.6)
        ink = blend((0, 0, 0), tint, r.choice((0, 0.1, 0.2, 0.25)))
    muted = blend(ink, paper, r.uniform(0.12, 0.48))
    area = width * height
    largest = 15.5 if area < 50_000 else 19 if area < 120_000 else 24
    size = round(r.triangular(SMALLEST, largest, SMALLEST + 0.6) * 2) / 2
    face = r.choice(typefaces())
    weights = _bolder(face)
    bold = weights[0] if r.random() < 0.6 else r.choice(weights)
    heading = bold if r.random() < 0.7 else face if r.random() < 0.5 else r.choice(typefaces())
    accent = vivid(r, hue, 0.12, 0.8)
    radius = r.choice((0, 0, 2, 4, 6, 8, 12, 16))
    return Theme(
        dark=dark,
        paper=paper,
        card=card,
        ink=ink,
        muted=muted,
        line=blend(paper, ink, r.uniform(0.1, 0.3)),
        accent=accent,
        accent_ink=vivid(r, hue, 0.55, 0.85) if dark else vivid(r, hue, 0.1, 0.42),
        good=vivid(r, r.uniform(0.3, 0.42), 0.5, 0.8) if dark else vivid(r, r.uniform(0.3, 0.42), 0.1, 0.42),
        bad=vivid(r, r.uniform(-0.03, 0.05), 0.5, 0.8) if dark else vivid(r, r.uniform(-0.03, 0.05), 0.1, 0.42),
        face=face,
        bold=bold,
        heading=heading,
        mono=monospaced(r) if r.random() < 0.25 else face,
        size=size,
        heading_size=min(LARGEST, round(size * r.choice((1, 1.1, 1.2, 1.3, 1.5, 1.75)) * 2) / 2),
        radius=radius,
        leading=r.uniform(1.2, 1.5),
        padding=r.uniform(6, 9) if area < 50_000 else r.uniform(7, 16),
        press=r.choice((bold, bold, bold, face)),
        press_radius=r.choice((radius, radius, radius, 40)),
        press_height=r.choice((1.9, r.uniform(1.7, 2.8))) if area > 90_000 else 1.9,
    )
