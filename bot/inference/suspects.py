"""Which prompts may be what the model's process died of."""

from __future__ import annotations

import hashlib

from cachetools import LRUCache

from bot.ports import Prompt

STRIKES = 2
_REMEMBERED = 4096


def fingerprint(prompt: Prompt) -> bytes:
    """What is the same for two prompts if chat, words and pictures are."""
    messages = [(m.role, m.text, [image.ref.sha256 for image in m.images]) for m in prompt.messages]
    return hashlib.sha256(repr((prompt.chat, messages)).encode("utf-8", "backslashreplace")).digest()


class Suspects:
    """Counts, for each prompt, the deaths during which it was answered. The longest unseen are forgotten.

    A death strikes every prompt that was being answered. Those that were struck have to be answered alone from then
    on, so that nobody is struck a second time for another's fault.
    """

    def __init__(self) -> None:
        self._strikes: LRUCache[bytes, int] = LRUCache(_REMEMBERED)

    def strike(self, print_: bytes) -> bool:
        """Count a death; returns whether that makes the prompt one that is not to be tried again."""
        self._strikes[print_] = self._strikes.get(print_, 0) + 1
        return self.condemned(print_)

    def suspected(self, print_: bytes) -> bool:
        """Whether the prompt has to be answered alone."""
        return print_ in self._strikes

    def condemned(self, print_: bytes) -> bool:
        """Whether the prompt is not to be tried again."""
        return self._strikes.get(print_, 0) >= STRIKES

    def clear(self, print_: bytes) -> None:
        """The prompt has been answered to its end, so it was not the cause."""
        self._strikes.pop(print_, None)
