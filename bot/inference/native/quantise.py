"""Smaller copies of a text model."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Literal

from llama_cpp import llama_cpp as llama

from bot.errors import ModelFileError
from bot.inference.native.logs import initialise, load_log, reason

Quantisation = Literal["f16", "q8_0", "q4_k_m"]

_TYPES = {
    "f16": llama.LLAMA_FTYPE_MOSTLY_F16,
    "q8_0": llama.LLAMA_FTYPE_MOSTLY_Q8_0,
    "q4_k_m": llama.LLAMA_FTYPE_MOSTLY_Q4_K_M,
}


def quantise(source: Path, target: Path, quantisation: Quantisation) -> None:
    """Write a copy of `source` at a lower precision. Blocking, for seconds to minutes. Raises ModelFileError."""
    initialise()
    params = llama.llama_model_quantize_default_params()
    params.ftype = _TYPES[quantisation]
    with load_log() as problems:
        result = llama.llama_model_quantize(os.fsencode(source), os.fsencode(target), ctypes.byref(params))
    if result != 0:
        raise ModelFileError(f"{source} could not be quantised to {quantisation} ({reason(problems)})")
