"""What every store of conversations does for agents' rooms: opening, mirroring, messages that replace others."""

from __future__ import annotations

import pytest

from bot.cases import Behind, CaseState, Cause, Copy, LogKind, Mark, Mirroring, Move, NewEntry, Room
from bot.errors import CaseMovedError
from bot.messages import ChatKey, NewOutgoing, Outgoing
from bot.outcome import Elsewhere, Outcome
from bot.stores import ConversationStore
from tests.contracts.desk import (
    ANN,
    BEN,
    PLACE,
    ROOM,
    ask,
    hand_over,
    moved,
    newest,
    open_room,
    said,
    show,
    the_room,
)
from tests.contracts.stores import CHAT, OTHER, accept, converse, deliver, message, shown

GROUP = ChatKey("telegram", "bot", "-100")
BOT, WAITING, HUMAN, CLOSED = CaseState

# --- opening


async def test_a_case_that_waits_wants_a_room_at_each_place(store: ConversationStore) -> None:
    assert await store.behind([PLACE, GROUP]) == []
    first = await hand_over(store)
    second = await hand_over(store, chat=OTHER, after=HUMAN, agent=BEN, actor=BEN, cause=Cause.AGENT)
    for after in (BOT, CLOSED):
        case = await hand_over(store, chat=ChatKey("web", "", after))
        await moved(store, case, after)
    assert await store.behind([PLACE, GROUP]) == [
        Behind(case, place, newest=(await newest(store, case)).id)
        for case in (first, second)
        for place in (PLACE, GROUP)
    ]
    assert await store.behind([]) == []


async def test_a_new_room_shows_what_an_agent_has_said_by_then(store: ConversationStore) -> None:
    case = await moved(store, await hand_over(store), HUMAN)
    before = await newest(store, case)
    await store.commit(said("Hello!", "9.2"))
    await ask(store, "1")
    (wanted,) = await store.behind([PLACE])
    assert wanted.newest == before.id
    await deliver(store, await store.open_room(wanted, "card"), "9.1")
    (room,) = await store.rooms(case.id)
    assert [entry.said.text for entry in await store.log(case.id, room.seen) if entry.said] == ["Hello!", "Hello?"]


async def test_a_room_is_open_once_what_opens_it_is_there(store: ConversationStore) -> None:
    await ask(store, "1")
    case = await hand_over(store)
    (wanted,) = await store.behind([PLACE])
    (row,) = await store.open_room(wanted, "card")
    assert (row.chat, row.payload) == (PLACE, "card")
    entry = await newest(store, case)
    room = Room(1, case.id, PLACE, "", row.id, row.id, entry.id)
    assert await store.rooms(case.id) == [room]
    assert await store.behind([PLACE]) == [Behind(case, PLACE, room)]
    assert await store.open_room(wanted, "card") == []  # somebody was faster
    assert await store.mirror(Mirroring(room, entry.id, (Copy(NewOutgoing("x"), entry.id),))) == []
    told: list[int] = []
    store.on_log(lambda: told.append(1))
    await deliver(store, [row], "9.1")
    assert told
    room = await the_room(store, room.id)
    assert (room.thread, room.chat) == ("9.1", ROOM)
    assert await store.case_in(ROOM) == case
    assert await store.knows(ROOM)
    for other in (PLACE, CHAT, ChatKey("slack", "T1", "CDESK", "9.2"), ChatKey("slack", "T2", "CDESK", "9.1")):
        assert await store.case_in(other) is None
    assert await store.room(99) is None


async def test_what_opens_a_room_is_its_card_until_another_one_is_mirrored(store: ConversationStore) -> None:
    case = await hand_over(store)
    room = await open_room(store, case)
    assert room.card == room.opening
    assert [item.room for item in await store.behind([PLACE])] == [room]  # its card may be yet to come
    card = tuple(Copy(NewOutgoing(part), 0) for part in ("card 1", "card 2"))
    rows = await store.mirror(Mirroring(room, room.seen, card, card=True))
    assert [(row.chat, row.payload) for row in rows] == [(ROOM, "card 1"), (ROOM, "card 2")]
    assert (await the_room(store, room.id)).card == rows[0].id
    assert await store.behind([PLACE]) == []


