"""Model files that are pinned."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from bot import digests, wiring
from bot.__main__ import app
from bot.digests import digest, verify
from bot.errors import ConfigurationError, ModelFileError
from bot.sections import ModelSettings
from bot.settings import load


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def files(placeholder: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Path, Path]:
    for name, value in {
        "LOOKSEE_DATA_DIR": str(tmp_path / "data"),
        "LOOKSEE_MODEL__PATH": str(placeholder[0]),
        "LOOKSEE_MODEL__MMPROJ_PATH": str(placeholder[1]),
        "LOOKSEE_MODEL__THREADS": "1",
        "LOOKSEE_WEB__PORT": "0",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("bot.logs.configure", lambda *_given, **_more: None)
    return placeholder


async def test_a_digest_is_that_of_the_whole_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "SLICE_SECONDS", 0.0)  # one chunk at a time, as if it took long
    monkeypatch.setattr(digests, "PROGRESS_SECONDS", 0.0)
    path = tmp_path / "file"
    for size in (0, 1, digests.CHUNK, 3 * digests.CHUNK + 17):
        await asyncio.to_thread(path.write_bytes, b"\1" * size)
        monkeypatch.setattr(digests, "SLICE_SECONDS", 0.0005)
        with capture_logs() as logged:
            assert await digest(path) == hashlib.sha256(b"\1" * size).hexdigest()
    assert {line["event"] for line in logged} <= {"verifying_model_file"}


async def test_long_reading_is_told_and_can_be_broken_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "SLICE_SECONDS", 0.0005)
    monkeypatch.setattr(digests, "PROGRESS_SECONDS", 0.0)
    path = tmp_path / "file"
    await asyncio.to_thread(path.write_bytes, bytes(64 * digests.CHUNK))
    with capture_logs() as logged:
        reading = asyncio.create_task(digest(path))
        while not logged:  # noqa: ASYNC110 - a line in a log has no event
            await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    assert logged[0]["done"].endswith("%")


async def test_other_files_than_the_pinned_ones_are_refused(files: tuple[Path, Path]) -> None:
    right, other = [await asyncio.to_thread(sha256, path) for path in files]
    pinned = ModelSettings(path=files[0], mmproj_path=files[1], sha256=right.upper(), mmproj_sha256=other)
    await verify(pinned)
    for change, name, found in (
        ({"sha256": other}, "LOOKSEE_MODEL__SHA256", right),
        ({"mmproj_sha256": right}, "LOOKSEE_MODEL__MMPROJ_SHA256", other),
    ):
        with pytest.raises(ModelFileError, match=f"{name}: ") as caught:
            await verify(pinned.model_copy(update=change))
        assert f"{name}={found}" in str(caught.value)
    with pytest.raises(ModelFileError, match="cannot be read"):
        await verify(pinned.model_copy(update={"path": Path("absent.gguf")}))
    await verify(ModelSettings())


async def test_the_service_does_not_start_with_another_file(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKSEE_MODEL__SHA256", "0" * 64)
    service = wiring.Looksee(await asyncio.to_thread(load))
    with pytest.raises(ModelFileError, match="LOOKSEE_MODEL__SHA256: "):
        await service.start()


def test_check_shows_what_to_pin(files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKSEE_MODEL__MMPROJ_SHA256", sha256(files[1]))
    result = CliRunner().invoke(app, ["check"])
    assert result.exit_code == 0, result.output
    assert f"LOOKSEE_MODEL__SHA256={sha256(files[0])} (not pinned)" in result.stdout
    assert f"LOOKSEE_MODEL__MMPROJ_SHA256={sha256(files[1])} (as pinned)" in result.stdout
    monkeypatch.setenv("LOOKSEE_MODEL__MMPROJ_SHA256", "f" * 64)
    result = CliRunner().invoke(app, ["check"])
    assert result.exit_code == 2
    assert "another file than the one that is pinned" in result.stderr


def test_a_pin_needs_a_file_and_has_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKSEE_MODEL__SHA256", "0" * 64)
    with pytest.raises(ConfigurationError, match="LOOKSEE_MODEL__SHA256: pins a file"):
        load()
    monkeypatch.setenv("LOOKSEE_MODEL__SHA256", "12ab")
    with pytest.raises(ConfigurationError, match="LOOKSEE_MODEL__SHA256"):
        load()
