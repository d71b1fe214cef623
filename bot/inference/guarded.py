"""The engine in this process, with a memory of what it was answering when the process before this one died.

What a native library dies of takes the bot along. The next process answers every prompt that was in flight then alone,
and one during which two processes have died no more (`bot.inference.suspects`).
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Sequence
from functools import partial

import structlog

from bot.errors import GenerationError, ModelError, SetAsideError
from bot.inference.engine import LlamaEngine
from bot.inference.generation import LlamaGeneration
from bot.inference.journal import Journal
from bot.inference.line import Line, Question
from bot.inference.suspects import Suspects
from bot.messages import Finish, ImageRef, Usage
from bot.ports import ModelInfo, Prompt

log = structlog.get_logger(__name__)


class GuardedModel:
    """An engine whose prompts go through a line (`VisionModel`)."""

    def __init__(self, engine: LlamaEngine, journal: Journal) -> None:
        """`journal` is not opened yet."""
        self._engine = engine
        self._journal = journal
        self._line: Line | None = None
        self._numbers = itertools.count(1)

    async def load(self) -> None:
        """Strike what was in flight when an earlier process died, then load. Raises ModelFileError."""
        if self._line is not None:
            raise ModelError("an engine loads once")
        await asyncio.to_thread(self._journal.open)
        self._line = Line(Suspects(self._journal))
        await self._engine.load()

    @property
    def info(self) -> ModelInfo:
        """Facts about the loaded model. Raises ModelError before `load` is done."""
        return self._engine.info

    def measure(self, text: str, images: Sequence[ImageRef] = ()) -> int:
        """Tokens that one message of a prompt takes. Safe anywhere."""
        return self._engine.measure(text, images)

    def generate(self, prompt: Prompt) -> LlamaGeneration:
        """Begin an answer. Returns at once; the work starts when it is its turn. Only on an event loop."""
        question = _Question(next(self._numbers), prompt, asyncio.get_running_loop(), self._withdraw, self._ended)
        if self._line is None:
            question.end(Usage(), GenerationError("the model is not loaded"))
        elif self._line.put(question):
            self._send()
        else:
            question.end(Usage(), SetAsideError("the process died each time this prompt was answered"))
        return LlamaGeneration(question)

    def cached(self, chat: str) -> int:
        """Tokens of the chat's conversation that are held computed. Safe anywhere."""
        return self._engine.cached(chat)

    def forget(self, chat: str) -> None:
        """Drop, before the next step, all that is held of a chat."""
        self._engine.forget(chat)

    def problem(self) -> str:
        """What keeps the model from working; "" if nothing does."""
        return self._engine.problem()

    async def close(self) -> None:
        """Cancel what runs, free everything. Idempotent."""
        if self._line is not None:
            self._line.close()
        await self._engine.close()
        self._journal.pardon()

    def _send(self) -> None:
        """Hand over what may go now."""
        while self._line is not None and (question := self._line.take()) is not None:
            self._engine.submit(question)

    def _withdraw(self, number: int) -> None:
        # May run in the middle of anything, as a finaliser. What has been sent, the engine ends by itself.
        if self._line is not None and self._line.sent(number) is None:
            asyncio.get_running_loop().call_soon(self._send)  # others may have waited for it

    def _ended(self, question: Question) -> None:
        if self._line is None or self._line.sent(question.number) is None:
            return
        answered = question.error is None and question.usage.finish is not Finish.CANCELLED
        self._line.ended(question.number, answered=answered)
        self._send()


class _Question(Question):
    """A question that the engine itself works on, and ends on its own thread; `over` is then called on the loop."""

    def __init__(
        self,
        number: int,
        prompt: Prompt,
        loop: asyncio.AbstractEventLoop,
        withdraw: Callable[[int], None],
        over: Callable[[Question], None],
    ) -> None:
        super().__init__(number, prompt, loop, withdraw)
        self._over = partial(loop.call_soon_threadsafe, over, self)

    def leave(self) -> bool:
        """It goes to the engine, where it begins later: until then it still ends at once when it is cancelled."""
        return not self.cancelled

    def end(self, usage: Usage, error: ModelError | None = None) -> None:
        """The answer is complete, or has failed. Only the first call counts."""
        super().end(usage, error)
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._over()
