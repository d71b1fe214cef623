"""The owner of a business account, who writes to their customers in the bot's place: then the bot keeps out of it."""

from __future__ import annotations

import structlog

from bot.cases import CaseState, Cause, Move, Staff
from bot.delivery import Delivery
from bot.desk import Desk
from bot.dispatch import Dispatcher
from bot.errors import CaseMovedError
from bot.handoff import Handoff
from bot.intake import Question, join
from bot.messages import NewTurn, Pending
from bot.outcome import Outcome
from bot.stores import ConversationStore
from bot.taking import Revision, Taking
from bot.tasks import insist

log = structlog.get_logger(__name__)


class Owner:
    """Deals with what owners write."""

    def __init__(
        self,
        store: ConversationStore,
        taking: Taking,
        handoff: Handoff,
        delivery: Delivery,
        desk: Desk,
        dispatcher: Dispatcher,
    ) -> None:
        self._store = store
        self._taking = taking
        self._handoff = handoff
        self._delivery = delivery
        self._desk = desk
        self._dispatcher = dispatcher

    async def handle(self, pending: Pending) -> None:
        """Store what an owner wrote as theirs, and leave the conversation to them; settles the inbox row. Raises
        StoreError."""
        question, _ = join([pending])
        async with self._dispatcher.silenced(question.chat, lambda: self._desk.stop(question.chat, silently=True)):
            revision = await self._taking.revise(question, anew=False)
            while True:
                outcome = await self._outcome(question, revision)
                try:
                    self._delivery.push(await insist(lambda: self._store.commit(outcome)))  # noqa: B023 - awaited at once
                except CaseMovedError as error:
                    log.info("case_moved", chat=str(question.chat), reason=str(error))
                else:
                    return

    async def _outcome(self, question: Question, revision: Revision) -> Outcome:
        if revision.done:
            return Outcome(question.chat, question.inbox_ids)
        language = await self._taking.language(question)
        taken = await self._taking.take(question, language, None)
        said = NewTurn(
            "agent",
            question.text,
            tuple(image.ref for image in taken.images),
            question.message_ids,
            question.sender.key,
            language,
            author=question.sender.name,
        )
        owner = Staff(question.sender.key, question.sender.name)
        case = await self._store.case(question.chat)
        if case is not None and case.state is CaseState.CLOSED:
            case = await self._handoff.case(question.chat)
        move: Move | None = None
        if case is None:
            customer = await self._customer(question)
            move = Move(CaseState.HUMAN, owner, agent=owner, cause=Cause.OWNER, customer=customer, language=language)
        elif (case.state, case.agent) != (CaseState.HUMAN, owner.key):
            move = Move(CaseState.HUMAN, owner, case.id, case.state, case.agent, agent=owner, cause=Cause.OWNER)
        return Outcome(question.chat, question.inbox_ids, answer=said, images=taken.images, move=move)

    async def _customer(self, question: Question) -> Staff:
        """Whom the owner writes to: if that is not known, who wrote last in the chat."""
        if (customer := question.first.addressee) is not None:
            return Staff(customer.key, customer.name)
        asked = [turn for turn in await self._store.history(question.chat) if turn.speaker == "customer"]
        message = next((turn.message_ids[0] for turn in reversed(asked) if turn.message_ids), "")
        return Staff(await self._store.author(question.chat, message) if message else "")
