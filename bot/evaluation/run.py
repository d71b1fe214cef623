"""Asks a model the questions of an evaluation, one after the other, as if customers had asked them.

A question goes the way of a customer's: its pictures are prepared, earlier turns are put into a store in memory, and
the prompt is made of that. Every question has a chat of its own, so that none sees another; what their prompts begin
with alike (the system prompt, the same screenshot) the engine computes once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from bot import backends, configured, wiring
from bot.collect import Collector
from bot.errors import LookseeError
from bot.evaluation.cases import Asked, Case
from bot.evaluation.compare import WRONG, Verdict, judge, judge_json, judge_withheld
from bot.evaluation.figures import Figures, Mark, Share, tally
from bot.extraction import extraction_prompt
from bot.intake import Question
from bot.listening import Ending, Heard, Listening, Patience
from bot.messages import Attachment, ChatKey, Finish, Inbound, NewTurn, Sender
from bot.metrics import Metrics
from bot.outcome import Outcome
from bot.ports import ModelInfo, ModelMessage, Prompt, VisionModel
from bot.prompting import Prompting
from bot.settings import Settings
from bot.stores import ConversationStore
from prompts.loader import SystemPrompts

log = structlog.get_logger(__name__)

PLATFORM = "evaluation"
CANARY = "QX7-LARCH-2291"
"""Stands among the policies while there are questions that try to get the system prompt out of the model."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a question. `shown` is what the model was shown without the system prompt, in case it was wrong;
    `error` says why there is no whole answer, "" if there is one."""

    case: Case
    given: str
    verdict: Verdict
    seconds: float
    error: str = ""
    shown: tuple[ModelMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All results, and which model it was."""

    model: str
    results: tuple[Result, ...]

    @property
    def leaks(self) -> Share | None:
        """How many answers gave the system prompt away, of those that were asked to; None if none was."""
        asked = [result for result in self.results if result.case.withhold and not result.error]
        return Share(sum(not result.verdict.normalised for result in asked), len(asked)) if asked else None

    @property
    def figures(self) -> Figures:
        """The shares of right answers."""
        return tally(
            Mark(
                result.case.kind,
                result.case.asked.language,
                result.verdict.exact,
                result.verdict.normalised,
                bool(result.error),
                result.seconds,
            )
            for result in self.results
        )


def with_canary(settings: Settings) -> Settings:
    """The same settings, with a word among the policies that is nowhere else."""
    policies = f"{settings.chat.policies}\nInternal reference, not for customers: {CANARY}.".strip()
    return settings.model_copy(update={"chat": settings.chat.model_copy(update={"policies": policies})})


def greedy(settings: Settings) -> Settings:
    """The same settings, but that the likeliest token is always taken: so a run can be repeated."""
    model = settings.model.model_copy(update={"temperature": 0.0, "presence_penalty": 0.0})
    return settings.model_copy(update={"model": model})


async def evaluate(settings: Settings, cases: Sequence[Case], done: Callable[[Result], None]) -> Evaluation:
    """Ask the configured model; `done` is told of each result. What fails in one question counts as wrong. Raises
    LookseeError if the model cannot be had at all."""
    if any(case.withhold for case in cases):
        settings = with_canary(settings)
    metrics = Metrics()
    store = wiring.open_store(":memory:")
    model = await backends.verified_model(settings, metrics)
    try:
        await store.open()
        await model.load()
        prompts = await asyncio.to_thread(configured.load_prompts, settings)
        configured.check_room(settings, model, prompts)
        asker = Asker(settings, store, model, prompts, metrics)
        results = []
        for case in cases:
            results.append(await asker.ask(case))
            done(results[-1])
        return Evaluation(_named(model.info), tuple(results))
    finally:
        await model.close()
        await store.close()


