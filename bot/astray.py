"""What agents write beside the rooms, to the bot or in reply to an incident's notice: they are told that it goes to
nobody.

What people there say to each other is theirs, and passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot import casetexts
from bot.cards import Cards
from bot.delivery import Delivery
from bot.intake import Question
from bot.messages import NewOutgoing, Reply, Role
from bot.outcome import Outcome
from bot.people import speaks_as_chat
from bot.ports import ChatAdapter
from bot.roles import Roles
from bot.stores import ConversationStore
from bot.tasks import insist
from bot.texts import Sentence
from bot.verbs.verb import lead, prefix


class Astray:
    """Says what went to nobody; `cards` knows the agents' language."""

    def __init__(
        self,
        store: ConversationStore,
        adapters: Mapping[str, ChatAdapter],
        delivery: Delivery,
        roles: Roles,
        cards: Cards,
    ) -> None:
        self._store = store
        self._adapters = adapters
        self._delivery = delivery
        self._roles = roles
        self._cards = cards

    async def tell(self, question: Question) -> None:
        """Tell who wrote, alone where that can be, what to type instead, and settle the rows. Raises StoreError."""
        said, first = await self._said(question), question.first
        payloads: tuple[str, ...] = ()
        if said:
            reply = Reply(said, self._cards.language, reply_to=first.message_id, private_to=first.answer_to)
            payloads = self._adapters[question.chat.platform].render(reply)
        outcome = Outcome(question.chat, question.inbox_ids, tuple(map(NewOutgoing, payloads)))
        self._delivery.push(await insist(lambda: self._store.commit(outcome)))

    async def _said(self, question: Question) -> str:
        """What to say about it; "" if it was not meant for customers or the bot."""
        colleagues = all(part.mentions_others and not part.mentions_bot for part in question.parts)
        if question.edits or colleagues:  # of nothing but deletions, too
            return ""
        number = await self._incident(question)
        # A reply comes in here only if it is one to the bot: what replies to colleagues is theirs.
        if not number and not any(part.mentions_bot or part.reply_to for part in question.parts):
            return ""
        sentence = casetexts.TO_NO_CUSTOMERS if number else casetexts.TO_NOBODY
        key = question.sender.key
        if self._roles.of(key) < Role.AGENT:
            sentence = outsider(key)
        room = prefix(question.chat.platform, thread=True)
        return sentence.say(self._cards.language, number=number, lead=lead(question.first), room=room, key=key)

    async def _incident(self, question: Question) -> int:
        """The incident whose notice is replied to, or in whose thread it was written; 0 for none."""
        place = replace(question.chat, thread="")
        for message_id in filter(None, (question.reply_to, question.chat.thread)):
            if found := await self._store.incident_in(place, message_id):
                return found
        return 0


def outsider(key: str) -> Sentence:
    """That nothing is sent for somebody who is no agent."""
    return casetexts.FROM_NOBODY if speaks_as_chat(key) else casetexts.NOT_LISTED
