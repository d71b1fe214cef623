"""The conditions of a run, the same for both sides, and the sides themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.bench.parties import Ours, Stock, Witness
from bot.bench.scenes import Conversation, screenshot
from bot.inference.engine import LlamaEngine
from bot.inference.gate import Gate
from bot.inference.native import Sampling
from bot.inference.native.stock import StockModel
from bot.inference.watch import Watch

OTHERS = 8
"""Other chats, wherever there are others."""
MEGABYTE = 1_000_000
TOKEN_PIXELS = 32 * 32
FEW_WORDS, MANY_WORDS = 64, 512
"""Tokens that the words of a chat stay above when its first question is answered, and below at its end."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What is measured with what.

    `threads` is of both sides; `gpu_layers` -1: all. `picture` is a screenshot's size in pixels. `repeats` is how often
    each comparison is made, `workloads` how often those are that take many answers. `tokens` is an answer's length,
    `long_tokens` that of the answers that decoding is timed on; `together` are the numbers of chats that do so at the
    same time. `parked_megabytes` and `embeddings_megabytes` bound what the engine keeps in the host's memory.
    `bandwidth` is of the memory that the weights are in, in GB/s; 0: not known.
    """

    model: Path
    mmproj: Path
    threads: int
    gpu_layers: int = -1
    picture: tuple[int, int] = (1024, 768)
    repeats: int = 10
    workloads: int = 10
    tokens: int = 32
    long_tokens: int = 128
    together: tuple[int, ...] = (1, 2, 4, 8)
    parked_megabytes: int = 8_000
    embeddings_megabytes: int = 8_000
    bandwidth: float = 0.0

    @property
    def roomy(self) -> int:
        """Tokens of a context that holds every chat that is there at one time."""
        return (OTHERS + 4) * (self._picture_tokens + MANY_WORDS) + sum(self.together) * self.long_tokens

    @property
    def tight(self) -> int:
        """Tokens of a context that holds about half of the chats that come one after the other."""
        return OTHERS // 2 * (self._picture_tokens + FEW_WORDS + self.tokens)

    @property
    def _picture_tokens(self) -> int:
        width, height = self.picture
        return width * height // TOKEN_PIXELS


@asynccontextmanager
async def our_side(setup: Setup, context: int, *, parks: bool = True) -> AsyncIterator[Ours]:
    """The engine, loaded, with a context of `context` tokens. `parks`: chats that do not fit it are parked."""
    witness = Witness()
    model = LlamaEngine(
        model_path=setup.model,
        mmproj_path=setup.mmproj,
        context=context,
        gpu_layers=setup.gpu_layers,
        threads=setup.threads,
        image_max_tokens=4096,
        sampling=Sampling(temperature=0),
        gate=Gate(witness.step),
        watch=Watch(count=witness.count),
        parallel=max(OTHERS, *setup.together),
        parked_bytes=setup.parked_megabytes * MEGABYTE if parks else 0,
        embeddings_bytes=setup.embeddings_megabytes * MEGABYTE,
    )
    await model.load()
    try:
        yield Ours(model, witness)
    finally:
        await model.close()


@asynccontextmanager
async def stock_side(setup: Setup) -> AsyncIterator[Stock]:
    """The stock way, loaded and warmed up."""
    model = await asyncio.to_thread(
        StockModel,
        setup.model,
        setup.mmproj,
        context=setup.roomy,
        gpu_layers=setup.gpu_layers,
        threads=setup.threads,
    )
    try:
        stock = Stock(model)
        dummy = Conversation("")
        dummy.asks("?", screenshot(0, (64, 64)))
        await stock.ask("", dummy.messages, 2)  # reads the vision part, and pays for what only the first answer pays
        yield stock
    finally:
        await asyncio.to_thread(model.close)
