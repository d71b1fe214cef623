"""What a customer writes that the bot does not answer: a person has the conversation, or is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cases import Cause, Mark
from bot.delivery import Delivery
from bot.handoff import Handoff, Handover
from bot.handovertexts import RATED
from bot.intake import Question
from bot.messages import Language, NewOutgoing, NewTurn, Recall, Reply
from bot.outcome import Outcome
from bot.ports import ChatAdapter
from bot.stores import ConversationStore
from bot.taking import Revision, Taken, Taking
from bot.tasks import insist


class Keeper:
    """Stores questions without an answer of the model's, and settles their inbox rows. All raise StoreError."""

    def __init__(
        self,
        store: ConversationStore,
        adapters: Mapping[str, ChatAdapter],
        taking: Taking,
        delivery: Delivery,
        handoff: Handoff,
    ) -> None:
        self._store = store
        self._adapters = adapters
        self._taking = taking
        self._delivery = delivery
        self._handoff = handoff

    async def keep(self, question: Question) -> None:
        """Store what is for the person who has the conversation; the bot only says what it could not use of it."""
        await self._settle(question, await self._taking.revise(question, anew=False))

    async def hand_over(self, question: Question) -> None:
        """Store that the customer wants a person, and pass the conversation on. Raises CaseMovedError."""
        revision = await self._taking.revise(question, anew=True)
        await self._settle(question, revision, hands_over=True)

    async def mark(self, question: Question, mark: Mark) -> None:
        """Note how satisfied the customer is, who says it in words. Raises CaseMovedError."""
        language = await self._taking.language(question)
        outgoing = self._said(question, language, RATED.say(language, score=mark.score))
        await self._commit(Outcome(question.chat, question.inbox_ids, outgoing, mark=mark))

    async def drop(self, question: Question) -> None:
        """Settle what is nobody's business."""
        await self._commit(Outcome(question.chat, question.inbox_ids))

    async def _settle(self, question: Question, revision: Revision, *, hands_over: bool = False) -> None:
        language = await self._taking.language(question)
        if revision.done:
            outgoing = self._said(question, language, revision.complaints)
            await self._commit(Outcome(question.chat, question.inbox_ids, outgoing))
            return
        taken = await self._taking.take(question, language, revision.turn, whole=True)
        if taken.unchanged:
            await self.drop(question)
            return
        handover = Handover("")
        if hands_over:
            handover = await self._handoff.decide(question.chat, question.sender, Cause.ASKED, language)
        await self._commit(self._outcome(question, language, revision, taken, handover))

    def _outcome(
        self, question: Question, language: Language, revision: Revision, taken: Taken, handover: Handover
    ) -> Outcome:
        said = "\n\n".join(part for part in (taken.refusal, taken.complaints, handover.said) if part)
        outgoing = self._said(question, language, said, answer=taken.remembered)
        if not taken.remembered:
            return Outcome(question.chat, question.inbox_ids, outgoing, move=handover.move)
        return Outcome(
            question.chat,
            question.inbox_ids,
            outgoing,
            question=NewTurn(
                "customer",
                question.text,
                tuple(image.ref for image in taken.images),
                question.message_ids,
                question.sender.key,
                language,
                tuple(Recall(ref, again=False) for ref in taken.referred),
            ),
            answer=NewTurn("bot", said, language=language) if said else None,
            images=taken.images,
            supersedes=revision.turn.id if revision.turn is not None else None,
            move=handover.move,
        )

    def _said(
        self, question: Question, language: Language, said: str, *, answer: bool = False
    ) -> tuple[NewOutgoing, ...]:
        """What the customer is told, if it is anything."""
        if not said:
            return ()
        reply_to = "" if question.first.private or not question.message_ids else question.message_ids[-1]
        payloads = self._adapters[question.chat.platform].render(Reply(said, language, reply_to=reply_to))
        return tuple(NewOutgoing(payload, answer=answer) for payload in payloads)

    async def _commit(self, outcome: Outcome) -> None:
        self._delivery.push(await insist(lambda: self._store.commit(outcome)))
