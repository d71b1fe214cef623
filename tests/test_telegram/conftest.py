"""The real adapter and aiogram against the fake server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import prometheus_client  # noqa: F401 - imported by stamina at its first retry, which blocks; the service has it by then
import pytest

from adapters.telegram.adapter import TelegramAdapter
from bot.errors import StoreError
from bot.messages import ChatKey, CommandInfo, Inbound, Outgoing, Role
from tests.fakes.telegram_person import Person
from tests.fakes.telegram_server import BOT_ID, TOKEN, TelegramServer

COMMANDS = (
    CommandInfo("help", Role.CUSTOMER, {"en": "What I can do", "zh": "我能做什么"}),
    CommandInfo("take", Role.AGENT, {"en": "Take a case", "zh": "接手工单"}),
    CommandInfo("stats", Role.ADMIN, {"en": "Figures", "zh": "统计"}),
)
GROUP = -1001234567890123


class RecordingIntake:
    """Remembers what was committed; refuses as often as `refusals` says."""

    def __init__(self) -> None:
        self.received: list[Inbound] = []
        self.attempts = 0
        self.refusals = 0
        self._changed = asyncio.Event()

    async def receive(self, inbound: Inbound) -> bool:
        self.attempts += 1
        if self.refusals:
            self.refusals -= 1
            self._notify()
            raise StoreError("disk full")
        new = all(inbound.event_id != other.event_id for other in self.received)
        if new:
            self.received.append(inbound)
        self._notify()
        return new

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not holds():
                await self._changed.wait()

    async def texts(self, count: int) -> list[str]:
        await self.until(lambda: len(self.received) >= count)
        return [inbound.text for inbound in self.received]


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    made = TelegramServer()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def intake() -> RecordingIntake:
    return RecordingIntake()


@pytest.fixture
def ada(server: TelegramServer) -> Person:
    return Person(server)


@pytest.fixture
async def adapter(server: TelegramServer) -> AsyncIterator[TelegramAdapter]:
    made = TelegramAdapter(token=TOKEN, api_base=server.url, commands=COMMANDS, staff={"telegram:1001": Role.ADMIN})
    yield made
    await made.close()


def outgoing(
    payload: str, chat: int = 1001, *, thread: str = "", slot: str = "", removes: bool = False, connection: str = ""
) -> Outgoing:
    account = f"{BOT_ID}@{connection}" if connection else str(BOT_ID)
    return Outgoing(1, ChatKey("telegram", account, str(chat), thread), payload, slot, removes=removes)


def keyboard(message: dict[str, Any]) -> list[list[str]]:
    """What stands on the buttons under a message."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [[button["text"] for button in row] for row in rows]
