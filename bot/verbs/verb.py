"""What a verb is, and what its action works with."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.admission import Rules
from bot.delivery import Delivery
from bot.desk import Desk
from bot.dispatch import Dispatcher
from bot.erasing import Eraser
from bot.exports import Exporter
from bot.messages import Button, Inbound, Language, Role, Subject
from bot.people import Decision
from bot.ports import ChatAdapter, ConversationStore, VisionModel
from bot.promptbook import PromptBook
from bot.roles import Roles
from bot.texts import Sentence
from bot.verbs.arguments import Arguments, Parameter
from bot.versions import Use


@dataclass(frozen=True, slots=True)
class Tools:
    """The rooms that verbs reach into."""

    store: ConversationStore
    adapters: Mapping[str, ChatAdapter]
    model: VisionModel
    desk: Desk
    dispatcher: Dispatcher
    delivery: Delivery
    eraser: Eraser
    exporter: Exporter
    prompts: PromptBook
    roles: Roles
    rules: Rules
    company: str
    max_megabytes: float
    clock: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class Call:
    """A command as it is carried out. `row` is its inbox row: what came before it has a smaller number. `verbs` are
    those the caller may use."""

    row: int
    inbound: Inbound
    language: Language
    role: Role
    verbs: tuple[Verb, ...]
    given: Arguments

    @property
    def lead(self) -> str:
        """What stands before a verb where the command was given."""
        return prefix(self.inbound.chat.platform)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a command does in the store, in one transaction: what is said ("" for nothing), rows it settles, a new
    conversation, sending again what is stuck, decisions about people, whose data is erased. `detail` is what the audit
    says it was applied to, `refused` that it was not done after all. `buttons` stand under what is said, `uses` puts
    prompts to use, `then` is called once all of that is stored."""

    say: str = ""
    settles: tuple[int, ...] = ()
    reset: bool = False
    resend: bool = False
    decisions: tuple[Decision, ...] = ()
    erases: Subject | None = None
    detail: str = ""
    refused: bool = False
    buttons: tuple[Button, ...] = ()
    uses: tuple[Use, ...] = ()
    then: Callable[[], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class Verb:
    """One command. `example` shows how its parameters are given. With `discreet` it is answered only where nobody but
    the caller reads the answer."""

    name: str
    role: Role
    description: Sentence
    action: Callable[[Tools, Call], Awaitable[Effect]]
    parameters: tuple[Parameter[Any], ...] = ()
    example: str = ""
    discreet: bool = False

    @property
    def privileged(self) -> bool:
        """Whether it is not for everybody; then each use of it goes to the audit."""
        return self.role > Role.CUSTOMER

    def usage(self, lead: str, language: Language) -> str:
        """How it is typed."""
        return " ".join([f"{lead}{self.name}", *(parameter.usage(language) for parameter in self.parameters)])


def prefix(platform: str) -> str:
    """Return what stands before a verb on a platform."""
    return "/looksee " if platform == "slack" else "/"
