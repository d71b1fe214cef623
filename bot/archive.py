"""Files that people can take away, in a ZIP file or a folder, and finding those again that hold something of somebody.

Blocking.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

MANIFEST = "export.json"
"""Says, among other things, of which chats an archive holds something."""


class Archive:
    """A ZIP file or a folder, for its owner's eyes only, which has its name only once it is whole."""

    def __init__(self, target: Path) -> None:
        if target.exists():
            raise FileExistsError(17, "there is something of this name already", str(target))
        self._target = target
        self._part = target.with_name(f".{target.name}.partial")
        self._zip: zipfile.ZipFile | None = None
        self.discard()
        if target.suffix == ".zip":
            self._part.touch(mode=0o600)
            self._zip = zipfile.ZipFile(self._part, "w", zipfile.ZIP_DEFLATED)
        else:
            self._part.mkdir(mode=0o700)

    @property
    def path(self) -> Path:
        """Where it is once it is finished."""
        return self._target

    def add(self, name: str, data: bytes) -> None:
        """Put a file in."""
        if self._zip is not None:
            self._zip.writestr(name, data)
        else:
            path = self._part / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)

    def finish(self) -> None:
        """Give it its name."""
        if self._zip is not None:
            self._zip.close()
        self._part.rename(self._target)

    def discard(self) -> None:
        """Leave nothing of it."""
        if self._zip is not None:
            self._zip.close()
        _delete(self._part)


def make_private(folder: Path) -> None:
    """Make a folder for its owner's eyes only."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def chats_in(path: Path) -> set[str]:
    """The chats of which an archive holds something; none of one that cannot be read."""
    try:
        if path.is_dir():
            manifest = (path / MANIFEST).read_bytes()
        else:
            with zipfile.ZipFile(path) as file:
                manifest = file.read(MANIFEST)
        return {chat["chat"] for chat in json.loads(manifest)["chats"]}
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return set()


def remove(folder: Path, doomed: Callable[[Path], bool]) -> None:
    """Delete the archives in a folder that are `doomed`, unfinished ones among them."""
    for path in [*folder.glob("export-*"), *folder.glob(".export-*.partial")] if folder.is_dir() else []:
        if doomed(path):
            _delete(path)


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
