"""Taking in what a customer wrote, whoever answers it: its language, what edits and deletions come to, its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.collect import Collector
from bot.intake import Question
from bot.messages import Image, ImageRef, Language, Turn
from bot.metrics import Metrics
from bot.ports import VisionModel
from bot.stores import ConversationStore
from bot.texts import NOTHING_TO_ANSWER, TEXT_TOO_LONG, choose_language, language_of


@dataclass(frozen=True, slots=True)
class Revision:
    """What a question changes of earlier ones: the turn in whose place it comes, or that it is `done` with that, and
    the `complaints` about what cannot be used of it then."""

    turn: Turn | None = None
    done: bool = False
    complaints: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A question with its pictures. `referred` are those of earlier turns that it is about.

    `complaints` say what cannot be used of it. `refusal` is what is said if there is nothing to answer; the question is
    `remembered` all the same, so that the picture sent next meets it. `unchanged`: an edit that changed nothing.
    """

    images: tuple[Image, ...] = ()
    referred: tuple[ImageRef, ...] = ()
    complaints: str = ""
    refusal: str = ""
    remembered: bool = True
    unchanged: bool = False


class Taking:
    """Takes questions in, of `max_characters` at the most where the model is to read them."""

    def __init__(
        self,
        store: ConversationStore,
        model: VisionModel,
        collector: Collector,
        metrics: Metrics,
        *,
        max_characters: int,
    ) -> None:
        self._store = store
        self._model = model
        self._collector = collector
        self._metrics = metrics
        self._max_characters = max_characters

    async def language(self, question: Question) -> Language:
        """The language to answer in. Raises StoreError."""
        before = "" if language_of(question.text) else await self._store.language(question.chat)
        return choose_language(question.text, question.sender.language, before)

    async def revise(self, question: Question, *, anew: bool) -> Revision:
        """Take back what was deleted, and see what an edit means. Raises StoreError.

        Only the newest question is replaced, and only if it is to be asked `anew`. An older one is corrected where it
        stands. If it was one of several messages that made up a question, what it says now is taken as a further remark
        instead. What came with pictures is reported with them, whatever of it has changed.
        """
        for message_id in question.withdrawn:
            if await self._store.retract(question.chat, message_id):
                self._model.forget(str(question.chat))
        if question.empty:
            return Revision(done=True)
        turn = await self._store.find_turn(question.chat, question.edits) if question.edits else None
        if turn is None or len(turn.message_ids) > 1:
            return Revision()
        reworded = turn.text != question.text
        if anew and await self._is_newest(question, turn):
            return Revision(turn) if reworded or question.attachments else Revision(done=True)
        images, complaints = await self._exchanged(question, turn)
        if reworded or images is not None:
            await self._store.amend(question.chat, question.edits, question.text, images)
        if images is not None:
            self._model.forget(str(question.chat))
        return Revision(done=True, complaints=complaints)

    async def take(
        self, question: Question, language: Language, supersedes: Turn | None, *, whole: bool = False
    ) -> Taken:
        """Gather the pictures, and see whether there is something to answer; with `whole`, people answer, who read any
        length. Raises StoreError."""
        if len(question.text) > self._max_characters and not whole:
            self._count(question, "text_too_long")
            limit = self._max_characters
            refusal = TEXT_TOO_LONG.say(language, length=len(question.text), limit=limit)
            return Taken(refusal=refusal, remembered=False)
        collected = await self._collector.collect(question, language)
        images = collected.images
        if supersedes is not None:
            images = images if question.attachments else await self.stored(supersedes.images)
            if (question.text, tuple(image.ref for image in images)) == (supersedes.text, supersedes.images):
                return Taken(unchanged=True)
        complaints = "\n\n".join(collected.complaints)
        if not (images or collected.referred) and (complaints or not question.text):
            self._count(question, "picture_refused" if complaints else "empty")
            return Taken(refusal=complaints or NOTHING_TO_ANSWER.say(language))
        return Taken(images, collected.referred, complaints)

    async def stored(self, refs: Sequence[ImageRef]) -> tuple[Image, ...]:
        """Pictures from the store, in this order; those that are gone are left out. Raises StoreError."""
        stored = await self._store.images(refs)
        return tuple(stored[ref.sha256] for ref in refs if ref.sha256 in stored)

    async def _exchanged(self, question: Question, turn: Turn) -> tuple[tuple[Image, ...] | None, str]:
        """The pictures of an edit, None if they are those that the turn has or there are none to take their place; and
        what is wrong with others."""
        if not question.attachments:
            return None, ""
        collected = await self._collector.collect(question, await self.language(question))
        if tuple(image.ref for image in collected.images) == turn.images:
            return None, ""
        return collected.images or None, "\n\n".join(collected.complaints)

    async def _is_newest(self, question: Question, turn: Turn) -> bool:
        """Whether nobody has written since but the bot."""
        history = await self._store.history(question.chat)
        there = any(t.id == turn.id for t in history)
        return there and all(t.speaker == "bot" for t in history if t.id > turn.id)

    def _count(self, question: Question, why: str) -> None:
        self._metrics.notices.labels(question.chat.platform, why).inc()
