"""What people see in their apps, the same for all platforms, so that a conversation can be compared and read."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from PIL import Image as Pillow
from PIL import ImageColor

BOT = "Looksee"
_MARKS = re.compile(r"[*`>]")
COLOURS = ("navy", "maroon", "green", "orange", "purple")
"""Pictures in these tests are of one colour each, which is what they are known again by."""


@dataclass(frozen=True)
class Seen:
    """One message: whose it is, what it says, the colours of its pictures, the names of its files, and what stands on
    its buttons. `raw` is the platform's."""

    by: str
    text: str
    pictures: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    raw: Any = field(default=None, compare=False, repr=False)

    @property
    def plain(self) -> Seen:
        """The same without its platform's marks and line breaks."""
        return replace(self, text=" ".join(_MARKS.sub("", self.text).split()))

    def __str__(self) -> str:
        shown = [f"<{colour}>" for colour in self.pictures] + [f"<{name}>" for name in self.files]
        lines = [
            *self.text.splitlines(),
            *shown,
            *([" ".join(f"[{label}]" for label in self.buttons)] * bool(self.buttons)),
        ]
        return "\n".join(f"{self.by if number == 0 else '':>8} | {line}" for number, line in enumerate(lines or [""]))


def read(title: str, messages: Iterable[Seen]) -> str:
    """A conversation as somebody reads it."""
    return "\n".join([f"--- {title}", *map(str, messages)])


@cache
def colour(data: bytes) -> str:
    """The colour of a picture, which may have been packed anew on its way."""
    with Pillow.open(io.BytesIO(data)) as picture:
        shown: tuple[int, ...] = picture.convert("RGB").resize((1, 1)).getpixel((0, 0))  # type: ignore[assignment]
    return min(COLOURS, key=lambda name: sum(abs(a - b) for a, b in zip(shown, ImageColor.getrgb(name), strict=True)))
