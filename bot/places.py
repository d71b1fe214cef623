"""The channels and groups where agents see cases, as far as sending there goes.

Where nothing can be sent any more (the channel was archived, the bot was put out of it), rows keep their place in the
outbox and are tried again, so that everything is made up for in order when it works again; admins are told once. A
thread or topic that was deleted ends its room, and a new one follows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import structlog

from bot.alerts import Alerts
from bot.casetexts import PLACE_OPEN, PLACE_SHUT
from bot.errors import ThreadGoneError, UndeliverableError
from bot.messages import ChatKey, Outgoing
from bot.ports import ChatAdapter
from bot.reasons import in_words
from bot.stores import ConversationStore
from bot.tasks import insist

log = structlog.get_logger(__name__)

RETRY_SECONDS = 60.0
"""How long a row rests that cannot be sent at present."""
STRIKES = 3
"""So often, at most, a row may be refused at a place that took others in between: then it is the row's own fault."""


@dataclass(slots=True)
class _Held:
    """A row that was refused: how many others its place had taken by then, and how often in spite of that."""

    taken: int
    strikes: int = 0


class Places:
    """Looks after what is sent to places for agents and the rooms there (`bot.delivery.Attending`). `configured` is the
    channel or group of each platform that has such a place by the settings: its account may be known later."""

    def __init__(
        self,
        store: ConversationStore,
        adapters: Mapping[str, ChatAdapter],
        alerts: Alerts,
        *,
        configured: Mapping[str, str] | None = None,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._configured = configured or {}
        self._store = store
        self._adapters = adapters
        self._alerts = alerts
        self._retry_seconds = retry_seconds
        self._changed: Callable[[], None] = lambda: None
        self._shut: dict[ChatKey, str] = {}
        self._held: dict[int, _Held] = {}
        self._taken: Counter[ChatKey] = Counter()

    def current(self) -> tuple[ChatKey, ...]:
        """The places whose platform was reached."""
        return tuple(adapter.desk for adapter in self._adapters.values() if adapter.desk is not None)

    @property
    def expected(self) -> bool:
        """Whether there is any place, reached or not."""
        return bool(self._configured or self.current())

    def hold(self, chat: ChatKey) -> bool:
        """Whether a chat is a place, reached or not, or in one."""
        return self._configured.get(chat.platform) == chat.chat or replace(chat, thread="") in self.current()

    def on_change(self, changed: Callable[[], None]) -> None:
        """Have `changed` called when a message of a place or room has been sent, or never will be."""
        self._changed = changed

    def problem(self) -> str:
        """Which places cannot be written to, in a few English words for admins; "" if all can."""
        return "; ".join(f"agents' place {place}: {reason}" for place, reason in self._shut.items())

    async def refused(self, item: Outgoing, error: UndeliverableError) -> float | None:
        """End the room of a thread that is gone; keep what a place does not take at present."""
        if not self.hold(item.chat):
            return None
        place = replace(item.chat, thread="")
        if isinstance(error, ThreadGoneError):
            await self._gone(item.chat)
            return None
        held = self._held.setdefault(item.id, _Held(self._taken[place]))
        if held.taken != self._taken[place]:
            held.taken, held.strikes = self._taken[place], held.strikes + 1
            if held.strikes == STRIKES:
                return None
        self._shut[place] = str(error)
        self._alerts.raise_alert(_matter(place), PLACE_SHUT, place=place, reason=in_words(str(error)))
        return self._retry_seconds

    def ended(self, item: Outgoing, *, sent: bool) -> None:
        """Note that a place takes messages."""
        if not self.hold(item.chat):
            return
        place = replace(item.chat, thread="")
        self._held.pop(item.id, None)
        if sent:
            self._taken[place] += 1
            if self._shut.pop(place, None) is not None:
                self._alerts.clear(_matter(place), PLACE_OPEN, place=place)
        self._changed()

    async def _gone(self, chat: ChatKey) -> None:
        case = await insist(lambda: self._store.case_in(chat))
        rooms = await insist(lambda: self._store.rooms(case.id)) if case is not None else []
        for room in rooms:
            if room.chat == chat:
                log.warning("room_gone", case=room.case, room=str(chat))
                await insist(lambda: self._store.room_gone(room.id))  # noqa: B023 - awaited at once


def _matter(place: ChatKey) -> str:
    return f"agents' place {place}"
