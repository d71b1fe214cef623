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
from bot.messages import Image, ImageRef, Inbound, NewOutgoing, Reply, Role, Turn
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
        """A message was changed, words or pictures: so is what the customer got of it."""
        turn = await self._passed_on(case, question, question.edits)
        agent, text = staff(question.sender.key, question.sender.name), question.text
        if turn is None:
            raise _NotSentError(self._say(casetexts.NEVER_SENT, question))
        try:
            images = await self._pictures(question, parts)
            refs = _exchanged(turn, question.edits, images)
            if len(turn.message_ids) > 1 and refs != turn.images:
                text = text or turn.text  # the words of an album stand under another of its pictures
            if (turn.text, turn.images) == (text, refs):
                return []
            adapter = await self._permitted(question, case, agent)
            await self._plain(question, case, parts)
            if not text and not refs:
                raise _NotSentError(self._say(casetexts.NOTHING_TO_SEND, question))
        except _NotSentError as error:
            raise _NotSentError(self._say(casetexts.EDIT_NOT_SENT, question, why=error)) from None
        payloads = adapter.render(words(case.language, text, turn.author, refs))
        rows = replaced(await self._store.parts(turn.id), payloads, adapter, answer=True)
        changed = Elsewhere(case.chat, tuple(rows), turn=turn.id, text=text, case=case.id, agent=agent.key)
        return [changed if refs == turn.images else replace(changed, images=images, pictures=refs)]

    async def _spoken(self, question: Question, case: Case, parts: list[Inbound]) -> list[Elsewhere]:
        """A message, or an album, is for the customer."""
        agent = staff(question.sender.key, question.sender.name)
        adapter = await self._permitted(question, case, agent)
        await self._plain(question, case, parts)
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

    async def _plain(self, question: Question, case: Case, parts: list[Inbound]) -> None:
        """Raises _NotSentError for what does not look like a message to the customer."""
        for part in parts:
            looks_like = Meant.COMMAND if part.command else meant(part.text, self._verbs)
            if looks_like in _UNPLAIN:
                raise _NotSentError(self._say(_UNPLAIN[looks_like], question))
            if part.mentions_others:
                raise _NotSentError(self._say(casetexts.TO_A_COLLEAGUE, question))
            if part.mentions_bot:
                raise _NotSentError(self._say(casetexts.TO_THE_BOT, question))
            if part.forwarded:
                raise _NotSentError(self._say(casetexts.FORWARDED, question))
            if part.reply_to and not await self._answers_customer(question, case, part):
                raise _NotSentError(self._say(casetexts.IN_REPLY, question))

    async def _answers_customer(self, question: Question, case: Case, part: Inbound) -> bool:
        """Whether a message replies to the customer, to the card, or to what its writer has told the customer."""
        agent = part.sender.key
        if await self._store.about_customer(question.chat, part.reply_to, agent):
            return True
        return part.replied == agent and await self._passed_on(case, question, part.reply_to) is not None

    async def _pictures(self, question: Question, parts: list[Inbound]) -> tuple[Image, ...]:
        """The pictures that come with a message: all of them, or it is not sent."""
        attachments = tuple(attachment for part in parts for attachment in part.attachments)
        alone = replace(question, text="", attachments=attachments, quoted=(), reply_to="")
        collected = await self._collector.collect(alone, self._cards.language)
        if collected.complaints:
            complaints = "\n\n".join(collected.complaints)
            if names := ", ".join(collected.unsupported):
                raise _NotSentError(self._say(casetexts.FILES_UNUSABLE, question, names=names))
            raise _NotSentError(self._say(casetexts.PICTURES_UNUSABLE, question, complaints=complaints))
        return collected.images

    def _told(self, part: Inbound, why: str) -> list[NewOutgoing]:
        """Tell who wrote a message, alone where that can be, why it is not passed on."""
        reply = Reply(why, self._cards.language, reply_to=part.message_id, private_to=part.answer_to)
        return [NewOutgoing(payload) for payload in self._adapters[part.chat.platform].render(reply)]

    def _say(self, sentence: Sentence, question: Question, **values: object) -> str:
        lead = prefix(question.chat.platform, thread=True)
        return sentence.say(self._cards.language, lead=lead, about="", **values)


def _exchanged(turn: Turn, message_id: str, images: tuple[Image, ...]) -> tuple[ImageRef, ...]:
    """What a turn shows once a message in a room, one of those that it was made of, comes with these pictures; without
    any, its pictures stay. Of an album, the picture in the message's place is exchanged."""
    refs = tuple(image.ref for image in images)
    if not refs or len(turn.message_ids) == 1:
        return refs or turn.images
    names = [name.rpartition(":")[2] for name in turn.message_ids]
    if len(refs) > 1 or len(names) != len(turn.images):  # it cannot be told which is whose
        return tuple(dict.fromkeys((*turn.images, *refs)))
    place = names.index(message_id)
    return tuple(dict.fromkeys((*turn.images[:place], *refs, *turn.images[place + 1 :])))
