"""How much memory a process takes, over time."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

WARM_UP = 1 / 3
"""The share of a run in which pools, caches and the allocator's arenas fill: no slope is taken there."""


def resident(pid: int) -> float:
    """What a process has in memory, in MB. Blocking, for a moment."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


@dataclass
class Memory:
    """Samples of one process: seconds since the first, and MB."""

    samples: list[tuple[float, float]] = field(default_factory=list)

    async def watch(self, pid: int, every: float) -> None:
        """Look until cancelled."""
        began = time.monotonic()
        while True:
            self.samples.append((time.monotonic() - began, resident(pid)))
            await asyncio.sleep(every)

    @property
    def slope(self) -> float:
        """MB an hour after the warm-up, as a straight line through the samples has it."""
        settled = [sample for sample in self.samples if sample[0] >= self.samples[-1][0] * WARM_UP]
        if len(settled) < 3:
            return 0.0
        return statistics.linear_regression(*zip(*settled, strict=True)).slope * 3600

    def __str__(self) -> str:
        sizes = [size for _, size in self.samples]
        return (
            f"{sizes[0]:.0f} MB at first, {sizes[-1]:.0f} at last, {max(sizes):.0f} at most, {self.slope:+.1f} an hour"
        )
