"""What people asked, and what they are owed for it."""

from __future__ import annotations

import itertools
import re
import time
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from tests.chaos.model import ANSWER, NUMBER


@dataclass
class Question:
    """Something asked, under a number that no other question has.

    It is owed `least` to `most` answers, and to be `remembered` or not (None: as it happens).
    """

    number: str
    where: str
    pictures: int = 0
    at: float = field(default_factory=time.monotonic)
    least: int = 1
    most: int = 1
    remembered: bool | None = True

    def replaced(self) -> None:
        """Its message was edited after it had been answered: the new version is a question of its own."""
        self.remembered = False

    def withdrawn(self, *, may_overtake: bool = False) -> None:
        """Its message was deleted: it may have been answered before that, and need not be any more.

        `may_overtake`: of a message that has to be reported again, the platform may report the deletion first.
        """
        self.least = 0
        self.remembered = None if may_overtake else False


@dataclass
class Verdict:
    """What the ledger finds. `lost`, `twice` and `wrong` are faults, in words; `ambiguous` are the questions whose
    answer may not have arrived, and whose people were told so."""

    answers: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    ambiguous: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """Everything that must not be."""
        return [*self.lost, *self.twice, *self.wrong]


class Ledger:
    """All questions of a run, by number."""

    def __init__(self) -> None:
        self.questions: dict[str, Question] = {}
        self._numbers = itertools.count(1)

    def ask(self, where: str, *, pictures: int = 0) -> Question:
        """Enter a question; its number is to stand in its words."""
        question = Question(f"q{next(self._numbers)}", where, pictures)
        self.questions[question.number] = question
        return question

    def open(self, received: Collection[tuple[str, str]]) -> set[str]:
        """The numbers of questions that are owed an answer which is not among the messages `received`."""
        found = Counter(number for _, text in received for number in answered(text))
        return {q.number for q in self.questions.values() if found[q.number] < q.least}

    def judge(self, received: Iterable[tuple[str, str]], doubtful: Collection[str], told: Collection[str]) -> Verdict:
        """Hold what people received (where, text) against what they are owed.

        `doubtful` are the numbers in those answers of which the bot itself says that they may not have arrived, `told`
        the places where people were told of that.
        """
        verdict = Verdict()
        found: Counter[str] = Counter()
        for where, text in received:
            for number in answered(text):
                verdict.answers += 1
                found[number] += 1
                verdict.wrong += self._misfits(where, text, number)
        for question in self.questions.values():
            count, number = found[question.number], question.number
            if count > question.most:
                verdict.twice.append(f"{number} in {question.where}: {count} answers")
            elif count < question.least:
                if number in doubtful and question.where in told:
                    verdict.ambiguous.append(number)
                else:
                    why = "in doubt, and nobody was told" if number in doubtful else "no answer"
                    verdict.lost.append(f"{number} in {question.where}: {why}")
        return verdict

    def misremembered(self, asked: Iterable[str], received: Iterable[tuple[str, str]]) -> list[str]:
        """Hold the questions that the bot remembers, by number, against those that it should.

        What people `received` (where, text) tells which were answered as one: they are one turn, and a deletion that is
        reported after the answer takes all of it.
        """
        found = Counter(asked)
        spared = self._gone_with_others(received)
        return [
            f"{q.number} in {q.where} is remembered {found[q.number]} times"
            for q in self.questions.values()
            if q.remembered is not None and found[q.number] != int(q.remembered)
            if q.number not in spared
        ]

    def _gone_with_others(self, received: Iterable[tuple[str, str]]) -> set[str]:
        spared: set[str] = set()
        for _, text in received:
            numbers = answered(text)
            if any(number in self.questions and not self.questions[number].least for number in numbers):
                spared |= set(numbers)
        return spared

    def _misfits(self, where: str, text: str, number: str) -> list[str]:
        question = self.questions.get(number)
        if question is None:
            return [f"{number} in {where}: nobody asked that"]
        faults = [] if question.where == where else [f"{number} of {question.where} was answered in {where}"]
        match = ANSWER.search(text)
        alone = match is not None and len(answered(text)) == 1
        if alone and match is not None and int(match[2]) != question.pictures:
            faults.append(f"{number} in {where}: {match[2]} pictures seen, {question.pictures} sent")
        return faults


def answered(text: str) -> list[str]:
    """The numbers that a whole answer is for; none for other messages."""
    return [number for match in ANSWER.finditer(text) for number in NUMBER.findall(match[1])]


def unfinished(text: str) -> bool:
    """Whether this looks like live text: the beginning of an answer, or a remark in the place of one."""
    return not answered(text) and re.match(r"\W*(Answer to|⏳|👀|is looking)", text) is not None
