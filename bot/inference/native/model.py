"""A loaded model and its context: the native steps, and what may be done with sequences between them.

`vocabulary.tokenise` and `layout` may be called from any thread; everything else belongs to the one thread that made
the object.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
import numpy.typing as npt
from llama_cpp import llama_cpp as llama
from llama_cpp import mtmd_cpp as mtmd

from bot.inference.native.batch import Batch, Floats, Positions, Rows
from bot.inference.native.errors import NativeError, NoRoomError
from bot.inference.native.loading import Shape, load
from bot.inference.native.pictures import Layout, Pictures
from bot.inference.native.sampling import GrammarSampler, Sampler, Sampling
from bot.inference.native.vocabulary import Vocabulary

SLICE = 512  # rows of one step, at the most

State = npt.NDArray[np.uint8]


class NativeModel:
    """A loaded model with one context, whose cells its sequences share.

    `cells` is how many there are, `trained` the tokens that one sequence may have, `sequences` how many sequences there
    may be. `looks_ahead` says that a patch has to be read in one step, because its cells see each other.
    """

    def __init__(
        self,
        model: Path,
        mmproj: Path,
        *,
        context: int,
        sequences: int,
        gpu_layers: int,
        threads: int,
        image_max_tokens: int,
    ) -> None:
        """Load both files. `gpu_layers` -1 means all. Raises ModelFileError."""
        shape = Shape(context, sequences, sequences, SLICE, gpu_layers, threads, image_max_tokens)
        self._handles = load(model, mmproj, shape)
        self._context = self._handles.context
        self._memory = llama.llama_get_memory(self._context)
        self._batch = Batch(SLICE)
        self.vocabulary = Vocabulary(self._handles.model)
        self.sequences = sequences
        self.cells = llama.llama_n_ctx(self._context)
        self.trained = llama.llama_model_n_ctx_train(self._handles.model)
        self._pictures = Pictures(self._handles.vision, llama.llama_model_n_embd_inp(self._handles.model))
        self.looks_ahead = self._pictures.looks_ahead()

    def close(self) -> None:
        """Free everything. Idempotent."""
        self._handles.free()

    # --- facts -----------------------------------------------------------------------------------------------------

    @property
    def chat_template(self) -> str | None:
        """The model's own chat template, as Jinja text, or None."""
        template = llama.llama_model_chat_template(self._handles.model, None)
        return template.decode("utf-8", "replace") if template else None

    @property
    def media_marker(self) -> str:
        """The string that stands for a picture in other ways of tokenising; it means nothing here."""
        marker: bytes = mtmd.mtmd_get_marker(self._handles.vision) or mtmd.mtmd_default_marker()
        return marker.decode()

    def layout(self, width: int, height: int) -> Layout:
        """What a picture of this size becomes in a prompt. Raises NativeError."""
        return self._pictures.layout(width, height)

    # --- native steps ----------------------------------------------------------------------------------------------

    def encode(self, width: int, height: int, rgb: bytes) -> list[Floats]:
        """Encode a picture's pixels, 3 bytes each in the order RGB, row by row. Returns the embeddings (cells x width)
        of each of its patches. Raises NativeError."""
        return self._pictures.encode(width, height, rgb)

    def decode(self, rows: Rows) -> None:
        """Append rows to their sequences. Raises NoRoomError, NativeError."""
        self._decode(self._batch.of_tokens(rows))

    def decode_picture(self, embeddings: Floats, positions: Positions, sequence: int) -> None:
        """Append rows of a picture (rows x width) at `positions` (axes x rows). Raises NoRoomError, NativeError."""
        batch = self._batch.of_embeddings(embeddings, positions, sequence)
        if not self.looks_ahead:
            self._decode(batch)
            return
        llama.llama_set_causal_attn(self._context, False)
        try:
            self._decode(batch)
        finally:
            llama.llama_set_causal_attn(self._context, True)

    def _decode(self, batch: llama.llama_batch) -> None:
        result = llama.llama_decode(self._context, batch)
        if result == 1:
            raise NoRoomError
        if result != 0:
            raise NativeError(f"llama_decode returned {result}")

    def synchronise(self) -> None:
        """Wait until the device has done what it was given: a GPU would still be at work when others get their turn."""
        llama.llama_synchronize(self._context)

    def sampler(self, sampling: Sampling, schema: str = "") -> Sampler:
        """What chooses the tokens of an answer, within a JSON Schema if one is given. Raises GenerationError."""
        if schema:
            return GrammarSampler(self._context, self.vocabulary, self.cells, sampling, schema)
        return Sampler(self._context, self.vocabulary, self.cells, sampling)

    # --- sequences -------------------------------------------------------------------------------------------------

    def cut(self, sequence: int, position: int) -> bool:
        """Forget a sequence from `position` on. False: it must be dropped, because this kind of model can only forget
        all, or because what a sliding window passed over is gone already."""
        removed = llama.llama_memory_seq_rm(self._memory, sequence, position, -1)
        return bool(removed) and (position == 0 or llama.llama_memory_seq_pos_min(self._memory, sequence) == 0)

    def share(self, source: int, target: int, position: int) -> None:
        """Let the empty sequence `target` have the cells of `source` before `position` too."""
        llama.llama_memory_seq_cp(self._memory, source, target, 0, position)

    def drop(self, sequence: int) -> None:
        """Forget a sequence."""
        llama.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def save(self, sequence: int, buffer: State) -> State:
        """A copy of all that is computed of a sequence, at the beginning of `buffer`. Raises NativeError."""
        size = self.state_size(sequence)
        state = buffer[:size]
        if size == 0 or llama.llama_state_seq_get_data(self._context, _bytes(state), len(state), sequence) != size:
            raise NativeError("a sequence could not be saved")
        return state

    def state_size(self, sequence: int) -> int:
        """Bytes that `save` needs."""
        return int(llama.llama_state_seq_get_size(self._context, sequence))

    def restore(self, sequence: int, state: State) -> None:
        """Bring back into the empty sequence what `save` gave. Raises NoRoomError: then it is empty still."""
        if llama.llama_state_seq_set_data(self._context, _bytes(state), len(state), sequence) != len(state):
            self.drop(sequence)
            raise NoRoomError


def _bytes(state: State) -> ctypes._Pointer[ctypes.c_uint8]:
    return state.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
