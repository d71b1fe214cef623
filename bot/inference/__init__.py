"""The model in this process: llama.cpp behind the `VisionModel` port."""

from bot.inference.engine import LlamaEngine
from bot.inference.gate import Gate
from bot.inference.native import Sampling

__all__ = ["Gate", "LlamaEngine", "Sampling"]