async def test_a_room_is_not_opened_for_an_erased_case(store: ConversationStore) -> None:
    await hand_over(store)
    (wanted,) = await store.behind([PLACE])
    await store.erase(CHAT)
    assert await store.open_room(wanted, "card") == []
    assert (await store.behind([PLACE]), await store.undelivered()) == ([], [])


# --- mirroring


async def test_a_room_is_brought_up_to_date_step_by_step(store: ConversationStore) -> None:
    case = await hand_over(store)
    room = await open_room(store, case)
    turn = await ask(store, "1", "My screen is red")
    note = NewEntry(case.id, LogKind.NOTE, BEN, "a regular")
    await store.commit(Outcome(ROOM, (), log=(note,)))
    first, second = await store.log(case.id, room.seen)
    step = Mirroring(room, first.id, tuple(Copy(NewOutgoing(part), first.id, turn) for part in ("My screen", "is red")))
    rows = await store.mirror(step)
    assert [(row.chat, row.payload, row.turn_id) for row in rows] == [(ROOM, "My screen", None), (ROOM, "is red", None)]
    assert await store.copies(room.id, turn) == [row.id for row in rows]
    assert await store.mirror(step) == []  # a second worker, or one that came back
    room = await the_room(store, room.id)
    assert [item.room for item in await store.behind([PLACE])] == [room]
    assert await store.mirror(Mirroring(room, second.id)) == []
    assert await store.behind([PLACE]) == []
    await ask(store, "2")
    assert [item.room for item in await store.behind([PLACE])] == [await the_room(store, room.id)]


async def test_a_message_in_a_room_is_about_the_customer_or_it_is_not(store: ConversationStore) -> None:
    case = await hand_over(store)
    room = await open_room(store, case)
    turn = await ask(store, "1", "My screen is red")
    copies = (Copy(NewOutgoing("card"), 0), Copy(NewOutgoing("a copy"), 1, turn), Copy(NewOutgoing("a note"), 2))
    rows = await store.mirror(Mirroring(room, room.seen, copies))
    for number, row in enumerate(rows):
        await deliver(store, [row], f"m{number}")
    about = [await store.about_customer(ROOM, f"m{number}", BEN.key) for number in range(4)]
    assert about == [True, True, False, False]


async def test_rooms_of_one_case_are_brought_up_to_date_by_themselves(store: ConversationStore) -> None:
    case = await hand_over(store)
    slack = await open_room(store, case)
    await deliver(store, await store.open_room(Behind(case, GROUP), "card"), "77")
    telegram = (await store.rooms(case.id))[1]
    turn = await ask(store, "1")
    made = [await show(store, room, "a copy", turn=turn) for room in (slack, telegram)]
    assert [rows[0].chat for rows in made] == [ROOM, ChatKey("telegram", "bot", "-100", "77")]
    assert [await store.copies(room.id, turn) for room in (slack, telegram)] == [[rows[0].id] for rows in made]


async def test_a_closed_case_goes_on_showing_what_happens(store: ConversationStore) -> None:
    case = await hand_over(store)
    room = await open_room(store, case)
    await show(store, room)
    await moved(store, case, CLOSED)
    await store.commit(Outcome(CHAT, (), mark=Mark(case.id, 4)))
    assert [item.room for item in await store.behind([PLACE])] == [await the_room(store, room.id)]


async def test_what_is_said_in_a_room_stays_there(store: ConversationStore) -> None:
    case = await hand_over(store)
    await open_room(store, case)
    before = await store.log(case.id)
    await converse(store, "9.2", "Which field is red?", "The third one.", chat=ROOM)
    assert await store.log(case.id) == before
    assert await store.history(CHAT) == []
    assert [turn.text for turn in await store.history(ROOM)] == ["Which field is red?", "The third one."]


# --- rooms that are gone


