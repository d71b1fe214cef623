"""A disk of SQLite's whose operations are recorded and can be made to fail: a VFS over the system's own.

`apsw` brings a SQLite of its own, which lets Python stand where the operating system does; the standard library's
module does not. So under test here is our code, with the statements that it makes, on a real SQLite that writes real
files, only not on the library that the service runs with: it is that one which opens what a power cut leaves.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import apsw

Kind = Literal["open", "read", "write", "truncate", "sync", "delete"]
File = Literal["db", "wal", "journal"]

IOERR_READ, IOERR_WRITE, IOERR_FSYNC, IOERR_TRUNCATE, IOERR_DELETE = 266, 778, 1034, 1546, 2570
FULL, CANTOPEN = 13, 14
MESSAGES = {FULL: "database or disk is full", CANTOPEN: "unable to open database file"}

_PIECE = 65_536
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that SQLite asks of the disk."""

    kind: Kind
    file: File


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened on the disk.

    `inode` is the file that had the `name` at the time. "lost": an fsync failed, after which the system takes what was
    written for clean. "mark": none of the disk's, but a test's.
    """

    what: Literal["create", "write", "truncate", "sync", "lost", "delete", "mark"]
    inode: int = 0
    name: str = ""
    offset: int = 0
    data: bytes = b""
    size: int = 0


def no_fault(operation: Operation) -> int:
    """A disk that works."""
    return 0


class Disk:
    """What SQLite finds below it. `fault` is asked before each operation which result code it ends with; 0: none.

    Use as a context manager; `vfs` is the name to open databases with. Files that are there before the first of them
    is opened count as being on the disk safely, but for an empty one.
    """

    def __init__(self, folder: Path) -> None:
        self.vfs = f"disk-{next(_numbers)}"
        self.folder = folder
        self.fault: Callable[[Operation], int] = no_fault
        self.forgets: Callable[[int], bytes] | None = None
        """After a failing fsync: what the system then reads of a file (by inode) whose changes it has dropped. None: it
        goes on showing them, as ext4 does."""
        self.events: list[Event] = []
        self.operations: list[Operation] = []
        self._inodes: dict[str, int] = {}
        self.before: dict[str, bytes] = {}
        folder.mkdir(exist_ok=True)
        for path in folder.glob("*"):
            if path.is_file() and path.stat().st_size and not path.name.endswith(("-shm", ".lock")):
                self.before[path.name] = path.read_bytes()
                self._inodes[path.name] = next(_numbers)
        self.first = dict(self._inodes)

    def __enter__(self) -> Disk:
        self._registered = _Vfs(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._registered.unregister()

    def mark(self, name: str) -> None:
        """Note that something is known to have happened by now."""
        self.events.append(Event("mark", name=name))

    def begin(self, kind: Kind, path: str) -> None:
        """Something is asked of the disk. Raises what SQLite is to be told."""
        operation = Operation(kind, file_of(path))
        self.operations.append(operation)
        code = self.fault(operation)
        if code:
            raise apsw.exception_for(code)

    def found(self, path: str) -> int:
        """A file has been opened, and perhaps made; returns its inode."""
        name = Path(path).name
        if name not in self._inodes:
            self._inodes[name] = next(_numbers)
            self.events.append(Event("create", self._inodes[name], name))
        return self._inodes[name]

    def gone(self, path: str, *, synced: bool) -> None:
        """A file has been deleted."""
        name = Path(path).name
        inode = self._inodes.pop(name, None)
        if inode is not None:
            self.events.append(Event("delete", inode, name, size=int(synced)))


def file_of(path: str) -> File:
    """Which of a database's files this is."""
    return "wal" if path.endswith("-wal") else "journal" if path.endswith("-journal") else "db"


class _Vfs(apsw.VFS):
    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        super().__init__(disk.vfs, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> _File:  # noqa: N802 - SQLite's name
        path = name.filename() if isinstance(name, apsw.URIFilename) else name or ""
        self._disk.begin("open", path)
        return _File(self._disk, path, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self._disk.begin("delete", filename)
        super().xDelete(filename, syncdir)
        self._disk.gone(filename, synced=syncdir)


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, path: str, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self._disk = disk
        self._path = path
        super().__init__("", name, flags)
        self._inode = disk.found(path)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        self._disk.begin("read", self._path)
        return super().xRead(amount, offset)

    def xWrite(self, data: apsw.SQLiteValue, offset: int) -> None:  # noqa: N802
        assert isinstance(data, bytes)
        try:
            self._disk.begin("write", self._path)
        except apsw.FullError:
            # As much as there was room for.
            self._write(data[: len(data) // 2], offset)
            raise
        self._write(data, offset)

    def _write(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        self._disk.events.append(Event("write", self._inode, offset=offset, data=data))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._disk.begin("truncate", self._path)
        super().xTruncate(newsize)
        self._disk.events.append(Event("truncate", self._inode, size=newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802
        try:
            self._disk.begin("sync", self._path)
        except apsw.Error:
            self._disk.events.append(Event("lost", self._inode))
            if self._disk.forgets is not None:
                self._forget(self._disk.forgets(self._inode))
            raise
        super().xSync(flags)
        self._disk.events.append(Event("sync", self._inode))

    def _forget(self, content: bytes) -> None:
        super().xTruncate(0)
        for start in range(0, len(content), _PIECE):  # SQLite's own writes no more than 128 KB at a time
            super().xWrite(content[start : start + _PIECE], start)
