"""The store of conversations, as Protocols: what it does for each purpose, and all of it. A seam.

One contract suite under ``tests/contracts`` holds every implementation.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from bot.deskstores import Cases, Incidents, Rooms
from bot.errors import StoreUnavailableError
from bot.figures import DayStats, PlatformStats
from bot.messages import (
    Backlog,
    ChatKey,
    Context,
    Image,
    ImageRef,
    Inbound,
    Language,
    Outgoing,
    Pending,
    Picture,
    Stuck,
    Subject,
    TranscriptEntry,
    Turn,
    View,
)
from bot.outcome import Outcome, Pause
from bot.people import Admission, AuditEntry, Person
from bot.records import ChatRecord, Expired, Holdings, Rated
from bot.versions import Asked, NewVersion, Version


class StoreObserver(Protocol):
    """Is told by a store how it fares, on the event loop."""

    def failed(self, error: StoreUnavailableError) -> None:
        """Something could not be read or written; the error is then raised."""
        ...

    def written(self) -> None:
        """Something has been committed durably."""
        ...


class Inbox(Protocol):
    """What happened on the platforms, and what dealing with it changed."""

    async def accept(self, inbound: Inbound, admit: Callable[[Person], Admission] | None = None) -> int | None:
        """Put into the inbox; None if the same event (platform, account, event id), or one that undoes it, was ever
        there before.

        `admit` is called with what is known of the sender, in the transaction and only for what is new (of `Person`,
        `attended` is about this chat, and known nowhere else); it is pure and
        quick. What it returns is stored with the event: a refusal as `Pending.refusal`, and one in silence makes the
        event one that is dealt with already.
        """
        ...

    async def pending(self, chat: ChatKey | None = None) -> list[Pending]:
        """What the inbox holds undone, oldest first, attachments' bytes included; of one chat, or of all."""
        ...

    async def commit(self, outcome: Outcome) -> list[Outgoing]:
        """Store an outcome in one transaction and mark its inbox rows done; returns the outbox rows to be sent, in
        order: those that are sent again, then those made.

        Inbox rows of the outcome that are already done make it raise AlreadySettledError and change nothing.
        """
        ...


class Turns(Protocol):
    """What was said, and the pictures."""

    async def history(self, chat: ChatKey) -> list[Turn]:
        """The turns of the chat's present conversation, oldest first."""
        ...

    async def context(self, chat: ChatKey) -> Context:
        """What the chat's next prompt is made of."""
        ...

    async def set_view(self, chat: ChatKey, view: View) -> None:
        """Keep what prompts show of the chat's present conversation. A new conversation begins without."""
        ...

    async def describe(self, chat: ChatKey, picture: Picture, text: str) -> bool:
        """Store what is on a picture of this chat, once. False if that is known, or the picture is gone."""
        ...

    async def find_pictured(self, chat: ChatKey, message_id: str) -> Turn | None:
        """The turn whose pictures a platform message is about, of the present conversation or an earlier one: the one
        it belongs to (in an agents' room, the one that it shows) or, for an answer, the newest one before it that has
        pictures. None without pictures."""
        ...

    async def find_turn(self, chat: ChatKey, message_id: str) -> Turn | None:
        """The turn, of the present conversation or an earlier one of this chat, that a platform message belongs to:
        a customer's message, or an answer the bot sent."""
        ...

    async def about_customer(self, room: ChatKey, message_id: str, agent: str) -> bool:
        """Whether a message of ours in an agents' room is its case's card, or shows what the customer, or this agent
        (a `Sender.key`), has said to the other."""
        ...

    async def amend(self, chat: ChatKey, message_id: str, text: str, images: Sequence[Image] | None = None) -> bool:
        """Correct the text of an earlier question, or of what an agent said, and put these pictures in place of its
        own, unless they are None. False if there is none."""
        ...

    async def retract(self, chat: ChatKey, message_id: str) -> bool:
        """Forget an earlier question, the bot's answer, and pictures that nothing else uses; or what an agent said, as
        with `Elsewhere.retracts`. False if there is none."""
        ...

    async def images(self, refs: Collection[ImageRef]) -> dict[str, Image]:
        """Stored pictures by hash; those no longer there are left out."""
        ...

    async def knows(self, chat: ChatKey) -> bool:
        """Whether the bot takes part in this chat: it has answered there before, the inbox holds something of it, or
        agents see a case or an incident there."""
        ...

    async def language(self, chat: ChatKey) -> str:
        """The language of the chat's newest question, "" if there is none."""
        ...

    async def language_of(self, person: str) -> str:
        """The language of somebody's newest question, wherever they asked it, "" if there is none."""
        ...

    async def newest(self, place: ChatKey) -> ChatKey | None:
        """The chat with the newest turn among those in the threads of a place and the one beside them; without turns,
        the newest in which the bot has said anything; None if there is none."""
        ...

    async def author(self, chat: ChatKey, message_id: str) -> str:
        """The key of who wrote a message in this chat or, for an answer, asked for it; "" if that is not known."""
        ...


