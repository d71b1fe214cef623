"""Commands and thumbs: one table of verbs, the same on every platform.

A verb has a role; the role is checked here, whatever a platform's menu shows. Roles go by the sender's key alone.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import structlog

from bot import texts
from bot.delivery import Delivery
from bot.desk import Desk
from bot.dispatch import Dispatcher
from bot.errors import StoreUnavailableError
from bot.messages import (
    ChatKey,
    CommandInfo,
    Inbound,
    Kind,
    Language,
    NewOutgoing,
    Outcome,
    Pending,
    PlatformStats,
    Reply,
    Role,
    Stuck,
)
from bot.ports import ChatAdapter, ConversationStore, VisionModel
from bot.tasks import insist
from bot.texts import Sentence, choose_language

log = structlog.get_logger(__name__)

DAY = 86_400.0
STUCK_SHOWN = 10
"""Of so many chats admins see what did not arrive, those with the newest trouble."""
_ROLE_NAMES = {Role.CUSTOMER: texts.ROLE_CUSTOMER, Role.AGENT: texts.ROLE_AGENT, Role.ADMIN: texts.ROLE_ADMIN}


class Roles:
    """Who may do what, by `Sender.key`."""

    def __init__(self, *, admins: Collection[str] = (), agents: Collection[str] = ()) -> None:
        self._admins = frozenset(admins)
        self._agents = frozenset(agents)

    def of(self, key: str) -> Role:
        """Return the role of a sender."""
        if key in self._admins:
            return Role.ADMIN
        return Role.AGENT if key in self._agents else Role.CUSTOMER


@dataclass(frozen=True, slots=True)
class Call:
    """A command as it is carried out. `row` is its inbox row: what came before it has a smaller number."""

    row: int
    inbound: Inbound
    language: Language
    role: Role


@dataclass(frozen=True, slots=True)
class Effect:
    """What a command does in the store: what is said ("" for nothing), rows it settles, a new conversation, sending
    again what is stuck."""

    say: str = ""
    settles: tuple[int, ...] = ()
    reset: bool = False
    resend: bool = False


@dataclass(frozen=True, slots=True)
class Verb:
    """One command."""

    name: str
    role: Role
    description: Sentence
    action: Callable[[Commands, Call], Awaitable[Effect]]


def prefix(platform: str) -> str:
    """Return what stands before a verb on a platform."""
    return "/looksee " if platform == "slack" else "/"


class Commands:
    """Carries out commands and stores thumbs."""

    def __init__(
        self,
        store: ConversationStore,
        adapters: Mapping[str, ChatAdapter],
        model: VisionModel,
        desk: Desk,
        dispatcher: Dispatcher,
        delivery: Delivery,
        *,
        roles: Roles,
        company: str,
        max_megabytes: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._adapters = adapters
        self._model = model
        self._desk = desk
        self._dispatcher = dispatcher
        self._delivery = delivery
        self._roles = roles
        self._company = company
        self._max_megabytes = max_megabytes
        self._clock = clock

    async def handle(self, pending: Pending) -> None:
        """Deal with a command or with thumbs and settle the inbox row. Raises StoreError."""
        inbound = pending.inbound
        if inbound.kind is Kind.FEEDBACK:
            await self._store.rate(inbound.chat, inbound.message_id, inbound.sender.key, inbound.rating)
            await self._store.commit(Outcome(inbound.chat, (pending.id,)))
            return
        language = await self.language(inbound)
        try:
            effect = await self._carry_out(pending, language)
        except StoreUnavailableError:
            raise  # it is carried out again when that works
        except Exception:
            log.exception("command_failed", command=inbound.command)
            effect = Effect(texts.ANSWER_FAILED.say(language))
        payloads: tuple[str, ...] = ()
        if effect.say:
            reply_to = "" if inbound.private else inbound.message_id
            reply = Reply(effect.say, language, reply_to=reply_to, private_to=inbound.answer_to)
            payloads = self._adapters[inbound.chat.platform].render(reply)
        outgoing = tuple(NewOutgoing(payload) for payload in payloads)
        settled = (pending.id, *effect.settles)
        outcome = Outcome(inbound.chat, settled, outgoing, reset=effect.reset, resend=effect.resend)
        # Insisted on here: carried out once more, the verb would find nothing to withdraw or stop.
        self._delivery.push(await insist(lambda: self._store.commit(outcome)))

    async def language(self, inbound: Inbound) -> Language:
        """Return the language to answer a command in: a verb itself is no sign of it."""
        before = await self._store.language(inbound.chat)
        return choose_language(inbound.text, inbound.sender.language, before)

    async def _carry_out(self, pending: Pending, language: Language) -> Effect:
        inbound = pending.inbound
        role = self._roles.of(inbound.sender.key)
        lead = prefix(inbound.chat.platform)
        verb = next((verb for verb in VERBS if verb.name == inbound.command), None)
        if verb is None:
            known = ", ".join(f"`{lead}{verb.name}`" for verb in VERBS if role >= verb.role)
            command = inbound.command[:40].replace("`", "")
            return Effect(texts.UNKNOWN_COMMAND.say(language, command=f"{lead}{command}", commands=known))
        if role < verb.role:
            log.info("command_refused", command=verb.name, sender=inbound.sender.key)
            return Effect(texts.NOT_ALLOWED.say(language, command=f"{lead}{verb.name}", key=inbound.sender.key))
        return await verb.action(self, Call(pending.id, inbound, language, role))

    async def start(self, call: Call) -> Effect:
        """Say hello, and what can be done here."""
        welcome = texts.WELCOME.say(call.language, company=self._company)
        notice = self._model.info.notice
        return Effect(f"{welcome}\n\n*{notice.say(call.language)}*" if notice else welcome)

    async def help(self, call: Call) -> Effect:
        """List what the caller can send and type."""
        lead = prefix(call.inbound.chat.platform)
        lines = [
            texts.HELP_HEADING.say(call.language),
            "",
            f"- {texts.HELP_PICTURE.say(call.language, megabytes=f'{self._max_megabytes:g}')}",
            f"- {texts.HELP_FOLLOW_UP.say(call.language)}",
            "",
            texts.COMMANDS_HEADING.say(call.language),
            "",
        ]
        lines += [f"- `{lead}{v.name}` {v.description.say(call.language)}" for v in VERBS if call.role >= v.role]
        return Effect("\n".join(lines))

    async def new(self, call: Call) -> Effect:
        """Begin a new conversation; what waits or is being answered belongs to the old one."""
        chat = call.inbound.chat
        dropped = self._dispatcher.withdraw(chat, call.row)
        self._desk.stop(chat, call.row)
        await self._dispatcher.answered(chat)
        self._model.forget(str(chat))
        settles = tuple(pending.id for pending in dropped)
        return Effect(texts.NEW_DONE.say(call.language), settles, reset=True)

    async def stop(self, call: Call) -> Effect:
        """End the answer under way and take back what waits."""
        chat = call.inbound.chat
        dropped = tuple(pending.id for pending in self._dispatcher.withdraw(chat, call.row))
        if self._desk.stop(chat, call.row):  # the answer itself then says that it was stopped
            return Effect(settles=dropped)
        said = texts.STOPPED if dropped else texts.NOTHING_TO_STOP
        return Effect(said.say(call.language), dropped)

    async def status(self, call: Call) -> Effect:
        """Say what is happening with the caller's question."""
        chat = call.inbound.chat
        if self._dispatcher.answering(chat):
            return Effect(texts.STATUS_ANSWERING.say(call.language))
        place = self._dispatcher.place(chat)
        if place is None:
            return Effect(texts.STATUS_IDLE.say(call.language))
        time_left = texts.roughly(place.seconds, call.language)
        return Effect(texts.STATUS_WAITING.say(call.language, position=place.position, time=time_left))

    async def retry(self, call: Call) -> Effect:
        """Send again what may not have arrived."""
        # Not here but with the end of the command: a crash in between would have everything sent twice.
        if await self._store.stuck(call.inbound.chat):
            return Effect(resend=True)
        return Effect(texts.RETRY_NOTHING.say(call.language))

    async def stats(self, call: Call) -> Effect:
        """Give figures by platform."""
        now = self._clock()
        blocks = []
        for period, seconds in ((texts.STATS_TODAY, DAY), (texts.STATS_WEEK, 7 * DAY)):
            figures = await self._store.stats(now - seconds)
            lines = [f"- {_line(row, call.language)}" for row in figures] or [
                f"- {texts.STATS_NONE.say(call.language)}"
            ]
            heading = texts.STATS_HEADING.say(call.language, period=period.say(call.language))
            blocks.append("\n".join([heading, "", *lines]))
        return Effect("\n\n".join(blocks))

    async def health(self, call: Call) -> Effect:
        """Give the state of the service."""
        backlog = await self._store.backlog()
        parts: dict[str, ChatAdapter | VisionModel] = {**self._adapters, "model": self._model}
        problems = [f"{name}: {text}" for name, part in parts.items() if (text := part.problem())]
        answer = texts.HEALTH_ANSWER.say(
            call.language,
            model=self._model.info.name,
            inbox=backlog.inbox,
            outbox=backlog.outbox,
            ambiguous=backlog.ambiguous,
            failed=backlog.failed,
            problems="; ".join(problems) or texts.HEALTH_NO_PROBLEM.say(call.language),
        )
        stuck = [_stuck(chat, call.language) for chat in await self._store.stuck_chats(STUCK_SHOWN)]
        return Effect("\n\n".join([answer, "\n".join(stuck)]) if stuck else answer)

    async def whoami(self, call: Call) -> Effect:
        """Say who the caller is to the bot."""
        return Effect(
            texts.WHOAMI_ANSWER.say(
                call.language,
                key=call.inbound.sender.key,
                role=_ROLE_NAMES[call.role].say(call.language),
                chat=call.inbound.chat,
            )
        )


