"""Erasing, expiring and exporting cases and what agents said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.cases import CaseState, Cause, LogKind, Mark, NewEntry, Staff, room_message
from bot.incidents import Look
from bot.messages import ChatKey, NewOutgoing, NewTurn, Recall, Sender, Subject
from bot.outcome import Outcome
from bot.records import CaseRecord, EntryRecord, Expired, Holdings, Thumb
from bot.stores import ConversationStore
from tests.contracts.desk import (
    ANN,
    BEN,
    CHLOE,
    PLACE,
    ROOM,
    ask,
    hand_over,
    kinds,
    moved,
    open_room,
    said,
    show,
    sum_up,
    the_room,
)
from tests.contracts.stores import CHAT, CUSTOMER, OTHER, Clock, accept, converse, deliver, message, picture, record

BOT, WAITING, HUMAN, CLOSED = CaseState
BOB = Sender("telegram:8", "Bob", "en")
GROUP = ChatKey("telegram", "bot", "-200")


async def question_in_room(store: ConversationStore, name: str, agent: Staff = BEN, *, chat: ChatKey = ROOM) -> None:
    """An agent's private question with a screenshot of their own and the customer's shown again, answered."""
    row = await accept(store, message(name, chat=chat, private=False))
    own, shown = picture(50), picture(1)
    question = NewTurn("customer", "Which?", (own.ref,), (name,), agent.key, recalled=(Recall(shown.ref, again=True),))
    answer = (NewOutgoing("The red one.", answer=True),)
    made = await store.commit(
        Outcome(chat, (row,), answer, question=question, answer=NewTurn("bot", "The red one."), images=(own,))
    )
    await deliver(store, made, f"answer to {name}")


async def busy_case(store: ConversationStore) -> int:
    """A case with a picture, a room, a private question, an agent's answer and a copy that waits; returns its id."""
    await converse(store, "1", images=(picture(1),))
    case = await hand_over(store)
    room = await open_room(store, case)
    await question_in_room(store, "9.2")
    case = await moved(store, case, HUMAN)
    await deliver(store, await store.commit(said("Hi!", "9.3")), "a1")
    await show(store, await the_room(store, room.id), "Ann wrote", turn=1)
    return case.id


@pytest.mark.parametrize("subject", [CHAT, CUSTOMER.key], ids=["chat", "person"])
async def test_an_erased_customers_cases_go_with_their_rooms(store: ConversationStore, subject: Subject) -> None:
    case = await busy_case(store)
    await accept(store, message("9.9", "about this customer", chat=ROOM))
    assert (await store.rooms_of(subject), await store.rooms_of(OTHER)) == ([ROOM], [])
    assert (await store.holdings(subject)).cases == 1
    await store.erase(subject)
    assert (await store.find_case(case), await store.case_in(ROOM), await store.knows(ROOM)) == (None, None, False)
    assert await store.images([picture(1).ref, picture(50).ref]) == {}
    assert (await store.history(ROOM), await store.pending(), await store.undelivered()) == ([], [], [])
    assert await store.behind([PLACE]) == []
    for chat in (CHAT, ROOM, PLACE, CUSTOMER.key):
        assert await store.holdings(chat) == Holdings()
    assert await store.cases(list(CaseState), 9) == []


async def test_an_erasure_ordered_in_the_room_is_answered_there(store: ConversationStore) -> None:
    await busy_case(store)
    earlier = await accept(store, message("9.8", chat=ROOM))
    row = await accept(store, message("9.9", chat=ROOM))
    later = await accept(store, message("9.10", chat=ROOM))
    rows = await store.commit(Outcome(ROOM, (row,), (NewOutgoing("Gone."),), erases=CHAT))
    assert [(r.chat, r.payload) for r in rows] == [(ROOM, "Gone.")]
    assert [pending.id for pending in await store.pending()] == [later]
    assert earlier != later
    assert await store.case_in(ROOM) is None


async def test_in_a_group_only_the_persons_own_cases_go(store: ConversationStore) -> None:
    for sender, name in ((CUSTOMER, "1"), (BOB, "2")):
        row = await accept(store, message(name, chat=GROUP, private=False))
        await store.commit(Outcome(GROUP, (row,), question=NewTurn("customer", "q", (), (name,), sender.key)))
    bob = Staff(BOB.key, "Bob")
    case = await hand_over(store, chat=GROUP, customer=bob, actor=bob)
    room = await open_room(store, case)
    turn = (await store.history(GROUP))[0].id
    (copy,) = await show(store, room, "Ann wrote", turn=turn)
    assert await store.rooms_of(CUSTOMER.key) == []
    await store.erase(CUSTOMER.key)
    # Bob's case stays; what Ann said is no part of it any more, and her words are not sent.
    assert (await store.log(case.id))[-1].kind is LogKind.RETRACTED
    assert not await store.sending(copy.id)
    await store.erase(BOB.key)
    assert await store.find_case(case.id) is None


