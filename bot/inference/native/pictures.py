"""Pictures as the model takes them: what they occupy, and their embeddings."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from llama_cpp import llama_cpp as llama
from llama_cpp import mtmd_cpp as mtmd

from bot.inference.native.batch import AXES, Floats, Positions
from bot.inference.native.errors import NativeError


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """What a picture, or one tile of it, occupies: cells of the context, and positions it moves on by.

    `places` (axes x cells) are its cells' positions, counted from its own beginning.
    """

    cells: int
    positions: int
    places: Positions

    def at(self, position: int, first: int, last: int) -> Positions:
        """The positions (axes x cells) of its cells `first` to `last`, if it begins at `position`."""
        places = self.places[:, first:last].copy()
        places[:3] += position  # the fourth axis of M-RoPE, if there is one, stays 0
        return places


Layout = tuple[tuple[int, ...] | Patch, ...]
"""What a picture becomes in a prompt: tokens that the model puts round it, and patches."""


class Pictures:
    """The vision part of a model. `layout` is safe on any thread, `encode` belongs to the owning one."""

    def __init__(self, vision: mtmd.mtmd_context_p, width: int) -> None:
        """`width` is the number of floats of one embedding."""
        self._vision = vision
        self._width = width
        self._several_axes = mtmd.mtmd_decode_use_mrope(vision)

    def layout(self, width: int, height: int) -> Layout:
        """What a picture of this size becomes. Raises NativeError."""
        with self._chunks(width, height, None) as chunks:
            return tuple(self._piece(chunk) for chunk in chunks)

    def encode(self, width: int, height: int, rgb: bytes) -> list[Floats]:
        """The embeddings (cells x width) of each of its patches. Raises NativeError."""
        embeddings: list[Floats] = []
        with self._chunks(width, height, rgb) as chunks:
            for chunk in chunks:
                if mtmd.mtmd_input_chunk_get_type(chunk) == mtmd.MTMD_INPUT_CHUNK_TYPE_TEXT:
                    continue
                result = mtmd.mtmd_encode_chunk(self._vision, chunk)
                output = mtmd.mtmd_get_output_embd(self._vision) if result == 0 else None
                if not output:
                    raise NativeError(f"a picture could not be encoded ({result})")
                shape = (mtmd.mtmd_input_chunk_get_n_tokens(chunk), self._width)
                embeddings.append(np.ctypeslib.as_array(output, shape).copy())  # the next encode overwrites it
        return embeddings

    def looks_ahead(self) -> bool:
        """Whether a picture's cells see later ones, so that it has to be read in one step."""
        return bool(mtmd.mtmd_decode_use_non_causal(self._vision, None))

    @contextmanager
    def _chunks(self, width: int, height: int, rgb: bytes | None) -> Iterator[list[mtmd.mtmd_input_chunk_p]]:
        if rgb is not None and len(rgb) != width * height * 3:
            raise NativeError("a picture's pixels do not match its size")
        pixels = None if rgb is None else ctypes.cast(ctypes.c_char_p(rgb), ctypes.POINTER(ctypes.c_uint8))
        chunks = mtmd.mtmd_input_chunks_init()
        bitmap = mtmd.mtmd_bitmap_init(width, height, pixels)
        try:
            if not chunks or not bitmap:
                raise NativeError("no memory for a picture")
            part = mtmd.mtmd_input_part()
            part.bitmap = bitmap
            parts = (ctypes.POINTER(mtmd.mtmd_input_part) * 1)(ctypes.pointer(part))
            result = mtmd.mtmd_tokenize_from_parts(self._vision, chunks, parts, 1, False)
            if result != 0:
                raise NativeError(f"a picture could not be prepared ({result})")
            handles = [mtmd.mtmd_input_chunks_get(chunks, i) for i in range(mtmd.mtmd_input_chunks_size(chunks))]
            yield [mtmd.mtmd_input_chunk_p(handle) for handle in handles if handle]
        finally:
            if bitmap:
                mtmd.mtmd_bitmap_free(bitmap)
            if chunks:
                mtmd.mtmd_input_chunks_free(chunks)

    def _piece(self, chunk: mtmd.mtmd_input_chunk_p) -> tuple[int, ...] | Patch:
        if mtmd.mtmd_input_chunk_get_type(chunk) == mtmd.MTMD_INPUT_CHUNK_TYPE_TEXT:
            count = ctypes.c_size_t()
            tokens = mtmd.mtmd_input_chunk_get_tokens_text(chunk, ctypes.byref(count))
            return tuple(tokens[: count.value]) if tokens else ()
        cells = mtmd.mtmd_input_chunk_get_n_tokens(chunk)
        return Patch(cells, mtmd.mtmd_input_chunk_get_n_pos(chunk), self._places(chunk, cells))

    def _places(self, chunk: mtmd.mtmd_input_chunk_p, cells: int) -> Positions:
        if not self._several_axes:
            return np.arange(cells, dtype=np.int32)[np.newaxis]
        image = mtmd.mtmd_image_tokens_p(mtmd.mtmd_input_chunk_get_tokens_image(chunk))
        found = (mtmd.mtmd_decoder_pos * cells)()
        mtmd.mtmd_helper_image_get_decoder_pos(image, llama.llama_pos(0), found)
        places = np.zeros((AXES, cells), np.int32)
        for axis, name in enumerate(("t", "y", "x")):
            places[axis] = [getattr(place, name) for place in found]
        return places
