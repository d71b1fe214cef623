"""The use case: one question, looked at and answered.

Pictures, then history, then the prompt, then the model; the reply, its outbox rows and the end of its inbox rows are
one transaction. Whatever goes wrong on the way ends in a sentence to the customer, except a store that takes nothing
(StoreError: the caller tries again) and the end of the service (CancelledError: the next start does).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from bot.alerts import Alerts
from bot.cases import Cause, Move
from bot.delivery import Delivery
from bot.errors import (
    CaseMovedError,
    ModelError,
    PromptTooLongError,
    SetAsideError,
    StoreError,
    StoreUnavailableError,
)
from bot.handoff import Handoff
from bot.hearing import Active, Hearing, ending, silence
from bot.intake import Question
from bot.listening import Heard
from bot.messages import (
    AnswerRecord,
    Button,
    ChatKey,
    Image,
    Language,
    NewOutgoing,
    NewTurn,
    Outgoing,
    Recall,
    Reply,
    Role,
    Turn,
)
from bot.metrics import Metrics
from bot.outcome import Outcome
from bot.people import Charge
from bot.ports import ChatAdapter, Preview, Prompt, VisionModel
from bot.previews import Previews
from bot.prompting import Prompting
from bot.queueing import Place
from bot.stores import ConversationStore
from bot.taking import Taking
from bot.tasks import finish, insist, spawn
from bot.texts import (
    ANSWER_FAILED,
    BUSY,
    PROMPT_TOO_LONG,
    QUESTION_SET_ASIDE,
    SET_ASIDE,
    TRY_LATER,
    WAITING,
    YOUR_TURN,
    roughly,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Draft:
    """What is going to be said; "": nothing, and the question stays without an answer. `said` is remembered as the
    bot's turn; None: nothing of this is remembered. `set_aside` says that the question was given up because the model
    died of it; `move` then hands the conversation over. `prompt` is what the model has answered, if it has."""

    text: str
    said: str | None = None
    images: tuple[Image, ...] = ()
    recalled: tuple[Recall, ...] = ()
    record: AnswerRecord | None = None
    rateable: bool = False
    set_aside: bool = False
    move: Move | None = None
    prompt: Prompt | None = None


class _UnchangedError(Exception):
    """An edit that turns out to have changed neither words nor pictures."""


class Judging(Protocol):
    """Tells whether the bot cannot help."""

    async def needs_person(self, prompt: Prompt, answer: str, language: Language) -> bool:
        """Whether a person is needed after this answer to this prompt."""
        ...


class Desk:
    """Answers questions, one per chat at a time, and tells those who wait for it. `busy_seconds` is the wait from which
    on it apologises, `mask` leaves out of an answer what is not to be kept. `judge` is asked after each answer whether
    it has to be a person's; None: nobody is asked."""

    def __init__(
        self,
        store: ConversationStore,
        adapters: Mapping[str, ChatAdapter],
        model: VisionModel,
        prompting: Prompting,
        taking: Taking,
        delivery: Delivery,
        metrics: Metrics,
        previews: Previews,
        hearing: Hearing,
        alerts: Alerts,
        handoff: Handoff,
        *,
        busy_seconds: float,
        judge: Judging | None = None,
        mask: Callable[[str], str] = str,
    ) -> None:
        self._mask = mask
        self._store = store
        self._adapters = adapters
        self._model = model
        self._prompting = prompting
        self._taking = taking
        self._delivery = delivery
        self._metrics = metrics
        self._previews = previews
        self._hearing = hearing
        self._alerts = alerts
        self._handoff = handoff
        self._judge = judge
        self._judging: set[asyncio.Task[None]] = set()
        self._busy_seconds = busy_seconds

    @property
    def busy(self) -> bool:
        """Whether any question is being answered."""
        return self._hearing.busy

    def stop(self, chat: ChatKey, before: int | None = None, *, silently: bool = False) -> bool:
        """End the chat's answer; see `Hearing.stop`."""
        return self._hearing.stop(chat, before, silently=silently)

    async def announce(self, question: Question, place: Place) -> None:
        """Show where a question that waits stands."""
        if question.empty:
            return
        try:
            language = await self._taking.language(question)
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
        language = await self._taking.language(question)
        with self._hearing.answering(question.chat, question.inbox_ids[-1]) as active:
            draft, outcome = await self._deal(question, language, active, declined=declined)
        if active.took:
            outcome = replace(outcome, charge=Charge(question.sender.key, active.took))
        self._delivery.push(await self._commit(question, outcome, language))
        if self._judge is not None and draft is not None and draft.prompt is not None and draft.rateable:
            # Beside what the customer asks next, which is not to wait for it.
            check = self._see_to_it(self._judge, question, draft.prompt, draft.said or "", language)
            judging = spawn(check, f"judging {question.chat}")
            self._judging.add(judging)
            judging.add_done_callback(self._judging.discard)
        return active.took

    async def close(self) -> None:
        """Look no more at answers that were given. Idempotent."""
        await finish(list(self._judging), 0)

    async def _commit(self, question: Question, outcome: Outcome, language: Language) -> list[Outgoing]:
        """Store an outcome: the answer is there and seen, so what the store does not take now is offered again, not
        made again. If somebody else was faster to change the case, what is handed over is decided anew."""
        while True:
            try:
                return await insist(lambda: self._store.commit(outcome))  # noqa: B023 - awaited at once
            except CaseMovedError as error:
                log.info("case_moved", chat=str(question.chat), reason=str(error))
            handover = await self._handoff.needed(question.chat, question.sender, Cause.SET_ASIDE, language)
            outcome = replace(outcome, move=handover.move if handover is not None else None)

    async def _see_to_it(
        self, judge: Judging, question: Question, prompt: Prompt, said: str, language: Language
    ) -> None:
        """Hand over to a person if the model has said something that is no help. The answer is there by then: whatever
        goes wrong here costs nobody anything."""
        try:
            answers = [turn.id for turn in await self._store.history(question.chat) if turn.speaker == "bot"]
            if not (answers and await self._handoff.offered(question.chat, language)):
                return
            if not await judge.needs_person(prompt, said, language):
                return
            handover = await self._handoff.needed(question.chat, question.sender, Cause.MODEL, language)
            if handover is None or handover.move is None:
                return
            # Not where a new conversation was begun meanwhile, or all was erased.
            move = replace(handover.move, turn=answers[-1])
            payloads = self._adapters[question.chat.platform].render(Reply(handover.said, language))
            outgoing = tuple(NewOutgoing(payload) for payload in payloads)
            self._delivery.push(await self._store.commit(Outcome(question.chat, (), outgoing, move=move)))
        except CaseMovedError:
            log.info("handed_over_meanwhile", chat=str(question.chat))
        except Exception:
            log.exception("not_judged", chat=str(question.chat))

    async def _deal(
        self, question: Question, language: Language, active: Active, *, declined: bool
    ) -> tuple[_Draft | None, Outcome]:
        nothing = None, Outcome(question.chat, question.inbox_ids)
        revision = await self._taking.revise(question, anew=True)
        if revision.complaints:
            return None, self._outcome(question, language, _Draft(revision.complaints), (), "", None)
        if revision.done:
            return nothing
        began = time.monotonic()
        supersedes = revision.turn
        preview = self._previews.take(question.first, YOUR_TURN.say(language))
        keep = False
        try:
            draft = await self._draft(question, language, supersedes, active, preview, declined=declined)
            keep = bool(draft.text)
        except _UnchangedError:
            return nothing
        finally:
            slot = await preview.close(keep=keep)
        if draft.record is not None:
            self._metrics.turn_seconds.labels(question.chat.platform).observe(time.monotonic() - began)
        buttons = await self._handoff.offered(question.chat, language) if draft.rateable else ()
        try:
            return draft, self._outcome(question, language, draft, buttons, slot, supersedes)
        except Exception:
            self._count(question, "not_rendered")
            log.exception("answer_not_rendered", chat=str(question.chat))
            failed = _Draft(ANSWER_FAILED.say(language))
            return failed, self._outcome(question, language, failed, (), slot, None)

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
            taken = await self._taking.take(question, language, supersedes)
            if taken.unchanged:
                raise _UnchangedError
            if taken.refusal:
                return _Draft(taken.refusal, taken.refusal if taken.remembered else None)
            if declined:
                self._count(question, "declined")
                said = TRY_LATER.say(language)
                return _Draft(said, said, taken.images)
            complaints = "\n\n".join(filter(None, (self._handoff.nobody(question, language), taken.complaints)))
            composed = await self._prompting.prompt(question, language, taken.images, supersedes, taken.referred)
            began = time.monotonic()
            heard = await self._hearing.hear(question.chat, composed.prompt, active, preview.show)
            milliseconds = (time.monotonic() - began) * 1000
            record = AnswerRecord(heard.usage, self._model.info.name, composed.version, milliseconds)
            if active.silenced and not heard.text:
                return _Draft(complaints, complaints or None, taken.images, composed.recalled)
            draft = self._reply(language, complaints, heard, taken.images, record)
            return replace(draft, recalled=composed.recalled, prompt=composed.prompt)
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
            return await self._set_aside(question, language, taken.images)
        except Exception as error:
            self._count(question, "model_failed" if isinstance(error, ModelError) else "unexpected")
            log.exception("answer_failed", chat=str(question.chat))
            return _Draft(ANSWER_FAILED.say(language))

    async def _set_aside(self, question: Question, language: Language, images: tuple[Image, ...]) -> _Draft:
        said = SET_ASIDE.say(language)
        handover = await self._handoff.needed(question.chat, question.sender, Cause.SET_ASIDE, language)
        if handover is None:
            return _Draft(said, images=images, set_aside=True)
        return _Draft(f"{said}\n\n{handover.said}", images=images, set_aside=True, move=handover.move)

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
        buttons: tuple[Button, ...],
        slot: str,
        supersedes: Turn | None,
    ) -> Outcome:
        outgoing: list[NewOutgoing] = []
        if draft.text:
            reply_to = "" if question.first.private or not question.message_ids else question.message_ids[-1]
            reply = Reply(draft.text, language, rateable=draft.rateable, reply_to=reply_to, buttons=buttons)
            payloads = self._adapters[question.chat.platform].render(reply)
            answered = draft.said is not None
            outgoing = [NewOutgoing(p, answer=answered, slot=slot if i == 0 else "") for i, p in enumerate(payloads)]
        # What was set aside is for agents alone: in a prompt, it would be asked of the model again.
        remembered = draft.said is not None or not draft.text
        if not remembered and not (draft.set_aside and self._handoff.possible_in(question.chat)):
            return Outcome(question.chat, question.inbox_ids, tuple(outgoing), set_aside=draft.set_aside)
        return Outcome(
            question.chat,
            question.inbox_ids,
            tuple(outgoing),
            question=NewTurn(
                "customer",
                question.text,
                tuple(image.ref for image in draft.images),
                question.message_ids,
                question.sender.key,
                language,
                draft.recalled,
                withheld=draft.set_aside,
            ),
            answer=NewTurn("bot", draft.said, language=language) if draft.said is not None else None,
            images=draft.images,
            record=draft.record,
            supersedes=supersedes.id if supersedes is not None else None,
            set_aside=draft.set_aside,
            move=draft.move,
        )

    def _count(self, question: Question, why: str) -> None:
        self._metrics.notices.labels(question.chat.platform, why).inc()
