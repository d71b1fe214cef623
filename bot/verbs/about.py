"""Which case a command is about, and where commands about cases may be given.

``#12`` in front of the arguments names a case; in a case's room it can be left out. There, another number in front of
free words is one of them, or "#12 is your order" would go to the customer of another case. Where there are no free
words, ``12`` will do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from bot.cases import Case
from bot.messages import ChatKey, Inbound
from bot.ports import ChatAdapter
from bot.stores import ConversationStore
from bot.verbs import sentences
from bot.verbs.arguments import TextParameter, UsageError
from bot.verbs.verb import SLACK, Verb

_NUMBER = re.compile(r"\s*([#＃]?)([0-9]{1,15})(?:[\s:：,，]+|$)")


async def case_meant(store: ConversationStore, verb: Verb, text: str, room: Case | None) -> tuple[Case, str]:
    """The case that a command is about, and its further arguments; `room` is the case of the room that it was given
    in. Raises UsageError where that does not tell."""
    found = _NUMBER.match(text)
    if found is None or (not found[1] and _takes_words(verb)):
        if room is None:
            raise UsageError(sentences.WHICH_CASE)
        return room, text
    number, rest = int(found[2]), text[found.end() :]
    if room is not None and room.id != number and rest and _takes_words(verb):
        return room, text
    case = await store.find_case(number)
    if case is None:
        raise UsageError(sentences.NO_CASE, number=number)
    return case, rest


def read_by_agents(inbound: Inbound, room: Case | None, adapters: Mapping[str, ChatAdapter]) -> bool:
    """Whether only agents, or the caller alone, read what is said in answer."""
    chat = inbound.chat
    if inbound.answer_to or room is not None:
        return True
    if inbound.private:
        return not inbound.owned
    return at_desk(chat, adapters)


def at_desk(chat: ChatKey, adapters: Mapping[str, ChatAdapter]) -> bool:
    """Whether a chat is where agents see cases, or a thread there."""
    return chat.platform in adapters and adapters[chat.platform].desk == replace(chat, thread="")


async def beside_threads(inbound: Inbound, store: ConversationStore) -> bool:
    """Whether a command was given beside the threads in which its sender talks with the bot: in those, Slack takes no
    slash commands."""
    chat = inbound.chat
    if chat.platform != SLACK or chat.thread or inbound.message_id or inbound.reply_to:
        return False
    newest = await store.newest(chat) if inbound.private else None
    return newest.thread != "" if newest is not None else not inbound.private


def _takes_words(verb: Verb) -> bool:
    return any(isinstance(parameter, TextParameter) for parameter in verb.parameters)
