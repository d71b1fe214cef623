"""What is computed of which chat, and where: in the context, in the host's memory, or not at all.

A sequence of the context belongs to one chat at most; its ledger says what its cells hold. A prompt continues the
longest beginning of it that is computed anywhere: by the chat's own sequence, by its parked state, or by any other
sequence that begins the same way, whose cells it then shares. When there is no room, the idle chat that was used
longest ago is parked (copied to the host's memory); when that is full, the longest parked one is dropped. Nothing is
ever written to a file. All of it belongs to the thread that owns the model, but for `held`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from cachetools import LRUCache

from bot.inference.gate import Gate
from bot.inference.native import NativeError, NativeModel, NoRoomError, State
from bot.inference.plan import Item, cells, positions
from bot.inference.watch import Watch

SPARE = 2  # buffers of chats that came back, kept for the next ones
ROOTS = 4  # system prompts (one for each language and version) that are kept computed, at most


@dataclass(slots=True, eq=False)
class Ledger:
    """One sequence of the context: `items` is what its cells hold, and the next one comes at `position`.

    `borrowed` of its cells are those of a system prompt that is kept for all. `used` orders by the last use.
    `branch_of` is as in `Prompt`.
    """

    id: int
    chat: str = ""
    branch_of: str = ""
    items: list[Item] = field(default_factory=list)
    position: int = 0
    cells: int = 0
    borrowed: int = 0
    busy: bool = False
    used: int = 0

    def extend(self, items: Sequence[Item]) -> None:
        """More items are computed."""
        self.items += items
        self.position += positions(items)
        self.cells += cells(items)

    def shorten(self, length: int) -> None:
        """Only the first `length` items are left."""
        gone = self.items[length:]
        del self.items[length:]
        self.position -= positions(gone)
        self.cells -= cells(gone)
        self.borrowed = min(self.borrowed, self.cells)

    def empty(self) -> None:
        """Nothing is left, and it is nobody's."""
        self.shorten(0)
        self.chat, self.branch_of, self.busy = "", "", False


@dataclass(frozen=True, slots=True, eq=False)
class Parked:
    """A chat's sequence in the host's memory. `state` is the beginning of `buffer`."""

    items: list[Item]
    state: State
    buffer: State
    branch_of: str


