"""Agents' rooms: where a case is seen, how far, and which messages there show what was said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.cases import Behind, Case, Mirroring, Room
from bot.messages import ChatKey, NewOutgoing, Outgoing
from conversations import caselog, cases, chats, outbox
from conversations.chats import Chat
from conversations.database import Transaction

_SELECT = "SELECT id, case_id, platform, account, chat, thread, opening, card, seen, gone FROM rooms WHERE"
_AT = "platform = ? AND account = ? AND chat = ?"
_WITHOUT = (
    f"{cases.SELECT} state IN ('waiting', 'human') AND NOT EXISTS (SELECT 1 FROM rooms WHERE case_id = cases.id"  # noqa: S608
    " AND rooms.platform = ? AND rooms.account = ? AND rooms.chat = ? AND gone = 0)"
)
# A room's copies that come after the newest one which certainly arrived.
_UNSEEN = (
    "SELECT min(entry_id) FROM copies WHERE room_id = ?1 AND entry_id > 0 AND outbox_id > coalesce("
    "(SELECT max(outbox_id) FROM copies JOIN outbox ON outbox.id = outbox_id WHERE room_id = ?1 AND state = 'sent'), 0)"
)
# What a case's rooms show of all that was said, and of one turn.
_CARDS = (
    "SELECT card FROM rooms WHERE case_id = ?1 UNION SELECT opening FROM rooms WHERE case_id = ?1"
    " UNION SELECT outbox.id FROM rooms JOIN outbox ON replaces = card WHERE case_id = ?1"
)
_COPIES = "SELECT outbox_id FROM copies WHERE turn_id = ?1 AND turn_id > 0"
_ABOUT_CUSTOMER = (
    "SELECT 1 FROM outbox JOIN copies ON outbox_id = outbox.id LEFT JOIN turns ON turns.id = copies.turn_id"
    " WHERE outbox.chat_id = ? AND message_id = ? AND (entry_id = 0 OR turns.speaker = 'customer' OR turns.agent = ?)"
)
_BLANK = "UPDATE outbox SET payload = '', superseded = 1 WHERE state IN ('sent', 'ambiguous', 'failed') AND id IN"


def case_in(tx: Transaction, key: ChatKey) -> Case | None:
    """The case whose room a chat is, or was."""
    row = tx.row(
        f"SELECT case_id FROM rooms WHERE {_AT} AND thread = ? AND thread <> '' ORDER BY id DESC LIMIT 1",  # noqa: S608
        key.platform,
        key.account,
        key.chat,
        key.thread,
    )
    return cases.find(tx, row[0]) if row else None


def is_desk(tx: Transaction, key: ChatKey) -> bool:
    """Whether a chat is a room, or a place where rooms are."""
    row = tx.row(
        f"SELECT 1 FROM rooms WHERE {_AT} AND ? IN ('', thread) LIMIT 1",  # noqa: S608 - nothing but our own words
        key.platform,
        key.account,
        key.chat,
        key.thread,
    )
    return row is not None


def find(tx: Transaction, room_id: int) -> Room | None:
    """A room by its id."""
    return next(iter(_read(tx.rows(f"{_SELECT} id = ?", room_id))), None)


def of_case(tx: Transaction, case_id: int) -> list[Room]:
    """The rooms of a case, those that are gone, too."""
    return _read(tx.rows(f"{_SELECT} case_id = ? ORDER BY id", case_id))


def behind(tx: Transaction, places: Sequence[ChatKey]) -> list[Behind]:
    """The rooms at these places that have something to show, and the cases that want a room there, oldest first."""
    found: list[Behind] = []
    for place in places:
        at = (place.platform, place.account, place.chat)
        for room in _read(tx.rows(f"{_SELECT} {_AT} AND behind = 1 AND gone = 0", *at)):
            case = cases.find(tx, room.case)
            if case is not None:
                found.append(Behind(case, place, room))
        wanting = cases.read(tx.rows(_WITHOUT, *at))
        found += [Behind(case, place, _earlier(tx, case.id, place), caselog.on_card(tx, case.id)) for case in wanting]
    return sorted(found, key=lambda item: item.case.id)


def open_room(tx: Transaction, wanted: Behind, payload: str, now: float) -> list[Outgoing]:
    """Open a room at a place, unless there is one by now or the case was erased."""
    case_id, place = wanted.case.id, wanted.place
    earlier = _earlier(tx, case_id, place)
    if cases.find(tx, case_id) is None or (earlier is not None and not earlier.gone):
        return []
    rows = outbox.insert(tx, chats.ensure(tx, place), place, [NewOutgoing(payload)], None, now)
    tx.run(
        "INSERT INTO rooms (case_id, platform, account, chat, opening, card, seen) VALUES (?, ?, ?, ?, ?, ?, ?)",
        case_id,
        place.platform,
        place.account,
        place.chat,
        rows[0].id,
        rows[0].id,
        wanted.newest if earlier is None else earlier.seen,
    )
    return rows


def _earlier(tx: Transaction, case_id: int, place: ChatKey) -> Room | None:
    """The newest room that the case has, or had, at a place."""
    at = (case_id, place.platform, place.account, place.chat)
    return next(iter(_read(tx.rows(f"{_SELECT} case_id = ? AND {_AT} ORDER BY id DESC LIMIT 1", *at))), None)


def opened(tx: Transaction, outgoing_id: int, message_id: str) -> None:
    """A message arrived: if it was to open a room, the room is there."""
    if tx.run("UPDATE rooms SET thread = ? WHERE opening = ? AND thread = ''", message_id, outgoing_id).rowcount:
        tx.announce()


def mirror(tx: Transaction, step: Mirroring, now: float) -> list[Outgoing]:
    """Put copies into the outbox of a room, and remember what they show; nothing if the room moved on, or is gone."""
    room = find(tx, step.room.id)
    if room is None or room.gone or not room.thread or room.seen != step.room.seen:
        return []
    chat, made = chats.ensure(tx, room.chat), list[Outgoing]()
    for copy in step.copies:
        for row in outbox.insert(tx, chat, room.chat, [copy.outgoing], None, now):
            tx.run("INSERT INTO copies VALUES (?, ?, ?, ?)", row.id, room.id, copy.entry, copy.turn)
            made.append(row)
    tx.run(
        "UPDATE rooms SET seen = ?1, card = ?2, behind = EXISTS (SELECT 1 FROM case_log WHERE case_id = rooms.case_id"
        " AND id > ?1) WHERE id = ?3",
        step.seen,
        made[0].id if step.card else room.card,
        room.id,
    )
    return made


def gone(tx: Transaction, room_id: int, now: float) -> None:
    """A room was deleted: what waits for it fails, and what it showed ends before the first message that is missing."""
    room = find(tx, room_id)
    if room is None or room.gone:
        return
    unseen = tx.row(_UNSEEN, room_id)[0]
    tx.run("UPDATE rooms SET gone = 1, seen = ? WHERE id = ?", room.seen if unseen is None else unseen - 1, room_id)
    chat = chats.find(tx, room.chat) if room.thread else None
    tx.run(
        "UPDATE outbox SET state = 'failed', error = 'the room is gone', superseded = 1, changed_at = ?"
        " WHERE state IN ('pending', 'sending') AND (id = ? OR chat_id = ?)",
        now,
        room.opening,
        chat.id if chat else None,
    )
    tx.announce()


def copies(tx: Transaction, room_id: int, turn_id: int) -> list[int]:
    """The outbox ids of a turn's copies in a room that do not replace others."""
    rows = tx.rows(
        "SELECT outbox_id FROM copies JOIN outbox ON outbox.id = outbox_id WHERE room_id = ? AND copies.turn_id = ?"
        " AND replaces IS NULL ORDER BY outbox_id",
        room_id,
        turn_id,
    )
    return [row[0] for row in rows]


