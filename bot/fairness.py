"""Whose turn it is: a virtual counter of what each person has taken.

The virtual token counter of Sheng et al., "Fairness in Serving Large Language Models" (OSDI 2024), charged in
milliseconds of the device instead of tokens. Whoever has the least goes next; who comes back after a pause is lifted to
the least of those who are there, so that nobody saves up a claim by staying away.
"""

from __future__ import annotations

from cachetools import LRUCache

REMEMBERED = 10_000  # people who are away, at most: one who is forgotten starts anew, level with those who are there


class VirtualTime:
    """What each person has taken, in a unit of the caller's choice. Keys are whatever names a person."""

    def __init__(self) -> None:
        self._active: dict[str, float] = {}
        self._claims: dict[str, int] = {}
        self._away: LRUCache[str, float] = LRUCache(REMEMBERED)
        self._floor = 0.0

    def activate(self, key: str) -> None:
        """`key` has work: lift it to the least of the active ones. Calls nest: each one wants a `deactivate`."""
        if key not in self._active:
            self._active[key] = self.of(key)
            self._away.pop(key, None)
        self._claims[key] = self._claims.get(key, 0) + 1

    def deactivate(self, key: str) -> None:
        """One piece of the key's work has ended; with the last one it is active no more. KeyError: it was not."""
        self._claims[key] -= 1
        if not self._claims[key]:
            del self._claims[key]
            self._floor = self._active[key]  # what the next one is lifted to, if this was the last one there
            self._away[key] = self._active.pop(key)

    def charge(self, key: str, cost: float) -> None:
        """Add what the key took. A negative cost corrects an estimate that was charged before."""
        if key in self._active:
            self._active[key] += cost
        else:
            self._away[key] = self.of(key) + cost

    def of(self, key: str) -> float:
        """What the key has taken; of one that is not active, what it would be lifted to."""
        if key in self._active:
            return self._active[key]
        return max(self._away.get(key, 0.0), min(self._active.values(), default=self._floor))
