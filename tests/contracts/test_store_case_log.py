"""What every store of conversations does for the support desk: the log of a case."""

from __future__ import annotations

import pytest

from bot.cases import CaseState, LogKind, Move, NewEntry, room_message
from bot.errors import CaseMovedError
from bot.messages import NewOutgoing, NewTurn
from bot.outcome import Elsewhere, Outcome
from bot.stores import ConversationStore
from tests.contracts.desk import (
    ANN,
    BEN,
    ROOM,
    ask,
    hand_over,
    kinds,
    moved,
    newest,
    said,
    the_case,
)
from tests.contracts.stores import CHAT, Clock, accept, converse, deliver, message, picture, texts

BOT, WAITING, HUMAN, CLOSED = CaseState


async def test_what_is_said_in_a_case_is_logged_until_it_is_closed(store: ConversationStore) -> None:
    await converse(store, "0", "Before?", "Yes.")
    case = await hand_over(store)
    await converse(store, "1", "Now?", "Yes, now.")
    case = await moved(store, case, HUMAN)
    await ask(store, "2", "Hello?")
    await store.commit(said("Hi!", "9.2"))
    case = await moved(store, case, CLOSED)
    await store.commit(said("Bye!", "9.3"))
    log = await kinds(store, case)
    assert [entry for entry in log if entry[0] != "moved"] == [
        ("turn", ANN.key, "Now?"),
        ("turn", "", "Yes, now."),
        ("turn", ANN.key, "Hello?"),
        ("turn", BEN.key, "Hi!"),
    ]
    entries = await store.log(case.id)
    assert [entry.actor.name for entry in entries] == ["Ann", "Ann", "", "Ben", "Ann", "Ben", "Ben"]
    assert [entry.origin for entry in entries if entry.origin] == [room_message(ROOM, "9.2")]
    assert await store.log(case.id, entries[4].id) == entries[5:]


async def test_the_question_that_hands_over_stands_in_the_log(store: ConversationStore) -> None:
    row = await accept(store, message("1"))
    question = NewTurn("customer", "A person, please", (), ("1",), ANN.key)
    move = Move(WAITING, ANN, customer=ANN)
    await store.commit(Outcome(CHAT, (row,), (NewOutgoing("Soon."),), question=question, move=move))
    case = await the_case(store)
    assert [kind for kind, _, _ in await kinds(store, case)] == ["moved", "turn"]


async def test_notes_are_logged_and_said_to_nobody(store: ConversationStore) -> None:
    case = await hand_over(store)
    note = NewEntry(case.id, LogKind.NOTE, BEN, "An old customer.")
    await store.commit(Outcome(ROOM, (), log=(note, NewEntry(99, LogKind.NOTE, BEN, "Of a case that was erased"))))
    assert (await kinds(store, case))[-1] == ("note", BEN.key, "An old customer.")
    assert (await store.undelivered(), await store.history(CHAT)) == ([], [])


async def test_corrections_are_logged(store: ConversationStore) -> None:
    await converse(store, "0")
    case = await hand_over(store)
    turn = await ask(store, "1", "My cat is 1234")
    await store.commit(said("Hi!", "9.2"))
    assert await store.amend(CHAT, "1", "My code is 1234")
    assert await store.amend(CHAT, room_message(ROOM, "9.2"), "Hello!")
    assert await store.amend(CHAT, "0", "What is that?")  # it was said before, and is part of the case all the same
    assert (await kinds(store, case))[-3:] == [
        ("amended", ANN.key, "My code is 1234"),
        ("amended", BEN.key, "Hello!"),
        ("amended", ANN.key, "What is that?"),
    ]
    assert (await store.log(case.id))[-3].turn == turn


