"""A shop whose agents are in Slack or in a Telegram group, and a customer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.test_desk.customers import Customer, OnTelegram
from tests.test_desk.model import script
from tests.test_desk.offices import InSlack, InTelegram, Office
from tests.test_desk.shop import Shop, opened


@pytest.fixture
def customer() -> Customer:
    """Somebody on Telegram."""
    return OnTelegram()


@pytest.fixture
def in_slack() -> InSlack:
    """The agents' channel."""
    return InSlack()


@pytest.fixture
def in_telegram(customer: OnTelegram) -> InTelegram:
    """The agents' group, on the customer's Telegram."""
    return InTelegram(customer.connected)


@pytest.fixture
def offices(request: pytest.FixtureRequest) -> list[Office]:
    """Where agents see cases: in Slack, but where tests have it otherwise."""
    return [request.getfixturevalue(getattr(request, "param", "in_slack"))]


@pytest.fixture
async def shop(
    customer: Customer, offices: list[Office], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shop]:
    """All of them, and the bot."""
    said = script()
    async with opened(customer, offices, tmp_path, monkeypatch, make=lambda _: said) as made:
        yield made
