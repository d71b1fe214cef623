"""Fixtures of the store's own tests."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.test_conversations.copies import fill


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a service that is stopped, and the settings for it."""
    folder = tmp_path / "data"
    asyncio.run(fill(folder))
    monkeypatch.setenv("LOOKSEE_DATA_DIR", str(folder))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bot.logs.configure", lambda *_given, **_more: None)
    return folder