async def test_a_room_that_is_gone_gives_way_to_another_that_goes_on(store: ConversationStore) -> None:
    case = await hand_over(store)
    room = await open_room(store, case)
    entries = []
    for name in "1234":
        turn = await ask(store, name, f"message {name}")
        entries.append(await newest(store, case))
        rows = await show(store, await the_room(store, room.id), f"copy of {name}", turn=turn)
        if name in "12":
            await deliver(store, rows, f"c{name}")
        elif name == "3":
            await store.sending(rows[0].id)
    await store.room_gone(room.id)
    await store.room_gone(room.id)
    gone = await the_room(store, room.id)
    assert (gone.gone, gone.seen) == (True, entries[1].id)
    assert (await store.undelivered(), await store.in_doubt(), await store.rooms(case.id)) == ([], [], [])
    assert not await store.sending(rows[0].id)
    assert await store.stuck(ROOM) == []  # nobody can send it again
    assert await store.behind([PLACE]) == [Behind(case, PLACE, gone, entries[-1].id)]
    await deliver(store, await store.open_room(Behind(case, PLACE, gone), "the card again"), "10.1")
    room = (await store.rooms(case.id))[0]
    assert (room.thread, room.seen) == ("10.1", entries[1].id)
    assert [entry.said.text for entry in await store.log(case.id, room.seen) if entry.said] == [
        "message 3",
        "message 4",
    ]
    # What agents still write in the old one is known to be about the case.
    assert [(await store.case_in(chat)) == case for chat in (ROOM, room.chat)] == [True, True]


async def test_a_room_whose_opening_failed_gives_way_to_another(store: ConversationStore) -> None:
    case = await hand_over(store)
    (row,) = await store.open_room(Behind(case, PLACE), "card")
    room = (await store.rooms(case.id))[0]
    await store.room_gone(room.id)
    assert not await store.sending(row.id)
    assert len(await store.open_room(Behind(case, PLACE), "card")) == 1
    assert await store.mirror(Mirroring(room, room.seen)) == []


async def test_a_room_that_is_gone_before_its_card_was_there_is_begun_anew(store: ConversationStore) -> None:
    case = await hand_over(store)
    room = await open_room(store, case)
    await store.mirror(Mirroring(room, room.seen, (Copy(NewOutgoing("card"), 0),), card=True))
    await store.room_gone(room.id)
    assert (await the_room(store, room.id)).seen == room.seen


async def test_a_closed_case_gets_no_other_room(store: ConversationStore) -> None:
    case = await hand_over(store)
    room = await open_room(store, case)
    await moved(store, case, CLOSED)
    await store.room_gone(room.id)
    assert await store.behind([PLACE]) == []


# --- messages that replace others


async def replace_row(store: ConversationStore, row: Outgoing, payload: str, *, removes: bool = False) -> Outgoing:
    (made,) = await store.commit(Outcome(row.chat, (), (NewOutgoing(payload, replaces=row.id, removes=removes),)))
    return made


async def test_a_message_that_replaces_another_stands_in_its_place(store: ConversationStore) -> None:
    one, two = await converse(store, "1", parts=2)
    await deliver(store, [one, two], "a1")
    await converse(store, "2")
    change = await replace_row(store, one, "changed")
    assert (change.replaces, change.turn_id, change.slot) == (one.id, one.turn_id, "")
    assert change in await store.undelivered()
    assert await shown(store) == ["What is this?", "changed", "A form. 1", "What is this?", "A form. 0"]
    entries = await store.transcript(CHAT)
    assert [(e.id, e.version, e.message_id, e.rateable) for e in entries[1:3]] == [
        (one.id, change.id, "a1", False),
        (two.id, two.id, "a1-1", True),
    ]
    await deliver(store, [change], "a1")
    turn = await store.find_turn(CHAT, "a1")
    assert turn is not None
    assert turn.id == one.turn_id
    assert await store.parts(turn.id) == [one.id, two.id]


async def test_what_changed_since_is_told_in_order(store: ConversationStore) -> None:
    one, two = await converse(store, "1", parts=2)
    change = await replace_row(store, one, "changed")
    removal = await replace_row(store, two, "gone", removes=True)
    (three,) = await store.commit(Outcome(CHAT, (), (NewOutgoing("three"),)))
    again = await replace_row(store, one, "changed again")
    assert [(e.id, e.version, e.payload, e.removed) for e in await store.transcript(CHAT, two.id)] == [
        (two.id, removal.id, "", True),
        (three.id, three.id, "three", False),
        (one.id, again.id, "changed again", False),
    ]
    assert [e.version for e in await store.transcript(CHAT, change.id)] == [removal.id, three.id, again.id]
    assert await store.transcript(CHAT, again.id) == []
    assert await shown(store) == ["What is this?", "changed again", "three"]


