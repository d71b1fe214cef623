"""What a verb is, and what its action works with."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.admission import Rules
from bot.cards import Cards
from bot.cases import Case
from bot.counsel import Counsel
from bot.delivery import Delivery
from bot.desk import Desk
from bot.dispatch import Dispatcher
from bot.erasing import Eraser
from bot.exports import Exporter
from bot.handoff import Handoff
from bot.hearing import Hearing
from bot.messages import Button, ChatKey, File, ImageRef, Inbound, Language, Role, Sender
from bot.outcome import Changes
from bot.pausing import Pausing
from bot.people import SHARED
from bot.ports import ChatAdapter, VisionModel
from bot.promptbook import PromptBook
from bot.prompting import Prompting
from bot.roles import Roles
from bot.stores import ConversationStore
from bot.texts import Sentence
from bot.verbs.arguments import Arguments, Parameter


class Watched(Protocol):
    """What can be in trouble."""

    def problem(self) -> str:
        """What keeps it from working right now, in a few English words for admins; "" if nothing does."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """The rooms that verbs reach into; `watched` are those that admins are told the trouble of, by name."""

    store: ConversationStore
    adapters: Mapping[str, ChatAdapter]
    model: VisionModel
    desk: Desk
    dispatcher: Dispatcher
    delivery: Delivery
    eraser: Eraser
    exporter: Exporter
    handoff: Handoff
    pausing: Pausing
    prompts: PromptBook
    prompting: Prompting
    hearing: Hearing
    roles: Roles
    rules: Rules
    company: str
    max_megabytes: float
    cards: Cards
    counsel: Counsel
    watched: Mapping[str, Watched] = field(default_factory=dict)
    clock: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class Call:
    """A command as it is carried out. `row` is its inbox row: what came before it has a smaller number. `verbs` are
    those the caller may use. `room` is the case in whose room it was given, if it is a room, and `about` the case of a
    verb that is about one."""

    row: int
    inbound: Inbound
    language: Language
    role: Role
    verbs: tuple[Verb, ...]
    given: Arguments
    room: Case | None = None
    about: Case | None = None

    @property
    def lead(self) -> str:
        """What stands before a verb where the command was given."""
        return lead(self.inbound)

    @property
    def case(self) -> Case:
        """The case that the command is about; only of verbs that are about one."""
        assert self.about is not None  # noqa: S101 - `Commands` finds it, or refuses
        return self.about

    @property
    def at_home(self) -> bool:
        """Whether the command was given in the room of the case, whose log says to everybody what became of it."""
        return self.room is not None and self.room.id == self.case.id

    @property
    def about_it(self) -> str:
        """What has to stand behind a verb that is to be about the same case, where the command was given."""
        return "" if self.at_home else f" #{self.case.id}"


@dataclass(frozen=True, slots=True)
class Effect(Changes):
    """What a command does: changes in the store (if a case's transition is lost to somebody faster, the verb is carried
    out again), rows it settles, and what is said ("" for nothing; `quotes` as in `Reply`) with buttons, stored pictures
    and a file, all in one transaction. With an `answer`, what is said is that. `detail` is what the audit says it was
    applied to, `refused` that it was not done after all.

    In the chat `silences` the bot falls silent first: its answer under way there ends. `slot` is the message whose
    content the first one of the answer replaces. What is said is `shared` if everybody in the chat is to see it,
    however the command was given. What `quotes`, or `names` a customer, and is no `answer`, is not kept once it has
    arrived. `then` is called once all of it is stored.
    """

    say: str = ""
    settles: tuple[int, ...] = ()
    buttons: tuple[Button, ...] = ()
    file: File | None = None
    pictures: tuple[ImageRef, ...] = ()
    quotes: bool = False
    names: bool = False
    silences: ChatKey | None = None
    detail: str = ""
    refused: bool = False
    slot: str = ""
    shared: bool = False
    then: Callable[[], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class Verb:
    """One command. `example` shows how its parameters are given. With `discreet` it is answered only where nobody but
    the caller reads the answer, with `desk` also where only agents do. A verb `about_case` finds the case before it
    acts: the one of the room it is given in, or ``#12`` in front of its arguments; it is one of the `desk`, too. With
    `at_home` it is answered in that case's own room alone. A verb `of_chat` is about the conversation in which it is
    given. One that is `slow` takes the model's time, and waits for its turn like a question; that may go by its
    arguments. What is `spoken` with a verb is kept or passed on like a message, and masked like one. A verb that
    `needs_desk` is for customers of a support desk. `begins` makes of a chat and a button's words the text that is
    edited when the button `edits`; without, it is that of the message above the button."""

    name: str
    role: Role
    description: Sentence
    action: Callable[[Tools, Call], Awaitable[Effect]]
    parameters: tuple[Parameter[Any], ...] = ()
    example: str = ""
    discreet: bool = False
    desk: bool = False
    about_case: bool = False
    at_home: bool = False
    of_chat: bool = False
    slow: Callable[[str], bool] | bool = False
    needs_desk: bool = False
    spoken: bool = False
    begins: Callable[[Tools, ChatKey, str], str] | None = None

    @property
    def of_desk(self) -> bool:
        """Whether it makes no sense where there is no support desk."""
        return self.needs_desk or self.desk or self.about_case

    @property
    def privileged(self) -> bool:
        """Whether it is not for everybody; then each use of it goes to the audit."""
        return self.role > Role.CUSTOMER

    def usage(self, lead: str, language: Language, *, elsewhere: bool = False) -> str:
        """How it is typed, in a case's room or `elsewhere`."""
        return " ".join([self._named(lead, elsewhere), *(parameter.usage(language) for parameter in self.parameters)])

    def shown(self, lead: str, *, elsewhere: bool = False) -> str:
        """An example of it."""
        return f"{self._named(lead, elsewhere)} {self.example}".rstrip()

    def _named(self, lead: str, elsewhere: bool) -> str:
        return f"{lead}{self.name} {CASE}" if self.about_case and elsewhere else f"{lead}{self.name}"


CASE = "#12"
"""Stands for the number of a case in how a verb is typed."""
SLACK = "slack"
"""The platform that has no slash commands in threads."""
BUTTON_BYTES = 64
"""The longest command of a button, in UTF-8: what Telegram takes."""


def sure(label: str, command: str, text: str, confirm: str) -> tuple[Button, ...]:
    """The button that carries out what a dangerous verb wants to be sure of; none where the command is too long."""
    if len(f"{command} {text}".encode()) > BUTTON_BYTES:
        return ()
    return (Button(label, command, text, "danger", confirm),)


async def known_language(tools: Tools, sender: Sender) -> str:
    """The language that somebody is known to speak; of staff, the desk's, if none is known; else ""."""
    known = "" if sender.key in SHARED else await tools.store.language_of(sender.key)
    return known or (tools.cards.language if tools.roles.of(sender.key) >= Role.AGENT else "")


def lead(inbound: Inbound) -> str:
    """What stands before a verb where the answer to something is read."""
    chat = inbound.chat
    # What begins a thread, and is answered in private, is answered beside the thread that it began.
    beside = bool(inbound.answer_to) and chat.thread == inbound.message_id
    return prefix(chat.platform, thread=bool(chat.thread) and not beside)


def prefix(platform: str, *, thread: bool = False) -> str:
    """Return what stands before a verb on a platform, or there in a thread: Slack's have no slash commands."""
    if platform == SLACK:
        return "!" if thread else "/looksee "
    return "/"
