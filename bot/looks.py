"""What screenshots are known again by. Pure.

Two look alike if their perceptual hashes differ in few bits: a status bar, another scale or compression, an order
number. Dialogs of one app differ in little more than their words, though; so what is alike must also not speak of
different error codes.
"""

from __future__ import annotations

import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from PIL import Image as Pillow
from PIL import ImageChops

from bot.incidents import Incident, Look
from bot.messages import Image

HASH_SIDE = 16
"""Bits of a hash are the square of it."""
MOST_DIFFERENT = 20
"""Bits. Of one dialog, other scales, JPEG, another status bar or order number: 16 at the most; with another text: 36 or
more (`tests/test_core/test_looks.py`)."""

# Longer numbers are orders' and customers', which would tell apart what is the same.
_CODE = re.compile(
    r"\b(?:0x[0-9a-f]{4,16}|[a-z]{1,8}[-_][a-z]{0,8}[-_]?\d{2,5}|[a-z]{1,3}\d{3,5}"
    r"|(?:http|error|code|status)[ :#]{1,3}\d{3,8})\b"
    r"|错误(?:代?码)?[ ：:]{0,2}\d{3,8}",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[\s:：#_-]+")


def look_of(image: Image, words: str) -> Look:
    """The look of a stored picture, of which `words` were said. Blocking: it is decoded."""
    # Slow to load, and without a desk never needed.
    from imagehash import phash

    with Pillow.open(io.BytesIO(image.data)) as picture:
        return Look(str(phash(_trimmed(picture), hash_size=HASH_SIDE)), codes_in(words))


def _trimmed(picture: Pillow.Image) -> Pillow.Image:
    """Without white margins: how far a stored picture was padded depends on its size."""
    white = Pillow.new("L", picture.size, 255)
    return picture.crop(ImageChops.difference(picture.convert("L"), white).getbbox())


def codes_in(words: str) -> frozenset[str]:
    """The error codes in a text, as they are compared: in capitals, without marks."""
    return frozenset(map(_compared, _CODE.findall(words)))


def spelled(codes: Iterable[str], words: Iterable[str]) -> list[str]:
    """Codes as they are compared, as people read them: each as it stands most often in what was said, in order."""
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text in words:
        for found in _CODE.findall(text):
            seen[_compared(found)][" ".join(found.split())] += 1
    return [seen[code].most_common(1)[0][0] if code in seen else code for code in sorted(codes)]


def _compared(code: str) -> str:
    return _MARKS.sub("", code).upper()


def alike(one: Look, other: Look) -> bool:
    """Whether two screenshots show the same."""
    if one.codes and other.codes and not one.codes & other.codes:
        return False
    return (int(one.hash, 16) ^ int(other.hash, 16)).bit_count() <= MOST_DIFFERENT


def recognise(look: Look, known: Iterable[Incident]) -> int:
    """The incident that a look belongs to, 0 for none: of several, one that has a code in common."""
    found = [incident for incident in known if alike(look, incident.look)]
    shared = [incident for incident in found if incident.look.codes & look.codes]
    return next((incident.id for incident in (*shared, *found)), 0)