class KvCache:
    """The sequences of a model's context. `parked_bytes` bounds what is kept in the host's memory."""

    def __init__(self, native: NativeModel, gate: Gate, watch: Watch, *, parked_bytes: int) -> None:
        self._native = native
        self._gate = gate
        self._watch = watch
        ledgers = [Ledger(number) for number in range(native.sequences)]
        self._roots, self._ledgers = ledgers[:ROOTS], ledgers[ROOTS:]
        self._parked = _ParkedChats(parked_bytes, watch)
        self._clock = itertools.count(1)
        self.held: dict[str, int] = {}
        """Cells computed, by chat, parked ones included. May be read from any thread."""

    # --- a chat's turn ---------------------------------------------------------------------------------------------

    def take(self, chat: str, items: Sequence[Item], branch_of: str = "") -> Ledger:
        """A sequence that holds as much of the beginning of `items` as is computed anywhere, the last one excepted
        (somebody has to compute what the answer begins with), and nothing else. It is the chat's until `release`.
        `branch_of` is as in `Prompt`.

        Raises NoRoomError if every sequence is busy.
        """
        parked = self._parked.pop(chat, None)
        target = self._find(chat) or self._free()
        target.busy, target.chat, target.branch_of, target.used = True, chat, branch_of, next(self._clock)
        source, length = self._longest(items, target)
        if parked is not None and common(parked.items, items) > length:
            if self._restore(target, parked):
                source, length = target, common(parked.items, items)
            else:  # what made room for it may have been the source
                source, length = self._longest(items, target)
        if source is not target and length > 0:
            self._share(source, target, length)
        self._cut(target, min(length, len(items) - 1))
        return target

    def release(self, ledger: Ledger) -> None:
        """The turn has ended; what is computed stays for the chat's next one."""
        if ledger.chat and ledger.items:
            ledger.busy = False
            ledger.used = next(self._clock)
            self.held[ledger.chat] = ledger.cells
            self._tell()
        else:
            self.drop(ledger)

    def drop(self, ledger: Ledger) -> None:
        """Forget a sequence."""
        self.held.pop(ledger.chat, None)
        self._native.drop(ledger.id)
        ledger.empty()
        self._tell()

    def undo(self, ledger: Ledger) -> None:
        """Forget what was computed beyond the ledger: a part of a picture."""
        self._cut(ledger, len(ledger.items))

    def keep_root(self, ledger: Ledger, length: int) -> None:
        """Keep the first `length` items, the system prompt, whatever becomes of the chat."""
        items = ledger.items[:length]
        root = next((root for root in self._roots if root.items == items), None)
        if root is None and items:
            root = min(self._roots, key=lambda root: root.used)
            self._native.drop(root.id)
            root.empty()
            self._share(ledger, root, length)
        if root is not None:
            root.used = next(self._clock)

    def forget(self, chat: str) -> None:
        """Drop all that is held of a chat, unless it is busy."""
        self._parked.pop(chat, None)
        self.held.pop(chat, None)
        own = self._find(chat)
        if own is not None and not own.busy:
            self.drop(own)

    def branches(self, chat: str) -> list[str]:
        """The chats that something is held of which began with this one's conversation."""
        computed = [ledger.chat for ledger in self._ledgers if ledger.branch_of == chat]
        return computed + [name for name, parked in self._parked.items() if parked.branch_of == chat]

    # --- room ------------------------------------------------------------------------------------------------------

    def make_room(self) -> bool:
        """Park the idle chat that was used longest ago, or failing that, drop a system prompt. False: there is nothing
        that could go."""
        idle = [ledger for ledger in self._ledgers if ledger.items and not ledger.busy]
        if idle:
            self._park(min(idle, key=lambda ledger: ledger.used))
            return True
        roots = [root for root in self._roots if root.items]
        if roots:
            root = min(roots, key=lambda root: root.used)
            self._native.drop(root.id)
            root.empty()
        return bool(roots)

    def busy_cells(self) -> int:
        """About how many cells cannot be had by making room: what answers under way hold, the system prompts once."""
        busy = sum(ledger.cells - ledger.borrowed for ledger in self._ledgers if ledger.busy)
        return busy + sum(root.cells for root in self._roots)

    def resident(self) -> int:
        """Chats whose cells are in the context."""
        return sum(bool(ledger.chat) for ledger in self._ledgers)

    # --- steps -----------------------------------------------------------------------------------------------------

    def _longest(self, items: Sequence[Item], target: Ledger) -> tuple[Ledger, int]:
        """The sequence that begins most like `items`, `target` itself if none is better, and by how many items."""
        lengths = [(common(ledger.items, items), ledger is target, ledger) for ledger in self._all() if ledger.items]
        length, _, ledger = max(lengths, key=lambda entry: entry[:2], default=(0, True, target))
        return ledger, length

    def _all(self) -> Iterator[Ledger]:
        return itertools.chain(self._ledgers, self._roots)

    def _find(self, chat: str) -> Ledger | None:
        return next((ledger for ledger in self._ledgers if chat and ledger.chat == chat), None)

    def _free(self) -> Ledger:
        while True:
            for ledger in self._ledgers:
                if not (ledger.busy or ledger.items):
                    return ledger
            if all(ledger.busy for ledger in self._ledgers):
                raise NoRoomError
            self.make_room()

    def _share(self, source: Ledger, target: Ledger, length: int) -> None:
        if target.items:
            self._native.drop(target.id)
            target.shorten(0)
        shared = source.items[:length]
        self._native.share(source.id, target.id, positions(shared))
        target.extend(shared)
        target.borrowed = max(
            (cells(root.items) for root in self._roots if shared[: len(root.items)] == root.items), default=0
        )
        self._watch.count("shared")

    def _cut(self, ledger: Ledger, length: int) -> None:
        ledger.shorten(length)
        if not self._native.cut(ledger.id, ledger.position):
            self._native.drop(ledger.id)
            ledger.shorten(0)

    def _park(self, ledger: Ledger) -> None:
        chat, items = ledger.chat, list(ledger.items)
        size = _roomy(self._native.state_size(ledger.id))
        parked = self._save(ledger, size) if chat and size <= self._parked.maxsize else None
        self.drop(ledger)
        if parked is None:
            self._watch.count("dropped")
            return
        self._parked[chat] = parked
        self.held[chat] = cells(items)
        self._watch.count("parked")
        self._tell()

    def _save(self, ledger: Ledger, size: int) -> Parked | None:
        buffer = self._parked.buffer(size)
        try:
            with self._gate.step("park"):
                return Parked(list(ledger.items), self._native.save(ledger.id, buffer), buffer, ledger.branch_of)
        except NativeError:
            return None

    def _restore(self, target: Ledger, parked: Parked) -> bool:
        self._native.drop(target.id)
        target.shorten(0)
        while True:
            try:
                with self._gate.step("restore"):
                    self._native.restore(target.id, parked.state)
            except NoRoomError:
                if not self.make_room():
                    return False
            else:
                target.extend(parked.items)
                self._parked.take_back(parked.buffer)
                self._watch.count("restored")
                return True

    def _tell(self) -> None:
        self._watch.level("resident_chats", self.resident())
        self._watch.level("parked_chats", len(self._parked))
        self._watch.level("parked_bytes", self._parked.currsize)


class _ParkedChats(LRUCache[str, Parked]):
    """Parked chats within a number of bytes; the longest parked one goes first.

    Buffers are used again: memory that is new to the process is many times slower to write to.
    """

    def __init__(self, size: int, watch: Watch) -> None:
        super().__init__(size, getsizeof=lambda parked: parked.buffer.nbytes)
        self._watch = watch
        self._spare: list[State] = []

    def popitem(self) -> tuple[str, Parked]:
        """Drop the longest parked chat."""
        chat, parked = super().popitem()
        self._watch.count("dropped")
        self.take_back(parked.buffer)
        return chat, parked

    def buffer(self, size: int) -> State:
        """Memory for a state of so many bytes."""
        for spare in self._spare:
            if size <= len(spare) <= min(2 * size, self.maxsize):
                self._spare = [other for other in self._spare if other is not spare]
                return spare
        return np.empty(size, np.uint8)

    def take_back(self, buffer: State) -> None:
        """Keep the buffer of a chat that is no longer parked."""
        self._spare = [buffer, *self._spare][:SPARE]


def _roomy(size: int) -> int:
    """The size rounded up by an eighth at the most, so that one chat's buffer fits another's state."""
    step = 1 << max(0, size.bit_length() - 4)
    return -(-size // step) * step


def common(left: Sequence[Item], right: Sequence[Item]) -> int:
    """How many items both begin with."""
    low, high = 0, min(len(left), len(right))
    if left[:high] == right[:high]:
        return high
    while low < high - 1:  # the first `low` are the same, the first `high` are not
        middle = (low + high) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle
    return low
