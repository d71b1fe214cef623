"""A tiny, untrained stand-in for the model: two GGUF files of the production architecture (Qwen3-VL), random weights.

It runs the same native code as the real model (M-RoPE, deepstack, merger, byte-level BPE), loads in milliseconds and
takes a megabyte. It has learned nothing: its answers are random words.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gguf
import numpy as np
import numpy.typing as npt

VERSION = 2  # part of the file names: raise it whenever the bytes of the files change

WIDTH, FEED_FORWARD, LAYERS, HEAD, HEADS = 64, 128, 3, 64, 2
VISION_LAYERS, DEEPSTACK = 3, (0, 1)
PATCH, MERGE, POSITIONS = 16, 2, 256
CONTEXT = 32_768
END = 1.0  # how much less likely the end of an answer is than a word, as a logit
BIAS = 0.25  # what channel 0 of the text model holds at every text position

CONTROL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
USER_DEFINED = ("<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>")
WORDS = (
    " the", " a", " is", " of", " and", " to", " in", " your", " page", " order", " error", " code", " screen",
    " button", " total", " account", " payment", " message", " picture", " number", " shows", " says", " blue",
    " please", " again", " two", " three", ".", ",", "?",
)  # fmt: skip

CHAT_TEMPLATE = """\
{%- for message in messages -%}
<|im_start|>{{ message.role }}
{% if message.content is string -%}
{{ message.content }}
{%- else -%}
{%- for item in message.content -%}
{%- if item.type == 'image' -%}<|vision_start|><|image_pad|><|vision_end|>
{%- elif 'text' in item -%}{{ item.text }}{%- endif -%}
{%- endfor -%}
{%- endif -%}<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}<|im_start|>assistant
{% endif -%}
"""

Array = npt.NDArray[np.float32]


def placeholder_files(cache: Path) -> tuple[Path, Path]:
    """The text model and its mmproj in `cache`, made now if this version of them is not there yet."""
    model, mmproj = _names(cache)
    return (model, mmproj) if model.is_file() and mmproj.is_file() else build_placeholder(cache)


def build_placeholder(directory: Path) -> tuple[Path, Path]:
    """Write the text model and its mmproj; the same bytes every time. Each file appears whole or not at all."""
    directory.mkdir(parents=True, exist_ok=True)
    model, mmproj = _names(directory)
    with _written(model, "qwen3vl") as writer:
        _text_metadata(writer)
        _text_tensors(writer, np.random.default_rng(1))
    with _written(mmproj, "clip") as writer:
        _vision_metadata(writer)
        _vision_tensors(writer, np.random.default_rng(2))
    return model, mmproj


def _names(directory: Path) -> tuple[Path, Path]:
    stem = f"looksee-placeholder-{VERSION}"
    return directory / f"{stem}.gguf", directory / f"{stem}-mmproj.gguf"


@contextmanager
def _written(path: Path, architecture: str) -> Iterator[gguf.GGUFWriter]:
    with tempfile.TemporaryDirectory(dir=path.parent) as temporary:
        writer = gguf.GGUFWriter(Path(temporary) / path.name, architecture)
        writer.add_name("Looksee placeholder (untrained)")
        yield writer
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.flush()
        writer.close()
        with (Path(temporary) / path.name).open("rb") as file:
            os.fsync(file.fileno())  # or a power cut could leave the name without the bytes
        (Path(temporary) / path.name).replace(path)


def byte_letters() -> list[str]:
    """For each byte the letter that byte-level BPE vocabularies write it as: printable ones stand for themselves."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]


def _vocabulary() -> tuple[list[str], list[int], list[str], list[int]]:
    """Tokens, their types, the merges, and the ids of the words that the placeholder says."""
    letters = byte_letters()
    tokens, merges = list(letters), []
    for word in WORDS:
        built, *rest = (letters[byte] for byte in word.encode())
        for letter in rest:
            if built + letter not in tokens:
                tokens.append(built + letter)
                merges.append(f"{built} {letter}")
            built += letter
    spoken = [tokens.index("".join(letters[byte] for byte in word.encode())) for word in WORDS]
    types = [gguf.TokenType.NORMAL] * len(tokens)
    types += [gguf.TokenType.CONTROL] * len(CONTROL) + [gguf.TokenType.USER_DEFINED] * len(USER_DEFINED)
    return [*tokens, *CONTROL, *USER_DEFINED], [int(kind) for kind in types], merges, spoken


