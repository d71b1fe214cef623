"""Many answers on one device: who goes next, and what the next native step is.

A step is one picture encoded, or one slice of prompts read, or one token for every answer that is being written. While
some answers are written and others read their prompts, the two kinds of steps alternate. All of it runs on the thread
that owns the model.
"""

from __future__ import annotations

import io
import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog
from cachetools import LRUCache
from PIL import Image as Pillow

from bot.errors import GenerationError, ModelError, PromptTooLongError
from bot.fairness import VirtualTime
from bot.inference.gate import Gate, StepKind
from bot.inference.generation import Job
from bot.inference.kvcache import KvCache
from bot.inference.native import SLICE, Floats, NativeError, NativeModel, NoRoomError, Rows, Sampling
from bot.inference.plan import Planner, Tile
from bot.inference.run import Run
from bot.inference.watch import Watch
from bot.messages import Finish, Image

log = structlog.get_logger(__name__)

HEADROOM = 256  # cells that an answer should find when it begins; if it needs more, others make room for it
_FORMATS = ("PNG", "JPEG", "WEBP")


class Scheduler:
    """Makes answers, `parallel` at a time, each of at most `context` tokens with its prompt."""

    def __init__(
        self,
        native: NativeModel,
        planner: Planner,
        gate: Gate,
        watch: Watch,
        sampling: Sampling,
        *,
        context: int,
        parallel: int,
        parked_bytes: int,
        embeddings_bytes: int,
    ) -> None:
        self._native = native
        self._planner = planner
        self._gate = gate
        self._watch = watch
        self._sampling = sampling
        self._context = context
        self._parallel = parallel
        self.cache = KvCache(native, gate, watch, parked_bytes=parked_bytes)
        self._embeddings: LRUCache[str, list[Floats]] = LRUCache(embeddings_bytes, getsizeof=_size)
        self._fairness = VirtualTime()
        self._numbers = itertools.count()
        self._waiting: list[Run] = []
        self._running: list[Run] = []
        self._wrote = False
        self._ended = 0

    # --- what comes in ---------------------------------------------------------------------------------------------

    def submit(self, job: Job) -> None:
        """Queue an answer."""
        run = Run(job, next(self._numbers))
        self._waiting.append(run)
        self._fairness.activate(run.person)

    def forget(self, chat: str) -> None:
        """Drop all that is held of a chat, and of what branches off from it; what a running answer holds of it goes
        with its next turn."""
        for name in (chat, *self.cache.branches(chat)):
            self._planner.forget(name)
            self.cache.forget(name)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return not (self._waiting or self._running)

    def step(self) -> None:
        """Make one native step, or end, admit or put back answers. To be called until `idle`."""
        self._end_cancelled()
        self._admit()
        readers = [run for run in self._running if not run.writes()]
        writers = [run for run in self._running if run.writes()]
        reading = bool(readers) and (self._wrote or not writers)
        self._wrote = not reading
        try:
            if reading:
                self._read(sorted(readers, key=self._order))
            elif writers:
                self._decode([(run, run.remaining(1)) for run in writers], "decode")
        except NoRoomError:
            self._make_room()
        except _StepError as error:
            for run in error.runs:
                self._end(run, Finish.STOP, GenerationError(f"the model failed: {error}"))

    def cancel_all(self) -> None:
        """Let every answer end with the next step."""
        for run in [*self._running, *self._waiting]:
            run.job.cancel()

    def fail(self, error: ModelError) -> None:
        """End every answer with an error, and drop what was computed for them."""
        for run in [*self._running, *self._waiting]:
            self._end(run, Finish.STOP, error)

    # --- who -------------------------------------------------------------------------------------------------------

    def _order(self, run: Run) -> tuple[bool, float, int]:
        return not run.job.prompt.urgent, self._fairness.of(run.person), run.number

    def _end_cancelled(self) -> None:
        for run in [run for run in self._running if run.job.cancelled]:
            self._end(run, Finish.CANCELLED)
        for run in [run for run in self._waiting if run.job.cancelled]:
            self._end(run, Finish.CANCELLED)

    def _admit(self) -> None:
        if not self._waiting or len(self._running) >= self._parallel:
            return
        taken = {run.chat for run in self._running if run.chat}
        for run in sorted(self._waiting, key=self._order):
            if run.chat in taken or any(self._before(other, run) for other in self._waiting):
                continue
            if self._running and run.put_back_at == self._ended:
                continue  # it would only push out the others again
            if len(self._running) >= self._parallel or not self._begin(run):
                return
            taken.update({run.chat} if run.chat else ())

    @staticmethod
    def _before(other: Run, run: Run) -> bool:
        return bool(run.chat) and other.chat == run.chat and other.number < run.number

    def _begin(self, run: Run) -> bool:
        """Give it a sequence. False: there is no room for it now."""
        try:
            if run.plan is None:
                self._lay_out(run)
            if self._running and self.cache.busy_cells() + run.needs(HEADROOM) > self._native.cells:
                return False
            ledger = self.cache.take(run.chat, run.items, run.job.prompt.branch_of)
        except NoRoomError:
            return False
        except ModelError as error:
            self._end(run, Finish.STOP, error)
            return True
        self._waiting.remove(run)
        self._running.append(run)
        run.job.begin()
        run.admitted(ledger)
        return True

    def _lay_out(self, run: Run) -> None:
        try:
            plan = self._planner.plan(run.job.prompt)
        except NativeError as error:
            raise GenerationError(f"the prompt cannot be laid out: {error}") from error
        if plan.cells >= self._context:
            raise PromptTooLongError(f"the prompt has {plan.cells} tokens, the context {self._context}")
        run.sampler = self._native.sampler(self._sampling, run.job.prompt.schema)
        run.laid_out(plan, self._context)

    def _make_room(self) -> None:
        """Park an idle chat; if there is none, put the answer back that goes last; the last one left ends."""
        if self.cache.make_room():
            return
        last = max(self._running, key=self._order)
        if len(self._running) == 1:
            if last.answered:
                self._end(last, Finish.LENGTH)
            else:
                self._end(last, Finish.STOP, PromptTooLongError("the context has no room for the prompt"))
            return
        self._watch.count("preempted")
        self._leave(last)
        last.put_back_at = self._ended
        self._running.remove(last)
        self._waiting.append(last)

    def _leave(self, run: Run) -> None:
        if run.ledger is not None:
            if run.rows_read:
                self.cache.undo(run.ledger)
            self.cache.release(run.ledger)
        run.ledger, run.picture, run.rows_read = None, None, 0

    def _end(self, run: Run, finish: Finish, error: ModelError | None = None) -> None:
        if error is not None and run.ledger is not None:
            self.cache.drop(run.ledger)
            run.ledger = None
        self._planner.remember(run.chat, run.text, [item for item in run.answer if isinstance(item, int)])
        self._leave(run)
        (self._running if run in self._running else self._waiting).remove(run)
        self._fairness.deactivate(run.person)
        self._ended += 1
        run.end(finish, error)

    # --- what ------------------------------------------------------------------------------------------------------

    def _read(self, readers: Sequence[Run]) -> None:
        tile = readers[0].next_tile()
        if tile is not None:
            self._read_tile(readers[0], tile)
            return
        shares: list[tuple[Run, list[int]]] = []
        left = SLICE
        for run in readers:  # what the first one leaves of the slice is for the others
            tokens = run.remaining(left)
            if tokens:
                shares.append((run, tokens))
                left -= len(tokens)
            if not left:
                break
        self._decode(shares, "prefill")

    def _read_tile(self, run: Run, tile: Tile) -> None:
        if run.ledger is None or run.plan is None:
            return
        if run.picture is None or run.picture[0] != tile.sha256:
            known = self._embeddings.get(tile.sha256)
            if known is None:
                self._encode(run, run.plan.images[tile.sha256])
                return
            self._watch.count("embeddings_reused")
            run.picture = (tile.sha256, known)
        first = run.rows_read
        last = tile.patch.cells if self._native.looks_ahead else min(first + SLICE, tile.patch.cells)
        embeddings = run.picture[1][tile.number][first:last]
        with self._step("prefill", [(run, last - first)]):
            self._native.decode_picture(embeddings, tile.patch.at(run.ledger.position, first, last), run.ledger.id)
            self._native.synchronise()
        run.rows_read = last
        if last == tile.patch.cells:
            run.ledger.extend([tile])
            run.rows_read = 0

    def _encode(self, run: Run, image: Image) -> None:
        size = (image.ref.width, image.ref.height)
        try:
            pixels = _pixels(image)
        except GenerationError as error:
            self._end(run, Finish.STOP, error)
            return
        with self._step("encode", [(run, 1)]):
            embeddings = self._native.encode(*size, pixels)
        self._watch.count("encoded")
        run.picture = (image.ref.sha256, embeddings)
        if _size(embeddings) <= self._embeddings.maxsize:
            self._embeddings[image.ref.sha256] = embeddings
            self._watch.level("embeddings_bytes", self._embeddings.currsize)

    def _decode(self, shares: Sequence[tuple[Run, list[int]]], kind: StepKind) -> None:
        """Read the tokens of each, and choose a next one for those that have then read all."""
        rows = Rows([], [], [], [])
        complete: list[tuple[Run, int]] = []
        for run, tokens in shares:
            if run.append_to(rows, tokens):
                complete.append((run, len(rows.tokens) - 1))
        chosen: list[tuple[Run, int | GenerationError]] = []
        with self._step(kind, [(run, len(tokens)) for run, tokens in shares]):
            self._native.decode(rows)
            for run, row in complete:
                chosen.append((run, run.choose(row)))
            if not complete:
                self._native.synchronise()
        for run, tokens in shares:
            self._computed(run, tokens)
        for run, token in chosen:
            if isinstance(token, GenerationError):
                self._end(run, Finish.STOP, token)
                continue
            words = self._native.vocabulary
            finish = run.chose(token, words.ends, words.piece(token))
            if finish is not None:
                self._end(run, finish)

    def _computed(self, run: Run, tokens: list[int]) -> None:
        if run.ledger is None or run.plan is None:
            return
        run.ledger.extend(tokens)
        if not run.rooted and len(run.ledger.items) >= run.plan.common:
            run.rooted = True
            self.cache.keep_root(run.ledger, run.plan.common)

    @contextmanager
    def _step(self, kind: StepKind, shares: Sequence[tuple[Run, int]]) -> Iterator[None]:
        """A native step for one or several answers, each with its number of rows. One that fails ends them."""
        begun = time.perf_counter()
        try:
            with self._gate.step(kind):
                begun = time.perf_counter()
                yield
        except NativeError as error:
            log.warning("native_step_failed", step=kind, answers=len(shares), error=str(error))
            raise _StepError([run for run, _ in shares], str(error)) from error
        finally:
            seconds = time.perf_counter() - begun
            rows = sum(count for _, count in shares)
            for run, count in shares:
                run.spent(kind, seconds * count / rows)
                self._fairness.charge(run.person, seconds * 1000 * count / rows)


class _StepError(Exception):
    """A step failed, and with it all answers that it was for."""

    def __init__(self, runs: Sequence[Run], reason: str) -> None:
        super().__init__(reason)
        self.runs = runs


def _size(embeddings: Sequence[Floats]) -> int:
    return sum(patch.nbytes for patch in embeddings)


def _pixels(image: Image) -> bytes:
    try:
        with Pillow.open(io.BytesIO(image.data), formats=_FORMATS) as picture:
            return picture.convert("RGB").tobytes()
    except Exception as error:  # Pillow raises all sorts
        raise GenerationError(f"a prepared picture does not decode: {type(error).__name__}") from error
