"""The page in a real browser."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from bot.messages import Inbound, Kind
from tests.browser import browser
from tests.test_web.service import MAX_BYTES, Service, png

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
expect.set_options(timeout=15_000)


@pytest.fixture(scope="module", autouse=True)
async def chromium() -> AsyncIterator[Browser]:
    async with browser() as running:
        yield running
