"""What `llama_decode` is given: rows of tokens, or rows of a picture's embeddings, never both.

The arrays are made once and filled by numpy: nothing is allocated for a step.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from llama_cpp import llama_cpp as llama

from bot.inference.native.errors import NativeError

AXES = 4  # positions of a picture's cell in M-RoPE: time, row, column, and one that is not used

Floats = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int32]


@dataclass(slots=True)
class Rows:
    """Rows of tokens for one step. `outputs` says for each whether an answer continues after it."""

    tokens: list[int]
    positions: list[int]
    sequences: list[int]
    outputs: list[bool]


class Batch:
    """Memory for one step of at most `capacity` rows."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._tokens = np.zeros(capacity, np.int32)
        self._positions = np.zeros(AXES * capacity, np.int32)
        self._counts = np.ones(capacity, np.int32)
        self._sequences = np.zeros(capacity, np.int32)
        self._outputs = np.zeros(capacity, np.int8)
        places = self._sequences.ctypes.data + np.arange(capacity, dtype=np.uint64) * self._sequences.itemsize
        self._places = places.astype(np.uint64)  # a pointer to each row's one sequence
        self._shared = {
            "pos": self._positions.ctypes.data_as(ctypes.POINTER(llama.llama_pos)),
            "n_seq_id": self._counts.ctypes.data_as(ctypes.POINTER(ctypes.c_int32)),
            "seq_id": self._places.ctypes.data_as(ctypes.POINTER(ctypes.POINTER(llama.llama_seq_id))),
            "logits": self._outputs.ctypes.data_as(ctypes.POINTER(ctypes.c_int8)),
        }
        tokens = self._tokens.ctypes.data_as(ctypes.POINTER(llama.llama_token))
        self._of_tokens = llama.llama_batch(token=tokens, **self._shared)

    def of_tokens(self, rows: Rows) -> llama.llama_batch:
        """The rows as llama.cpp takes them; good until the next call."""
        count = len(rows.tokens)
        self._tokens[:count] = rows.tokens
        self._positions[:count] = rows.positions
        self._sequences[:count] = rows.sequences
        self._outputs[:count] = rows.outputs
        self._of_tokens.n_tokens = count
        return self._of_tokens

    def of_embeddings(self, embeddings: Floats, positions: Positions, sequence: int) -> llama.llama_batch:
        """A stretch of a picture: `embeddings` (rows x width, contiguous) at `positions` (axes x rows); good until the
        next call, while `embeddings` lives. Raises NativeError if there are too many rows."""
        count = len(embeddings)
        if count > self.capacity:
            raise NativeError(f"pictures of this model take {count} rows in one step, and {self.capacity} is the most")
        self._positions[: positions.size] = positions.ravel()
        self._sequences[:count] = sequence
        self._outputs[:count] = 0
        rows = embeddings.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        return llama.llama_batch(n_tokens=count, embd=rows, **self._shared)
