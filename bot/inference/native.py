"""llama.cpp and mtmd through the low-level bindings: the sole importer of llama_cpp.

Nothing here is asynchronous. `NativeModel.count` may be called from any thread; everything else belongs to the one
thread that made the object.
"""

from __future__ import annotations

import ctypes
import functools
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog
from llama_cpp import llama_cpp as llama
from llama_cpp import mtmd_cpp as mtmd

from bot.errors import ModelFileError
from bot.inference.gguf_header import check_model_files
from bot.inference.prompt import TextPart

log = structlog.get_logger(__name__)

SLICE = 512  # tokens of prefill in one native step, at the most
_SEQUENCE = 0
_INFO, _WARNING, _ERROR = 2, 3, 4  # ggml's log levels
_SPECIAL = llama.LLAMA_TOKEN_ATTR_CONTROL | llama.LLAMA_TOKEN_ATTR_USER_DEFINED | llama.LLAMA_TOKEN_ATTR_UNKNOWN

Tokens = npt.NDArray[np.int32]


class NativeError(Exception):
    """A native call failed; the sequence must be cleared before it is used again."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen. `temperature` 0 always takes the likeliest; `top_k` 0 considers all; `seed` -1 differs
    each time."""

    temperature: float = 0.7
    top_p: float = 0.8
    top_k: int = 20
    presence_penalty: float = 1.5
    seed: int = -1


