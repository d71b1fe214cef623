"""The store of conversations in one SQLite file, behind `bot.stores.ConversationStore`."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bot.figures import DayStats, PlatformStats
from bot.incidents import Incident, Look, Notice, Sight, Telling
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
from bot.stores import StoreObserver
from bot.versions import Asked, NewVersion, Version
from conversations import (
    changes,
    chats,
    erasing,
    expiry,
    exporting,
    feedback,
    figures,
    inbox,
    incidents,
    outbox,
    outcomes,
    pauses,
    people,
    pictures,
    prompts,
    rated,
    reports,
    rooms,
    turns,
)
from conversations.chats import Chat
from conversations.connection import Connect, connect
from conversations.database import Database, Transaction
from conversations.desk import SqliteDesk


class SqliteStore(SqliteDesk):
    """A `ConversationStore`. `path` may be ":memory:"; `clock` gives Unix seconds.

    Half a surrogate pair in a text, which UTF-8 cannot hold, is stored as U+FFFD. Methods that change an outbox row do
    nothing to a row that is no longer there because its question was retracted, and never take back a delivery.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        clock: Callable[[], float] = time.time,
        observer: StoreObserver | None = None,
        connect: Connect = connect,
    ) -> None:
        """`connect` opens the file for one connection."""
        super().__init__(Database(path, observer=observer, connect=connect), clock)

    async def open(self) -> None:
        """Open the database, make it if need be, and migrate it."""
        await self._database.open()

    async def close(self) -> None:
        """Finish what was begun and close. Idempotent."""
        await self._database.close()

    async def probe(self) -> None:
        """Commit something that changes nothing, if there is room for more than that."""
        await self._database.probe()

    # --- inbox

    async def accept(self, inbound: Inbound, admit: Callable[[Person], Admission] | None = None) -> int | None:
        """Put into the inbox what `admit` lets in; None if the same event was ever there before."""
        now = self._clock()
        return await self._database.write(lambda tx: inbox.accept(tx, inbound, now, admit))

    async def pending(self, chat: ChatKey | None = None) -> list[Pending]:
        """What the inbox holds undone, oldest first; of one chat, or of all."""
        return await self._database.read(lambda tx: inbox.pending(tx, chat))

    async def commit(self, outcome: Outcome) -> list[Outgoing]:
        """Store an outcome whole or not at all; returns the outbox rows to be sent, in order."""
        now = self._clock()
        write = self._database.write if outcome.erases is None else self._database.erase
        return await write(lambda tx: outcomes.commit(tx, outcome, now))

    # --- turns

    async def history(self, chat: ChatKey) -> list[Turn]:
        """The turns of the chat's present conversation, oldest first, without superseded ones."""
        return await self._of_chat(chat, turns.history, [])

    async def context(self, chat: ChatKey) -> Context:
        """What the chat's next prompt is made of, as one unchanging state."""

        def read(tx: Transaction, row: Chat) -> Context:
            view = chats.view(tx, row)
            said = turns.history(tx, row, view.first, withheld=False)
            return Context(view, tuple(said), tuple(pictures.numbered(tx, row)))

        return await self._of_chat(chat, read, Context())

    async def set_view(self, chat: ChatKey, view: View) -> None:
        """Keep what prompts show of the chat's present conversation."""
        await self._database.write(lambda tx: chats.set_view(tx, chat, view))

    async def describe(self, chat: ChatKey, picture: Picture, text: str) -> bool:
        """Store what is on a picture, once; it goes with the turn that first showed the picture."""

        def write(tx: Transaction) -> bool:
            row = chats.find(tx, chat)
            return row is not None and pictures.describe(tx, row, picture, text)

        return await self._database.write(write)

    async def find_pictured(self, chat: ChatKey, message_id: str) -> Turn | None:
        """The turn whose pictures a message is about; see `find_turn`. None without pictures."""
        return await self._of_chat(chat, lambda tx, row: turns.find_pictured(tx, row, message_id), None)

    async def find_turn(self, chat: ChatKey, message_id: str) -> Turn | None:
        """The newest turn made of this message of a customer's, or else the bot's turn that was sent as it.

        Superseded turns are found too. An answer's turn has no pictures and no message ids: those are its question's.
        """
        return await self._of_chat(chat, lambda tx, row: turns.find(tx, row, message_id), None)

    async def about_customer(self, room: ChatKey, message_id: str, agent: str) -> bool:
        """Whether a message in a room is the card, or shows words of the customer or of this agent."""

        def read(tx: Transaction, row: Chat) -> bool:
            return rooms.about_customer(tx, row, message_id, agent)

        return await self._of_chat(room, read, default=False)

    async def amend(self, chat: ChatKey, message_id: str, text: str, images: Sequence[Image] | None = None) -> bool:
        """Correct the text of an earlier question, and its pictures, unless they are None; what was there before is
        gone from the file, too. False if there is none."""
        now = self._clock()
        return await self._database.erase(lambda tx: changes.amend(tx, chat, message_id, text, images, now))

    async def retract(self, chat: ChatKey, message_id: str) -> bool:
        """Forget an earlier question in all its versions, with answers, their messages, usage and feedback, and
        pictures that nobody else sent; nothing of them stays in the file. False if there is none."""
        now = self._clock()
        return await self._database.erase(lambda tx: changes.retract(tx, chat, message_id, now))

    async def images(self, refs: Collection[ImageRef]) -> dict[str, Image]:
        """Stored pictures by hash; those no longer there are left out."""
        return await self._database.read(lambda tx: pictures.load(tx, refs))

    async def knows(self, chat: ChatKey) -> bool:
        """Whether the bot has ever answered in this chat, be it with a refusal or with what was retracted since, or is
        about to; or shows a case or an incident there."""

        def read(tx: Transaction) -> bool:
            row = chats.find(tx, chat)
            taking_part = row is not None and (row.answered or inbox.holds(tx, row))
            return (
                taking_part
                or rooms.case_in(tx, chat) is not None
                or incidents.told_in(tx, replace(chat, thread=""), chat.thread) != 0
            )

        return await self._database.read(read)

    async def language(self, chat: ChatKey) -> str:
        """The language of the chat's newest question, "" if there is none."""
        return await self._of_chat(chat, turns.language, "")

    async def language_of(self, person: str) -> str:
        """The language of somebody's newest question, wherever they asked it, "" if there is none."""
        return await self._database.read(lambda tx: turns.language_of(tx, person))

    async def newest(self, place: ChatKey) -> ChatKey | None:
        """The chat with the newest turn among those in the threads of a place and the one beside them; without turns,
        the newest in which the bot has said anything; None if there is none."""
        return await self._database.read(lambda tx: turns.newest_chat(tx, place))

    # --- outbox

    async def undelivered(self) -> list[Outgoing]:
        """Outbox rows that are to be sent, oldest first."""
        return await self._database.read(lambda tx: outbox.in_state(tx, "pending"))

    async def in_doubt(self) -> list[Outgoing]:
        """Outbox rows being sent, oldest first: after a start, those whose sending the last process did not see end."""
        return await self._database.read(lambda tx: outbox.in_state(tx, "sending"))

    async def sending(self, outgoing_id: int) -> bool:
        """The send of a row begins; counts as an attempt. False: there is nothing to be sent."""
        now = self._clock()
        return await self._database.write(lambda tx: outbox.begin(tx, outgoing_id, now))

    async def sent(self, outgoing_id: int, message_id: str) -> None:
        """The row is at the platform, under this id."""
        now = self._clock()

        def write(tx: Transaction) -> None:
            outbox.arrived(tx, outgoing_id, message_id, now)
            rooms.opened(tx, outgoing_id, message_id)

        await self._database.write(write)

    async def unsent(self, outgoing_id: int, error: str) -> None:
        """The row certainly did not arrive and is to be tried again."""
        now = self._clock()
        await self._database.write(lambda tx: outbox.give_up(tx, outgoing_id, "pending", error, now))

    async def detach(self, outgoing_id: int) -> None:
        """The row certainly did not arrive, and is to be sent as a new message."""
        now = self._clock()
        await self._database.write(lambda tx: outbox.detach(tx, outgoing_id, now))

    async def failed(self, outgoing_id: int, error: str) -> None:
        """The row did not arrive and never will."""
        now = self._clock()
        await self._database.write(lambda tx: outbox.give_up(tx, outgoing_id, "failed", error, now))

    async def ambiguous(self, outgoing_id: int, error: str, notices: Sequence[str] = ()) -> list[Outgoing]:
        """It is unknown whether the row arrived; returns the notices' rows."""
        now = self._clock()
        return await self._database.write(lambda tx: outbox.doubt(tx, outgoing_id, error, notices, now))

    async def stuck(self, chat: ChatKey) -> list[Outgoing]:
        """The chat's ambiguous and failed rows, save superseded ones, oldest first."""
        return await self._of_chat(chat, outbox.stuck, [])

    # --- people

    async def rate(self, chat: ChatKey, message_id: str, sender: str, rating: int, reason: str = "") -> bool:
        """Store thumbs up (1) or down (-1); the newest of a sender counts. False if the message is no answer."""
        now = self._clock()
        return await self._database.write(lambda tx: feedback.rate(tx, chat, message_id, sender, rating, reason, now))

    async def rated(self, since: float) -> list[Rated]:
        """The answers that customers have thought something of since a time, in the order in which they were given."""
        return await self._database.read(lambda tx: rated.read(tx, since))

    async def person(self, key: str) -> Person:
        """What is known of somebody."""
        return await self._database.read(lambda tx: people.find(tx, key))

    async def agents(self) -> frozenset[str]:
        """Those whom an admin has made agents."""
        return await self._database.read(people.agents)

    async def members(self) -> dict[str, frozenset[str]]:
        """Who was in which group on a platform, as last kept."""
        return await self._database.read(people.members)

    async def keep_members(self, members: Mapping[str, Collection[str]]) -> None:
        """Keep who is in which group, in place of what was kept before."""
        await self._database.write(lambda tx: people.keep_members(tx, members))

    async def busiest(self, day: int, limit: int) -> list[Person]:
        """Those who used the device on a day, who used it most first."""
        return await self._database.read(lambda tx: people.busiest(tx, day, limit))

    async def author(self, chat: ChatKey, message_id: str) -> str:
        """Who wrote a message or, for an answer, asked for it; superseded questions count, too."""
        return await self._of_chat(chat, lambda tx, row: turns.author(tx, row, message_id), "")

    async def record(self, entry: AuditEntry) -> None:
        """Add to the audit."""
        now = self._clock()
        await self._database.write(lambda tx: people.record(tx, [entry], now))

    async def audit(self, limit: int) -> list[AuditEntry]:
        """The newest entries of the audit, newest first."""
        return await self._database.read(lambda tx: people.audit(tx, limit))

    async def transcript(self, chat: ChatKey, after: int = 0) -> list[TranscriptEntry]:
        """The present conversation as its customer saw it; with `after`, only the bot's entries with a greater id."""
        return await self._of_chat(chat, lambda tx, row: reports.transcript(tx, row, after), [])

    async def stats(self, since: float) -> list[PlatformStats]:
        """Figures by platform since a time."""
        return await self._database.read(lambda tx: figures.stats(tx, since))

    async def daily(self, starts: Sequence[float]) -> list[DayStats]:
        """Figures of the days that begin at these times, oldest first."""
        return await self._database.read(lambda tx: figures.daily(tx, starts))

    async def backlog(self) -> Backlog:
        """What is waiting or stuck."""
        now = self._clock()
        return await self._database.read(lambda tx: reports.backlog(tx, now))

    # --- pauses

    async def paused(self) -> Pause | None:
        """The pause that the service is in."""
        return await self._database.read(pauses.current)

    async def tell_of_pause(self, chat: ChatKey, payloads: Sequence[str]) -> list[Outgoing]:
        """Put what tells a chat of the pause into the outbox, once."""
        now = self._clock()
        return await self._database.write(lambda tx: pauses.tell(tx, chat, payloads, now))

    # --- privacy

    async def holdings(self, subject: Subject) -> Holdings:
        """How much is held of a chat or a person."""
        return await self._database.read(lambda tx: erasing.holdings(tx, subject))

    async def chats_of(self, subject: Subject) -> list[ChatKey]:
        """The chats in which there is something of the subject's."""
        return await self._database.read(lambda tx: [key for key, _ in erasing.concerned(tx, subject)])

    async def rooms_of(self, subject: Subject) -> list[ChatKey]:
        """The agents' rooms that an erasure of the subject takes with it."""
        return await self._database.read(lambda tx: erasing.rooms_of(tx, subject))

    async def erase(self, subject: Subject) -> int:
        """Delete all that is held of a chat or a person; returns in how many chats there was something."""
        now = self._clock()
        return await self._database.erase(lambda tx: erasing.erase(tx, subject, None, now))

    async def expire(self, turns_before: float, pictures_before: float) -> Expired:
        """Delete a few turns and notices from before a time, and pictures that were sent before another one."""
        return await self._database.write(lambda tx: expiry.step(tx, turns_before, pictures_before))

    async def scrub(self) -> bool:
        """See to it that what was deleted is in no file any more. False: ask again."""
        return await self._database.scrub()

    async def export(self, subject: Subject) -> list[ChatRecord]:
        """All that is held of a chat or a person, but for the pictures' bytes."""
        return await self._database.read(lambda tx: exporting.read(tx, subject))

    # --- incidents

    async def unseen(self, since: float, after: int, limit: int) -> list[Sight]:
        """Pictures that customers sent since a time and that nobody has looked at for incidents."""
        return await self._database.read(lambda tx: incidents.unseen(tx, since, after, limit))

    async def see(self, sight: Sight, look: Look, incident: int) -> int:
        """Put down what a picture showed; returns the incident."""
        return await self._database.write(lambda tx: incidents.see(tx, sight, look, incident))

    async def incidents(self, since: float, customers: int) -> list[Incident]:
        """What so many customers have sent since a time, the newest last."""
        return await self._database.read(lambda tx: incidents.recent(tx, since, customers))

    async def incident(self, incident_id: int, since: float) -> Incident | None:
        """An incident by its number."""
        return await self._database.read(lambda tx: incidents.find(tx, incident_id, since))

    async def said_of(self, incident_id: int, since: float) -> list[str]:
        """What an incident's screenshot was sent with since a time, each question with its answer."""
        return await self._database.read(lambda tx: incidents.said_of(tx, incident_id, since))

    async def incident_in(self, place: ChatKey, message_id: str) -> int:
        """The incident that a message at a place for agents tells of; 0 for none."""
        return await self._database.read(lambda tx: incidents.told_in(tx, place, message_id))

    async def notice(self, incident_id: int, place: ChatKey) -> Notice:
        """What agents were told of an incident at a place."""
        return await self._database.read(lambda tx: incidents.notice(tx, incident_id, place))

    async def give_notice(self, telling: Telling) -> list[Outgoing]:
        """Tell agents of an incident; returns the outbox rows."""
        now = self._clock()
        return await self._database.write(lambda tx: incidents.tell(tx, telling, now))

    # --- prompts

    async def keep_version(self, new: NewVersion) -> int:
        """Keep a template of the system prompt and return its id."""
        now = self._clock()
        return await self._database.write(lambda tx: prompts.keep(tx, new, now))

    async def live_versions(self) -> list[Version]:
        """All versions that are in use."""
        return await self._database.read(prompts.live)

    async def version(self, version_id: int) -> Version | None:
        """A version by its id."""
        return await self._database.read(lambda tx: prompts.find(tx, version_id))

    async def versions(self, scope: str, language: Language, limit: int) -> list[Version]:
        """The versions of a scope and language, the newest first."""
        return await self._database.read(lambda tx: prompts.versions(tx, scope, language, limit))

    async def steps_back(self, scope: str, language: Language) -> list[int]:
        """The versions that steps back lead through there, from the one in use on."""
        return await self._database.read(lambda tx: prompts.steps(tx, scope, language))

    async def asked(self, scope: str, language: Language, limit: int) -> list[Asked]:
        """The newest questions there that the bot has answered, the newest first."""
        return await self._database.read(lambda tx: prompts.asked(tx, scope, language, limit))

    async def stuck_chats(self, limit: int) -> list[Stuck]:
        """The chats with messages that are ambiguous or failed, the newest trouble first."""
        return await self._database.read(lambda tx: reports.stuck_chats(tx, limit))
