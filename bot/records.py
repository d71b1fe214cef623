"""What the store holds of a chat or a person, as exports and erasures see it: values that cross the seams."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.messages import ChatKey, Inbound, Speaker, Turn


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is held of a chat or a person: chats, questions and answers in all versions, pictures, messages that wait to
    be answered; cases, those in which the person did anything as an agent among them."""

    chats: int = 0
    questions: int = 0
    answers: int = 0
    pictures: int = 0
    waiting: int = 0
    cases: int = 0


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture as a turn shows it: `number` within the conversation, `role` whether it was sent, shown again or meant,
    `description` what is on it, in a few words."""

    sha256: str
    width: int
    height: int
    media_type: str
    number: int
    role: str
    description: str


@dataclass(frozen=True, slots=True)
class Thumb:
    """Somebody's opinion of an answer: 1 or -1, and why, if they said it."""

    sender: str
    rating: int
    at: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A platform message of the outbox, with what became of it."""

    payload: str
    state: str
    message_id: str
    created_at: float
    changed_at: float


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """A turn with all that is held of it, whichever conversation it is of. `usage` has names as in `AnswerRecord` and
    `Usage`; `sent` are the messages that an answer was sent as; `author` is the agent's name, if one said it."""

    id: int
    conversation: int
    speaker: Speaker
    text: str
    sender: str
    language: str
    superseded: bool
    at: float
    message_ids: tuple[str, ...] = ()
    pictures: tuple[ShownPicture, ...] = ()
    usage: dict[str, Any] = field(default_factory=dict)
    feedback: tuple[Thumb, ...] = ()
    sent: tuple[Sent, ...] = ()
    author: str = ""


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """An entry of a case's log; see `bot.cases.LogEntry`."""

    kind: str
    turn: int
    actor: str
    actor_name: str
    text: str
    at: float


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """A case with all that happened in it; see `bot.cases.Case`. `taken_at` is when an agent first had it."""

    id: int
    conversation: int
    state: str
    cause: str
    customer: str
    customer_name: str
    agent: str
    agent_name: str
    opened_at: float
    taken_at: float | None
    since: float
    satisfaction: int
    summary: str
    log: tuple[EntryRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class ChatRecord:
    """What is held of a chat or, where several people talk, of one person in it. `person` is whose private chat it is;
    `waiting` is what has not been dealt with; `cases` are those of the chat, or of the person as a customer."""

    chat: ChatKey
    person: str
    turns: tuple[TurnRecord, ...] = ()
    notices: tuple[Sent, ...] = ()
    waiting: tuple[Inbound, ...] = ()
    cases: tuple[CaseRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Rated:
    """An answer of the bot's that somebody thought something of, with the whole of its conversation, oldest first.

    `answer` is the answer's turn. `rating` is 1 or -1, of whoever gave one last, with their `reason`, or 0 if it is the
    last answer before a case in which the customer gave nothing but their `satisfaction` with it (1 to 5, 0 for none).
    """

    chat: ChatKey
    answer: int
    rating: int
    reason: str
    satisfaction: int
    at: float
    model: str
    prompt_version: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Expired:
    """What one step of `ConversationStore.expire` did: how many rows went, and the chats that they were of."""

    count: int
    chats: tuple[ChatKey, ...] = ()