@dataclass(frozen=True, slots=True)
class Bitmap:
    """A picture's pixels, 3 bytes each in the order RGB, row by row; without them it only counts. `id` names its
    content."""

    width: int
    height: int
    rgb: bytes | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a prompt: `tokens` of text, or (None) a picture of `size` tokens, valid while its list is open."""

    handle: int
    size: int
    tokens: Tokens | None


class NativeModel:
    """A loaded model with one context of one sequence."""

    def __init__(
        self, model: Path, mmproj: Path, *, context: int, gpu_layers: int, threads: int, image_max_tokens: int
    ) -> None:
        """Load both files. `gpu_layers` -1 means all. Raises ModelFileError."""
        check_model_files(model, mmproj)
        _initialise()
        self._free: list[Callable[[], None]] = []
        try:
            with _load_log() as problems:
                self._load_text_model(model, context, gpu_layers, threads, problems)
                self._load_vision(mmproj, gpu_layers, threads, image_max_tokens, problems)
        except BaseException:
            self.close()
            raise
        self._piece = ctypes.create_string_buffer(256)
        self._embedding_size = llama.llama_model_n_embd_inp(self._model)

    def _load_text_model(
        self, path: Path, context: int, gpu_layers: int, threads: int, problems: Sequence[str]
    ) -> None:
        model_params = llama.llama_model_default_params()
        model_params.n_gpu_layers = gpu_layers
        self._model = llama.llama_model_load_from_file(os.fsencode(path), model_params)
        if not self._model:
            raise ModelFileError(
                f"LOOKSEE_MODEL__PATH: llama.cpp cannot load {path} ({_reason(problems)}). Download the file again; if "
                f"memory is short, take a smaller quantisation or lower LOOKSEE_MODEL__GPU_LAYERS."
            )
        self._free.append(functools.partial(llama.llama_model_free, self._model))
        self._vocabulary = llama.llama_model_get_vocab(self._model)
        self.context = min(context, llama.llama_model_n_ctx_train(self._model))
        params = llama.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch, params.n_seq_max = self.context, SLICE, SLICE, 1
        params.n_threads = params.n_threads_batch = threads
        self._context = llama.llama_init_from_model(self._model, params)
        if not self._context:
            raise ModelFileError(
                f"There is not enough memory for {path} with a context of {self.context} tokens "
                f"({_reason(problems)}). Lower LOOKSEE_MODEL__CONTEXT, or take a smaller quantisation."
            )
        self._free.append(functools.partial(llama.llama_free, self._context))
        self._memory = llama.llama_get_memory(self._context)
        self._batch = llama.llama_batch_init(SLICE, 0, 1)
        self._free.append(functools.partial(llama.llama_batch_free, self._batch))
        for i in range(SLICE):
            self._batch.n_seq_id[i] = 1
            self._batch.seq_id[i][0] = _SEQUENCE
        self._batch_tokens, self._batch_positions, self._batch_logits = (
            np.ctypeslib.as_array(field, (SLICE,)) for field in (self._batch.token, self._batch.pos, self._batch.logits)
        )

    def _load_vision(
        self, path: Path, gpu_layers: int, threads: int, image_max_tokens: int, problems: Sequence[str]
    ) -> None:
        params = mtmd.mtmd_context_params_default()
        params.use_gpu = gpu_layers != 0
        params.print_timings = False
        params.n_threads = threads
        params.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_AUTO
        params.warmup = True
        params.image_max_tokens = image_max_tokens
        self._vision = mtmd.mtmd_init_from_file(os.fsencode(path), self._model, params)
        if not self._vision:
            raise ModelFileError(
                f"LOOKSEE_MODEL__MMPROJ_PATH: llama.cpp cannot load {path} beside this text model "
                f"({_reason(problems)}). Put the mmproj file of the same model there, and download it again if it is."
            )
        self._free.append(functools.partial(mtmd.mtmd_free, self._vision))
        if not mtmd.mtmd_support_vision(self._vision):
            raise ModelFileError(f"LOOKSEE_MODEL__MMPROJ_PATH: {path} cannot see pictures. Put a vision mmproj there.")

    def close(self) -> None:
        """Free everything, in the reverse order of loading. Idempotent."""
        while self._free:
            self._free.pop()()

    # --- the vocabulary --------------------------------------------------------------------------------------------

    @property
    def chat_template(self) -> str | None:
        """The model's own chat template, as Jinja text, or None."""
        template = llama.llama_model_chat_template(self._model, None)
        return template.decode("utf-8", "replace") if template else None

    @property
    def bos(self) -> tuple[str, bool]:
        """The text of the token that begins a prompt ("" if there is none), and whether the model wants it."""
        return self._text(llama.llama_vocab_bos(self._vocabulary)), llama.llama_vocab_get_add_bos(self._vocabulary)

    @property
    def eos(self) -> str:
        """The text of the token that ends a text, "" if there is none."""
        return self._text(llama.llama_vocab_eos(self._vocabulary))

    def special_tokens(self) -> dict[int, str]:
        """Every token that means more than its letters (control and user-defined tokens), with the string that the
        tokenizer knows it by."""
        attributes = functools.partial(llama.llama_vocab_get_attr, self._vocabulary)
        count = llama.llama_vocab_n_tokens(self._vocabulary)
        return {token: self._text(token) for token in range(count) if attributes(token) & _SPECIAL}

    def _text(self, token: int) -> str:
        raw = llama.llama_vocab_get_text(self._vocabulary, token) if token >= 0 else b""
        return raw.decode("utf-8", "replace") if raw else ""

    @property
    def media_marker(self) -> str:
        """The string that stands for a picture in other ways of tokenising; it means nothing here."""
        marker: bytes = mtmd.mtmd_get_marker(self._vision) or mtmd.mtmd_default_marker()
        return marker.decode()

    def is_end(self, token: int) -> bool:
        """Whether an answer ends with this token."""
        return bool(llama.llama_vocab_is_eog(self._vocabulary, token))

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for; none for control tokens. They may be a part of a character."""
        size = llama.llama_token_to_piece(self._vocabulary, token, self._piece, len(self._piece), 0, False)
        if size < 0:
            self._piece = ctypes.create_string_buffer(-size)
            size = llama.llama_token_to_piece(self._vocabulary, token, self._piece, len(self._piece), 0, False)
        return ctypes.string_at(self._piece, size)

    # --- prompts ---------------------------------------------------------------------------------------------------

    def count(self, parts: Sequence[TextPart | Bitmap]) -> int:
        """Tokens that the parts take, what the model puts round pictures included. Bitmaps need no pixels."""
        with self.tokenise(parts) as chunks:
            return sum(chunk.size for chunk in chunks)

    @contextmanager
    def tokenise(self, parts: Sequence[TextPart | Bitmap]) -> Iterator[list[Chunk]]:
        """The parts as chunks, each part tokenised by itself, pictures scaled to what the model takes. The chunks
        live as long as the block. Raises NativeError."""
        alive: list[Any] = []
        bitmaps: list[mtmd.mtmd_bitmap_p] = []
        chunks = mtmd.mtmd_input_chunks_init()
        if not chunks:
            raise NativeError("no memory for a prompt")
        try:
            try:
                array = (ctypes.POINTER(mtmd.mtmd_input_part) * len(parts))()
                for i, part in enumerate(parts):
                    native = mtmd.mtmd_input_part()
                    if isinstance(part, TextPart):
                        raw = part.text.encode("utf-8", "replace")
                        text = mtmd.mtmd_input_text(raw, len(raw), False, part.special)
                        native.text = ctypes.pointer(text)
                        alive.append(text)
                    else:
                        native.bitmap = _make_bitmap(part)
                        bitmaps.append(native.bitmap)
                    array[i] = ctypes.pointer(native)
                    alive.append(native)
                result = mtmd.mtmd_tokenize_from_parts(self._vision, chunks, array, len(parts), False)
            finally:
                for bitmap in bitmaps:
                    mtmd.mtmd_bitmap_free(bitmap)
            if result != 0:
                raise NativeError(f"the prompt could not be tokenised ({result})")
            yield [_chunk(chunks, i) for i in range(mtmd.mtmd_input_chunks_size(chunks))]
        finally:
            mtmd.mtmd_input_chunks_free(chunks)

    # --- native steps ----------------------------------------------------------------------------------------------

    def clear(self) -> None:
        """Forget the sequence, and with it all that was prefilled and decoded."""
        llama.llama_memory_clear(self._memory, False)

    def encode(self, chunk: Chunk) -> Any:
        """Encode a picture; what it returns is good for `prefill_picture` until the next encode. Raises NativeError."""
        result = mtmd.mtmd_encode_chunk(self._vision, mtmd.mtmd_input_chunk_p(chunk.handle))
        embeddings = mtmd.mtmd_get_output_embd(self._vision) if result == 0 else None
        if not embeddings:
            raise NativeError(f"a picture could not be encoded ({result})")
        return embeddings

    def prefill(self, tokens: Tokens, position: int, *, last: bool) -> int:
        """Read at most SLICE tokens from `position` on; `last` asks for what `sample` needs. Returns the next
        position. Raises NativeError."""
        count = len(tokens)
        self._batch_tokens[:count] = tokens
        self._batch_positions[:count] = np.arange(position, position + count)
        self._batch_logits[:count] = 0
        self._batch_logits[count - 1] = last
        self._decode(count)
        # Without this a GPU would still be at work when the caller lets others use it.
        llama.llama_synchronize(self._context)
        return position + count

    def prefill_picture(self, chunk: Chunk, embeddings: Any, position: int, between: Callable[[], bool]) -> int:
        """Read an encoded picture from `position` on, in slices; after each, `between` says whether to go on. Returns
        the next position. Raises NativeError, also when told not to go on."""

        def after_slice(_batch: object, _data: object) -> int:
            llama.llama_synchronize(self._context)
            return 0 if between() else 1

        end = llama.llama_pos(position)
        result = mtmd.mtmd_helper_decode_image_chunk(
            self._vision,
            self._context,
            mtmd.mtmd_input_chunk_p(chunk.handle),
            embeddings,
            llama.llama_pos(position),
            llama.llama_seq_id(_SEQUENCE),
            SLICE,
            ctypes.byref(end),
            mtmd.mtmd_helper_post_decode_callback(after_slice),
            None,
        )
        if result != 0:
            llama.llama_set_causal_attn(self._context, True)  # the helper may have changed it for the picture
            raise NativeError(f"a picture could not be read ({result})")
        return int(end.value)

    def decode(self, token: int, position: int) -> None:
        """Append one token to the sequence. Raises NativeError."""
        self._batch_tokens[0], self._batch_positions[0], self._batch_logits[0] = token, position, 1
        self._decode(1)

    def _decode(self, count: int) -> None:
        self._batch.n_tokens = count
        result = llama.llama_decode(self._context, self._batch)
        if result != 0:
            raise NativeError(f"llama_decode returned {result}")

    @contextmanager
    def sampler(self, sampling: Sampling) -> Iterator[Callable[[], int]]:
        """A function that chooses the next token from the last one's logits and remembers it for the penalty."""
        chain = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
        try:
            for link in self._links(sampling):
                llama.llama_sampler_chain_add(chain, link)  # which owns it from now on
            yield functools.partial(llama.llama_sampler_sample, chain, self._context, -1)
        finally:
            llama.llama_sampler_free(chain)

    def _links(self, sampling: Sampling) -> Iterator[llama.llama_sampler_p]:
        if sampling.temperature <= 0:
            yield llama.llama_sampler_init_greedy()
            return
        if sampling.presence_penalty:
            size = llama.llama_vocab_n_tokens(self._vocabulary)
            yield llama.llama_sampler_init_penalties(size, self.context, 1.0, 0.0, sampling.presence_penalty)
        if sampling.top_k > 0:
            yield llama.llama_sampler_init_top_k(sampling.top_k)
        yield llama.llama_sampler_init_temp(sampling.temperature)
        yield llama.llama_sampler_init_top_p(sampling.top_p, 1)
        yield llama.llama_sampler_init_dist(llama.LLAMA_DEFAULT_SEED if sampling.seed < 0 else sampling.seed)


