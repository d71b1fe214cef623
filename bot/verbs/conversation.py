"""What everybody can order."""

from __future__ import annotations

from bot import handovertexts, texts
from bot.cases import Case, CaseState, Move, Staff
from bot.verbatim import as_name
from bot.verbs import sentences
from bot.verbs.about import at_desk
from bot.verbs.verb import Call, Effect, Tools

_ENDED = {CaseState.WAITING: handovertexts.LEFT_QUEUE, CaseState.HUMAN: handovertexts.LEFT_PERSON}
"""What customers are told who begin anew while a case is in one of these states."""


async def start(tools: Tools, call: Call) -> Effect:
    """Say hello, and what can be done here."""
    welcome = texts.WELCOME.say(call.language, company=tools.company)
    notice = tools.model.info.notice
    return Effect(f"{welcome}\n\n*{notice.say(call.language)}*" if notice else welcome)


async def explain(tools: Tools, call: Call) -> Effect:
    """List what the caller can send and type."""
    if call.room is not None:
        lines = [sentences.IN_ROOM.say(call.language, number=call.room.id)]
    elif at_desk(call.inbound.chat, tools.adapters):
        lines = [sentences.IN_OFFICE.say(call.language)]
    else:
        lines = [
            texts.HELP_HEADING.say(call.language),
            "",
            f"- {texts.HELP_PICTURE.say(call.language, megabytes=f'{tools.max_megabytes:g}')}",
            f"- {texts.HELP_FOLLOW_UP.say(call.language)}",
        ]
    lines += ["", texts.COMMANDS_HEADING.say(call.language), ""]
    lines += [
        f"- `{verb.usage(call.lead, call.language, elsewhere=call.room is None)}` {verb.description.say(call.language)}"
        for verb in call.verbs
    ]
    return Effect("\n".join(lines))


async def new(tools: Tools, call: Call) -> Effect:
    """Begin a new conversation; what waits or is being answered belongs to the old one."""
    chat = call.inbound.chat
    dropped = tools.dispatcher.withdraw(chat, call.row)
    tools.desk.stop(chat, call.row)
    await tools.dispatcher.answered(chat)
    tools.model.forget(str(chat))
    settles = tuple(pending.id for pending in dropped)
    case, move, said = await tools.store.case(chat), None, [texts.NEW_DONE.say(call.language)]
    if case is not None and case.state is not CaseState.CLOSED:
        sender = call.inbound.sender
        customer = Staff(sender.key, sender.name)
        move = Move(CaseState.CLOSED, customer, case.id, case.state, case.agent, cause=case.cause)
        if case.state in _ENDED:
            said.insert(0, _ENDED[case.state].say(call.language))
    return Effect(texts.in_a_row(said, call.language), settles, reset=True, move=move)


async def stop(tools: Tools, call: Call) -> Effect:
    """End the answer under way and take back what waits."""
    chat = call.inbound.chat
    dropped = tuple(pending.id for pending in tools.dispatcher.withdraw(chat, call.row))
    if tools.desk.stop(chat, call.row):  # the answer itself then says that it was stopped
        return Effect(settles=dropped)
    said = texts.STOPPED if dropped else texts.NOTHING_TO_STOP
    return Effect(said.say(call.language), dropped)


async def status(tools: Tools, call: Call) -> Effect:
    """Say who has the conversation, and what is happening with the caller's question."""
    case = await tools.store.case(call.inbound.chat)
    if case is None or case.state is CaseState.BOT:
        return Effect(_underway(tools, call) or texts.STATUS_IDLE.say(call.language))
    said = [_who_has(case, tools.clock(), call)]
    if case.state is CaseState.WAITING:  # the bot goes on until somebody comes
        said.append(_underway(tools, call))
    return Effect("\n\n".join(filter(None, said)))


def _who_has(case: Case, now: float, call: Call) -> str:
    time = texts.roughly(now - case.since, call.language)
    if case.state is CaseState.HUMAN:
        name = as_name(case.agent_name) or handovertexts.SOMEBODY.say(call.language)
        return handovertexts.STATUS_PERSON.say(call.language, name=name, time=time)
    sentence = handovertexts.STATUS_QUEUE if case.state is CaseState.WAITING else handovertexts.STATUS_CLOSED
    return sentence.say(call.language, time=time)


def _underway(tools: Tools, call: Call) -> str:
    """What is happening with the caller's question; "" if they have none."""
    chat = call.inbound.chat
    if tools.dispatcher.answering(chat):
        return texts.STATUS_ANSWERING.say(call.language)
    place = tools.dispatcher.place(chat)
    if place is None:
        return ""
    if (pause := tools.pausing.pause) is not None:
        return handovertexts.paused(pause.reason, call.language)
    time_left = texts.roughly(place.seconds, call.language)
    return texts.STATUS_WAITING.say(call.language, position=place.position, time=time_left)


async def retry(tools: Tools, call: Call) -> Effect:
    """Send again what may not have arrived."""
    # Not here but with the end of the command: a crash in between would have everything sent twice.
    if await tools.store.stuck(call.inbound.chat):
        return Effect(resend=True)
    return Effect(texts.RETRY_NOTHING.say(call.language))
