"""What agents ask about a case in its room: the model's answers are for them, and turns of the room."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from bot import counseltexts as say
from bot.cards import named, quoted
from bot.casehistory import told
from bot.cases import Summary
from bot.counsel import Advice, Matter
from bot.extraction import TICKET
from bot.messages import Button, File, Language
from bot.texts import choose_language
from bot.verbs.arguments import TextParameter
from bot.verbs.verb import Call, Effect, Tools

QUESTION = TextParameter(say.QUESTION, most=4_000, required=True, lines=True)
HINT = TextParameter(say.HINT, most=1_000)


async def ask(tools: Tools, call: Call) -> Effect:
    """Have the model answer a question about the case."""
    if (refusal := _refusal(call)) is not None:
        return refusal
    question = call.given[QUESTION]
    asked_in = choose_language(question, before=call.language)
    advice = await tools.counsel.advise(_matter(call, question, asked_in=asked_in))
    return _effect(call, advice, _blocks(_asked(call, question), advice.said, advice.note))


async def suggest(tools: Tools, call: Call) -> Effect:
    """Have the model draft a reply to the customer; it is sent if an agent says so."""
    if (refusal := _refusal(call)) is not None:
        return refusal
    language, hint = call.case.language, call.given[HINT]
    asked = say.WITH_HINT.say(language, hint=hint) if hint else ""
    text = _blocks(tools.counsel.instruction("suggest", language), asked)
    kept = _blocks(say.DRAFT_A_REPLY.say(language), asked)
    advice = await tools.counsel.advise(_matter(call, text, kept))
    if not advice.said:
        return _effect(call, advice, advice.note)
    about = f"#{call.case.id}"
    buttons = [Button(say.ANOTHER.say(call.language), "suggest", about)]
    if advice.whole:
        send = Button(say.SEND.say(call.language), "send", about, style="primary")
        buttons = [send, Button(say.EDIT.say(call.language), "send", about, edits=True), *buttons]
    # What is said is the draft and nothing else: it is what an edit begins with.
    return _effect(call, advice, _blocks(advice.said, advice.note), buttons=tuple(buttons))


async def summary(tools: Tools, call: Call) -> Effect:
    """Have the model sum the case up, for the room and for the case's cards."""
    if (refusal := _refusal(call)) is not None:
        return refusal
    text = tools.counsel.instruction("summary", call.language)
    seen = await tools.store.newest_entry(call.case.id)
    advice = await tools.counsel.advise(_matter(call, text, say.SUM_UP.say(call.language), afresh=True))
    kept = Summary(call.case.id, advice.said, seen) if advice.whole else None
    return _effect(call, advice, _blocks(advice.said, advice.note), summary=kept)


async def extract(tools: Tools, call: Call) -> Effect:
    """Have the model fill in a ticket from the newest screenshots."""
    if (refusal := _refusal(call)) is not None:
        return refusal
    request, schema = TICKET.request.say(call.language), TICKET.described
    matter = _matter(call, _blocks(request, schema), request, schema=schema, afresh=True)
    advice = await tools.counsel.advise(matter)
    try:
        ticket = json.dumps(json.loads(advice.said), ensure_ascii=False, indent=2)
    except ValueError:  # it is not complete, or the model is on a server that knows no schema
        said = advice.note or say.NO_TICKET.say(call.language, command=f"{call.lead}ask")
        return _effect(call, replace(advice, question=None, answer=None), said)
    file = File(f"ticket-{call.case.id}.json", "application/json", ticket.encode())
    return _effect(call, advice, f"```json\n{ticket}\n```", file=file)


async def history(tools: Tools, call: Call) -> Effect:
    """Tell what was said and done in the case."""
    turns, log = await tools.store.said_in(call.case.id), await tools.store.log(call.case.id)
    text = told(tools.cards, call.case, turns, log)
    return Effect(text, quotes=True, shared=True, detail=_detail(call))


def _refusal(call: Call) -> Effect | None:
    """Why the model cannot be asked about the case, if it cannot."""
    if call.case.current:
        return None
    said = say.MOVED_ON.say(call.language, number=call.case.id, history=f"{call.lead}history")
    return Effect(said, detail=_detail(call), refused=True)


def _asked(call: Call, question: str) -> str:
    """The question, if it stands in no message: it came through a window, and colleagues have not seen it."""
    sender = call.inbound.sender
    return "" if call.inbound.message_id else f"**{named(sender.key, sender.name)}**:\n\n{quoted(question)}"


def _matter(
    call: Call,
    text: str,
    kept: str = "",
    *,
    asked_in: Language | None = None,
    schema: str = "",
    afresh: bool = False,
) -> Matter:
    language = call.language
    return Matter(call.case, call.inbound, call.row, text, language, asked_in or language, kept, schema, afresh)


def _effect(call: Call, advice: Advice, text: str, **more: Any) -> Effect:
    """What was said, for everybody in the room, and remembered there."""
    return Effect(
        text,
        quotes=True,
        shared=True,
        slot=advice.slot,
        question=advice.question,
        answer=advice.answer,
        images=advice.images,
        record=advice.record,
        charge=advice.charge,
        detail=_detail(call),
        **more,
    )


def _blocks(*blocks: str) -> str:
    return "\n\n".join(block for block in blocks if block)


def _detail(call: Call) -> str:
    return f"#{call.case.id}"
