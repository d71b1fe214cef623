"""llama.cpp and mtmd through the low-level bindings: the sole importer of llama_cpp. Nothing here is asynchronous."""

from bot.inference.native.chunks import Bitmap, Chunk, NativeError
from bot.inference.native.model import SLICE, NativeModel
from bot.inference.native.sampling import Sampling
from bot.inference.native.vocabulary import Vocabulary

__all__ = ["SLICE", "Bitmap", "Chunk", "NativeError", "NativeModel", "Sampling", "Vocabulary"]
