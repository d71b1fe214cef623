"""Prompts on their way to a process: who has been sent, who waits, and who has to go alone."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Sequence

from bot.inference.generation import Job
from bot.inference.suspects import Suspects, marks
from bot.ports import Prompt


class Question(Job):
    """A prompt on its way. `withdraw` is called on the event loop, with `number`, when nobody wants the answer."""

    def __init__(
        self, number: int, prompt: Prompt, loop: asyncio.AbstractEventLoop, withdraw: Callable[[int], None]
    ) -> None:
        super().__init__(prompt, loop)
        self.number = number
        self.marks = marks(prompt)
        self.sent_at = self.asked_at
        self._home = loop
        self._withdraw = withdraw

    def leave(self) -> bool:
        """It is sent now. Returns whether there is still something to do."""
        return self.begin()

    def cancel(self) -> None:
        """End the answer: at once if it has not been sent yet."""
        super().cancel()
        try:
            here = asyncio.get_running_loop() is self._home
        except RuntimeError:
            here = False
        if here:
            self._withdraw(self.number)
            return
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._home.call_soon_threadsafe(self._withdraw, self.number)


class Line:
    """Questions in the order in which they were put. They are sent at once, beside each other, except suspects: those
    wait until they can go alone, and what comes after them waits too."""

    def __init__(self, suspects: Suspects | None = None) -> None:
        """`suspects` are known from an earlier process."""
        self._suspects = suspects or Suspects()
        self._waiting: deque[Question] = deque()
        self._sent: dict[int, Question] = {}
        self._alone = False  # what was sent is a suspect

    def put(self, question: Question) -> bool:
        """Queue a question; returns whether it is to be tried at all."""
        if self._suspects.condemned(question.marks):
            return False
        self._waiting.append(question)
        return True

    def take(self) -> Question | None:
        """The next question to be sent, if one may go now."""
        while self._waiting:
            question = self._waiting[0]
            suspected = self._suspects.suspected(question.marks)
            if self._sent and (suspected or self._alone) and not question.cancelled:
                return None
            self._waiting.popleft()
            if question.leave():
                self._alone = suspected
                self._sent[question.number] = question
                self._suspects.began(question.marks)
                question.sent_at = time.perf_counter()
                return question
        return None

    def sent(self, number: int) -> Question | None:
        """The question of this number if its answer is being made."""
        return self._sent.get(number)

    def ended(self, number: int, *, answered: bool) -> Question:
        """The process is done with a question; `answered` to its end, it is no suspect any more."""
        question = self._sent.pop(number)
        self._suspects.ended(question.marks, answered=answered)
        return question

    def died(self) -> Sequence[tuple[Question, bool]]:
        """The process is gone: what it was answering, each with whether it is not to be tried again."""
        return [(question, self._suspects.strike(question.marks)) for question in self.emptied()]

    def emptied(self) -> Sequence[Question]:
        """What was sent, of which nothing more will come."""
        questions = list(self._sent.values())
        self._sent.clear()
        for question in questions:
            self._suspects.ended(question.marks, answered=False)
        return questions

    def close(self) -> None:
        """Cancel those that wait."""
        for question in self._waiting:
            question.cancel()
        self._waiting.clear()
