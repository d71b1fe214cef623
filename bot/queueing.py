"""Who is next? A fair queue of questions in front of a model that works on several at a time.

Nothing here waits or looks at a clock: the dispatcher does. Times are in seconds, costs in milliseconds of the device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.estimate import Estimates
from bot.fairness import VirtualTime

QUANTUM_MS = 2_000.0
"""People whose counters are this close are level: a chat that is held computed goes first, then who waits for a turn
the longest."""
PATIENCE_SECONDS = 120.0
"""Whoever has had no turn for longer than this goes before everybody else."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question stands in the queue, from 1, and in about how many seconds it will be its turn."""

    position: int
    seconds: float


@dataclass(slots=True, eq=False)
class Ticket:
    """One question in the queue or at work. `cost` is estimated; `began` is None while it waits."""

    person: str
    chat: str
    cost: float
    entered: float
    urgent: bool = False
    began: float | None = None


@dataclass(slots=True)
class _Person:
    """Somebody who has questions here: how many, how many of them at work and what those will probably cost, and when
    one was last begun."""

    tickets: int = 0
    working: int = 0
    pending: float = 0.0
    served: float = float("-inf")


@dataclass(frozen=True, slots=True)
class _Before:
    """What will go before a ticket: how many, what they cost, and what those of the same person cost."""

    count: int
    cost: float
    own: float


class FairQueue:
    """Questions that wait, and those at work: `parallel` at the most, and half of that from one person, so that who
    comes next need not wait until one person's answers end. `resident` tells which chats are held computed."""

    def __init__(self, parallel: int, estimates: Estimates, resident: Callable[[str], bool]) -> None:
        self._parallel = parallel
        self._share = max(1, parallel // 2)
        self._estimates = estimates
        self._resident = resident
        self._taken = VirtualTime()
        self._people: dict[str, _Person] = {}
        self._waiting: dict[Ticket, None] = {}  # by age
        self._working: dict[Ticket, None] = {}
        self._order: dict[Ticket, _Before] | None = None

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def enter(self, ticket: Ticket) -> None:
        """Queue up."""
        self._waiting[ticket] = None
        self._people.setdefault(ticket.person, _Person()).tickets += 1
        self._taken.activate(ticket.person)
        self._order = None

    def begin(self, now: float) -> Ticket | None:
        """Give the next one its turn, at the expense of its person; None: nobody may begin now."""
        ready = self._heads() if len(self._working) < self._parallel else []
        if not ready:
            return None
        ticket = self._choose(ready, now)
        ticket.began = now
        del self._waiting[ticket]
        self._working[ticket] = None
        person = self._people[ticket.person]
        person.working += 1
        person.pending += ticket.cost
        person.served = now
        self._order = None
        return ticket

    def leave(self, ticket: Ticket, now: float, took: float = 0.0) -> None:
        """Take a question out, done or not. `took` is what it did cost, which replaces the estimate."""
        person = self._people[ticket.person]
        if ticket.began is None:
            del self._waiting[ticket]
        else:
            del self._working[ticket]
            person.working -= 1
            person.pending -= ticket.cost
            self._taken.charge(ticket.person, took)
            if took:
                self._estimates.observe(took, now - ticket.began)
        self._taken.deactivate(ticket.person)
        person.tickets -= 1
        if not person.tickets:
            del self._people[ticket.person]
        self._order = None

    def place(self, ticket: Ticket, now: float) -> Place:
        """Where a question stands, as far as can be foreseen."""
        if ticket.began is not None:
            return Place(1, 0.0)
        if self._order is None:
            self._order = self._foresee()
        before = self._order[ticket]
        everybody = self._left(self._working, now) + self._estimates.seconds(before.cost)
        own = self._left((t for t in self._working if t.person == ticket.person), now)
        own += self._estimates.seconds(before.own)
        return Place(before.count + 1, max(everybody / self._parallel, own / self._share))

    def end(self, now: float) -> Place:
        """Where the queue ends, behind everything that waits."""
        if len(self._waiting) + len(self._working) < self._parallel:
            return Place(1, 0.0)
        waiting = self._estimates.seconds(sum(ticket.cost for ticket in self._waiting))
        return Place(len(self._waiting) + 1, (self._left(self._working, now) + waiting) / self._parallel)

    def _left(self, tickets: Iterable[Ticket], now: float) -> float:
        """Seconds that questions at work still take, one after the other."""
        ends = (t.began + self._estimates.seconds(t.cost) for t in tickets if t.began is not None)
        return sum(max(0.0, end - now) for end in ends)

    def _heads(self) -> list[Ticket]:
        """The oldest question of each person who may have another one at work."""
        heads: dict[str, Ticket] = {}
        for ticket in self._waiting:
            heads.setdefault(ticket.person, ticket)
        return [ticket for ticket in heads.values() if self._people[ticket.person].working < self._share]

    def _choose(self, ready: list[Ticket], now: float) -> Ticket:
        def without_turn_since(ticket: Ticket) -> float:
            return max(ticket.entered, self._people[ticket.person].served)

        # By person: the hundredth question of one person has waited long as well, and that is as it should be.
        longest = min(ready, key=without_turn_since)
        if now - without_turn_since(longest) > PATIENCE_SECONDS:
            return longest
        ready = [ticket for ticket in ready if ticket.urgent] or ready
        counters = {ticket.person: self._counter(ticket.person) for ticket in ready}
        least = min(counters.values())
        level = [ticket for ticket in ready if counters[ticket.person] <= least + QUANTUM_MS]
        return min(level, key=lambda t: (not self._resident(t.chat), self._people[t.person].served, t.entered))

    def _counter(self, person: str) -> float:
        """What somebody has taken, what is at work included. That part is an estimate, and therefore nothing that those
        who come are lifted to."""
        return self._taken.of(person) + self._people[person].pending

    def _foresee(self) -> dict[Ticket, _Before]:
        """The order by counters alone: each question of a person counts from where the one before it will end."""
        counters = {person: self._counter(person) for person in self._people}
        starts: dict[Ticket, tuple[bool, float, float]] = {}
        for ticket in self._waiting:
            starts[ticket] = (not ticket.urgent, counters[ticket.person], ticket.entered)
            counters[ticket.person] += ticket.cost
        order: dict[Ticket, _Before] = {}
        total, own = 0.0, dict.fromkeys(self._people, 0.0)
        for count, ticket in enumerate(sorted(starts, key=starts.__getitem__)):
            order[ticket] = _Before(count, total, own[ticket.person])
            total += ticket.cost
            own[ticket.person] += ticket.cost
        return order
