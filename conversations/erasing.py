"""Erasing and counting what is held of a chat or a person."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cases import CaseState, Move, Staff
from bot.messages import ChatKey, Subject
from bot.records import Holdings
from conversations import cases, changes, chats, inbox, incidents, outbox, rooms, turns
from conversations.chats import Chat
from conversations.database import Transaction

_CHATS = "SELECT id, conversation, answered, person, platform, account, chat, thread FROM chats WHERE"
_BY_PERSON = (
    "id IN (SELECT id FROM chats WHERE person = ?1 AND person <> ''"
    " UNION SELECT chat_id FROM turns WHERE sender = ?1 AND sender <> ''"
    " UNION SELECT chat_id FROM feedback JOIN turns ON turns.id = turn_id WHERE feedback.sender = ?1"
    " UNION SELECT chat_id FROM cases WHERE customer = ?1 AND customer <> '')"
)
_CASES_WITH = (
    "SELECT id FROM cases WHERE customer = ?1 OR agent = ?1 UNION SELECT case_id FROM case_log WHERE actor = ?1"
    " AND actor <> ''"
)
ERASED = "erased"
"""Whose key it was that somebody of the desk had whose data is gone."""
_OTHERS = "SELECT 1 FROM turns WHERE chat_id = ? AND speaker = 'customer' AND sender <> ? LIMIT 1"


def concerned(tx: Transaction, subject: Subject) -> list[tuple[ChatKey, Chat]]:
    """The chats in which there is something of the subject's, oldest first."""
    if isinstance(subject, ChatKey):
        chat = chats.find(tx, subject)
        return [(subject, chat)] if chat else []
    found = {row[0]: row for row in tx.rows(f"{_CHATS} {_BY_PERSON}", subject)}
    for chat_id in inbox.chats_with(tx, subject):
        found |= {row[0]: row for row in tx.rows(f"{_CHATS} id = ?", chat_id)}
    return [(ChatKey(*row[4:]), Chat(row[0], row[1], bool(row[2]), row[3])) for _, row in sorted(found.items())]


def erase(tx: Transaction, subject: Subject, before: int | None, now: float) -> int:
    """Delete what is held of the subject, and return the number of chats that this was in.

    Of the inbox, what came before the row `before` (None: all). Where several people talk, a person's own questions go
    with their answers, and what others asked stays. A customer's cases go with the agents' rooms. What somebody said as
    an agent stays with its customer, as an unknown agent's. Answers to agents' commands that are in doubt are emptied:
    the subject's words may stand in them.
    """
    found = concerned(tx, subject)
    outbox.fade_doubtful(tx)
    for _, chat in found:
        for case_id in cases_of(tx, chat, subject):
            _erase_case(tx, case_id, before, now)
        if whole(tx, chat, subject):
            _erase_all(tx, chat, before, now)
        else:
            _erase_part(tx, chat, str(subject), before, now)
    if isinstance(subject, str):
        _forget_agent(tx, subject, now)
    return len(found)


def holdings(tx: Transaction, subject: Subject) -> Holdings:
    """Count what is held of the subject."""
    total, shown = [0, 0, 0, 0], set[str]()
    for _, chat in concerned(tx, subject):
        asked, answered = shares(tx, chat, subject)
        for turn_id in asked:
            shown |= {row[0] for row in tx.rows("SELECT sha256 FROM turn_images WHERE turn_id = ?", turn_id)}
        waiting = inbox.waiting(tx, chat, "" if isinstance(subject, ChatKey) else subject)
        total = [sum(pair) for pair in zip(total, (1, len(asked), len(answered), waiting), strict=True)]
    count, questions, answers, waiting = total
    return Holdings(count, questions, answers, len(shown), waiting, len(_cases_with(tx, subject)))


def _cases_with(tx: Transaction, subject: Subject) -> list[int]:
    """The cases of a chat, or those in which a person was the customer or did anything."""
    if isinstance(subject, str):
        return [row[0] for row in tx.rows(_CASES_WITH, subject)]
    chat = chats.find(tx, subject)
    return cases_of(tx, chat, subject) if chat else []


def cases_of(tx: Transaction, chat: Chat, subject: Subject) -> list[int]:
    """The cases of a chat that are the subject's: all of them, or those in which a person is the customer."""
    person = "" if whole(tx, chat, subject) else subject
    return [
        row[0] for row in tx.rows("SELECT id FROM cases WHERE chat_id = ? AND ? IN ('', customer)", chat.id, person)
    ]


def rooms_of(tx: Transaction, subject: Subject) -> list[ChatKey]:
    """The agents' rooms that an erasure takes with it."""
    found = [case_id for _, chat in concerned(tx, subject) for case_id in cases_of(tx, chat, subject)]
    return [room.chat for case_id in found for room in rooms.of_case(tx, case_id) if room.thread]


def shares(tx: Transaction, chat: Chat, subject: Subject) -> tuple[list[int], list[int]]:
    """The turns of a chat that are the subject's: questions, and answers."""
    if whole(tx, chat, subject):
        rows = tx.rows("SELECT id, speaker FROM turns WHERE chat_id = ? ORDER BY id", chat.id)
        return [id_ for id_, who in rows if who == "customer"], [id_ for id_, who in rows if who == "bot"]
    asked = list(_asked_by(tx, chat, str(subject)))
    return asked, [answer for turn_id in asked for answer in turns.answers(tx, chat, turn_id)]


