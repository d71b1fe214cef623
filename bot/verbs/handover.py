"""Asking for a person, and saying how it was."""

from __future__ import annotations

import unicodedata

from bot.cases import CaseState, Cause, Mark
from bot.handovertexts import NO_SCORE, NOTHING_TO_RATE, RATED, RATED_BY_ANOTHER, WHICH_SCORE
from bot.marks import BEST, WORST
from bot.messages import NewTurn
from bot.verbs import sentences
from bot.verbs.about import at_desk
from bot.verbs.arguments import Parameter, TextParameter, UsageError, Words, shown
from bot.verbs.verb import Call, Effect, Tools

_MOST_DIGITS = 18
"""A longer number is no case's: SQLite has none."""


class ScoreParameter(Parameter[tuple[int, int]]):
    """A mark from 1 to 5, behind the number of the case that it is for; 0 for the chat's own."""

    def read(self, words: Words, replied: str) -> tuple[int, int]:
        """Take one or two numbers."""
        if not words.next:
            raise UsageError(WHICH_SCORE)
        word = unicodedata.normalize("NFKC", words.take())
        case = word.removeprefix("#") if words.next else ""
        if case:
            word = unicodedata.normalize("NFKC", words.take())
        is_case = case.isdecimal() and len(case) <= _MOST_DIGITS
        if not (word.isdecimal() and WORST <= int(word) <= BEST) or (case and not is_case):
            raise UsageError(NO_SCORE, word=shown(f"{case} {word}".strip()))
        return int(case or 0), int(word)


# Nobody is kept from a person by how much they have to tell: no platform takes more at once.
WORDS = TextParameter(sentences.WORDS, most=1_000_000)
SCORE = ScoreParameter(sentences.SCORE, required=True)


async def human(tools: Tools, call: Call) -> Effect:
    """Hand the conversation over to a person, with what the customer wants to tell them."""
    inbound, words = call.inbound, call.given[WORDS]
    handover = await tools.handoff.decide(inbound.chat, inbound.sender, Cause.ASKED, call.language)
    if not words or at_desk(inbound.chat, tools.adapters):
        return Effect(handover.said, move=handover.move)
    message_ids = (inbound.message_id,) if inbound.message_id else ()
    said = NewTurn("customer", words, (), message_ids, inbound.sender.key, call.language)
    return Effect(handover.said, move=handover.move, question=said)


async def rate(tools: Tools, call: Call) -> Effect:
    """Note how satisfied the customer of a closed case is: who reads along does not say."""
    number, score = call.given[SCORE]
    chat = call.inbound.chat
    case = await (tools.store.find_case(number) if number else tools.store.case(chat))
    if case is None or case.chat != chat or case.state is not CaseState.CLOSED:
        return Effect(NOTHING_TO_RATE.say(call.language))
    if not case.is_of(call.inbound.sender.key):
        return Effect(RATED_BY_ANOTHER.say(call.language), refused=True)
    return Effect(RATED.say(call.language, score=score), mark=Mark(case.id, score))