def _make_bitmap(part: Bitmap) -> mtmd.mtmd_bitmap_p:
    if part.rgb is not None and len(part.rgb) != part.width * part.height * 3:
        raise NativeError("a picture's pixels do not match its size")
    pixels = None if part.rgb is None else ctypes.cast(ctypes.c_char_p(part.rgb), ctypes.POINTER(ctypes.c_uint8))
    bitmap: mtmd.mtmd_bitmap_p | None = mtmd.mtmd_bitmap_init(part.width, part.height, pixels)
    if not bitmap:
        raise NativeError("no memory for a picture")
    if part.id:
        mtmd.mtmd_bitmap_set_id(bitmap, part.id.encode())
    return bitmap


def _chunk(chunks: mtmd.mtmd_input_chunks_p, index: int) -> Chunk:
    handle = mtmd.mtmd_input_chunks_get(chunks, index)
    if not handle:
        raise NativeError("a prompt lost a part")
    size = mtmd.mtmd_input_chunk_get_n_tokens(handle)
    if mtmd.mtmd_input_chunk_get_type(handle) != mtmd.MTMD_INPUT_CHUNK_TYPE_TEXT:
        return Chunk(handle, size, None)
    count = ctypes.c_size_t()
    tokens = mtmd.mtmd_input_chunk_get_tokens_text(handle, ctypes.byref(count))
    return Chunk(handle, size, np.ctypeslib.as_array(tokens, (count.value,)).copy())


