"""The same screenshot from many customers, as values. A seam. Times are Unix seconds."""

from __future__ import annotations

from dataclasses import dataclass

from bot.messages import ChatKey, ImageRef, NewOutgoing


@dataclass(frozen=True, slots=True)
class Look:
    """What a screenshot is known again by: a perceptual hash (64 hexadecimal digits), and the error codes that were
    spoken of with it."""

    hash: str
    codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture that a customer sent with the turn `turn`, not yet looked at; `words` are the question and its
    answer."""

    turn: int
    ref: ImageRef
    words: str
    at: float


@dataclass(frozen=True, slots=True)
class Incident:
    """A screenshot that was seen, by so many `customers` within the time asked for; the newest turn that showed it is
    `newest`. Agents have answered those who sent it up to the turn `answered`; `chats` are where it was sent after
    that, the newest first, but for what those sent who are banned; `cases` are the numbers of the open ones there."""

    id: int
    look: Look
    newest: int = 0
    answered: int = 0
    customers: int = 0
    cases: tuple[int, ...] = ()
    chats: tuple[ChatKey, ...] = ()
    picture: ImageRef | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What agents are told of an incident at a place. `outgoing` is the outbox id of it, 0 if there is none yet;
    `told` is how many customers it speaks of."""

    incident: int
    place: ChatKey
    outgoing: int = 0
    told: int = 0


@dataclass(frozen=True, slots=True)
class Telling:
    """A notice is given, or its text is brought up to date: stored only if it still is as `notice` says."""

    notice: Notice
    told: int
    messages: tuple[NewOutgoing, ...]
