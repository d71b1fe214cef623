"""One question over HTTP: ``{"data": [picture, question]}`` in, ``{"data": [text]}`` out."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from typing import Any

from aiohttp import web

from adapters.web import render, translate
from adapters.web.entrance import Entrance
from adapters.web.errors import RequestError
from adapters.web.server import ON_STOP
from adapters.web.uploads import Limits, read_json
from bot.backoff import rest
from bot.errors import StoreError
from bot.messages import Attachment, ChatKey, Inbound
from bot.stores import ConversationStore

_EXAMPLE = '{"data": ["data:image/png;base64,iVBORw0KGgo...", "What does this error mean?"]}'
_SHAPE = f"Send the picture as a data URL or in base64, and the question, like this: {_EXAMPLE}"
_NO_PATH = f"A path or an address of a picture is not read. Send the picture itself, like this: {_EXAMPLE}"
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w.+-]+=[^;,]*)*(;base64)?,", re.ASCII | re.IGNORECASE)
_PATH = re.compile(r"[\w+.-]+://|~|\.{0,2}/|[A-Za-z]:[\\/]|\\\\|.*\.\w{2,5}$", re.DOTALL)
_PATH_CHARACTERS = 4096
_SMALLEST_PICTURE = 24
_WATCH_SECONDS = 1.0


def parse(body: dict[str, Any], limits: Limits) -> tuple[str, tuple[Attachment, ...]]:
    """The question and the pictures of a request body. Raises RequestError that says what to send instead."""
    data = body.get("data")
    if not isinstance(data, list) or len(data) != 2:
        raise RequestError(400, "bad_request", f"`data` must be a list of two. {_SHAPE}")
    given, question = data
    if not isinstance(question, str):
        raise RequestError(400, "bad_request", f"The second of `data` must be the question, a text. {_SHAPE}")
    pictures = given if isinstance(given, list) else [] if given is None else [given]
    if len(pictures) > limits.max_files:
        sentence = f"{len(pictures)} pictures are too many: send {limits.max_files} at the most."
        raise RequestError(413, "too_many", sentence)
    if not pictures and not question.strip():
        raise RequestError(400, "bad_request", f"There is neither picture nor question. {_SHAPE}")
    return question, tuple(_picture(picture, number, limits) for number, picture in enumerate(pictures, 1))


def _picture(given: object, number: int, limits: Limits) -> Attachment:
    if isinstance(given, dict) and ("path" in given or "url" in given):
        raise RequestError(400, "not_a_picture", _NO_PATH)
    if not isinstance(given, str) or not given.strip():
        raise RequestError(400, "bad_request", f"Picture {number} is not a text. {_SHAPE}")
    start = _DATA_URL.match(given)
    if start and not start[2]:
        raise RequestError(400, "not_a_picture", f"Picture {number} is a data URL without base64. {_SHAPE}")
    data = _decode(given, start.end() if start else 0, number)
    if len(data) > limits.max_bytes:
        sentence = f"Picture {number} has {len(data):,} bytes; {limits.max_bytes:,} are accepted."
        raise RequestError(413, "too_large", sentence)
    return Attachment(name=f"picture {number}", media_type=(start[1] or "") if start else "", size=len(data), data=data)


def _decode(text: str, start: int, number: int) -> bytes:
    looks_like_path = start == 0 and len(text) <= _PATH_CHARACTERS and _PATH.match(text.strip()) is not None
    try:
        data = base64.b64decode("".join(text[start:].split()), validate=True)
    except (binascii.Error, ValueError):
        if looks_like_path:
            raise RequestError(400, "not_a_picture", _NO_PATH) from None
        raise RequestError(400, "not_a_picture", f"Picture {number} is not valid base64. {_SHAPE}") from None
    # Base64 has slashes too: every JPEG file starts with /9j/. Nothing as short as a usual path is a picture.
    if looks_like_path and not _has_magic(data):
        raise RequestError(400, "not_a_picture", _NO_PATH)
    if len(data) < _SMALLEST_PICTURE:
        raise RequestError(400, "not_a_picture", f"Picture {number} is too short to be a picture. {_SHAPE}")
    return data


def _has_magic(data: bytes) -> bool:
    return data.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF"))


class _Caller:
    """Somebody who waits for the answer in one one-off chat."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.ended = False
        self.erased = False

    def end(self) -> None:
        """The service stops."""
        self.ended = True
        self.news.set()


class Predictions:
    """Callers that wait for an answer."""

    def __init__(self, store: ConversationStore, entrance: Entrance, limits: Limits, seconds: float) -> None:
        self._store = store
        self._entrance = entrance
        self._limits = limits
        self._seconds = seconds
        self._waiting: dict[ChatKey, _Caller] = {}

    def arrived(self, chat: ChatKey) -> None:
        """Something was said in a one-off chat."""
        if caller := self._waiting.get(chat):
            caller.news.set()

    def forget(self, chat: ChatKey) -> None:
        """A one-off chat was erased."""
        if caller := self._waiting.get(chat):
            caller.erased = True
            caller.news.set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """``POST /api/predict``."""
        body = await read_json(request, self._limits.json_bytes)
        question, pictures = await asyncio.to_thread(parse, body, self._limits)
        language = translate.preferred_language(request.headers.get("Accept-Language", ""))
        inbound = translate.one_off(question, pictures, language)
        caller = self._waiting[inbound.chat] = _Caller()
        request.app[ON_STOP].add(caller.end)
        try:
            await self._entrance.receive(inbound)
            answer = await self._answer(inbound, caller, request)
        except asyncio.CancelledError:
            await asyncio.shield(self._give_up(inbound))
            raise
        finally:
            request.app[ON_STOP].discard(caller.end)
            del self._waiting[inbound.chat]
        return web.json_response({"data": [answer]}, headers={"Cache-Control": "no-store"})

    async def _answer(self, inbound: Inbound, caller: _Caller, request: web.Request) -> str:
        """Everything the bot said, once the inbox holds nothing of this chat any more."""
        try:
            async with asyncio.timeout(self._seconds):
                while True:
                    if not await _has_news(caller, request):
                        await self._give_up(inbound)
                        raise RequestError(499, "gone", "The caller has gone.")
                    caller.news.clear()
                    if caller.erased:
                        raise RequestError(410, "erased", "The question has been erased.")
                    if not await self._store.pending(inbound.chat):
                        return render.plain(await self._store.transcript(inbound.chat))
                    if caller.ended:
                        raise RequestError(503, "unavailable", "The service is stopping. Please ask again shortly.")
        except TimeoutError:
            await self._give_up(inbound)
            sentence = f"There was no answer within {self._seconds:g} seconds. Please try again later."
            raise RequestError(504, "timeout", sentence) from None

    async def _give_up(self, inbound: Inbound) -> None:
        """Nobody waits any more: do not let the model go on."""
        try:
            await self._entrance.receive(translate.stop_of(inbound.chat, inbound.sender.language))
        except (RequestError, StoreError):
            return  # the service is stopping, and so is the answer


async def _has_news(caller: _Caller, request: web.Request) -> bool:
    """Wait for something to be said; False once the caller has gone, of which aiohttp tells nobody."""
    while request.transport is not None and not request.transport.is_closing():
        await rest(_WATCH_SECONDS, caller.news)
        if caller.news.is_set():
            return True
    return False