class Outbox(Protocol):
    """Messages on their way to the platforms."""

    async def undelivered(self) -> list[Outgoing]:
        """Outbox rows that wait to be sent, oldest first; those whose sending began come from `in_doubt`."""
        ...

    async def in_doubt(self) -> list[Outgoing]:
        """Outbox rows whose sending began and whose end is unknown, oldest first."""
        ...

    async def sending(self, outgoing_id: int) -> bool:
        """The send of a row begins: from here on, a crash leaves it in doubt. False: there is nothing to be sent, since
        the row was erased meanwhile, or was given up, or is at the platform already."""
        ...

    async def sent(self, outgoing_id: int, message_id: str) -> None:
        """The row is at the platform, under this id."""
        ...

    async def unsent(self, outgoing_id: int, error: str) -> None:
        """The row certainly did not arrive and is to be tried again."""
        ...

    async def detach(self, outgoing_id: int) -> None:
        """The row certainly did not arrive, and is to be sent as a new message: what it was to replace is gone."""
        ...

    async def failed(self, outgoing_id: int, error: str) -> None:
        """The row did not arrive and never will."""
        ...

    async def ambiguous(self, outgoing_id: int, error: str, notices: Sequence[str] = ()) -> list[Outgoing]:
        """It is unknown whether the row arrived; `notices` are payloads put into the outbox in the same transaction."""
        ...

    async def stuck(self, chat: ChatKey) -> list[Outgoing]:
        """The chat's ambiguous and failed rows, oldest first: what an outcome that says `resend` sends again."""
        ...

    async def message_id(self, outgoing_id: int) -> str:
        """The platform's id of a message of the outbox, or of what was sent anew in its place; "" if it did not arrive,
        or is not known to have."""
        ...

    async def stuck_chats(self, limit: int) -> list[Stuck]:
        """The chats with messages that are ambiguous or failed, at most `limit`, the newest trouble first."""
        ...


class People(Protocol):
    """What is known of people, roles that admins gave, and the audit."""

    async def person(self, key: str) -> Person:
        """What is known of somebody; of those never heard of, nothing."""
        ...

    async def agents(self) -> frozenset[str]:
        """Those whom an admin has made agents."""
        ...

    async def members(self) -> dict[str, frozenset[str]]:
        """Who was in which group on a platform, as last kept."""
        ...

    async def keep_members(self, members: Mapping[str, Collection[str]]) -> None:
        """Keep who is in which group, in place of what was kept before."""
        ...

    async def busiest(self, day: int, limit: int) -> list[Person]:
        """Those who have used the device on a day, who used it most first; at most `limit`."""
        ...

    async def record(self, entry: AuditEntry) -> None:
        """Add to the audit what was done otherwise than by an `Outcome`."""
        ...

    async def audit(self, limit: int) -> list[AuditEntry]:
        """The newest entries of the audit, newest first; at most `limit`."""
        ...