def whole(tx: Transaction, chat: Chat, subject: Subject) -> bool:
    """Whether all that is in the chat is the subject's: nobody else has anything in it. In agents' rooms customers
    have."""
    if isinstance(subject, ChatKey) or chat.person:
        return isinstance(subject, ChatKey) or chat.person == subject
    if rooms.is_desk(tx, chats.key_of(tx, chat.id)):
        return False
    others = tx.row(_OTHERS, chat.id, subject)
    return others is None and inbox.waiting(tx, chat) == inbox.waiting(tx, chat, subject)


def vacate(tx: Transaction, chat: Chat) -> None:
    """Delete a chat in which there is nothing any more."""
    empty = tx.row(
        "SELECT NOT EXISTS (SELECT 1 FROM turns WHERE chat_id = ?1) AND NOT EXISTS (SELECT 1 FROM outbox WHERE chat_id"
        " = ?1) AND NOT EXISTS (SELECT 1 FROM inbox WHERE chat_id = ?1 AND done_at IS NULL) AND NOT EXISTS (SELECT 1"
        " FROM cases WHERE chat_id = ?1)",
        chat.id,
    )
    if empty[0]:
        tx.run("DELETE FROM chats WHERE id = ?", chat.id)


def _erase_all(tx: Transaction, chat: Chat, before: int | None, now: float) -> None:
    inbox.withdraw(tx, chat, before, now)
    hashes = tx.rows(
        "SELECT DISTINCT sha256 FROM turn_images JOIN turns ON turns.id = turn_id WHERE chat_id = ?", chat.id
    )
    seen = tx.rows(
        "SELECT DISTINCT incident_id FROM sightings JOIN turns ON turns.id = turn_id WHERE chat_id = ?", chat.id
    )
    tx.run("DELETE FROM outbox WHERE chat_id = ?", chat.id)
    tx.run("DELETE FROM turns WHERE chat_id = ?", chat.id)
    incidents.forget(tx, (row[0] for row in seen))
    for (sha256,) in hashes:
        tx.run(
            "DELETE FROM images WHERE sha256 = ?1 AND NOT EXISTS (SELECT 1 FROM turn_images WHERE sha256 = ?1)", sha256
        )
    tx.run("DELETE FROM views WHERE chat_id = ?", chat.id)
    tx.run("UPDATE chats SET answered = 0 WHERE id = ?", chat.id)
    vacate(tx, chat)


def _erase_part(tx: Transaction, chat: Chat, person: str, before: int | None, now: float) -> None:
    inbox.withdraw(tx, chat, before, now, person=person)
    asked, answered = shares(tx, chat, person)
    changes.take_back(tx, chat, [*asked, *answered], now)
    tx.run(
        "DELETE FROM case_log WHERE actor = ? AND kind = 'rated' AND case_id IN"
        " (SELECT id FROM cases WHERE chat_id = ?)",
        person,
        chat.id,
    )
    tx.run(
        "DELETE FROM feedback WHERE sender = ? AND turn_id IN (SELECT id FROM turns WHERE chat_id = ?)", person, chat.id
    )
    # Whom a notice was for is not known, and it may name a file.
    outbox.delete_notices(tx, chat)
    vacate(tx, chat)


def _erase_case(tx: Transaction, case_id: int, before: int | None, now: float) -> None:
    """Delete a case with what its rooms show of it. What is there on their platforms is not ours to delete."""
    for room in rooms.of_case(tx, case_id):
        chat = chats.find(tx, room.chat) if room.thread else None
        if chat is not None:
            _erase_all(tx, chat, before, now)
        tx.run("DELETE FROM outbox WHERE id = ?", room.opening)
        place = chats.find(tx, room.place)
        if place is not None:
            vacate(tx, place)
    tx.run("DELETE FROM cases WHERE id = ?", case_id)


def _forget_agent(tx: Transaction, person: str, now: float) -> None:
    """Nobody knows any more who of the desk it was. What they have in hand waits for somebody else."""
    for (case_id,) in tx.rows("SELECT id FROM cases WHERE state = 'human' AND agent = ?", person):
        cases.change(tx, Move(CaseState.WAITING, Staff(ERASED), case_id, CaseState.HUMAN, person), now)
    tx.run("UPDATE cases SET agent = ?1, agent_name = '' WHERE agent = ?2 AND agent <> ''", ERASED, person)
    tx.run("UPDATE turns SET agent = ?1, author = '' WHERE agent = ?2 AND agent <> ''", ERASED, person)
    tx.run("UPDATE case_log SET actor = ?1, actor_name = '' WHERE actor = ?2 AND actor <> ''", ERASED, person)
    tx.run("UPDATE prompts SET author = ?1 WHERE author = ?2", ERASED, person)
    tx.run("UPDATE prompt_uses SET actor = ?1 WHERE actor = ?2", ERASED, person)


def _asked_by(tx: Transaction, chat: Chat, person: str) -> Iterator[int]:
    rows = tx.rows("SELECT id FROM turns WHERE sender = ? AND chat_id = ? ORDER BY id", person, chat.id)
    return (row[0] for row in rows)
