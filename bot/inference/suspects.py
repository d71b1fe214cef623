"""Which prompts may be what the model's process died of."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

import structlog
from cachetools import LRUCache

from bot.inference.journal import Journal
from bot.ports import Prompt

log = structlog.get_logger(__name__)

STRIKES = 2
_REMEMBERED = 4096


def fingerprint(prompt: Prompt) -> bytes:
    """What is the same for two prompts if chat, words and pictures are."""
    messages = [(m.role, m.text, [image.ref.sha256 for image in m.images]) for m in prompt.messages]
    return hashlib.sha256(repr((prompt.chat, messages)).encode("utf-8", "backslashreplace")).digest()


def marks(prompt: Prompt) -> tuple[bytes, ...]:
    """What a prompt is known by: its content, and what happened on the platform that it answers, which is the same
    when more has been written to it since."""
    content = fingerprint(prompt)
    if not prompt.event:
        return (content,)
    return content, hashlib.sha256(repr((prompt.chat, prompt.event)).encode("utf-8", "backslashreplace")).digest()


class Suspects:
    """Counts, for each prompt, the deaths during which it was answered. The longest unseen are forgotten.

    A death strikes every prompt that was being answered. Those that were struck have to be answered alone from then
    on, so that nobody is struck a second time for another's fault. With an open journal, prompts that were being
    answered when the process before this one died are struck now.
    """

    def __init__(self, journal: Journal | None = None) -> None:
        self._journal = journal
        self._strikes: LRUCache[bytes, int] = LRUCache(_REMEMBERED)
        struck = 0
        for mark, strikes, flying in tuple(journal.entries()) if journal else ():
            self._set(mark, strikes + flying)
            struck += flying
        if struck:
            log.warning("suspects_of_an_earlier_death", marks=struck)

    def began(self, marks: Collection[bytes]) -> None:
        """A prompt is with the model from now on."""
        for mark in marks:
            self._note(mark, flying=True)

    def ended(self, marks: Collection[bytes], *, answered: bool) -> None:
        """A prompt is no longer with the model; `answered` to its end, it was not the cause of any death."""
        for mark in marks:
            self._set(mark, 0 if answered else self._strikes.get(mark, 0))

    def strike(self, marks: Collection[bytes]) -> bool:
        """Count a death; returns whether that makes the prompt one that is not to be tried again."""
        for mark in marks:
            self._set(mark, self._strikes.get(mark, 0) + 1)
        return self.condemned(marks)

    def suspected(self, marks: Collection[bytes]) -> bool:
        """Whether the prompt has to be answered alone."""
        return any(mark in self._strikes for mark in marks)

    def condemned(self, marks: Collection[bytes]) -> bool:
        """Whether the prompt is not to be tried again."""
        return any(self._strikes.get(mark, 0) >= STRIKES for mark in marks)

    def _set(self, mark: bytes, strikes: int) -> None:
        if strikes:
            self._strikes[mark] = strikes
        else:
            self._strikes.pop(mark, None)
        self._note(mark, flying=False)

    def _note(self, mark: bytes, *, flying: bool) -> None:
        if self._journal is not None:
            self._journal.note(mark, strikes=self._strikes.get(mark, 0), flying=flying)