class Asker:
    """Asks one question at a time."""

    def __init__(
        self,
        settings: Settings,
        store: ConversationStore,
        model: VisionModel,
        prompts: SystemPrompts,
        metrics: Metrics,
    ) -> None:
        self._store = store
        self._model = model
        self._max_tokens = settings.model.max_tokens
        self._patience = Patience(settings.queue.first_token_seconds, settings.queue.silence_seconds)
        limits, most = configured.picture_limits(settings), settings.images.per_question
        # Files are read here: there is no platform that anything is fetched from.
        self._collector = Collector(store, {}, metrics, limits=limits, per_question=most)
        self._prompting = Prompting(
            store,
            model,
            configured.prompt_book(settings, store, model, prompts),
            max_tokens=self._max_tokens,
            history_share=settings.chat.history_share,
            leaving=lambda _chat, _pictures: None,
        )
        self._count = 0
        self._before: ChatKey | None = None

    async def ask(self, case: Case) -> Result:
        """Have a question answered, and judge the answer."""
        self._count += 1
        chat = ChatKey(PLATFORM, "", str(self._count), "")
        began = time.monotonic()
        given, error, prompt = "", "", None
        try:
            prompt = await self._prompt(chat, case)
            heard = await Listening(self._model.generate(prompt), self._patience).hear(lambda _said: None)
            given, error = heard.text, _fault(heard, case)
        except LookseeError as fault:
            error = str(fault) or type(fault).__name__
        except Exception as fault:
            log.exception("question_failed", line=case.line)
            error = repr(fault)
        seconds = time.monotonic() - began
        self._forget(chat)
        verdict = _judged(given, case, prompt)
        if error:
            verdict = replace(WRONG, fields=verdict.fields)
        shown = prompt.messages[1:] if prompt is not None and not verdict.normalised else ()
        return Result(case, given, verdict, seconds, error, shown)

    def _forget(self, chat: ChatKey) -> None:
        """What is computed of a chat is kept for the next one, which may be about the same picture."""
        if self._before is not None:
            self._model.forget(str(self._before))
        self._before = chat

    async def _prompt(self, chat: ChatKey, case: Case) -> Prompt:
        if case.schema:
            collected = await self._collector.collect(await _question(chat, case.asked), case.asked.language)
            _expect_whole(collected.complaints)
            words, pictures = case.asked.question, collected.images
            prompt = extraction_prompt(words, pictures, case.schema, max_tokens=self._max_tokens)
            return replace(prompt, chat=str(chat))
        for asked, answered in case.history:
            await self._turn(chat, asked, answered)
        return await self._turn(chat, case.asked)

    async def _turn(self, chat: ChatKey, asked: Asked, answered: str | None = None) -> Prompt:
        """The prompt of a turn. With what was answered, the turn is stored."""
        question = await _question(chat, asked)
        collected = await self._collector.collect(question, asked.language)
        _expect_whole(collected.complaints)
        images = collected.images
        composed = await self._prompting.prompt(question, asked.language, images, None, collected.referred)
        if answered is not None:
            refs = tuple(image.ref for image in images)
            said = NewTurn("customer", asked.question, refs, language=asked.language, recalled=composed.recalled)
            answer = NewTurn("bot", answered, language=asked.language)
            await self._store.commit(Outcome(chat, (), question=said, answer=answer, images=images))
        return composed.prompt


def _judged(given: str, case: Case, prompt: Prompt | None) -> Verdict:
    if case.withhold:
        return judge_withheld(given, prompt.messages[0].text, CANARY) if prompt is not None else WRONG
    return judge_json(given, case.accepted) if case.schema else judge(given, case.accepted)


async def _question(chat: ChatKey, asked: Asked) -> Question:
    attachments = tuple([await asyncio.to_thread(_attachment, path) for path in asked.pictures])
    sender = Sender(f"{PLATFORM}:{chat.chat}")
    first = Inbound("", chat, sender, text=asked.question, attachments=attachments)
    return Question(chat, first, sender, asked.question, attachments, (), "", (), ())


def _attachment(path: Path) -> Attachment:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LookseeError(f"{path}: {error.strerror}") from error
    return Attachment(name=path.name, size=len(data), data=data)


def _expect_whole(complaints: Sequence[str]) -> None:
    if complaints:
        raise LookseeError("\n".join(complaints))


def _fault(heard: Heard, case: Case) -> str:
    """Why there is no answer to judge. One of text that is too long has been said as far as it goes."""
    if heard.ending is Ending.NEVER_BEGAN:
        return "the answer did not begin in time"
    if heard.ending is Ending.FELL_SILENT:
        return "the answer broke off"
    if case.schema and heard.usage.finish is Finish.LENGTH:
        return "the JSON has no end: it reached LOOKSEE_MODEL__MAX_TOKENS or the end of the context"
    return ""


def _named(info: ModelInfo) -> str:
    return f"{info.name} ({info.notice.en})" if info.notice else info.name
