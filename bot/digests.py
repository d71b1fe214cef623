"""Model files pinned by their SHA-256: what answers customers is what was chosen, and nothing that took its place."""

from __future__ import annotations

import asyncio
import hashlib
import time
from io import BufferedIOBase
from pathlib import Path

import structlog

from bot.errors import ModelFileError
from bot.sections import ModelSettings

log = structlog.get_logger(__name__)

CHUNK = 1 << 20
SLICE_SECONDS = 0.2
"""So long a thread reads before whoever waits may be cancelled."""
PROGRESS_SECONDS = 10.0


async def verify(model: ModelSettings) -> None:
    """See that the configured files are the pinned ones. Raises ModelFileError."""
    for name, path, pinned in pins(model):
        if pinned and path is not None:
            found = await digest(path)
            if found != pinned.lower():
                raise ModelFileError(
                    f"{name}SHA256: {path} is another file than the one that is pinned. Its SHA-256 is {found}, the "
                    f"setting says {pinned.lower()}. If you have put the file there on purpose, set "
                    f"{name}SHA256={found}; otherwise get the file again."
                )
            log.info("model_file_verified", path=str(path))


def pins(model: ModelSettings) -> list[tuple[str, Path | None, str]]:
    """The files that are configured: beginnings of their variables' names, paths, and digests as pinned ("" if not)."""
    return [
        ("LOOKSEE_MODEL__", model.path, model.sha256),
        ("LOOKSEE_MODEL__MMPROJ_", model.mmproj_path, model.mmproj_sha256),
    ]


async def digest(path: Path) -> str:
    """The SHA-256 of a file, in hex. Told in the log as it goes on, if it takes long. Raises ModelFileError."""
    began = told = time.monotonic()
    reading = _Reading(path)
    try:
        size = await asyncio.to_thread(reading.open)
        while await asyncio.to_thread(reading.go_on):
            now = time.monotonic()
            if now - told >= PROGRESS_SECONDS:
                told = now
                done = f"{100 * reading.read / max(1, size):.0f}%"
                log.info("verifying_model_file", path=str(path), done=done, seconds=round(now - began))
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read: {error.strerror}") from error
    finally:
        await asyncio.to_thread(reading.close)
    return reading.hash.hexdigest()


class _Reading:
    """A file as it is read, a little at a time, on other threads. Blocking."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BufferedIOBase | None = None
        self.hash = hashlib.sha256()
        self.read = 0

    def open(self) -> int:
        """Begin; returns the size in bytes."""
        self._file = self._path.open("rb")
        return self._path.stat().st_size

    def go_on(self) -> bool:
        """Read for a while. False: that was the end."""
        until = time.monotonic() + SLICE_SECONDS
        while self._file is not None and time.monotonic() < until:
            chunk = self._file.read(CHUNK)
            if not chunk:
                return False
            self.hash.update(chunk)
            self.read += len(chunk)
        return True

    def close(self) -> None:
        """End."""
        if self._file is not None:
            self._file.close()
