"""A tiny, untrained model for measurements and tests: two GGUF files of the production architecture, random weights.

It loads in milliseconds and takes a megabyte. It has learned nothing: its answers are random words.
"""

from __future__ import annotations

from pathlib import Path

import gguf

from bot.demo.qwen3vl import Vocabulary
from bot.demo.random_model import Shape, write_text_model, write_vision_model

SHAPE = Shape(
    width=64, feed_forward=128, layers=3, head=64, heads=2, kv_heads=1,
    vision_width=64, vision_feed_forward=128, vision_layers=3, vision_heads=1, vision_positions=256, deepstack=(0, 1),
    rope_sections=(12, 10, 10), rope_base=10_000.0, context=32_768,
    end_penalty=1.0,  # the end is rarely the first thing said
)  # fmt: skip

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


def build_placeholder(directory: Path) -> tuple[Path, Path]:
    """Write the text model and its mmproj; the same bytes every time. Each file appears whole or not at all."""
    directory.mkdir(parents=True, exist_ok=True)
    model, mmproj = directory / "looksee-placeholder.gguf", directory / "looksee-placeholder-mmproj.gguf"
    name = "Looksee placeholder (untrained)"
    write_text_model(model, name, SHAPE, vocabulary())
    write_vision_model(mmproj, name, SHAPE)
    return model, mmproj


def byte_letters() -> list[str]:
    """For each byte the letter that byte-level BPE vocabularies write it as: printable ones stand for themselves."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]


def vocabulary(size: int = 0) -> Vocabulary:
    """Bytes, a few words and the model's special tokens; filled up with tokens that nobody uses to `size` tokens."""
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
    tokens += [*CONTROL, *USER_DEFINED]
    unused = range(max(0, size - len(tokens)))
    types += [gguf.TokenType.UNUSED] * len(unused)
    tokens += [f"<|unused_{number}|>" for number in unused]
    return Vocabulary(
        tokens=tokens,
        types=[int(kind) for kind in types],
        merges=merges,
        spoken=spoken,
        end=tokens.index("<|im_end|>"),
        pad=tokens.index("<|endoftext|>"),
        chat_template=CHAT_TEMPLATE,
    )
