"""Who is next, and what is foretold of it, with no clock but the numbers here."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Collection, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.estimate import Estimates
from bot.queueing import PATIENCE_SECONDS, QUANTUM_MS, FairQueue, Place, Ticket

SECOND = 1000.0
names = itertools.count()


def queue_of(parallel: int, resident: Collection[str] = ()) -> FairQueue:
    return FairQueue(parallel, Estimates(), lambda chat: chat in resident)


def ticket(person: str, *, at: float = 0.0, cost: float = SECOND, chat: str = "", urgent: bool = False) -> Ticket:
    return Ticket(person, chat or f"chat {next(names)}", cost, at, urgent)


def enter(queue: FairQueue, *tickets: Ticket) -> Sequence[Ticket]:
    for one in tickets:
        queue.enter(one)
    return tickets


def begun(queue: FairQueue, now: float = 0.0) -> list[Ticket]:
    """All who may begin now."""
    return list(iter(lambda: queue.begin(now), None))


def simulate(parallel: int, arrivals: Sequence[Ticket]) -> dict[Ticket, float]:
    """How long each one waits, if it is then at work for as long as it costs."""
    queue, waits = queue_of(parallel), {}
    numbers = itertools.count()
    events = [(one.entered, next(numbers), one) for one in arrivals]
    heapq.heapify(events)
    while events:
        now, _, one = heapq.heappop(events)
        if one.began is None:
            queue.enter(one)
        else:
            queue.leave(one, now, one.cost)
        for other in begun(queue, now):
            waits[other] = now - other.entered
            heapq.heappush(events, (now + other.cost / 1000, next(numbers), other))
    return waits


def simulate_in_line(parallel: int, arrivals: Sequence[Ticket]) -> dict[Ticket, float]:
    """The same, first come first served."""
    free, waits = [0.0] * parallel, {}
    for one in sorted(arrivals, key=lambda one: one.entered):
        begins = max(heapq.heappop(free), one.entered)
        waits[one] = begins - one.entered
        heapq.heappush(free, begins + one.cost / 1000)
    return waits


@pytest.mark.parametrize("parallel", [1, 2, 8])
def test_one_question_beside_a_flood_waits_a_fifth_of_what_it_would_in_line(parallel: int) -> None:
    flood = [ticket("flooder", at=number / 100) for number in range(20 * parallel)]
    lone = ticket("other", at=1.5)
    in_line = simulate_in_line(parallel, [*flood, lone])[lone]
    fair = simulate(parallel, [*flood, lone])[lone]
    assert in_line >= 5 * fair
    assert fair <= 1.0  # one answer's time


def test_one_person_gets_no_more_than_half_of_the_slots() -> None:
    queue = queue_of(8)
    enter(queue, *(ticket("flooder") for _ in range(20)))
    assert len(begun(queue)) == 4
    lone = ticket("other", at=1.0)
    queue.enter(lone)
    assert begun(queue, 1.0) == [lone]


def test_several_chats_of_one_person_have_one_share() -> None:
    queue = queue_of(2)
    many = enter(queue, *(ticket("many") for _ in range(6)))
    lone = enter(queue, *(ticket("one") for _ in range(2)))
    order: list[Ticket] = []
    for now in range(8):
        started = begun(queue, now)
        order += started
        for one in started:
            queue.leave(one, now + 1, one.cost)
    assert order.index(lone[1]) <= 3
    assert [one for one in order if one.person == "many"] == list(many)


def test_the_charge_is_what_it_took_and_not_what_was_thought() -> None:
    queue = queue_of(1)
    dear, _ = enter(queue, ticket("dear", cost=SECOND), ticket("dear"))
    assert begun(queue) == [dear]
    fair = enter(queue, *(ticket("fair", at=1.0, cost=10 * SECOND) for _ in range(2)))
    queue.leave(dear, 30.0, 30 * SECOND)
    assert begun(queue, 30.0) == [fair[0]]
    queue.leave(fair[0], 40.0, 10 * SECOND)
    assert begun(queue, 40.0) == [fair[1]]  # the estimates alone would have had "dear" go on


def test_what_is_at_work_counts_before_it_is_done() -> None:
    queue = queue_of(8)
    enter(queue, *(ticket("anna", cost=10 * SECOND) for _ in range(3)))
    begun(queue)
    enter(queue, *(ticket(person, at=1.0) for person in ("ben", "cleo", "dora", "emil")))
    begun(queue, 1.0)
    _, ben = enter(queue, ticket("anna", at=2.0), ticket("ben", at=2.0))
    assert begun(queue, 2.0) == [ben]


def test_one_that_was_not_answered_costs_nothing() -> None:
    queue = queue_of(1)
    stopped, following = enter(queue, ticket("anna", cost=50 * SECOND), ticket("anna"))
    begun(queue)
    ben = enter(queue, *(ticket("ben", at=1.0, cost=3 * SECOND) for _ in range(2)))
    queue.leave(stopped, 2.0)
    assert begun(queue, 2.0) == [ben[0]]
    queue.leave(ben[0], 5.0, 3 * SECOND)
    assert begun(queue, 5.0) == [following]


def test_agents_go_before_customers() -> None:
    queue = queue_of(1)
    enter(queue, ticket("customer"), ticket("other"))
    urgent = ticket("agent", at=1.0, urgent=True)
    queue.enter(urgent)
    assert queue.place(urgent, 1.0).position == 1
    assert begun(queue, 1.0) == [urgent]


def test_nobody_waits_for_ever() -> None:
    queue = queue_of(1)
    customer = ticket("customer")
    queue.enter(customer)
    running = None
    for now in range(0, 600, 10):  # agents come all the time
        queue.enter(ticket("agent", at=now, urgent=True))
        if running:
            queue.leave(running, now, SECOND)
        (running,) = begun(queue, now)
        if running is customer:
            assert PATIENCE_SECONDS < now <= PATIENCE_SECONDS + 20
            return
    pytest.fail("the customer never had a turn")


def test_the_age_of_a_flood_does_not_count() -> None:
    """Its twentieth question has waited long, but its person has had turns all the time."""
    queue = queue_of(1)
    flood = enter(queue, *(ticket("flooder") for _ in range(20)))
    now = 0.0
    for one in flood[:15]:
        assert begun(queue, now) == [one]
        now += 20.0
        queue.leave(one, now, 20 * SECOND)
    assert now > 2 * PATIENCE_SECONDS
    lone = ticket("other", at=now)
    queue.enter(lone)
    assert begun(queue, now) == [lone]


def test_computed_chats_go_first_among_those_who_are_level() -> None:
    queue = queue_of(1, resident={"warm"})
    enter(queue, ticket("anna"), ticket("ben", chat="warm"))
    (first,) = begun(queue)
    assert first.chat == "warm"
    queue.leave(first, 1.0, QUANTUM_MS + 1)  # too much to be level still
    queue.enter(ticket("ben", chat="warm", at=1.0))
    assert begun(queue, 1.0)[0].person == "anna"


def test_who_has_left_the_queue_is_gone() -> None:
    queue = queue_of(1)
    first, second, third = enter(queue, ticket("a"), ticket("b"), ticket("c"))
    begun(queue)
    queue.leave(second, 1.0)
    assert len(queue) == 1
    queue.leave(first, 2.0, SECOND)
    assert begun(queue, 2.0) == [third]
    queue.leave(third, 3.0, SECOND)
    assert not queue._people


def test_places_and_seconds() -> None:
    queue = queue_of(2)
    assert queue.end(0.0) == Place(1, 0.0)
    running = enter(queue, ticket("a", cost=4 * SECOND), ticket("b", cost=4 * SECOND))
    begun(queue)
    assert queue.place(running[0], 1.0) == Place(1, 0.0)
    c, a, d = enter(queue, ticket("c", cost=6 * SECOND), ticket("a", cost=2 * SECOND), ticket("d", at=0.5))
    # Level with the least, so in the order they came; of the two at work three seconds each are left.
    assert queue.place(c, 1.0) == Place(1, 3.0)
    assert queue.place(d, 1.0).position <= 3
    assert queue.place(a, 1.0).position <= 3
    assert queue.end(1.0) == Place(4, (3 + 3 + 6 + 2 + 1) / 2)


def test_seconds_follow_what_questions_take_beside_others() -> None:
    queue = queue_of(1)
    first, second = enter(queue, ticket("a", cost=5 * SECOND), ticket("b"))
    begun(queue)
    assert queue.place(second, 0.0).seconds == 5.0
    queue.leave(first, 12.0, 4 * SECOND)
    begun(queue, 12.0)
    assert queue.end(12.0).seconds == 3.0


def test_a_person_who_floods_waits_for_the_own_share() -> None:
    queue = queue_of(4)
    flood = enter(queue, *(ticket("flooder", cost=10 * SECOND) for _ in range(12)))
    begun(queue)
    assert queue.place(flood[11], 0.0) == Place(10, (20 + 90) / 2)


@given(
    st.integers(1, 4),
    st.lists(st.tuples(st.sampled_from("abcde"), st.floats(0, 20), st.floats(10, 5000), st.booleans()), max_size=40),
)
def test_everybody_has_a_turn_and_no_more_at_a_time_than_may(
    parallel: int, questions: list[tuple[str, float, float, bool]]
) -> None:
    arrivals = [ticket(person, at=at, cost=cost, urgent=urgent) for person, at, cost, urgent in questions]
    waits = simulate(parallel, arrivals)
    assert set(waits) == set(arrivals)
    spans = [(one.entered + wait, one.entered + wait + one.cost / 1000, one.person) for one, wait in waits.items()]
    for start, _, person in spans:
        together = [other for other in spans if other[0] <= start < other[1] - 1e-9]
        assert len(together) <= parallel
        assert sum(other[2] == person for other in together) <= max(1, parallel // 2)


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.floats(10, 5000), st.booleans()), min_size=1, max_size=40))
def test_places_are_an_order(questions: list[tuple[str, float, bool]]) -> None:
    queue = queue_of(2)
    waiting = enter(queue, *(ticket(person, cost=cost, urgent=urgent) for person, cost, urgent in questions))
    places = sorted((queue.place(one, 0.0) for one in waiting), key=lambda place: place.position)
    assert [place.position for place in places] == list(range(1, len(waiting) + 1))
    assert all(place.seconds <= queue.end(0.0).seconds * 2 for place in places)
    for person in "abcde":
        own = [queue.place(one, 0.0).position for one in waiting if (one.person, one.urgent) == (person, False)]
        assert own == sorted(own)
