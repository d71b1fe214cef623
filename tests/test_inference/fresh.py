"""The measure of the engine's answers: the same tokens, read from nothing by a model that has seen nothing else."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from llama_cpp import llama_cpp as llama
from PIL import Image as Pillow

from bot.inference.native import SLICE, NativeModel, Rows
from bot.inference.plan import Item, Plan

TIE = 0.02  # logits nearer to each other than this may change places when sums are made in another order


def refuted(native: NativeModel, plan: Plan, answer: Sequence[int]) -> str:
    """Why `answer` is not what the model says after `plan` when it always takes the likeliest token; "" if it is."""
    native.drop(0)
    try:
        position = _read(native, plan)
        row = -1
        for place, token in enumerate(answer):
            logits = np.ctypeslib.as_array(llama.llama_get_logits_ith(native._context, row), (native.vocabulary.size,))
            behind = float(logits.max() - logits[token])
            if behind > TIE:
                return f"token {token} at place {place} is {behind:.3f} behind {int(logits.argmax())}"
            native.decode(Rows([token], [position + place], [0], [True]))
            row = 0
        return ""
    finally:
        native.drop(0)


def _read(native: NativeModel, plan: Plan) -> int:
    """Read a plan into the empty sequence 0, with logits for its last token. Returns the next position."""
    position = 0
    text: list[int] = []
    for item in [*plan.items, None]:
        if isinstance(item, int):
            text.append(item)
            continue
        for start in range(0, len(text), SLICE):
            tokens = text[start : start + SLICE]
            outputs = [False] * (len(tokens) - 1) + [True]
            native.decode(Rows(tokens, list(range(position, position + len(tokens))), [0] * len(tokens), outputs))
            position += len(tokens)
        text = []
        if item is not None:
            position = _look(native, plan, item, position)
    return position


def _look(native: NativeModel, plan: Plan, item: Item, position: int) -> int:
    assert not isinstance(item, int)
    with Pillow.open(io.BytesIO(plan.images[item.sha256].data)) as picture:
        embeddings = native.encode(picture.width, picture.height, picture.convert("RGB").tobytes())[item.number]
    for start in range(0, len(embeddings), SLICE):
        rows = embeddings[start : start + SLICE]
        native.decode_picture(rows, item.patch.at(position, start, start + len(rows)), 0)
    return position + item.patch.positions
