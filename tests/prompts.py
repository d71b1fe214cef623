"""Reading prompts in tests."""

from __future__ import annotations

import re

_LABELS = re.compile(r"^(?:\[(?:screenshot|about screenshot|截图|再看截图|指截图) \d+[^\]\n]*\] ?)+(?:\n|$)")


def words(text: str) -> str:
    """What somebody said, without the line about its screenshots."""
    return _LABELS.sub("", text)
