"""How updates come in: Telegram is told of one only after it has been committed to the inbox."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

import structlog
from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramConflictError, TelegramRetryAfter, TelegramUnauthorizedError
from aiogram.types import Update
from cachetools import LRUCache
from pydantic import ValidationError

from adapters.telegram.attachments import marks
from adapters.telegram.chats import chat_key
from adapters.telegram.session import GetRawUpdates
from adapters.telegram.translate import ALLOWED_UPDATES, Me, deletions, topic_of, translate
from bot.backoff import Backoff, rest
from bot.errors import StoreError, StoreUnavailableError
from bot.messages import ChatKey, Inbound, Kind
from bot.ports import Intake

T = TypeVar("T")
log = structlog.get_logger(__name__)

_POLL_SECONDS = 25
_ALBUMS_REMEMBERED = 512
_VERSIONS_REMEMBERED = 4096
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
_TRIES_AT_A_FAULT = 5

FollowUp = Callable[[Update, Sequence[Inbound]], None]
IsRoom = Callable[[ChatKey], Awaitable[bool]]


class Receiver:
    """Takes updates into the inbox. `follow_up` is told of each one that has been dealt with; `is_room` tells which
    topics of the agents' group are cases' rooms."""

    def __init__(self, bot: Bot, me: Me, intake: Intake, follow_up: FollowUp, is_room: IsRoom) -> None:
        self._bot = bot
        self._me = me
        self._intake = intake
        self._follow_up = follow_up
        self._is_room = is_room
        self._albums: LRUCache[str, None] = LRUCache(_ALBUMS_REMEMBERED)
        self._versions: LRUCache[tuple[str, str], int] = LRUCache(_VERSIONS_REMEMBERED)

    async def take(self, raw: dict[str, Any]) -> None:
        """Commit one update, if it is for us. Raises StoreError."""
        update = self.read(raw)
        if update is None:
            return
        happened = self._translate(update, in_room=await self._in_room(update))
        files = _files(update)
        for inbound in happened:
            key, content = (str(inbound.chat), inbound.message_id), hash((inbound.text, files))
            # An edit in name only: Telegram reports reactions as edits, too.
            if inbound.kind is Kind.EDIT and self._versions.get(key) == content:
                continue
            await self._intake.receive(inbound)
            if inbound.kind in (Kind.MESSAGE, Kind.EDIT):
                self._versions[key] = content
        self._follow_up(update, happened)

    def read(self, raw: dict[str, Any]) -> Update | None:
        """The update as aiogram's type; None, and a line in the log, if it is of no shape that aiogram knows.

        Where only fields of the message are newer than aiogram, it is read without those.
        """
        try:
            return Update.model_validate(raw, context={"bot": self._bot})
        except ValidationError as error:
            at = [fault["loc"] for fault in error.errors()]
        # Only where it fails to fit: the values are customers' words.
        log.warning("update_unreadable", update_id=raw.get("update_id"), at=at[:3])
        known = _without(raw, at)
        try:
            return Update.model_validate(known, context={"bot": self._bot}) if known != raw else None
        except ValidationError:
            return None

    def look_ahead(self, batch: list[dict[str, Any]]) -> None:
        """Note albums addressed to us in groups, so that parts which come before the one with the caption count."""
        for raw in batch:
            if isinstance(raw.get("message"), dict) and raw["message"].get("media_group_id"):
                update = self.read(raw)
                if update is not None:
                    self._translate(update)

    async def _in_room(self, update: Update) -> bool:
        """Whether it happened in a case's room, where all that agents write is for us."""
        message = update.message or update.edited_message
        if message is None or message.chat.id != self._me.desk or not (topic := topic_of(message)):
            return False
        return await self._is_room(chat_key(self._me.id, message.chat.id, topic))

    def _translate(self, update: Update, *, in_room: bool = False) -> list[Inbound]:
        try:
            if update.deleted_business_messages is not None:
                return deletions(update.update_id, update.deleted_business_messages, self._me)
            inbound = translate(update, self._me, self._albums, in_room=in_room)
        except Exception as error:  # noqa: BLE001 - one message must not keep everybody else's from being read
            log.error("update_untranslatable", update_id=update.update_id, error=type(error).__name__)  # noqa: TRY400
            return []
        if inbound is None:
            return []
        if inbound.group_id and not inbound.private:
            self._albums[inbound.group_id] = None
        return [inbound]


