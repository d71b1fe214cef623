"""Fixtures of the model's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.inference.native import NativeModel


@pytest.fixture(scope="session")
def native(placeholder: tuple[Path, Path]) -> Iterator[NativeModel]:
    """The placeholder, loaded on the tests' own thread; nothing in it may be left changed."""
    model = NativeModel(*placeholder, context=4096, sequences=8, gpu_layers=0, threads=1, image_max_tokens=256)
    yield model
    model.close()
