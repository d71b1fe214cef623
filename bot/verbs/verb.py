"""What a verb is, and what its action works with."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.admission import Rules
from bot.cases import Move, NewEntry
from bot.delivery import Delivery
from bot.desk import Desk
from bot.dispatch import Dispatcher
from bot.erasing import Eraser
from bot.exports import Exporter
from bot.messages import (
    AnswerRecord,
    Button,
    ChatKey,
    File,
    Image,
    ImageRef,
    Inbound,
    Language,
    NewTurn,
    Role,
    Subject,
)
from bot.outcome import Elsewhere
from bot.people import Charge, Decision
from bot.ports import ChatAdapter, ConversationStore, VisionModel
from bot.roles import Roles
from bot.texts import Sentence
from bot.verbs.arguments import Arguments, Parameter


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
    """What a command does in the store, in one transaction: what is said ("" for nothing; `quotes` as in `Reply`) with
    buttons, stored pictures and a file, rows it settles, a new conversation, sending again what is stuck, decisions
    about people, whose data is erased. `detail` is what the audit says it was applied to, `refused` that it was not
    done after all.

    `question` and `answer` are turns of the chat, `images` those pictures of them that may not be stored yet, `record`
    and `charge` what the answer took; what is said then is that answer. `move`, `log` and `elsewhere` are as in
    `Outcome`. In the chat `silences` the bot falls silent first: its answer under way there ends.
    """

    say: str = ""
    settles: tuple[int, ...] = ()
    reset: bool = False
    resend: bool = False
    decisions: tuple[Decision, ...] = ()
    erases: Subject | None = None
    buttons: tuple[Button, ...] = ()
    pictures: tuple[ImageRef, ...] = ()
    file: File | None = None
    quotes: bool = False
    question: NewTurn | None = None
    answer: NewTurn | None = None
    images: tuple[Image, ...] = ()
    record: AnswerRecord | None = None
    charge: Charge | None = None
    move: Move | None = None
    log: tuple[NewEntry, ...] = ()
    elsewhere: Elsewhere | None = None
    silences: ChatKey | None = None
    detail: str = ""
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Verb:
    """One command. `example` shows how its parameters are given. With `discreet` it is answered only where nobody but
    the caller reads the answer. One that is `slow` takes the model's time, and waits for its turn like a question."""

    name: str
    role: Role
    description: Sentence
    action: Callable[[Tools, Call], Awaitable[Effect]]
    parameters: tuple[Parameter[Any], ...] = ()
    example: str = ""
    discreet: bool = False
    slow: bool = False

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
