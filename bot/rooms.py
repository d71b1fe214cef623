"""Agents' rooms: a Slack thread or a Telegram topic for each case, kept up to date with the case's log.

Whatever is added to a log wakes the worker. A room is brought up to date step by step, one entry a step; what a step
sends and how far the room is then are one transaction, so that a crash between two steps loses and repeats nothing.
What a room shows is made of the log alone: at a start, and after any trouble, it goes on from where it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import structlog

from bot.backoff import rest
from bot.cards import Cards
from bot.cases import OPEN, Behind, CardFacts, Case, CaseState, Copy, LogEntry, LogKind, Mirroring, Room
from bot.delivery import Delivery
from bot.messages import ChatKey, NewOutgoing
from bot.places import Places
from bot.ports import ChatAdapter, Opening
from bot.saying import removed, replaced
from bot.stores import ConversationStore
from bot.summaries import Summaries
from bot.tasks import finish, insist, spawn

log = structlog.get_logger(__name__)

LOOK_SECONDS = 60.0
"""How often it looks for rooms that are behind without having been told of any, and tries to open a room again."""

_ON_CARDS = frozenset({LogKind.MOVED, LogKind.SUMMARY, LogKind.AMENDED, LogKind.RETRACTED})
"""What changes what a case's card shows."""

_CHANGES = frozenset({LogKind.AMENDED, LogKind.EXCHANGED})
"""What changes what is shown of a turn."""

_Key = tuple[int, ChatKey]


class _EarlyError(Exception):
    """What is to be answered in a room is still on its way there."""


