"""How many messages a platform takes, counted the way that is hardest to get round: within any span of time."""

from __future__ import annotations

import math
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """`count` messages within any `seconds`."""

    count: int
    seconds: float


class Limits:
    """Counts what is sent; `refused` counts what was too much."""

    def __init__(
        self,
        overall: Window,
        of_chat: Callable[[str], Sequence[Window]] = lambda chat: (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.refused = 0
        self._overall = overall
        self._of_chat = of_chat
        self._clock = clock
        self._taken: defaultdict[tuple[str, Window], deque[float]] = defaultdict(deque)

    def take(self, chat: str) -> int:
        """Seconds to wait before a message to this chat; 0: it is taken."""
        now = self._clock()
        windows = [("", self._overall), *((chat, window) for window in self._of_chat(chat))]
        waits = []
        for key in windows:
            taken, (_, window) = self._taken[key], key
            while taken and taken[0] <= now - window.seconds:
                taken.popleft()
            if len(taken) >= window.count:
                waits.append(taken[0] + window.seconds - now)
        if waits:
            self.refused += 1
            return math.ceil(max(waits))
        for key in windows:
            self._taken[key].append(now)
        return 0
