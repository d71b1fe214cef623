"""Shares of right answers, with what they are worth. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; `low` and `high` bound the true share with 95 % confidence (Wilson's score interval)."""

    right: int
    of: int

    @property
    def value(self) -> float:
        """The share, 0 of nothing."""
        return self.right / self.of if self.of else 0.0

    @property
    def low(self) -> float:
        """The lower bound."""
        return self._bound(-1)

    @property
    def high(self) -> float:
        """The upper bound."""
        return self._bound(1)

    def _bound(self, side: int) -> float:
        if not self.of:
            return float(side > 0)
        if self.right == (0 if side < 0 else self.of):  # where rounding would miss it
            return self.value
        z2 = _Z * _Z / self.of
        spread = _Z * math.sqrt(self.value * (1 - self.value) / self.of + z2 / (4 * self.of))
        return (self.value + z2 / 2 + side * spread) / (1 + z2)


@dataclass(frozen=True, slots=True)
class Mark:
    """What came of one question."""

    kind: str
    language: str
    exact: bool
    normalised: bool
    failed: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of some questions. `failed` of them had no answer; that counts as wrong."""

    exact: Share
    normalised: Share
    failed: int
    seconds: float

    @property
    def seconds_each(self) -> float:
        """Mean seconds a question."""
        return self.seconds / self.exact.of if self.exact.of else 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of an evaluation: in all, by kind and by language."""

    total: Row
    kinds: dict[str, Row]
    languages: dict[str, Row]


def tally(marks: Iterable[Mark]) -> Figures:
    """Add up."""
    marks = list(marks)
    kinds, languages = (sorted({mark.kind for mark in marks}), sorted({mark.language for mark in marks}))
    return Figures(
        _row(marks),
        {kind: _row([mark for mark in marks if mark.kind == kind]) for kind in kinds},
        {language: _row([mark for mark in marks if mark.language == language]) for language in languages},
    )


def _row(marks: list[Mark]) -> Row:
    return Row(
        Share(sum(mark.exact for mark in marks), len(marks)),
        Share(sum(mark.normalised for mark in marks), len(marks)),
        sum(mark.failed for mark in marks),
        sum(mark.seconds for mark in marks),
    )
