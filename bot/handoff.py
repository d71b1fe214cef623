"""Hand-overs: whether a conversation goes to a person, and what its customer is told of it.

What is decided here is carried out by an outcome's `move`, in the transaction of what led to it. The bot goes on
answering until a person has the case.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from statistics import median

from bot.cases import OPEN, Case, CaseState, Cause, Move, Staff
from bot.errors import CaseMovedError
from bot.handovertexts import (
    ESTIMATE,
    HANDED_OVER,
    HAS_IT_ALREADY,
    MEANWHILE,
    NO_DESK,
    SOMEBODY,
    TALK_TO_PERSON,
    WAITS_ALREADY,
    where_heard,
)
from bot.hours import Hours
from bot.intake import Question
from bot.messages import Button, ChatKey, Inbound, Language, Sender
from bot.outcome import Outcome
from bot.places import Places
from bot.ports import ChatAdapter, VisionModel
from bot.stores import ConversationStore
from bot.texts import in_a_row, roughly
from bot.verbatim import as_name
from bot.wishes import asks_for_person

VERB = "human"
"""The command that asks for a person."""
WAITS = 20
"""An estimate is the median of what the newest so many cases waited."""
LEAST_WAITS = 3
"""With fewer there is no estimate."""


@dataclass(frozen=True, slots=True)
class Handover:
    """What the customer is told, and the transition that makes it true; None: nothing changes."""

    said: str
    move: Move | None = None


class Handoff:
    """Decides on hand-overs. `hours` are None if nothing is said of them; an owner who has not written for
    `owner_seconds` has left a conversation; `clock` gives Unix seconds."""

    def __init__(
        self,
        store: ConversationStore,
        model: VisionModel,
        places: Places,
        adapters: Mapping[str, ChatAdapter],
        *,
        hours: Hours | None,
        company: str,
        owner_seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._model = model
        self._places = places
        self._adapters = adapters
        self._hours = hours
        self._company = company
        self._owner_seconds = owner_seconds
        self._clock = clock

    @property
    def possible(self) -> bool:
        """Whether there is a place where agents see cases, be it that its platform has yet to be reached."""
        return self._places.expected

    def possible_in(self, chat: ChatKey) -> bool:
        """Whether a chat can be handed over: there is such a place, it is not there, and it goes on."""
        return self.possible and not (chat.one_off or self._places.hold(chat))

    def wished(self, question: Question) -> bool:
        """Whether a question asks, in words, for a person whom there is."""
        return self.possible_in(question.chat) and _asks(question)

    def nobody(self, question: Question, language: Language) -> str:
        """That there is no person here, if a question asks for one all the same; else ""."""
        there = self.possible_in(question.chat) or not _asks(question)
        return "" if there else NO_DESK.say(language, company=self._company)

    def message(self, command: Inbound) -> bool:
        """Whether a command is a message of a customer's to a person, by the pictures that come with it."""
        pictured = command.command == VERB and bool(command.attachments or command.quoted)
        return pictured and self.possible_in(command.chat)

    async def case(self, chat: ChatKey) -> Case | None:
        """The case of a chat in which the customer goes on; see `going_on`. Raises StoreError."""
        return await self.going_on(chat, await self._store.case(chat))

    async def going_on(self, chat: ChatKey, case: Case | None) -> Case | None:
        """What a chat's case is in which the customer goes on: after a closed one, a new conversation is begun, and one
        that an owner has left, or agents have no place for any more, is the bot's again. Raises StoreError."""
        if case is not None and case.state is CaseState.CLOSED:
            await self._store.begin_anew(chat)
            self._model.forget(str(chat))
            return None
        if case is not None and await self._left(case):
            move = Move(CaseState.BOT, Staff(""), case.id, case.state, case.agent, cause=case.cause)
            with suppress(CaseMovedError):
                await self._store.commit(Outcome(chat, (), move=move))
            return await self._store.case(chat)
        return case

    async def offered(self, chat: ChatKey, language: Language) -> tuple[Button, ...]:
        """The button under an answer that asks for a person; none if there is nobody, or somebody has been asked.
        Raises StoreError."""
        if not self.possible_in(chat):
            return ()
        case = await self._store.case(chat)
        asked = case is not None and case.state in OPEN
        return () if asked else (Button(TALK_TO_PERSON.say(language), VERB),)

    async def decide(self, chat: ChatKey, customer: Sender, cause: Cause, language: Language) -> Handover:
        """Hand the chat over to a person for a cause, unless it has been. Raises StoreError."""
        if not self.possible_in(chat):
            return Handover(NO_DESK.say(language, company=self._company))
        case = await self.case(chat)
        if case is not None and case.state is CaseState.HUMAN:
            has_it = HAS_IT_ALREADY.say(language, name=as_name(case.agent_name) or SOMEBODY.say(language))
            return Handover(in_a_row([has_it, *self._addressed(chat, language)], language))
        if case is not None and case.state is CaseState.WAITING:
            waits = WAITS_ALREADY.say(language, time=roughly(self._clock() - case.since, language))
            said = [waits, *await self._prospects(language), *self._addressed(chat, language)]
            return Handover(in_a_row(said, language))
        said = [HANDED_OVER[cause].say(language), *await self._prospects(language), MEANWHILE.say(language)]
        said += self._addressed(chat, language)
        who = Staff(customer.key, customer.name)
        move = Move(CaseState.WAITING, who, cause=cause, customer=who, language=language)
        if case is not None:
            move = Move(CaseState.WAITING, who, case.id, case.state, case.agent, cause=cause)
        return Handover(in_a_row(said, language), move)

    async def needed(self, chat: ChatKey, customer: Sender, cause: Cause, language: Language) -> Handover | None:
        """Hand over what the customer has not asked for; None if there is nobody, or somebody has been asked, or the
        conversation is over. Raises StoreError."""
        if not self.possible_in(chat):
            return None
        case = await self._store.case(chat)
        if case is not None and case.state is CaseState.CLOSED:
            return None
        handover = await self.decide(chat, customer, cause, language)
        return handover if handover.move is not None else None

    async def _left(self, case: Case) -> bool:
        """Whether an owner who took the conversation has not written for long, or nobody can write there any more."""
        if case.state is not CaseState.HUMAN:
            return False
        if case.cause is not Cause.OWNER:
            return not self.possible
        written = [turn.at for turn in await self._store.history(case.chat) if turn.speaker == "agent"]
        return self._clock() - max(written, default=case.since) > self._owner_seconds

    def _addressed(self, chat: ChatKey, language: Language) -> list[str]:
        """How the customer reaches who answers them, where that has to be said."""
        return where_heard(self._adapters[chat.platform].heard(chat), language)

    async def _prospects(self, language: Language) -> list[str]:
        """When somebody will be there, as far as can be said."""
        now, said, there = self._clock(), [], True
        if self._hours is not None:
            said, there = [self._hours.say(now, language)], self._hours.at(now).open
        waits = await self._store.waits(WAITS) if there else []
        if len(waits) >= LEAST_WAITS:
            said.append(ESTIMATE.say(language, time=roughly(median(waits), language)))
        return said


def _asks(question: Question) -> bool:
    """Whether a question, or one of the messages that it is made of, asks for a person."""
    return any(asks_for_person(part.text) for part in question.parts)
