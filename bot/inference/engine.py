"""The model port on llama.cpp in this process: one answer at a time, everything native on one owning thread."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import threading
from collections.abc import Sequence
from pathlib import Path

import structlog

from bot.errors import GenerationError, ModelError, ModelFileError
from bot.inference.answering import Answerer
from bot.inference.gate import Gate
from bot.inference.generation import Job, LlamaGeneration
from bot.inference.native import NativeModel, Sampling
from bot.messages import ImageRef, Usage
from bot.ports import ModelInfo, Prompt
from bot.texts import Sentence

log = structlog.get_logger(__name__)


class LlamaEngine:
    """A vision-language model out of two GGUF files (`VisionModel`).

    Prompts wait in the order of `generate`. Each is read and answered from an empty context. Between native steps (an
    encode, at most 512 tokens of prefill, one token) the gate is free, and a cancelled answer ends.
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
        notice: Sentence | None = None,
    ) -> None:
        """`context` and `image_max_tokens` are in tokens, the first bounded by what the model was trained for.
        `gpu_layers` -1: all of them. `threads` 0: one fewer than there are cores. `notice` is passed on in `info`."""
        self._model_path = model_path
        self._mmproj_path = mmproj_path
        self._context = context
        self._gpu_layers = gpu_layers
        # ggml's threads spin while they wait for each other: without a core of its own the service starves them.
        self._threads = threads or max(1, (os.cpu_count() or 2) - 1)
        self._image_max_tokens = image_max_tokens
        self._sampling = sampling
        self._gate = gate
        self._notice = notice
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._info: ModelInfo | None = None
        self._answerer: Answerer | None = None
        self._in_use = threading.Lock()  # held while another thread measures, and while the model is freed

    async def load(self) -> None:
        """Read the weights and answer a dummy prompt. Raises ModelFileError with what to do about it."""
        if self._closing or self._thread is not None:
            raise ModelError("an engine loads once")
        loop = asyncio.get_running_loop()
        loaded: asyncio.Future[None] = loop.create_future()
        self._thread = threading.Thread(target=self._own, args=(loop, loaded), name="looksee-model", daemon=True)
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
            if self._answerer is None:
                raise ModelError("the model is not loaded")
            return self._answerer.measure(text, images)

    def generate(self, prompt: Prompt) -> LlamaGeneration:
        """Begin an answer. Returns at once; the work starts when the model is free. Only on an event loop."""
        job = Job(prompt, asyncio.get_running_loop())
        if self._info is None or self._closing:
            job.end(Usage(), GenerationError("the model is not loaded"))
        else:
            self._jobs.put(job)
        return LlamaGeneration(job)

    def cached(self, chat: str) -> int:
        """None: each prompt is read from an empty context."""
        return 0

    def forget(self, chat: str) -> None:
        """Nothing is held of a chat."""

    def problem(self) -> str:
        """Nothing is known to keep the model from working."""
        return ""

    async def close(self) -> None:
        """Cancel what runs, free everything. Idempotent; the model may not be loaded again."""
        self._closing = True
        if self._thread is not None:
            self._jobs.put(None)
            await asyncio.to_thread(self._thread.join)

    # --- on the owning thread --------------------------------------------------------------------------------------

    def _own(self, loop: asyncio.AbstractEventLoop, loaded: asyncio.Future[None]) -> None:
        try:
            native = NativeModel(
                self._model_path,
                self._mmproj_path,
                context=self._context,
                gpu_layers=self._gpu_layers,
                threads=self._threads,
                image_max_tokens=self._image_max_tokens,
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, `load` raises it
            _settle(loop, loaded, error)
            return
        try:
            answerer = Answerer(native, self._gate, self._sampling)
            answerer.warm_up()
            self._answerer = answerer
            self._info = ModelInfo(self._model_path.stem, native.context, self._notice)
            _settle(loop, loaded, None)
            self._serve(answerer)
        except Exception as error:  # noqa: BLE001 - as above; `_serve` raises nothing
            _settle(loop, loaded, ModelFileError(f"{self._model_path} loads but does not answer: {error}"))
        finally:
            with self._in_use:
                self._answerer = None
                native.close()

    def _serve(self, answerer: Answerer) -> None:
        while (job := self._jobs.get()) is not None:
            if self._closing:
                job.cancel()
            if job.begin():
                self._answer(answerer, job)

    def _answer(self, answerer: Answerer, job: Job) -> None:
        def cancelled() -> bool:
            return job.cancelled or self._closing

        try:
            usage = answerer.answer(job.prompt, asked_at=job.asked_at, cancelled=cancelled, say=job.say)
        except ModelError as error:
            job.end(Usage(), error)
        except Exception as error:
            log.exception("generation_failed")
            job.end(Usage(), GenerationError(f"the model failed: {error}"))
        else:
            job.end(usage)


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
