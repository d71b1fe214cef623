"""Pictures made on the spot."""

from __future__ import annotations

import io
import random
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from bot.images import Limits

DEFAULTS = Limits(max_bytes=20_000_000, short_side=768, max_tokens=2048)
RED, GREEN, BLUE, YELLOW = (220, 20, 20), (20, 180, 40), (30, 40, 210), (240, 220, 10)


def save(picture: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def open_again(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def quarters(size: tuple[int, int] = (320, 192)) -> Image.Image:
    """Red, green / blue, yellow: turned, mirrored or with swapped channels it is another picture."""
    width, height = size
    picture = Image.new("RGB", size, RED)
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    picture.paste(YELLOW, (width // 2, height // 2, width, height))
    return picture


def corners(picture: Image.Image, size: tuple[int, int]) -> list[tuple[int, int, int]]:
    """The colours in the middle of the four quarters of the first `size` pixels, row by row."""
    width, height = size
    places = [(x, y) for y in (height // 4, height * 3 // 4) for x in (width // 4, width * 3 // 4)]
    pixels = [picture.getpixel(place) for place in places]
    return [pixel for pixel in pixels if isinstance(pixel, tuple)]  # type: ignore[misc]


def near(one: tuple[int, ...], other: tuple[int, ...], by: int = 12) -> bool:
    return len(one) == len(other) and all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


def noise(size: tuple[int, int], seed: int = 1) -> Image.Image:
    return Image.frombytes("RGB", size, random.Random(seed).randbytes(size[0] * size[1] * 3))


def screenshot(size: tuple[int, int] = (1170, 2532), line: int = 42) -> Image.Image:
    """Black lines of text on white, as tall as a phone's screen."""
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(line)
    for number, y in enumerate(range(100, size[1] - 100, 3 * line)):
        draw.text((60, y), f"Order {4711 + number}: payment refused (E-{number:03})", "black", font)
    return picture
