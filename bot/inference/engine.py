"""The model port on llama.cpp in this process: everything native on one owning thread."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import queue
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog
from PIL import Image as Pillow

from bot.errors import GenerationError, ModelError, ModelFileError
from bot.inference.gate import STEP_SECONDS, Gate
from bot.inference.generation import Job, LlamaGeneration
from bot.inference.native import NativeModel, Sampling
from bot.inference.plan import Planner
from bot.inference.scheduler import Scheduler
from bot.inference.watch import Watch
from bot.messages import Image, ImageRef, Usage
from bot.ports import ModelInfo, ModelMessage, Prompt
from bot.texts import Sentence

log = structlog.get_logger(__name__)

MEGABYTE = 1_000_000
SEQUENCES = 64  # chats that can be in the context at the same time: a sequence costs next to nothing, its cells do
CLOSE_SECONDS = 5.0  # how long `close` waits for the present step
THREAD = "looksee-model"


class LlamaEngine:
    """A vision-language model out of two GGUF files (`VisionModel`).

    Answers of different chats are made together, step by step; a chat's next question continues from what is computed
    of it. Between native steps (an encode, at most 512 rows of prefill, one token for each answer) the gate is free,
    and a cancelled answer ends.
    """

    def __init__(
        self,
        *,
        model_path: Path,
        mmproj_path: Path,
        context: int,
        gpu_layers: int,
        threads: int,
        image_max_tokens: int,
        sampling: Sampling,
        gate: Gate,
        watch: Watch | None = None,
        notice: Sentence | None = None,
        parallel: int = 8,
        parked_bytes: int = 2_000 * MEGABYTE,
        embeddings_bytes: int = 1_000 * MEGABYTE,
        step_seconds: float = STEP_SECONDS,
    ) -> None:
        """`context` is in tokens that all chats share; one prompt with its answer may have as many, if the model was
        trained for it. `gpu_layers` -1: all of them. `threads` 0: one fewer than there are cores. `parallel` answers
        are made at a time. `parked_bytes` and `embeddings_bytes` bound what is kept in the host's memory of chats and
        of pictures. `notice` is passed on in `info`. A native step of half of `step_seconds` is a problem."""
        self._model_path = model_path
        self._mmproj_path = mmproj_path
        self._context = context
        self._gpu_layers = gpu_layers
        # ggml's threads spin while they wait for each other: without a core of its own the service starves them.
        self._threads = threads or max(1, (os.cpu_count() or 2) - 1)
        self._image_max_tokens = image_max_tokens
        self._sampling = sampling
        self._gate = gate
        self._watch = watch or Watch()
        self._notice = notice
        self._parallel = parallel
        self._parked_bytes = parked_bytes
        self._embeddings_bytes = embeddings_bytes
        self._step_seconds = step_seconds
        self._inbox: queue.SimpleQueue[Job | str | None] = queue.SimpleQueue()  # answers, chats to forget, the end
        self._thread: threading.Thread | None = None
        self._closing = False
        self._info: ModelInfo | None = None
        self._planner: Planner | None = None
        self._scheduler: Scheduler | None = None
        self._held: Mapping[str, int] = {}
        self._in_use = threading.Lock()  # held while another thread measures, and while the model is freed

    async def load(self) -> None:
        """Read the weights and answer a dummy prompt. Raises ModelFileError with what to do about it."""
        if self._closing or self._thread is not None:
            raise ModelError("an engine loads once")
        loop = asyncio.get_running_loop()
        loaded: asyncio.Future[None] = loop.create_future()
        self._thread = threading.Thread(target=self._own, args=(loop, loaded), name=THREAD, daemon=True)
        self._thread.start()
        await loaded

    @property
    def info(self) -> ModelInfo:
        """Facts about the loaded model. Raises ModelError before `load` is done."""
        if self._info is None:
            raise ModelError("the model is not loaded")
        return self._info

    def measure(self, text: str, images: Sequence[ImageRef] = ()) -> int:
        """Tokens that one message of a prompt takes, its template overhead included; never too few. Safe anywhere.

        Raises ModelError while no model is loaded.
        """
        with self._in_use:
            if self._planner is None:
                raise ModelError("the model is not loaded")
            return self._planner.measure(text, images)

    def generate(self, prompt: Prompt) -> LlamaGeneration:
        """Begin an answer. Returns at once; the work starts when it is its turn. Only on an event loop."""
        job = Job(prompt, asyncio.get_running_loop())
        self.submit(job)
        return LlamaGeneration(job)

    def submit(self, job: Job) -> None:
        """Begin an answer whose two ends the caller has made. Safe anywhere."""
        if self._info is None or self._closing:
            job.end(Usage(), GenerationError("the model is not loaded"))
        else:
            self._inbox.put(job)

    def cached(self, chat: str) -> int:
        """Tokens of the chat's conversation that are held computed, in the context or parked. Safe anywhere."""
        return self._held.get(chat, 0)

    def forget(self, chat: str) -> None:
        """Drop, before the next step, all that is held of a chat. Safe anywhere."""
        self._inbox.put(chat)

    def problem(self) -> str:
        """What keeps the model from working, as far as can be told from outside of a native call."""
        if self._thread is not None and not self._thread.is_alive() and not self._closing:
            return "the model's thread has ended"
        seconds = self._gate.held_for()
        return f"a native step has been running for {seconds:.0f} s" if seconds > self._step_seconds / 2 else ""

    async def close(self) -> None:
        """Cancel what runs, free everything. Idempotent; the model may not be loaded again.

        A native step that does not return is not waited for: its thread is left behind, with what it holds.
        """
        self._closing = True
        if self._thread is not None:
            self._inbox.put(None)
            await asyncio.to_thread(self._thread.join, CLOSE_SECONDS)
            if self._thread.is_alive():
                log.error("native_step_left_behind", seconds=round(self._gate.held_for(), 1))

    # --- on the owning thread --------------------------------------------------------------------------------------

    def _own(self, loop: asyncio.AbstractEventLoop, loaded: asyncio.Future[None]) -> None:
        try:
            native = NativeModel(
                self._model_path,
                self._mmproj_path,
                context=self._context,
                sequences=SEQUENCES,
                gpu_layers=self._gpu_layers,
                threads=self._threads,
                image_max_tokens=self._image_max_tokens,
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, `load` raises it
            _settle(loop, loaded, error)
            return
        try:
            scheduler = self._scheduler = self._prepare(native)
            _warm_up(scheduler, loop)
            self._held = scheduler.cache.held
            _settle(loop, loaded, None)
            self._serve(scheduler)
        except Exception as error:  # noqa: BLE001 - as above; `_serve` raises nothing
            _settle(loop, loaded, ModelFileError(f"{self._model_path} loads but does not answer: {error}"))
        finally:
            with self._in_use:
                self._planner = None
                native.close()

    def _prepare(self, native: NativeModel) -> Scheduler:
        context = min(native.cells, native.trained)
        planner = self._planner = Planner(native)
        self._info = ModelInfo(self._model_path.stem, context, self._notice)
        return Scheduler(
            native,
            planner,
            self._gate,
            self._watch,
            self._sampling,
            context=context,
            parallel=self._parallel,
            parked_bytes=self._parked_bytes,
            embeddings_bytes=self._embeddings_bytes,
        )

    def _serve(self, scheduler: Scheduler) -> None:
        ending = False
        while not (ending and scheduler.idle):
            ending = self._take(scheduler, wait=scheduler.idle) or ending
            if self._closing:
                scheduler.cancel_all()
            try:
                scheduler.step()
            except Exception as error:
                log.exception("generation_failed")
                scheduler.fail(GenerationError(f"the model failed: {error}"))

    def _take(self, scheduler: Scheduler, *, wait: bool) -> bool:
        """Take in what has come, at least one thing if `wait`. Returns whether that is the end."""
        while True:
            try:
                item = self._inbox.get(block=wait)
            except queue.Empty:
                return False
            wait = False
            if item is None:
                return True
            if isinstance(item, Job):
                scheduler.submit(item)
            else:
                scheduler.forget(item)


def _warm_up(scheduler: Scheduler, loop: asyncio.AbstractEventLoop) -> None:
    """Answer a dummy prompt with a picture: the first one pays for building graphs and for reading weights from
    disk. Raises ModelError."""
    file = io.BytesIO()
    Pillow.new("RGB", (64, 64), "white").save(file, "PNG")
    question = ModelMessage("user", "?", (Image(ImageRef("", 64, 64), "image/png", file.getvalue()),))
    job = Job(Prompt("", (question,), 2), loop)
    scheduler.submit(job)
    while not scheduler.idle:
        scheduler.step()
    if job.error is not None:
        raise job.error


def _settle(loop: asyncio.AbstractEventLoop, future: asyncio.Future[None], error: Exception | None) -> None:
    def settle() -> None:
        if future.done():
            return
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)

    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(settle)
