"""The same screenshot from many customers: what was seen, and what agents were told of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from bot.errors import CaseMovedError
from bot.incidents import Incident, Look, Notice, Sight, Telling
from bot.messages import ChatKey, ImageRef, Outgoing
from bot.people import SHARED
from conversations import chats, outbox
from conversations.database import Transaction

# A question, and what it was answered.
_WORDS = (
    "turns.text || ' ' || coalesce((SELECT group_concat(said.text, ' ') FROM turns AS said"
    " WHERE said.chat_id = turns.chat_id"
    " AND said.conversation = turns.conversation AND said.speaker = 'bot' AND said.id > turns.id AND said.id <"
    " coalesce((SELECT min(asked.id) FROM turns AS asked WHERE asked.chat_id = turns.chat_id AND asked.speaker ="
    " 'customer' AND asked.id > turns.id), 1 << 62)), '')"
)
_UNSEEN = (
    f"SELECT turns.id, sha256, width, height, {_WORDS}, turns.at"  # noqa: S608
    " FROM turns JOIN turn_images ON turn_id = turns.id JOIN images USING (sha256)"
    # Ids grow with time, nearly: nothing before the newest turn that is too old has to be looked through.
    " WHERE turns.at >= ?1 AND turns.id > max(?2, coalesce((SELECT id FROM turns WHERE at < ?1 ORDER BY at DESC LIMIT 1"
    " ), 0)) AND speaker = 'customer' AND superseded = 0 AND role = 'sent'"
    " AND NOT EXISTS (SELECT 1 FROM sightings WHERE sightings.turn_id = turns.id"
    " AND sightings.sha256 = turn_images.sha256)"
    # What agents send in a case's room is no customer's.
    " AND NOT EXISTS (SELECT 1 FROM rooms JOIN chats ON chats.platform = rooms.platform AND chats.account ="
    " rooms.account AND chats.chat = rooms.chat AND chats.thread = rooms.thread WHERE chats.id = turns.chat_id)"
    " ORDER BY turns.id LIMIT ?3"
)
_SEEN = (
    # CROSS: SQLite would rather go through all the sightings that there ever were than through a day's turns.
    "FROM turns CROSS JOIN sightings ON turn_id = turns.id JOIN incidents ON incidents.id = incident_id"
    " WHERE turns.at >= ?1 AND ?2 IN (0, incident_id)"
)
_COUNTED = (
    "SELECT incident_id, hash, group_concat(codes, ' '), answered, max(turn_id), count(DISTINCT sender)"
    f" {_SEEN} GROUP BY incident_id HAVING count(DISTINCT sender) >= ?3 ORDER BY max(turns.at)"
)
_ONE_OFF = ", ".join(f"'{key}'" for key in sorted(SHARED))
# Where there is somebody to be told.
_CHATS = (
    "SELECT seen.incident_id, chats.id, platform, account, chat, thread FROM (SELECT incident_id, chat_id,"  # noqa: S608
    f" max(turns.at) AS last {_SEEN} AND NOT EXISTS (SELECT 1 FROM people WHERE key = sender AND banned = 1)"
    " GROUP BY incident_id, chat_id HAVING max(turn_id) > answered) AS seen JOIN chats ON chats.id = chat_id"
    f" WHERE platform || ':' || account NOT IN ({_ONE_OFF})"
    " ORDER BY last DESC"
)
_PICTURES = (
    "SELECT incident_id, sha256, width, height, max(turn_id) FROM (SELECT incident_id, sha256, turn_id"  # noqa: S608
    f" {_SEEN}) JOIN images USING (sha256) GROUP BY incident_id"
)


def unseen(tx: Transaction, since: float, after: int, limit: int) -> list[Sight]:
    """Pictures that customers sent since a time, after a turn, and that were not yet looked at, oldest first."""
    return [
        Sight(turn, ImageRef(sha256, width, height), words, at)
        for turn, sha256, width, height, words, at in tx.rows(_UNSEEN, since, after, limit)
    ]


def see(tx: Transaction, sight: Sight, look: Look, incident: int) -> int:
    """Put a sighting down; `incident` 0 makes a new one. Returns the incident, 0 if the turn is gone by now."""
    if tx.row("SELECT 1 FROM turns WHERE id = ?", sight.turn) is None:
        return 0
    incident = incident or tx.insert("INSERT INTO incidents (hash, at) VALUES (?, ?)", look.hash, sight.at)
    tx.run(
        "INSERT OR IGNORE INTO sightings (turn_id, sha256, incident_id, codes) VALUES (?, ?, ?, ?)",
        sight.turn,
        sight.ref.sha256,
        incident,
        " ".join(sorted(look.codes)),
    )
    return incident


def recent(tx: Transaction, since: float, customers: int) -> list[Incident]:
    """What so many customers have sent since a time, the newest last."""
    return _read(tx, since, customers)


def find(tx: Transaction, incident_id: int, since: float) -> Incident | None:
    """An incident, with who sent it since a time."""
    row = tx.row("SELECT hash, answered FROM incidents WHERE id = ?", incident_id)
    if row is None:
        return None
    found = _read(tx, since, 1, incident_id)
    return found[0] if found else Incident(incident_id, Look(row[0]), answered=row[1])


def said_of(tx: Transaction, incident_id: int, since: float) -> list[str]:
    """What an incident's screenshot was sent with since a time, each question with its answer, oldest first."""
    rows = tx.rows(
        f"SELECT {_WORDS} FROM turns WHERE at >= ? AND id IN (SELECT turn_id FROM sightings WHERE incident_id = ?)"  # noqa: S608
        " ORDER BY id",
        since,
        incident_id,
    )
    return [row[0] for row in rows]


