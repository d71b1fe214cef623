"""What benchmarks report: repeated measurements, two ways side by side, the ratio, and what it is to reach."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Statistic = Literal["median", "p95", "worst"]
Quotient = Literal["A/B", "B/A", "A"]


@dataclass(frozen=True, slots=True)
class Samples:
    """Measurements of one thing, at least one, in the order they were made."""

    values: tuple[float, ...]

    def get(self, statistic: Statistic) -> float:
        """One figure for all of them; the worst is the greatest."""
        if statistic == "median":
            return statistics.median(self.values)
        if statistic == "worst" or len(self.values) == 1:
            return max(self.values)
        return statistics.quantiles(self.values, n=20, method="inclusive")[18]


@dataclass(frozen=True, slots=True)
class Goal:
    """What to reach: the quotient of both sides' `statistic` (or A's alone), at the most or at the least."""

    quotient: Quotient
    limit: float
    at_most: bool = False
    statistic: Statistic = "median"

    def __str__(self) -> str:
        return f"{self.quotient} {'<=' if self.at_most else '>='} {self.limit:g}"

    def value(self, a: Samples, b: Samples | None) -> float:
        """The quotient; of no other side, A itself."""
        ours = a.get(self.statistic)
        if b is None or self.quotient == "A":
            return ours
        other = b.get(self.statistic)
        return ours / other if self.quotient == "A/B" else other / ours

    def reached(self, a: Samples, b: Samples | None) -> bool:
        """Whether it is reached."""
        value = self.value(a, b)
        return value <= self.limit if self.at_most else value >= self.limit


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. A is ours, B what `against` names, if there is anything to compare with.

    `equal` is how many answers were the same, of how many. `encodes` are the pictures that A and B encoded. `events` is
    what else happened to chats and pictures at A, `counts` what it counted, by name.
    """

    figure: str
    unit: str
    a: Samples
    b: Samples | None = None
    against: str = ""
    goal: Goal | None = None
    equal: tuple[int, int] | None = None
    encodes: tuple[int, int] | None = None
    events: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON, every measurement included."""
        made: dict[str, Any] = {"figure": self.figure, "unit": self.unit, "a": _summary(self.a)}
        if self.b is not None:
            made |= {"against": self.against, "b": _summary(self.b)}
        if self.goal is not None:
            value = self.goal.value(self.a, self.b)
            made |= {"goal": str(self.goal), "value": value, "reached": self.goal.reached(self.a, self.b)}
        if self.equal is not None:
            made["equal_answers"] = {"equal": self.equal[0], "of": self.equal[1]}
        if self.encodes is not None:
            made["encodes"] = {"a": self.encodes[0], "b": self.encodes[1]}
        return made | {"a_events": dict(self.events), "a_counts": dict(self.counts)}

    def cells(self) -> list[str]:
        """The row of the table."""
        goal = self.goal
        return [
            f"{self.figure}, {self.unit}",
            _spread(self.a),
            _spread(self.b) + (f" ({self.against})" if self.against else "") if self.b else "",
            f"{goal.quotient} = {goal.value(self.a, self.b):.3g}" if goal else "",
            f"{goal} {'yes' if goal.reached(self.a, self.b) else 'NO'}" if goal else "",
            f"{self.equal[0]} of {self.equal[1]}" if self.equal else "",
            f"{self.encodes[0]} / {self.encodes[1]}" if self.encodes else "",
            ", ".join(f"{event.replace('_', ' ')} {count}" for event, count in self.events.items()),
            str(len(self.a.values)),
        ]


HEADINGS = (
    "figure", "A: median, p95", "B: median, p95", "ratio", "to reach", "equal answers", "encodes A / B", "at A", "n",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of a run, and how they were made."""

    conditions: Mapping[str, Any]
    rows: Sequence[Row]

    def as_table(self) -> str:
        """For people, and for documents: Markdown."""
        how = [f"- {name}: {value}" for name, value in self.conditions.items()]
        head = ["| " + " | ".join(HEADINGS) + " |", "| " + " | ".join("---" for _ in HEADINGS) + " |"]
        return "\n".join([*how, "", *head, *("| " + " | ".join(row.cells()) + " |" for row in self.rows)])

    def as_json(self) -> str:
        """For programs."""
        rows = [row.as_dict() for row in self.rows]
        return json.dumps({"conditions": dict(self.conditions), "figures": rows}, indent=1)


def _summary(samples: Samples) -> dict[str, Any]:
    figures = {"median": samples.get("median"), "p95": samples.get("p95")}
    return {**figures, "n": len(samples.values), "values": list(samples.values)}


def _spread(samples: Samples) -> str:
    return f"{samples.get('median'):.3g}, {samples.get('p95'):.3g}"
