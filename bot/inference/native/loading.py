"""Reading the weights, and making the context and the vision part. Errors say what to do."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from llama_cpp import llama_cpp as llama
from llama_cpp import mtmd_cpp as mtmd

from bot.errors import ModelFileError
from bot.inference.gguf_header import check_model_files
from bot.inference.native.logs import initialise, load_log, reason


@dataclass(frozen=True, slots=True)
class Shape:
    """How a model is loaded. `context` is the cells that all sequences share, `sequences` how many there are at most,
    `outputs` how many answers continue in one step, `slice` the rows of one step. `gpu_layers` -1: all of them."""

    context: int
    sequences: int
    outputs: int
    slice: int
    gpu_layers: int
    threads: int
    image_max_tokens: int


@dataclass(frozen=True, slots=True)
class Handles:
    """What was loaded. `free` undoes it."""

    model: llama.llama_model_p
    context: llama.llama_context_p
    vision: mtmd.mtmd_context_p
    free: Callable[[], None]


def load(model: Path, mmproj: Path, shape: Shape) -> Handles:
    """Load both files. Raises ModelFileError."""
    check_model_files(model, mmproj)
    initialise()
    with ExitStack() as undo, load_log() as problems:
        weights = _weights(model, shape, problems)
        undo.callback(llama.llama_model_free, weights)
        context = _context(model, weights, shape, problems)
        undo.callback(llama.llama_free, context)
        vision = _vision(mmproj, weights, shape, problems)
        undo.callback(mtmd.mtmd_free, vision)
        if not mtmd.mtmd_support_vision(vision):
            raise ModelFileError(
                f"LOOKSEE_MODEL__MMPROJ_PATH: {mmproj} cannot see pictures. Put a vision mmproj there."
            )
        return Handles(weights, context, vision, undo.pop_all().close)


def model_params() -> llama.llama_model_params:
    """How weights are loaded by default: without the tiles of AMX.

    GCC 12 leaves out most of what llama.cpp writes into the tiles' configuration before it is loaded (its intrinsic
    says that it reads 8 of the 64 bytes), so that the first use of a tile in a matrix of 4 or 8 bits a weight ends the
    process with an illegal instruction. Where the library was not built for AMX, nothing changes.
    """
    params: llama.llama_model_params = llama.llama_model_default_params()
    params.use_extra_bufts = b"AMX_INT8 = 1" not in llama.llama_print_system_info()
    return params


def _weights(path: Path, shape: Shape, problems: Sequence[str]) -> llama.llama_model_p:
    params = model_params()
    params.n_gpu_layers = shape.gpu_layers
    model: llama.llama_model_p | None = llama.llama_model_load_from_file(os.fsencode(path), params)
    if not model:
        raise ModelFileError(
            f"LOOKSEE_MODEL__PATH: llama.cpp cannot load {path} ({reason(problems)}). Download the file again; if "
            f"memory is short, take a smaller quantisation or lower LOOKSEE_MODEL__GPU_LAYERS."
        )
    return model


def _context(path: Path, model: llama.llama_model_p, shape: Shape, problems: Sequence[str]) -> llama.llama_context_p:
    params = llama.llama_context_default_params()
    params.n_ctx, params.n_batch, params.n_ubatch = shape.context, shape.slice, shape.slice
    # One pool of cells for all sequences: a prefix is shared by marking its cells, and a long chat may take what short
    # ones leave.
    params.n_seq_max, params.kv_unified = shape.sequences, True
    params.n_outputs_max = max(shape.outputs, shape.sequences)
    params.n_threads = params.n_threads_batch = shape.threads
    params.no_perf = True
    context: llama.llama_context_p | None = llama.llama_init_from_model(model, params)
    if not context:
        raise ModelFileError(
            f"There is not enough memory for {path} with a context of {shape.context} tokens "
            f"({reason(problems)}). Lower LOOKSEE_MODEL__CONTEXT, or take a smaller quantisation."
        )
    return context


def _vision(path: Path, model: llama.llama_model_p, shape: Shape, problems: Sequence[str]) -> mtmd.mtmd_context_p:
    params = mtmd.mtmd_context_params_default()
    params.use_gpu = shape.gpu_layers != 0
    params.print_timings = False
    params.n_threads = shape.threads
    params.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_AUTO
    params.warmup = True
    params.image_max_tokens = shape.image_max_tokens
    vision: mtmd.mtmd_context_p | None = mtmd.mtmd_init_from_file(os.fsencode(path), model, params)
    if not vision:
        raise ModelFileError(
            f"LOOKSEE_MODEL__MMPROJ_PATH: llama.cpp cannot load {path} beside this text model "
            f"({reason(problems)}). Put the mmproj file of the same model there, and download it again if it is."
        )
    return vision