async def test_exchanged_pictures_are_logged(store: ConversationStore) -> None:
    case = await hand_over(store)
    turn = await ask(store, "1", "Look")
    await store.commit(said("See", "9.2"))
    assert await store.amend(CHAT, "1", "Look", (picture(1),))
    (_, answer) = await store.history(CHAT)
    shown = picture(2)
    await store.commit(
        Outcome(
            ROOM, (), elsewhere=(Elsewhere(CHAT, turn=answer.id, text="See", images=(shown,), pictures=(shown.ref,)),)
        )
    )
    assert (await kinds(store, case))[-4:] == [
        ("amended", ANN.key, "Look"),
        ("exchanged", ANN.key, "Look"),
        ("amended", BEN.key, "See"),
        ("exchanged", BEN.key, "See"),
    ]
    assert (await store.log(case.id))[-3].turn == turn
    assert [turn.images for turn in await store.history(CHAT)] == [(picture(1).ref,), (shown.ref,)]


async def test_what_a_customer_takes_back_is_logged_with_its_answer(store: ConversationStore) -> None:
    case = await hand_over(store)
    await converse(store, "1")
    question, answer = (turn.id for turn in await store.history(CHAT))
    await store.commit(said("Hi!", "9.2"))
    before = await newest(store, case)
    assert await store.retract(CHAT, "1")
    after = await store.log(case.id, before.id)
    assert [(e.kind, e.turn, e.said) for e in after] == [
        (LogKind.RETRACTED, question, None),
        (LogKind.RETRACTED, answer, None),
    ]
    assert await texts(store) == ["Hi!"]  # what an agent said is not the customer's to take back
    assert [entry.said for entry in (await store.log(case.id))[1:3]] == [None, None]


async def test_what_is_taken_back_after_the_end_is_logged(store: ConversationStore) -> None:
    case = await hand_over(store)
    await ask(store, "1")
    case = await moved(store, case, CLOSED)
    await store.begin_anew(CHAT)
    assert await store.retract(CHAT, "1")
    assert (await newest(store, case)).kind is LogKind.RETRACTED


async def test_a_case_that_is_opened_again_in_another_conversation_goes_on_from_the_first(
    store: ConversationStore,
) -> None:
    await converse(store, "0", "Not of the case.", "No.")
    await store.commit(Outcome(CHAT, (), reset=True))
    await converse(store, "1", "Before?", "Yes.")
    case = await moved(store, await hand_over(store), CLOSED)
    await store.begin_anew(CHAT)
    assert [turn.text for turn in await store.said_in(case.id)] == ["Before?", "Yes."]
    await converse(store, "2", "In between?", "No.")
    await store.begin_anew(CHAT)
    await store.commit(Outcome(CHAT, (), reset=True))
    assert (await store.card(case.id)).question == "Before?"
    await converse(store, "3", "Afterwards?", "Yes.")
    case = await moved(store, case, HUMAN)
    assert case.current
    await ask(store, "4", "Now?")
    said_in_it = ["Before?", "Yes.", "Afterwards?", "Yes.", "Now?"]
    assert [turn.text for turn in await store.said_in(case.id)] == said_in_it
    # Once more: what was said in the conversation that it was opened in again, and left, stays with it.
    case = await moved(store, case, CLOSED)
    await store.begin_anew(CHAT)
    case = await moved(store, case, HUMAN)
    assert [turn.text for turn in await store.said_in(case.id)] == said_in_it
    assert await store.retract(CHAT, "1")
    assert (await newest(store, case)).kind is LogKind.RETRACTED
    assert [turn.text for turn in await store.said_in(case.id)] == said_in_it[2:]
    assert await store.said_in(99) == []


async def test_a_question_that_is_asked_anew_is_logged_as_gone(store: ConversationStore) -> None:
    case = await hand_over(store)
    await converse(store, "1")
    first, answer = (turn.id for turn in await store.history(CHAT))
    await converse(store, "1 edited", "What is that?", supersedes=first)
    log = [(entry.kind.value, entry.turn) for entry in (await store.log(case.id))[1:]]
    turns = [turn.id for turn in await store.history(CHAT)]
    retracted = [("retracted", first), ("retracted", answer)]
    assert log == [("turn", first), ("turn", answer), *retracted, *(("turn", turn) for turn in turns)]