async def test_an_erased_agent_is_forgotten_and_what_they_said_stays(store: ConversationStore) -> None:
    case_id = await busy_case(store)
    await store.commit(Outcome(ROOM, (), log=(NewEntry(case_id, LogKind.NOTE, CHLOE, "a regular"),)))
    before = await store.history(CHAT)
    assert (await store.holdings(BEN.key)).cases == 1
    assert await store.erase(BEN.key) == 1  # the room, where they asked something
    assert await store.history(ROOM) == []
    case = await store.find_case(case_id)
    assert case is not None
    assert (case.state, case.agent, case.agent_name) == (WAITING, "", "")  # for somebody else
    after = await store.history(CHAT)
    assert [(turn.speaker, turn.text) for turn in after] == [(turn.speaker, turn.text) for turn in before]
    assert after[-1].author == ""
    actors = {entry.actor for entry in await store.log(case_id)}
    assert actors == {ANN, Staff("erased"), CHLOE}
    assert await store.holdings(BEN.key) == Holdings()
    assert await store.export(BEN.key) == []
    # The room goes on: what it showed is still known.
    assert [item.room.thread for item in await store.behind([PLACE]) if item.room] == [ROOM.thread]
    assert len(await store.undelivered()) == 2


async def test_an_agent_who_asked_in_a_room_has_no_claim_to_what_it_shows(store: ConversationStore) -> None:
    await busy_case(store)
    (record_of_room,) = await store.export(BEN.key)
    assert [turn.text for turn in record_of_room.turns] == ["Which?", "The red one."]
    assert (record_of_room.chat, record_of_room.notices, record_of_room.cases) == (ROOM, (), ())


async def test_a_picture_that_is_taken_back_is_not_shown_in_rooms_either(store: ConversationStore) -> None:
    await busy_case(store)
    assert await store.retract(CHAT, "1")
    assert set(await store.images([picture(1).ref, picture(50).ref])) == {picture(50).ref.sha256}
    assert (await store.history(ROOM))[0].recalled == ()


async def erase(store: ConversationStore) -> None:
    await store.erase(CHAT)


async def retract(store: ConversationStore) -> None:
    await store.retract(CHAT, "1")


async def expire(store: ConversationStore) -> None:
    await store.expire(2000.0, 0)


async def exchange(store: ConversationStore) -> None:
    await store.amend(CHAT, "1", "What is this?", (picture(2),))


@pytest.mark.parametrize("way", [erase, retract, expire, exchange])
async def test_an_incident_goes_with_the_last_who_sent_it(
    store: ConversationStore, way: Callable[[ConversationStore], Awaitable[None]]
) -> None:
    await deliver(store, await converse(store, "1", images=(picture(1),)), "a1")
    (sight,) = await store.unseen(0, 0, 9)
    incident = await store.see(sight, Look("0" * 64, frozenset({"E-1234"})), 0)
    assert await store.incident(incident, 0) is not None
    await way(store)
    assert await store.incident(incident, 0) is None


async def test_an_incident_is_known_by_the_codes_of_those_who_are_left(store: ConversationStore) -> None:
    for chat, code in ((CHAT, "E1"), (OTHER, "E2")):
        await converse(store, "1", images=(picture(1),), chat=chat)
        (sight,) = await store.unseen(0, 0, 9)
        known = await store.incidents(0, 1)
        await store.see(sight, Look("0" * 64, frozenset({code})), known[0].id if known else 0)
    (incident,) = await store.incidents(0, 1)
    assert incident.look.codes == {"E1", "E2"}
    await store.erase(CHAT)
    (incident,) = await store.incidents(0, 1)
    assert incident.look.codes == {"E2"}


async def test_old_cases_expire_when_they_are_over(store: ConversationStore, clock: Clock) -> None:
    case = await hand_over(store)
    await ask(store, "1")
    room = await open_room(store, case)
    await deliver(store, await show(store, room, "a copy", turn=1), "c1")
    waiting = await hand_over(store, chat=OTHER)
    case = await moved(store, case, CLOSED)
    clock.now += 100
    await store.commit(Outcome(ROOM, (), log=(NewEntry(case.id, LogKind.NOTE, BEN, "later"),)))
    assert (await store.expire(clock.now - 200, 0)).count == 0
    while (await store.expire(clock.now, 0)).count:
        pass
    assert await kinds(store, case) == [("note", BEN.key, "later")]  # of what is newer, nothing goes
    clock.now += 100
    while (await store.expire(clock.now, 0)).count:
        pass
    assert await store.find_case(case.id) is None
    assert (await store.find_case(waiting.id), await store.log(waiting.id)) == (waiting, [])
    assert await store.expire(clock.now, 0) == Expired(0)
    assert await store.rooms(case.id) == []
    assert await store.holdings(CHAT) == Holdings()
    assert (await store.holdings(OTHER)).chats == 1  # somebody still waits there