async def test_a_change_that_failed_is_not_shown(store: ConversationStore) -> None:
    (one,) = await converse(store, "1")
    await deliver(store, [one], "a1")
    change = await replace_row(store, one, "changed")
    await store.failed(change.id, "too old")
    assert await shown(store) == ["What is this?", "A form. 0"]


async def test_a_change_goes_with_what_it_changes(store: ConversationStore) -> None:
    (one,) = await converse(store, "1")
    first = (await store.history(CHAT))[0]
    change = await replace_row(store, one, "changed")
    await converse(store, "1 edited", "What is that?", "Another form.", supersedes=first.id)
    assert await shown(store) == ["What is that?", "Another form. 0"]
    await store.retract(CHAT, "1")
    assert not await store.sending(change.id)
    assert await store.commit(Outcome(CHAT, (), (NewOutgoing("too late", replaces=one.id),))) == []


async def test_a_change_of_an_earlier_conversation_stays_there(store: ConversationStore) -> None:
    (one,) = await converse(store, "1")
    await store.commit(Outcome(CHAT, (), reset=True))
    await replace_row(store, one, "changed")
    assert await shown(store) == []


async def test_what_replaces_a_message_that_is_gone_is_known_as_that_one(store: ConversationStore) -> None:
    (one,) = await converse(store, "1")
    assert await store.message_id(one.id) == ""
    await deliver(store, [one], "a1")
    assert await store.message_id(one.id) == "a1"
    change = await replace_row(store, one, "changed")
    await store.sending(change.id)
    await store.detach(change.id)
    (waiting,) = await store.undelivered()
    assert (waiting.id, waiting.replaces) == (change.id, 0)  # so that a restart does not send it twice
    await store.sending(change.id)
    await store.sent(change.id, "a2")
    assert await store.message_id(one.id) == "a2"
    assert [entry.message_id for entry in await store.transcript(CHAT)] == ["1", "a2"]
    assert await store.rate(CHAT, "a2", "telegram:7", 1)
    assert await store.message_id(99) == ""


async def test_a_correction_reaches_the_customer_as_part_of_the_turn(store: ConversationStore) -> None:
    case = await moved(store, await hand_over(store), HUMAN)
    rows = await store.commit(said("Helo", "9.2", parts=2))
    turn = rows[0].turn_id
    assert turn is not None
    change = NewOutgoing("Hello", answer=True, replaces=rows[0].id)
    await store.commit(Outcome(ROOM, (), elsewhere=(Elsewhere(CHAT, (change,), turn=turn, text="Hello"),)))
    assert [turn.text for turn in await store.history(CHAT)] == ["Hello"]
    assert (await newest(store, case)).kind is LogKind.AMENDED
    assert await shown(store) == ["Hello", "Ben: Helo 1"]
    for other in (Elsewhere(OTHER, turn=turn, text="Not theirs"), Elsewhere(CHAT, turn=99, retracts=True)):
        await store.commit(Outcome(ROOM, (), elsewhere=(other,)))
    assert [turn.text for turn in await store.history(CHAT)] == ["Hello"]


@pytest.mark.parametrize("agent", ["", "slack:T1/UCHLOE"])
async def test_only_who_has_the_case_speaks_in_it(store: ConversationStore, agent: str) -> None:
    case = await moved(store, await hand_over(store), HUMAN)
    row = await accept(store, message("9.2", chat=ROOM))
    words = Elsewhere(CHAT, (NewOutgoing("Hi"),), case=case.id, agent=agent)
    with pytest.raises(CaseMovedError):
        await store.commit(Outcome(ROOM, (row,), elsewhere=(words,)))
    assert await store.undelivered() == []
    await store.commit(Outcome(ROOM, (row,), elsewhere=(Elsewhere(CHAT, words.outgoing, case=case.id, agent=BEN.key),)))
    assert [(r.chat, r.payload) for r in await store.undelivered()] == [(CHAT, "Hi")]
    await store.commit(Outcome(CHAT, (), reset=True, move=Move(CLOSED, ANN, case.id, HUMAN, BEN.key)))
    with pytest.raises(CaseMovedError):  # the customer has moved on to something else
        await store.commit(Outcome(ROOM, (), elsewhere=(Elsewhere(CHAT, words.outgoing, case=case.id, agent=BEN.key),)))
    assert await store.case(CHAT) is None
