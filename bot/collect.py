"""The pictures that a question is about: those that come with it, fetched and prepared, and earlier ones."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from bot.errors import (
    PictureBrokenError,
    PictureDimensionsError,
    PictureError,
    PictureTooLargeError,
    PictureUnavailableError,
    PictureUnsupportedError,
)
from bot.images import Limits, prepare, refuse
from bot.intake import Question
from bot.messages import Attachment, ChatKey, Image, ImageRef, Language
from bot.metrics import Metrics
from bot.ports import ChatAdapter
from bot.references import mentions, resolve
from bot.stores import ConversationStore
from bot.texts import (
    PICTURE_BROKEN,
    PICTURE_DIMENSIONS,
    PICTURE_TOO_LARGE,
    PICTURE_TOO_MANY,
    PICTURE_UNAVAILABLE,
    PICTURE_UNNAMED,
    PICTURE_UNSUPPORTED,
)
from bot.verbatim import as_name

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Collected:
    """Usable pictures, each once, in the order they were sent, and a sentence for each that is not usable.

    `referred` are pictures of earlier turns that the question is about, each once; `unsupported` names the files that
    are no pictures at all.
    """

    images: tuple[Image, ...] = ()
    complaints: tuple[str, ...] = ()
    referred: tuple[ImageRef, ...] = ()
    unsupported: tuple[str, ...] = ()


class Prepare(Protocol):
    """`bot.images.prepare`, off the event loop; it raises the same, and what it may fail with besides."""

    async def __call__(self, data: bytes, *, name: str, limits: Limits) -> Image:
        """Decode a file and make of it what the model sees and the store keeps."""


async def in_thread(data: bytes, *, name: str, limits: Limits) -> Image:
    """Prepare a picture in this process: for files of whoever runs it, not for strangers'."""
    return await asyncio.to_thread(prepare, data, name=name, limits=limits)


class Collector:
    """Gets pictures ready. `per_question` is the largest number looked at, `decode` what prepares each."""

    def __init__(
        self,
        store: ConversationStore,
        adapters: Mapping[str, ChatAdapter],
        metrics: Metrics,
        *,
        limits: Limits,
        per_question: int,
        decode: Prepare = in_thread,
    ) -> None:
        self._store = store
        self._adapters = adapters
        self._metrics = metrics
        self._limits = limits
        self._per_question = per_question
        self._decode = decode

    async def collect(self, question: Question, language: Language, about: ChatKey | None = None) -> Collected:
        """Gather the pictures of the question itself, and find those that it refers to. With `about`, screenshots are
        spoken of by their places in that chat's conversation. Raises StoreError."""
        replied_to = await self._replied_to(question)
        attachments = question.attachments
        if not replied_to:  # a message the bot has not seen, or knows no pictures of
            attachments = question.quoted + attachments
        complaints, unsupported = [], []
        if len(attachments) > self._per_question:
            complaints.append(PICTURE_TOO_MANY.say(language, limit=self._per_question))
        results = await asyncio.gather(*(self._prepare(question.chat, a) for a in attachments[: self._per_question]))
        images: dict[str, Image] = {}
        for result in results:
            if isinstance(result, Image):
                images[result.ref.sha256] = result
            else:
                self._metrics.pictures_refused.labels(type(result).__name__).inc()
                complaints.append(complaint(result, language))
                unsupported += [_named(result, language)] if isinstance(result, PictureUnsupportedError) else []
        named = await self._named(question.text, about or question.chat, len(images))
        referred = tuple(dict.fromkeys((*replied_to, *named)))[: self._per_question]
        return Collected(tuple(images.values()), tuple(complaints), referred, tuple(unsupported))

    async def _replied_to(self, question: Question) -> tuple[ImageRef, ...]:
        """The pictures that the message replied to is about."""
        if not question.reply_to:
            return ()
        turn = await self._store.find_pictured(question.chat, question.reply_to)
        return (*(recall.ref for recall in turn.recalled), *turn.images) if turn is not None else ()

    async def _named(self, text: str, chat: ChatKey, own: int) -> list[ImageRef]:
        """The earlier pictures of a chat that a question speaks of."""
        found = mentions(text)
        if not found:
            return []
        numbered = {picture.number: picture.ref for picture in (await self._store.context(chat)).pictures}
        return [numbered[number] for number in resolve(found, sorted(numbered), own)]

    async def _prepare(self, chat: ChatKey, attachment: Attachment) -> Image | PictureError:
        try:
            fault = refuse(attachment, self._limits)
            if fault is not None:
                return fault
            data = attachment.data
            if data is None:
                data = await self._adapters[chat.platform].fetch(chat, attachment, self._limits.max_bytes)
            return await self._decode(data, name=attachment.name, limits=self._limits)
        except PictureError as error:
            error.name = error.name or attachment.name
            return error
        except Exception:
            log.exception("picture_not_fetched", platform=chat.platform)
            return PictureUnavailableError(name=attachment.name)


def complaint(error: PictureError, language: Language) -> str:
    """Say what is wrong with a picture, and what to send instead."""
    name = _named(error, language)
    if isinstance(error, PictureTooLargeError):
        return PICTURE_TOO_LARGE.say(language, name=name, megabytes=f"{error.limit / 1e6:g}")
    if isinstance(error, PictureUnsupportedError):
        return PICTURE_UNSUPPORTED.say(language, name=name, kind=error.kind)
    if isinstance(error, PictureDimensionsError):
        return PICTURE_DIMENSIONS.say(language, name=name)
    sentence = PICTURE_BROKEN if isinstance(error, PictureBrokenError) else PICTURE_UNAVAILABLE
    return sentence.say(language, name=name)


def _named(error: PictureError, language: Language) -> str:
    called = as_name(error.name)
    return f"“{called}”" if called else PICTURE_UNNAMED.say(language)
