"""How a question is put: one of the listed wordings or one from a frame, with whatever people write round it.

A model that is trained from nothing knows no language: what it is to understand in other words it must have met in
many. The evaluation's own wordings never come up.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from deploy.demo_model import frames
from deploy.demo_model.pages.wordings import NAMES, uses, wordings
from deploy.demo_model.phrases import FACTS, follow_ups, placed, places, questions
from deploy.demo_model.samples import Language
from deploy.demo_model.words import PLACES, adjective, noun, verb

_MARKS: Final = "?.!？。！"
_SAID: Final = ("message", "title", "status")
"""What says something."""
_FROM_FRAMES: Final = 0.55
"""The part of the questions that is put together where there are frames for the kind; the others are listed."""


def ask(r: random.Random, kind: str, language: Language, name: str = "") -> str:
    """A question of a kind; `name` is what an `exists` or a `field` is about, and stays as it is."""
    return _allowed(r, lambda: _worded(r, kind, language), language).replace("{name}", name)


def follow_up(r: random.Random, kind: str, language: Language, *, again: bool = False) -> str:
    """A short question for a fact after another one; `again`: for the same fact, of a screenshot that has just come."""

    def core() -> str:
        if not again and r.random() < 0.4:
            return r.choice(follow_ups(kind, language))
        return _framed(r, frames.AGAIN if again else frames.ALSO, kind, language)

    return _allowed(r, core, language)


def about(r: random.Random, question: str, number: int, language: Language) -> str:
    """A question about one of two screenshots, the first or the second."""
    place = r.choice(places(number, language))
    if r.random() < 0.5:
        return placed(question, place, language, first=r.random() < 0.4)
    bare = place.rstrip("里中") if language == "zh" else place.partition(" ")[2]
    return r.choice(frames.BY_PLACE[language]).format(bare=bare, Bare=bare.capitalize(), question=question)


def _worded(r: random.Random, kind: str, language: Language) -> str:
    if r.random() > _FROM_FRAMES:
        return r.choice(questions(kind, language))
    if kind == "button" and r.random() < 0.5:
        return r.choice(frames.PRESSING[language]).format(r.choice(frames.PRESS[language]))
    if kind in _SAID and r.random() < 0.5:
        return _framed(r, frames.SAYING, kind, language)
    if kind in FACTS:
        return _framed(r, frames.FRAMES, kind, language)
    if kind == "exists":
        return r.choice(frames.SEEING[language])
    if kind == "read":
        what, whole = (r.choice(lines) for lines in frames.READING[language])
        return what + (" " if language == "en" else "") + whole
    return _other(r, language) if kind == "other" else r.choice(questions(kind, language))


def _framed(r: random.Random, lines: frames.Lines, kind: str, language: Language) -> str:
    return r.choice(lines[language]).format(r.choice(frames.NOUNS[language][kind]))


def _other(r: random.Random, language: Language) -> str:
    """Something that no screenshot answers."""
    frame, n, m = r.choice(frames.OTHERS[language]), r.randint(2, 99), r.randint(2, 99)
    if language == "zh":
        return frame.format(n=n, m=m, **{slot: r.choice(words) for slot, words in frames.FILLING_ZH.items()})
    thing = noun(r)
    while thing in frames.FACTUAL:
        thing = noun(r)
    return frame.format(
        do=verb(r), thing=thing, like=adjective(r), day=r.choice(frames.DAYS), tongue=r.choice(frames.TONGUES),
        place=r.choice(PLACES), n=n, m=m,
    )  # fmt: skip


# --- what stands round it --------------------------------------------------------------------------------------------


def _allowed(r: random.Random, core: Callable[[], str], language: Language) -> str:
    """What is drawn, with something round it, unless the evaluation asks so."""
    while True:
        question = _surrounded(r, core(), language)
        if _bare(question) not in _forbidden():
            return question


@functools.cache
def _forbidden() -> frozenset[str]:
    return frozenset(map(_bare, _evaluation()))


def _evaluation() -> Iterator[str]:
    """Every question that the evaluation asks; the names of things asked for are left open."""
    languages: Sequence[Language] = ("en", "zh")
    for language in languages:
        for use in uses(language):
            for line in wordings(use, language):
                named = use in ("follow_up", "next_picture")
                yield from (line.format(name=name) for name in NAMES[language].values()) if named else (line,)


def _bare(question: str) -> str:
    return question.casefold().strip(f"{_MARKS} ")


def _surrounded(r: random.Random, question: str, language: Language) -> str:
    body = question.rstrip(_MARKS)
    mark = question[len(body) :]
    if r.random() < 0.3:
        after = r.choice(frames.AFTER[language])
        body += after if language == "zh" or after.startswith(",") else f" {after}"
    if r.random() < 0.3:
        body = _begun(r.choice(frames.BEFORE[language]), body, language)
    if r.random() < 0.3:
        mark = r.choice(("", "", "?", "??", "...", "!")) if language == "en" else r.choice(("", "", "？", "。", "?"))
    return _careless(r, body + mark) if language == "en" else body + mark


def _begun(before: str, body: str, language: Language) -> str:
    if language == "zh":
        return before + body.removeprefix("请问").removeprefix("你好，")
    for greeting in ("Hi, ", "Hello, "):
        body = body.removeprefix(greeting)
    if not before.endswith((".", "!")) and body[1:2].islower():
        body = body[0].lower() + body[1:]
    return f"{before} {body}"


def _careless(r: random.Random, question: str) -> str:
    """Now and then without capitals, or with a slip; names that are filled in later stay as they are."""
    if r.random() < 0.15:
        question = question.lower()
    if r.random() < 0.06 and "{" not in question and len(question) > 8:
        at = r.randrange(1, len(question) - 1)
        left, right = question[:at], question[at:]
        if left[-1].isalpha() and right[0].isalpha():
            swapped = left[:-1] + right[0] + left[-1] + right[1:]
            question = r.choice((left + right[1:], left + right[0] + right, swapped))
    return question
