"""Answering all customers who sent the same screenshot."""

from __future__ import annotations

import re

from bot.cards import staff
from bot.lookout import WINDOW_SECONDS
from bot.messages import ChatKey, NewOutgoing, NewTurn
from bot.outcome import Elsewhere
from bot.saying import words
from bot.texts import choose_language
from bot.verbs import sentences
from bot.verbs.arguments import Parameter, TextParameter, Words
from bot.verbs.verb import Call, Effect, Tools

MOST = 4000
"""Characters of an answer to all."""

_NUMBER = re.compile(r"i([0-9]{1,9})", re.IGNORECASE)


class IncidentParameter(Parameter[int]):
    """An incident by its number, ``i5``; 0 if none is named: the one that is replied to."""

    def read(self, words: Words, replied: str) -> int:
        """Take the next word if it is such a number."""
        found = _NUMBER.fullmatch(words.next)
        if found is None:
            return 0
        words.take()
        return int(found[1])


WHICH = IncidentParameter(sentences.INCIDENT)
TEXT = TextParameter(sentences.ANSWER_TEXT, most=MOST, required=True, lines=True)


async def answer(tools: Tools, call: Call) -> Effect:
    """Send one message to all who sent an incident's screenshot and were not answered so before."""
    inbound = call.inbound
    place = ChatKey(inbound.chat.platform, inbound.chat.account, inbound.chat.chat)
    number = call.given[WHICH] or await _replied(tools, call, place)
    if not number:
        return Effect(sentences.WHICH_INCIDENT.say(call.language, lead=call.lead), refused=True)
    incident = await tools.store.incident(number, tools.clock() - WINDOW_SECONDS)
    if incident is None:
        return Effect(sentences.NO_INCIDENT.say(call.language, number=number), refused=True)
    chats = [chat for chat in incident.chats if chat.platform in tools.adapters]
    if not chats:
        return Effect(sentences.NOBODY_TO_ANSWER.say(call.language, number=number), refused=True)
    everybody = tuple([await _to(tools, call, chat) for chat in chats])
    said = sentences.ANSWERED_ALL.say(call.language, number=number, count=len(chats))
    among_colleagues = place == tools.adapters[place.platform].desk
    detail = f"i{number} {len(chats)}"
    return Effect(said, elsewhere=everybody, answers=incident, detail=detail, shared=among_colleagues)


async def _replied(tools: Tools, call: Call, place: ChatKey) -> int:
    """The incident whose notice is replied to, or whose thread it is."""
    for message_id in (call.inbound.reply_to, call.inbound.chat.thread):
        if message_id and (found := await tools.store.incident_in(place, message_id)):
            return found
    return 0


async def _to(tools: Tools, call: Call, chat: ChatKey) -> Elsewhere:
    text, agent = call.given[TEXT], staff(call.inbound.sender.key, call.inbound.sender.name)
    language = choose_language(text, before=await tools.store.language(chat))
    payloads = tools.adapters[chat.platform].render(words(language, text, agent.name))
    turn = NewTurn("agent", text, sender=agent.key, author=agent.name, language=language)
    return Elsewhere(chat, tuple(NewOutgoing(payload, answer=True) for payload in payloads), turn)