def _stuck(chat: Stuck, language: Language) -> str:
    since = time.strftime("%Y-%m-%d %H:%M", time.gmtime(chat.since))
    return "- " + texts.HEALTH_STUCK.say(
        language,
        chat=chat.chat,
        ambiguous=chat.ambiguous,
        failed=chat.failed,
        since=since,
        reason=chat.reason.replace("`", ""),
    )


def _line(row: PlatformStats, language: Language) -> str:
    return texts.STATS_LINE.say(
        language,
        platform=row.platform,
        chats=row.chats,
        questions=row.questions,
        answers=row.answers,
        seconds=f"{row.median_ms / 1000:.1f}",
        tokens=row.answer_tokens,
        up=row.thumbs_up,
        down=row.thumbs_down,
    )


VERBS: tuple[Verb, ...] = (
    Verb("start", Role.CUSTOMER, texts.START, Commands.start),
    Verb("help", Role.CUSTOMER, texts.HELP, Commands.help),
    Verb("new", Role.CUSTOMER, texts.NEW, Commands.new),
    Verb("stop", Role.CUSTOMER, texts.STOP, Commands.stop),
    Verb("status", Role.CUSTOMER, texts.STATUS, Commands.status),
    Verb("retry", Role.CUSTOMER, texts.RETRY, Commands.retry),
    Verb("stats", Role.ADMIN, texts.STATS, Commands.stats),
    Verb("health", Role.ADMIN, texts.HEALTH, Commands.health),
    Verb("whoami", Role.ADMIN, texts.WHOAMI, Commands.whoami),
)


def announced() -> tuple[CommandInfo, ...]:
    """List the verbs as adapters announce them."""
    return tuple(CommandInfo(verb.name, verb.role, verb.description.both()) for verb in VERBS)


def maybe_lost(chat: ChatKey, language: Language, adapter: ChatAdapter) -> Sequence[str]:
    """Make the notice that an answer may not have arrived."""
    return adapter.render(Reply(texts.MAYBE_LOST.say(language, prefix=prefix(chat.platform)), language))