async def test_an_export_has_cases_with_their_logs_and_reasons(store: ConversationStore, clock: Clock) -> None:
    await deliver(store, await converse(store, "1", record=record()), "a1")
    case = await hand_over(store, cause=Cause.RATED)
    await store.rate(CHAT, "a1", CUSTOMER.key, -1, "wrong form")
    clock.now = 1010.0
    case = await moved(store, case, HUMAN)
    await store.commit(said("Hi!", "9.2"))
    await sum_up(store, case.id, "A tax form.")
    await store.commit(Outcome(CHAT, (), mark=Mark((await moved(store, case, CLOSED)).id, 4)))
    (exported,) = await store.export(CHAT)
    answer, reply = exported.turns[1:]
    assert answer.feedback == (Thumb(CUSTOMER.key, -1, 1000.0, "wrong form"),)
    assert (reply.speaker, reply.sender, reply.author) == ("agent", BEN.key, "Ben")
    assert reply.message_ids == (room_message(ROOM, "9.2"),)
    log = tuple(
        EntryRecord(kind, turn, actor.key, actor.name, text, at)
        for kind, turn, actor, text, at in (
            ("moved", 0, ANN, "bot>waiting:rated", 1000.0),
            ("rated", answer.id, Staff(CUSTOMER.key), "-1 wrong form", 1000.0),
            ("moved", 0, BEN, "waiting>human:asked", 1010.0),
            ("turn", reply.id, BEN, "", 1010.0),
            ("summary", 0, Staff(""), "", 1010.0),
            ("moved", 0, BEN, "human>closed:asked", 1010.0),
            ("satisfaction", 0, ANN, "4", 1010.0),
        )
    )
    assert exported.cases == (
        CaseRecord(
            case.id, 1, "closed", "rated", ANN.key, "Ann", BEN.key, "Ben", 1000.0, 1010.0, 1010.0, 4, "A tax form.", log
        ),
    )


async def test_a_summary_goes_with_what_it_tells_of(store: ConversationStore, clock: Clock) -> None:
    case = await hand_over(store)
    await ask(store, "1", "my card is 4111")
    await sum_up(store, case.id, "Card 4111.")
    clock.now += 100
    await ask(store, "2", "still here")
    while (await store.expire(clock.now - 50, 0)).count:
        pass
    assert [turn.text for turn in await store.history(CHAT)] == ["still here"]
    assert (await store.card(case.id)).summary == ""


async def test_what_is_fleeting_and_in_doubt_goes_with_any_erasure(store: ConversationStore) -> None:
    await converse(store, "1")
    (row,) = await store.commit(Outcome(ROOM, (), (NewOutgoing("Ann: my card is 4111", fleeting=True),)))
    await store.sending(row.id)
    await store.ambiguous(row.id, "no answer")
    await store.erase(CHAT)
    assert (await store.stuck(ROOM), await store.transcript(ROOM)) == ([], [])
    assert await store.commit(Outcome(ROOM, (), resend=True)) == []


async def test_what_is_fleeting_is_kept_until_it_has_arrived(store: ConversationStore) -> None:
    words = tuple(NewOutgoing(f"Ann {number}", fleeting=True) for number in range(4))
    arrives, fails, doubtful, waits = await store.commit(Outcome(CHAT, (), words))
    for row in (arrives, fails, doubtful, waits):
        await store.sending(row.id)
    await store.sent(arrives.id, "m1")
    await store.failed(fails.id, "blocked")
    await store.ambiguous(doubtful.id, "no answer")
    await store.unsent(waits.id, "later")
    assert [row.payload for row in await store.stuck(CHAT)] == ["Ann 2"]
    assert [row.payload for row in await store.undelivered()] == ["Ann 3"]
    assert [entry.payload for entry in await store.transcript(CHAT)] == ["", "Ann 2", "Ann 3"]
    (again,) = await store.commit(Outcome(CHAT, (), resend=True))
    assert again.payload == "Ann 2"
    await deliver(store, [again, waits], "m2")
    assert [entry.payload for entry in await store.transcript(CHAT)] == ["", "", ""]
