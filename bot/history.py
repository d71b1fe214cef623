"""What prompts show of a conversation. Pure.

The model goes on from what it has computed of a chat when a prompt begins exactly as the one before it did. A window
that moves with every question would lose all of that every time. So a conversation is cut rarely, and deeply when it
is; between two cuts each prompt is the one before it and what was said since. Pictures leave in the same large steps:
they take most of the room, and one that leaves changes the prompt from its turn on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.messages import Turn, View

Cost = Callable[[Turn, bool], int]
"""Tokens that a turn takes in a prompt: with its pictures, or (False) with words in their places."""


def visible(turns: Sequence[Turn], view: View) -> list[tuple[Turn, bool]]:
    """The turns that a view shows, oldest first, a customer's first, each with whether its pictures are shown."""
    kept = [turn for turn in turns if turn.id >= view.first]
    start = next((i for i, turn in enumerate(kept) if turn.speaker == "customer"), len(kept))
    return [(turn, bool(turn.shown) and turn.id >= view.pictured) for turn in kept[start:]]


def fits(turns: Sequence[Turn], view: View, budget: int, cost: Cost) -> bool:
    """Whether what a view shows takes `budget` tokens or fewer."""
    for turn, pictured in reversed(visible(turns, view)):
        budget -= cost(turn, pictured)
        if budget < 0:  # the rest need not be measured
            return False
    return budget >= 0


def cut(turns: Sequence[Turn], view: View, low: int, most: int, cost: Cost) -> View:
    """Move a view on, so that what it shows takes `low` tokens or fewer: it keeps the newest turns.

    Words are remembered for longer than pictures, which take half of that at most and are in view from one turn on; the
    turns before it keep their words. But the newest pictures are what people go on asking about: they stay as long as
    there is room and, while what was said since then is within `low`, as long as `most` is enough for them. What has
    left does not come back.
    """
    newest = max((turn.id for turn in turns if turn.shown), default=0)
    first = turns[-1].id + 1 if turns else view.first
    left, left_for_pictures, pictured = low, low // 2, view.pictured
    for turn, shown in reversed(visible(turns, view)):
        words = cost(turn, False)
        tokens = cost(turn, True) if shown and turn.id >= pictured else words
        if tokens > words:
            if turn.id == newest and left < tokens <= left + most - low:
                first = turn.id
                break
            if tokens > left or (turn.id != newest and tokens - words > left_for_pictures):
                pictured = turn.id + 1
                tokens = words
        if tokens > left:
            break
        left -= tokens
        left_for_pictures -= tokens - words
        first = turn.id
    return replace(view, first=first, pictured=max(pictured, first))
