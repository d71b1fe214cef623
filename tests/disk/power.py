"""What is on a disk after its power was cut."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.disk.vfs import Disk, Event

SECTOR = 512

Keep = Callable[[Event], Sequence[tuple[int, bytes]]]
"""Which pieces of a write that was not synced are on the disk all the same: offsets and bytes."""


def nothing(_: Event) -> Sequence[tuple[int, bytes]]:
    """Nothing that was not synced has arrived."""
    return ()


def everything(event: Event) -> Sequence[tuple[int, bytes]]:
    """All has arrived that was written: what a killed process leaves, too."""
    return ((event.offset, event.data),)


def torn(chance: random.Random) -> Keep:
    """Some writes have arrived, some have not, and of some only sectors, one here and one there."""

    def keep(event: Event) -> Sequence[tuple[int, bytes]]:
        fate = chance.random()
        if fate < 0.3:
            return ()
        if fate < 0.6:
            return ((event.offset, event.data),)
        first = event.offset - event.offset % SECTOR
        edges = [event.offset, *range(first + SECTOR, event.offset + len(event.data), SECTOR)]
        pieces = []
        for start, end in zip(edges, [*edges[1:], event.offset + len(event.data)], strict=True):
            if chance.random() < 0.5:
                pieces.append((start, event.data[start - event.offset : end - event.offset]))
        return pieces

    return keep


@dataclass
class Inode:
    """A file: what is on the disk for certain, and what was written since."""

    safe: bytearray = field(default_factory=bytearray)
    unsafe: list[Event] = field(default_factory=list)


class Platter:
    """Follows a disk's events, and knows what is safe. `lost` says what has arrived of that which an fsync failed to
    bring there: no later one will."""

    def __init__(self, disk: Disk, lost: Keep = nothing) -> None:
        self._lost = lost
        self._files = {disk.first[name]: Inode(bytearray(data)) for name, data in disk.before.items()}
        self._names: dict[str, int] = dict(disk.first)
        self._renames: list[Event] = []

    def follow(self, event: Event) -> None:
        """Take one more event in."""
        if event.what == "create":
            self._files[event.inode] = Inode()
            self._renames.append(event)
        elif event.what == "delete":
            self._renames.append(event)
            if event.size:
                self._settle_names()
        elif event.what in ("write", "truncate"):
            self._files[event.inode].unsafe.append(event)
        elif event.what == "sync":
            self._settle(event.inode, everything)
            # SQLite syncs the folder, too, when it syncs a log or a journal that it has made.
            if any(made.what == "create" and made.inode == event.inode for made in self._renames):
                self._settle_names()
        elif event.what == "lost":
            self._settle(event.inode, self._lost)

    def cut(self, keep: Keep, *, names: int | None = None) -> dict[str, bytes]:
        """The files as the next start finds them. Of the creations and deletions that are not safe the first `names`
        have come about (None: all): a file system's journal keeps their order."""
        found = dict(self._names)
        for event in self._renames[:names]:
            _rename(found, event)
        content = {}
        for name, inode in found.items():
            file = self._files[inode]
            data = bytearray(file.safe)
            for event in file.unsafe:
                _apply(data, event, keep)
            content[name] = bytes(data)
        return content

    @property
    def unsafe_names(self) -> int:
        """How many creations and deletions are not safe yet."""
        return len(self._renames)

    def safe(self, inode: int) -> bytes:
        """What of a file is on the disk for certain."""
        return bytes(self._files[inode].safe)

    def _settle(self, inode: int, keep: Keep) -> None:
        file = self._files[inode]
        for event in file.unsafe:
            _apply(file.safe, event, keep)
        file.unsafe = []

    def _settle_names(self) -> None:
        for event in self._renames:
            _rename(self._names, event)
        self._renames = []


def lay_out(files: dict[str, bytes], folder: Path) -> None:
    """Write files to a new folder."""
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)


def _rename(names: dict[str, int], event: Event) -> None:
    if event.what == "create":
        names[event.name] = event.inode
    else:
        names.pop(event.name, None)


def _apply(data: bytearray, event: Event, keep: Keep) -> None:
    if event.what == "truncate":
        if keep is everything:
            del data[event.size :]
            data.extend(bytes(event.size - len(data)))
        elif keep is not nothing and keep(Event("write", data=b"?")):
            del data[event.size :]
        return
    for offset, piece in keep(event):
        data.extend(bytes(max(0, offset + len(piece) - len(data))))
        data[offset : offset + len(piece)] = piece