async def test_what_does_not_arrive_is_logged_with_the_reason(store: ConversationStore) -> None:
    case = await hand_over(store)
    rows = await store.commit(said("Hi!", "9.2", parts=3))
    notice = await store.commit(Outcome(CHAT, (), (NewOutgoing("a notice"),)))
    await store.unsent(rows[0].id, "try later")
    await store.failed(rows[0].id, "blocked by the customer")
    await store.ambiguous(rows[1].id, "no answer")
    await store.sent(rows[2].id, "a3")
    await store.failed(rows[2].id, "too late")
    await store.failed(notice[0].id, "blocked")
    turn = rows[0].turn_id
    entries = [(e.kind.value, e.text, e.turn) for e in (await store.log(case.id))[2:]]
    assert entries == [("undelivered", "blocked by the customer", turn), ("in_doubt", "no answer", turn)]


async def test_thumbs_are_logged_with_the_reason(store: ConversationStore) -> None:
    await deliver(store, await converse(store, "1"), "a1")
    case = await hand_over(store)
    assert await store.rate(CHAT, "a1", ANN.key, -1)
    assert await store.rate(CHAT, "a1", ANN.key, -1, "wrong form")
    assert await store.rate(CHAT, "a1", ANN.key, -1, "wrong form")
    entries = [(e.kind.value, e.text, e.actor.key) for e in (await store.log(case.id))[1:]]
    assert entries == [("rated", "-1", ANN.key), ("rated", "-1 wrong form", ANN.key)]


async def test_an_agents_words_are_not_rated(store: ConversationStore) -> None:
    await hand_over(store)
    await deliver(store, await store.commit(said("Hi!", "9.2")), "a1")
    assert not await store.rate(CHAT, "a1", ANN.key, -1)
    assert [entry.rateable for entry in await store.transcript(CHAT)] == [False]


async def test_answers_that_were_no_help_are_counted(store: ConversationStore, clock: Clock) -> None:
    assert await store.thumbs_down(CHAT) == 0
    for name in "12345":
        await deliver(store, await converse(store, name), f"a{name}")
    for name, rating in (("1", -1), ("2", -1), ("2", 1), ("3", 1), ("3", -1), ("4", 1)):
        await store.rate(CHAT, f"a{name}", ANN.key, rating)
    assert await store.thumbs_down(CHAT) == 2
    clock.now += 1
    case = await hand_over(store)
    assert await store.thumbs_down(CHAT) == 0
    await store.rate(CHAT, "a4", ANN.key, -1)
    assert await store.thumbs_down(CHAT) == 1
    clock.now += 1
    case = await moved(store, case, BOT)
    assert await store.thumbs_down(CHAT) == 0
    await store.rate(CHAT, "a5", ANN.key, -1)
    assert await store.thumbs_down(CHAT) == 1
    await store.commit(Outcome(CHAT, (), reset=True, move=Move(CLOSED, ANN, case.id, BOT)))
    assert await store.thumbs_down(CHAT) == 0


async def test_those_who_watch_are_told_after_each_change_of_a_log(store: ConversationStore) -> None:
    seen: list[int] = []
    told = 0

    def count() -> None:
        nonlocal told
        told += 1

    store.on_log(count)
    await deliver(store, await converse(store, "0"), "a0")
    await store.amend(CHAT, "0", "What?")
    assert told == 0
    case = await hand_over(store)
    seen.append(told)
    await ask(store, "1")
    seen.append(told)
    with pytest.raises(CaseMovedError):
        await store.commit(Outcome(ROOM, (), move=Move(CLOSED, BEN, case.id, HUMAN)))
    seen.append(told)
    await store.amend(CHAT, "1", "Hello")
    seen.append(told)
    assert seen == [1, 2, 2, 3]
