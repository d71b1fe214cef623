"""What happened, in figures: by platform over a period, and by day. Agents' rooms do not count, their cases do.

Retracted questions do not count, superseded ones do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import fmean, median, quantiles
from typing import Any

from bot.cases import Cause
from bot.figures import DayStats, PlatformStats
from conversations.database import Transaction

CUSTOMERS = (
    "JOIN chats ON chats.id = turns.chat_id AND NOT EXISTS (SELECT 1 FROM rooms WHERE rooms.chat = chats.chat"
    " AND rooms.thread = chats.thread AND rooms.thread <> '' AND rooms.platform = chats.platform"
    " AND rooms.account = chats.account)"
)
"""Joins turns to their chats, but for those in agents' rooms."""

_EVER = 1e12
"""Later than any time."""

_TURNS = (
    "SELECT platform, count(DISTINCT chat_id), sum(speaker = 'customer'), sum(speaker = 'bot' AND agent = '')"  # noqa: S608
    f" FROM turns {CUSTOMERS} WHERE at >= ? GROUP BY platform"
)
_USAGE = (
    "SELECT platform, prompt_tokens - cached_tokens, answer_tokens, total_ms FROM turns"  # noqa: S608
    f" JOIN usage ON turn_id = turns.id {CUSTOMERS} WHERE at >= ?"
)
_THUMBS = (
    "SELECT platform, sum(rating > 0), sum(rating < 0) FROM feedback JOIN turns ON turns.id = turn_id"  # noqa: S608
    f" {CUSTOMERS} WHERE feedback.at >= ? AND feedback.at < ? GROUP BY platform"
)
_HAND_OVERS = (
    "SELECT platform, substr(text, instr(text, ':') + 1) AS cause, count(*) FROM case_log"
    " JOIN cases ON cases.id = case_id JOIN chats ON chats.id = chat_id WHERE kind = 'moved' AND at >= ? AND at < ?"
    " AND (text LIKE 'bot>waiting:%' OR text LIKE 'bot>human:%') GROUP BY platform, cause"
)
# Who stepped in was not waited for: they had the case when it was opened.
_WAITS = (
    "SELECT platform, taken_at - opened_at FROM cases JOIN chats ON chats.id = chat_id"
    " WHERE taken_at >= ? AND taken_at > opened_at"
)
_CLOSED = (
    "SELECT platform, since - opened_at, satisfaction FROM cases JOIN chats ON chats.id = chat_id"
    " WHERE state = 'closed' AND since >= ?"
)
_QUESTIONS = (
    f"SELECT platform, count(*) FROM turns {CUSTOMERS} WHERE speaker = 'customer' AND at >= ? AND at < ?"  # noqa: S608
    " GROUP BY platform"
)


def stats(tx: Transaction, since: float) -> list[PlatformStats]:
    """Figures by platform, in alphabetical order."""
    found: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for platform, chats, questions, answers in tx.rows(_TURNS, since):
        found[platform] |= {"chats": chats, "questions": questions, "answers": answers}
    for platform, up, down in tx.rows(_THUMBS, since, _EVER):
        found[platform] |= {"thumbs_up": up, "thumbs_down": down}
    for platform, rows in _by_platform(tx.rows(_USAGE, since)):
        read, said, times = zip(*rows, strict=True)
        found[platform] |= {"read_tokens": sum(read), "answer_tokens": sum(said)}
        found[platform] |= {"median_ms": median(times), "slow_ms": _ninetieth(times)}
    for platform, rows in _by_platform(tx.rows(_HAND_OVERS, since, _EVER)):
        found[platform]["handed_over"] = {Cause(cause): count for cause, count in rows}
    for platform, rows in _by_platform(tx.rows(_WAITS, since)):
        found[platform] |= {"taken": len(rows), "wait_seconds": median(seconds for (seconds,) in rows)}
    for platform, rows in _by_platform(tx.rows(_CLOSED, since)):
        scores = [score for _, score in rows if score]
        found[platform] |= {"closed": len(rows), "open_seconds": median(seconds for seconds, _ in rows)}
        found[platform] |= {"satisfied": len(scores), "satisfaction": fmean(scores) if scores else 0.0}
    return [PlatformStats(platform, **found[platform]) for platform in sorted(found)]


def daily(tx: Transaction, starts: Sequence[float]) -> list[DayStats]:
    """Figures of the days that begin at these times, oldest first; the last one goes on until now."""
    return [_day(tx, start, end) for start, end in pairwise([*starts, _EVER])]


def _day(tx: Transaction, start: float, end: float) -> DayStats:
    thumbs = tx.rows(_THUMBS, start, end)
    return DayStats(
        questions=dict(tx.rows(_QUESTIONS, start, end)),
        handed_over=sum(count for _, _, count in tx.rows(_HAND_OVERS, start, end)),
        thumbs_up=sum(up for _, up, _ in thumbs),
        thumbs_down=sum(down for _, _, down in thumbs),
    )


def _by_platform(rows: Iterable[Sequence[Any]]) -> Iterable[tuple[str, list[Sequence[Any]]]]:
    """The rows of each platform, which is their first column, without it."""
    found: defaultdict[str, list[Sequence[Any]]] = defaultdict(list)
    for platform, *rest in rows:
        found[platform].append(rest)
    return found.items()


def _ninetieth(times: Sequence[float]) -> float:
    """The 90th percentile."""
    return quantiles(times, n=10, method="inclusive")[-1] if len(times) > 1 else times[0]
