"""Notices that many customers send the same screenshot, and tells agents in one notice, kept up to date.

Looks at pictures after their question was dealt with, one at a time, off the event loop; what a stop leaves, the next
start looks at.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from bot import texts
from bot.delivery import Delivery
from bot.errors import StoreError
from bot.incidents import Incident, Notice, Sight, Telling
from bot.looks import look_of, recognise, spelled
from bot.messages import Button, ChatKey, Language, NewOutgoing, Reply
from bot.people import DAY
from bot.ports import ChatAdapter
from bot.stores import ConversationStore
from bot.tasks import finish, spawn
from bot.verbs.verb import prefix

log = structlog.get_logger(__name__)

WINDOW_SECONDS = DAY
"""Who sent the same longer ago does not count."""
AT_ONCE = 32
"""So many pictures are read from the store at once: more than one question has."""
CASES_NAMED = 20
CODES_NAMED = 5
LOOK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Watching:
    """From so many customers on, agents are told of an incident, in a language."""

    customers: int
    language: Language


class Lookout:
    """Watches for incidents. Does nothing while no adapter has a place for agents."""

    def __init__(
        self,
        store: ConversationStore,
        adapters: Mapping[str, ChatAdapter],
        delivery: Delivery,
        watching: Watching,
        *,
        every: float = LOOK_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`every` so many seconds it looks whether there is something new."""
        self._store = store
        self._adapters = adapters
        self._delivery = delivery
        self._watching = watching
        self._clock = clock
        self._every = every
        self._after = 0
        self._worker: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to watch, with what came in while nobody did."""
        self._worker = spawn(self._work(), "lookout")

    async def close(self) -> None:
        """Watch no more. Idempotent."""
        if self._worker is not None:
            await finish([self._worker], 0)

    @property
    def since(self) -> float:
        """Who sent something before this does not count."""
        return self._clock() - WINDOW_SECONDS

    async def _work(self) -> None:
        while True:
            if self._places():
                try:
                    await self.look()
                except StoreError as error:  # of which others tell
                    log.info("lookout_interrupted", reason=str(error))
                except Exception:
                    log.exception("lookout_failed")
            await asyncio.sleep(self._every)

    async def look(self) -> None:
        """Look at what came in since the last time. Raises StoreError."""
        while sights := await self._store.unseen(self.since, self._after, AT_ONCE):
            if len(sights) == AT_ONCE:  # more pictures of the last turn may follow
                sights = [sight for sight in sights if sight.turn != sights[-1].turn] or sights
            for sight in sights:
                await self._see(sight)
            self._after = sights[-1].turn
            await self._tell()

    async def _see(self, sight: Sight) -> None:
        image = (await self._store.images([sight.ref])).get(sight.ref.sha256)
        if image is None:  # taken back meanwhile
            return
        try:
            look = await asyncio.to_thread(look_of, image, sight.words)
        except Exception:  # the others are to be looked at all the same
            log.exception("picture_not_looked_at", turn=sight.turn)
            return
        found = recognise(look, await self._store.incidents(self.since, 1))
        await self._store.see(sight, look, found)

    async def _tell(self) -> None:
        for incident in await self._store.incidents(self.since, self._watching.customers):
            for place in self._places():
                notice = await self._store.notice(incident.id, place)
                if incident.customers > notice.told:
                    self._delivery.push(await self._store.give_notice(await self._telling(incident, notice)))

    async def _telling(self, incident: Incident, notice: Notice) -> Telling:
        platform = notice.place.platform
        codes = spelled(incident.look.codes, await self._store.said_of(incident.id, self.since))
        payloads = self._adapters[platform].render(told(incident, codes, platform, self._watching.language))
        # A notice is short: it is one message, whose text is replaced as the number grows.
        messages = tuple(NewOutgoing(payload, replaces=notice.outgoing) for payload in payloads[:1])
        more = () if notice.outgoing else tuple(NewOutgoing(payload) for payload in payloads[1:])
        return Telling(notice, incident.customers, (*messages, *more))

    def _places(self) -> list[ChatKey]:
        return [place for adapter in self._adapters.values() if (place := adapter.desk) is not None]


def told(incident: Incident, codes: Sequence[str], platform: str, language: Language) -> Reply:
    """What agents are told of an incident on a platform; `codes` are its error codes as people read them."""
    about = ", ".join(f"`{code}`" for code in codes[:CODES_NAMED])
    cases = " ".join(f"#{case}" for case in incident.cases[:CASES_NAMED])
    parts = [
        texts.INCIDENT.say(language, number=incident.id, customers=incident.customers),
        texts.INCIDENT_CODES.say(language, codes=about) if about else "",
        texts.INCIDENT_CASES.say(language, cases=cases) if cases else "",
        texts.INCIDENT_HOW.say(language, number=incident.id, lead=prefix(platform, thread=True)),
    ]
    answer = Button(texts.INCIDENT_ANSWER.say(language), "answer", f"i{incident.id}", edits=True, blank=True)
    pictures = (incident.picture,) if incident.picture else ()
    return Reply("\n\n".join(filter(None, parts)), language, pictures=pictures, buttons=(answer,))
