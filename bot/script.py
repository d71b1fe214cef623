"""A conversation and what is asked next, as the model is shown them: what is in view, what it takes, how it reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from bot.errors import PromptTooLongError
from bot.history import Cost, cut, fits, visible
from bot.labels import Labels
from bot.messages import Context, ImageRef, Language, Picture, Recall, Turn, View
from bot.ports import VisionModel


@dataclass(frozen=True, slots=True)
class Budget:
    """Tokens for history. `soft`: of the share of the context that a prompt may fill; `hard`: of the whole context."""

    soft: int
    hard: int


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a prompt; its pictures are still in the store."""

    role: Literal["user", "assistant"]
    text: str
    pictures: tuple[ImageRef, ...] = ()


def joined(lines: Iterable[Line]) -> list[Line]:
    """Lines in which the two sides take turns, as many templates want it: what one side said in a row, while a person
    had the conversation, is one line."""
    return [
        Line(role, "\n\n".join(line.text for line in said), tuple(ref for line in said for ref in line.pictures))
        for role, group in groupby(lines, lambda line: line.role)
        if (said := list(group))
    ]


class Script:
    """One conversation and the question that goes on with it: what of them is shown, and how it reads. `around` are
    pictures that the prompt shows besides."""

    def __init__(
        self, model: VisionModel, context: Context, labels: Labels, budget: Budget, *, around: Collection[ImageRef] = ()
    ) -> None:
        self._model = model
        self._turns = context.turns
        self._pictures = context.pictures
        self._view = context.view
        self._labels = labels
        self._budget = budget
        self._around = around

    def fit(self, asked: Turn, referred: Sequence[ImageRef]) -> tuple[Turn, View]:
        """Decide what is in view, and complete the question with the pictures it refers to: shown again, or meant.

        Raises PromptTooLongError.
        """
        again: set[ImageRef] = set()
        no_room: set[ImageRef] = set()
        while True:
            asked = _with(asked, referred, again)
            self._labels.admit(asked)
            view = self._view_for(asked)
            seen = {*self._around, *self.pictured(view)}
            ref = next((ref for ref in referred if ref not in seen | again | no_room), None)
            if ref is None:
                return asked, view
            # It takes room, for which others may leave; so what else is meant is looked at once more.
            fits_in = self._tokens(_with(asked, referred, again | {ref}), view, pictured=True) <= self._budget.hard
            (again if fits_in else no_room).add(ref)

    def leaving(self, view: View) -> list[tuple[Picture, Language]]:
        """The pictures that nobody has described and that a cut would take out of view, if there were one now."""
        low = self._budget.soft // 2
        described = all(picture.described for picture in self._pictures)
        if described or fits(self._turns, view, low, self._cost(view)):
            return []
        kept = cut(self._turns, view, low, low, self._cost(view))
        found: dict[ImageRef, Language] = {}
        for turn, pictured in visible(self._turns, view):
            if pictured and turn.id < kept.pictured:
                found |= dict.fromkeys(turn.shown, turn.language)
        return [(p, found[p.ref]) for p in self._pictures if p.ref in found and not p.described]

    def shortened(self, low: int, most: int) -> View:
        """What is in view after a cut; see `bot.history.cut`."""
        described = max((picture.described for picture in self._pictures), default=0)
        view = replace(self._view, described=described)
        view = cut(self._turns, view, low, most, self._cost(view))
        return self._view if (view.first, view.pictured) == (self._view.first, self._view.pictured) else view

    def lines(self, view: View, asked: Turn | None = None) -> list[Line]:
        """What is in view, then what is asked, as the model reads it."""
        turns = visible(self._turns, view)
        return [self._line(turn, view, pictured=pictured) for turn, pictured in turns] + (
            [self._line(asked, view, pictured=True)] if asked is not None else []
        )

    def pictured(self, view: View) -> set[ImageRef]:
        """The pictures that are in view."""
        return {ref for turn, pictured in visible(self._turns, view) if pictured for ref in turn.shown}

    def taken(self, view: View, asked: Turn | None = None) -> int:
        """Tokens of what is in view, and of what is asked."""
        turns = sum(self._tokens(turn, view, pictured=pictured) for turn, pictured in visible(self._turns, view))
        return turns + (self._tokens(asked, view, pictured=True) if asked is not None else 0)

    def _view_for(self, asked: Turn) -> View:
        """What is shown before this question: what was shown so far, as long as it fits."""
        tokens = self._tokens(asked, self._view, pictured=True)
        hard, soft = self._budget.hard - tokens, max(0, self._budget.soft - tokens)
        if hard < 0:
            raise PromptTooLongError(f"{-hard} tokens too many")
        if fits(self._turns, self._view, min(soft, hard), self._cost(self._view)):
            return self._view
        low = soft // 2
        # What the question itself shows is newer than all that was shown before it.
        view = self.shortened(low, low if asked.shown else hard)
        return view if view == self._view else replace(view, language=asked.language)

    def _line(self, turn: Turn, view: View, *, pictured: bool) -> Line:
        text = self._labels.text(turn, view, pictured=pictured)
        return Line("user" if turn.speaker == "customer" else "assistant", text, turn.shown if pictured else ())

    def _cost(self, view: View) -> Cost:
        return lambda turn, pictured: self._tokens(turn, view, pictured=pictured)

    def _tokens(self, turn: Turn, view: View, *, pictured: bool) -> int:
        return self._model.measure(self._labels.text(turn, view, pictured=pictured), turn.shown if pictured else ())


def _with(asked: Turn, referred: Sequence[ImageRef], again: Collection[ImageRef]) -> Turn:
    return replace(asked, recalled=tuple(Recall(ref, again=ref in again) for ref in referred))
