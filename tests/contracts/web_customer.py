"""A customer on the web page, over plain HTTP and server-sent events."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

import aiohttp

from tests.contracts.customer import Upload

_BLOCKS = {"p", "li", "h1", "h2", "h3", "h4", "pre", "blockquote", "tr", "br", "hr"}


class _Text(HTMLParser):
    """The text of HTML, blocks on lines of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS and self.parts:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text_of(html: str) -> str:
    """What somebody reads who sees `html`."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    return "\n".join(line.strip() for line in "".join(parser.parts).splitlines() if line.strip())


async def server_sent(response: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, str, dict[str, Any]]]:
    """The events of a stream: name, id ("" for none) and data."""
    name, event_id, data = "message", "", ""
    # Not by lines, which aiohttp bounds: an answer is one line.
    rest = b""
    async for chunk in response.content.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        for raw in lines:
            key, _, value = raw.decode().partition(": ")
            if key == "event":
                name = value
            elif key == "id":
                event_id = value
            elif key == "data":
                data += value
            elif not raw:
                if data:
                    yield name, event_id, json.loads(data)
                name, event_id, data = "message", "", ""


class WebCustomer:
    """Implements the contract's `Customer`: one browser session with one page open."""

    platform = "web"

    def __init__(self) -> None:
        self._base = ""
        self._http: aiohttp.ClientSession | None = None
        self._listening: asyncio.Task[None] | None = None
        self.messages: list[dict[str, Any]] = []
        """What the bot has said, as the page was told of it."""
        self._changed = asyncio.Condition()
        self._last = 0
        self._last_posted: tuple[str, str, Sequence[Upload]] | None = None
        self.partials: list[str] = []
        """Live texts, as they came."""
        self.remark = ""
        """What is shown now in the place of an answer to come."""

    async def start(self) -> None:
        """There is no platform between the customer and the bot."""
        self._http = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # the bot's address is a number
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
        )

    async def stop(self) -> None:
        """Close the page."""
        await self._hang_up()
        if self._http is not None:
            await self._http.close()

    def environment(self) -> Mapping[str, str]:
        """Nothing beyond what the bot serves anyway."""
        return {"LOOKSEE_WEB__CHAT": "true"}

    async def connect(self, base_url: str) -> None:
        """Open the page, or notice that the bot is back."""
        await self._hang_up()
        self._base = base_url.rstrip("/")
        async with self._session.get(f"{self._base}/") as response:
            response.raise_for_status()
        connected = asyncio.Event()
        self._listening = asyncio.create_task(self._listen(connected))
        async with asyncio.timeout(10):
            await connected.wait()

    async def say(self, text: str, uploads: Sequence[Upload] = ()) -> str:
        """Send one message; its id is a UUID of the page's own."""
        message_id = str(uuid.uuid4())
        self._last_posted = (message_id, text, uploads)
        await self._post_message(*self._last_posted)
        return message_id

    async def edit(self, message_id: str, text: str) -> None:
        """Not on this platform."""
        raise NotImplementedError

    async def command(self, verb: str, arguments: str = "") -> None:
        """Type a command, or press its button."""
        await self._post("commands", {"id": str(uuid.uuid4()), "verb": verb, "text": arguments})

    async def press(self, label: str) -> None:
        """Press a button under the newest message that has it."""
        labelled = [(b, message) for message in self.messages for b in message["buttons"] if b["label"] == label]
        button, message = labelled[-1]
        body = {"verb": button["command"], "text": button["text"], "message": message["message"]}
        await self._post("commands", {"id": str(uuid.uuid4())} | body)

    async def rate(self, answer: int, rating: int) -> None:
        """Press a thumb."""
        message = self.messages[answer]
        if not message["rateable"]:
            raise AssertionError(f"there are no thumbs under {self.seen()[answer]!r}")
        await self._post("feedback", {"id": str(uuid.uuid4()), "message": message["message"], "rating": rating})

    async def redeliver(self) -> None:
        """The page posts again when it has not heard that a message was taken."""
        if self._last_posted is not None:
            for _ in range(3):
                await self._post_message(*self._last_posted)

    async def echo(self) -> None:
        """Nothing reports the bot's own messages here."""

    def seen(self) -> list[str]:
        """The bot's messages as text."""
        return [text_of(message["html"]) for message in self.messages]

    async def until(self, condition: Callable[[list[str]], bool], *, within: float = 60.0) -> None:
        """Wait until what is seen is such that the condition holds."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(lambda: condition(self.seen()))

    async def wait_for(self, count: int, *, within: float = 60.0) -> list[str]:
        """Wait for so many messages."""
        try:
            async with asyncio.timeout(within), self._changed:
                await self._changed.wait_for(lambda: len(self.messages) >= count)
        except TimeoutError:
            raise TimeoutError(f"{count} messages were expected within {within} s; seen: {self.seen()}") from None
        return self.seen()

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            raise RuntimeError("start() first")
        return self._http

    async def catch_up(self) -> None:
        """Wait until the page shows all that the bot has said in the present conversation."""
        said = json.loads(await self.get("/api/transcript"))["entries"]
        newest = max((entry["version"] for entry in said if entry["speaker"] == "bot"), default=0)
        await self.until(lambda _: self._last >= newest)

    async def get(self, path: str) -> bytes:
        """Fetch something that the page shows."""
        async with self._session.get(self._base + path) as response:
            response.raise_for_status()
            return await response.read()

    async def _post_message(self, message_id: str, text: str, uploads: Sequence[Upload]) -> None:
        form = aiohttp.FormData(quote_fields=False, default_to_multipart=True)  # as browsers do
        form.add_field("id", message_id)
        form.add_field("text", text)
        for upload in uploads:
            form.add_field("files", io.BytesIO(upload.data), filename=upload.name, content_type=upload.media_type)
        async with self._session.post(f"{self._base}/api/messages", data=form) as response:
            response.raise_for_status()

    async def _post(self, what: str, body: Mapping[str, Any]) -> None:
        async with self._session.post(f"{self._base}/api/{what}", json=body) as response:
            response.raise_for_status()

    async def _listen(self, connected: asyncio.Event) -> None:
        # The page would connect again when the bot goes away; here the contract says when it is back.
        with contextlib.suppress(aiohttp.ClientError):
            url = f"{self._base}/api/events?after={self._last}"
            async with self._session.get(url) as response:
                response.raise_for_status()
                async for name, event_id, data in server_sent(response):
                    connected.set()
                    if name in {"working", "partial", "idle"}:
                        self.remark = data.get("remark", "")
                    if name == "partial":
                        self.partials.append(text_of(data["html"]))
                    elif name in {"message", "changed", "removed"}:
                        self._last = int(event_id)
                        async with self._changed:
                            self._take(name, data)
                            self._changed.notify_all()

    def _take(self, name: str, data: dict[str, Any]) -> None:
        """A message is there, or another in the place of one, or one is gone."""
        others = [message for message in self.messages if message["id"] != data["id"]]
        if name == "message":
            self.messages = [*others, data]
        elif name == "removed":
            self.messages = others
        else:
            self.messages = [data if message["id"] == data["id"] else message for message in self.messages]

    async def _hang_up(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listening
            self._listening = None
