"""From a trained model to the two GGUF files that the service loads, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import gguf
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from bot.demo.placeholder import CHAT_TEMPLATE, CONTROL, USER_DEFINED
from bot.demo.qwen3vl import PATCH, Vocabulary, stored, text_metadata, vision_metadata, written
from deploy.demo_model.model import DemoVLM
from deploy.demo_model.tokenizer import Vocabulary as Trained

NAME = "Looksee demo"
Tensors = Mapping[str, npt.NDArray[np.float32]]

_MERGER = {"norm": "v.post_ln", "fc1": "mm.0", "fc2": "mm.2"}


def export(model: DemoVLM, vocabulary: Trained, text: Path, vision: Path) -> None:
    """Write the text model and its vision part (mmproj), matrices in 8 bits a weight (Q8_0)."""
    with written(text, "qwen3vl", NAME) as writer:
        text_metadata(writer, model.shape, gguf_vocabulary(vocabulary))
        _write(writer, dict(text_tensors(model)))
    with written(vision, "clip", NAME) as writer:
        vision_metadata(writer, model.shape)
        _write(writer, dict(vision_tensors(model)))


def gguf_vocabulary(vocabulary: Trained) -> Vocabulary:
    """The tokens in the order of their ids, and the merges."""
    described = json.loads(vocabulary.tokenizer.to_str())["model"]
    tokens = sorted(vocabulary.tokenizer.get_vocab().items(), key=lambda entry: entry[1])
    kinds = dict.fromkeys(CONTROL, gguf.TokenType.CONTROL) | dict.fromkeys(USER_DEFINED, gguf.TokenType.USER_DEFINED)
    return Vocabulary(
        tokens=[token for token, _ in tokens],
        types=[int(kinds.get(token, gguf.TokenType.NORMAL)) for token, _ in tokens],
        merges=[" ".join(pair) for pair in described["merges"]],
        end=vocabulary.end,
        pad=vocabulary.pad,
        chat_template=CHAT_TEMPLATE,
    )


def text_tensors(model: DemoVLM) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """The text model's weights under their names in the file."""
    for name, value in model.text.state_dict().items():
        yield name, _array(value)


def vision_tensors(model: DemoVLM) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """The vision part's weights under their names in the file."""
    for name, value in model.vision.state_dict().items():
        array = _array(value)
        if name == "patch_embd.weight":
            # A picture stands in both frames of the temporal patch: each kernel does half of the work.
            kernel = array.reshape(len(array), 3, PATCH, PATCH) * np.float32(0.5)
            yield "v.patch_embd.weight", kernel
            yield "v.patch_embd.weight.1", kernel
        else:
            yield _vision_name(name), array


def _vision_name(name: str) -> str:
    if found := re.fullmatch(r"merger\.(\w+)\.(\w+)", name):
        return f"{_MERGER[found[1]]}.{found[2]}"
    return "v.position_embd.weight" if name == "position_embd" else f"v.{name}"


def _write(writer: gguf.GGUFWriter, tensors: Tensors) -> None:
    for name, tensor in tensors.items():
        kind = stored(name, tensor.shape, half=True)
        if kind == np.float16 and tensor.ndim == 2:
            packed = gguf.quants.quantize(tensor, gguf.GGMLQuantizationType.Q8_0)
            writer.add_tensor(name, packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        else:
            writer.add_tensor(name, tensor.astype(kind))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()


def _array(value: Tensor) -> npt.NDArray[np.float32]:
    return value.detach().float().cpu().numpy()


def load_weights(model: DemoVLM, text: Path, vision: Path) -> None:
    """Give a model the weights of two files that `export` wrote, to train it further. ValueError if they do not fit."""
    tensors = {tensor.name: tensor for path in (text, vision) for tensor in gguf.GGUFReader(path).tensors}

    def read(name: str, like: Tensor) -> Tensor:
        if name not in tensors:
            raise ValueError(f"{name} is missing")
        value = gguf.quants.dequantize(tensors[name].data, tensors[name].tensor_type).astype(np.float32)
        return torch.from_numpy(value).reshape(like.shape).to(like)

    text_state = {name: read(name, value) for name, value in model.text.state_dict().items()}
    vision_state = {}
    for name, value in model.vision.state_dict().items():
        read_value = read("v.patch_embd.weight" if name == "patch_embd.weight" else _vision_name(name), value)
        vision_state[name] = read_value * 2 if name == "patch_embd.weight" else read_value
    model.text.load_state_dict(text_state)
    model.vision.load_state_dict(vision_state)
