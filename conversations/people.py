"""People: what was decided about them, what they have used, and the audit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from bot.people import (
    Activity,
    AuditEntry,
    AuditOutcome,
    Charge,
    Decision,
    Person,
    Quota,
    Refusal,
    day_of,
)
from conversations.database import Transaction

_ACTIVITY = ("day", "messages", "device_ms", "pace", "pictures", "at", "flooding", "told", "told_until")
_FIND = (
    "SELECT banned, allowed, agent, people.messages, seconds, people.pictures,"  # noqa: S608 - nothing but our own names
    f" {', '.join(f'activity.{name}' for name in _ACTIVITY)}"
    " FROM (SELECT ? AS who) LEFT JOIN people ON key = who LEFT JOIN activity ON person = who"
)
_KEEP = (
    f"INSERT INTO activity (person, {', '.join(_ACTIVITY)}) VALUES (?{', ?' * len(_ACTIVITY)})"  # noqa: S608
    f" ON CONFLICT (person) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _ACTIVITY)}"
)
_CHARGE = (
    "INSERT INTO activity (person, day, device_ms) VALUES (?, ?, ?) ON CONFLICT (person) DO UPDATE SET"
    " device_ms = excluded.device_ms + iif(day = excluded.day, device_ms, 0),"
    " messages = iif(day = excluded.day, messages, 0), day = excluded.day"
)
# NULL means as it was for what is yes or no, and as the settings say for the limits, which are replaced together.
_DECIDE = (
    "INSERT INTO people (key, banned, allowed, messages, seconds, pictures, agent)"
    " VALUES (?1, coalesce(?2, 0), coalesce(?3, 0), ?5, ?6, ?7, coalesce(?8, 0)) ON CONFLICT (key) DO UPDATE SET"
    " banned = coalesce(?2, banned), allowed = coalesce(?3, allowed), messages = iif(?4, ?5, messages),"
    " seconds = iif(?4, ?6, seconds), pictures = iif(?4, ?7, pictures), agent = coalesce(?8, agent)"
)


def find(tx: Transaction, key: str) -> Person:
    """Somebody, known or not."""
    banned, allowed, agent, messages, seconds, pictures, *used = tx.row(_FIND, key)
    activity = _activity(used) if used[0] is not None else Activity()
    return Person(key, bool(banned), bool(allowed), Quota(messages, seconds, pictures), activity, bool(agent))


def agents(tx: Transaction) -> frozenset[str]:
    """Those whom an admin has made agents."""
    return frozenset(key for (key,) in tx.rows("SELECT key FROM people WHERE agent = 1"))


def members(tx: Transaction) -> dict[str, frozenset[str]]:
    """Who was in which group, as last kept."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for group, person in tx.rows("SELECT group_id, person FROM group_members"):
        found[group].add(person)
    return {group: frozenset(people) for group, people in found.items()}


def keep_members(tx: Transaction, kept: Mapping[str, Collection[str]]) -> None:
    """Keep who is in which group, in place of what was kept before."""
    tx.run("DELETE FROM group_members")
    for group, people in kept.items():
        for person in people:
            tx.run("INSERT INTO group_members VALUES (?, ?)", group, person)


def busiest(tx: Transaction, day: int, limit: int) -> list[Person]:
    """Those who used the device on a day, who used it most first."""
    rows = tx.rows("SELECT person FROM activity WHERE day = ? ORDER BY device_ms DESC, person LIMIT ?", day, limit)
    return [find(tx, key) for (key,) in rows]


def keep(tx: Transaction, key: str, activity: Activity) -> None:
    """What somebody has used, from now on."""
    told = activity.told.value if activity.told else None
    tx.run(
        _KEEP,
        key,
        activity.day,
        activity.messages,
        activity.device_ms,
        activity.pace,
        activity.pictures,
        activity.at,
        activity.flooding,
        told,
        activity.told_until,
    )


def charge(tx: Transaction, spent: Charge, now: float) -> None:
    """Add to what somebody has taken of the device today."""
    tx.run(_CHARGE, spent.person, day_of(now), spent.device_ms)


def decide(tx: Transaction, decisions: Iterable[Decision]) -> None:
    """Keep what was decided; who it is about starts with a clean slate as to what they were told."""
    for decision in decisions:
        quota = decision.quota or Quota()
        tx.run(
            _DECIDE,
            decision.person,
            decision.banned,
            decision.allowed,
            decision.quota is not None,
            quota.messages,
            quota.seconds,
            quota.pictures,
            decision.agent,
        )
        tx.run("UPDATE activity SET told = NULL, told_until = 0 WHERE person = ?", decision.person)


def record(tx: Transaction, entries: Iterable[AuditEntry], now: float) -> None:
    """Add to the audit."""
    for entry in entries:
        tx.run(
            "INSERT INTO audit (at, actor, action, detail, place, outcome) VALUES (?, ?, ?, ?, ?, ?)",
            now,
            entry.actor,
            entry.action,
            entry.detail,
            entry.place,
            entry.outcome.value,
        )


def audit(tx: Transaction, limit: int) -> list[AuditEntry]:
    """The newest entries, newest first."""
    rows = tx.rows("SELECT actor, action, place, outcome, detail, at FROM audit ORDER BY id DESC LIMIT ?", limit)
    return [
        AuditEntry(actor, action, place, AuditOutcome(outcome), detail, at)
        for actor, action, place, outcome, detail, at in rows
    ]


def _activity(row: Sequence[Any]) -> Activity:
    day, messages, device_ms, pace, pictures, at, flooding, told, until = row
    why = Refusal(told) if told else None
    return Activity(day, messages, device_ms, pace, pictures, at, bool(flooding), why, until)
