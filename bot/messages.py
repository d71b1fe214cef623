"""The values that cross the seams between the rooms.

All of them are frozen and hold plain data: no SDK object, no raw event, no open file. Times are Unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Literal
from urllib.parse import quote, unquote

from bot.people import AuditEntry, Charge, Decision, Refusal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


@dataclass(frozen=True, slots=True, order=True)
class ChatKey:
    """One conversation.

    `account` is the bot or workspace that the chat belongs to; `thread` is a Slack thread, a Telegram topic, or "".
    """

    platform: str
    account: str
    chat: str
    thread: str = ""

    def __str__(self) -> str:
        """The one text form, which `parse` reads back: ``telegram:<account>/<chat>/<thread>``."""
        account, chat, thread = (quote(part, safe="") for part in (self.account, self.chat, self.thread))
        return f"{self.platform}:{account}/{chat}/{thread}"

    @classmethod
    def parse(cls, text: str) -> ChatKey:
        """Read the text form; raises ValueError for anything else."""
        platform, colon, rest = text.partition(":")
        parts = rest.split("/")
        if not platform or not colon or len(parts) != 3:
            raise ValueError(f"not a chat: {text!r}")
        account, chat, thread = map(unquote, parts)
        return cls(platform, account, chat, thread)


Subject = ChatKey | str
"""Whose data is meant: a chat, or, by a `Sender.key`, all that a person sent anywhere and what was answered to it."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent something.

    `key` is what roles are given to: ``telegram:<user id>``, ``slack:<team id>/<user id>``, ``web:<session>``.
    `language` is the platform's own tag ("zh-hans", "en"), or "" if it gives none.
    """

    key: str
    name: str = ""
    language: str = ""


class Role(IntEnum):
    """What somebody may do; each role may do what the lower ones may."""

    CUSTOMER = 0
    AGENT = 1
    ADMIN = 2


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as the platform announces it, before anyone has looked at it: nothing here can be trusted.

    `ref` is the adapter's own handle, with which `ChatAdapter.fetch` gets the bytes; a platform that brings the bytes
    along puts them in `data` instead. `media_type` and `size` (bytes) are the platform's claims.
    """

    ref: str = ""
    name: str = ""
    media_type: str = ""
    size: int | None = None
    data: bytes | None = field(default=None, repr=False)