class Reports(Protocol):
    """Opinions and figures, and a chat as its customer saw it."""

    async def rate(self, chat: ChatKey, message_id: str, sender: str, rating: int, reason: str = "") -> bool:
        """Store thumbs up (1) or down (-1) for the answer `message_id` belongs to, with why, if it is said; the newest
        of a sender counts. False if that message is no answer of this chat."""
        ...

    async def rated(self, since: float) -> list[Rated]:
        """The answers that customers have thought something of since a time, by thumbs or by their satisfaction with a
        case, in the order in which they were given. Not those that were superseded."""
        ...

    async def transcript(self, chat: ChatKey, after: int = 0) -> list[TranscriptEntry]:
        """The present conversation as its customer saw it, in order: questions (those still in the inbox too) and
        every message of the outbox, but for what was removed. With `after`, only the bot's entries with a greater
        `version`, in the order of those: what is new, what was replaced since, and what was removed since."""
        ...

    async def stats(self, since: float) -> list[PlatformStats]:
        """Figures by platform since a time, in alphabetical order."""
        ...

    async def daily(self, starts: Sequence[float]) -> list[DayStats]:
        """Figures of the days that begin at these times, oldest first; the last one goes on until now."""
        ...

    async def backlog(self) -> Backlog:
        """What is waiting or stuck."""
        ...


class Privacy(Protocol):
    """What is held of whom, to be exported and erased."""

    async def holdings(self, subject: Subject) -> Holdings:
        """How much is held of a chat or a person."""
        ...

    async def chats_of(self, subject: Subject) -> list[ChatKey]:
        """The chats in which there is something of the subject's, oldest first."""
        ...

    async def rooms_of(self, subject: Subject) -> list[ChatKey]:
        """The agents' rooms that an erasure of the subject empties: those of a customer's cases."""
        ...

    async def erase(self, subject: Subject) -> int:
        """Delete all that is held of a chat or a person, and withdraw what waits; returns in how many chats there was
        something. An `Outcome` does the same where a command is settled with it. What stays is that an event was there
        before, without saying whose it was. A customer's cases go, with what was said in their rooms. Of an agent, key
        and name go, not what they said to customers; cases that they have wait for somebody else."""
        ...

    async def expire(self, turns_before: float, pictures_before: float) -> Expired:
        """Delete a few of the turns and notices from before a time, and of the pictures that were sent before another
        time; to be called until there are none. What is yet to be answered or sent stays."""
        ...

    async def scrub(self) -> bool:
        """See to it that what was deleted is in no file of the store's any more. False: another program keeps it from
        that right now, so ask again. Takes its time on a large store, and keeps nobody waiting meanwhile."""
        ...

    async def export(self, subject: Subject) -> list[ChatRecord]:
        """All that is held of a chat or a person, but for the pictures' bytes."""
        ...


class Pauses(Protocol):
    """Pauses of the service."""

    async def paused(self) -> Pause | None:
        """The pause that the service is in; None while it goes on."""
        ...

    async def tell_of_pause(self, chat: ChatKey, payloads: Sequence[str]) -> list[Outgoing]:
        """Put into the outbox what tells a chat of the pause. Nothing if it was told of this one before, or if there is
        none."""
        ...


class Versions(Protocol):
    """System prompts that admins wrote."""

    async def keep_version(self, new: NewVersion) -> int:
        """Keep a template of the system prompt, and return its id: the one that it has there already, if it has."""
        ...

    async def live_versions(self) -> list[Version]:
        """All versions that are in use."""
        ...

    async def version(self, version_id: int) -> Version | None:
        """A version by its id."""
        ...

    async def versions(self, scope: str, language: Language, limit: int) -> list[Version]:
        """The versions of a scope and language, the newest first."""
        ...

    async def steps_back(self, scope: str, language: Language) -> list[int]:
        """The versions that steps back lead through there, from the one in use on; behind the last is none of its
        own."""
        ...

    async def asked(self, scope: str, language: Language, limit: int) -> list[Asked]:
        """The newest questions there that the bot has answered, the newest first."""
        ...


class ConversationStore(
    Inbox, Turns, Outbox, People, Reports, Privacy, Cases, Rooms, Pauses, Versions, Incidents, Protocol
):
    """Chats, turns, pictures, inbox, outbox, feedback and usage. Every method that changes something has committed
    durably when it returns. Raises StoreError; StoreUnavailableError where the same may work later."""

    async def open(self) -> None:
        """Open the database and migrate it. Raises NewerDatabaseError."""
        ...

    async def close(self) -> None:
        """Finish what was begun and close. Idempotent."""
        ...

    async def probe(self) -> None:
        """Write something that changes nothing, durably, to see whether that works, with room for more."""
        ...