# --- native logs ---------------------------------------------------------------------------------------------------

_loading = threading.local()  # .lines: what went wrong so far, while this thread loads a model


def _log_line(level: int, text: bytes, _data: object) -> None:
    # Once a model is loaded, only warnings and errors pass: lesser lines may quote prompts (mtmd logs each text that
    # it tokenises). While one is loaded, lesser lines name every tensor.
    problems = getattr(_loading, "lines", None)
    if level not in ((_WARNING, _ERROR) if problems is None else (_INFO, _WARNING, _ERROR)):
        return
    message = text.decode("utf-8", "replace").strip()
    if problems is not None and level == _ERROR:
        problems.append(message)
    if message:
        log.debug("native", message=message)


_forward = llama.llama_log_callback(_log_line)  # llama.cpp keeps calling it: it must live as long as the process


@functools.cache
def _initialise() -> None:
    for set_log in (llama.llama_log_set, mtmd.mtmd_helper_log_set, mtmd.mtmd_log_set):
        set_log(_forward, ctypes.c_void_p(0))
    llama.llama_backend_init()


@contextmanager
def _load_log() -> Iterator[list[str]]:
    _loading.lines = []
    try:
        yield _loading.lines
    finally:
        del _loading.lines


def _reason(problems: Sequence[str]) -> str:
    return problems[-1] if problems else "it gives no reason"