class Poller:
    """Long polling. `trouble` is "" or why nothing comes in."""

    def __init__(self, bot: Bot, receiver: Receiver, stopping: asyncio.Event) -> None:
        self._bot = bot
        self._receiver = receiver
        self._stopping = stopping
        self.trouble = ""

    async def run(self) -> None:
        """Receive until told to stop; never raises for trouble with the network or the store."""
        backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        offset: int | None = None
        while not self._stopping.is_set():
            try:
                request = GetRawUpdates(offset=offset, timeout=_POLL_SECONDS, allowed_updates=ALLOWED_UPDATES)
                batch = await unless(self._stopping, self._bot(request, request_timeout=_POLL_SECONDS + 15))
            except AiogramError as error:
                self._note(error)
                asked = error.retry_after if isinstance(error, TelegramRetryAfter) else 0.0
                await rest(max(asked, backoff.next()), self._stopping)
                continue
            self.trouble = ""
            backoff.reset()
            self._receiver.look_ahead(batch or [])
            for raw in batch or []:
                if not await self._commit(raw):
                    break  # asking again with the old offset has Telegram send it once more, now or after a restart
                offset = raw["update_id"] + 1
        if offset is not None:
            await self._confirm(offset)

    async def _commit(self, raw: dict[str, Any]) -> bool:
        """Try until the update is in the inbox. False when told to stop before that."""
        backoff, faults = Backoff(FIRST_PAUSE, LONGEST_PAUSE), 0
        while True:
            if self._stopping.is_set():
                return False
            try:
                await self._receiver.take(raw)
            except StoreError as error:
                if not isinstance(error, StoreUnavailableError):  # of which the store's observer tells
                    log.warning("update_not_committed", update_id=raw["update_id"])
            except Exception:
                faults += 1
                log.exception("update_failed", update_id=raw["update_id"], attempt=faults)
                if faults == _TRIES_AT_A_FAULT:
                    return True  # a fault of ours with this one message; the others must not wait for it
            else:
                return True
            await rest(backoff.next(), self._stopping)

    async def _confirm(self, offset: int) -> None:
        # Asks for nothing; spares the next start what is in the inbox already.
        with contextlib.suppress(AiogramError):
            request = GetRawUpdates(offset=offset, limit=1, timeout=0, allowed_updates=ALLOWED_UPDATES)
            await self._bot(request, request_timeout=3)

    def _note(self, error: AiogramError) -> None:
        if isinstance(error, TelegramConflictError):
            self.trouble = "another program receives this bot's Telegram messages"
        elif isinstance(error, TelegramUnauthorizedError):
            self.trouble = "Telegram refuses the token"
        log.warning("polling_failed", error=type(error).__name__, reason=self.trouble)


def _files(update: Update) -> frozenset[str]:
    """What the files of the message that an update is about are known again by."""
    messages = (update.message, update.edited_message, update.business_message, update.edited_business_message)
    return next((marks(message) for message in messages if message is not None), frozenset())


def _without(raw: dict[str, Any], places: Iterable[tuple[int | str, ...]]) -> dict[str, Any]:
    """The update without the fields of its content (the second step of each place) that are named."""
    content = {kind: dict(value) if isinstance(value, dict) else value for kind, value in raw.items()}
    for kind, field in (place[:2] for place in places if len(place) > 1):
        if isinstance(content.get(str(kind)), dict):
            content[str(kind)].pop(field, None)
    return content


async def unless(stopping: asyncio.Event, work: Awaitable[T]) -> T | None:
    """The result of `work`, or None if it was given up because `stopping` was set."""
    task = asyncio.ensure_future(work)
    stop = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return None
        return task.result()
    finally:
        stop.cancel()
        task.cancel()
