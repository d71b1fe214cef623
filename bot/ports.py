"""The seams of the core, as Protocols. One contract suite under ``tests/contracts`` holds every implementation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal, Protocol

from bot.messages import (
    Attachment,
    Button,
    ChatKey,
    Image,
    ImageRef,
    Inbound,
    Outgoing,
    Reply,
    Sender,
    Usage,
)
from bot.texts import Sentence


@dataclass(frozen=True, slots=True)
class ModelMessage:
    """One message of a prompt. Only the system message is ours; everybody else's text is data, never template text.

    Pictures come before the text.
    """

    role: Literal["system", "user", "assistant"]
    text: str
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is to answer. `chat` names whose cache it continues ("" for nobody's).

    `messages` begin with the system message and end with the user's question. `max_tokens` bounds the answer.
    `person` is whose share of the device it is charged to ("" for the chat's own), `urgent` lets it go before those
    that are not. With `schema`, a JSON Schema as text, the answer is a JSON value that the schema describes, unless it
    ends by its length or by being cancelled. `event` names what happened on the chat's platform that it answers, the
    same each time it is asked, whatever else the prompt has by then ("" for nothing). `branch_of` is the chat with
    whose conversation the prompt begins, if that is another's ("" if it is the chat's own): what the model said there
    is taken as it said it, so that what is computed of it is used.
    """

    chat: str
    messages: tuple[ModelMessage, ...]
    max_tokens: int
    person: str = ""
    urgent: bool = False
    schema: str = ""
    event: str = ""
    branch_of: str = ""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is known of a loaded model. `context` is the most tokens that one prompt and its answer may have together.
    `notice` says what people should know of it, if there is anything (an untrained placeholder, a demonstration)."""

    name: str
    context: int
    notice: Sentence | None = None


class Generation(Protocol):
    """One answer under way: iterate for its text, then read `usage`."""

    def __aiter__(self) -> AsyncIterator[str]:
        """Pieces of the answer, each of whole characters. Raises PromptTooLongError, ModelDiedError, SetAsideError or
        GenerationError."""
        ...

    def cancel(self) -> None:
        """End the answer within one decode step: iteration then ends normally and keeps what was said.

        May be called at any time, more than once, and from the event loop only.
        """
        ...

    @property
    def usage(self) -> Usage:
        """What the answer took; complete once iteration has ended."""
        ...


class VisionModel(Protocol):
    """A vision-language model."""

    async def load(self) -> None:
        """Read the weights and run one dummy encode. Raises ModelFileError with what to do about it."""
        ...

    @property
    def info(self) -> ModelInfo:
        """Facts about the loaded model."""
        ...

    def measure(self, text: str, images: Sequence[ImageRef] = ()) -> int:
        """Tokens that one message of a prompt takes, its template overhead included; never too few. Safe anywhere."""
        ...

    def generate(self, prompt: Prompt) -> Generation:
        """Begin an answer. Returns at once; the work starts when the model is free. Answers of one chat are made one
        after the other, in the order of the calls."""
        ...

    def cached(self, chat: str) -> int:
        """Tokens of the chat's conversation that the model holds computed, ready to be continued. Safe anywhere."""
        ...

    def forget(self, chat: str) -> None:
        """Drop, soon, all that is held of a chat, because its people want it forgotten."""
        ...

    def problem(self) -> str:
        """What keeps the model from working right now, in a few English words for admins; "" if nothing does."""
        ...

    async def close(self) -> None:
        """Cancel what runs, free everything. Idempotent; the model may not be loaded again."""
        ...


class Intake(Protocol):
    """Where adapters hand in what happened."""

    async def receive(self, inbound: Inbound) -> bool:
        """Commit to the inbox; once this returned, the platform may be told. False: nothing comes of it, since it was
        already there, or is met with silence.

        Raises StoreError if it could not be committed: then the platform must not be told.
        """
        ...


