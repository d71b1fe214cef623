"""The use case: one question, looked at and answered.

Pictures, then history, then the prompt, then the model; the reply, its outbox rows and the end of its inbox rows are
one transaction. Whatever goes wrong on the way ends in a sentence to the customer, except a store that takes nothing
(StoreError: the caller tries again) and the end of the service (CancelledError: the next start does).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from bot.collect import Collector
from bot.delivery import Delivery
from bot.errors import ModelError, PromptTooLongError, StoreError
from bot.intake import Question
from bot.messages import (
    AnswerRecord,
    ChatKey,
    Finish,
    Image,
    Language,
    NewOutgoing,
    NewTurn,
    Outcome,
    Reply,
    Turn,
    Usage,
)
from bot.metrics import Metrics
from bot.ports import ChatAdapter, ConversationStore, Generation, Preview, Prompt, VisionModel
from bot.previews import BestEffort
from bot.prompting import Prompting
from bot.tasks import insist
from bot.texts import (
    ANSWER_EMPTY,
    ANSWER_FAILED,
    CUT_SHORT,
    LENGTH_REACHED,
    NOTHING_TO_ANSWER,
    PROMPT_TOO_LONG,
    STOPPED,
    TEXT_TOO_LONG,
    choose_language,
    language_of,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Draft:
    """What is going to be said. `said` is remembered as the bot's turn; None: nothing of this is remembered."""

    text: str
    said: str | None = None
    images: tuple[Image, ...] = ()
    record: AnswerRecord | None = None
    rateable: bool = False


class _UnchangedError(Exception):
    """An edit that turns out to have changed neither words nor pictures."""


@dataclass(slots=True)
class _Active:
    """An answer under way, to a question whose newest inbox row is `row`."""

    row: int
    stopped: bool = False
    generation: Generation | None = None


