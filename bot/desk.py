"""The use case: one question, looked at and answered.

Pictures, then history, then the prompt, then the model; the reply, its outbox rows and the end of its inbox rows are
one transaction. Whatever goes wrong on the way ends in a sentence to the customer, except a store that takes nothing
(StoreError: the caller tries again) and the end of the service (CancelledError: the next start does).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import structlog

from bot.alerts import Alerts
from bot.collect import Collector
from bot.delivery import Delivery
from bot.errors import ModelError, PromptTooLongError, SetAsideError, StoreError, StoreUnavailableError
from bot.hearing import Active, Hearing, ending, silence
from bot.intake import Question
from bot.listening import Heard
from bot.messages import AnswerRecord, ChatKey, Image, Language, NewOutgoing, NewTurn, Recall, Reply, Role, Turn
from bot.metrics import Metrics
from bot.outcome import Outcome
from bot.people import Charge
from bot.ports import ChatAdapter, ConversationStore, Preview, VisionModel
from bot.previews import Previews
from bot.prompting import Prompting
from bot.queueing import Place
from bot.tasks import insist
from bot.texts import (
    ANSWER_FAILED,
    BUSY,
    NOTHING_TO_ANSWER,
    PROMPT_TOO_LONG,
    QUESTION_SET_ASIDE,
    SET_ASIDE,
    TEXT_TOO_LONG,
    TRY_LATER,
    WAITING,
    YOUR_TURN,
    choose_language,
    language_of,
    roughly,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Draft:
    """What is going to be said. `said` is remembered as the bot's turn; None: nothing of this is remembered.
    `set_aside` says that the question was given up because the model died of it."""

    text: str
    said: str | None = None
    images: tuple[Image, ...] = ()
    recalled: tuple[Recall, ...] = ()
    record: AnswerRecord | None = None
    rateable: bool = False
    set_aside: bool = False


class _UnchangedError(Exception):
    """An edit that turns out to have changed neither words nor pictures."""


class Desk:
    """Answers questions, one per chat at a time, and tells those who wait for it. `busy_seconds` is the wait from which
    on it apologises, `mask` leaves out of an answer what is not to be kept."""

    def __init__(
        self,
        store: ConversationStore,
        adapters: Mapping[str, ChatAdapter],
        model: VisionModel,
        prompting: Prompting,
        collector: Collector,
        delivery: Delivery,
        metrics: Metrics,
        previews: Previews,
        hearing: Hearing,
        alerts: Alerts,
        *,
        max_characters: int,
        busy_seconds: float,
        mask: Callable[[str], str] = str,
    ) -> None:
        self._mask = mask
        self._store = store
        self._adapters = adapters
        self._model = model
        self._prompting = prompting
        self._collector = collector
        self._delivery = delivery
        self._metrics = metrics
        self._previews = previews
        self._hearing = hearing
        self._alerts = alerts
        self._max_characters = max_characters
        self._busy_seconds = busy_seconds

    @property
    def busy(self) -> bool:
        """Whether any question is being answered."""
        return self._hearing.busy

    def stop(self, chat: ChatKey, before: int | None = None) -> bool:
        """End the chat's answer; see `Hearing.stop`."""
        return self._hearing.stop(chat, before)

    async def announce(self, question: Question, place: Place) -> None:
        """Show where a question that waits stands."""
        if question.empty:
            return
        try:
            language = await self._language(question)
        except StoreUnavailableError:
            return
        except StoreError as error:
            log.warning("announcement_skipped", reason=str(error))
            return
        busy = place.seconds > self._busy_seconds
        time_left = roughly(place.seconds, language)
        remark = (BUSY if busy else WAITING).say(language, position=place.position, time=time_left)
        if self._previews.remark(question.first, remark) and busy:
            self._count(question, "busy")

    async def conceal(self, chat: ChatKey) -> None:
        """Take back what was shown by `announce`, unless it has become an answer."""
        await self._previews.drop(chat)

    async def answer(self, question: Question) -> float:
        """Deal with one question and settle its inbox rows; returns what it took. Raises StoreError."""
        return await self._settle(question)

    async def decline(self, question: Question) -> None:
        """Ask to try again later, without the model; question and pictures are remembered. Raises StoreError."""
        await self._settle(question, declined=True)

    async def _settle(self, question: Question, *, declined: bool = False) -> float:
        with self._hearing.answering(question.chat, question.inbox_ids[-1]) as active:
            outcome = await self._deal(question, active, declined=declined)
        if active.took:
            outcome = replace(outcome, charge=Charge(question.sender.key, active.took))
        # The answer is there and seen: what the store does not take now is offered again, not made again.
        self._delivery.push(await insist(lambda: self._store.commit(outcome)))
        return active.took

    async def _deal(self, question: Question, active: Active, *, declined: bool) -> Outcome:
        for message_id in question.withdrawn:
            if await self._store.retract(question.chat, message_id):
                self._model.forget(str(question.chat))
        supersedes, done = await self._edited(question)
        if question.empty or done:
            return Outcome(question.chat, question.inbox_ids)
        began = time.monotonic()
        adapter = self._adapters[question.chat.platform]
        language = await self._language(question)
        preview = self._previews.take(question.first, YOUR_TURN.say(language))
        keep = False
        try:
            draft = await self._draft(question, language, supersedes, active, preview, declined=declined)
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
        self,
        question: Question,
        language: Language,
        supersedes: Turn | None,
        active: Active,
        preview: Preview,
        *,
        declined: bool,
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
            if not (images or collected.referred) and (complaints or not question.text):
                self._count(question, "picture_refused" if complaints else "empty")
                said = complaints or NOTHING_TO_ANSWER.say(language)
                return _Draft(said, said)  # remembered, so that the picture sent next meets its question
            if declined:
                self._count(question, "declined")
                said = TRY_LATER.say(language)
                return _Draft(said, said, images)
            composed = await self._prompting.prompt(question, language, images, supersedes, collected.referred)
            began = time.monotonic()
            heard = await self._hearing.hear(question.chat, composed.prompt, active, preview.show)
            milliseconds = (time.monotonic() - began) * 1000
            record = AnswerRecord(heard.usage, self._model.info.name, composed.version, milliseconds)
            draft = self._reply(language, complaints, heard, images, record)
            return replace(draft, recalled=composed.recalled)
        except (StoreError, _UnchangedError):
            raise
        except PromptTooLongError:
            self._count(question, "prompt_too_long")
            return _Draft(PROMPT_TOO_LONG.say(language))
        except SetAsideError:
            self._count(question, "set_aside")
            log.exception("question_set_aside", chat=str(question.chat), inbox_rows=question.inbox_ids)
            key = f"set aside {question.chat} {question.inbox_ids[0]}"
            self._alerts.raise_alert(key, QUESTION_SET_ASIDE, Role.AGENT, chat=question.chat)
            # Not remembered: in the history, it would be asked of the model again with the next question.
            return _Draft(SET_ASIDE.say(language), set_aside=True)
        except Exception as error:
            self._count(question, "model_failed" if isinstance(error, ModelError) else "unexpected")
            log.exception("answer_failed", chat=str(question.chat))
            return _Draft(ANSWER_FAILED.say(language))

    def _reply(
        self, language: Language, complaints: str, heard: Heard, images: tuple[Image, ...], record: AnswerRecord
    ) -> _Draft:
        if not heard.text:
            text = silence(heard).say(language)
            return _Draft(text, text, images, record=record)
        suffix = ending(heard)
        said = self._mask(heard.text)
        parts = [complaints, said, f"*{suffix.say(language)}*" if suffix else ""]
        return _Draft("\n\n".join(part for part in parts if part), said, images, record=record, rateable=True)

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
            return Outcome(question.chat, question.inbox_ids, tuple(outgoing), set_aside=draft.set_aside)
        refs = tuple(image.ref for image in draft.images)
        return Outcome(
            question.chat,
            question.inbox_ids,
            tuple(outgoing),
            question=NewTurn(
                "customer",
                question.text,
                refs,
                question.message_ids,
                question.sender.key,
                language,
                draft.recalled,
            ),
            answer=NewTurn("bot", draft.said, language=language),
            images=draft.images,
            record=draft.record,
            supersedes=supersedes,
        )

    def _count(self, question: Question, why: str) -> None:
        self._metrics.notices.labels(question.chat.platform, why).inc()
