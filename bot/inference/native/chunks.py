"""Prompts as mtmd holds them: chunks of text tokens and pictures."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from llama_cpp import mtmd_cpp as mtmd

from bot.inference.prompt import TextPart

Tokens = npt.NDArray[np.int32]


class NativeError(Exception):
    """A native call failed; the sequence must be cleared before it is used again."""


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


@contextmanager
def tokenise(vision: mtmd.mtmd_context_p, parts: Sequence[TextPart | Bitmap]) -> Iterator[list[Chunk]]:
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
            result = mtmd.mtmd_tokenize_from_parts(vision, chunks, array, len(parts), False)
        finally:
            for bitmap in bitmaps:
                mtmd.mtmd_bitmap_free(bitmap)
        if result != 0:
            raise NativeError(f"the prompt could not be tokenised ({result})")
        yield [_chunk(chunks, i) for i in range(mtmd.mtmd_input_chunks_size(chunks))]
    finally:
        mtmd.mtmd_input_chunks_free(chunks)


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
