from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, expect

from tests.browser import browser
from tests.contracts.web_customer import WebCustomer
from tests.test_web.service import Service

Open = Callable[..., Awaitable[Page]]


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    running = Service(tmp_path)
    await running.start()
    yield running
    await running.stop()


@asynccontextmanager
async def visiting(service: Service) -> AsyncIterator[WebCustomer]:
    person = WebCustomer()
    await person.start()
    try:
        await person.connect(service.url)
        yield person
    finally:
        await person.stop()


@pytest.fixture
async def customer(service: Service) -> AsyncIterator[WebCustomer]:
    async with visiting(service) as person:
        yield person


@pytest.fixture
async def other(service: Service) -> AsyncIterator[WebCustomer]:
    """Somebody else's session."""
    async with visiting(service) as person:
        yield person


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with browser() as running:
        yield running


@pytest.fixture
async def open_page(service: Service, chromium: Browser) -> AsyncIterator[Open]:
    """Opens the page in a session of its own."""
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        # That the service was away is what some tests are about.
        if message.type in {"error", "warning"} and "net::ERR_" not in message.text:
            complaints.append(message.text)

    async def opened(**given: Any) -> Page:
        context = await chromium.new_context(**{"locale": "en-US", "viewport": {"width": 1100, "height": 760}} | given)
        page = await context.new_page()
        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(service.url)
        await expect(page.locator("#company")).to_have_text("Tea & Kettle")
        return page

    yield opened
    assert complaints == []
