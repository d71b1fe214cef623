"""What every store counts, by platform and by day; and the answers that customers thought something of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cases import Case, CaseState, Cause, Mark, Move
from bot.figures import DayStats, PlatformStats
from bot.messages import ChatKey
from bot.outcome import Outcome
from bot.stores import ConversationStore
from tests.contracts.desk import ANN, BEN, ROOM, ask, hand_over, moved, open_room, said
from tests.contracts.stores import CHAT, CUSTOMER, OTHER, Clock, converse, deliver, picture, record

SECOND = ChatKey("telegram", "bot", "43")


async def closed(store: ConversationStore, clock: Clock, case: Case, *, taken: float, ended: float) -> Case:
    """Have an agent take a case so many seconds after it was opened, and close it so many later."""
    clock.now = case.opened_at + taken
    case = await moved(store, case, CaseState.HUMAN)
    clock.now = case.opened_at + ended
    return await moved(store, case, CaseState.CLOSED)


async def one(store: ConversationStore, since: float = 0.0) -> PlatformStats:
    (row,) = [row for row in await store.stats(since) if row.platform == "telegram"]
    return row


async def test_hand_overs_waits_and_satisfaction_are_by_the_customers_platform(
    store: ConversationStore, clock: Clock
) -> None:
    first = await closed(store, clock, await hand_over(store), taken=60, ended=600)
    await store.commit(Outcome(CHAT, (), mark=Mark(first.id, 5)))
    clock.now = 2000.0
    second = await hand_over(store, chat=SECOND, cause=Cause.MODEL)
    second = await closed(store, clock, second, taken=120, ended=240)
    await store.commit(Outcome(SECOND, (), mark=Mark(second.id, 2)))
    clock.now = 4000.0
    await hand_over(store, chat=OTHER, cause=Cause.RATED)
    assert await store.stats(0) == [
        PlatformStats("slack", handed_over={Cause.RATED: 1}),
        PlatformStats(
            "telegram",
            handed_over={Cause.ASKED: 1, Cause.MODEL: 1},
            taken=2,
            wait_seconds=90.0,
            closed=2,
            open_seconds=420.0,
            satisfied=2,
            satisfaction=3.5,
        ),
    ]
    week = await one(store, since=1900.0)
    assert (dict(week.handed_over), week.taken, week.closed, week.satisfaction) == ({Cause.MODEL: 1}, 1, 1, 2.0)
    assert [row.platform for row in await store.stats(3000.0)] == ["slack"]


async def test_a_case_that_is_given_back_and_handed_over_again_counts_twice(
    store: ConversationStore, clock: Clock
) -> None:
    case = await hand_over(store)
    clock.now += 60
    case = await moved(store, await moved(store, case, CaseState.HUMAN), CaseState.BOT)
    await moved(store, case, CaseState.WAITING)
    figures = await one(store)
    assert sum(figures.handed_over.values()) == 2
    assert (figures.taken, figures.closed, figures.satisfied, figures.satisfaction) == (1, 0, 0, 0.0)


async def test_the_first_wait_counts_however_a_case_was_taken_later(store: ConversationStore, clock: Clock) -> None:
    case = await hand_over(store)
    clock.now += 60
    case = await moved(store, await moved(store, case, CaseState.HUMAN), CaseState.BOT)
    clock.now += 60
    step_in = Move(CaseState.HUMAN, BEN, case.id, CaseState.BOT, agent=BEN, cause=Cause.AGENT)
    await store.commit(Outcome(ROOM, (), move=step_in))
    figures = await one(store)
    assert (figures.taken, figures.wait_seconds, await store.waits(9)) == (1, 60.0, [60.0])


async def test_nobody_waited_for_who_stepped_in(store: ConversationStore, clock: Clock) -> None:
    await hand_over(store, after=CaseState.HUMAN, cause=Cause.AGENT, agent=ANN)
    figures = await one(store)
    assert dict(figures.handed_over) == {Cause.AGENT: 1}
    assert figures.taken == 0


async def test_agents_answers_are_not_the_bots_and_their_rooms_are_no_chats(store: ConversationStore) -> None:
    case = await moved(store, await hand_over(store), CaseState.HUMAN)
    await open_room(store, case)
    await ask(store, "1")
    await store.commit(said("It is E-41.", "r1"))
    await converse(store, "asked in the room", chat=ROOM)
    assert [row.platform for row in await store.stats(0)] == ["telegram"]
    figures = await one(store)
    assert (figures.chats, figures.questions, figures.answers, figures.answer_tokens) == (1, 1, 0, 0)
    (day,) = await store.daily([0.0])
    assert day == DayStats({"telegram": 1}, handed_over=1)


async def test_what_was_read_is_without_what_was_known_already(store: ConversationStore) -> None:
    usage = replace(record().usage, prompt_tokens=500, cached_tokens=400, answer_tokens=7)
    await converse(store, "1", record=replace(record(), usage=usage))
    figures = await one(store)
    assert (figures.read_tokens, figures.answer_tokens) == (100, 7)


async def test_days_are_those_that_were_named(store: ConversationStore, clock: Clock) -> None:
    assert await store.daily([0.0, 100.0]) == [DayStats(), DayStats()]
    for at, name, chat in ((50.0, "0", CHAT), (100.0, "1", CHAT), (199.0, "2", OTHER), (200.0, "3", CHAT)):
        clock.now = at
        await converse(store, name, chat=chat)
    rows = await converse(store, "4")
    await deliver(store, rows, "a4")
    clock.now = 300.0
    await store.rate(CHAT, "a4", CUSTOMER.key, -1, "wrong")
    await store.rate(CHAT, "a4", "telegram:8", 1)
    await hand_over(store)
    assert await store.daily([100.0, 200.0, 300.0]) == [
        DayStats({"telegram": 1, "slack": 1}),
        DayStats({"telegram": 2}),
        DayStats(handed_over=1, thumbs_up=1, thumbs_down=1),
    ]


# --- answers that people thought something of


async def test_rated_answers_come_with_all_that_was_said(store: ConversationStore, clock: Clock) -> None:
    shot = picture(1, 500)
    await deliver(store, await converse(store, "1", "Which code?", "E-40", images=(shot,)), "a1")
    await deliver(store, await converse(store, "2", "And now?", "Fine."), "a2")
    clock.now = 2000.0
    await store.rate(CHAT, "a1", CUSTOMER.key, 1)
    await store.rate(CHAT, "a1", CUSTOMER.key, -1, "misread")
    clock.now = 3000.0
    await store.rate(CHAT, "a2", CUSTOMER.key, 1)
    first, second = await store.rated(0)
    assert (first.chat, first.rating, first.reason, first.at) == (CHAT, -1, "misread", 2000.0)
    assert (first.model, first.prompt_version, first.satisfaction) == ("model", "v1", 0)
    assert [turn.text for turn in first.turns] == ["Which code?", "E-40", "And now?", "Fine."]
    assert [turn.text for turn in first.turns if turn.id == first.answer] == ["E-40"]
    assert first.turns[0].images == (shot.ref,)
    assert [turn.text for turn in second.turns if turn.id == second.answer] == ["Fine."]
    assert await store.rated(2500.0) == [second]
    assert await store.erase(CHAT)
    assert await store.rated(0) == []


async def test_satisfaction_with_a_case_is_about_the_last_answer_before_it(
    store: ConversationStore, clock: Clock
) -> None:
    await deliver(store, await converse(store, "1", "Which code?", "E-40"), "a1")
    clock.now += 10.0
    case = await hand_over(store)
    clock.now += 10.0
    await deliver(store, await converse(store, "2", "Anybody?", "Soon."), "a2")
    case = await closed(store, clock, case, taken=60, ended=600)
    assert await store.rated(0) == []
    await store.commit(Outcome(CHAT, (), mark=Mark(case.id, 2)))
    (rated,) = await store.rated(0)
    assert (rated.rating, rated.satisfaction, rated.at) == (0, 2, case.since)
    assert [turn.text for turn in rated.turns if turn.id == rated.answer] == ["E-40"]
    await store.rate(CHAT, "a1", CUSTOMER.key, -1)
    assert [(answer.rating, answer.satisfaction) for answer in await store.rated(0)] == [(-1, 2)]


@pytest.mark.parametrize("what", ["superseded", "in a room"])
async def test_answers_that_are_nobodys_business_are_left_out(store: ConversationStore, what: str) -> None:
    if what == "superseded":
        await deliver(store, await converse(store, "1"), "a1")
        await store.rate(CHAT, "a1", CUSTOMER.key, -1)
        await converse(store, "2", supersedes=(await store.history(CHAT))[0].id)
    else:
        await open_room(store, await hand_over(store))
        await deliver(store, await converse(store, "1", chat=ROOM), "a1")
        assert await store.rate(ROOM, "a1", CUSTOMER.key, -1)
    assert await store.rated(0) == []
