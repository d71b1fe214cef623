"""The stock way of asking llama-cpp-python about pictures, for the benchmark to compare with."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from llama_cpp import Llama
from llama_cpp import llama_cpp as llama
from llama_cpp import mtmd_cpp as mtmd
from llama_cpp.llama_chat_format import MTMDChatHandler

from bot.inference.gguf_header import check_model_files
from bot.inference.native.errors import NativeError
from bot.inference.native.loading import model_params
from bot.inference.native.logs import initialise
from bot.messages import Image
from bot.ports import ModelMessage

BATCH = 512


@contextmanager
def _loading_as_we_do() -> Iterator[None]:
    """`Llama` takes no word on where weights are put: both sides of a comparison shall have them in the same place."""
    default = llama.llama_model_default_params
    params = model_params()
    llama.llama_model_default_params = lambda: params
    try:
        yield
    finally:
        llama.llama_model_default_params = default


class StockModel:
    """One `Llama` with an `MTMDChatHandler` behind a lock: one answer at a time, each prompt from the beginning."""

    def __init__(self, model: Path, mmproj: Path, *, context: int, gpu_layers: int, threads: int) -> None:
        """Load both files; blocking. `context` in tokens, `gpu_layers` -1: all of them. The settings are the best that
        this way has: flash attention in both parts, the likeliest token without any penalty. Raises ModelFileError."""
        check_model_files(model, mmproj)
        self._lock = threading.Lock()
        self._handler = _CountingHandler(mmproj, use_gpu=gpu_layers != 0)
        with _loading_as_we_do():
            self._llama = Llama(
                str(model),
                n_gpu_layers=gpu_layers,
                n_ctx=context,
                n_batch=BATCH,
                n_ubatch=BATCH,
                n_threads=threads,
                n_threads_batch=threads,
                flash_attn=True,
                chat_handler=self._handler,
                verbose=False,
            )
        initialise()  # after `Llama`, which has a log of its own

    @property
    def encodes(self) -> int:
        """Pictures encoded so far."""
        return self._handler.calls.encodes

    def answer(self, messages: Sequence[ModelMessage], max_tokens: int) -> Iterator[str]:
        """The answer's pieces, the likeliest token each time. Blocking; other threads wait until it is read."""
        with self._lock:
            chunks: Any = self._llama.create_chat_completion(
                [_as_dict(message) for message in messages],  # type: ignore[misc]
                temperature=0.0,
                repeat_penalty=1.0,
                max_tokens=max_tokens,
                stream=True,
            )
            for chunk in chunks:
                if piece := chunk["choices"][0]["delta"].get("content"):
                    yield piece

    def bare_seconds(self, tokens: int) -> float:
        """Seconds a token that the native calls alone take, going on from the last answer: no stream, no text, nobody
        told. Blocking. Raises NativeError."""
        context = self._llama.ctx
        sampler, batch = llama.llama_sampler_init_greedy(), llama.llama_batch_init(1, 0, 1)
        position = llama.llama_memory_seq_pos_max(llama.llama_get_memory(context), 0) + 1
        batch.n_tokens = batch.n_seq_id[0] = batch.logits[0] = 1
        batch.token[0], batch.seq_id[0][0] = self._llama.token_eos(), 0
        begun = time.perf_counter()
        try:
            for place in range(position, position + tokens):
                batch.pos[0] = place
                if llama.llama_decode(context, batch) != 0:
                    raise NativeError("a bare decode failed")
                batch.token[0] = llama.llama_sampler_sample(sampler, context, -1)
            return (time.perf_counter() - begun) / tokens
        finally:
            llama.llama_batch_free(batch)
            llama.llama_sampler_free(sampler)

    def close(self) -> None:
        """Free everything."""
        self._llama.close()


class _CountingHandler(MTMDChatHandler):
    def __init__(self, mmproj: Path, *, use_gpu: bool) -> None:
        super().__init__(str(mmproj), verbose=False, use_gpu=use_gpu)
        self.calls = _Calls()
        self._mtmd_cpp: Any = self.calls


class _Calls:
    """The bindings of mtmd, as they are, with a count of one call: there is none in the handler."""

    def __init__(self) -> None:
        self.encodes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(mtmd, name)

    def mtmd_helper_eval_chunk_single(self, *arguments: Any) -> int:
        """Encode a picture and read it in."""
        self.encodes += 1
        result: int = mtmd.mtmd_helper_eval_chunk_single(*arguments)
        return result


def _as_dict(message: ModelMessage) -> dict[str, Any]:
    if not message.images:
        return {"role": message.role, "content": message.text}
    pictures = [{"type": "image_url", "image_url": {"url": _data_url(image)}} for image in message.images]
    return {"role": message.role, "content": [*pictures, {"type": "text", "text": message.text}]}


def _data_url(image: Image) -> str:
    return f"data:{image.media_type};base64,{base64.b64encode(image.data).decode()}"
