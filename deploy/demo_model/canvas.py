"""Drawing that remembers where each character stands.

A canvas has logical pixels, those of the finished picture; it may be drawn larger and scaled down at the end, as a
phone's screenshot is.
"""

from __future__ import annotations

import functools
import io
import random
from collections.abc import Sequence

from PIL import Image, ImageDraw

from deploy.demo_model.fonts import Typeface
from deploy.demo_model.samples import Glyph, Picture

Colour = tuple[int, int, int]
CELL = 32
CHARACTERS = "".join(map(chr, range(0x21, 0x7F))) + "€£¥·…"
"""The characters that the model is to read; a space is read from the gap."""

_FILTERS = (Image.Resampling.LANCZOS, Image.Resampling.BICUBIC, Image.Resampling.HAMMING, Image.Resampling.BOX)


class Canvas:
    """`width` and `height` in logical pixels; `scale` is how much larger it is drawn."""

    def __init__(self, width: int, height: int, background: Colour, scale: float = 1.0) -> None:
        self.width, self.height, self.scale = width, height, scale
        self.image = Image.new("RGB", (round(width * scale), round(height * scale)), background)
        self.draw = ImageDraw.Draw(self.image)
        self.glyphs: list[Glyph] = []

    def text(self, x: float, y: float, string: str, face: Typeface, size: float, fill: Colour) -> float:
        """Draw one line with its upper left corner at (x, y); returns its right edge."""
        font = face.at(size * self.scale)
        # Fractions of a pixel count: text stands anywhere in a real page.
        self.draw.text((x * self.scale, y * self.scale), string, fill=fill, font=font)
        middle = y + face_middle(face, size)
        for start, word in _words(string):
            position = x + self.measure(string[:start], face, size)
            for character in word:
                width = self.measure(character, face, size)
                self.glyphs.append(Glyph(character, position + width / 2, middle, width, size))
                position += width
        return x + self.measure(string, face, size)

    def measure(self, string: str, face: Typeface, size: float) -> float:
        """The width of a line in logical pixels. Hinted letters do not grow in proportion to their size."""
        return measure(string, face, size * self.scale) / self.scale

    def box(
        self, corners: tuple[float, float, float, float], fill: Colour | None = None,
        outline: Colour | None = None, radius: float = 0, width: float = 1,
    ) -> None:  # fmt: skip
        """A rectangle, its corners rounded by `radius`. Whoever draws over text forgets it with `forget`."""
        left, top, right, bottom = (value * self.scale for value in corners)
        if right <= left or bottom <= top:
            return
        line = max(1, round(width * self.scale))
        if radius:
            limit = min(right - left, bottom - top) / 2
            self.draw.rounded_rectangle(
                (left, top, right, bottom), min(radius * self.scale, limit), fill, outline, line
            )  # fmt: skip
        else:
            self.draw.rectangle((left, top, right, bottom), fill, outline, line)

    def forget(self, corners: tuple[float, float, float, float]) -> None:
        """The characters in this rectangle have been covered."""
        left, top, right, bottom = corners
        self.glyphs = [g for g in self.glyphs if not (left <= g.x <= right and top <= g.y <= bottom)]

    def picture(self, r: random.Random, *, jpeg: float = 0.3) -> Picture:
        """The finished picture: scaled down, compressed with the probability `jpeg`, padded with white to multiples of
        32 as the service does."""
        image = self.image
        if image.size != (self.width, self.height):
            image = image.resize((self.width, self.height), r.choice(_FILTERS))
        if r.random() < jpeg:
            buffer = io.BytesIO()
            image.save(buffer, "JPEG", quality=r.randint(55, 95), subsampling=r.choice((0, 2)))
            image = Image.open(buffer).convert("RGB")
        size = -(-self.width // CELL) * CELL, -(-self.height // CELL) * CELL
        if size != image.size:
            padded = Image.new("RGB", size, (255, 255, 255))
            padded.paste(image)
            image = padded
        glyphs = [g for g in self.glyphs if 0 <= g.x < self.width and 0 <= g.y < self.height]
        return Picture(image, glyphs)


@functools.lru_cache(200_000)
def measure(string: str, face: Typeface, size: float) -> float:
    """The width of a line in pixels: the sum of its words and the spaces between them."""
    if string.count(" ") and string != " ":
        # Words come again and again, lines do not.
        first, _, rest = string.partition(" ")
        return measure(first, face, size) + measure(" ", face, size) + measure(rest, face, size)
    return float(face.at(size).getlength(string)) if string else 0.0


@functools.lru_cache(20_000)
def face_middle(face: Typeface, size: float) -> float:
    """How far below its upper edge the middle of a line's small letters is, in pixels."""
    _left, top, _right, bottom = face.at(size).getbbox("x")
    return float(top + bottom) / 2


def scale_for(r: random.Random) -> float:
    """How much larger to draw: often not at all, as desktop screenshots are; otherwise like a phone's."""
    return 1.0 if r.random() < 0.55 else r.choice((1.25, 1.5, 1.5, 2.0, 2.0, 3.0))


def random_colour(r: random.Random, low: int, high: int) -> Colour:
    """A colour each of whose channels lies between `low` and `high`."""
    return r.randint(low, high), r.randint(low, high), r.randint(low, high)


def _words(string: str) -> Sequence[tuple[int, str]]:
    found, start = [], 0
    for part in string.split(" "):
        if part:
            found.append((start, part))
        start += len(part) + 1
    return found
