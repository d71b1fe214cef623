"""One answer of a server under way: what is known of it, and its reader's end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from bot.errors import GenerationError, ModelError
from bot.inference.openai_api import Chunk, Counts, ServerError, Timings
from bot.messages import Finish, Usage


class Progress:
    """An answer so far. The pieces wait in a queue, whose end is None."""

    def __init__(self) -> None:
        self.pieces: asyncio.Queue[str | None] = asyncio.Queue()
        self.said = ""
        self.counts: Counts | None = None
        self.finish = Finish.CANCELLED  # until the server says otherwise
        self._timings: Timings | None = None
        self._tokens = 0
        self._created = time.perf_counter()
        self._asked = self._first = self._last = 0.0

    def ask(self) -> None:
        """The server is being asked now; when it is asked again, what came before counts as waiting."""
        self._asked = time.perf_counter()

    def take(self, chunk: Chunk) -> None:
        """Count an event in. Raises ServerError when it says that the server failed."""
        self.counts = chunk.usage or self.counts
        self._timings = chunk.timings or self._timings
        if chunk.text:
            self._last = time.perf_counter()
            self._first = self._first or self._last
            self._tokens += 1
            self.said += chunk.text
            self.pieces.put_nowait(chunk.text)
        if chunk.finish_reason in ("abort", "error"):
            raise ServerError("the server gave the answer up", status=200)
        if chunk.finish_reason:
            self.finish = Finish.LENGTH if chunk.finish_reason == "length" else Finish.STOP

    def end(self) -> None:
        """There will be no more pieces."""
        self._asked = self._asked or time.perf_counter()
        self.pieces.put_nowait(None)

    @property
    def complete(self) -> bool:
        """Whether the model said all it wanted to."""
        return self.finish is Finish.STOP

    @property
    def usage(self) -> Usage:
        """What the answer took, as far as is known here.

        Tokens of the prompt are 0 where the server does not tell, and those of pictures always are. Tokens of the
        answer are then its pieces, which are one each with all known servers but where a character takes several.
        Encoding a picture counts as reading the prompt, and so does the server's own queue.
        """
        counts = self.counts or Counts(completion_tokens=self._tokens)
        timings = self._timings or Timings()
        details = counts.prompt_tokens_details
        asked, first = self._asked or time.perf_counter(), self._first
        reading = (first - asked) * 1000 if first else 0.0
        return Usage(
            prompt_tokens=counts.prompt_tokens,
            cached_tokens=(details.cached_tokens or 0) if details else timings.cache_n,
            answer_tokens=counts.completion_tokens,
            waiting_ms=(asked - self._created) * 1000,
            prefill_ms=reading if timings.prompt_ms is None else timings.prompt_ms,
            first_token_ms=(first - self._created) * 1000 if first else 0.0,
            decode_ms=(self._last - first) * 1000,
            finish=self.finish,
        )


class RemoteGeneration:
    """One answer under way (`Generation`). Whoever stops reading cancels it."""

    def __init__(self, task: asyncio.Task[None], progress: Progress) -> None:
        """`task` puts pieces into `progress`, and raises a ModelError if it fails."""
        self._task = task
        self._progress = progress
        self._ended = False
        self._error: BaseException | None = None
        task.add_done_callback(self._settle)

    def _settle(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            self._error = task.exception()
        self._progress.end()

    def __aiter__(self) -> AsyncIterator[str]:
        """Pieces of the answer, each of whole characters. Raises GenerationError or PromptTooLongError."""
        return self._read()

    async def _read(self) -> AsyncIterator[str]:
        try:
            while not self._ended:
                piece = await self._progress.pieces.get()
                if piece is not None:
                    yield piece
                    continue
                self._ended = True
                if isinstance(self._error, ModelError):
                    raise self._error
                if self._error is not None:
                    raise GenerationError(f"the answer failed: {type(self._error).__name__}") from self._error
        finally:
            self._task.cancel()

    def cancel(self) -> None:
        """End the answer now: the connection is closed, and the server stops at its next step. Idempotent."""
        self._task.cancel()

    @property
    def usage(self) -> Usage:
        """What the answer took; complete once iteration has ended. `first_token_ms` counts from `generate`."""
        return self._progress.usage
