"""Which turns of a conversation fit into the prompt. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.messages import ImageRef, Turn

Measure = Callable[[str, Sequence[ImageRef]], int]


def fit(turns: Sequence[Turn], budget: int, measure: Measure) -> list[Turn]:
    """Choose the newest turns whose cost is within `budget` tokens, oldest first, beginning with a customer's turn.

    A turn whose pictures do not fit any more stays with its words alone (`images` empty); from there on back, no older
    picture is kept either, so that the pictures the model sees are always the newest ones.
    """
    kept: list[Turn] = []
    pictures_fit = True
    for turn in reversed(turns):
        whole = measure(turn.text, turn.images)
        if turn.images and (not pictures_fit or whole > budget):
            pictures_fit = False
            turn = replace(turn, images=())
            whole = measure(turn.text, ())
        if whole > budget:
            break
        budget -= whole
        kept.append(turn)
    kept.reverse()
    first = next((i for i, turn in enumerate(kept) if turn.speaker == "customer"), len(kept))
    return kept[first:]
