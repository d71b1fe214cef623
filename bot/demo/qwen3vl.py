"""GGUF files of the production architecture (Qwen3-VL): their metadata, and how such a file is written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np

PATCH, MERGE = 16, 2


@dataclass(frozen=True, slots=True)
class Dimensions:
    """The dimensions of a model, in channels, layers and heads.

    `vision_positions` is how many patches the learned position embedding has, a square; `deepstack` names the vision
    layers whose output also enters the text model. `rope_sections` are the M-RoPE frequencies for time, height and
    width, half a head together.
    """

    width: int
    feed_forward: int
    layers: int
    head: int
    heads: int
    kv_heads: int
    vision_width: int
    vision_feed_forward: int
    vision_layers: int
    vision_heads: int
    vision_positions: int
    deepstack: tuple[int, ...]
    rope_sections: tuple[int, int, int]
    rope_base: float
    context: int


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A byte-level BPE vocabulary. `end` is the token that ends answers, `pad` the one that fills up, `spoken` are
    those that the answers of an untrained model consist of."""

    tokens: Sequence[str]
    types: Sequence[int]
    merges: Sequence[str]
    end: int
    pad: int
    chat_template: str
    spoken: Sequence[int] = ()


@contextmanager
def written(path: Path, architecture: str, name: str) -> Iterator[gguf.GGUFWriter]:
    """A writer whose file appears at `path` whole or not at all."""
    with tempfile.TemporaryDirectory(dir=path.parent) as temporary:
        writer = gguf.GGUFWriter(Path(temporary) / path.name, architecture)
        writer.add_name(name)
        yield writer
        writer.flush()
        writer.close()
        with (Path(temporary) / path.name).open("rb") as file:
            os.fsync(file.fileno())  # or a power cut could leave the name without the bytes
        (Path(temporary) / path.name).replace(path)


def stored(name: str, size: tuple[int, ...], *, half: bool) -> np.dtype[np.float16] | np.dtype[np.float32]:
    """How a tensor is stored: matrices as F16 if `half`, else everything as F32."""
    # llama.cpp wants vectors, and the positions that it interpolates, in full precision.
    return np.dtype(np.float16) if half and len(size) > 1 and "position" not in name else np.dtype(np.float32)


def text_metadata(writer: gguf.GGUFWriter, shape: Dimensions, vocabulary: Vocabulary) -> None:
    """What the text model's file says besides the weights."""
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head)
    writer.add_value_length(shape.head)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_rope_dimension_sections([*shape.rope_sections, 0])
    writer.add_num_deepstack_layers(len(shape.deepstack))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_types(vocabulary.types)
    writer.add_token_merges(vocabulary.merges)
    writer.add_eos_token_id(vocabulary.end)
    writer.add_pad_token_id(vocabulary.pad)
    writer.add_add_bos_token(False)
    writer.add_chat_template(vocabulary.chat_template)


def vision_metadata(writer: gguf.GGUFWriter, shape: Dimensions) -> None:
    """What the vision part's file (mmproj) says besides the weights."""
    writer.add_clip_has_vision_encoder(True)
    writer.add_clip_projector_type("qwen3vl_merger")
    writer.add_vision_use_gelu(True)
    writer.add_vision_image_size(int(shape.vision_positions**0.5) * PATCH)
    writer.add_vision_patch_size(PATCH)
    writer.add_vision_spatial_merge_size(MERGE)
    writer.add_vision_embedding_length(shape.vision_width)
    writer.add_vision_feed_forward_length(shape.vision_feed_forward)
    writer.add_vision_projection_dim(shape.width)
    writer.add_vision_block_count(shape.vision_layers)
    writer.add_vision_head_count(shape.vision_heads)
    writer.add_vision_attention_layernorm_eps(1e-6)
    writer.add_vision_image_mean([0.5, 0.5, 0.5])
    writer.add_vision_image_std([0.5, 0.5, 0.5])
    writer.add_vision_is_deepstack_layers([layer in shape.deepstack for layer in range(shape.vision_layers)])
