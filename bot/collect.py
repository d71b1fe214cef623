"""The pictures that a question is about: fetched, prepared, or taken from an earlier turn."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

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
from bot.messages import Attachment, ChatKey, Image, Language
from bot.metrics import Metrics
from bot.ports import ChatAdapter, ConversationStore
from bot.texts import (
    PICTURE_BROKEN,
    PICTURE_DIMENSIONS,
    PICTURE_TOO_LARGE,
    PICTURE_TOO_MANY,
    PICTURE_UNAVAILABLE,
    PICTURE_UNNAMED,
    PICTURE_UNSUPPORTED,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Collected:
    """Usable pictures, each once, in the order they were sent, and a sentence for each that is not usable."""

    images: tuple[Image, ...] = ()
    complaints: tuple[str, ...] = ()


class Collector:
    """Gets pictures ready. `per_question` is the largest number looked at."""

    def __init__(
        self,
        store: ConversationStore,
        adapters: Mapping[str, ChatAdapter],
        metrics: Metrics,
        *,
        limits: Limits,
        per_question: int,
    ) -> None:
        self._store = store
        self._adapters = adapters
        self._metrics = metrics
        self._limits = limits
        self._per_question = per_question

    async def collect(self, question: Question, language: Language) -> Collected:
        """Gather the pictures of the message replied to and of the question itself. Raises StoreError."""
        earlier = await self._earlier(question)
        attachments = question.attachments if earlier or not question.quoted else question.quoted + question.attachments
        complaints = []
        room = self._per_question - len(earlier)
        if len(attachments) > room:
            complaints.append(PICTURE_TOO_MANY.say(language, limit=self._per_question))
        results = await asyncio.gather(*(self._prepare(question.chat, a) for a in attachments[:room]))
        images = {image.ref.sha256: image for image in earlier}
        for result in results:
            if isinstance(result, Image):
                images[result.ref.sha256] = result
            else:
                self._metrics.pictures_refused.labels(type(result).__name__).inc()
                complaints.append(complaint(result, language))
        return Collected(tuple(images.values()), tuple(complaints))

    async def _earlier(self, question: Question) -> list[Image]:
        """Return the pictures of the turn replied to, unless they are the newest in the conversation and so in view."""
        if not question.reply_to:
            return []
        turns = await self._store.history(question.chat)
        turn = await self._store.find_turn(question.chat, question.reply_to)
        if turn is not None and turn.speaker == "bot":  # a reply to an answer means the pictures it was about
            turn = next((t for t in reversed(turns) if t.id < turn.id and t.images), None)
        newest = next((t for t in reversed(turns) if t.images), None)
        if turn is None or not turn.images or (newest is not None and newest.id == turn.id):
            return []
        stored = await self._store.images(turn.images)
        return [stored[ref.sha256] for ref in turn.images if ref.sha256 in stored][: self._per_question]

    async def _prepare(self, chat: ChatKey, attachment: Attachment) -> Image | PictureError:
        try:
            fault = refuse(attachment, self._limits)
            if fault is not None:
                return fault
            data = attachment.data
            if data is None:
                data = await self._adapters[chat.platform].fetch(chat, attachment, self._limits.max_bytes)
            return await asyncio.to_thread(prepare, data, name=attachment.name, limits=self._limits)
        except PictureError as error:
            error.name = error.name or attachment.name
            return error
        except Exception:
            log.exception("picture_not_fetched", platform=chat.platform)
            return PictureUnavailableError(name=attachment.name)


def complaint(error: PictureError, language: Language) -> str:
    """Say what is wrong with a picture, and what to send instead."""
    name = f"“{error.name}”" if error.name else PICTURE_UNNAMED.say(language)
    if isinstance(error, PictureTooLargeError):
        return PICTURE_TOO_LARGE.say(language, name=name, megabytes=f"{error.limit / 1e6:g}")
    if isinstance(error, PictureUnsupportedError):
        return PICTURE_UNSUPPORTED.say(language, name=name, kind=error.kind)
    if isinstance(error, PictureDimensionsError):
        return PICTURE_DIMENSIONS.say(language, name=name)
    sentence = PICTURE_BROKEN if isinstance(error, PictureBrokenError) else PICTURE_UNAVAILABLE
    return sentence.say(language, name=name)