class Preview(Protocol):
    """Partial text while an answer is made. Best effort: it never raises, never blocks, and paces itself."""

    def remark(self, text: str) -> None:
        """Show `text`, one line on how things stand with the question, until there is something of the answer."""
        ...

    def show(self, text: str) -> None:
        """Show `text`, the whole of the answer so far, in place of what was shown before."""
        ...

    async def close(self, *, keep: bool) -> str:
        """End the preview. With `keep`, returns the id of the message that holds it, which the final answer is to
        replace ("" if there is none); otherwise removes what was shown and returns "". Idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class Opening:
    """The payload of the message that opens a room, sent to the place: the platform's id of it is the room's thread.
    `card` are the payloads that are to follow in the room, with the card first, if the opening is not the card itself.
    """

    payload: str
    card: tuple[str, ...] = ()


class Heard(Enum):
    """What of all that is written in a chat reaches the bot."""

    ALL = auto()
    THREAD = auto()
    """All that is written in its thread, but not what mentions somebody else."""
    ADDRESSED = auto()
    """Replies to the bot's messages, and what mentions the bot."""


class ChatAdapter(Protocol):
    """A chat platform."""

    @property
    def platform(self) -> str:
        """The `ChatKey.platform` of its chats."""
        ...

    @property
    def desk(self) -> ChatKey | None:
        """The channel or group where agents see cases; None if there is none, or it is not known yet which it is."""
        ...

    async def start(self, intake: Intake) -> None:
        """Connect and begin to receive. Raises ConfigurationError when the platform refuses the credentials."""
        ...

    async def stop(self) -> None:
        """Receive nothing more; what was received has been committed when this returns. Sending goes on working."""
        ...

    async def close(self) -> None:
        """Free everything. Idempotent."""
        ...

    async def fetch(self, chat: ChatKey, attachment: Attachment, limit: int) -> bytes:
        """The bytes of an attachment, `limit` bytes at the most. Raises PictureTooLargeError (as early as possible)
        or PictureUnavailableError."""
        ...

    def heard(self, chat: ChatKey) -> Heard:
        """What of all that is written in a customer's chat reaches the bot. Pure."""
        ...

    def render(self, reply: Reply) -> tuple[str, ...]:
        """The platform messages that make up a reply, in order, as payloads for `send`. Pure; at least one."""
        ...

    def removal(self) -> str:
        """The payload of an outgoing message that `removes` another one. Pure."""
        ...

    def opening(self, title: str, card: Reply) -> Opening:
        """What opens a room for a case at a place for agents. Pure."""
        ...

    def turn(self, item: Outgoing) -> AbstractAsyncContextManager[None]:
        """What a message is sent, or looked up, within. Entered when the platform answers, as far as is known, and its
        limits leave room for the message: that may take as long as the platform is away. May be cancelled."""
        ...

    async def send(self, item: Outgoing) -> str:
        """Send one message, in its `turn`, and return the platform's id of it. A message with a `slot`
        replaces that message's content, or takes the message away (`removes`), and may therefore be repeated; to find
        it taken away already is success. Raises a DeliveryError; ThreadGoneError where only the thread is gone."""
        ...

    async def find(self, item: Outgoing) -> str | None:
        """After an ambiguous send: the id of the message if it is there, None if it certainly is not. Raises
        AmbiguousDeliveryError when the platform has no way to tell, RetryLaterError when it cannot be asked now."""
        ...

    async def tell(self, person: str, text: str) -> None:
        """Tell somebody (a `Sender.key`) something in private, past the outbox: for the people who run the bot.

        `text` is plain, 4,000 characters at the most. Raises a DeliveryError. Does nothing where nobody has a private
        address.
        """
        ...

    def preview(self, inbound: Inbound) -> Preview:
        """Show that the bot is at work on `inbound` (typing, a status) and be ready to show partial text."""
        ...

    def forget(self, chat: ChatKey) -> None:
        """Drop all that is held in memory of a chat, because it was erased, and have pages that show it notice."""
        ...

    def problem(self) -> str:
        """What keeps the adapter from working right now, in a few English words for admins; "" if nothing does."""
        ...


class GroupSource(Protocol):
    """A platform that has groups of people."""

    async def group_members(self, group: str) -> frozenset[str]:
        """Who is in a group, each as a `Sender.key`; nobody of other companies. Raises a DeliveryError."""
        ...


class Surfaces(Protocol):
    """What adapters ask the core for that is shown outside of chats. Asks for no more than the person may see."""

    async def home(self, sender: Sender) -> tuple[Reply, ...]:
        """What an app's home shows somebody, from top to bottom."""
        ...

    async def editable(self, sender: Sender, button: Button, chat: ChatKey, message_id: str) -> str | None:
        """The text that a button that `edits`, under a message, begins with. None: the person may not press it."""
        ...
