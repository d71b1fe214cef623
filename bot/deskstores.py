"""The store's part for the support desk, as Protocols: cases, agents' rooms, incidents. A seam."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from bot.cases import Behind, CardFacts, Case, CaseState, LogEntry, Mirroring, Room, Summary
from bot.incidents import Incident, Look, Notice, Sight, Telling
from bot.messages import ChatKey, Outgoing, Turn


class Cases(Protocol):
    """Conversations that were handed over."""

    def on_log(self, told: Callable[[], None]) -> None:
        """Have `told` called, on the event loop, whenever something was added to the log of a case, or one of its rooms
        was opened or is gone. It is called after the commit, once for all that one transaction did."""
        ...

    async def case(self, chat: ChatKey) -> Case | None:
        """The case of the chat's present conversation, in whatever state; None if it never had one."""
        ...

    async def find_case(self, case_id: int) -> Case | None:
        """A case by its number."""
        ...

    async def case_in(self, chat: ChatKey) -> Case | None:
        """The case whose room a chat is; None for all other chats. Rooms that are gone count, too."""
        ...

    async def cases(self, states: Collection[CaseState], limit: int) -> list[Case]:
        """Cases in these states, those first that have been in theirs the longest."""
        ...

    async def count_cases(self, states: Collection[CaseState]) -> Mapping[CaseState, int]:
        """How many cases there are in each of these states."""
        ...

    async def begin_anew(self, chat: ChatKey) -> bool:
        """Begin a new conversation if the present one's case is closed; False if it is not."""
        ...

    async def waits(self, limit: int) -> list[float]:
        """For how many seconds each of the newest cases waited until an agent had it for the first time, the newest
        first; those that the desk itself began do not count."""
        ...

    async def thumbs_down(self, chat: ChatKey) -> int:
        """How many answers of the present conversation were last rated as no help, since its case (if it has one) came
        to be in its present state."""
        ...

    async def card(self, case_id: int) -> CardFacts:
        """What a case's card shows beside the case."""
        ...

    async def summarise(self, summary: Summary) -> bool:
        """Keep a case's summary, which its log tells of. False if the case is gone, or words have been changed or taken
        back since `summary.seen`."""
        ...

    async def said_in(self, case_id: int) -> list[Turn]:
        """What was said in the conversations that a case was in, oldest first, be it before it was one."""
        ...

    async def log(self, case_id: int, after: int = 0, limit: int | None = None) -> list[LogEntry]:
        """What happened in a case after an entry of its log, oldest first, `limit` entries at most."""
        ...

    async def newest_entry(self, case_id: int) -> int:
        """The newest entry of a case's log, as `Summary.seen`; 0 if there is none."""
        ...


class Rooms(Protocol):
    """Agents' rooms, and what is shown there."""

    async def behind(self, places: Sequence[ChatKey]) -> list[Behind]:
        """For these places, the cases' rooms that do not show everything, and the cases that wait, or are had by an
        agent, and have no room there (or only one that is gone, which is then given), oldest first. A room that was
        opened is behind until something was mirrored to it."""
        ...

    async def open_room(self, behind: Behind, payload: str) -> list[Outgoing]:
        """Put what opens a room into the outbox of its place, and remember the room. A new room shows what comes after
        `behind.newest`, or, in place of one that is gone, after what that one showed. What opens it counts
        as its card until one is mirrored. Nothing if there is a room there by now, or the case was erased. Once the
        message has been `sent`, its id is the room's thread."""
        ...

    async def room(self, room_id: int) -> Room | None:
        """A room by its id."""
        ...

    async def rooms(self, case_id: int) -> list[Room]:
        """The rooms of a case that are not gone."""
        ...

    async def room_gone(self, room_id: int) -> None:
        """The room was deleted: what was to be sent there never will be (and fails), and what it certainly showed ends
        before the first message that did not arrive after the last one that did."""
        ...

    async def mirror(self, step: Mirroring) -> list[Outgoing]:
        """Bring a room up to date in one transaction; returns the outbox rows. Nothing if the room is not at
        `step.room.seen` any more, is not open yet, or is gone."""
        ...

    async def copies(self, room_id: int, turn: int) -> list[int]:
        """The outbox ids of a turn's copies in a room, oldest first: those that do not replace others."""
        ...

    async def parts(self, turn: int) -> list[int]:
        """The outbox ids of the messages that a turn was sent to its customer as, oldest first: those that do not
        replace others."""
        ...


class Incidents(Protocol):
    """The same screenshot from many customers."""

    async def unseen(self, since: float, after: int, limit: int) -> list[Sight]:
        """Pictures that customers sent since a time, after a turn, and that nobody has looked at for incidents, oldest
        first."""
        ...

    async def see(self, sight: Sight, look: Look, incident: int) -> int:
        """Put down what a picture showed: an incident that is known, or 0 for a new one. Returns which; 0 if the
        picture is gone by now."""
        ...

    async def incidents(self, since: float, customers: int) -> list[Incident]:
        """What so many customers have sent since a time, the newest last."""
        ...

    async def incident(self, incident_id: int, since: float) -> Incident | None:
        """An incident by its number, with who sent it since a time."""
        ...

    async def said_of(self, incident_id: int, since: float) -> list[str]:
        """The questions, each with its answer, with which an incident's screenshot was sent since a time, oldest
        first."""
        ...

    async def incident_in(self, place: ChatKey, message_id: str) -> int:
        """The incident that a message at a place for agents tells of; 0 for none."""
        ...

    async def notice(self, incident_id: int, place: ChatKey) -> Notice:
        """What agents were told of an incident at a place."""
        ...

    async def give_notice(self, telling: Telling) -> list[Outgoing]:
        """Tell agents of an incident; returns the outbox rows. Nothing if they were told otherwise meanwhile."""
        ...
