"""Fixtures for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from blockbuster import BlockBuster, blockbuster_ctx

from bot.demo import demo_model

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
        yield blockbuster


@pytest.fixture(scope="session")
def placeholder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The embedded model's two files."""
    made = demo_model(tmp_path_factory.mktemp("model"))
    return made.model, made.mmproj
