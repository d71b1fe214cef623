"""What the bot and a process that decodes pictures tell each other: lengths, JSON, bytes.

No pickles: once a picture has taken a decoder over, what comes back is as hostile as the picture. So it can be no more
than pixels, as many as were announced, or one of two refusals, and whatever else comes is the process's end.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from typing import Any, Final

from PIL import Image as Pillow

from bot.errors import PictureBrokenError, PictureDimensionsError
from bot.images import PATCH, Limits

LENGTH: Final = struct.Struct(">I")
"""Comes before each JSON."""
MOST: Final = 4096
"""Most bytes of JSON."""
READY: Final = b"ready"
"""The first thing a process says."""
_REFUSALS: Final = {"dimensions": PictureDimensionsError, "broken": PictureBrokenError}
_WORDS = 300


@dataclass(frozen=True, slots=True)
class Task:
    """A picture to be decoded: `size` bytes of format `kind` follow."""

    size: int
    kind: str
    max_bytes: int
    short_side: int
    max_tokens: int

    @property
    def limits(self) -> Limits:
        """Bounds of the result."""
        return Limits(self.max_bytes, self.short_side, self.max_tokens)

    def pack(self) -> bytes:
        """The frame that goes before the picture's bytes."""
        return _frame(asdict(self))


def task(data: bytes, kind: str, limits: Limits) -> Task:
    """Describe what is to be done with a picture."""
    return Task(len(data), kind, limits.max_bytes, limits.short_side, limits.max_tokens)


def task_from(text: bytes) -> Task:
    """Read a task, of which the bot is the author."""
    return Task(**json.loads(text))


def result(picture: Pillow.Image) -> bytes:
    """The frame of a decoded picture, before its pixels."""
    return _frame({"width": picture.width, "height": picture.height})


def refusal(error: PictureBrokenError) -> bytes:
    """The frame of a picture that cannot be used."""
    name = "dimensions" if isinstance(error, PictureDimensionsError) else "broken"
    return _frame({name: str(error)[:_WORDS]})


def size_from(text: bytes, limits: Limits) -> tuple[int, int]:
    """Width and height of the pixels that follow, as RGB. Raises PictureDimensionsError or PictureBrokenError if they
    say so, ValueError for anything that should not be."""
    try:
        reply = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    match reply:
        case {"width": int(width), "height": int(height), **rest} if not rest and _bounded(width, height, limits):
            return width, height
        case {**found} if len(found) == 1:
            [(name, why)] = found.items()
            if name in _REFUSALS and isinstance(why, str):
                # Words that a decoder chose, on their way to a log.
                raise _REFUSALS[name](ascii(why)[1:-1][:_WORDS])
    raise ValueError(f"not a reply: {text[:100]!r}")


def _bounded(width: int, height: int, limits: Limits) -> bool:
    if width < PATCH or height < PATCH or width % PATCH or height % PATCH:
        return False
    return width * height <= limits.max_tokens * PATCH**2


def _frame(value: dict[str, Any]) -> bytes:
    text = json.dumps(value).encode()
    return LENGTH.pack(len(text)) + text
