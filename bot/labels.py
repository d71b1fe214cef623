"""The words that stand for screenshots in a prompt, and a turn as the model is shown it. Pure.

Every picture of a conversation has a number, so that the model and the customer can speak of "screenshot 2". The words
about a turn's pictures depend on the turn and the view alone: between two cuts they do not change.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.messages import Picture, Turn, View
from bot.texts import PICTURE_AGAIN, PICTURE_LABEL, PICTURE_LEFT, PICTURE_MEANT, PICTURE_OUT_OF_VIEW


class Labels:
    """Words for the pictures of a conversation. Knows those that are stored, and those of the question at hand."""

    def __init__(self, pictures: Iterable[Picture]) -> None:
        self._pictures = {picture.ref.sha256: picture for picture in pictures}

    def admit(self, turn: Turn) -> None:
        """Number the pictures of a turn that is not stored yet, as the store is going to: each has one number."""
        highest = max((picture.number for picture in self._pictures.values()), default=0)
        for ref in (*(recall.ref for recall in turn.recalled), *turn.images):
            if ref.sha256 not in self._pictures:
                highest += 1
                self._pictures[ref.sha256] = Picture(highest, turn.id, ref)

    def text(self, turn: Turn, view: View, *, pictured: bool) -> str:
        """A turn's text under a line about its pictures, if it has any: shown above it, or described in that line."""
        meant = [self._pictures[recall.ref.sha256] for recall in turn.recalled if not recall.again]
        words = [PICTURE_MEANT.say(turn.language, number=picture.number) for picture in meant]
        words += [self._word(self._pictures[ref.sha256], turn, view, pictured=pictured) for ref in turn.shown]
        return "\n".join(part for part in (" ".join(words), turn.text) if part)

    @staticmethod
    def _word(picture: Picture, turn: Turn, view: View, *, pictured: bool) -> str:
        if pictured:
            label = PICTURE_LABEL if picture.turn == turn.id else PICTURE_AGAIN
            return label.say(turn.language, number=picture.number)
        described = picture.described <= view.described and picture.description
        description = described or PICTURE_OUT_OF_VIEW.say(turn.language)
        return PICTURE_LEFT.say(turn.language, number=picture.number, description=description)
