"""The engine beside the stock way of llama-cpp-python, on the same model, in one run."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any, Protocol

from bot.bench.bound import Bound
from bot.bench.figures import Report, Row
from bot.bench.latency import Roomy, Tight
from bot.bench.load import Busy, Cancelling, Decoding
from bot.bench.setup import Setup, our_side, stock_side
from bot.bench.waiting import Waiting

Say = Callable[[str], None]


class Scene(Protocol):
    """A part of the benchmark."""

    @property
    def rows(self) -> list[Row]:
        """What came out."""
        ...

    async def repeat(self, number: int) -> None:
        """Measure once more, on both sides."""
        ...


async def measure(setup: Setup, say: Say) -> Report:
    """Measure everything; minutes to hours. `say` is told what goes on and what came out. Raises ModelFileError."""
    speed = setup.bandwidth * 1e9
    bound = await asyncio.to_thread(Bound.of, setup.model, speed) if speed else None
    async with stock_side(setup) as stock:
        async with our_side(setup, setup.roomy) as ours:
            alone = await _run("one chat after the other", Roomy(setup, ours, stock), setup.repeats, say)
            cancelling = await _run("cancelling", Cancelling(setup, ours), setup.repeats, say)
            waiting = await _run("waiting", Waiting(setup, ours), setup.repeats, say)
        driven_out: list[Row] = []
        for how, parks, at_least in (("parked", True, 30), ("from embeddings", False, 4)):
            async with our_side(setup, setup.tight, parks=parks) as ours:
                driven_out += await _run(how, Tight(setup, ours, stock, how, at_least), setup.repeats, say)
        async with our_side(setup, setup.roomy) as ours:
            busy = await _run("eight busy chats", Busy(setup, ours, stock), setup.workloads, say)
            # Its chats stay: nothing else is to be measured beside them.
            decoding = await _run("decoding together", Decoding(setup, ours, stock, bound), setup.workloads, say)
    rows = [*alone, *driven_out, *busy, *decoding, *waiting, *cancelling]
    return Report(await asyncio.to_thread(_conditions, setup), rows)


async def _run(name: str, scene: Scene, repeats: int, say: Say) -> Sequence[Row]:
    for number in range(repeats):
        say(f"{name}: {number + 1} of {repeats}")
        await scene.repeat(number)
    for row in scene.rows:  # who has to stop it in the middle has seen something
        say("  " + " | ".join(row.cells()))
    return scene.rows


def _conditions(setup: Setup) -> dict[str, Any]:
    """What the figures depend on."""
    width, height = setup.picture
    return {
        "model": ", ".join(f"{path.name} ({path.stat().st_size / 1e6:.0f} MB)" for path in (setup.model, setup.mmproj)),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
        "python": platform.python_version(),
        "llama-cpp-python": version("llama-cpp-python"),
        "threads": setup.threads,
        "context": f"{setup.roomy} tokens; {setup.tight} where chats are to be driven out",
        "screenshot": f"{width} x {height} pixels",
        "answers": f"{setup.tokens} tokens, greedy; {setup.long_tokens} where decoding is timed",
        "repeats": f"{setup.repeats}; {setup.workloads} of the eight busy chats and of decoding"
        + ("" if setup.repeats >= 10 else " (fewer than 10: a quick look)"),
    }
