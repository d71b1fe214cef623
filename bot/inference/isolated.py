"""The model port on an engine in a process of its own, which the bot outlives: started, watched, replaced when it dies.

A native library that meets something it cannot deal with (an assertion, no memory on the GPU) ends its process. Here
that costs the answers under way, which may be asked for again, and no more.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import stamina
import stamina.instrumentation
import structlog

from bot.errors import GenerationError, ModelDiedError, ModelError, SetAsideError
from bot.inference.child import Child
from bot.inference.gate import STEP_SECONDS, Observer
from bot.inference.generation import LlamaGeneration
from bot.inference.line import Line, Question
from bot.inference.measuring import Basis, Measurer
from bot.inference.watch import Level, Watch
from bot.inference.wire import Ask, Cancel, Close, Ended, Forget, Pulse, Said, Start
from bot.messages import Finish, ImageRef, Usage
from bot.ports import ModelInfo, Prompt
from bot.tasks import spawn

log = structlog.get_logger(__name__)

stamina.instrumentation.get_on_retry_hooks()  # at its first retry it would import libraries, in the event loop

ENGINE = "bot.inference.engine:LlamaEngine"
Report = Callable[[str, int], None]
"""Is told what the process died of, or could not start for, and how many times in a row that makes; and, once the
process has lived for long enough to be trusted, "" and 0."""
_RESTARTING = "the model process is restarting"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for the process, in seconds.

    `step`: for one native step (a picture's encode may take minutes on a CPU). `silence`: for a sign of life, which
    comes every `pulse`. `close`: for an orderly end. `pause`: before the first restart; each further one is twice as
    long, up to `longest_pause`, unless the process has lived for `settled`.
    """

    step: float = STEP_SECONDS
    silence: float = 60.0
    pulse: float = 1.0
    close: float = 5.0
    pause: float = 0.5
    longest_pause: float = 60.0
    settled: float = 120.0


