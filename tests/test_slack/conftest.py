"""The real adapter, on the real Bolt and SDK, against a Slack server on a loopback port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from typing import Any, Literal

import pytest
from aiohttp import web

from adapters.slack.adapter import SlackAdapter
from adapters.slack.render import render
from bot.errors import StoreError
from bot.messages import Button, ChatKey, CommandInfo, Image, ImageRef, Inbound, Outgoing, Reply, Role, Sender
from bot.spoken import Links
from tests.fakes.slack_person import Person
from tests.fakes.slack_server import SlackServer

DM = "D0CUST"
SHOP = "C0SHOP"
DESK = "C0DESK"
USER = "U0CUST"
AGENT = "U0AGENT"
VERBS = ("help", "new", "stop", "status", "start")
COMMANDS = [CommandInfo(name, Role.CUSTOMER, {"en": name, "zh": name}) for name in VERBS]


class RecordingIntake:
    """An inbox that can be made to fail. As the real one, it holds each event once."""

    def __init__(self, server: SlackServer) -> None:
        self.received: list[Inbound] = []
        self.attempts = 0
        self.failures = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self._server = server

    async def receive(self, inbound: Inbound) -> bool:
        self.attempts += 1
        await self._server.changed()
        await self.gate.wait()
        if self.failures:
            self.failures -= 1
            await self._server.changed()
            raise StoreError("the disk is full")
        new = inbound.event_id not in [known.event_id for known in self.received]
        if new:
            self.received.append(inbound)
        await self._server.changed()
        return new


class ListSurfaces:
    """What is shown outside of chats: what tests put here. `texts` are what buttons begin with, by their command."""

    def __init__(self) -> None:
        self.replies: tuple[Reply, ...] = (Reply("Nothing waits."),)
        self.texts: dict[str, str] = {}
        self.edited: list[tuple[str, Button, ChatKey, str]] = []
        self.failure: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def home(self, sender: Sender) -> tuple[Reply, ...]:
        return (Reply(f"Hello {sender.key}"), *self.replies)

    async def editable(self, sender: Sender, button: Button, chat: ChatKey, message_id: str) -> str | None:
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        self.edited.append((sender.key, button, chat, message_id))
        return self.texts.get(button.command)


@pytest.fixture
def surfaces() -> ListSurfaces:
    return ListSurfaces()


@pytest.fixture
def stored() -> dict[str, Image]:
    """The pictures that are stored, by content hash."""
    return {}


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    server = SlackServer()
    server.channels.add(DESK)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def intake(server: SlackServer) -> RecordingIntake:
    return RecordingIntake(server)


@pytest.fixture
def known() -> set[ChatKey]:
    """The chats the bot has answered in; it takes part in those, too, of which something has come in."""
    return set()


Connect = Callable[[Literal["socket", "http"]], Awaitable[SlackAdapter]]


@pytest.fixture
async def connect(
    server: SlackServer,
    intake: RecordingIntake,
    known: set[ChatKey],
    surfaces: ListSurfaces,
    stored: dict[str, Image],
) -> AsyncIterator[Connect]:
    """Start an adapter in a mode, connected to the server."""
    adapters: list[SlackAdapter] = []
    runners: list[web.AppRunner] = []

    async def knows(chat: ChatKey) -> bool:
        return chat in known or any(inbound.chat == chat for inbound in intake.received)

    async def images(refs: Collection[ImageRef]) -> dict[str, Image]:
        return {ref.sha256: stored[ref.sha256] for ref in refs if ref.sha256 in stored}

    async def start(mode: Literal["socket", "http"]) -> SlackAdapter:
        adapter = SlackAdapter(
            bot_token=server.bot_token,
            app_token=server.app_token,
            signing_secret=server.signing_secret,
            api_base=server.api_base,
            mode=mode,
            commands=COMMANDS,
            knows=knows,
            desk_channel=DESK,
            images=images,
            editors={"prompt edit": Button("Edit the prompt", "prompt", "set", edits=True)},
        )
        adapter.show(surfaces)
        adapters.append(adapter)
        if mode == "http":
            server.target = await serve(adapter, runners)
        await adapter.start(intake)
        if mode == "socket":
            await server.until(lambda: server.sockets)
        return adapter

    yield start
    for adapter in adapters:
        await adapter.close()
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def customer(server: SlackServer) -> Person:
    """In direct messages with the bot."""
    return Person(server)


@pytest.fixture
async def agent(server: SlackServer) -> Person:
    """In the agents' channel."""
    return Person(server, AGENT, DESK)


async def serve(adapter: SlackAdapter, runners: list[web.AppRunner]) -> str:
    app = web.Application()
    app.add_routes(adapter.routes())
    runner = web.AppRunner(app)
    runners.append(runner)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    return f"http://{host}:{port}/slack/events"


@pytest.fixture
async def adapter(connect: Connect) -> SlackAdapter:
    """An adapter on Socket Mode."""
    return await connect("socket")


def chat(channel: str = DM, thread: str = "") -> ChatKey:
    return ChatKey("slack", "T0TEAM", channel, thread)


def said(server: SlackServer, text: str, channel: str = DM, thread: str = "", **more: Any) -> dict[str, Any]:
    """The event of a message that a customer writes; the server remembers the message."""
    message: dict[str, Any] = {"type": "message", "channel": channel, "user": USER, "text": text, "ts": server.new_ts()}
    message |= {"channel_type": "im" if channel.startswith("D") else "channel", "team": server.team}
    message |= {"thread_ts": thread} if thread else {}
    server.messages.append({**message, **more})
    return {**message, **more, "event_ts": message["ts"]}


def outgoing(reply: Reply, *, number: int = 1, to: ChatKey | None = None, slot: str = "", message: int = 0) -> Outgoing:
    """A message of a reply, the first if nothing is said, as the outbox hands it out."""
    return Outgoing(number, to or chat(), render(reply, Links())[message], slot=slot)


async def room(adapter: SlackAdapter, known: set[ChatKey], *buttons: Button) -> ChatKey:
    """A case's thread, with its card posted, that the bot takes part in."""
    opening = adapter.opening("Case #1", Reply("Case #1", buttons=buttons))
    ts = await adapter.send(Outgoing(1, chat(DESK), opening.payload))
    known.add(opened := chat(DESK, ts))
    return opened
