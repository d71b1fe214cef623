"""What the chat page asks for over HTTP."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp_sse import sse_response

from adapters.web import render, translate
from adapters.web.entrance import Entrance
from adapters.web.errors import RequestError, answering
from adapters.web.leaving import Departures
from adapters.web.server import ON_STOP
from adapters.web.standing import Standing
from adapters.web.streams import Event, Hub, encode
from adapters.web.uploads import Limits, read_form, read_json
from bot.messages import ChatKey, Inbound
from bot.spoken import Links
from bot.stores import ConversationStore

COOKIE = "looksee_session"
_YEAR = 365 * 24 * 3600
_JSON_BYTES = 1_000_000
_NO_STORE = {"Cache-Control": "no-store"}
_STATIC = Path(__file__).parent / "static"
_FILES = (
    "buttons.js",
    "chat.css",
    "chat.js",
    "composer.js",
    "console.css",
    "dom.js",
    "favicon.svg",
    "feedback.js",
    "net.js",
    "standing.js",
    "texts.js",
    "view.js",
)
_RETRY_MS = 1000


class ChatApi:
    """Handlers of the chat page and its API; every session sees its own chat and nothing else."""

    def __init__(
        self,
        store: ConversationStore,
        entrance: Entrance,
        hub: Hub,
        standing: Standing,
        departures: Departures,
        limits: Limits,
        *,
        links: Links,
        page: dict[str, Any],
        secure: bool,
    ) -> None:
        """`links` says which addresses in answers may be links; `page` holds what the page shows of the service;
        `secure` restricts the cookie to https."""
        self._store = store
        self._entrance = entrance
        self._hub = hub
        self._standing = standing
        self._departures = departures
        self._limits = limits
        self._links = links
        self._page = page
        self._secure = secure

    def routes(self) -> list[web.RouteDef]:
        """The routes of the page and its API."""
        return [
            web.get("/", self.index),
            web.get("/favicon.ico", _file("favicon.svg")),
            *(web.get(f"/static/{name}", _file(name)) for name in _FILES),
            web.get("/api/config", answering(self.config)),
            web.post("/api/messages", answering(self.messages)),
            web.post("/api/commands", answering(self._json(translate.command))),
            web.post("/api/feedback", answering(self._json(translate.feedback))),
            web.post("/api/leave", answering(self.leave)),
            web.get("/api/transcript", answering(self.transcript)),
            web.get("/api/images/{sha256:[0-9a-f]{64}}", answering(self.image)),
            web.get("/api/files/{message:out-[0-9]{1,18}}", answering(self.file)),
            web.get("/api/events", answering(self.events)),
        ]

    async def index(self, request: web.Request) -> web.StreamResponse:
        """``GET /``: the page. Begins a session, or makes the one there is last another year."""
        response = web.FileResponse(_STATIC / "index.html", headers={"Cache-Control": "no-cache"})
        self._keep_session(request, response)
        return response

    async def config(self, request: web.Request) -> web.StreamResponse:
        """``GET /api/config``: company, notice, limits, and whether there are people to talk to. Begins a session as
        well."""
        limits = self._limits
        content = self._page | {
            "max_bytes": limits.max_bytes,
            "max_files": limits.max_files,
            "max_characters": limits.max_characters,
        }
        response = web.json_response(content, headers=_NO_STORE)
        self._keep_session(request, response)
        return response

    async def messages(self, request: web.Request) -> web.StreamResponse:
        """``POST /api/messages``: a question with pictures; 202 once it is stored. Harmless to repeat."""
        chat = self._chat(request)
        form = await read_form(request, self._limits)
        inbound = translate.message(
            chat,
            form.fields.get("id"),
            form.fields.get("text", ""),
            tuple(form.attachments),
            _language(request, form.fields.get("language")),
        )
        return await self._receive(inbound)

    def _json(
        self, make: Callable[[ChatKey, dict[str, Any], str], Inbound]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """A handler of JSON that `make` makes an event of; 202 once it is stored. Harmless to repeat."""

        async def handle(request: web.Request) -> web.StreamResponse:
            chat = self._chat(request)
            body = await read_json(request, _JSON_BYTES)
            return await self._receive(make(chat, body, _language(request, body.get("language"))))

        return handle

    async def _receive(self, inbound: Inbound) -> web.Response:
        new = await self._entrance.receive(inbound)
        if new:
            self._hub.publish(inbound.chat, Event("sent", translate.announced(inbound)))
            await self._standing.tell(inbound.chat)
        return web.json_response({"id": inbound.message_id, "new": new}, status=202, headers=_NO_STORE)

    async def leave(self, request: web.Request) -> web.StreamResponse:
        """``POST /api/leave``: a page of this session has been closed."""
        self._departures.leave(self._chat(request), _language(request, None))
        return web.Response(status=204, headers=_NO_STORE)

    async def transcript(self, request: web.Request) -> web.StreamResponse:
        """``GET /api/transcript``: the present conversation, and who has it."""
        chat = self._chat(request)
        entries = [render.entry(line, self._links) for line in await self._store.transcript(chat)]
        return web.json_response({"entries": entries, "standing": await self._standing.of(chat)}, headers=_NO_STORE)

    async def image(self, request: web.Request) -> web.StreamResponse:
        """``GET /api/images/{sha256}``: a picture of this session's conversation."""
        lines = await self._store.transcript(self._chat(request))
        wanted = request.match_info["sha256"]
        refs = [ref for line in lines for ref in render.pictures_of(line) if ref.sha256 == wanted]
        found = await self._store.images(refs[:1])
        if wanted not in found:
            raise RequestError(404, "not_found", "There is no such picture in this conversation.")
        headers = {"Cache-Control": "private, max-age=31536000, immutable"}
        return web.Response(body=found[wanted].data, content_type=found[wanted].media_type, headers=headers)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """``GET /api/files/{message}``: the file that came with a message of this session's conversation."""
        wanted = request.match_info["message"]
        lines = await self._store.transcript(self._chat(request))
        found = next((render.file_of(line) for line in lines if wanted == render.answer_id(line.id)), None)
        if found is None:
            raise RequestError(404, "not_found", "There is no such file in this conversation.")
        headers = _NO_STORE | {"Content-Disposition": "attachment"}  # never shown within our origin; the link names it
        return web.Response(body=found.data, content_type=found.media_type, headers=headers)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """``GET /api/events``: server-sent events. What came after ``Last-Event-ID`` (or ``?after=``) is sent first."""
        chat = self._chat(request)
        after = _number(request.headers.get("Last-Event-ID") or request.query.get("after", "0"))
        # First listen, then read: what is published in between comes both ways, and the stream writes it once.
        with self._hub.subscribe(chat) as stream:
            missed, last = await self._missed(chat, after)
            request.app[ON_STOP].add(stream.end)
            try:
                # A page that has gone is no error.
                with contextlib.suppress(ConnectionError, TimeoutError):
                    async with sse_response(request, sep="\n") as response:

                        async def write(event: Event) -> None:
                            await response.send(encode(event), event=event.name, id=str(event.id) if event.id else None)

                        await response.send("{}", event="hello", retry=_RETRY_MS)
                        await stream.run(write, missed, last)
            finally:
                request.app[ON_STOP].discard(stream.end)
        return response

    async def _missed(self, chat: ChatKey, after: int) -> tuple[list[Event], int]:
        """What was said, changed and removed after an outbox id, and the id from which to go on.

        A page may be older than the database (begun anew, restored from a backup): then everything is new to it.
        """
        lines = await self._store.transcript(chat, after)
        if not lines and after and not await self._store.transcript(chat, after - 1):
            after = 0
            lines = await self._store.transcript(chat)
        bots = [line for line in lines if line.speaker == "bot"]
        return [render.missed(line, after, self._links) for line in bots], after

    def _chat(self, request: web.Request) -> ChatKey:
        chat = translate.chat_of(request.cookies.get(COOKIE, ""))
        if chat is None:
            raise RequestError(401, "session", "There is no session. Open the chat page, and allow its cookie.")
        return chat

    def _keep_session(self, request: web.Request, response: web.StreamResponse) -> None:
        session = request.cookies.get(COOKIE, "")
        if translate.chat_of(session) is None:
            session = secrets.token_urlsafe(24)
        response.set_cookie(
            COOKIE, session, max_age=_YEAR, path="/", httponly=True, samesite="Lax", secure=self._secure
        )


def _file(name: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(_STATIC / name, headers={"Cache-Control": "no-cache"})

    return handle


def _language(request: web.Request, chosen: object) -> str:
    """The language switched to on the page, or else the browser's."""
    own = translate.preferred_language(chosen) if isinstance(chosen, str) else ""
    return own or translate.preferred_language(request.headers.get("Accept-Language", ""))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0
