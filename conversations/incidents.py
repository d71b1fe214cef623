"""The same screenshot from many customers: what was seen, and what agents were told of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from bot.incidents import Incident, Look, Notice, Sight, Telling
from bot.messages import ChatKey, ImageRef, Outgoing
from conversations import chats, outbox
from conversations.database import Transaction

_UNSEEN = (
    "SELECT turns.id, sha256, width, height, turns.text, turns.at,"
    " coalesce((SELECT group_concat(said.text, ' ') FROM turns AS said WHERE said.chat_id = turns.chat_id"
    " AND said.conversation = turns.conversation AND said.speaker = 'bot' AND said.id > turns.id AND said.id <"
    " coalesce((SELECT min(asked.id) FROM turns AS asked WHERE asked.chat_id = turns.chat_id AND asked.speaker ="
    " 'customer' AND asked.id > turns.id), 1 << 62)), '')"
    " FROM turns JOIN turn_images ON turn_id = turns.id JOIN images USING (sha256)"
    " WHERE turns.at >= ? AND turns.id > ? AND speaker = 'customer' AND superseded = 0 AND role = 'sent'"
    " AND NOT EXISTS (SELECT 1 FROM sightings WHERE sightings.turn_id = turns.id"
    " AND sightings.sha256 = turn_images.sha256)"
    # What agents send in a case's room is no customer's.
    " AND NOT EXISTS (SELECT 1 FROM rooms JOIN chats ON chats.platform = rooms.platform AND chats.account ="
    " rooms.account AND chats.chat = rooms.chat AND chats.thread = rooms.thread WHERE chats.id = turns.chat_id)"
    " ORDER BY turns.id LIMIT ?"
)
_SEEN = "FROM sightings JOIN turns ON turns.id = sightings.turn_id WHERE incident_id = ? AND turns.at >= ?"


def unseen(tx: Transaction, since: float, after: int, limit: int) -> list[Sight]:
    """Pictures that customers sent since a time, after a turn, and that were not yet looked at, oldest first."""
    return [
        Sight(turn, ImageRef(sha256, width, height), f"{asked} {answered}", at)
        for turn, sha256, width, height, asked, at, answered in tx.rows(_UNSEEN, since, after, limit)
    ]


def see(tx: Transaction, sight: Sight, look: Look, incident: int) -> int:
    """Put a sighting down; `incident` 0 makes a new one. Returns the incident, 0 if the turn is gone by now."""
    if tx.row("SELECT 1 FROM turns WHERE id = ?", sight.turn) is None:
        return 0
    codes = " ".join(sorted(look.codes))
    if not incident:
        incident = tx.insert("INSERT INTO incidents (hash, codes, at) VALUES (?, ?, ?)", look.hash, codes, sight.at)
    elif codes:
        # One that nobody had a code for yet is known by it from now on.
        tx.run("UPDATE incidents SET codes = ? WHERE id = ? AND codes = ''", codes, incident)
    tx.run(
        "INSERT OR IGNORE INTO sightings (turn_id, sha256, incident_id) VALUES (?, ?, ?)",
        sight.turn,
        sight.ref.sha256,
        incident,
    )
    return incident


def recent(tx: Transaction, since: float, customers: int) -> list[Incident]:
    """What so many customers have sent since a time, the newest last."""
    rows = tx.rows(
        "SELECT incident_id FROM sightings JOIN turns ON turns.id = sightings.turn_id WHERE turns.at >= ?"
        " GROUP BY incident_id HAVING count(DISTINCT sender) >= ? ORDER BY max(turns.at)",
        since,
        customers,
    )
    return [_load(tx, incident_id, since) for (incident_id,) in rows]


def find(tx: Transaction, incident_id: int, since: float) -> Incident | None:
    """An incident, with who sent it since a time."""
    found = tx.row("SELECT 1 FROM incidents WHERE id = ?", incident_id)
    return _load(tx, incident_id, since) if found else None


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
    """What was told at a place."""
    row = tx.row(
        "SELECT outbox_id, told FROM notices WHERE incident_id = ? AND platform = ? AND account = ? AND chat = ?",
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
        " ON CONFLICT DO UPDATE SET told = excluded.told",
        seen.incident,
        seen.place.platform,
        seen.place.account,
        seen.place.chat,
        made[0].id,
        telling.told,
    )
    return made


def answered(tx: Transaction, incident_id: int, now: float) -> None:
    """Agents have answered all who sent it."""
    tx.run("UPDATE incidents SET answered_at = ? WHERE id = ?", now, incident_id)


def of_turn(tx: Transaction, turn_id: int) -> list[int]:
    """The incidents that a turn's pictures belong to."""
    return [row[0] for row in tx.rows("SELECT DISTINCT incident_id FROM sightings WHERE turn_id = ?", turn_id)]


def forget(tx: Transaction, incident_ids: Iterable[int]) -> None:
    """After turns are gone: delete those of their incidents that nobody is known to have sent any more."""
    for incident_id in incident_ids:
        tx.run(
            "DELETE FROM incidents WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM sightings WHERE incident_id = ?1)",
            incident_id,
        )


def _load(tx: Transaction, incident_id: int, since: float) -> Incident:
    hash_, codes, answered_at = tx.row("SELECT hash, codes, answered_at FROM incidents WHERE id = ?", incident_id)
    first, last, customers = tx.row(
        f"SELECT min(turns.at), max(turns.at), count(DISTINCT sender) {_SEEN}", incident_id, since
    )
    chat_ids = [
        row[0]
        for row in tx.rows(
            f"SELECT chat_id {_SEEN} GROUP BY chat_id HAVING max(turns.at) > ? ORDER BY max(turns.at) DESC",
            incident_id,
            since,
            answered_at,
        )
    ]
    picture = tx.row(
        "SELECT sha256, width, height FROM sightings JOIN images USING (sha256) WHERE incident_id = ?"
        " ORDER BY turn_id DESC LIMIT 1",
        incident_id,
    )
    return Incident(
        incident_id,
        Look(hash_, frozenset(codes.split())),
        first or 0.0,
        last or 0.0,
        customers,
        tuple(_open_cases(tx, chat_ids)),
        tuple(chats.key_of(tx, chat_id) for chat_id in chat_ids),
        ImageRef(*picture) if picture else None,
        answered_at,
    )


def _open_cases(tx: Transaction, chat_ids: Collection[int]) -> Sequence[int]:
    found = [
        tx.rows("SELECT id FROM cases WHERE chat_id = ? AND state IN ('waiting', 'human')", chat_id)
        for chat_id in chat_ids
    ]
    return sorted(row[0] for rows in found for row in rows)
