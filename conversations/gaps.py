"""Takes out of a database file what SQLite leaves in it between the cells of its pages.

With ``secure_delete`` SQLite overwrites what is deleted. But when it moves cells to a neighbouring page, in order to
balance a tree, the old page keeps its copy of them in the gap between the list of cells and the cells; if they are
deleted from their new page later, that copy stays. ``VACUUM`` would help, and keep every writer waiting for minutes.
Here those gaps are found and overwritten with zeros, in place: SQLite never reads them. The layout of pages is the file
format's (https://www.sqlite.org/fileformat2.html), which is promised not to change.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_LEAVES = frozenset({10, 13})
_INTERIORS = frozenset({2, 5})
_DEEPEST = 20
"""Levels of a tree: SQLite knows no deeper one."""

Path = tuple[int, ...]
"""The numbers of the pages from a tree's root to one of its pages."""


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of a tree: its gap from `start` to `end`, in bytes, the pages below it, and whether the gap is clean."""

    start: int
    end: int
    clean: bool
    children: tuple[int, ...]


class PagedFile:
    """The pages of a database file, by an open file descriptor.

    It has to stay open for as long as this process uses the file: closing any descriptor of a file takes away all locks
    that the process holds on it, SQLite's included.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def stale(self, roots: Collection[int]) -> Iterator[Path]:
        """Find pages whose gap holds something, without a lock: others may write meanwhile, so what is found is what
        is worth a second look. Blocking."""
        header = self._header()
        if header is None:
            return
        size, usable = header
        seen: set[int] = set()
        paths: list[Path] = [(root,) for root in roots]
        while paths:
            path = paths.pop()
            if path[-1] in seen or len(path) > _DEEPEST:
                continue
            seen.add(path[-1])
            page = self._page(path[-1], size, usable)
            if page is None:
                continue
            if not page.clean:
                yield path
            paths += [(*path, child) for child in page.children]

    def clear(self, paths: Sequence[Path], roots: Collection[int]) -> int:
        """Overwrite the gaps of those pages that are still where they were found, force that to the disk, and return
        how many they were.

        Only while nobody can write, the log is empty, and `roots` are the present ones. Blocking. Raises OSError.
        """
        header = self._header()
        if header is None:
            return 0
        size, usable = header
        cleared = 0
        for path in paths:
            page = self._follow(path, roots, size, usable)
            if page is not None and not page.clean:
                # Sector by sector, a crash leaves the old bytes or zeros, and both will do.
                os.pwrite(self._descriptor, bytes(page.end - page.start), (path[-1] - 1) * size + page.start)
                cleared += 1
        if cleared:
            os.fdatasync(self._descriptor)
        return cleared

    def _follow(self, path: Path, roots: Collection[int], size: int, usable: int) -> _Page | None:
        """The last page of a path, if that leads to it now."""
        if path[0] not in roots:
            return None
        for parent, child in pairwise(path):
            page = self._page(parent, size, usable)
            if page is None or child not in page.children:
                return None
        return self._page(path[-1], size, usable)

    def _header(self) -> tuple[int, int] | None:
        """The size of a page, and how much of it is in use."""
        header = os.pread(self._descriptor, 100, 0)
        if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
            return None
        size: int = struct.unpack_from(">H", header, 16)[0]
        size = 65_536 if size == 1 else size
        return size, size - header[20]

    def _page(self, number: int, size: int, usable: int) -> _Page | None:
        """A page of a tree; None for what cannot be one."""
        content = os.pread(self._descriptor, size, (number - 1) * size) if number > 0 else b""
        if len(content) < size:
            return None
        at = 100 if number == 1 else 0
        kind, _, cells, top = struct.unpack_from(">BHHH", content, at)
        list_at = at + (12 if kind in _INTERIORS else 8)
        start, end = list_at + 2 * cells, top or 65_536
        if kind not in _LEAVES | _INTERIORS or not start <= end <= usable:
            return None
        children: tuple[int, ...] = ()
        if kind in _INTERIORS:
            places = struct.unpack_from(f">{cells}H", content, list_at)
            if any(place + 4 > size for place in places):
                return None
            below = [struct.unpack_from(">I", content, place)[0] for place in places]
            children = (*below, struct.unpack_from(">I", content, at + 8)[0])
        return _Page(start, end, not content[start:end].strip(b"\0"), children)
