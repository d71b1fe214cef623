"""Answers that people thought something of, as lines of the file that `looksee eval` reads. Pure.

What the right answer is nobody has said. Where somebody of the desk answered after a bad one, it is what they wrote; of
one that helped, it is the answer itself; else it is left for people to put in, and `looksee eval` passes it over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.messages import Turn
from bot.records import Rated

QUESTIONS = "questions.jsonl"
_KINDS = {1: "thumbs up", -1: "thumbs down", 0: "handed over"}


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was asked in a row, and what was said to it."""

    asked: tuple[Turn, ...]
    said: tuple[Turn, ...]

    def question(self, names: Mapping[str, str]) -> dict[str, Any]:
        """The question as `looksee eval` reads it; {} if there is nothing of it to ask."""
        text = _joined(self.asked)
        refs = dict.fromkeys(ref for turn in self.asked for ref in turn.images)
        images = [names[ref.sha256] for ref in refs if ref.sha256 in names]
        if not (text or images):
            return {}
        language = self.asked[-1].language
        return {"question": text, **({"images": images} if images else {}), "language": language}


def as_questions(rated: Sequence[Rated], names: Mapping[str, str]) -> Iterator[str]:
    """A line for each answer whose question is still there; `names` are those of the pictures' files by hash."""
    for answer in rated:
        if line := _line(answer, names):
            yield json.dumps(line, ensure_ascii=False)


def exchanges(turns: Sequence[Turn]) -> list[Exchange]:
    """A conversation in questions and answers; what was said before the first question is left out."""
    found: list[tuple[list[Turn], list[Turn]]] = []
    for turn in turns:
        if turn.speaker == "customer":
            if not found or found[-1][1]:
                found.append(([], []))
            found[-1][0].append(turn)
        elif found:
            found[-1][1].append(turn)
    return [Exchange(tuple(asked), tuple(said)) for asked, said in found]


def _line(rated: Rated, names: Mapping[str, str]) -> dict[str, Any]:
    place = next((n for n, turn in enumerate(rated.turns) if turn.id == rated.answer), None)
    before = exchanges(rated.turns[: place + 1]) if place is not None else []
    question = before[-1].question(names) if before else {}
    if place is None or not question:
        return {}
    given = rated.turns[place].text
    earlier = [(exchange.question(names), _joined(exchange.said)) for exchange in before[:-1]]
    history = [{**asked, "answer": said} for asked, said in earlier if asked]
    return {
        "kind": _KINDS[rated.rating],
        **question,
        **({"history": history} if history else {}),
        "answer": given if rated.rating > 0 else _corrected(rated.turns[place + 1 :]) or None,
        "feedback": {
            "answer": given,
            "rating": rated.rating,
            "reason": rated.reason,
            "satisfaction": rated.satisfaction,
            "model": rated.model,
            "prompt_version": rated.prompt_version,
            "at": datetime.fromtimestamp(rated.at, UTC).isoformat(),
        },
    }


def _corrected(later: Sequence[Turn]) -> str:
    """What an agent wrote first of all, up to where somebody else said something."""
    said: list[Turn] = []
    for turn in later:
        if turn.speaker == "agent":
            said.append(turn)
        elif said:
            break
    return _joined(said)


def _joined(turns: Sequence[Turn]) -> str:
    return "\n".join(turn.text.strip() for turn in turns if turn.text.strip())
