"""Notices to the people who run the bot, when something needs them.

They go straight to the platforms, past the outbox: they have to work when the database is what is broken. So they are
best effort: said once for each matter, paced, tried again for some minutes, and logged in any case.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

import structlog
from aiolimiter import AsyncLimiter
from cachetools import LRUCache

from bot.errors import RetryLaterError
from bot.messages import LANGUAGES, Language, Role
from bot.ports import ChatAdapter
from bot.tasks import finish, spawn
from bot.texts import ALERT, ALERT_OVER, Sentence

log = structlog.get_logger(__name__)

TRIES = 6
"""How often a notice is tried that certainly did not arrive."""
FIRST_PAUSE = 1.0
"""Seconds before the second try; each further pause is four times as long, which makes six minutes in all."""
SEND_SECONDS = 60.0
"""How long one try may take."""
_PACE = (10, 600.0)  # at most ten at once, then one a minute: a matter that comes and goes must not flood a phone
_WAITING = 20  # notices that wait for one person; of more, the oldest are only in the log
_REMEMBERED = 1024  # matters that have been told; one that is forgotten may be told again
_LONGEST = 900  # characters of a sentence in one language


class Alerts:
    """Tells admins, or agents and admins, on the platforms that they are known on.

    For one event loop. Notices that have not been sent when the service ends are lost.
    """

    def __init__(
        self,
        adapters: Mapping[str, ChatAdapter],
        *,
        admins: Collection[str] = (),
        agents: Collection[str] = (),
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        """`adapters` by platform, as they are when something is to be told; `admins` and `agents` by `Sender.key`."""
        self._adapters = adapters
        self._people: dict[Role, tuple[str, ...]] = {}
        self.know(dict.fromkeys(agents, Role.AGENT) | dict.fromkeys(admins, Role.ADMIN))
        self._first_pause = first_pause
        self._told: LRUCache[str, list[str]] = LRUCache(_REMEMBERED)  # matter -> who knows of it, or soon will
        self._waiting: dict[str, dict[str, str]] = {}  # person -> matter -> the newest notice of it
        self._paces: dict[str, AsyncLimiter] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    def know(self, staff: Mapping[str, Role]) -> None:
        """From now on these are the people who are told, by `Sender.key`."""
        for role in (Role.ADMIN, Role.AGENT):
            self._people[role] = tuple(person for person, own in staff.items() if own >= role)

    def raise_alert(self, key: str, sentence: Sentence, to: Role = Role.ADMIN, **values: object) -> None:
        """Tell everybody whose role is at least `to`, once for each `key` until it is cleared. Returns at once.

        `values` fill the sentence in, sentences among them in its language. They are logged and leave the machine: no
        customer's words, no secrets. Never raises; only on an event loop does more than log.
        """
        if key in self._told:
            return
        self._told[key] = []
        self._told[key] = self._say(key, ALERT, sentence, self._people[to], values)

    def clear(self, key: str, sentence: Sentence | None = None, **values: object) -> None:
        """The matter is over; tell, with a sentence, those who have been told of it. Never raises."""
        told = self._told.pop(key, None)
        if told is None:
            return
        log.info("alert_cleared", key=key)
        if sentence is not None:
            self._say(key, ALERT_OVER, sentence, told, values)

    async def drain(self) -> None:
        """Wait until nothing is left to be told."""
        while self._workers:
            await asyncio.wait(list(self._workers.values()))

    async def close(self, seconds: float) -> None:
        """Take nothing more, and give what is on its way `seconds` to arrive. Idempotent."""
        self._closed = True
        await finish(list(self._workers.values()), seconds)

    def _say(
        self, key: str, frame: Sentence, sentence: Sentence, people: Collection[str], values: Mapping[str, object]
    ) -> list[str]:
        """Queue a notice; returns for whom."""
        queued: list[str] = []
        try:
            en, zh = (
                frame.say(language, text=sentence.say(language, **_filled(values, language))[:_LONGEST])
                for language in LANGUAGES
            )
            log.warning("alert", key=key, text=en)
            asyncio.get_running_loop()
            over = frame is ALERT_OVER
            queued += [person for person in people if self._enqueue(person, key, f"{en}\n\n{zh}", over=over)]
        except Exception:  # whoever has something to tell has worse to deal with
            log.exception("alert_failed", key=key)
        return queued

    def _enqueue(self, person: str, key: str, text: str, *, over: bool) -> bool:
        if self._closed or _platform(person) not in self._adapters:
            self._lost(person, key, "the platform is not connected")
            return False
        waiting = self._waiting.setdefault(person, {})
        before = waiting.pop(key, "")
        # What has not been told yet goes along, so that nobody hears of an end alone; of an end it takes the place.
        waiting[key] = f"{before}\n\n{text}" if before and over else text
        while len(waiting) > _WAITING:
            oldest = next(iter(waiting))
            del waiting[oldest]
            self._lost(person, oldest, "too many")
        if person not in self._workers:
            self._workers[person] = spawn(self._work(person, waiting), f"alerts {person}")
        return True

    async def _work(self, person: str, waiting: dict[str, str]) -> None:
        pace = self._paces.setdefault(person, AsyncLimiter(*_PACE))
        try:
            while waiting:
                await pace.acquire()
                key = next(iter(waiting))
                await self._deliver(person, key, waiting.pop(key))
        finally:
            del self._workers[person]

    async def _deliver(self, person: str, key: str, text: str) -> None:
        adapter = self._adapters[_platform(person)]
        pause, tries = self._first_pause, 1
        while True:
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    await adapter.tell(person, text)
            except RetryLaterError as error:
                if tries < TRIES:
                    log.info("alert_later", person=person, key=key, reason=str(error))
                    await asyncio.sleep(max(error.seconds or 0.0, pause))
                    pause, tries = 4 * pause, tries + 1
                    continue
                self._lost(person, key, str(error))
            except Exception as error:  # noqa: BLE001 - best effort, and `_lost` logs it
                self._lost(person, key, f"{type(error).__name__}: {error}")
            return

    def _lost(self, person: str, key: str, reason: str) -> None:
        log.warning("alert_not_delivered", person=person, key=key, reason=reason)
        if person in (told := self._told.get(key, [])):
            told.remove(person)


def _platform(person: str) -> str:
    return person.partition(":")[0]


def _filled(values: Mapping[str, object], language: Language) -> dict[str, object]:
    return {name: value.say(language) if isinstance(value, Sentence) else value for name, value in values.items()}
