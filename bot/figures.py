"""Figures of what happened, as values. A seam, like `bot.messages`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.cases import Cause


@dataclass(frozen=True, slots=True)
class PlatformStats:
    """Figures of one platform's customers over a period; 0 where there is nothing to count.

    `answers` are the bot's, which took `median_ms`, and one in ten `slow_ms` or longer, in milliseconds. `read_tokens`
    of prompts were computed, `answer_tokens` were said. `handed_over` counts by cause. `taken` cases waited
    `wait_seconds` for an agent, and `closed` ones were closed after `open_seconds` (medians, in seconds); `satisfied`
    customers of the latter gave `satisfaction` on the average, 1 to 5.
    """

    platform: str
    chats: int = 0
    questions: int = 0
    answers: int = 0
    thumbs_up: int = 0
    thumbs_down: int = 0
    read_tokens: int = 0
    answer_tokens: int = 0
    median_ms: float = 0.0
    slow_ms: float = 0.0
    handed_over: Mapping[Cause, int] = field(default_factory=dict)
    taken: int = 0
    wait_seconds: float = 0.0
    closed: int = 0
    open_seconds: float = 0.0
    satisfied: int = 0
    satisfaction: float = 0.0


@dataclass(frozen=True, slots=True)
class DayStats:
    """One day: questions by platform, hand-overs, and thumbs."""

    questions: Mapping[str, int] = field(default_factory=dict)
    handed_over: int = 0
    thumbs_up: int = 0
    thumbs_down: int = 0
