"""Whom the bot listens to, and how much: what admins decide about people, and who decided what."""

from __future__ import annotations

import time
from dataclasses import asdict, replace

from bot.messages import Language, Role
from bot.people import AuditEntry, Decision, Person, Quota, day_of
from bot.verbs import sentences, staff
from bot.verbs.arguments import NumberParameter, OptionsParameter, PersonParameter, TextParameter
from bot.verbs.verb import Call, Effect, Tools

BUSIEST = 5
"""So many of those who use the service most are shown."""

WHO = PersonParameter(sentences.PERSON, required=True)
ANYBODY = PersonParameter(sentences.PERSON)
REASON = TextParameter(sentences.REASON, most=200)
LIMITS = OptionsParameter(
    sentences.LIMITS,
    {"messages": ("message", "消息"), "seconds": ("second", "秒"), "pictures": ("picture", "图片")},
    most=1_000_000,
)
COUNT = NumberParameter(sentences.COUNT, default=10, least=1, most=50)


async def ban(tools: Tools, call: Call) -> Effect:
    """Listen to somebody no more; what of theirs waits or is being answered ends."""
    key, reason = call.given[WHO], call.given[REASON]
    detail = f"{key} {reason}".strip()
    if tools.roles.of(key) >= Role.AGENT:
        role = staff.role_in_words(tools, key, call.language)
        return Effect(sentences.STAFF_STAYS.say(call.language, key=key, role=role), detail=detail, refused=True)
    dropped = tools.dispatcher.expel(key)
    for chat in tools.dispatcher.answering_to(key):
        tools.desk.stop(chat)
    said = sentences.BANNED.say(call.language, key=key, undo=f"{call.lead}unban {key}")
    return Effect(said, tuple(p.id for p in dropped), decisions=(Decision(key, banned=True),), detail=detail)


async def unban(tools: Tools, call: Call) -> Effect:
    """Listen to somebody again."""
    key = call.given[WHO]
    tools.dispatcher.readmit(key)
    known = (await tools.store.person(key)).banned
    said = (sentences.UNBANNED if known else sentences.NOT_BANNED).say(call.language, key=key)
    return Effect(said, decisions=(Decision(key, banned=False),) if known else (), detail=key)


async def allow(tools: Tools, call: Call) -> Effect:
    """Put somebody on the allow list, or make them an agent."""
    key = call.given[WHO]
    if call.given[staff.AS]:
        return await staff.appoint(tools, call, key)
    banned = (await tools.store.person(key)).banned
    notes = [sentences.ALLOWED.say(call.language, key=key)]
    if banned:
        notes.append(sentences.BUT_BANNED.say(call.language, undo=f"{call.lead}unban {key}"))
    return _listed(tools, call, key, notes, allowed=True)


async def deny(tools: Tools, call: Call) -> Effect:
    """Take somebody off the allow list, or out of the agents."""
    key = call.given[WHO]
    if call.given[staff.AS]:
        return await staff.dismiss(tools, call, key)
    known = (await tools.store.person(key)).allowed
    said = (sentences.DENIED if known else sentences.NOT_LISTED).say(call.language, key=key)
    return _listed(tools, call, key, [said], allowed=False)


def _listed(tools: Tools, call: Call, key: str, notes: list[str], *, allowed: bool) -> Effect:
    if not tools.rules.only_allowed:
        notes.append(sentences.LIST_IS_OFF.say(call.language))
    return Effect("\n\n".join(notes), decisions=(Decision(key, allowed=allowed),), detail=key)


async def quota(tools: Tools, call: Call) -> Effect:
    """Show or change how much somebody may use; without anybody, show what holds for all and who uses most."""
    key, changes = call.given[ANYBODY], call.given[LIMITS]
    if not key and changes:
        return Effect(sentences.QUOTA_OF_WHOM.say(call.language), refused=True)
    if not key:
        return Effect(await _everybody(tools, call.language))
    person = await tools.store.person(key)
    detail = " ".join([key, *(f"{name}={_number(value)}" for name, value in changes.items())])
    if not changes:
        return Effect(_state(tools, person, call.language), detail=detail)
    changed = replace(person, quota=Quota(**(asdict(person.quota) | changes)))
    return Effect(_state(tools, changed, call.language), decisions=(Decision(key, quota=changed.quota),), detail=detail)


async def audit(tools: Tools, call: Call) -> Effect:
    """Show what was done with privileges, the newest first."""
    entries = await tools.store.audit(call.given[COUNT])
    lines = [_audited(entry, call.language) for entry in entries]
    return Effect("\n".join(f"- {line}" for line in lines) or sentences.AUDIT_EMPTY.say(call.language))


async def _everybody(tools: Tools, language: Language) -> str:
    rules = tools.rules
    lines = [
        sentences.QUOTA_FOR_ALL.say(
            language,
            messages=_limit(rules.messages, language),
            seconds=_limit(rules.seconds, language),
            pictures=_limit(rules.pictures, language),
        )
    ]
    busiest = await tools.store.busiest(day_of(tools.clock()), BUSIEST)
    if busiest:
        lines += ["", sentences.BUSIEST.say(language), ""]
        lines += [f"- {_used(person, tools, language)}" for person in busiest]
    return "\n".join(lines)


def _state(tools: Tools, person: Person, language: Language) -> str:
    own = tools.rules.of(person)
    lines = [
        _used(person, tools, language),
        sentences.QUOTA_OF_ONE.say(
            language,
            messages=_limit(own.messages, language),
            seconds=_limit(own.seconds, language),
            pictures=_limit(own.pictures, language),
        ),
    ]
    if tools.roles.of(person.key) >= Role.AGENT:
        lines.append(staff.role_in_words(tools, person.key, language))
        lines.append(sentences.STAFF_HAS_NO_LIMITS.say(language))
    if person.banned:
        lines.append(sentences.IS_BANNED.say(language))
    if person.allowed:
        lines.append(sentences.IS_ALLOWED.say(language))
    return "\n\n".join(lines)


def _used(person: Person, tools: Tools, language: Language) -> str:
    activity = person.activity
    today = activity.day == day_of(tools.clock())
    return sentences.USED_TODAY.say(
        language,
        key=person.key,
        messages=activity.messages if today else 0,
        seconds=f"{activity.device_ms / 1000:.1f}" if today else "0",
    )


def _limit(value: int, language: Language) -> str:
    return str(value) if value else sentences.NO_LIMIT.say(language)


def _number(value: int | None) -> str:
    return "default" if value is None else str(value)


def _audited(entry: AuditEntry, language: Language) -> str:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(entry.at))
    outcome = sentences.OUTCOMES[entry.outcome].say(language)
    what = f"{entry.action} {entry.detail}".strip().replace("`", "")
    return f"{when} UTC `{entry.actor}` `{what}` {outcome} (`{entry.place}`)"
