"""What agents write in rooms, passed on to customers: default-deny.

Only a plain message of an agent who has the case goes to its customer. Everything else stays in the room, and who wrote
it is told why, and what to type instead. Edits and deletions of what was sent follow it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import groupby

from bot import casetexts
from bot.astray import outsider
from bot.cards import Cards, staff
from bot.cases import Case, Staff, room_message
from bot.collect import Collector
from bot.delivery import Delivery
from bot.intake import Question
from bot.messages import Image, Inbound, NewOutgoing, Reply, Role, Turn
from bot.outcome import Elsewhere, Outcome
from bot.plain import Meant, meant
from bot.ports import ChatAdapter
from bot.roles import Roles
from bot.saying import removed, replaced, said, way_to, words
from bot.stores import ConversationStore
from bot.tasks import insist
from bot.texts import Sentence
from bot.verbs.verb import prefix

_UNPLAIN = {
    Meant.COMMAND: casetexts.LIKE_A_COMMAND,
    Meant.NOTE: casetexts.LIKE_A_NOTE,
    Meant.COLLEAGUE: casetexts.TO_A_COLLEAGUE,
}


class _NotSentError(Exception):
    """Something is not passed on; the message says why."""


class Relay:
    """Passes on what agents write. `verbs` are the names of all commands; `cards` knows the agents' language."""

    def __init__(
        self,
        store: ConversationStore,
        adapters: Mapping[str, ChatAdapter],
        collector: Collector,
        delivery: Delivery,
        roles: Roles,
        cards: Cards,
        *,
        verbs: Collection[str],
    ) -> None:
        self._store = store
        self._adapters = adapters
        self._collector = collector
        self._delivery = delivery
        self._roles = roles
        self._cards = cards
        self._verbs = frozenset(verbs)

    async def relay(self, question: Question, case: Case) -> None:
        """Deal with what was written in a room of a case, and settle its inbox rows. Raises StoreError, CaseMovedError
        if the case is not as it was seen."""
        outcome = await self._outcome(question, case)
        self._delivery.push(await insist(lambda: self._store.commit(outcome)))

    async def _outcome(self, question: Question, case: Case) -> Outcome:
        """Everything that comes of it: each message, or album, is passed on or refused by itself."""
        elsewhere = [
            gone for message_id in question.withdrawn for gone in await self._withdrawn(case, question, message_id)
        ]
        told: list[NewOutgoing] = []
        for _, group in groupby(enumerate(question.parts), lambda part: part[1].group_id or part[0]):
            parts = [part for _, part in group]
            try:
                elsewhere += await (self._edited if question.edits else self._spoken)(question, case, parts)
            except _NotSentError as error:
                told += self._told(parts[0], str(error))
        return Outcome(question.chat, question.inbox_ids, tuple(told), elsewhere=tuple(elsewhere))

    async def _withdrawn(self, case: Case, question: Question, message_id: str) -> list[Elsewhere]:
        """A message was deleted: what the customer got of it is taken away, whoever has the case by now."""
        turn = await self._passed_on(case, question, message_id)
        adapter = self._adapters.get(case.chat.platform)
        if turn is None or adapter is None:
            return []
        rows = removed(await self._store.parts(turn.id), adapter)
        return [Elsewhere(case.chat, tuple(rows), turn=turn.id, retracts=True)]

    async def _edited(self, question: Question, case: Case, parts: list[Inbound]) -> list[Elsewhere]:
        """A message was changed: so is what the customer got of it."""
        turn = await self._passed_on(case, question, question.edits)
        agent, text = staff(question.sender.key, question.sender.name), question.text
        if turn is None:
            raise _NotSentError(self._say(casetexts.NEVER_SENT, question))
        if turn.text == text:
            return []
        try:
            adapter = await self._permitted(question, case, agent)
            self._plain(question, parts)
            if not text and not turn.images:
                raise _NotSentError(self._say(casetexts.NOTHING_TO_SEND, question))
        except _NotSentError as error:
            raise _NotSentError(self._say(casetexts.EDIT_NOT_SENT, question, why=error)) from None
        payloads = adapter.render(words(case.language, text, turn.author, turn.images))
        rows = replaced(await self._store.parts(turn.id), payloads, adapter, answer=True)
        return [Elsewhere(case.chat, tuple(rows), turn=turn.id, text=text, case=case.id, agent=agent.key)]

    async def _spoken(self, question: Question, case: Case, parts: list[Inbound]) -> list[Elsewhere]:
        """A message, or an album, is for the customer."""
        agent = staff(question.sender.key, question.sender.name)
        adapter = await self._permitted(question, case, agent)
        self._plain(question, parts)
        text = "\n".join(part.text.strip() for part in parts if part.text.strip())
        images = await self._pictures(question, parts)
        if not (text or images):
            raise _NotSentError(self._say(casetexts.NOTHING_TO_SEND, question))
        ids = [room_message(question.chat, part.message_id) for part in parts]
        return [said(case, agent, text, adapter, images=images, message_ids=ids)]

    async def _passed_on(self, case: Case, question: Question, message_id: str) -> Turn | None:
        """The turn that was made of a message in this room."""
        turn = await self._store.find_turn(case.chat, room_message(question.chat, message_id))
        return turn if turn is not None and turn.speaker == "agent" else None

    async def _permitted(self, question: Question, case: Case, agent: Staff) -> ChatAdapter:
        """The customer's adapter, if this agent may write to them now. Raises _NotSentError."""
        if self._roles.of(agent.key) < Role.AGENT:
            raise _NotSentError(self._say(outsider(agent.key), question, key=agent.key))
        way = await way_to(case, agent.key, self._store, self._adapters)
        if isinstance(way, Sentence):
            raise _NotSentError(self._say(way, question, **self._cards.values(case)))
        return way

    def _plain(self, question: Question, parts: list[Inbound]) -> None:
        """Raises _NotSentError for what does not look like a message to the customer."""
        for part in parts:
            looks_like = meant(part.text, self._verbs)
            if looks_like is Meant.CUSTOMER and part.mentions_others:
                looks_like = Meant.COLLEAGUE
            if looks_like is not Meant.CUSTOMER:
                raise _NotSentError(self._say(_UNPLAIN[looks_like], question))

    async def _pictures(self, question: Question, parts: list[Inbound]) -> tuple[Image, ...]:
        """The pictures that come with a message: all of them, or it is not sent."""
        attachments = tuple(attachment for part in parts for attachment in part.attachments)
        alone = replace(question, text="", attachments=attachments, quoted=(), reply_to="")
        collected = await self._collector.collect(alone, self._cards.language)
        if collected.complaints:
            complaints = "\n\n".join(collected.complaints)
            raise _NotSentError(self._say(casetexts.PICTURES_UNUSABLE, question, complaints=complaints))
        return collected.images

    def _told(self, part: Inbound, why: str) -> list[NewOutgoing]:
        """Tell who wrote a message, alone where that can be, why it is not passed on."""
        reply = Reply(why, self._cards.language, reply_to=part.message_id, private_to=part.answer_to)
        return [NewOutgoing(payload) for payload in self._adapters[part.chat.platform].render(reply)]

    def _say(self, sentence: Sentence, question: Question, **values: object) -> str:
        lead = prefix(question.chat.platform, thread=True)
        return sentence.say(self._cards.language, lead=lead, about="", **values)
