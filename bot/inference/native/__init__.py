"""llama.cpp and mtmd through the low-level bindings: the sole importer of llama_cpp. Nothing here is asynchronous."""

from bot.inference.native.batch import Floats, Positions, Rows
from bot.inference.native.errors import NativeError, NoRoomError
from bot.inference.native.model import SLICE, NativeModel, State
from bot.inference.native.pictures import Layout, Patch
from bot.inference.native.sampling import Sampler, Sampling
from bot.inference.native.vocabulary import Vocabulary

__all__ = [
    "SLICE",
    "Floats",
    "Layout",
    "NativeError",
    "NativeModel",
    "NoRoomError",
    "Patch",
    "Positions",
    "Rows",
    "Sampler",
    "Sampling",
    "State",
    "Vocabulary",
]
