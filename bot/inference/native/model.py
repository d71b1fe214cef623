"""A loaded model and its context.

`NativeModel.count` may be called from any thread; everything else belongs to the one thread that made the object.
"""

from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from llama_cpp import llama_cpp as llama
from llama_cpp import mtmd_cpp as mtmd

from bot.errors import ModelFileError
from bot.inference.gguf_header import check_model_files
from bot.inference.native.chunks import Bitmap, Chunk, NativeError, Tokens, tokenise
from bot.inference.native.logs import initialise, load_log, reason
from bot.inference.native.sampling import Sampling, sampler
from bot.inference.native.vocabulary import Vocabulary
from bot.inference.prompt import TextPart

SLICE = 512  # tokens of prefill in one native step, at the most
_SEQUENCE = 0


class NativeModel:
    """A loaded model with one context of one sequence."""

    def __init__(
        self, model: Path, mmproj: Path, *, context: int, gpu_layers: int, threads: int, image_max_tokens: int
    ) -> None:
        """Load both files. `gpu_layers` -1 means all. Raises ModelFileError."""
        check_model_files(model, mmproj)
        initialise()
        self._free: list[Callable[[], None]] = []
        try:
            with load_log() as problems:
                self._load_text_model(model, context, gpu_layers, threads, problems)
                self._load_vision(mmproj, gpu_layers, threads, image_max_tokens, problems)
        except BaseException:
            self.close()
            raise

    def _load_text_model(
        self, path: Path, context: int, gpu_layers: int, threads: int, problems: Sequence[str]
    ) -> None:
        model_params = llama.llama_model_default_params()
        model_params.n_gpu_layers = gpu_layers
        self._model = llama.llama_model_load_from_file(os.fsencode(path), model_params)
        if not self._model:
            raise ModelFileError(
                f"LOOKSEE_MODEL__PATH: llama.cpp cannot load {path} ({reason(problems)}). Download the file again; if "
                f"memory is short, take a smaller quantisation or lower LOOKSEE_MODEL__GPU_LAYERS."
            )
        self._free.append(functools.partial(llama.llama_model_free, self._model))
        self.vocabulary = Vocabulary(self._model)
        self.context = min(context, llama.llama_model_n_ctx_train(self._model))
        params = llama.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch, params.n_seq_max = self.context, SLICE, SLICE, 1
        params.n_threads = params.n_threads_batch = threads
        self._context = llama.llama_init_from_model(self._model, params)
        if not self._context:
            raise ModelFileError(
                f"There is not enough memory for {path} with a context of {self.context} tokens "
                f"({reason(problems)}). Lower LOOKSEE_MODEL__CONTEXT, or take a smaller quantisation."
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
                f"({reason(problems)}). Put the mmproj file of the same model there, and download it again if it is."
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
    def media_marker(self) -> str:
        """The string that stands for a picture in other ways of tokenising; it means nothing here."""
        marker: bytes = mtmd.mtmd_get_marker(self._vision) or mtmd.mtmd_default_marker()
        return marker.decode()

    # --- prompts ---------------------------------------------------------------------------------------------------

    def count(self, parts: Sequence[TextPart | Bitmap]) -> int:
        """Tokens that the parts take, what the model puts round pictures included. Bitmaps need no pixels."""
        with self.tokenise(parts) as chunks:
            return sum(chunk.size for chunk in chunks)

    def tokenise(self, parts: Sequence[TextPart | Bitmap]) -> AbstractContextManager[list[Chunk]]:
        """The parts as chunks, which live as long as the `with` block (see `chunks.tokenise`). Raises NativeError."""
        return tokenise(self._vision, parts)

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
        """Read at most SLICE tokens from `position` on; `last` asks for what `sampler` needs. Returns the next
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
        failures: list[BaseException] = []

        def after_slice(_batch: object, _data: object) -> int:
            try:  # an exception would be lost on its way through the native code, which would then go on
                llama.llama_synchronize(self._context)
                return 0 if between() else 1
            except BaseException as error:  # noqa: BLE001 - raised below
                failures.append(error)
                return 1

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
            if failures:
                raise failures[0]
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

    def sampler(self, sampling: Sampling) -> AbstractContextManager[Callable[[], int]]:
        """A function that chooses the next token from the last one's logits and remembers it for the penalty."""
        return sampler(self._context, self.vocabulary.size, self.context, sampling)
