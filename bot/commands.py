"""Carries out commands: finds the verb, checks the role, reads the arguments, acts, and keeps the audit; and thumbs.

The role is checked here, whatever a platform's menu shows. A command's effects, what is said about it and its entry in
the audit are stored in one transaction with the end of its inbox row.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace

import structlog

from bot import counseltexts, texts
from bot.cases import Case, Cause
from bot.errors import CaseMovedError, StoreUnavailableError
from bot.handoff import Handover
from bot.messages import ChatKey, Inbound, Kind, Language, NewOutgoing, Outgoing, Pending, Reply
from bot.outcome import Outcome
from bot.people import AuditEntry, AuditOutcome, speaks_as_chat
from bot.ports import ChatAdapter
from bot.tasks import insist
from bot.texts import choose_language
from bot.verbs import sentences
from bot.verbs.about import at_desk, beside_threads, case_meant, read_by_agents
from bot.verbs.arguments import Arguments, UsageError, parse
from bot.verbs.table import among_agents, find, permitted
from bot.verbs.verb import Call, Effect, Tools, Verb, known_language, lead, prefix

log = structlog.get_logger(__name__)

NO_HELP = 2
"""So many answers without help hand a conversation over."""
REASON = 500
"""Characters that are kept of why an answer was no help."""

_NOTHING = Arguments({})


class Commands:
    """Carries out commands with `tools`, and stores thumbs."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def handle(self, pending: Pending) -> float:
        """Deal with a command or with thumbs and settle the inbox row; returns what that took, in milliseconds of the
        device. Raises StoreError."""
        inbound, store = pending.inbound, self._tools.store
        if inbound.kind is Kind.FEEDBACK:
            await self._rated(pending)
            return 0.0
        room = await store.case_in(inbound.chat)
        language = await self._language(inbound, room)
        effect, audit = await self._carry_out(pending, language, room)
        while True:
            try:
                rows = await self._commit(pending.id, effect, self._outcome(pending, effect, audit, language))
                break
            except CaseMovedError as error:  # somebody was faster: looking again, the verb says so
                log.info("case_moved", command=inbound.command, reason=str(error))
            withdrawn = effect.settles  # which it does not find once more
            effect, audit = await self._carry_out(pending, language, await store.case_in(inbound.chat))
            effect = replace(effect, settles=(*withdrawn, *effect.settles))
        self._tools.roles.decided(effect.decisions)
        self._tools.delivery.push(rows)
        if effect.pause is not None or effect.resumes:
            await insist(self._tools.pausing.load)
            self._tools.dispatcher.reconsider()
        if effect.then is not None:
            await insist(effect.then)
        return effect.charge.device_ms if effect.charge is not None else 0.0

    async def _language(self, inbound: Inbound, room: Case | None) -> Language:
        """The language to answer a command in: among agents the desk's, whatever they say to the model or to others.
        Elsewhere it is the one that the chat, or who gives the command, is known to speak; of staff, the desk's, if
        nothing is known."""
        if self._in_office(inbound, room):
            return self._tools.cards.language
        before = await self._tools.store.language(inbound.chat) or await known_language(self._tools, inbound.sender)
        return choose_language(inbound.text, inbound.sender.language, before)

    async def _rated(self, pending: Pending) -> None:
        """Store thumbs. Two answers of a conversation that were no help hand it over; what is no answer is none."""
        inbound, store = pending.inbound, self._tools.store
        reason = inbound.text.strip()[:REASON]
        rated = await store.rate(inbound.chat, inbound.message_id, inbound.sender.key, inbound.rating, reason)
        language = choose_language("", inbound.sender.language, await store.language(inbound.chat))
        while True:
            handover: Handover | None = None
            if rated and inbound.rating < 0 and await store.thumbs_down(inbound.chat) >= NO_HELP:
                handover = await self._tools.handoff.needed(inbound.chat, inbound.sender, Cause.RATED, language)
            outcome = Outcome(inbound.chat, (pending.id,))
            if handover is not None:
                payloads = self._tools.adapters[inbound.chat.platform].render(Reply(handover.said, language))
                outgoing = tuple(NewOutgoing(payload) for payload in payloads)
                outcome = replace(outcome, outgoing=outgoing, move=handover.move)
            try:
                self._tools.delivery.push(await store.commit(outcome))
            except CaseMovedError as error:
                log.info("case_moved", chat=str(inbound.chat), reason=str(error))
            else:
                return

    def _outcome(self, pending: Pending, effect: Effect, audit: tuple[AuditEntry, ...], language: Language) -> Outcome:
        chat, settled = pending.inbound.chat, (pending.id, *effect.settles)
        return Outcome.of(effect, chat, settled, self._said(pending.inbound, effect, language), audit)

    def _said(self, inbound: Inbound, effect: Effect, language: Language) -> tuple[NewOutgoing, ...]:
        if not effect.say:
            return ()
        reply = Reply(
            effect.say,
            language,
            reply_to="" if inbound.private else inbound.message_id,
            private_to="" if effect.shared else inbound.answer_to,
            quotes=effect.quotes,
            pictures=effect.pictures,
            file=effect.file,
            buttons=effect.buttons,
        )
        return tuple(
            NewOutgoing(
                payload,
                answer=effect.answer is not None,
                slot="" if number else effect.slot,
                fleeting=effect.answer is None and (effect.quotes or effect.names),
            )
            for number, payload in enumerate(self._tools.adapters[inbound.chat.platform].render(reply))
        )

    async def _commit(self, row: int, effect: Effect, outcome: Outcome) -> list[Outgoing]:
        """Store what the command in the inbox row `row` changed. Raises CaseMovedError."""
        async with AsyncExitStack() as rest:
            if effect.erases is not None:
                await rest.enter_async_context(self._tools.eraser.at_rest(effect.erases, row))
            if effect.silences is not None:
                await rest.enter_async_context(self._silenced(effect.silences))
            # Insisted on here: carried out once more, the verb would find nothing to withdraw or stop.
            return await insist(lambda: self._tools.store.commit(outcome))

    def _silenced(self, chat: ChatKey) -> AbstractAsyncContextManager[None]:
        return self._tools.dispatcher.silenced(chat, lambda: self._tools.desk.stop(chat, silently=True))

    async def _carry_out(
        self, pending: Pending, language: Language, room: Case | None
    ) -> tuple[Effect, tuple[AuditEntry, ...]]:
        """What the command does, and what the audit says of it; `room` is the case whose room it was given in."""
        inbound = pending.inbound
        role = self._tools.roles.of(inbound.sender.key)
        verb, verbs = find(inbound.command), permitted(role, desk=self._tools.handoff.possible)
        if self._in_office(inbound, room):
            verbs = tuple(verb for verb in verbs if among_agents(verb))
        before = lead(inbound)
        if verb is None:
            known = ", ".join(f"`{before}{verb.name}`" for verb in verbs)
            command = inbound.command[:40].replace("`", "")
            return Effect(texts.UNKNOWN_COMMAND.say(language, command=f"{before}{command}", commands=known)), ()
        command = f"{before}{verb.name}"
        entry = AuditEntry(inbound.sender.key, verb.name, str(inbound.chat), AuditOutcome.DONE)
        if role < verb.role:
            log.info("command_refused", command=verb.name, sender=inbound.sender.key)
            key = inbound.sender.key
            sentence = texts.FROM_NOBODY if speaks_as_chat(key) else texts.NOT_ALLOWED
            effect = Effect(sentence.say(language, command=command, key=key), refused=True)
        elif refusal := await self._misplaced(verb, inbound, room, language):
            effect = Effect(refusal, refused=True)
        else:
            call = Call(pending.id, inbound, language, role, verbs, _NOTHING, room)
            effect, entry = await self._act(verb, call, entry)
        if effect.refused:
            entry = replace(entry, outcome=AuditOutcome.REFUSED)
        return effect, (replace(entry, detail=effect.detail),) if verb.privileged else ()

    def _in_office(self, inbound: Inbound, room: Case | None) -> bool:
        """Whether something was done where agents see cases."""
        return room is not None or at_desk(inbound.chat, self._tools.adapters)

    async def _misplaced(self, verb: Verb, inbound: Inbound, room: Case | None, language: Language) -> str:
        """Why a verb cannot be used where it was given, and what to do instead; "" if it can."""
        platform, command = inbound.chat.platform, f"{lead(inbound)}{verb.name}"
        if self._in_office(inbound, room) and not among_agents(verb):
            return sentences.FOR_CUSTOMERS.say(language, command=command)
        if (verb.desk or verb.about_case) and not read_by_agents(inbound, room, self._tools.adapters):
            typed = verb.usage(prefix(platform), language, elsewhere=True)
            return sentences.NOT_AMONG_AGENTS.say(language, command=command, typed=typed)
        if verb.at_home and room is None:
            return _only_at_home(verb, inbound, language)
        if verb.of_chat and await beside_threads(inbound, self._tools.store):
            return sentences.IN_YOUR_THREAD.say(language, command=f"{prefix(platform, thread=True)}{verb.name}")
        alone = inbound.private or inbound.answer_to or verb.desk
        return "" if alone or not verb.discreet else sentences.NOT_HERE.say(language, command=command)

    async def _act(self, verb: Verb, call: Call, entry: AuditEntry) -> tuple[Effect, AuditEntry]:
        """Have a verb act that the caller may use."""
        try:
            replied, text = await self._replied(verb, call.inbound), call.inbound.text
            if verb.about_case:
                case, text = await case_meant(self._tools.store, verb, text, call.room)
                call = replace(call, about=case)
                if verb.at_home and not call.at_home:
                    said = _only_at_home(verb, call.inbound, call.language)
                    return Effect(said, detail=f"#{case.id}", refused=True), entry
            call = replace(call, given=parse(verb.parameters, text, replied))
        except UsageError as error:
            elsewhere = call.room is None
            usage = verb.usage(call.lead, call.language, elsewhere=elsewhere)
            example = verb.shown(call.lead, elsewhere=elsewhere)
            sentence = sentences.USAGE if verb.parameters else sentences.TYPED
            problem = error.say(call.language, lead=call.lead)
            said = sentence.say(call.language, problem=problem, usage=usage, example=example)
            return Effect(said), replace(entry, outcome=AuditOutcome.INVALID)
        try:
            return await verb.action(self._tools, call), entry
        except StoreUnavailableError:
            raise  # it is carried out again when that works
        except Exception:
            log.exception("command_failed", command=verb.name)
            said = texts.ANSWER_FAILED.say(call.language)
            return Effect(said), replace(entry, outcome=AuditOutcome.FAILED)

    async def _replied(self, verb: Verb, inbound: Inbound) -> str:
        """The sender of the message that is replied to, for verbs that make use of it; "" if that is not known.

        In a thread that is about one message, a command that replies to nothing else is about that one.
        """
        if not any(parameter.wants_reply for parameter in verb.parameters):
            return ""
        about = inbound.reply_to or inbound.chat.thread
        return inbound.replied or (await self._tools.store.author(inbound.chat, about) if about else "")


def _only_at_home(verb: Verb, inbound: Inbound, language: Language) -> str:
    command = f"{prefix(inbound.chat.platform, thread=True)}{verb.name}"
    return counseltexts.ONLY_AT_HOME.say(language, command=command)


def maybe_lost(chat: ChatKey, language: Language, adapter: ChatAdapter) -> Sequence[str]:
    """Make the notice that an answer may not have arrived."""
    before = prefix(chat.platform, thread=bool(chat.thread))
    return adapter.render(Reply(texts.MAYBE_LOST.say(language, prefix=before), language))
