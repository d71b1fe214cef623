"""Connected pages, and what each has yet to be told (server-sent events)."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from adapters.web.markup import to_html
from bot.backoff import rest
from bot.messages import ChatKey
from bot.spoken import Links

PARTIAL_SECONDS = 0.1
"""Live text is shown at most this often."""
ALIVE_SECONDS = 15.0
"""A page that hears nothing for much longer than this connects anew."""


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event. `id` is an outbox id, or 0 for what is not replayed."""

    name: str
    data: dict[str, Any]
    id: int = 0


Write = Callable[[Event], Awaitable[None]]


class LivePreview:
    """The answer being made in one chat, as the port `Preview`. Streams read it; nothing is queued."""

    def __init__(self, hub: Hub, chat: ChatKey) -> None:
        self._hub = hub
        self._chat = chat
        self._remark = ""
        self._text = ""
        self._event: Event | None = None

    def event(self) -> Event:
        """What a page should show now; the same object until that changes."""
        if self._event is None:
            working = Event("working", {"remark": self._remark})
            self._event = Event("partial", {"html": to_html(self._text, self._hub.links)}) if self._text else working
        return self._event

    def remark(self, text: str) -> None:
        """Make `text` what is shown until there is something of the answer."""
        self._remark = text
        self._event = None
        self._hub.wake(self._chat)

    def show(self, text: str) -> None:
        """Make `text` the newest."""
        if text != self._text:
            self._text = text
            self._event = None
            self._hub.wake(self._chat)

    async def close(self, *, keep: bool) -> str:
        """End it. There is no message to keep: the answer comes through the outbox."""
        self._hub.end_preview(self._chat, self)
        return ""


_IDLE = Event("idle", {})


class Stream:
    """One connected page. Messages wait in order; of live text only the newest is ever written."""

    def __init__(self, hub: Hub, chat: ChatKey) -> None:
        self._hub = hub
        self._chat = chat
        self._waiting: deque[Event] = deque()
        self._wake = asyncio.Event()
        self._ended = False

    def put(self, event: Event) -> None:
        """Have `event` written."""
        self._waiting.append(event)
        self._wake.set()

    def begin_anew(self) -> None:
        """Drop what waits, and have the page show only what is there from now on."""
        self._waiting.clear()
        self.put(Event("erased", {}))

    def wake(self) -> None:
        """Have the live state looked at again."""
        self._wake.set()

    def end(self) -> None:
        """Have `run` return, after what is waiting has been written."""
        self._ended = True
        self._wake.set()

    async def run(self, write: Write, missed: Iterable[Event], last: int) -> None:
        """Write `missed`, then everything that comes, each outbox id above `last` once. Raises what `write` raises."""
        for event in missed:
            await write(event)
            last = max(last, event.id)
        shown: Event | None = None
        while True:
            self._wake.clear()
            live = self._hub.live(self._chat)
            if live is not shown:
                await write(live)
                shown = live
            while self._waiting:
                event = self._waiting.popleft()
                if event.id == 0 or event.id > last:
                    await write(event)
                    last = max(last, event.id)
            if self._ended:
                return
            if live.name == "partial":
                await asyncio.sleep(PARTIAL_SECONDS)
            await self._pause(write)

    async def _pause(self, write: Write) -> None:
        while not self._wake.is_set():
            await rest(ALIVE_SECONDS, self._wake)
            if not self._wake.is_set():
                # Finds out that the page is gone, and tells one that is there that the connection works.
                await write(Event("alive", {}))


class Hub:
    """All connected pages by chat, and the answers being made."""

    def __init__(self, links: Links) -> None:
        """`links` says which addresses in live text may be links."""
        self.links = links
        self._streams: dict[ChatKey, set[Stream]] = {}
        self._previews: dict[ChatKey, LivePreview] = {}
        self._closed = False

    @contextlib.contextmanager
    def subscribe(self, chat: ChatKey) -> Iterator[Stream]:
        """A stream that gets everything published from now on."""
        stream = Stream(self, chat)
        self._streams.setdefault(chat, set()).add(stream)
        if self._closed:
            stream.end()
        try:
            yield stream
        finally:
            streams = self._streams[chat]
            streams.discard(stream)
            if not streams:
                del self._streams[chat]

    def publish(self, chat: ChatKey, event: Event) -> None:
        """Tell every page of a chat."""
        for stream in self._streams.get(chat, ()):
            stream.put(event)

    def wake(self, chat: ChatKey) -> None:
        """The live state of a chat changed."""
        for stream in self._streams.get(chat, ()):
            stream.wake()

    def live(self, chat: ChatKey) -> Event:
        """What a page of this chat should show of the answer being made."""
        preview = self._previews.get(chat)
        return preview.event() if preview else _IDLE

    def watched(self, chat: ChatKey) -> bool:
        """Whether any page of this chat is connected."""
        return chat in self._streams

    def begin_preview(self, chat: ChatKey) -> LivePreview:
        """An answer is being made in this chat."""
        preview = self._previews[chat] = LivePreview(self, chat)
        self.wake(chat)
        return preview

    def end_preview(self, chat: ChatKey, preview: LivePreview) -> None:
        """It no longer is. Idempotent; a newer preview of the chat stays."""
        if self._previews.get(chat) is preview:
            del self._previews[chat]
            self.wake(chat)

    def forget(self, chat: ChatKey) -> None:
        """A chat was erased."""
        self._previews.pop(chat, None)
        for stream in self._streams.get(chat, ()):
            stream.begin_anew()

    def close(self) -> None:
        """End every stream, now and in future."""
        self._closed = True
        for streams in self._streams.values():
            for stream in streams:
                stream.end()


def encode(event: Event) -> str:
    """The data of an event, on one line."""
    return json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))
