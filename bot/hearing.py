"""Having the model answer: what those who answer share. An answer under way can be stopped, what it took is learned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import structlog

from bot.errors import ModelDiedError
from bot.estimate import Estimates, spent
from bot.listening import Ending, Heard, Listening, Patience
from bot.messages import ChatKey, Finish
from bot.metrics import Metrics
from bot.ports import Prompt, VisionModel
from bot.texts import ANSWER_EMPTY, BROKE_OFF, CUT_SHORT, LENGTH_REACHED, STOPPED, TOO_SLOW, Sentence

log = structlog.get_logger(__name__)

DEATHS = 3
"""So often one question may lose its model before it is given up."""
BACKGROUND = "background"
"""Whom everything is charged to that nobody waits for: all of it together has one person's share of the device."""


@dataclass(slots=True)
class Active:
    """An answer under way, to a question whose newest inbox row is `row`; `took` is in milliseconds of the device. With
    `silenced`, an answer of which nothing was said yet is none at all."""

    row: int
    stopped: bool = False
    silenced: bool = False
    listening: Listening | None = None
    took: float = 0.0


class Hearing:
    """Has `model` answer, one question a chat at a time. `urgent` tells of a sender's key whether the model is to put
    it first."""

    def __init__(
        self,
        model: VisionModel,
        metrics: Metrics,
        estimates: Estimates,
        *,
        patience: Patience,
        urgent: Callable[[str], bool],
    ) -> None:
        self._model = model
        self._metrics = metrics
        self._estimates = estimates
        self._patience = patience
        self._urgent = urgent
        self._active: dict[ChatKey, Active] = {}

    @property
    def busy(self) -> bool:
        """Whether any question is being answered."""
        return bool(self._active)

    @contextmanager
    def answering(self, chat: ChatKey, row: int) -> Iterator[Active]:
        """A question of the chat is being answered meanwhile."""
        self._active[chat] = active = Active(row)
        try:
            yield active
        finally:
            del self._active[chat]

    def stop(self, chat: ChatKey, before: int | None = None, *, silently: bool = False) -> bool:
        """End the chat's answer within one step of the model, keeping what was said; with `before`, only one whose
        question was committed before that inbox row. False: there is none. With `silently`, it is not even said that
        it was stopped, if nothing else has been said."""
        active = self._active.get(chat)
        if active is None or (before is not None and active.row > before):
            return False
        active.stopped = True
        active.silenced = active.silenced or silently
        if active.listening is not None:
            active.listening.stop()
        return True

    async def hear(self, chat: ChatKey, prompt: Prompt, active: Active, show: Callable[[str], None]) -> Heard:
        """Have the model answer, once more if it died of it. Raises ModelError."""
        prompt = replace(prompt, urgent=self._urgent(prompt.person))
        deaths = 0
        while True:
            listening = active.listening = Listening(self._model.generate(prompt), self._patience)
            if active.stopped:  # while the pictures were being fetched, or the model came back
                listening.stop()
            try:
                heard = await listening.hear(show)
            except ModelDiedError as error:
                deaths += 1
                if deaths == DEATHS:
                    raise
                log.warning("model_died", chat=str(chat), deaths=deaths, reason=str(error))
                continue
            active.took += spent(heard.usage)
            self._estimates.learn(heard.usage)
            self._observe(chat, heard)
            return heard

    def _observe(self, chat: ChatKey, heard: Heard) -> None:
        usage = heard.usage
        if heard.ending is not Ending.ENDED:
            reason = heard.ending.name.lower()
            self._metrics.notices.labels(chat.platform, reason).inc()
            log.error("model_not_heard", chat=str(chat), reason=reason, problem=self._model.problem())
        self._metrics.answers.labels(chat.platform, usage.finish.value).inc()
        self._metrics.first_token_seconds.observe(usage.first_token_ms / 1000)
        self._metrics.prefill_seconds.observe((usage.encode_ms + usage.prefill_ms) / 1000)
        self._metrics.decode_seconds.observe(usage.decode_ms / 1000)
        for kind, count in (
            ("prompt", usage.prompt_tokens),
            ("image", usage.image_tokens),
            ("cached", usage.cached_tokens),
            ("answer", usage.answer_tokens),
        ):
            self._metrics.tokens.labels(kind).inc(count)


async def overhear(model: VisionModel, prompt: Prompt, patience: Patience) -> Heard:
    """Have the model answer something that nobody waits for. Raises ModelError."""
    generation = model.generate(replace(prompt, person=BACKGROUND, urgent=False))
    return await Listening(generation, patience).hear(lambda _: None)


def silence(heard: Heard) -> Sentence:
    """What to say in place of an answer in which nothing was said."""
    if heard.ending is Ending.NEVER_BEGAN:
        return TOO_SLOW
    return STOPPED if heard.usage.finish is Finish.CANCELLED else ANSWER_EMPTY


def ending(heard: Heard) -> Sentence | None:
    """What to say below an answer about how it ended; None if that was by itself."""
    if heard.ending is Ending.FELL_SILENT:
        return BROKE_OFF
    return {Finish.CANCELLED: CUT_SHORT, Finish.LENGTH: LENGTH_REACHED}.get(heard.usage.finish)
