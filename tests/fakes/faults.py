"""What goes wrong between a bot and a platform's server: drawn by chance, but the same chance for the same seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """One thing that can go wrong with a call."""

    FLOOD = "429"
    FAILURE = "500"
    BAD_GATEWAY = "502"
    GATEWAY_TIMEOUT = "504"
    SILENCE = "no answer"
    RESET = "connection reset"
    LOST_ANSWER = "answer lost"


# Telegram's own "internal server error" means that it gave the work up, so there a failure is never `done`.
_PERHAPS_DONE = frozenset({Kind.FAILURE, Kind.BAD_GATEWAY, Kind.GATEWAY_TIMEOUT, Kind.SILENCE})


@dataclass(frozen=True)
class Trouble:
    """What becomes of one call. `done`: the platform carries it out all the same. `seconds` are what a flooded platform
    asks to wait, or how long a silent one keeps the connection."""

    kind: Kind
    done: bool = False
    seconds: int = 1


class FaultPlan:
    """Lets a `share` of the calls go wrong, except for the methods that are `spared`; `drawn` counts what did."""

    def __init__(
        self, seed: int, share: float, *, kinds: Collection[Kind] = tuple(Kind), spared: Collection[str] = ()
    ) -> None:
        self.share = share
        self.drawn: Counter[Kind] = Counter()
        self._chance = random.Random(seed)
        self._kinds = tuple(kinds)
        self._spared = frozenset(spared)

    def draw(self, method: str) -> Trouble | None:
        """What is to become of a call; None for what it asks for."""
        if method in self._spared or self._chance.random() >= self.share:
            return None
        kind = self._chance.choice(self._kinds)
        self.drawn[kind] += 1
        done = kind is Kind.LOST_ANSWER or (kind in _PERHAPS_DONE and self._chance.random() < 0.5)
        return Trouble(kind, done, self._chance.randint(1, 3))
