"""Telling people why they are not listened to. That it is said once, and to whom, `admission` has decided by then."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import structlog

from bot import texts
from bot.delivery import Delivery
from bot.messages import Inbound, Kind, Language, NewOutgoing, Pending, Reply
from bot.outcome import Outcome
from bot.people import DAY, Refusal
from bot.ports import ChatAdapter
from bot.stores import ConversationStore
from bot.tasks import insist
from bot.texts import choose_language, roughly

log = structlog.get_logger(__name__)


class Refusals:
    """Answers what was refused, and settles its inbox row."""

    def __init__(
        self,
        store: ConversationStore,
        adapters: Mapping[str, ChatAdapter],
        delivery: Delivery,
        *,
        company: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._adapters = adapters
        self._delivery = delivery
        self._company = company
        self._clock = clock

    async def handle(self, pending: Pending) -> None:
        """Say why. Raises StoreError."""
        inbound = pending.inbound
        log.info("refused", chat=str(inbound.chat), sender=inbound.sender.key, reason=pending.refusal)
        language = choose_language(inbound.text, inbound.sender.language, await self._store.language(inbound.chat))
        reply_to = inbound.message_id if not inbound.private and inbound.kind is not Kind.FEEDBACK else ""
        said = self._sentence(pending.refusal, inbound, language)
        reply = Reply(said, language, reply_to=reply_to, private_to=inbound.answer_to)
        payloads = self._adapters[inbound.chat.platform].render(reply)
        outcome = Outcome(inbound.chat, (pending.id,), tuple(NewOutgoing(payload) for payload in payloads))
        self._delivery.push(await insist(lambda: self._store.commit(outcome)))

    def _sentence(self, refusal: Refusal | None, inbound: Inbound, language: Language) -> str:
        if refusal is Refusal.BANNED:
            return texts.SHUT_OUT.say(language, company=self._company)
        if refusal is Refusal.NOT_INVITED:
            return texts.NOT_INVITED.say(language, company=self._company, key=inbound.sender.key)
        if refusal is Refusal.TOO_FAST:
            return texts.TOO_FAST.say(language)
        if refusal is Refusal.TOO_MANY_PICTURES:
            return texts.TOO_MANY_PICTURES.say(language)
        return texts.USED_UP.say(language, time=roughly(DAY - self._clock() % DAY, language))
