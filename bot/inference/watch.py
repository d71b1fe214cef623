"""Where the engine tells what it does, for whoever counts it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Event = Literal["encoded", "embeddings_reused", "shared", "parked", "restored", "dropped", "preempted"]
Level = Literal["resident_chats", "parked_chats", "parked_bytes", "embeddings_bytes"]


def _nothing(*_: object) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Watch:
    """Both are called on the engine's thread; they must be quick and must not raise."""

    count: Callable[[Event], None] = _nothing
    level: Callable[[Level, float], None] = _nothing
