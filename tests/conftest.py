"""Fixtures for all tests."""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog
from blockbuster import BlockBuster, blockbuster_ctx

from bot.demo.placeholder import build_placeholder
from tests.fakes.openai_server import serving

_configure = structlog.configure

# Other work on the machine makes an example take long, and says nothing about it.
hypothesis.settings.register_profile("looksee", deadline=None)
hypothesis.settings.load_profile("looksee")


def _configure_uncached(**options: Any) -> None:
    """A logger that keeps what it was configured with would keep one test's configuration in all later ones."""
    _configure(**{**options, "cache_logger_on_first_use": False})


structlog.configure = _configure_uncached  # type: ignore[assignment]

# Plain tracebacks: structlog's own default reads whole source files for each.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(),
    ]
)


@pytest.fixture(autouse=True)
def _no_blocking_calls() -> Iterator[BlockBuster]:
    """Fail a test in which one of our rooms blocks the event loop."""
    with blockbuster_ctx(["bot", "adapters", "conversations", "prompts"]) as blockbuster:
        # A logged traceback shows source lines.
        blockbuster.functions["os.stat"].can_block_in("linecache.py", {"checkcache", "updatecache"})
        # The port measures without await: with the tokenizer in another process this waits, for a bounded time.
        blockbuster.functions["threading.Lock.acquire"].can_block_in("bot/inference/measuring.py", {"measure"})
        yield blockbuster


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A command that sets logging up, for a stream that is the test's own, does so for its test alone."""
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning
    yield
    sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning = hooks
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def placeholder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two files of an untrained model, whose words are drawn at random."""
    return build_placeholder(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def endless_files(placeholder: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same model, whose answers go on until they are stopped."""
    from tests.models import endless  # which imports the model library; most tests do without

    return endless(placeholder, tmp_path_factory.mktemp("endless"))


@pytest.fixture(scope="session")
def openai_server(endless_files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The API's address of a real OpenAI-compatible server with that model."""
    with serving(endless_files, tmp_path_factory.mktemp("server") / "log") as url:
        yield url
