"""The mark that a customer gives in words when they are asked how satisfied they were. Pure."""

from __future__ import annotations

import re
import unicodedata

BEST = 5
WORST = 1

# What a keycap and an emoji's look add to a sign.
_LOOKS = str.maketrans("", "", "\ufe0e\ufe0f\u20e3")
_CHINESE = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}
_NUMBER = re.compile(
    r"([1-5]|[一二两三四五](?=分|颗?星))(?:\s*/\s*5|\s*out of 5|\s*(?:分|颗?星)|\s*(?:stars?|points?))?[.!。~]*",
    re.IGNORECASE,
)
_STARS = re.compile(r"([⭐★]{1,5})(☆{0,4})")


def mark_in(text: str) -> int:
    """The mark, from 1 to 5, that a text consists of and of nothing else: a number, one "of 5", or so many stars; else
    0."""
    text = unicodedata.normalize("NFKC", text).translate(_LOOKS).strip()
    if found := _NUMBER.fullmatch(text):
        return _CHINESE.get(found[1]) or int(found[1])
    stars = _STARS.fullmatch("".join(text.split()))
    return len(stars[1]) if stars and len(stars[0]) in (len(stars[1]), BEST) else 0