def told_in(tx: Transaction, place: ChatKey, message_id: str) -> int:
    """The incident that a message at a place tells of; 0 for none."""
    row = tx.row(
        "SELECT incident_id FROM notices JOIN outbox ON outbox.id = outbox_id WHERE platform = ? AND account = ?"
        " AND chat = ? AND message_id = ?",
        place.platform,
        place.account,
        place.chat,
        message_id,
    )
    return row[0] if row else 0


def notice(tx: Transaction, incident_id: int, place: ChatKey) -> Notice:
    """What was told at a place; a message that is not held any more is not replaced, but sent anew."""
    row = tx.row(
        "SELECT coalesce(outbox.id, 0), told FROM notices LEFT JOIN outbox ON outbox.id = outbox_id"
        " WHERE incident_id = ? AND platform = ? AND account = ? AND chat = ?",
        incident_id,
        place.platform,
        place.account,
        place.chat,
    )
    return Notice(incident_id, place, *row) if row else Notice(incident_id, place)


def tell(tx: Transaction, telling: Telling, now: float) -> list[Outgoing]:
    """Put a notice into the outbox; nothing if it is not as it was seen any more."""
    seen = telling.notice
    if notice(tx, seen.incident, seen.place) != seen:
        return []
    made = outbox.insert(tx, chats.ensure(tx, seen.place), seen.place, telling.messages, None, now)
    tx.run(
        "INSERT INTO notices (incident_id, platform, account, chat, outbox_id, told) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET told = excluded.told, outbox_id = iif(?, outbox_id, excluded.outbox_id)",
        seen.incident,
        seen.place.platform,
        seen.place.account,
        seen.place.chat,
        made[0].id,
        telling.told,
        seen.outgoing,
    )
    return made


def answer(tx: Transaction, seen: Incident) -> None:
    """Agents answer all who sent it. Raises CaseMovedError if others have done so since it was seen."""
    changed = tx.run(
        "UPDATE incidents SET answered = ? WHERE id = ? AND answered = ?", seen.newest, seen.id, seen.answered
    )
    if not changed.rowcount:
        raise CaseMovedError(f"incident {seen.id} was answered meanwhile")


def of_turn(tx: Transaction, turn_id: int) -> list[int]:
    """The incidents that a turn's pictures belong to."""
    return [row[0] for row in tx.rows("SELECT DISTINCT incident_id FROM sightings WHERE turn_id = ?", turn_id)]


def unsee(tx: Transaction, turn_id: int, sha256: str) -> None:
    """A turn does not show a picture any more."""
    seen = tx.rows("DELETE FROM sightings WHERE turn_id = ? AND sha256 = ? RETURNING incident_id", turn_id, sha256)
    forget(tx, (incident_id for (incident_id,) in seen))


def forget(tx: Transaction, incident_ids: Iterable[int]) -> None:
    """After turns are gone: delete those of their incidents that nobody is known to have sent any more."""
    for incident_id in incident_ids:
        tx.run(
            "DELETE FROM incidents WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM sightings WHERE incident_id = ?1)",
            incident_id,
        )


def _read(tx: Transaction, since: float, customers: int, incident_id: int = 0) -> list[Incident]:
    """Incidents (with `incident_id`, this one) that so many customers have sent since a time, the newest last. Asked
    for with every picture: so there are as many queries for many incidents as for one."""
    chats_of: defaultdict[int, dict[int, ChatKey]] = defaultdict(dict)
    for id_, chat_id, *key in tx.rows(_CHATS, since, incident_id):
        chats_of[id_][chat_id] = ChatKey(*key)
    shown = {id_: ImageRef(*ref) for id_, *ref, _ in tx.rows(_PICTURES, since, incident_id)}
    open_cases: defaultdict[int, list[int]] = defaultdict(list)
    for case_id, chat_id in tx.rows("SELECT id, chat_id FROM cases WHERE state IN ('waiting', 'human')"):
        open_cases[chat_id].append(case_id)
    return [
        Incident(
            id_,
            Look(hash_, frozenset(codes.split())),
            newest,
            answered,
            count,
            tuple(sorted(case for chat_id in chats_of[id_] for case in open_cases[chat_id])),
            tuple(chats_of[id_].values()),
            shown.get(id_),
        )
        for id_, hash_, codes, answered, newest, count in tx.rows(_COUNTED, since, incident_id, customers)
    ]
