"""What is held of whom: to take away, and to be erased."""

from __future__ import annotations

from bot.cases import CaseState
from bot.messages import Button, Language, NewOutgoing, Reply, Subject
from bot.outcome import Elsewhere
from bot.records import Holdings
from bot.verbs import sentences
from bot.verbs.arguments import ConfirmationParameter, FeedbackOrSubject, NumberParameter, SubjectParameter
from bot.verbs.verb import Call, Effect, Tools, sure

WHOSE = SubjectParameter(sentences.SUBJECT, required=True)
WHAT = FeedbackOrSubject(sentences.EXPORTABLE)
DAYS = NumberParameter(sentences.DAYS, default=0, least=1, most=36_500)
SURE = ConfirmationParameter(sentences.YES)


async def forget(tools: Tools, call: Call) -> Effect:
    """Erase all that the caller ever sent, and what was answered to it."""
    inbound = call.inbound
    held = await tools.store.holdings(inbound.sender.key)
    amount = amount_of(held, call.language)
    if not call.given[SURE]:
        command = f"{call.lead}forget {sentences.YES.say(call.language)}"
        said = sentences.FORGET_ASK.say(call.language, amount=amount, command=command)
        return Effect(said, buttons=_delete("forget", "yes", call.language))
    said, told = sentences.FORGET_DONE.say(call.language, amount=amount), await _told(tools, inbound.sender.key)
    return Effect(said, erases=inbound.sender.key, elsewhere=told)


async def erase(tools: Tools, call: Call) -> Effect:
    """Erase all that is held of a chat or a person."""
    subject = call.given[WHOSE]
    held = await tools.store.holdings(subject)
    if held == Holdings():
        return Effect(sentences.NOTHING_HELD.say(call.language, subject=subject), detail=str(subject), refused=True)
    amount = amount_of(held, call.language)
    if not call.given[SURE]:
        command = f"{call.lead}erase {subject} {sentences.YES.say(call.language)}"
        said = sentences.ERASE_ASK.say(call.language, subject=subject, amount=amount, command=command)
        buttons = _delete("erase", f"{subject} yes", call.language)
        return Effect(said, detail=str(subject), buttons=buttons, refused=True)
    said = sentences.ERASE_DONE.say(call.language, subject=subject, amount=amount)
    return Effect(said, erases=subject, elsewhere=await _told(tools, subject), detail=str(subject))


async def _told(tools: Tools, subject: Subject) -> tuple[Elsewhere, ...]:
    """What stands last in the rooms of cases that an erasure takes with it: agents might go on writing there."""
    told: list[Elsewhere] = []
    for room in await tools.store.rooms_of(subject):
        case, adapter = await tools.store.case_in(room), tools.adapters.get(room.platform)
        if adapter is None or case is None or case.state is CaseState.CLOSED:
            continue
        language = tools.cards.language
        payloads = adapter.render(Reply(sentences.CASE_ERASED.say(language), language))
        told.append(Elsewhere(room, tuple(NewOutgoing(payload, fleeting=True) for payload in payloads), opens=True))
    return tuple(told)


async def export(tools: Tools, call: Call) -> Effect:
    """Write all that is held of a chat or a person, or what customers thought of answers, to a file."""
    subject, days = call.given[WHAT], call.given[DAYS]
    if subject is None:
        return await _feedback(tools, call, days)
    if days:
        return Effect(sentences.DAYS_OF_FEEDBACK.say(call.language, lead=call.lead), detail=str(subject), refused=True)
    made = await tools.exporter.export(subject)
    if made is None:
        return Effect(sentences.NOTHING_HELD.say(call.language, subject=subject), detail=str(subject), refused=True)
    said = sentences.EXPORTED.say(
        call.language, subject=subject, path=made.path, chats=made.chats, turns=made.turns, pictures=made.pictures
    )
    return Effect(said, detail=str(subject))


async def _feedback(tools: Tools, call: Call, days: int) -> Effect:
    detail = f"feedback {days or ''}".strip()
    made = await tools.exporter.feedback(days)
    if made is None:
        return Effect(sentences.NOTHING_RATED.say(call.language), detail=detail, refused=True)
    said = sentences.FEEDBACK_EXPORTED.say(call.language, path=made.path, answers=made.turns, pictures=made.pictures)
    return Effect(said, detail=detail)


def _delete(command: str, text: str, language: Language) -> tuple[Button, ...]:
    return sure(sentences.DELETE_NOW.say(language), command, text, sentences.DELETE_SURE.say(language))


def amount_of(held: Holdings, language: Language) -> str:
    """How much is held, in words."""
    return sentences.AMOUNT.say(
        language,
        questions=held.questions,
        answers=held.answers,
        pictures=held.pictures,
        waiting=held.waiting,
        chats=held.chats,
        cases=held.cases,
    )


def subject_of(text: str) -> Subject:
    """A chat in its text form, or a person by key. Raises UsageError."""
    return SubjectParameter(sentences.SUBJECT, required=True).parse(text)
