"""People as values: what admins decided about somebody, what that person has used, and the audit of such decisions.

Somebody is known by `Sender.key`. Times are Unix seconds; a day is one of UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

DAY = 86_400.0
"""Seconds of a day."""

KEY = re.compile(
    r"telegram:(?:[1-9]\d{0,19}|chat-\d{1,19})|slack:[A-Z0-9]{1,32}/[A-Z0-9]{1,32}|web:(?:api|[0-9a-f]{32})"
)
"""The whole of a `Sender.key` as the adapters make them. A chat that posts as itself can be named, but has no role."""

NAMED = re.compile(r"telegram:[1-9][0-9]*|slack:[A-Z0-9]+/[A-Z0-9]+")
"""Keys that can have a role: of a person that the platform vouches for."""
_CHAT = re.compile(r"telegram:chat.*")
NOBODY = frozenset({"telegram:136817688", "telegram:777000", "telegram:1087968824"})
"""What Telegram names as the sender of what groups, channels and services say: nobody in particular."""
SHARED = frozenset({"web:api"})
"""Keys that stand for many people, whom the platform does not tell apart: ``<platform>:<account>`` of their chats."""


def speaks_as_chat(key: str) -> bool:
    """Whether a key is that of a group or channel in whose name somebody writes, who then cannot be told."""
    return _CHAT.fullmatch(key) is not None


def day_of(now: float) -> int:
    """The day's number, counted from 1970."""
    return int(now // DAY)


class Refusal(StrEnum):
    """Why something that somebody sent is not dealt with."""

    BANNED = "banned"
    NOT_INVITED = "not_invited"
    TOO_FAST = "too_fast"
    MESSAGES_USED_UP = "messages_used_up"
    TIME_USED_UP = "time_used_up"
    TOO_MANY_PICTURES = "too_many_pictures"


@dataclass(frozen=True, slots=True)
class Quota:
    """Limits of one person's own: messages a day, seconds of the device a day, pictures a minute. 0 is no limit, None
    the limit that the settings have for everybody."""

    messages: int | None = None
    seconds: int | None = None
    pictures: int | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """What somebody has used.

    `messages` and `device_ms` (milliseconds of the device) are those of the day `day`. `pace` and `pictures` are the
    levels of two leaky buckets at the time `at`. `flooding` lasts from too fast a pace until it has calmed down; `told`
    is why the person was last refused in words, which need not be repeated before `told_until`.
    """

    day: int = 0
    messages: int = 0
    device_ms: float = 0.0
    pace: float = 0.0
    pictures: float = 0.0
    at: float = 0.0
    flooding: bool = False
    told: Refusal | None = None
    told_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as the store knows them. `agent`: an admin made them one. `attended`: a person has the conversation in
    which they have just written, so that it is not the bot's to answer."""

    key: str
    banned: bool = False
    allowed: bool = False
    quota: Quota = Quota()
    activity: Activity = Activity()
    agent: bool = False
    attended: bool = False


@dataclass(frozen=True, slots=True)
class Admission:
    """What becomes of something that somebody sent: dealt with, refused in words, or refused in silence. `activity` is
    the person's from now on; None: as before."""

    refusal: Refusal | None = None
    silent: bool = False
    activity: Activity | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """Milliseconds of the device that answering somebody took."""

    person: str
    device_ms: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What an admin decides about somebody; None leaves as it is. Whoever is decided about is told anew."""

    person: str
    banned: bool | None = None
    allowed: bool | None = None
    quota: Quota | None = None
    agent: bool | None = None


class AuditOutcome(StrEnum):
    """What became of a privileged action."""

    DONE = "done"
    REFUSED = "refused"
    INVALID = "invalid"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One privileged action: who did what, where, when, and what became of it.

    `actor` is a `Sender.key`, or whatever else names who acted (a command line's user). `action` is a verb, `detail`
    what it was applied to, `place` a chat in its text form. The store sets `at`. Never a customer's words: an entry is
    not erased.
    """

    actor: str
    action: str
    place: str
    outcome: AuditOutcome
    detail: str = ""
    at: float = 0.0
