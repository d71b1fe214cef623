"""Carries out commands: finds the verb, checks the role, reads the arguments, acts, and keeps the audit; and thumbs.

The role is checked here, whatever a platform's menu shows. A command's effects, what is said about it and its entry in
the audit are stored in one transaction with the end of its inbox row.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

import structlog

from bot import texts
from bot.errors import StoreUnavailableError
from bot.messages import ChatKey, Inbound, Kind, Language, NewOutgoing, Pending, Reply
from bot.outcome import Outcome
from bot.people import AuditEntry, AuditOutcome
from bot.ports import ChatAdapter
from bot.tasks import insist
from bot.texts import choose_language
from bot.verbs import sentences
from bot.verbs.arguments import Arguments, UsageError, parse
from bot.verbs.table import find, permitted
from bot.verbs.verb import Call, Effect, Tools, Verb, prefix

log = structlog.get_logger(__name__)

_NOTHING = Arguments({})


class Commands:
    """Carries out commands with `tools`, and stores thumbs."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def handle(self, pending: Pending) -> None:
        """Deal with a command or with thumbs and settle the inbox row. Raises StoreError."""
        inbound, store = pending.inbound, self._tools.store
        if inbound.kind is Kind.FEEDBACK:
            await store.rate(inbound.chat, inbound.message_id, inbound.sender.key, inbound.rating)
            await store.commit(Outcome(inbound.chat, (pending.id,)))
            return
        language = choose_language(inbound.text, inbound.sender.language, await store.language(inbound.chat))
        effect, audit = await self._carry_out(pending, language)
        payloads: tuple[str, ...] = ()
        if effect.say:
            reply_to = "" if inbound.private else inbound.message_id
            reply = Reply(effect.say, language, reply_to=reply_to, private_to=inbound.answer_to, buttons=effect.buttons)
            payloads = self._tools.adapters[inbound.chat.platform].render(reply)
        outcome = Outcome(
            inbound.chat,
            (pending.id, *effect.settles),
            tuple(NewOutgoing(payload) for payload in payloads),
            reset=effect.reset,
            resend=effect.resend,
            decisions=effect.decisions,
            audit=audit,
            erases=effect.erases,
            uses=effect.uses,
        )
        async with AsyncExitStack() as rest:
            if effect.erases is not None:
                await rest.enter_async_context(self._tools.eraser.at_rest(effect.erases, pending.id))
            # Insisted on here: carried out once more, the verb would find nothing to withdraw or stop.
            rows = await insist(lambda: store.commit(outcome))
        self._tools.delivery.push(rows)
        if effect.then is not None:
            await insist(effect.then)

    async def _carry_out(self, pending: Pending, language: Language) -> tuple[Effect, tuple[AuditEntry, ...]]:
        """What the command does, and what the audit says of it."""
        inbound = pending.inbound
        role = self._tools.roles.of(inbound.sender.key)
        verb, verbs = find(inbound.command), permitted(role)
        lead = prefix(inbound.chat.platform)
        if verb is None:
            known = ", ".join(f"`{lead}{verb.name}`" for verb in verbs)
            command = inbound.command[:40].replace("`", "")
            return Effect(texts.UNKNOWN_COMMAND.say(language, command=f"{lead}{command}", commands=known)), ()
        command = f"{lead}{verb.name}"
        entry = AuditEntry(inbound.sender.key, verb.name, str(inbound.chat), AuditOutcome.DONE)
        if role < verb.role:
            log.info("command_refused", command=verb.name, sender=inbound.sender.key)
            effect = Effect(texts.NOT_ALLOWED.say(language, command=command, key=inbound.sender.key), refused=True)
        elif verb.discreet and not (inbound.private or inbound.answer_to):
            effect = Effect(sentences.NOT_HERE.say(language, command=command), refused=True)
        else:
            call = Call(pending.id, inbound, language, role, verbs, _NOTHING)
            effect, entry = await self._act(verb, call, entry)
        if effect.refused:
            entry = replace(entry, outcome=AuditOutcome.REFUSED)
        return effect, (replace(entry, detail=effect.detail),) if verb.privileged else ()

    async def _act(self, verb: Verb, call: Call, entry: AuditEntry) -> tuple[Effect, AuditEntry]:
        """Have a verb act that the caller may use."""
        try:
            replied = await self._replied(verb, call.inbound)
            call = replace(call, given=parse(verb.parameters, call.inbound.text, replied))
        except UsageError as error:
            usage, example = verb.usage(call.lead, call.language), f"{call.lead}{verb.name} {verb.example}"
            problem = error.say(call.language)
            said = sentences.USAGE.say(call.language, problem=problem, usage=usage, example=example)
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


def maybe_lost(chat: ChatKey, language: Language, adapter: ChatAdapter) -> Sequence[str]:
    """Make the notice that an answer may not have arrived."""
    return adapter.render(Reply(texts.MAYBE_LOST.say(language, prefix=prefix(chat.platform)), language))
