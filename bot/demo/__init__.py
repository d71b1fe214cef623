"""The embedded demo model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.demo.placeholder import placeholder_files
from bot.texts import PLACEHOLDER, Sentence

__all__ = ["DemoModel", "demo_model"]


@dataclass(frozen=True, slots=True)
class DemoModel:
    """The model that answers when none is configured; `notice` is what people should know about it."""

    model: Path
    mmproj: Path
    notice: Sentence


def demo_model(cache: Path) -> DemoModel:
    """The demo model's files, made in `cache` (a folder, created if need be) on first use. Blocking, well under a
    second."""
    model, mmproj = placeholder_files(cache)
    return DemoModel(model, mmproj, PLACEHOLDER)
