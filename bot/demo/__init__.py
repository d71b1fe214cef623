"""The embedded demo model: two GGUF files, and their card (README.md)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.texts import DEMO, Sentence

__all__ = ["DEMO_MODEL", "DemoModel"]


@dataclass(frozen=True, slots=True)
class DemoModel:
    """The model that answers when none is configured; `notice` is what people should know about it."""

    model: Path
    mmproj: Path
    notice: Sentence


_HERE: Final = Path(__file__).parent
DEMO_MODEL: Final = DemoModel(_HERE / "looksee-demo.gguf", _HERE / "looksee-demo-mmproj.gguf", DEMO)
