"""Who is listened to: bans, the allow list, quotas and floods, decided purely.

The store calls `admit` in the transaction that takes something into the inbox, so that what counts and what is decided
by it are one. Somebody who is refused is told so once, and then met with silence for as long as it lasts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from bot.messages import Inbound, Kind, Role
from bot.people import DAY, SHARED, Activity, Admission, Person, Refusal, day_of

MINUTE = 60.0
CALM = 0.5
"""A flood is over when the pace has fallen to this part of what is allowed."""

_ASKS = frozenset({Kind.MESSAGE, Kind.EDIT})


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for everybody, from the settings; 0 is no limit.

    `messages` and `seconds` (of the device) are a day's, `pictures` and `pace` (messages, commands, thumbs) a minute's.
    With `only_allowed`, nobody but staff and those on the allow list is listened to.
    """

    messages: int = 0
    seconds: int = 0
    pictures: int = 0
    pace: int = 0
    only_allowed: bool = False

    def of(self, person: Person) -> Rules:
        """The rules for one person. A key that many people share has no limits but its own."""
        quota = person.quota
        if person.key in SHARED:
            return Rules(quota.messages or 0, quota.seconds or 0, quota.pictures or 0, 0, self.only_allowed)
        return replace(
            self,
            messages=self.messages if quota.messages is None else quota.messages,
            seconds=self.seconds if quota.seconds is None else quota.seconds,
            pictures=self.pictures if quota.pictures is None else quota.pictures,
        )


def admit(person: Person, inbound: Inbound, role: Role, rules: Rules, now: float) -> Admission:
    """Decide on something new. Staff is always listened to, and so is whoever takes something back."""
    if role >= Role.AGENT or inbound.kind is Kind.DELETE:
        return Admission()
    own = rules.of(person)
    shared = person.key in SHARED
    activity = _at(person.activity, own, now)
    if person.banned:
        return _refuse(activity, Refusal.BANNED, math.inf, repeat=shared)
    if rules.only_allowed and not person.allowed:
        return _refuse(activity, Refusal.NOT_INVITED, math.inf, repeat=shared)
    if own.pace and (activity.flooding or activity.pace + 1 > own.pace):
        # What is refused counts as well: a flood is over when it ends, not when there is room for one more.
        flood = replace(activity, pace=min(activity.pace + 1, own.pace), flooding=True)
        return Admission(Refusal.TOO_FAST, activity.flooding, flood)
    activity = replace(activity, pace=activity.pace + 1 if own.pace else 0.0)
    # What is for a person who has the conversation takes nothing of the bot's, and must not be kept from them.
    asks = inbound.kind in _ASKS and not person.attended
    return _ask(own, activity, inbound, repeat=shared) if asks else Admission(activity=activity)


def _at(activity: Activity, rules: Rules, now: float) -> Activity:
    """What has been used by now: a new day begins at nothing, and the buckets leak. A clock that is set back does not
    hold them up."""
    elapsed = max(0.0, now - activity.at)
    if activity.day != day_of(now):
        activity = replace(activity, day=day_of(now), messages=0, device_ms=0.0)
    pace = max(0.0, activity.pace - elapsed * rules.pace / MINUTE)
    pictures = max(0.0, activity.pictures - elapsed * rules.pictures / MINUTE)
    flooding = activity.flooding and pace > rules.pace * CALM
    return replace(activity, pace=pace, pictures=pictures, flooding=flooding, at=now)


def _ask(rules: Rules, activity: Activity, inbound: Inbound, *, repeat: bool) -> Admission:
    midnight = (activity.day + 1) * DAY
    if rules.messages and activity.messages >= rules.messages:
        return _refuse(activity, Refusal.MESSAGES_USED_UP, midnight, repeat=repeat)
    if rules.seconds and activity.device_ms >= rules.seconds * 1000:
        return _refuse(activity, Refusal.TIME_USED_UP, midnight, repeat=repeat)
    # A message with more pictures than a minute may have is cut elsewhere; here it would be refused for ever.
    pictures = min(len(inbound.attachments) + len(inbound.quoted), rules.pictures)
    too_many = activity.pictures + pictures - rules.pictures
    if pictures and too_many > 0:
        until = activity.at + too_many * MINUTE / rules.pictures
        return _refuse(activity, Refusal.TOO_MANY_PICTURES, until, repeat=repeat)
    counted = replace(activity, messages=activity.messages + 1, pictures=activity.pictures + pictures)
    return Admission(activity=counted)


def _refuse(activity: Activity, refusal: Refusal, until: float, *, repeat: bool) -> Admission:
    """Refuse, in words unless they were said already. With `repeat` the next one may be somebody else."""
    if not repeat and activity.told is refusal and activity.at < activity.told_until:
        return Admission(refusal, silent=True, activity=activity)
    return Admission(refusal, activity=replace(activity, told=refusal, told_until=until))
