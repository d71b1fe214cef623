"""What the tests of the desk's part of the store share."""

from __future__ import annotations

from typing import Any

from bot.cases import Behind, Case, CaseState, Copy, LogEntry, Mirroring, Move, Room, Staff, Summary, room_message
from bot.messages import ChatKey, Image, NewOutgoing, NewTurn, Outgoing
from bot.outcome import Elsewhere, Outcome
from bot.stores import ConversationStore
from tests.contracts.stores import CHAT, CUSTOMER, accept, deliver, message

ANN = Staff(CUSTOMER.key, CUSTOMER.name)
BEN, CHLOE = Staff("slack:T1/UBEN", "Ben"), Staff("slack:T1/UCHLOE", "Chloé")
PLACE = ChatKey("slack", "T1", "CDESK")
ROOM = ChatKey("slack", "T1", "CDESK", "9.1")


async def hand_over(store: ConversationStore, *, chat: ChatKey = CHAT, **fields: Any) -> Case:
    """Open a case."""
    given: dict[str, Any] = {"after": CaseState.WAITING, "actor": ANN, "customer": ANN, "language": "zh"}
    move = Move(**(given | fields))
    await store.commit(Outcome(chat, (), move=move))
    return await the_case(store, chat)


async def moved(store: ConversationStore, case: Case, after: CaseState, agent: Staff = BEN, **outcome: Any) -> Case:
    """Have an agent move a case on from what it was seen as; they have it then if a person is to have it."""
    holder = agent if after is CaseState.HUMAN else Staff("")
    await store.commit(Outcome(ROOM, (), move=Move(after, agent, case.id, case.state, case.agent, holder), **outcome))
    now = await store.find_case(case.id)
    assert now is not None
    return now


async def the_case(store: ConversationStore, chat: ChatKey = CHAT) -> Case:
    case = await store.case(chat)
    assert case is not None
    return case


async def ask(store: ConversationStore, name: str, text: str = "Hello?", *, chat: ChatKey = CHAT) -> int:
    """A customer says something that nobody has answered yet; returns the turn's id."""
    row = await accept(store, message(name, text, chat=chat))
    await store.commit(Outcome(chat, (row,), question=NewTurn("customer", text, (), (name,), CUSTOMER.key)))
    return (await store.history(chat))[-1].id


def said(
    text: str, name: str, *, agent: Staff = BEN, images: tuple[Image, ...] = (), parts: int = 1, **fields: Any
) -> Outcome:
    """What an agent's message `name` in the room does to the customer's chat."""
    refs = tuple(image.ref for image in images)
    turn = NewTurn("agent", text, refs, (room_message(ROOM, name),), agent.key, author=agent.name)
    rows = tuple(NewOutgoing(f"{agent.name}: {text} {part}", answer=True) for part in range(parts))
    return Outcome(ROOM, (), elsewhere=(Elsewhere(CHAT, rows, turn, images),), **fields)


async def kinds(store: ConversationStore, case: Case, after: int = 0) -> list[tuple[str, str, str]]:
    """The case's log: what, by whom, and the entry's text or what was said."""
    return [(e.kind.value, e.actor.key, e.said.text if e.said else e.text) for e in await store.log(case.id, after)]


async def newest(store: ConversationStore, case: Case) -> LogEntry:
    return (await store.log(case.id))[-1]


async def open_room(store: ConversationStore, case: Case, thread: str = ROOM.thread) -> Room:
    """A room whose opening has arrived."""
    newest = (await store.log(case.id))[-1].id
    rows = await store.open_room(Behind(case, PLACE, newest=newest), f"card {case.id}")
    await deliver(store, rows, thread)
    return (await store.rooms(case.id))[-1]


async def show(store: ConversationStore, room: Room, *payloads: str, turn: int = 0, **fields: Any) -> list[Outgoing]:
    """Mirror copies of the newest entry of the log."""
    seen = (await store.log(room.case))[-1].id
    copies = tuple(Copy(NewOutgoing(payload, **fields), seen, turn) for payload in payloads)
    return await store.mirror(Mirroring(room, seen, copies))


async def sum_up(store: ConversationStore, case_id: int, text: str) -> bool:
    """Keep a summary of what was said up to now."""
    return await store.summarise(Summary(case_id, text, await store.newest_entry(case_id)))


async def the_room(store: ConversationStore, room_id: int) -> Room:
    room = await store.room(room_id)
    assert room is not None
    return room
