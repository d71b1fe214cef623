"""llama.cpp's logs, as ours at debug level and without anybody's prompts."""

from __future__ import annotations

import ctypes
import functools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog
from llama_cpp import llama_cpp as llama
from llama_cpp import mtmd_cpp as mtmd

log = structlog.get_logger(__name__)

_INFO, _WARNING, _ERROR = 2, 3, 4  # ggml's levels

_loading = threading.local()  # .lines: what went wrong so far, while this thread loads a model


def _log_line(level: int, text: bytes, _data: object) -> None:
    # Once a model is loaded, only warnings and errors pass: lesser lines may quote prompts (mtmd logs each text that
    # it tokenises). While one is loaded, lesser lines name every tensor.
    problems = getattr(_loading, "lines", None)
    if level not in ((_WARNING, _ERROR) if problems is None else (_INFO, _WARNING, _ERROR)):
        return
    message = text.decode("utf-8", "replace").strip()
    if problems is not None and level == _ERROR:
        problems.append(message)
    if message:
        log.debug("native", message=message)


_forward = llama.llama_log_callback(_log_line)  # llama.cpp keeps calling it: it must live as long as the process


@functools.cache
def initialise() -> None:
    """Prepare llama.cpp and take over its three logs, once a process."""
    for set_log in (llama.llama_log_set, mtmd.mtmd_helper_log_set, mtmd.mtmd_log_set):
        set_log(_forward, ctypes.c_void_p(0))
    llama.llama_backend_init()


@contextmanager
def load_log() -> Iterator[list[str]]:
    """Log more, and collect the errors, while this thread loads a model."""
    _loading.lines = []
    try:
        yield _loading.lines
    finally:
        del _loading.lines


def reason(problems: Sequence[str]) -> str:
    """The last error, for people."""
    return problems[-1] if problems else "it gives no reason"
