"""What the model is answering, in a file that outlives a death of this process.

The file is mapped into memory: noting something is a copy of a few bytes, and what was written is there for the next
process however this one ends. It is not synced to the disk, so that a power cut may spoil it: after a restart of the
machine it counts for nothing. It holds digests, no words.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import struct
from collections.abc import Iterator
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

MARK = 32
"""Bytes of what names an entry, a digest."""
SLOTS = 4096
_MAGIC = b"looksee journal 1"
_HEADER = 64
_SLOT = struct.Struct(f"{MARK}sBB6x")  # the mark, its strikes, whether it is with the model
_SIZE = _HEADER + SLOTS * _SLOT.size
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Journal:
    """Marks with their strikes, and whether they are with the model. For one thread, but for `open`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._map: mmap.mmap | None = None
        self._slots: dict[bytes, int] = {}
        self._free: list[int] = []

    def open(self) -> None:
        """Open the file, or make it. Where that cannot be, the journal is forgetful. Blocking."""
        try:
            self._map = self._mapped()
        except OSError as error:
            log.warning("journal_not_kept", file=str(self._path), reason=error.strerror)
            return
        for slot in range(SLOTS):
            mark, strikes, flying = self._read(slot)
            if strikes or flying:
                self._slots[mark] = slot
            else:
                self._free.append(slot)

    def entries(self) -> Iterator[tuple[bytes, int, bool]]:
        """Every mark with its strikes, and whether it was with the model."""
        for slot in tuple(self._slots.values()):
            mark, strikes, flying = self._read(slot)
            yield mark, strikes, bool(flying)

    def note(self, mark: bytes, *, strikes: int, flying: bool) -> None:
        """Remember how things stand with a mark; nothing of one that has neither strikes nor is with the model."""
        if self._map is None:
            return
        slot = self._slots.get(mark)
        if not strikes and not flying:
            if slot is not None:
                self._write(slot, bytes(MARK), 0, 0)
                del self._slots[mark]
                self._free.append(slot)
            return
        if slot is None:
            slot = self._slots[mark] = self._free.pop() if self._free else self._evicted()
        self._write(slot, mark, min(strikes, 255), int(flying))

    def pardon(self) -> None:
        """Nothing is with the model any more, as far as the next process is concerned, and nothing will be: the
        service stops, and who kills it now is not what the model answers. Idempotent."""
        for mark, strikes, flying in tuple(self.entries()):
            if flying:
                self.note(mark, strikes=strikes, flying=False)
        mapped, self._map = self._map, None
        self._slots.clear()
        if mapped is not None:
            mapped.close()

    def _mapped(self) -> mmap.mmap:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            header = _header()
            if os.pread(file, _SIZE + 1, 0)[:_HEADER] != header or os.fstat(file).st_size != _SIZE:
                os.ftruncate(file, 0)
                # Written out in full: room that is missing is found out now, and not by a signal in the middle of work.
                os.pwrite(file, header + bytes(_SIZE - _HEADER), 0)
                if os.fstat(file).st_size != _SIZE:
                    raise OSError(0, "it could not be written in full")
            return mmap.mmap(file, _SIZE)
        finally:
            os.close(file)

    def _read(self, slot: int) -> tuple[bytes, int, int]:
        if self._map is None:
            return bytes(MARK), 0, 0
        mark, strikes, flying = _SLOT.unpack_from(self._map, _HEADER + slot * _SLOT.size)
        return mark, strikes, flying

    def _write(self, slot: int, mark: bytes, strikes: int, flying: int) -> None:
        if self._map is not None:
            _SLOT.pack_into(self._map, _HEADER + slot * _SLOT.size, mark, strikes, flying)

    def _evicted(self) -> int:
        """The slot of the mark that has been there longest, and that is not with the model if there is such a one."""
        oldest = next((mark for mark, slot in self._slots.items() if not self._read(slot)[2]), next(iter(self._slots)))
        return self._slots.pop(oldest)


def _header() -> bytes:
    boot = b""
    with contextlib.suppress(OSError):  # systems without it have a journal that outlives a power cut, spoilt or not
        boot = _BOOT_ID.read_bytes().strip()
    return (_MAGIC + b" " + boot).ljust(_HEADER)[:_HEADER]
