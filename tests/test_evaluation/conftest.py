"""Fixtures of the evaluation's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_core.conftest import picture


@pytest.fixture
def configured(tmp_path: Path, placeholder: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with settings for the placeholder model, and two pictures."""
    settings = {
        "LOOKSEE_DATA_DIR": str(tmp_path / "data"),
        "LOOKSEE_MODEL__PATH": str(placeholder[0]),
        "LOOKSEE_MODEL__MMPROJ_PATH": str(placeholder[1]),
        "LOOKSEE_MODEL__THREADS": "1",
        "LOOKSEE_MODEL__MAX_TOKENS": "16",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("bot.logs.configure", lambda *_given, **_more: None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "screenshot.png").write_bytes(picture())
    (tmp_path / "broken.png").write_bytes(picture()[:50])
    return tmp_path
