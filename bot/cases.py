"""The support desk as values: cases, what happened in them, and the agents' rooms. A seam, like `bot.messages`.

A conversation is the bot's until something hands it over; only then there is a case. Times are Unix seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.messages import ChatKey, ImageRef, Language, NewOutgoing, Turn

_DRAFT = "draft:"


class CaseState(StrEnum):
    """Who has a conversation. BOT is what a conversation is in that has no case, or whose case was given back."""

    BOT = "bot"
    WAITING = "waiting"
    HUMAN = "human"
    CLOSED = "closed"


OPEN = (CaseState.WAITING, CaseState.HUMAN)
"""What agents have to see to. While a case is BOT, WAITING or HUMAN, what is said is mirrored to the rooms."""


class Cause(StrEnum):
    """Why a conversation was handed over."""

    ASKED = "asked"
    """The customer wants a person."""
    MODEL = "model"
    """The model says that it cannot help."""
    RATED = "rated"
    """Two answers were no help."""
    SET_ASIDE = "set_aside"
    """The model died of the question."""
    AGENT = "agent"
    """An agent stepped in."""
    OWNER = "owner"
    """The owner of a business account wrote themselves."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody of the desk: a `Sender.key`, and the name that people know them by."""

    key: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation that was handed over. `customer` is a `Sender.key`, `agent` who has it or had it last ("" for
    nobody), `since` when its present state began, `satisfaction` 1 to 5, or 0. `current`: it is about the chat's
    present conversation."""

    id: int
    chat: ChatKey
    state: CaseState
    cause: Cause
    customer: str
    customer_name: str
    language: Language
    agent: str = ""
    agent_name: str = ""
    opened_at: float = 0.0
    since: float = 0.0
    satisfaction: int = 0
    current: bool = True

    def is_of(self, person: str) -> bool:
        """Whether it is about this person (a `Sender.key`), as far as it is known whom it is about."""
        return self.customer in ("", person)


@dataclass(frozen=True, slots=True)
class Move:
    """A transition, which takes place only from the state that its maker saw: compare and swap.

    `case` 0 opens one for the present conversation of the outcome's chat, and takes place only if that has none; then
    `customer`, `customer_name` and `language` are put down. Otherwise it takes place only if the case is in the state
    `before` and with the agent `holder`. `agent` has it afterwards; one that is closed without naming anybody keeps
    who had it. One that is taken up again after it was closed is about the chat's present conversation then, and is
    only if that has no other case. `actor` is who did it: an agent, or the customer. With `turn`, it is because of that
    turn, and takes place only while that is part of the chat's present conversation.
    """

    after: CaseState
    actor: Staff
    case: int = 0
    before: CaseState = CaseState.BOT
    holder: str = ""
    agent: Staff = Staff("")
    cause: Cause = Cause.ASKED
    customer: Staff = Staff("")
    language: Language = "en"
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """What the customer of a closed case thought of it: `score` is 1 to 5."""

    case: int
    score: int


class LogKind(StrEnum):
    """What an entry in a case's log tells."""

    TURN = "turn"
    """Somebody said something: the turn `turn`."""
    AMENDED = "amended"
    """The turn's text was changed."""
    EXCHANGED = "exchanged"
    """Other pictures were put in place of the turn's."""
    RETRACTED = "retracted"
    """The turn is gone, or was replaced by a later one (a question asked anew)."""
    MOVED = "moved"
    """`text` is the state before and after, and the cause: ``bot>waiting:asked``."""
    NOTE = "note"
    """An agent's note, for agents alone."""
    UNDELIVERED = "undelivered"
    """A message to the customer that belongs to the turn did not arrive; `text` is why."""
    IN_DOUBT = "in_doubt"
    """It is unknown whether one arrived; `text` is why."""
    RATED = "rated"
    """Thumbs, of the answer `turn`: `text` is 1 or -1, then the reason, if there is one: ``-1 wrong``."""
    SATISFACTION = "satisfaction"
    """`text` is 1 to 5."""
    SUMMARY = "summary"
    """The case has a summary from now on, or another one, which its cards show."""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry about to be added to a case's log."""

    case: int
    kind: LogKind
    actor: Staff = Staff("")
    text: str = ""
    turn: int = 0


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One thing that happened in a case. `said` is the turn, if it is one and still there; `origin` the platform
    message in a room that it was made of ("" for none; see `room_message`)."""

    id: int
    case: int
    kind: LogKind
    at: float
    actor: Staff = Staff("")
    text: str = ""
    turn: int = 0
    said: Turn | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """Where agents see a case: a Slack thread, or a Telegram topic.

    `place` is the channel or group (a chat without thread); `thread` "" until the message or topic that opens it is
    there. `opening` and `card` are outbox ids: of what opens the room, and of the card (the same on Slack). `seen` is
    the newest entry of the log that the room shows. A room that is `gone` was deleted on its platform.
    """

    id: int
    case: int
    place: ChatKey
    thread: str = ""
    opening: int = 0
    card: int = 0
    seen: int = 0
    gone: bool = False

    @property
    def chat(self) -> ChatKey:
        """The room itself, as a chat."""
        return ChatKey(self.place.platform, self.place.account, self.place.chat, self.thread)


@dataclass(frozen=True, slots=True)
class Behind:
    """A room that does not show all that happened in its case. No `room`, or one that is gone: there is none at this
    place yet, or any more. `newest` is the newest entry of the log that a new room does not show, since its card does:
    `case` knows of it, and no agent has said anything by then."""

    case: Case
    place: ChatKey
    room: Room | None = None
    newest: int = 0


@dataclass(frozen=True, slots=True)
class Copy:
    """A message in a room, about to be put into the outbox, that shows an entry of the log (and its `turn`, if any)."""

    outgoing: NewOutgoing
    entry: int
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Mirroring:
    """One step of bringing a room up to date: stored whole, and only if the room still is at `room.seen`.

    `copies` are put into the outbox of the room's chat, and remembered as copies of their turns; the room is then at
    `seen`. With `card`, the first of them is the room's card.
    """

    room: Room
    seen: int
    copies: tuple[Copy, ...] = ()
    card: bool = False


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a case's card shows beside the case: the model's newest answer, the question that it answers and the
    customer's newest words, their newest pictures, and the summary ("" until there is one)."""

    question: str = ""
    pictures: tuple[ImageRef, ...] = ()
    answer: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a case is about, in a few lines. `seen` is the newest entry of its log from before what was said was read:
    where words have been changed or taken back since, it may tell of the old ones, and is not kept."""

    case: int
    text: str
    seen: int


def room_message(room: ChatKey, message_id: str) -> str:
    """The id under which a turn made of a message in a room is known in its customer's chat."""
    return f"room:{room.platform}:{room.chat}:{message_id}"


def draft_message(room: ChatKey, message_id: str) -> str:
    """The same of a turn that is a draft of the model's, which stands in that message."""
    return _DRAFT + room_message(room, message_id)


def is_draft(message_ids: Iterable[str]) -> bool:
    """Whether a turn of an agent's is made of a draft: then its text is Markdown, else as it was typed."""
    return any(message_id.startswith(_DRAFT) for message_id in message_ids)
