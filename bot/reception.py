"""Who deals with a question: the bot at its desk, a person, or a command that takes the model's time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Protocol

import structlog

from bot.astray import Astray
from bot.cases import Case, CaseState, Mark
from bot.desk import Desk
from bot.errors import CaseMovedError
from bot.handoff import VERB, Handoff
from bot.intake import Question
from bot.keeping import Keeper
from bot.marks import mark_in
from bot.messages import ChatKey, Inbound, Pending
from bot.pausing import Pausing
from bot.places import Places
from bot.stores import ConversationStore

log = structlog.get_logger(__name__)

MARK_SECONDS = 86_400.0
"""For so long after a case was closed a number alone is taken as what its customer thought of it."""


class Relaying(Protocol):
    """Deals with what agents write in rooms."""

    async def relay(self, question: Question, case: Case) -> None:
        """Pass it on to the case's customer, or say why not; settles the inbox rows. Raises StoreError."""
        ...


class _Way(Enum):
    """Who deals with a question."""

    COMMAND = auto()
    BOT = auto()
    ROOM = auto()
    """It was written in a case's room."""
    OFFICE = auto()
    """It was written among agents, in no case's room: it is for nobody here."""
    PERSON = auto()
    """A person has the conversation."""
    WISH = auto()
    """It asks for a person."""
    MARK = auto()
    """It says how satisfied its author was with the case that has been closed."""


class Reception:
    """Passes each question on to who deals with it; see `bot.dispatch.Answering`."""

    def __init__(
        self,
        store: ConversationStore,
        places: Places,
        desk: Desk,
        handoff: Handoff,
        keeper: Keeper,
        relay: Relaying,
        astray: Astray,
        pausing: Pausing,
        *,
        commands: Callable[[Pending], Awaitable[float]],
        ordered: Callable[[Inbound], bool],
    ) -> None:
        """`commands` carries out a command; returns what that took, in milliseconds of the device. One that is
        `ordered` only has to come after what was written before it."""
        self._store = store
        self._places = places
        self._desk = desk
        self._handoff = handoff
        self._keeper = keeper
        self._relay = relay
        self._astray = astray
        self._pausing = pausing
        self._commands = commands
        self._ordered = ordered

    async def aside(self, question: Question) -> bool:
        """Whether it needs neither the model nor its turn; after a closed case, a new conversation begins with it.
        Raises StoreError."""
        if question.command is not None:
            return self._ordered(question.command.inbound)
        way, _ = await self._way(question)
        return way is not _Way.BOT

    async def held(self, question: Question) -> bool:
        """Whether the service is paused, which the customer is told once. Raises StoreError."""
        if question.command is not None or question.empty or self._pausing.pause is None:
            return False
        await self._pausing.tell(question)
        return True

    async def answer(self, question: Question) -> float:
        """Have it dealt with; returns what that took, in milliseconds of the device. Raises StoreError."""
        if question.command is not None:
            return await self._commands(question.command)
        while True:
            way, case = await self._way(question)
            try:
                return await self._pass_on(question, way, case)
            except CaseMovedError as error:  # somebody was faster
                log.info("case_moved", chat=str(question.chat), reason=str(error))

    async def decline(self, question: Question) -> None:
        """Ask to try again later, if it is a question for the bot. Raises StoreError."""
        way, _ = await self._way(question)
        if way is _Way.BOT:
            await self._desk.decline(question)
        else:
            await self.answer(question)

    async def conceal(self, chat: ChatKey) -> None:
        """Take back what was announced while the question waited."""
        await self._desk.conceal(chat)

    async def _pass_on(self, question: Question, way: _Way, case: Case | None) -> float:
        if way is _Way.ROOM and case is not None:
            await self._relay.relay(question, case)
        elif way is _Way.OFFICE:
            await self._astray.tell(question)
        elif way is _Way.PERSON:
            await self._keeper.keep(question)
        elif way is _Way.WISH:
            await self._keeper.hand_over(question)
        elif way is _Way.MARK and case is not None:
            await self._keeper.mark(question, Mark(case.id, mark_in(question.text)))
        else:
            return await self._desk.answer(question)
        return 0.0

    async def _way(self, question: Question) -> tuple[_Way, Case | None]:
        """Who deals with a question, and the case that it is about."""
        chat = question.chat
        if question.command is not None:
            return _Way.COMMAND, None
        room = await self._store.case_in(chat)
        if room is not None:
            return _Way.ROOM, room
        if self._places.hold(chat):
            return _Way.OFFICE, None
        case = await self._store.case(chat)
        commanded = any(part.command == VERB for part in question.parts)
        if case is not None and await self._marks(question, case):
            return _Way.MARK, case
        # What only changes what was said in a conversation that has ended begins no new one.
        if case is None or case.state is not CaseState.CLOSED or not await self._changes(question):
            case = await self._handoff.going_on(chat, case)
        if case is not None and case.state in (CaseState.HUMAN, CaseState.CLOSED):
            # A command is answered, even if all that there is to say is who has it.
            return (_Way.WISH if commanded else _Way.PERSON), case
        return (_Way.WISH if commanded or self._handoff.wished(question) else _Way.BOT), case

    async def _marks(self, question: Question, case: Case) -> bool:
        """Whether it answers how satisfied the case's customer was: it is a mark, the first thing to be said since that
        was asked, and of the same day. An answer to anything else is none."""
        if case.state is not CaseState.CLOSED or case.satisfaction or not case.is_of(question.sender.key):
            return False
        waited = question.first.received_at - case.since
        if not (mark_in(question.text) and 0 <= waited <= MARK_SECONDS) or question.attachments or question.edits:
            return False
        if question.reply_to and await self._store.find_turn(question.chat, question.reply_to) is not None:
            return False
        return all(turn.at <= case.since for turn in await self._store.history(question.chat))

    async def _changes(self, question: Question) -> bool:
        """Whether it only takes back or corrects something."""
        if not question.edits:
            return question.empty
        return await self._store.find_turn(question.chat, question.edits) is not None
