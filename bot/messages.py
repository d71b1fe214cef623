"""The values that cross the seams between the rooms.

All of them are frozen and hold plain data: no SDK object, no raw event, no open file. Times are Unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Literal
from urllib.parse import quote, unquote

from bot.people import SHARED, Refusal

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

    @property
    def one_off(self) -> bool:
        """Whether it ends with its one answer: a program asked, and reads nothing that is said later."""
        return f"{self.platform}:{self.account}" in SHARED

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
    thing, the id is the same. It is unique within platform and account. `undone_by` is the id of what makes it void, a
    deletion, which a platform that has to report this again may report first.

    MESSAGE: `text`, `attachments`; `group_id` joins an album's parts; `reply_to` is the message being replied to,
    `quoted` the files in that message and `replied` the key of its sender, if the platform sent them along. With a
    `command`, it was written behind that verb, and is kept like any message for what comes with it.
    EDIT: the new `text` (and `attachments`) of `message_id`. DELETE: `message_id` is gone.
    COMMAND: `command` is the verb without its prefix, in lower case, and `text` its arguments; `attachments` may come
    with it. A button's press is a command as well, with `reply_to` the message that has the button.
    FEEDBACK: `rating` (1, -1) of the answer `message_id`; `text` is the reason, if one is given.

    `owned`: it was written by the owner of a business account, in the place of the bot, to a customer of theirs, the
    `addressee`. `mentions_others`: it mentions somebody other than the bot, and so may not be meant for it.
    `mentions_bot`: it mentions the bot. `forwarded`: it passes on, or answers, what was said elsewhere, or by means of
    another bot.

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
    owned: bool = False
    addressee: Sender | None = None
    mentions_others: bool = False
    mentions_bot: bool = False
    forwarded: bool = False
    undone_by: str = ""
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


Speaker = Literal["customer", "bot", "agent"]
"""Who said something to the other side: the customer, or, in answer, the bot or an agent."""


@dataclass(frozen=True, slots=True)
class NewTurn:
    """One side's contribution, about to be stored. `message_ids` are the platform's ids of the messages it is made of:
    the customer's, or an agent's as `bot.cases.room_message` gives them. `sender` is the customer's key, or the
    agent's, and `author` the agent's name. One that is `withheld` is shown in no prompt, since the model died of it."""

    speaker: Speaker
    text: str
    images: tuple[ImageRef, ...] = ()
    message_ids: tuple[str, ...] = ()
    sender: str = ""
    language: Language = "en"
    recalled: tuple[Recall, ...] = ()
    author: str = ""
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One side's contribution, as the store holds it. `images` are the pictures that were sent with it, `author` is the
    agent's name, if an agent said it."""

    id: int
    speaker: Speaker
    text: str
    images: tuple[ImageRef, ...] = ()
    message_ids: tuple[str, ...] = ()
    language: Language = "en"
    at: float = 0.0
    recalled: tuple[Recall, ...] = ()
    author: str = ""

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
class Button:
    """A button under a message: pressed, it is the command `command` with `text` after it (64 bytes together at the
    most). With `confirm`, a sentence, people are asked whether they are sure, where the platform can.

    `edits` asks for a text first, which then is what stands after the verb; it begins as that of the message, unless
    that is about something else (`blank`).
    """

    label: str
    command: str
    text: str = ""
    style: Literal["", "primary", "danger"] = ""
    confirm: str = ""
    edits: bool = False
    blank: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """A small file of our own making that goes out with a message: a chart, a form's JSON."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said, before an adapter makes platform messages of it.

    `text` is CommonMark. `rateable` says that it is an answer of the model's: it asks for thumbs under it.
    `author` is the name of the person whose words they are, "" for the bot's own; theirs may have links to anywhere.
    In what the model or a customer said nothing may act by itself (mention somebody, be a command to tap), which
    `quotes` says of everything in `text` but emphasis. `reply_to` is the message it answers ("" for none), used where
    several people talk. `private_to` is an `Inbound.answer_to`: only that person sees the reply.
    `pictures` are stored ones and go along, as does `file`. `buttons` stand under the last message.
    """

    text: str
    language: Language = "en"
    rateable: bool = False
    reply_to: str = ""
    private_to: str = ""
    author: str = ""
    quotes: bool = False
    pictures: tuple[ImageRef, ...] = ()
    file: File | None = None
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class NewOutgoing:
    """One platform message, about to be stored in the outbox; `payload` is the adapter's own JSON.

    `slot` is the id of a message that is already there (a preview) and whose content the payload replaces. `replaces`
    is the outbox id of a message before it, in the same chat, whose content it replaces once both have arrived; with
    `removes`, it takes that message away instead (the payload is then `ChatAdapter.removal`'s). The payload of one that
    is `fleeting` is not kept once it has arrived, or failed for good: it shows what is another chat's, and has to go
    with that chat.
    """

    payload: str
    answer: bool = False
    slot: str = ""
    replaces: int = 0
    removes: bool = False
    fleeting: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One platform message of the outbox. `turn_id` is the answer it belongs to, or None for a notice. `replaces` and
    `removes` are as in `NewOutgoing`; `slot` then is that message's id, once it is about to be sent."""

    id: int
    chat: ChatKey
    payload: str
    slot: str = ""
    turn_id: int | None = None
    attempts: int = 0
    replaces: int = 0
    removes: bool = False


@dataclass(frozen=True, slots=True)
class TranscriptEntry:
    """One line of a chat as its customer saw it.

    A customer's entry has `text`, `images` and `message_id`, a bot's entry the `payload` of the message sent (of the
    newest that replaced it), with `message_id` the platform's id of it ("" while undelivered) and `rating` what the
    customer thought of it. `id` is the outbox id of a bot's entry and 0 for a customer's; it stays when the message is
    replaced, while `version`, the outbox id of what the entry shows, grows. What an agent said is a bot's entry, too;
    its payload names the agent. An entry that was `removed` has no payload.
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
    version: int = 0
    removed: bool = False


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
    """A verb as adapters announce it. `description` has one sentence for each language. `among_agents`: it makes sense
    where agents see cases."""

    name: str
    role: Role
    description: dict[Language, str]
    among_agents: bool = True
