"""The one table of verbs: role, arguments, action; the same on every platform."""

from __future__ import annotations

from typing import Final

from bot import counseltexts, texts
from bot.messages import CommandInfo, Inbound, Kind, Role
from bot.verbs import (
    agents,
    cases,
    conversation,
    figures,
    handover,
    incidents,
    pausing,
    people,
    privacy,
    sentences,
    service,
    staff,
)
from bot.verbs.prompts import actions as prompts
from bot.verbs.prompts.sentences import PROMPT
from bot.verbs.verb import Verb

_SOMEBODY: Final = "telegram:1234567"

VERBS: tuple[Verb, ...] = (
    Verb("start", Role.CUSTOMER, texts.START, conversation.start),
    Verb("help", Role.CUSTOMER, texts.HELP, conversation.explain),
    Verb("new", Role.CUSTOMER, texts.NEW, conversation.new, of_chat=True),
    Verb("stop", Role.CUSTOMER, texts.STOP, conversation.stop, of_chat=True),
    Verb("status", Role.CUSTOMER, texts.STATUS, conversation.status, of_chat=True),
    Verb("retry", Role.CUSTOMER, texts.RETRY, conversation.retry, of_chat=True),
    Verb(
        "human",
        Role.CUSTOMER,
        sentences.HUMAN,
        handover.human,
        (handover.WORDS,),
        "...",
        of_chat=True,
        needs_desk=True,
        spoken=True,
    ),
    Verb("rate", Role.CUSTOMER, sentences.RATE, handover.rate, (handover.SCORE,), "5", of_chat=True, needs_desk=True),
    Verb("forget", Role.CUSTOMER, sentences.FORGET, privacy.forget, (privacy.SURE,), "yes"),
    Verb("queue", Role.AGENT, sentences.QUEUE, cases.queue, discreet=True, desk=True),
    Verb("take", Role.AGENT, sentences.TAKE, cases.take, about_case=True),
    Verb("release", Role.AGENT, sentences.RELEASE, cases.release, (cases.WHERE,), "waiting", about_case=True),
    Verb("close", Role.AGENT, sentences.CLOSE, cases.close, about_case=True),
    Verb("reopen", Role.AGENT, sentences.REOPEN, cases.reopen, about_case=True),
    Verb("note", Role.AGENT, sentences.NOTE, cases.note, (cases.NOTE,), "called at 3", about_case=True, spoken=True),
    Verb("send", Role.AGENT, sentences.SEND, cases.send, (cases.WORDS,), "Hello, …", about_case=True, spoken=True),
    Verb(
        "answer",
        Role.AGENT,
        sentences.ANSWER,
        incidents.answer,
        (incidents.WHICH, incidents.TEXT),
        "i5 We are working on it.",
        desk=True,
        spoken=True,
    ),
    Verb(
        "ask",
        Role.AGENT,
        counseltexts.ASK,
        agents.ask,
        (agents.QUESTION,),
        "which field is red?",
        about_case=True,
        at_home=True,
        slow=True,
    ),
    Verb(
        "suggest",
        Role.AGENT,
        counseltexts.SUGGEST,
        agents.suggest,
        (agents.HINT,),
        "offer a new card",
        about_case=True,
        at_home=True,
        slow=True,
    ),
    Verb("summary", Role.AGENT, counseltexts.SUMMARY, agents.summary, about_case=True, at_home=True, slow=True),
    Verb("history", Role.AGENT, counseltexts.HISTORY, agents.history, about_case=True, at_home=True),
    Verb("extract", Role.AGENT, counseltexts.EXTRACT, agents.extract, about_case=True, at_home=True, slow=True),
    Verb("stats", Role.ADMIN, texts.STATS, figures.stats, (figures.PERIOD, figures.PLATFORM), "week", discreet=True),
    Verb("health", Role.ADMIN, texts.HEALTH, service.health, discreet=True),
    Verb("pause", Role.ADMIN, sentences.PAUSE, pausing.pause, (pausing.SURE, pausing.REASON), "maintenance"),
    Verb("resume", Role.ADMIN, sentences.RESUME, pausing.resume),
    Verb("whoami", Role.ADMIN, texts.WHOAMI, service.whoami),
    Verb("ban", Role.ADMIN, sentences.BAN, people.ban, (people.WHO, people.REASON), f"{_SOMEBODY} spam"),
    Verb("unban", Role.ADMIN, sentences.UNBAN, people.unban, (people.WHO,), _SOMEBODY),
    Verb("allow", Role.ADMIN, sentences.ALLOW, people.allow, (people.WHO, staff.AS), f"{_SOMEBODY} agent"),
    Verb("deny", Role.ADMIN, sentences.DENY, people.deny, (people.WHO, staff.AS), f"{_SOMEBODY} agent"),
    Verb(
        "quota",
        Role.ADMIN,
        sentences.QUOTA,
        people.quota,
        (people.ANYBODY, people.LIMITS),
        f"{_SOMEBODY} messages=1000",
        discreet=True,
    ),
    Verb(
        "prompt",
        Role.ADMIN,
        PROMPT,
        prompts.prompt,
        (prompts.ORDER,),
        "set en You are …",
        discreet=True,
        slow=prompts.slow,
        begins=prompts.template_in_use,
    ),
    Verb("export", Role.ADMIN, sentences.EXPORT, privacy.export, (privacy.WHAT, privacy.DAYS), _SOMEBODY),
    Verb("erase", Role.ADMIN, sentences.ERASE, privacy.erase, (privacy.WHOSE, privacy.SURE), _SOMEBODY),
    Verb("audit", Role.ADMIN, sentences.AUDIT, people.audit, (people.COUNT,), "20", discreet=True),
)

_BY_NAME: Final = {verb.name: verb for verb in VERBS}


def find(name: str) -> Verb | None:
    """The verb of that name."""
    return _BY_NAME.get(name)


def slow(command: Inbound, role: Role) -> bool:
    """Whether a command of somebody with a role waits for its turn like a question; a refusal does not."""
    verb = find(command.command)
    if verb is None or role < verb.role:
        return False
    return verb.slow(command.text) if callable(verb.slow) else verb.slow


def changes_case(command: Inbound) -> bool:
    """Whether a command acts on a case at once, so that it matters what was written before it in the case's room."""
    verb = find(command.command)
    return command.kind is Kind.COMMAND and verb is not None and verb.about_case and not verb.slow


def spoken(command: Inbound) -> bool:
    """Whether a command says what is kept like a message."""
    verb = find(command.command)
    return verb is not None and verb.spoken


def permitted(role: Role, *, desk: bool) -> tuple[Verb, ...]:
    """The verbs that a role may use, where there is a support desk or none."""
    return tuple(verb for verb in VERBS if role >= verb.role and (desk or not verb.of_desk))


def among_agents(verb: Verb) -> bool:
    """Whether a verb makes sense where agents see cases, and nobody is a customer."""
    return verb.privileged or verb.name in ("help", "stop", "retry")


def announced(*, desk: bool = True) -> tuple[CommandInfo, ...]:
    """List the verbs as adapters announce them, where there is a support desk or none."""
    verbs = permitted(max(Role), desk=desk)
    return tuple(CommandInfo(verb.name, verb.role, verb.description.both(), among_agents(verb)) for verb in verbs)
