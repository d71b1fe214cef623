"""What every store does about people: decisions, what was used, and the audit."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.messages import ChatKey, Kind, NewTurn, Pending
from bot.outcome import Outcome
from bot.people import (
    DAY,
    Activity,
    Admission,
    AuditEntry,
    AuditOutcome,
    Charge,
    Decision,
    Person,
    Quota,
    Refusal,
)
from bot.stores import ConversationStore
from tests.contracts.stores import CHAT, CUSTOMER, OTHER, Clock, accept, converse, deliver, message, shown

KEY = CUSTOMER.key
USED = Activity(3, 4, 5.5, 6.5, 7.5, 8.5, flooding=True, told=Refusal.TOO_FAST, told_until=9.5)


class Gate:
    """Decides as it is told, and remembers whom it was asked about."""

    def __init__(self, admission: Admission | None = None) -> None:
        self.admission = admission or Admission()
        self.asked: list[Person] = []

    def __call__(self, person: Person) -> Admission:
        self.asked.append(person)
        return self.admission


async def decide(store: ConversationStore, *decisions: Decision) -> None:
    await store.commit(Outcome(CHAT, (), decisions=decisions))


# --- what comes in


async def test_what_is_let_in_waits_and_what_was_used_is_kept(store: ConversationStore) -> None:
    gate = Gate(Admission(activity=USED))
    row = await store.accept(message("1"), gate)
    assert row is not None
    assert await store.pending() == [Pending(row, message("1"))]
    assert gate.asked == [Person(KEY)]
    assert await store.person(KEY) == Person(KEY, activity=USED)
    await store.accept(message("2"), gate)
    assert gate.asked[1] == Person(KEY, activity=USED)


async def test_only_what_is_new_is_decided_upon(store: ConversationStore) -> None:
    gate = Gate(Admission(activity=USED))
    await store.accept(message("1"), Gate())
    assert await store.accept(message("1"), gate) is None
    assert gate.asked == []
    assert await store.person(KEY) == Person(KEY)


async def test_a_refusal_waits_to_be_told(store: ConversationStore) -> None:
    row = await store.accept(message("1"), Gate(Admission(Refusal.BANNED, activity=USED)))
    assert row is not None
    (pending,) = await store.pending()
    assert pending == Pending(row, message("1"), Refusal.BANNED)
    assert await store.pending(CHAT) == [pending]
    await store.commit(Outcome(CHAT, (row,)))
    assert await store.pending() == []


async def test_a_refusal_in_silence_is_done_and_never_taken_again(store: ConversationStore) -> None:
    silent = Gate(Admission(Refusal.TOO_FAST, silent=True, activity=USED))
    assert await store.accept(message("1", "not read"), silent) is not None
    assert await store.pending() == []
    assert await store.accept(message("1", "not read"), Gate()) is None
    assert (await store.backlog()).inbox == 0
    assert await shown(store) == []
    assert (await store.person(KEY)).activity == USED


async def test_a_decision_that_fails_takes_nothing_in(store: ConversationStore) -> None:
    def fail(_: Person) -> Admission:
        raise ValueError("a fault of ours")

    with pytest.raises(ValueError, match="a fault of ours"):
        await store.accept(message("1"), fail)
    assert await store.pending() == []
    assert await store.accept(message("1"), Gate()) is not None


async def test_one_person_is_one_in_all_chats(store: ConversationStore) -> None:
    gate = Gate(Admission(activity=USED))
    await store.accept(message("1"), gate)
    await store.accept(message("2", chat=OTHER), gate)
    assert [person.activity for person in gate.asked] == [Activity(), USED]


# --- what it takes


async def test_what_an_answer_takes_is_added_up_for_the_day(store: ConversationStore, clock: Clock) -> None:
    clock.now = 10 * DAY + 5
    for number, charge in enumerate((1500.0, 500.5)):
        await converse(store, str(number), charge=Charge(KEY, charge))
    activity = (await store.person(KEY)).activity
    assert (activity.day, activity.device_ms) == (10, 2000.5)
    clock.now = 11 * DAY
    await converse(store, "next day", charge=Charge(KEY, 7.0))
    activity = (await store.person(KEY)).activity
    assert (activity.day, activity.messages, activity.device_ms) == (11, 0, 7.0)


async def test_a_charge_leaves_the_rest_as_it_is(store: ConversationStore, clock: Clock) -> None:
    clock.now = USED.day * DAY
    await store.accept(message("1"), Gate(Admission(activity=USED)))
    await converse(store, "2", charge=Charge(KEY, 1.0))
    assert (await store.person(KEY)).activity == replace(USED, device_ms=6.5)
    clock.now += DAY
    await converse(store, "3", charge=Charge(KEY, 1.0))
    assert (await store.person(KEY)).activity == replace(USED, day=4, messages=0, device_ms=1.0)


async def test_who_used_most_comes_first(store: ConversationStore, clock: Clock) -> None:
    clock.now = 3 * DAY
    for key, took in (("telegram:1", 5.0), ("telegram:2", 9.0), ("telegram:3", 1.0)):
        await store.commit(Outcome(CHAT, (), charge=Charge(key, took)))
    await decide(store, Decision("telegram:2", allowed=True))
    assert [(p.key, p.allowed) for p in await store.busiest(3, 2)] == [("telegram:2", True), ("telegram:1", False)]
    assert await store.busiest(4, 2) == []


# --- decisions


async def test_decisions_change_what_they_name_and_nothing_else(store: ConversationStore) -> None:
    assert await store.person(KEY) == Person(KEY)
    await decide(store, Decision(KEY, banned=True))
    await decide(store, Decision(KEY, allowed=True))
    await decide(store, Decision(KEY, quota=Quota(messages=0, pictures=3)))
    assert await store.person(KEY) == Person(KEY, True, True, Quota(0, None, 3))
    await decide(store, Decision(KEY, banned=False), Decision("telegram:8", banned=True))
    assert await store.person(KEY) == Person(KEY, False, True, Quota(0, None, 3))
    assert (await store.person("telegram:8")).banned
    await decide(store, Decision(KEY, quota=Quota()))
    assert (await store.person(KEY)).quota == Quota()


async def test_who_is_decided_about_is_told_anew(store: ConversationStore) -> None:
    await store.accept(message("1"), Gate(Admission(Refusal.BANNED, activity=USED)))
    await decide(store, Decision(KEY, banned=False))
    assert (await store.person(KEY)).activity == replace(USED, told=None, told_until=0.0)


async def test_a_decision_is_part_of_its_outcome(store: ConversationStore) -> None:
    done = await accept(store, message("1", kind=Kind.COMMAND, command="ban"))
    outcome = Outcome(
        CHAT,
        (done,),
        decisions=(Decision("telegram:8", banned=True),),
        audit=(AuditEntry(KEY, "ban", str(CHAT), AuditOutcome.DONE, "telegram:8"),),
    )
    await store.commit(outcome)
    with pytest.raises(Exception, match="already been dealt with"):
        await store.commit(replace(outcome, decisions=(Decision("telegram:8", banned=False),)))
    assert (await store.person("telegram:8")).banned
    assert len(await store.audit(9)) == 1


async def test_what_somebody_was_told_for_ever_is_kept(store: ConversationStore) -> None:
    told = Activity(told=Refusal.BANNED, told_until=float("inf"))
    await store.accept(message("1"), Gate(Admission(Refusal.BANNED, activity=told)))
    assert (await store.person(KEY)).activity == told


# --- the audit


async def test_the_audit_gives_the_newest_first(store: ConversationStore, clock: Clock) -> None:
    entries = [AuditEntry("telegram:1", "ban", str(CHAT), AuditOutcome.DONE, f"telegram:{n} 刷屏") for n in range(3)]
    for number, entry in enumerate(entries):
        clock.now = 100.0 + number
        await store.record(entry)
    assert await store.audit(2) == [replace(entries[2], at=102.0), replace(entries[1], at=101.0)]
    assert len(await store.audit(50)) == 3


async def test_entries_written_at_once_are_all_there(store: ConversationStore) -> None:
    entry = AuditEntry("command line", "erase", "", AuditOutcome.FAILED)
    await asyncio.gather(*(store.record(entry) for _ in range(20)))
    assert len(await store.audit(50)) == 20


# --- authors


async def test_the_author_of_a_question_and_of_what_an_answer_is_for(store: ConversationStore) -> None:
    await deliver(store, await converse(store, "q1"), "a1")
    other = NewTurn("customer", "And I?", message_ids=("q2",), sender="telegram:9")
    row = await accept(store, message("q2"))
    await store.commit(Outcome(CHAT, (row,), question=other, answer=NewTurn("bot", "You too.")))
    assert [await store.author(CHAT, name) for name in ("q1", "a1", "q2", "a3", "")] == [KEY, KEY, "telegram:9", "", ""]
    assert await store.author(OTHER, "q1") == ""
    assert await store.author(ChatKey("telegram", "bot", "never seen"), "q1") == ""


# --- roles


async def test_agents_are_those_whom_an_admin_made_one(store: ConversationStore) -> None:
    assert await store.agents() == frozenset()
    await decide(store, Decision(KEY, agent=True), Decision("slack:T1/U1", agent=True))
    await decide(store, Decision(KEY, allowed=True, quota=Quota(5)), Decision("slack:T1/U1", agent=False))
    assert await store.agents() == {KEY}
    assert await store.person(KEY) == Person(KEY, allowed=True, quota=Quota(5), agent=True)
    await store.erase(KEY)
    assert await store.agents() == {KEY}


async def test_who_is_in_which_group_is_kept_whole(store: ConversationStore) -> None:
    assert await store.members() == {}
    await store.keep_members({"S1": {"slack:T1/U1", "slack:T1/U2"}, "S2": {"slack:T1/U1"}})
    assert await store.members() == {"S1": {"slack:T1/U1", "slack:T1/U2"}, "S2": {"slack:T1/U1"}}
    await store.keep_members({"S1": frozenset(), "S3": {"slack:T1/U3"}})
    assert await store.members() == {"S3": {"slack:T1/U3"}}
