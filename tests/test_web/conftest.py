from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.contracts.web_customer import WebCustomer
from tests.test_web.service import Service


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
