"""When a disk fails."""

from __future__ import annotations

from tests.disk.vfs import Kind, Operation


class Fault:
    """Fails the operations of one kind from one of them on, which are counted from 0; `times`: so often."""

    def __init__(self, kind: Kind, code: int, *, first: int = 0, times: int | None = None) -> None:
        self._kind = kind
        self._code = code
        self._first = first
        self._end = None if times is None else first + times
        self._met = 0
        self.repaired = False

    def __call__(self, operation: Operation) -> int:
        """The result code; 0 if this operation goes well."""
        if operation.kind != self._kind or self.repaired:
            return 0
        number, self._met = self._met, self._met + 1
        return self._code if number >= self._first and (self._end is None or number < self._end) else 0

    @property
    def struck(self) -> bool:
        """Whether anything has failed."""
        return self._met > self._first