def about_customer(tx: Transaction, chat: Chat, message_id: str, agent: str) -> bool:
    """Whether a message in a room is part of the card, or shows what the customer, or this agent, has said."""
    return tx.row(_ABOUT_CUSTOMER, chat.id, message_id, agent) is not None


def unsay(tx: Transaction, turn_id: int) -> None:
    """Before a turn's text is changed or taken back: the rows of messages that show it in rooms, and have been sent,
    hold it no longer. What is on its way is seen to once the message that replaces it has arrived."""
    for case_id in caselog.cases_of(tx, turn_id):
        tx.run(f"{_BLANK} ({_CARDS})", case_id)
        tx.run("UPDATE cases SET summary = '' WHERE id = ?", case_id)
    tx.run(f"{_BLANK} ({_COPIES})", turn_id)


def withdraw(tx: Transaction, turn_id: int) -> None:
    """Before a turn is taken back: copies of it that wait are never sent."""
    tx.run(f"DELETE FROM outbox WHERE state = 'pending' AND removes = 0 AND id IN ({_COPIES})", turn_id)  # noqa: S608


def _read(rows: Sequence[Any]) -> list[Room]:
    return [
        Room(id_, case_id, ChatKey(*place), thread, opening, card, seen, bool(gone))
        for id_, case_id, *place, thread, opening, card, seen, gone in rows
    ]