class IsolatedModel:
    """The engine in a child process (`VisionModel`).

    While there is none, prompts wait for the next. A prompt during which two have died is set aside.
    """

    def __init__(
        self,
        arguments: Mapping[str, Any],
        *,
        observe: Observer,
        watch: Watch,
        log_level: str = "info",
        log_json: bool = False,
        factory: str = ENGINE,
        patience: Patience = Patience(),
        report: Report | None = None,
    ) -> None:
        """`arguments` are the engine's, all but its gate and watch, and have to be picklable; `factory` is the engine's
        class as ``module:name``. `observe` (as a gate's) and `watch` are told what happens over there, late by up to
        a pulse and on the event loop."""
        self._start = Start(factory, arguments, log_level, log_json, patience.pulse)
        self._observe = observe
        self._watch = watch
        self._levels: Mapping[Level, float] = {}
        self._patience = patience
        self._measurer = Measurer()
        self._line = Line()
        self._info: ModelInfo | None = None
        self._child: Child | None = None
        self._problem = ""
        self._cached: dict[str, int] = {}
        self._numbers = itertools.count(1)
        self._report = report or _nobody
        self._deaths = 0
        self._closing = False
        self._keeper: asyncio.Task[None] | None = None
        self._end: asyncio.Task[None] | None = None

    async def load(self) -> None:
        """Start the process and have it load the model. Raises ModelFileError with what to do about it."""
        if self._closing or self._keeper is not None:
            raise ModelError("an engine loads once")
        self._keeper = spawn(self._keep(await self._launch()), "model process")

    @property
    def info(self) -> ModelInfo:
        """Facts about the loaded model. Raises ModelError before `load` is done."""
        if self._info is None:
            raise ModelError("the model is not loaded")
        return self._info

    def measure(self, text: str, images: Sequence[ImageRef] = ()) -> int:
        """Tokens that one message of a prompt takes, its template overhead included; never too few. Safe anywhere.

        Raises ModelError while no model is loaded. While the process is being replaced it may be far too many.
        """
        return self._measurer.measure(text, images)

    def generate(self, prompt: Prompt) -> LlamaGeneration:
        """Begin an answer. Returns at once; the work starts when the model is free. Only on an event loop."""
        question = Question(next(self._numbers), prompt, asyncio.get_running_loop(), self._withdraw)
        if self._info is None or self._closing:
            question.end(Usage(), GenerationError("the model is not loaded"))
        elif self._line.put(question):
            self._send()
        else:
            question.end(Usage(), _set_aside())
        return LlamaGeneration(question)

    def cached(self, chat: str) -> int:
        """Tokens of the chat that the process holds, as of its latest answer. Safe anywhere."""
        return self._cached.get(chat, 0)

    def forget(self, chat: str) -> None:
        """Drop, soon, all that is held of a chat."""
        self._cached.pop(chat, None)
        if self._child is not None:
            self._child.channel.send(Forget(chat))

    def problem(self) -> str:
        """What keeps the model from working right now; "" if nothing does."""
        if self._child is None and self._info is not None and not self._closing:
            return _RESTARTING
        return self._problem

    async def close(self) -> None:
        """Cancel what runs and end the process, killing it if it takes too long. Idempotent."""
        self._closing = True
        if self._end is None:
            self._end = spawn(self._finish(), "model process closes")
        await asyncio.shield(self._end)

    async def _finish(self) -> None:
        if self._keeper is not None:
            if self._child is not None:
                self._child.channel.send(Close())
                await asyncio.wait([self._keeper], timeout=self._patience.close)
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
        self._line.close()
        await asyncio.to_thread(self._measurer.close)

    # --- lives of the process --------------------------------------------------------------------------------------

    async def _launch(self) -> Child:
        """Start a process. Raises ModelError, ModelFileError, OSError."""
        child, loaded = await Child.start(self._start, silence_seconds=self._patience.silence)
        if self._closing:
            await child.end()
            raise ModelError("closed while it was loaded")
        log.info("model_process_started", process=child.process.pid)
        self._info = loaded.info
        self._measurer.connect(child.measuring, Basis(loaded.empty, loaded.picture))
        self._child = child
        self._send()
        return child

    async def _keep(self, first: Child) -> None:
        """See the process through its life, and the next ones through theirs."""
        child: Child | None = first
        patience = self._patience
        while child is not None or not self._closing:
            async for attempt in stamina.retry_context(
                on=Exception,
                attempts=None,
                timeout=None,
                wait_initial=patience.pause,
                wait_max=patience.longest_pause,
                wait_jitter=0,
            ):
                with attempt:
                    living, child = child or await self._launch_again(), None
                    await self._see_through(living)

    async def _launch_again(self) -> Child:
        try:
            return await self._launch()
        except Exception as error:
            self._count(f"it does not start: {error}")
            raise

    async def _see_through(self, child: Child) -> None:
        """Work with one process until it ends. Raises ModelDiedError if that was soon."""
        began = time.monotonic()
        cause = "the bot failed"
        settling = asyncio.get_running_loop().call_later(self._patience.settled, self._settled)
        try:
            cause = await self._listen(child)
        finally:
            settling.cancel()
            self._child = None
            try:
                await child.end()
            finally:
                self._measurer.disconnect()
                self._bury(cause, child.process.returncode)
        if not self._closing and time.monotonic() - began < self._patience.settled:
            raise ModelDiedError(f"the model's process died: {cause}")

    async def _listen(self, child: Child) -> str:
        """Hear the process out; returns why that is over."""
        try:
            while True:
                async with asyncio.timeout(self._patience.silence):
                    message = await child.channel.receive()
                match message:
                    case Said(number, piece):
                        if (question := self._line.sent(number)) is not None:
                            question.say(piece)
                    case Ended():
                        self._ended(message)
                    case Pulse():
                        self._noted(message)
                        if message.step_seconds > self._patience.step:
                            return f"a native step took more than {self._patience.step:g} s"
        except EOFError:
            return "it ended"
        except TimeoutError:
            return f"it gave no sign of life for {self._patience.silence:g} s"

    def _noted(self, pulse: Pulse) -> None:
        self._problem = pulse.problem
        for step in pulse.steps:
            self._observe(*step)
        for event in pulse.events:
            self._watch.count(event)
        self._levels = pulse.levels
        for name, value in pulse.levels.items():
            self._watch.level(name, value)

    def _count(self, cause: str) -> None:
        if not self._closing:
            self._deaths += 1
            self._report(cause, self._deaths)

    def _settled(self) -> None:
        if self._deaths:
            self._deaths = 0
            self._report("", 0)

    def _bury(self, cause: str, exit_code: int | None) -> None:
        """Nothing is left of what the process held; each prompt that it was answering is a suspect from now on."""
        self._cached.clear()
        self._problem = ""
        for name in self._levels:
            self._watch.level(name, 0.0)
        if self._closing:
            for question in self._line.emptied():
                question.end(Usage(finish=Finish.CANCELLED))
            return
        self._count(f"{cause} (exit code {exit_code})")
        struck = self._line.died()
        log.error("model_process_died", cause=cause, exit_code=exit_code, answers=len(struck))
        for question, is_set_aside in struck:
            if is_set_aside:
                mark = question.marks[0].hex()[:12]
                log.error("prompt_set_aside", chat=question.prompt.chat, fingerprint=mark)
            if question.cancelled:
                question.end(Usage(finish=Finish.CANCELLED))
            else:
                question.end(Usage(), _set_aside() if is_set_aside else _died())

    # --- questions -------------------------------------------------------------------------------------------------

    def _send(self) -> None:
        """Hand over what may go now."""
        while self._child is not None and (question := self._line.take()) is not None:
            self._child.channel.send(Ask(question.number, question.prompt))

    def _withdraw(self, number: int) -> None:
        # May run in the middle of anything, as a finaliser: it changes nothing itself.
        if self._line.sent(number) is None:
            asyncio.get_running_loop().call_soon(self._send)  # others may have waited for it
        elif self._child is not None:
            self._child.channel.send(Cancel(number))

    def _ended(self, message: Ended) -> None:
        for chat, tokens in message.cached.items():
            if tokens:
                self._cached[chat] = tokens
            else:
                self._cached.pop(chat, None)
        usage = message.usage
        answered = message.error is None and usage.finish is not Finish.CANCELLED
        question = self._line.ended(message.number, answered=answered)
        waited = (question.sent_at - question.asked_at) * 1000
        if usage.first_token_ms:
            usage = replace(usage, first_token_ms=usage.first_token_ms + waited)
        question.end(replace(usage, waiting_ms=usage.waiting_ms + waited), message.error)
        self._send()


def _died() -> ModelDiedError:
    return ModelDiedError("the model's process ended during the answer")


def _set_aside() -> SetAsideError:
    return SetAsideError("the model's process died each time this prompt was answered")


def _nobody(_cause: str, _deaths: int) -> None:
    pass