def _text_metadata(writer: gguf.GGUFWriter) -> None:
    tokens, types, merges, _ = _vocabulary()
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(1)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10_000.0)
    writer.add_rope_dimension_sections([12, 10, 10, 0])
    writer.add_num_deepstack_layers(len(DEEPSTACK))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _text_tensors(writer: gguf.GGUFWriter, random: np.random.Generator) -> None:
    tokens, _, _, spoken = _vocabulary()
    embedding = random.standard_normal((len(tokens), WIDTH), dtype=np.float32)
    output = _matrix(random, len(tokens), WIDTH)
    # Channel 0 is a constant that no layer writes to, so the head's weights for it are a bias on each token: only
    # whole words and the end of the answer can be said.
    embedding[:, 0] = BIAS
    output[:, 0] = -1000.0
    output[spoken, 0] = 0.0
    output[tokens.index("<|im_end|>"), 0] = -END / BIAS  # rarely the first thing said
    writer.add_tensor("token_embd.weight", embedding)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    writer.add_tensor("output.weight", output)
    for layer in range(LAYERS):
        attention, down = _matrix(random, WIDTH, HEADS * HEAD), _matrix(random, WIDTH, FEED_FORWARD)
        attention[0], down[0] = 0.0, 0.0
        for name, tensor in {
            "attn_norm": np.ones(WIDTH, np.float32),
            "attn_q": _matrix(random, HEADS * HEAD, WIDTH),
            "attn_k": _matrix(random, HEAD, WIDTH),
            "attn_v": _matrix(random, HEAD, WIDTH),
            "attn_q_norm": np.full(HEAD, 3, np.float32),  # sharp attention: a single word matters among many
            "attn_k_norm": np.ones(HEAD, np.float32),
            "attn_output": attention,
            "ffn_norm": np.ones(WIDTH, np.float32),
            "ffn_gate": _matrix(random, FEED_FORWARD, WIDTH),
            "ffn_up": _matrix(random, FEED_FORWARD, WIDTH),
            "ffn_down": down,
        }.items():
            writer.add_tensor(f"blk.{layer}.{name}.weight", tensor)


def _vision_metadata(writer: gguf.GGUFWriter) -> None:
    writer.add_clip_has_vision_encoder(True)
    writer.add_clip_projector_type("qwen3vl_merger")
    writer.add_vision_use_gelu(True)
    writer.add_vision_image_size(int(POSITIONS**0.5) * PATCH)
    writer.add_vision_patch_size(PATCH)
    writer.add_vision_spatial_merge_size(MERGE)
    writer.add_vision_embedding_length(WIDTH)
    writer.add_vision_feed_forward_length(FEED_FORWARD)
    writer.add_vision_projection_dim(WIDTH)
    writer.add_vision_block_count(VISION_LAYERS)
    writer.add_vision_head_count(1)
    writer.add_vision_attention_layernorm_eps(1e-6)
    writer.add_vision_image_mean([0.5, 0.5, 0.5])
    writer.add_vision_image_std([0.5, 0.5, 0.5])
    writer.add_vision_is_deepstack_layers([layer in DEEPSTACK for layer in range(VISION_LAYERS)])


def _vision_tensors(writer: gguf.GGUFWriter, random: np.random.Generator) -> None:
    merged = WIDTH * MERGE * MERGE
    for suffix in ("", ".1"):  # the two frames of the temporal patch
        kernel = _matrix(random, WIDTH, 3 * PATCH * PATCH).reshape(WIDTH, 3, PATCH, PATCH)
        writer.add_tensor(f"v.patch_embd.weight{suffix}", kernel * 4)
    writer.add_tensor("v.patch_embd.bias", np.zeros(WIDTH, np.float32))
    writer.add_tensor("v.position_embd.weight", random.standard_normal((POSITIONS, WIDTH), dtype=np.float32) * 0.5)
    for layer in range(VISION_LAYERS):
        _norm(writer, f"v.blk.{layer}.ln1", WIDTH)
        _norm(writer, f"v.blk.{layer}.ln2", WIDTH)
        _linear(writer, random, f"v.blk.{layer}.attn_qkv", 3 * WIDTH, WIDTH)
        _linear(writer, random, f"v.blk.{layer}.attn_out", WIDTH, WIDTH)
        _linear(writer, random, f"v.blk.{layer}.ffn_up", FEED_FORWARD, WIDTH)
        _linear(writer, random, f"v.blk.{layer}.ffn_down", WIDTH, FEED_FORWARD)
        if layer in DEEPSTACK:
            _norm(writer, f"v.deepstack.{layer}.norm", merged)
            _linear(writer, random, f"v.deepstack.{layer}.fc1", merged, merged)
            _linear(writer, random, f"v.deepstack.{layer}.fc2", WIDTH, merged)
    _norm(writer, "v.post_ln", WIDTH)
    _linear(writer, random, "mm.0", merged, merged)
    _linear(writer, random, "mm.2", WIDTH, merged)


def _matrix(random: np.random.Generator, rows: int, columns: int) -> Array:
    return random.standard_normal((rows, columns), dtype=np.float32) / np.float32(columns**0.5)


def _linear(writer: gguf.GGUFWriter, random: np.random.Generator, name: str, rows: int, columns: int) -> None:
    writer.add_tensor(f"{name}.weight", _matrix(random, rows, columns))
    writer.add_tensor(f"{name}.bias", np.zeros(rows, np.float32))


def _norm(writer: gguf.GGUFWriter, name: str, size: int) -> None:
    writer.add_tensor(f"{name}.weight", np.ones(size, np.float32))
    writer.add_tensor(f"{name}.bias", np.zeros(size, np.float32))
