"""The words that stand for screenshots in a prompt, and a turn as the model is shown it. Pure.

Every picture of a conversation has a number, so that the model and the customer can speak of "screenshot 2". The words
about a turn's pictures depend on the turn and the view alone: between two cuts they do not change. What agents send
when they ask about a conversation is counted by itself, so that no picture of the customer's changes its number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.messages import ImageRef, Picture, Turn, View
from bot.texts import (
    COLLEAGUE_AGAIN,
    COLLEAGUE_LABEL,
    COLLEAGUE_LEFT,
    COLLEAGUE_MEANT,
    PICTURE_AGAIN,
    PICTURE_LABEL,
    PICTURE_LEFT,
    PICTURE_MEANT,
    PICTURE_OUT_OF_VIEW,
    Sentence,
)


@dataclass(frozen=True, slots=True)
class _Wording:
    """What is said of a picture that is shown, shown again, meant, or not in view any more."""

    shown: Sentence
    again: Sentence
    meant: Sentence
    left: Sentence


_CUSTOMERS = _Wording(PICTURE_LABEL, PICTURE_AGAIN, PICTURE_MEANT, PICTURE_LEFT)
_COLLEAGUES = _Wording(COLLEAGUE_LABEL, COLLEAGUE_AGAIN, COLLEAGUE_MEANT, COLLEAGUE_LEFT)


class Labels:
    """Words for the pictures of a conversation. Knows those that are stored, and those of the question at hand. If that
    is an agent's, `colleagues` are the pictures of agents' questions about the conversation."""

    def __init__(self, pictures: Iterable[Picture], colleagues: Iterable[Picture] | None = None) -> None:
        self._pictures = {picture.ref.sha256: (picture, _CUSTOMERS) for picture in pictures}
        self._asking = _CUSTOMERS if colleagues is None else _COLLEAGUES
        for picture in colleagues or ():
            self._add(picture.ref, picture.turn)

    def admit(self, turn: Turn) -> None:
        """Number the pictures of a turn that is not stored yet, as the store is going to: each has one number."""
        for ref in (*(recall.ref for recall in turn.recalled), *turn.images):
            self._add(ref, turn.id)

    def text(self, turn: Turn, view: View, *, pictured: bool) -> str:
        """A turn's text under a line about its pictures, if it has any: shown above it, or described in that line."""
        words = [self._meant(recall.ref, turn) for recall in turn.recalled if not recall.again]
        words += [self._shown(ref, turn) if pictured else self._left(ref, turn, view) for ref in turn.shown]
        return "\n".join(part for part in (" ".join(words), turn.text) if part)

    def _add(self, ref: ImageRef, turn: int) -> None:
        if ref.sha256 not in self._pictures:
            numbers = (picture.number for picture, wording in self._pictures.values() if wording is self._asking)
            self._pictures[ref.sha256] = Picture(max(numbers, default=0) + 1, turn, ref), self._asking

    def _meant(self, ref: ImageRef, turn: Turn) -> str:
        picture, wording = self._pictures[ref.sha256]
        return wording.meant.say(turn.language, number=picture.number)

    def _shown(self, ref: ImageRef, turn: Turn) -> str:
        picture, wording = self._pictures[ref.sha256]
        label = wording.shown if picture.turn == turn.id else wording.again
        return label.say(turn.language, number=picture.number)

    def _left(self, ref: ImageRef, turn: Turn, view: View) -> str:
        picture, wording = self._pictures[ref.sha256]
        described = picture.described <= view.described and picture.description
        description = described or PICTURE_OUT_OF_VIEW.say(turn.language)
        return wording.left.say(turn.language, number=picture.number, description=description)