class Kind(StrEnum):
    """What an `Inbound` is."""

    MESSAGE = "message"
    EDIT = "edit"
    DELETE = "delete"
    COMMAND = "command"
    FEEDBACK = "feedback"


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing that somebody did on a platform.

    `event_id` names what happened, not its delivery: however often and in whatever form the platform reports the same
    thing, the id is the same. It is unique within platform and account.

    MESSAGE: `text`, `attachments`; `group_id` joins an album's parts; `reply_to` is the message being replied to,
    `quoted` the files in that message and `replied` the key of its sender, if the platform sent them along.
    EDIT: the new `text` (and `attachments`) of `message_id`. DELETE: `message_id` is gone.
    COMMAND: `command` is the verb without its prefix, in lower case, and `text` its arguments.
    FEEDBACK: `rating` (1, -1) of the answer `message_id`.

    `private` says that the bot and one person are alone in the chat. `settled` says that nothing that belongs to this
    message can follow, so that the bot need not wait for the rest of an album or a burst. `answer_to` is the adapter's
    own address for an answer that only the sender may see; the core hands it back unread in `Reply.private_to`.
    `received_at` is put in by the core.
    """

    event_id: str
    chat: ChatKey
    sender: Sender
    kind: Kind = Kind.MESSAGE
    text: str = ""
    message_id: str = ""
    attachments: tuple[Attachment, ...] = ()
    group_id: str = ""
    reply_to: str = ""
    quoted: tuple[Attachment, ...] = ()
    replied: str = ""
    command: str = ""
    rating: int = 0
    private: bool = True
    settled: bool = False
    answer_to: str = ""
    received_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Pending:
    """An `Inbound` as the inbox holds it. With a `refusal`, all that is left to do is to say so. `earlier`: an earlier
    run took it in, and promised an answer."""

    id: int
    inbound: Inbound
    refusal: Refusal | None = None
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class ImageRef:
    """A prepared picture by its content hash (hex SHA-256 of the stored bytes), with its size in pixels."""

    sha256: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Image:
    """A prepared picture: `data` is a PNG, JPEG or WebP file without metadata, upright, RGB, 1 MB or less."""

    ref: ImageRef
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recall:
    """An earlier picture that a question is about: with `again` it is shown once more, else it is in view anyway."""

    ref: ImageRef
    again: bool


Speaker = Literal["customer", "bot"]


@dataclass(frozen=True, slots=True)
class NewTurn:
    """One side's contribution, about to be stored. `message_ids` are the platform's ids of the customer's messages."""

    speaker: Speaker
    text: str
    images: tuple[ImageRef, ...] = ()
    message_ids: tuple[str, ...] = ()
    sender: str = ""
    language: Language = "en"
    recalled: tuple[Recall, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One side's contribution, as the store holds it. `images` are the pictures that were sent with it."""

    id: int
    speaker: Speaker
    text: str
    images: tuple[ImageRef, ...] = ()
    message_ids: tuple[str, ...] = ()
    language: Language = "en"
    at: float = 0.0
    recalled: tuple[Recall, ...] = ()

    @property
    def shown(self) -> tuple[ImageRef, ...]:
        """The pictures that the model is shown with it: those shown again, then those sent."""
        return (*(recall.ref for recall in self.recalled if recall.again), *self.images)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the present conversation.

    `number` counts them from 1 in the order in which they were sent, each picture once, and stays. `turn` is the first
    turn that shows it. `description` says in a few words what is on it, "" for nothing; `described` is the place of
    that in the order in which pictures were described, 0 if this one never was.
    """

    number: int
    turn: int
    ref: ImageRef
    description: str = ""
    described: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """What prompts show of a conversation, from one cut to the next.

    Turns before the turn `first` are left out, and pictures before the turn `pictured` are only named, with those
    descriptions that had been made by then, up to `described`. `language` is the system prompt's; None: that of the
    conversation's first turn.
    """

    first: int = 0
    pictured: int = 0
    described: int = 0
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a prompt is made of: the present conversation's view, its turns from `view.first` on, oldest first, and all
    its pictures by number."""

    view: View = View()
    turns: tuple[Turn, ...] = ()
    pictures: tuple[Picture, ...] = ()


class Finish(StrEnum):
    """Why an answer ended."""

    STOP = "stop"
    LENGTH = "length"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Usage:
    """What one answer took. Counts are tokens; `cached_tokens` of `prompt_tokens` were not computed again."""

    prompt_tokens: int = 0
    image_tokens: int = 0
    cached_tokens: int = 0
    answer_tokens: int = 0
    waiting_ms: float = 0.0
    encode_ms: float = 0.0
    prefill_ms: float = 0.0
    first_token_ms: float = 0.0
    decode_ms: float = 0.0
    finish: Finish = Finish.STOP


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """What is kept about an answer beside its text."""

    usage: Usage
    model: str
    prompt_version: str
    total_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot says, before an adapter makes platform messages of it.

    `text` is CommonMark. `rateable` says that it is an answer of the model's: it asks for thumbs under it, and nothing
    in it may act by itself (mention somebody, be a command to tap). `reply_to` is the message it answers ("" for none),
    used where several people talk. `private_to` is an `Inbound.answer_to`: only that person sees the reply.
    """

    text: str
    language: Language = "en"
    rateable: bool = False
    reply_to: str = ""
    private_to: str = ""


@dataclass(frozen=True, slots=True)
class NewOutgoing:
    """One platform message, about to be stored in the outbox; `payload` is the adapter's own JSON.

    `slot` is the id of a message that is already there (a preview) and whose content the payload replaces.
    """

    payload: str
    answer: bool = False
    slot: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One platform message of the outbox. `turn_id` is the answer it belongs to, or None for a notice."""

    id: int
    chat: ChatKey
    payload: str
    slot: str = ""
    turn_id: int | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that dealing with some inbox rows changed: stored in one transaction, or not at all.

    `supersedes` is the id of the first turn that an edited question replaces, with all that came after it. `reset`
    begins a new conversation (before `question` and `answer` are stored). `set_aside` says that the question was given
    up because the model died of it. `charge` is what the answer took, `decisions` and `audit` are what a command did
    about people, and that it was given. `erases` is whose data goes (before anything else is stored), as far as it came
    before the first of the inbox rows. `resend` puts the messages that are stuck (ambiguous or failed, and not
    superseded) back into the outbox.
    """

    chat: ChatKey
    inbox_ids: tuple[int, ...]
    outgoing: tuple[NewOutgoing, ...] = ()
    question: NewTurn | None = None
    answer: NewTurn | None = None
    images: tuple[Image, ...] = ()
    record: AnswerRecord | None = None
    supersedes: int | None = None
    reset: bool = False
    set_aside: bool = False
    charge: Charge | None = None
    decisions: tuple[Decision, ...] = ()
    audit: tuple[AuditEntry, ...] = ()
    erases: Subject | None = None
    resend: bool = False


@dataclass(frozen=True, slots=True)
class TranscriptEntry:
    """One line of a chat as its customer saw it.

    A customer's entry has `text`, `images` and `message_id`, a bot's entry the `payload` of the message sent, with
    `message_id` the platform's id of it ("" while undelivered) and `rating` what the customer thought of it.
    `id` is the outbox id of a bot's entry and 0 for a customer's.
    """

    id: int
    speaker: Speaker
    at: float
    text: str = ""
    payload: str = ""
    images: tuple[ImageRef, ...] = ()
    message_id: str = ""
    rating: int = 0
    rateable: bool = False


@dataclass(frozen=True, slots=True)
class PlatformStats:
    """Figures of one platform over a period. Times are medians in milliseconds."""

    platform: str
    chats: int = 0
    questions: int = 0
    answers: int = 0
    thumbs_up: int = 0
    thumbs_down: int = 0
    answer_tokens: int = 0
    median_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is waiting or stuck: rows of the inbox not yet dealt with, and of the outbox by state; and how many
    questions of the last seven days were set aside, because the model died of them."""

    inbox: int = 0
    outbox: int = 0
    ambiguous: int = 0
    failed: int = 0
    set_aside: int = 0


@dataclass(frozen=True, slots=True)
class Stuck:
    """A chat's messages that did not certainly arrive. `since` is when the oldest of them got stuck, in Unix seconds;
    `reason` is the newest one's."""

    chat: ChatKey
    ambiguous: int
    failed: int
    since: float
    reason: str


@dataclass(frozen=True, slots=True)
class CommandInfo:
    """A verb as adapters announce it. `description` has one sentence for each language."""

    name: str
    role: Role
    description: dict[Language, str]