class Desk:
    """Answers questions, one per chat at a time."""

    def __init__(
        self,
        store: ConversationStore,
        adapters: Mapping[str, ChatAdapter],
        model: VisionModel,
        prompting: Prompting,
        collector: Collector,
        delivery: Delivery,
        metrics: Metrics,
        *,
        max_characters: int,
    ) -> None:
        self._store = store
        self._adapters = adapters
        self._model = model
        self._prompting = prompting
        self._collector = collector
        self._delivery = delivery
        self._metrics = metrics
        self._max_characters = max_characters
        self._active: dict[ChatKey, _Active] = {}

    def stop(self, chat: ChatKey, before: int) -> bool:
        """End the chat's answer within one step of the model, keeping what was said, if its question was committed
        before the inbox row `before`. False: there is none."""
        active = self._active.get(chat)
        if active is None or active.row > before:
            return False
        active.stopped = True
        if active.generation is not None:
            active.generation.cancel()
        return True

    async def answer(self, question: Question) -> None:
        """Deal with one question and settle its inbox rows. Raises StoreError."""
        active = self._active[question.chat] = _Active(question.inbox_ids[-1])
        try:
            outcome = await self._deal(question, active)
        finally:
            del self._active[question.chat]
        # The answer is there and seen: what the store does not take now is offered again, not made again.
        self._delivery.push(await insist(lambda: self._store.commit(outcome)))

    async def _deal(self, question: Question, active: _Active) -> Outcome:
        for message_id in question.withdrawn:
            await self._store.retract(question.chat, message_id)
        supersedes, done = await self._edited(question)
        if question.empty or done:
            return Outcome(question.chat, question.inbox_ids)
        began = time.monotonic()
        adapter = self._adapters[question.chat.platform]
        language = await self._language(question)
        preview = BestEffort(adapter, question.first)
        keep = False
        try:
            draft = await self._draft(question, language, supersedes, active, preview)
            keep = True
        except _UnchangedError:
            return Outcome(question.chat, question.inbox_ids)
        finally:
            slot = await preview.close(keep=keep)
        if draft.record is not None:
            self._metrics.turn_seconds.labels(question.chat.platform).observe(time.monotonic() - began)
        try:
            return self._outcome(question, language, draft, adapter, slot, supersedes.id if supersedes else None)
        except Exception:
            self._count(question, "not_rendered")
            log.exception("answer_not_rendered", chat=str(question.chat))
            return self._outcome(question, language, _Draft(ANSWER_FAILED.say(language)), adapter, slot, None)

    async def _language(self, question: Question) -> Language:
        before = "" if language_of(question.text) else await self._store.language(question.chat)
        return choose_language(question.text, question.sender.language, before)

    async def _edited(self, question: Question) -> tuple[Turn | None, bool]:
        """Decide what an edit means: the turn to answer anew, or that nothing is left to do.

        Only the newest question is answered anew. An older one is corrected where it stands; if it was one of several
        messages that made up a question, the edit is taken as a further remark instead.
        """
        if not question.edits:
            return None, False
        turn = await self._store.find_turn(question.chat, question.edits)
        if turn is None or len(turn.message_ids) > 1:
            return None, False
        if turn.text == question.text and not question.attachments:
            return None, True
        asked = [t.id for t in await self._store.history(question.chat) if t.speaker == "customer"]
        if asked and asked[-1] == turn.id:
            return turn, False
        await self._store.amend(question.chat, question.edits, question.text)
        return None, True

    async def _draft(
        self, question: Question, language: Language, supersedes: Turn | None, active: _Active, preview: Preview
    ) -> _Draft:
        try:
            if len(question.text) > self._max_characters:
                self._count(question, "text_too_long")
                limit = self._max_characters
                return _Draft(TEXT_TOO_LONG.say(language, length=len(question.text), limit=limit))
            collected = await self._collector.collect(question, language)
            images = collected.images
            if supersedes is not None:
                images = images if question.attachments else await self._prompting.stored(supersedes.images)
                if (question.text, tuple(image.ref for image in images)) == (supersedes.text, supersedes.images):
                    raise _UnchangedError
            complaints = "\n\n".join(collected.complaints)
            if not images and (complaints or not question.text):
                self._count(question, "picture_refused" if complaints else "empty")
                said = complaints or NOTHING_TO_ANSWER.say(language)
                return _Draft(said, said)  # remembered, so that the picture sent next meets its question
            prompt = await self._prompting.prompt(question, language, images, supersedes)
            said, record = await self._generate(question, language, prompt, active, preview)
            return self._reply(language, complaints, said, images, record)
        except (StoreError, _UnchangedError):
            raise
        except PromptTooLongError:
            self._count(question, "prompt_too_long")
            return _Draft(PROMPT_TOO_LONG.say(language))
        except Exception as error:
            self._count(question, "model_failed" if isinstance(error, ModelError) else "unexpected")
            log.exception("answer_failed", chat=str(question.chat))
            return _Draft(ANSWER_FAILED.say(language))

    async def _generate(
        self, question: Question, language: Language, prompt: tuple[Prompt, str], active: _Active, preview: Preview
    ) -> tuple[str, AnswerRecord]:
        began = time.monotonic()
        generation = active.generation = self._model.generate(prompt[0])
        if active.stopped:  # while the pictures were being fetched
            generation.cancel()
        said = ""
        try:
            async for piece in generation:
                said += piece
                preview.show(said)
        except BaseException:
            generation.cancel()  # the model is not to go on for nobody
            raise
        usage = generation.usage
        self._observe(question, usage)
        milliseconds = (time.monotonic() - began) * 1000
        return said.strip(), AnswerRecord(usage, self._model.info.name, prompt[1], milliseconds)

    def _reply(
        self, language: Language, complaints: str, said: str, images: tuple[Image, ...], record: AnswerRecord
    ) -> _Draft:
        finish = record.usage.finish
        if not said:
            text = (STOPPED if finish is Finish.CANCELLED else ANSWER_EMPTY).say(language)
            return _Draft(text, text, images, record)
        suffix = {Finish.CANCELLED: CUT_SHORT, Finish.LENGTH: LENGTH_REACHED}.get(finish)
        parts = [complaints, said, f"*{suffix.say(language)}*" if suffix else ""]
        return _Draft("\n\n".join(part for part in parts if part), said, images, record, rateable=True)

    def _outcome(
        self,
        question: Question,
        language: Language,
        draft: _Draft,
        adapter: ChatAdapter,
        slot: str,
        supersedes: int | None,
    ) -> Outcome:
        reply_to = "" if question.first.private or not question.message_ids else question.message_ids[-1]
        reply = Reply(draft.text, language, rateable=draft.rateable, reply_to=reply_to)
        payloads = adapter.render(reply)
        answered = draft.said is not None
        outgoing = [NewOutgoing(p, answer=answered, slot=slot if i == 0 else "") for i, p in enumerate(payloads)]
        if draft.said is None:
            return Outcome(question.chat, question.inbox_ids, tuple(outgoing))
        refs = tuple(image.ref for image in draft.images)
        return Outcome(
            question.chat,
            question.inbox_ids,
            tuple(outgoing),
            question=NewTurn("customer", question.text, refs, question.message_ids, question.sender.key, language),
            answer=NewTurn("bot", draft.said, language=language),
            images=draft.images,
            record=draft.record,
            supersedes=supersedes,
        )

    def _observe(self, question: Question, usage: Usage) -> None:
        self._metrics.answers.labels(question.chat.platform, usage.finish.value).inc()
        self._metrics.first_token_seconds.observe(usage.first_token_ms / 1000)
        for kind, count in (
            ("prompt", usage.prompt_tokens),
            ("image", usage.image_tokens),
            ("cached", usage.cached_tokens),
            ("answer", usage.answer_tokens),
        ):
            self._metrics.tokens.labels(kind).inc(count)

    def _count(self, question: Question, why: str) -> None:
        self._metrics.notices.labels(question.chat.platform, why).inc()
