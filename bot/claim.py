"""One service per data folder: two would answer the same questions twice."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import ConfigurationError


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold `folder` for this process; the system lets go of it when the process ends, however it ends. Blocking.

    Raises ConfigurationError if another process holds it.
    """
    try:
        file = (folder / "looksee.lock").open("w")
    except OSError as error:
        raise ConfigurationError(f"LOOKSEE_DATA_DIR: {folder} cannot be written to: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigurationError(
                f"LOOKSEE_DATA_DIR: another Looksee is running with {folder.resolve()}; stop it, or choose another "
                "folder, for example LOOKSEE_DATA_DIR=data2"
            ) from error
        yield
