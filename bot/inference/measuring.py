"""How many tokens messages take, when the tokenizer is in another process."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection

from cachetools import LRUCache

from bot.errors import ModelError
from bot.messages import ImageRef

_PATIENCE = 0.5  # seconds that a caller, perhaps an event loop, is kept waiting by a process that has hung
_REMEMBERED = 16_384  # messages
_SQUARE = 32  # pixels: the side of what a token shows

_Sizes = tuple[tuple[int, int], ...]
_Key = tuple[bytes, _Sizes]


@dataclass(frozen=True, slots=True)
class Basis:
    """What estimates start from, in tokens: a message without content, and what the smallest picture adds to it."""

    empty: int
    picture: int


class Measurer:
    """Asks the process, once for each message, and remembers the answers. Thread-safe.

    Asking takes a fraction of a millisecond, since a thread of its own answers over there, whatever the model does.
    While nobody answers (the process is being replaced, or has hung), what is not remembered is estimated, never too
    low: prompts made then wait for the next process anyway.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._basis: Basis | None = None
        self._connection: Connection | None = None
        self._known: LRUCache[_Key, int] = LRUCache(_REMEMBERED)
        # The asking is done by a thread: an event loop can give up waiting for it, and no half message is left behind.
        self._pool = ThreadPoolExecutor(1, "model-measure")
        self._late: Future[int | None] | None = None

    def connect(self, connection: Connection, basis: Basis) -> None:
        """Ask this process from now on."""
        with self._lock:
            if basis != self._basis:  # another model
                self._known.clear()
            self._basis = basis
            self._connection = connection

    def disconnect(self) -> None:
        """Ask nobody. The process must have ended."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            self._pool.submit(connection.close)  # after who may still read from it

    def close(self) -> None:
        """Measure nothing more. Idempotent."""
        self.disconnect()
        with self._lock:
            self._basis = None
        self._pool.shutdown(wait=False)

    def measure(self, text: str, images: Sequence[ImageRef]) -> int:
        """Tokens of one message, never too few. Raises ModelError before `connect` and after `close`."""
        data = text.encode("utf-8", "replace")
        sizes = tuple((image.width, image.height) for image in images)
        key = (hashlib.blake2b(data, digest_size=16).digest(), sizes)
        with self._lock:
            basis, connection = self._basis, self._connection
            if basis is None:
                raise ModelError("the model is not loaded")
            if (known := self._known.get(key)) is not None:
                return known
            asking = None
            if connection is not None and (self._late is None or self._late.done()):
                asking = self._pool.submit(self._ask, connection, key, text)
        if asking is not None:
            try:
                if (count := asking.result(_PATIENCE)) is not None:
                    return count
            except TimeoutError:
                self._late = asking  # nobody else is to wait for it
        return _at_most(basis, len(data), sizes)

    def _ask(self, connection: Connection, key: _Key, text: str) -> int | None:
        try:
            connection.send((text, key[1]))
            count: int | None = connection.recv()
        except (OSError, EOFError):
            return None
        if count is not None:
            with self._lock:
                self._known[key] = count
        return count


def _at_most(basis: Basis, size: int, sizes: _Sizes) -> int:
    # No token is less than a byte. What is put into text that looks like template text makes it at most twice as long.
    # Pictures that are too small for a model are enlarged, to a size that depends on their shape.
    pictures = sum(2 * basis.picture + -(-width // _SQUARE) * -(-height // _SQUARE) for width, height in sizes)
    return basis.empty + 2 * size + pictures
