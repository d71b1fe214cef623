"""Models of the production architecture (Qwen3-VL) with random weights, in any shape, as GGUF files.

They run the same native code as the real model (M-RoPE, deepstack, merger, byte-level BPE) and have learned nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
import numpy.typing as npt

from bot.demo.qwen3vl import MERGE, PATCH, Dimensions, Vocabulary, stored, text_metadata, vision_metadata, written

BIAS = 0.25  # what channel 0 of the text model holds at every text position
NEVER = 250.0
"""An `end_penalty` (see `Shape`) that no answer gets over."""

Array = npt.NDArray[np.float32]
Sizes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Shape(Dimensions):
    """The dimensions of a model, and how its random weights are drawn.

    `end_penalty` is how much less likely the end of an answer is than a word, as a logit. `sharpness` of attention
    makes a single word matter among many. `branch` is the weight of what each layer adds: the greater, the more does a
    difference in the last bit of a number grow from layer to layer. `habit` is how much likelier, about, each word
    makes the one that follows it in the list, as a logit: the greater, the fewer near ties, and the less does it depend
    on what came before. `half` stores matrices as F16 instead of F32.
    """

    end_penalty: float
    sharpness: float = 3.0
    branch: float = 1.0
    habit: float = 0.0
    half: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """Tensors that are drawn together, by name, in the order in which they are written."""

    sizes: Sizes
    draw: Callable[[np.random.Generator], Mapping[str, Array]]


def write_text_model(path: Path, name: str, shape: Shape, vocabulary: Vocabulary) -> None:
    """Write the text model; the same bytes every time. The file appears whole or not at all."""
    with written(path, "qwen3vl", name) as writer:
        text_metadata(writer, shape, vocabulary)
        _write(writer, list(_text_parts(shape, vocabulary)), np.random.default_rng(1), half=shape.half)


def write_vision_model(path: Path, name: str, shape: Shape) -> None:
    """Write the vision part (mmproj) to the text model of the same shape, likewise."""
    with written(path, "clip", name) as writer:
        vision_metadata(writer, shape)
        _write(writer, list(_vision_parts(shape)), np.random.default_rng(2), half=shape.half)


def _write(writer: gguf.GGUFWriter, parts: Iterable[_Part], random: np.random.Generator, *, half: bool) -> None:
    # The header tells of all tensors before the first one is drawn, so that no more than one part is in memory.
    for part in parts:
        for name, size in part.sizes.items():
            kind = stored(name, size, half=half)
            writer.add_tensor_info(name, size, kind, int(np.prod(size)) * kind.itemsize)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for part in parts:
        drawn = part.draw(random)
        for name, size in part.sizes.items():
            writer.write_tensor_data(drawn[name].astype(stored(name, size, half=half), copy=False))


# --- the text model --------------------------------------------------------------------------------------------------


def _text_parts(shape: Shape, vocabulary: Vocabulary) -> Iterator[_Part]:
    words: list[Array] = []  # the embeddings of the spoken words, once they are drawn

    # Channel 0 is a constant that no layer writes to, so the head's weights for it are a bias on each token: only whole
    # words and the end of the answer can be said.
    def embedding(random: np.random.Generator) -> Mapping[str, Array]:
        drawn = random.standard_normal(size, dtype=np.float32)
        drawn[:, 0] = BIAS
        words.append(drawn[vocabulary.spoken])
        return {"token_embd.weight": drawn}

    def head(random: np.random.Generator) -> Mapping[str, Array]:
        drawn = _matrix(random, *size)
        if shape.habit:
            drawn[vocabulary.spoken] += np.roll(words[0], 1, axis=0) * np.float32(shape.habit / shape.width)
        drawn[:, 0] = -1000.0
        drawn[vocabulary.spoken, 0] = 0.0
        drawn[vocabulary.end, 0] = -shape.end_penalty / BIAS
        return {"output_norm.weight": np.ones(shape.width, np.float32), "output.weight": drawn}

    size = len(vocabulary.tokens), shape.width
    yield _Part({"token_embd.weight": size}, embedding)
    yield _Part({"output_norm.weight": (shape.width,), "output.weight": size}, head)
    for layer in range(shape.layers):
        yield _text_layer(shape, f"blk.{layer}")


def _text_layer(shape: Shape, prefix: str) -> _Part:
    queries, keys = shape.heads * shape.head, shape.kv_heads * shape.head
    sizes: Sizes = {
        "attn_norm": (shape.width,),
        "attn_q": (queries, shape.width),
        "attn_k": (keys, shape.width),
        "attn_v": (keys, shape.width),
        "attn_q_norm": (shape.head,),
        "attn_k_norm": (shape.head,),
        "attn_output": (shape.width, queries),
        "ffn_norm": (shape.width,),
        "ffn_gate": (shape.feed_forward, shape.width),
        "ffn_up": (shape.feed_forward, shape.width),
        "ffn_down": (shape.width, shape.feed_forward),
    }

    def draw(random: np.random.Generator) -> Mapping[str, Array]:
        drawn = {name: np.ones(size, np.float32) for name, size in sizes.items() if len(size) == 1}
        drawn["attn_q_norm"] *= shape.sharpness
        for name in ("attn_output", "ffn_down", "attn_q", "attn_k", "attn_v", "ffn_gate", "ffn_up"):
            drawn[name] = _matrix(random, *sizes[name])
        for name in ("attn_output", "ffn_down"):
            drawn[name] *= np.float32(shape.branch)
            drawn[name][0] = 0.0
        return {f"{prefix}.{name}.weight": tensor for name, tensor in drawn.items()}

    return _Part({f"{prefix}.{name}.weight": size for name, size in sizes.items()}, draw)


# --- the vision part -------------------------------------------------------------------------------------------------


def _vision_parts(shape: Shape) -> Iterator[_Part]:
    width, feed_forward, merged = shape.vision_width, shape.vision_feed_forward, shape.vision_width * MERGE * MERGE
    for suffix in ("", ".1"):  # the two frames of the temporal patch
        yield _kernel(f"v.patch_embd.weight{suffix}", (width, 3, PATCH, PATCH))
    yield _vector("v.patch_embd.bias", width, 0.0)
    yield _positions("v.position_embd.weight", (shape.vision_positions, width))
    for layer in range(shape.vision_layers):
        block, stack = f"v.blk.{layer}", f"v.deepstack.{layer}"
        yield from _norm(f"{block}.ln1", width)
        yield from _norm(f"{block}.ln2", width)
        yield from _linear(f"{block}.attn_qkv", 3 * width, width)
        yield from _linear(f"{block}.attn_out", width, width)
        yield from _linear(f"{block}.ffn_up", feed_forward, width)
        yield from _linear(f"{block}.ffn_down", width, feed_forward)
        if layer in shape.deepstack:
            yield from _norm(f"{stack}.norm", merged)
            yield from _linear(f"{stack}.fc1", merged, merged)
            yield from _linear(f"{stack}.fc2", shape.width, merged)
    yield from _norm("v.post_ln", width)
    yield from _linear("mm.0", merged, merged)
    yield from _linear("mm.2", shape.width, merged)


def _kernel(name: str, size: tuple[int, ...]) -> _Part:
    rows = size[0]
    columns = int(np.prod(size[1:]))
    return _Part({name: size}, lambda random: {name: _matrix(random, rows, columns).reshape(size) * 4})


def _positions(name: str, size: tuple[int, int]) -> _Part:
    return _Part({name: size}, lambda random: {name: random.standard_normal(size, dtype=np.float32) * 0.5})


def _linear(name: str, rows: int, columns: int) -> Iterator[_Part]:
    weight = f"{name}.weight"
    yield _Part({weight: (rows, columns)}, lambda random: {weight: _matrix(random, rows, columns)})
    yield _vector(f"{name}.bias", rows, 0.0)


def _norm(name: str, size: int) -> Iterator[_Part]:
    yield _vector(f"{name}.weight", size, 1.0)
    yield _vector(f"{name}.bias", size, 0.0)


def _vector(name: str, size: int, value: float) -> _Part:
    return _Part({name: (size,)}, lambda _random: {name: np.full(size, value, np.float32)})


def _matrix(random: np.random.Generator, rows: int, columns: int) -> Array:
    drawn = random.standard_normal((rows, columns), dtype=np.float32)
    drawn /= np.float32(columns**0.5)
    return drawn
