"""Fixtures of the contract suites."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.stores import ConversationStore
from tests.contracts.stores import STORES, Clock, Maker


@pytest.fixture
def clock() -> Clock:
    """The store's clock."""
    return Clock()


@pytest.fixture(params=STORES, ids=lambda maker: maker.__name__)
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> AsyncIterator[ConversationStore]:
    """Each of the stores in turn, open and empty."""
    make: Maker = request.param
    made = make(tmp_path, clock)
    await made.open()
    yield made
    await made.close()