class Rooms:
    """Keeps rooms at all `places` up to date, one step at a time in each, rooms beside each other.

    `summarise` makes a summary of a case, which its cards show once it is there; None: they do without.
    """

    def __init__(
        self,
        store: ConversationStore,
        adapters: Mapping[str, ChatAdapter],
        delivery: Delivery,
        places: Places,
        cards: Cards,
        *,
        summarise: Callable[[Case], Awaitable[str]] | None = None,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._store = store
        self._adapters = adapters
        self._delivery = delivery
        self._places = places
        self._cards = cards
        self._summaries = Summaries(store, summarise) if summarise is not None else None
        self._look_seconds = look_seconds
        self._woken = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._tending: dict[_Key, asyncio.Task[None]] = {}
        self._missed: set[_Key] = set()
        self._resting: set[_Key] = set()

    def start(self) -> None:
        """Make up for everything that rooms do not show yet, and go on."""
        self._store.on_log(self._woken.set)
        self._places.on_change(self._woken.set)
        if self._summaries is not None:
            self._summaries.start()
        self._worker = spawn(self._work(), "rooms")

    async def close(self) -> None:
        """End. What rooms do not show yet, they do after the next start. Idempotent."""
        if self._summaries is not None:
            await self._summaries.close()
        if self._worker is not None:
            await finish([self._worker], 0)
        await finish(list(self._tending.values()), 0)

    async def _work(self) -> None:
        while True:
            self._woken.clear()
            for behind in await insist(lambda: self._store.behind(self._places.current())):
                self._tend((behind.case.id, behind.place), behind)
            await rest(self._look_seconds, self._woken)

    def _tend(self, key: _Key, behind: Behind) -> None:
        if key in self._tending:
            self._missed.add(key)
        elif key not in self._resting:
            self._tending[key] = spawn(self._bring_up(behind), f"room of case {behind.case.id}")
            self._tending[key].add_done_callback(lambda _: self._tended(key))

    def _tended(self, key: _Key) -> None:
        del self._tending[key]
        if key in self._missed:
            self._missed.discard(key)
            self._woken.set()

    async def _bring_up(self, behind: Behind) -> None:
        """Take a room as far as it can go right now."""
        room = behind.room
        if room is None or room.gone:
            await insist(lambda: self._open(behind))
            return
        room_id = room.id
        while await insist(lambda: self._step(room_id)):
            pass

    async def _open(self, behind: Behind) -> None:
        """Send what opens a room; once that is there, its place tells of it, and the room goes on."""
        facts = await self._store.card(behind.case.id)
        opening = self._opening(behind.place, behind.case, facts, continued=behind.room is not None)
        self._delivery.push(await self._store.open_room(behind, opening.payload))
        self._summarise(behind.case, facts)

    async def _step(self, room_id: int) -> bool:
        """Bring a room one step further; False if there is nothing to be done at present, which the store notes."""
        room = await self._store.room(room_id)
        case = await self._store.find_case(room.case) if room is not None else None
        if room is None or case is None or room.gone:
            return False
        if not room.thread:
            await self._look_after_opening(room)
            return False
        try:
            step = await self._next(room, case)
        except _EarlyError:
            return False
        self._delivery.push(await self._store.mirror(step or Mirroring(room, room.seen)))
        return step is not None

    async def _look_after_opening(self, room: Room) -> None:
        """A room whose opening certainly or possibly never arrived gives way to another one, after a while."""
        if self._delivery.holds(room.place, room.opening):
            return
        now = await self._store.room(room.id)
        if now is None or now.thread:  # it has just arrived
            return
        log.warning("room_not_opened", case=room.case, place=str(room.place))
        key = (room.case, room.place)
        self._resting.add(key)
        asyncio.get_running_loop().call_later(self._look_seconds, self._rested, key)
        await self._store.room_gone(room.id)

    def _rested(self, key: _Key) -> None:
        self._resting.discard(key)
        self._woken.set()

    async def _next(self, room: Room, case: Case) -> Mirroring | None:
        """The next step of a room that is open."""
        facts = await self._store.card(case.id)
        opening = self._opening(room.place, case, facts)
        if opening.card and room.card == room.opening:
            return Mirroring(room, room.seen, tuple(Copy(NewOutgoing(p), 0) for p in opening.card), card=True)
        entries = await self._store.log(case.id, room.seen, limit=1)
        if not entries:
            return None
        [entry] = entries
        outgoing = await self._shown(room, case, entry)
        if entry.kind in _ON_CARDS:
            card = opening.card[0] if opening.card else opening.payload
            outgoing.append(NewOutgoing(card, replaces=room.card))
            self._summarise(case, facts, anew=_outdated(case, entry))
        copies = tuple(Copy(row, entry.id, _copied(entry)) for row in outgoing)
        return Mirroring(room, entry.id, copies)

    async def _shown(self, room: Room, case: Case, entry: LogEntry) -> list[NewOutgoing]:
        """What a room gets to see of an entry."""
        adapter = self._adapters[room.place.platform]
        if entry.kind is LogKind.RETRACTED:
            return removed(await self._store.copies(room.id, entry.turn), adapter)
        if entry.kind in (LogKind.TURN, LogKind.EXCHANGED) and _written_in(room, entry.origin):
            return []
        reply = self._cards.entry(case, entry)
        if reply is None:
            return []
        copies = await self._store.copies(room.id, entry.turn) if entry.kind in _CHANGES else []
        if entry.kind is LogKind.AMENDED:
            return replaced(copies, adapter.render(reply), adapter, answer=False) if copies else []
        if copies:  # they show the pictures by now
            reply = replace(reply, pictures=())
        if entry.kind in (LogKind.UNDELIVERED, LogKind.IN_DOUBT, LogKind.RATED, LogKind.EXCHANGED):
            reply = replace(reply, reply_to=await self._about(room, entry))
        return [NewOutgoing(payload) for payload in adapter.render(reply)]

    async def _about(self, room: Room, entry: LogEntry) -> str:
        """The message in a room that shows the turn which an entry is about; "" if none does. Raises _EarlyError."""
        if _written_in(room, entry.origin):
            return entry.origin.rpartition(":")[2]
        copies = await self._store.copies(room.id, entry.turn)
        message_id = await self._store.message_id(copies[0]) if copies else ""
        if copies and not message_id and self._delivery.holds(room.chat, copies[0]):
            raise _EarlyError
        return message_id

    def _opening(self, place: ChatKey, case: Case, facts: CardFacts, *, continued: bool = False) -> Opening:
        title = self._cards.title(case, facts, continued=continued)
        return self._adapters[place.platform].opening(title, self._cards.card(case, facts, continued=continued))

    def _summarise(self, case: Case, facts: CardFacts, *, anew: bool = False) -> None:
        if self._summaries is not None and (anew or not facts.summary) and case.state in OPEN:
            self._summaries.want(case)


def _outdated(case: Case, entry: LogEntry) -> bool:
    """Whether a summary is of too few words. One of words that were changed or taken back is gone, and is not kept if
    it is being made right now."""
    return entry.kind is LogKind.MOVED and case.state is CaseState.WAITING


def _copied(entry: LogEntry) -> int:
    """The turn that a room's message shows, if it is one that is changed and taken back with it."""
    return entry.turn if entry.kind is LogKind.TURN or entry.kind in _CHANGES else 0


def _written_in(room: Room, origin: str) -> bool:
    """Whether a turn was made of a message in this room."""
    return origin.startswith(f"room:{room.place.platform}:{room.place.chat}:")
