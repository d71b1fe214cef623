"""The part of the store that the support desk works with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from bot.cases import Behind, CardFacts, Case, CaseState, LogEntry, Mirroring, Room, Summary
from bot.messages import ChatKey, Outgoing, Turn
from conversations import cases, chats, feedback, outbox, rooms
from conversations.chats import Chat
from conversations.database import Database, Transaction

T = TypeVar("T")


class SqliteDesk:
    """What `bot.ports.ConversationStore` has for the desk, on a database that a subclass opens and closes."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def on_log(self, told: Callable[[], None]) -> None:
        """Have `told` called whenever a case's log, or what rooms it has, has changed."""
        self._database.tell(told)

    # --- cases

    async def case(self, chat: ChatKey) -> Case | None:
        """The case of the chat's present conversation."""
        return await self._of_chat(chat, cases.of_chat, None)

    async def find_case(self, case_id: int) -> Case | None:
        """A case by its number."""
        return await self._database.read(lambda tx: cases.find(tx, case_id))

    async def case_in(self, chat: ChatKey) -> Case | None:
        """The case whose room a chat is, or was before it was deleted. Every message asks: most chats are no thread."""
        if not chat.thread:
            return None
        return await self._database.read(lambda tx: rooms.case_in(tx, chat))

    async def cases(self, states: Collection[CaseState], limit: int) -> list[Case]:
        """Cases in these states, those first that have been in theirs the longest."""
        return await self._database.read(lambda tx: cases.in_states(tx, states, limit))

    async def begin_anew(self, chat: ChatKey) -> bool:
        """Begin a new conversation if the present one's case is closed; False if it is not."""

        def write(tx: Transaction) -> bool:
            row = chats.find(tx, chat)
            return row is not None and cases.begin_anew(tx, row)

        return await self._database.write(write)

    async def waits(self, limit: int) -> list[float]:
        """For how many seconds each of the newest cases waited for an agent, the newest first."""
        return await self._database.read(lambda tx: cases.waits(tx, limit))

    async def thumbs_down(self, chat: ChatKey) -> int:
        """How many answers of the present conversation were last rated as no help, since its case (if it has one) came
        to be in its present state."""
        return await self._of_chat(chat, feedback.thumbs_down, 0)

    async def satisfied(self, chat: ChatKey, case_id: int, score: int) -> bool:
        """Store what a customer thought of a closed case. False if there is none such in this chat."""
        now = self._clock()

        def write(tx: Transaction) -> bool:
            row = chats.find(tx, chat)
            return row is not None and cases.satisfied(tx, row, case_id, score, now)

        return await self._database.write(write)

    async def card(self, case_id: int) -> CardFacts:
        """What a case's card shows beside the case."""
        return await self._database.read(lambda tx: cases.card(tx, case_id))

    async def summarise(self, summary: Summary) -> bool:
        """Keep a case's summary. False if the case is gone, or the summary may tell of old words."""
        now = self._clock()
        return await self._database.write(lambda tx: cases.summarise(tx, summary, now))

    async def said_in(self, case_id: int) -> list[Turn]:
        """What was said in the conversations that a case was in, oldest first."""
        return await self._database.read(lambda tx: cases.said(tx, case_id))

    async def log(self, case_id: int, after: int = 0) -> list[LogEntry]:
        """What happened in a case after an entry of its log, oldest first."""
        return await self._database.read(lambda tx: cases.log(tx, case_id, after))

    # --- rooms

    async def behind(self, places: Sequence[ChatKey]) -> list[Behind]:
        """The rooms that do not show everything, and the cases that want a room, by the age of the case."""
        return await self._database.read(lambda tx: rooms.behind(tx, places))

    async def open_room(self, behind: Behind, payload: str) -> list[Outgoing]:
        """Put what opens a room into the outbox of its place, and remember the room."""
        now = self._clock()
        return await self._database.write(lambda tx: rooms.open_room(tx, behind, payload, now))

    async def room(self, room_id: int) -> Room | None:
        """A room by its id."""
        return await self._database.read(lambda tx: rooms.find(tx, room_id))

    async def rooms(self, case_id: int) -> list[Room]:
        """The rooms of a case that are not gone."""
        found = await self._database.read(lambda tx: rooms.of_case(tx, case_id))
        return [room for room in found if not room.gone]

    async def room_gone(self, room_id: int) -> None:
        """The room was deleted on its platform."""
        now = self._clock()
        await self._database.write(lambda tx: rooms.gone(tx, room_id, now))

    async def mirror(self, step: Mirroring) -> list[Outgoing]:
        """Bring a room up to date in one transaction; nothing if it is not at `step.room.seen` any more."""
        now = self._clock()
        return await self._database.write(lambda tx: rooms.mirror(tx, step, now))

    async def copies(self, room_id: int, turn: int) -> list[int]:
        """The outbox ids of a turn's copies in a room, but for those that replace others."""
        return await self._database.read(lambda tx: rooms.copies(tx, room_id, turn))

    async def parts(self, turn: int) -> list[int]:
        """The outbox ids of what a turn was sent to its customer as, but for what replaces others."""
        return await self._database.read(lambda tx: outbox.parts(tx, turn))

    async def message_id(self, outgoing_id: int) -> str:
        """The platform's id of a message of the outbox, or of what was sent anew in its place."""
        return await self._database.read(lambda tx: outbox.message_id(tx, outgoing_id))

    async def _of_chat(self, key: ChatKey, work: Callable[[Transaction, Chat], T], default: T) -> T:
        """Read something of a chat; `default` if the store has never heard of it."""

        def read(tx: Transaction) -> T:
            chat = chats.find(tx, key)
            return default if chat is None else work(tx, chat)

        return await self._database.read(read)
