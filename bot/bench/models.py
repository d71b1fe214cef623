"""Models to measure with, when no trained one is at hand: random weights, true dimensions."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import Literal

from bot.demo.placeholder import vocabulary
from bot.demo.random_model import NEVER, Shape, write_text_model, write_vision_model
from bot.inference.native.quantise import Quantisation, quantise

VERSION = 1  # part of the file names: raise it whenever the bytes of the files change

ShapeName = Literal["small", "8b"]

# `branch` and `habit` make near ties between words as rare as trained models have them: otherwise half of all answers
# would differ between two ways of computing the same, just because batches of other shapes round differently.

SMALL = Shape(
    width=1024, feed_forward=3072, layers=16, head=128, heads=16, kv_heads=8,
    vision_width=768, vision_feed_forward=3072, vision_layers=12, vision_heads=12, vision_positions=2304,
    deepstack=(3, 6, 9), rope_sections=(24, 20, 20), rope_base=5_000_000.0, context=32_768,
    end_penalty=NEVER, branch=0.35, habit=8.0, half=True,
)  # fmt: skip
"""0.4 billion parameters: on two cores of a processor the native work dominates."""

QWEN3_VL_8B = Shape(
    width=4096, feed_forward=12_288, layers=36, head=128, heads=32, kv_heads=8,
    vision_width=1152, vision_feed_forward=4304, vision_layers=27, vision_heads=16, vision_positions=2304,
    deepstack=(8, 16, 24), rope_sections=(24, 20, 20), rope_base=5_000_000.0, context=262_144,
    end_penalty=NEVER, branch=0.23, habit=8.0, half=True,
)  # fmt: skip
"""The dimensions of Qwen3-VL-8B."""

SHAPES: dict[ShapeName, tuple[Shape, int]] = {"small": (SMALL, 20_480), "8b": (QWEN3_VL_8B, 151_936)}
"""Shapes, and how many tokens their vocabularies have: for the small one so many that choosing a token takes the same
share of the work as in the 8B model."""


def random_model(folder: Path, name: ShapeName, quantisation: Quantisation) -> tuple[Path, Path]:
    """The files of a random model in `folder`, made now if they are not there yet: the text model quantised, the vision
    part in F16, as published ones are. Blocking: seconds for the small one, minutes and 17 GB of disk for the 8B one.
    Raises ModelFileError."""
    shape, tokens = SHAPES[name]
    stem = f"random-qwen3-vl-{name}-{VERSION}"
    return build(folder, stem, shape, tokens, quantisation)


def build(folder: Path, stem: str, shape: Shape, tokens: int, quantisation: Quantisation) -> tuple[Path, Path]:
    """The files of a random model of any shape, named after `stem`; see `random_model`."""
    folder.mkdir(parents=True, exist_ok=True)
    model, mmproj = folder / f"{stem}-{quantisation}.gguf", folder / f"{stem}-mmproj.gguf"
    title = "Looksee benchmark (random weights)"
    if not mmproj.is_file():
        write_vision_model(mmproj, title, shape)
    if not model.is_file():
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            full, small = Path(temporary) / "full.gguf", Path(temporary) / "small.gguf"
            write_text_model(full, title, shape, vocabulary(tokens))
            quantise(full, small, quantisation)
            small.replace(model)
    return model, mmproj


def shortened(shape: Shape, *, layers: int) -> Shape:
    """The same dimensions with fewer layers, the last of them deepstacked."""
    return dataclasses.replace(shape, layers=layers, vision_layers=layers, deepstack=(layers - 1,))
