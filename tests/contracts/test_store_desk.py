"""What every store of conversations does for the support desk: cases, and what agents say and see."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.cases import CardFacts, CaseState, Cause, LogKind, Mark, Move, Staff, Summary, room_message
from bot.errors import CaseMovedError
from bot.messages import ChatKey, NewOutgoing, NewTurn
from bot.outcome import Elsewhere, Outcome
from bot.stores import ConversationStore
from tests.contracts.desk import (
    ANN,
    BEN,
    CHLOE,
    ROOM,
    ask,
    hand_over,
    kinds,
    moved,
    newest,
    open_room,
    said,
    show,
    sum_up,
    the_case,
)
from tests.contracts.stores import CHAT, OTHER, Clock, accept, converse, deliver, message, picture, shown, texts

BOT, WAITING, HUMAN, CLOSED = CaseState

# --- transitions


async def test_a_conversation_has_no_case_until_it_is_handed_over(store: ConversationStore, clock: Clock) -> None:
    assert await store.case(CHAT) is None
    await converse(store, "1")
    assert await store.case(CHAT) is None
    clock.now = 50.0
    case = await hand_over(store, cause=Cause.MODEL)
    assert (case.chat, case.state, case.cause, case.current) == (CHAT, WAITING, Cause.MODEL, True)
    assert (case.customer, case.customer_name, case.language) == (ANN.key, "Ann", "zh")
    assert (case.agent, case.opened_at, case.since, case.satisfaction) == ("", 50.0, 50.0, 0)
    assert await store.find_case(case.id) == case
    assert await store.find_case(99) is None
    assert await kinds(store, case) == [("moved", ANN.key, "bot>waiting:model")]


async def test_a_conversation_is_handed_over_once(store: ConversationStore) -> None:
    case = await hand_over(store)
    row = await accept(store, message("1"))
    again = Move(WAITING, ANN, customer=ANN)
    with pytest.raises(CaseMovedError):
        await store.commit(Outcome(CHAT, (row,), (NewOutgoing("soon"),), question=NewTurn("customer", "q"), move=again))
    assert (await texts(store), await store.undelivered()) == ([], [])
    assert [pending.id for pending in await store.pending()] == [row]
    assert await kinds(store, case) == [("moved", ANN.key, "bot>waiting:asked")]


async def test_a_case_goes_through_its_states(store: ConversationStore, clock: Clock) -> None:
    case = await hand_over(store)
    clock.now += 60
    case = await moved(store, case, HUMAN)
    assert (case.state, case.agent, case.agent_name, case.since) == (HUMAN, BEN.key, "Ben", clock.now)
    case = await moved(store, case, WAITING)
    assert (case.state, case.agent) == (WAITING, "")
    case = await moved(store, case, BOT)
    assert case.state is BOT
    await store.commit(Outcome(CHAT, (), move=Move(WAITING, ANN, case.id, BOT, cause=Cause.RATED)))
    case = await moved(store, await the_case(store), HUMAN, CHLOE)
    assert case.cause is Cause.RATED
    case = await moved(store, case, CLOSED, BEN)
    assert (case.state, case.agent, case.agent_name) == (CLOSED, CHLOE.key, "Chloé")  # who had it last
    assert [text for _, _, text in await kinds(store, case)] == [
        "bot>waiting:asked",
        "waiting>human:asked",
        "human>waiting:asked",
        "waiting>bot:asked",
        "bot>waiting:rated",
        "waiting>human:asked",
        "human>closed:asked",
    ]


@pytest.mark.parametrize("state", [BOT, WAITING, HUMAN, CLOSED])
async def test_a_new_conversation_leaves_no_case_behind_that_was_opened_meanwhile(
    store: ConversationStore, state: CaseState
) -> None:
    case = await hand_over(store)
    case = await moved(store, case, state) if state is not WAITING else case
    anew = Outcome(CHAT, (), reset=True)
    if state is CLOSED:
        await store.commit(anew)
    else:
        with pytest.raises(CaseMovedError):
            await store.commit(anew)
        assert await the_case(store) == case
        await store.commit(replace(anew, move=Move(CLOSED, ANN, case.id, case.state, case.agent)))
    assert await store.case(CHAT) is None


async def test_of_two_agents_at_once_one_takes_the_case(store: ConversationStore) -> None:
    case = await hand_over(store)
    both = [moved(store, case, HUMAN, agent, outgoing=(NewOutgoing(agent.name),)) for agent in (BEN, CHLOE)]
    results = await asyncio.gather(*both, return_exceptions=True)
    assert [isinstance(result, CaseMovedError) for result in results].count(True) == 1
    winner = (await the_case(store)).agent_name
    assert [row.payload for row in await store.undelivered()] == [winner]
    assert len(await store.log(case.id)) == 2


@pytest.mark.parametrize(
    ("before", "holder"), [(BOT, ""), (CLOSED, ""), (WAITING, ""), (HUMAN, ""), (HUMAN, CHLOE.key), (WAITING, BEN.key)]
)
async def test_a_move_from_what_is_not_so_changes_nothing(
    store: ConversationStore, before: CaseState, holder: str
) -> None:
    case = await moved(store, await hand_over(store), HUMAN, BEN)
    log = await store.log(case.id)
    with pytest.raises(CaseMovedError):
        await store.commit(Outcome(ROOM, (), move=Move(CLOSED, BEN, case.id, before, holder)))
    assert (await the_case(store), await store.log(case.id)) == (case, log)


async def test_an_agent_opens_a_case_where_nobody_ever_wrote(store: ConversationStore) -> None:
    case = await hand_over(store, chat=OTHER, after=HUMAN, actor=BEN, agent=BEN, cause=Cause.AGENT)
    assert (case.chat, case.state, case.agent) == (OTHER, HUMAN, BEN.key)
    assert await store.waits(9) == []


# --- the end, and what comes after it


async def test_after_the_end_a_conversation_begins_anew(store: ConversationStore) -> None:
    await converse(store, "1")
    case = await hand_over(store)
    assert not await store.begin_anew(CHAT)
    case = await moved(store, case, CLOSED)
    assert await store.begin_anew(CHAT)
    assert (await texts(store), await store.case(CHAT)) == ([], None)
    assert not await store.begin_anew(CHAT)
    assert not await store.begin_anew(OTHER)
    old = await store.find_case(case.id)
    assert old is not None
    assert not old.current
    assert (await hand_over(store)).id > case.id


async def test_a_case_is_taken_up_again_with_what_was_said_since(store: ConversationStore) -> None:
    await ask(store, "1", "My tax form")
    case = await hand_over(store)
    await ask(store, "2", "is broken")
    case = await moved(store, case, CLOSED)
    await store.begin_anew(CHAT)
    await ask(store, "3", "Still broken")
    case = await moved(store, case, HUMAN)
    assert (case.current, (await the_case(store)).id) == (True, case.id)
    await ask(store, "4", "Are you there?")
    assert (await kinds(store, case))[-1] == ("turn", ANN.key, "Are you there?")
    assert (await store.card(case.id)).question == "Are you there?"
    assert await texts(store) == ["Still broken", "Are you there?"]


async def test_a_case_is_not_taken_up_where_there_is_another_by_now(store: ConversationStore) -> None:
    case = await moved(store, await hand_over(store), CLOSED)
    await store.begin_anew(CHAT)
    newer = await hand_over(store)
    with pytest.raises(CaseMovedError):
        await moved(store, case, HUMAN)
    assert [(c.id, c.state) for c in await store.cases(list(CaseState), 9)] == [(case.id, CLOSED), (newer.id, WAITING)]


async def test_what_a_customer_thought_of_it_is_stored_at_its_end(store: ConversationStore) -> None:
    async def marks(chat: ChatKey, case_id: int, score: int) -> None:
        await store.commit(Outcome(chat, (), (NewOutgoing("Thank you"),), mark=Mark(case_id, score)))

    case = await moved(store, await hand_over(store), HUMAN)
    with pytest.raises(CaseMovedError):
        await marks(CHAT, case.id, 5)
    case = await moved(store, case, CLOSED)
    for chat, number in ((OTHER, case.id), (CHAT, 99)):
        with pytest.raises(CaseMovedError):
            await marks(chat, number, 5)
    assert await store.undelivered() == []
    for score in (2, 5, 5):
        await marks(CHAT, case.id, score)
    assert (await the_case(store)).satisfaction == 5
    assert (await kinds(store, case))[-2:] == [("satisfaction", ANN.key, "2"), ("satisfaction", ANN.key, "5")]


# --- what agents say


async def test_an_agent_says_something_to_a_customer(store: ConversationStore) -> None:
    shot = picture(1)
    await store.commit(Outcome(CHAT, ()))
    rows = await store.commit(said("See here", "9.2", images=(shot,), parts=2, outgoing=(NewOutgoing("sent"),)))
    assert [(row.chat, row.payload) for row in rows] == [
        (ROOM, "sent"),
        (CHAT, "Ben: See here 0"),
        (CHAT, "Ben: See here 1"),
    ]
    (turn,) = await store.history(CHAT)
    assert (turn.speaker, turn.author, turn.text, turn.images) == ("agent", "Ben", "See here", (shot.ref,))
    assert [row.turn_id for row in rows] == [None, turn.id, turn.id]
    assert await store.parts(turn.id) == [row.id for row in rows[1:]]
    assert await store.images([shot.ref]) == {shot.ref.sha256: shot}
    assert await store.find_turn(CHAT, room_message(ROOM, "9.2")) == turn
    assert await store.knows(CHAT)
    assert await store.history(ROOM) == []
    await deliver(store, rows[1:], "a1")
    assert await store.find_turn(CHAT, "a1-1") == turn
    assert await store.find_pictured(CHAT, "a1") == turn


async def test_an_agents_words_without_pictures_are_about_those_before(store: ConversationStore) -> None:
    await converse(store, "1", images=(picture(1),))
    await deliver(store, await store.commit(said("Click there", "9.2")), "a1")
    pictured = await store.find_pictured(CHAT, "a1")
    assert pictured is not None
    assert pictured.text == "What is this?"
    assert await store.author(CHAT, "a1") == ANN.key


async def test_a_copy_is_about_the_pictures_that_it_shows(store: ConversationStore) -> None:
    await converse(store, "1", images=(picture(1),))
    await converse(store, "2", "And this?", "A page.", images=(picture(2),))
    asked, _, _, answer = await store.history(CHAT)
    room = await open_room(store, await hand_over(store))
    await deliver(store, await show(store, room, "a question", turn=asked.id), "r1")
    room = (await store.rooms(room.case))[-1]
    await deliver(store, await show(store, room, "an answer", turn=answer.id), "r2")
    assert await store.find_pictured(ROOM, "r1") == asked
    about = await store.find_pictured(ROOM, "r2")
    assert about is not None
    assert about.images == (picture(2).ref,)
    assert await store.find_turn(ROOM, "r1") is None
    assert await store.find_pictured(CHAT, "r1") is None


async def test_what_an_agent_takes_back_is_removed_from_the_customer(store: ConversationStore) -> None:
    case = await hand_over(store)
    await ask(store, "1")
    rows = await store.commit(said("My password is", "9.2", images=(picture(1),), parts=3))
    turn = rows[0].turn_id
    assert turn is not None
    await deliver(store, rows[:1], "a1")
    await store.sending(rows[1].id)
    assert await store.retract(CHAT, room_message(ROOM, "9.2"))
    assert (await texts(store), await store.images([picture(1).ref])) == (["Hello?"], {})
    assert not await store.sending(rows[2].id)  # what has not gone out does not
    parts = await store.parts(turn)
    assert parts == [rows[0].id, rows[1].id]
    removals = tuple(NewOutgoing("gone", answer=True, replaces=part, removes=True) for part in parts)
    made = await store.commit(Outcome(ROOM, (), elsewhere=(Elsewhere(CHAT, removals, turn=turn),)))
    assert [(row.chat, row.replaces, row.removes, row.turn_id) for row in made] == [
        (CHAT, part, True, turn) for part in parts
    ]
    assert await shown(store) == ["Hello?"]
    assert (await newest(store, case)).kind is LogKind.RETRACTED
    assert (await newest(store, case)).actor == BEN


# --- what agents see


async def test_cases_are_listed_with_those_first_that_wait_the_longest(store: ConversationStore, clock: Clock) -> None:
    chats = [ChatKey("web", "", str(number)) for number in range(4)]
    cases = []
    for chat in chats:
        clock.now += 1
        cases.append(await hand_over(store, chat=chat))
    clock.now += 1
    cases[0] = await moved(store, cases[0], HUMAN)
    cases[1] = await moved(store, cases[1], CLOSED)
    assert await store.cases([WAITING], 9) == [cases[2], cases[3]]
    assert await store.cases([WAITING, HUMAN], 9) == [cases[2], cases[3], cases[0]]
    assert await store.cases([WAITING, HUMAN], 2) == [cases[2], cases[3]]
    assert await store.cases([], 9) == []
    assert await store.count_cases([WAITING, HUMAN, BOT]) == {WAITING: 2, HUMAN: 1, BOT: 0}
    assert await store.count_cases([]) == {}


async def test_how_long_customers_waited_is_known_of_the_newest_cases(store: ConversationStore, clock: Clock) -> None:
    for number, seconds in enumerate((30, 10, 20)):
        case = await hand_over(store, chat=ChatKey("web", "", str(number)))
        clock.now += seconds
        case = await moved(store, await moved(store, case, HUMAN), WAITING)
        clock.now += 100
        await moved(store, case, HUMAN)
    await hand_over(store)
    assert await store.waits(2) == [20.0, 10.0]


async def test_a_card_shows_the_newest_question_and_answer(store: ConversationStore) -> None:
    await converse(store, "0", "Of another conversation", "No.", images=(picture(0),))
    await store.commit(Outcome(CHAT, (), reset=True))
    case = await hand_over(store)
    assert await store.card(case.id) == CardFacts()
    await converse(store, "1", "Which form?", "A tax form.", images=(picture(1), picture(2)))
    await store.commit(said("Hi!", "9.2"))
    assert await sum_up(store, case.id, "A form is red.")
    shots = (picture(1).ref, picture(2).ref)
    assert await store.card(case.id) == CardFacts("Which form?", shots, "A tax form.", "A form is red.")
    assert not await sum_up(store, 99, "")
    assert await store.card(99) == CardFacts()


async def test_a_card_shows_what_was_asked_before_a_person_was_asked_for(store: ConversationStore) -> None:
    await converse(store, "1", "Which form?", "A tax form.", images=(picture(1),))
    await converse(store, "2", "", "Another one.", images=(picture(2),))
    await converse(store, "3", "And this field?", "Your name.")
    case = await hand_over(store)
    await converse(store, "4", "I want a person", "Somebody comes.", record=None)
    shown = CardFacts("And this field?\n\nI want a person", (picture(2).ref,), "Your name.")
    assert await store.card(case.id) == shown


async def test_a_summary_goes_with_what_it_tells_of(store: ConversationStore) -> None:
    case = await hand_over(store)
    await ask(store, "1", "My card number is 4111")
    for forget in (store.amend(CHAT, "1", "My card number"), store.retract(CHAT, "1")):
        await sum_up(store, case.id, "Card 4111")
        await forget
        assert (await store.card(case.id)).summary == ""


async def test_a_summary_of_words_that_have_changed_meanwhile_is_not_kept(store: ConversationStore) -> None:
    case = await hand_over(store)
    await ask(store, "1", "My card number is 4111")
    for forget in (store.amend(CHAT, "1", "My card number"), store.retract(CHAT, "1")):
        old = Summary(case.id, "Card 4111", await store.newest_entry(case.id))
        await forget
        assert not await store.summarise(old)
        await store.commit(Outcome(ROOM, (), summary=old))
        assert (await store.card(case.id)).summary == ""
    current = Summary(case.id, "A card.", await store.newest_entry(case.id))
    await ask(store, "2")  # what is said meanwhile makes it no less true
    assert await store.summarise(current)


async def test_a_customer_who_closes_a_case_need_not_be_an_agent(store: ConversationStore) -> None:
    case = await moved(store, await hand_over(store), HUMAN)
    close = Move(CLOSED, ANN, case.id, HUMAN, BEN.key, Staff(""))
    await store.commit(Outcome(CHAT, (), reset=True, move=close))
    assert await store.case(CHAT) is None
    closed = await store.find_case(case.id)
    assert closed is not None
    assert (closed.state, closed.agent, closed.current) == (CLOSED, BEN.key, False)


async def test_an_erased_chat_is_not_written_to(store: ConversationStore) -> None:
    await converse(store, "1")
    await store.erase(CHAT)
    hello = Elsewhere(CHAT, (NewOutgoing("Hello"),), NewTurn("agent", "Hello", sender=BEN.key))
    assert await store.commit(Outcome(ROOM, (), elsewhere=(hello,))) == []
    assert await store.chats_of(CHAT) == []


@pytest.mark.parametrize(
    "ended", [Outcome(CHAT, (), reset=True), Outcome(CHAT, (), erases=CHAT)], ids=["new", "erased"]
)
async def test_a_move_because_of_a_turn_takes_place_in_its_conversation_alone(
    store: ConversationStore, ended: Outcome
) -> None:
    await converse(store, "1")
    (_, answer) = await store.history(CHAT)
    await store.commit(ended)
    with pytest.raises(CaseMovedError):
        await store.commit(Outcome(CHAT, (), move=Move(WAITING, ANN, customer=ANN, turn=answer.id)))
    assert await store.cases(tuple(CaseState), 10) == []
