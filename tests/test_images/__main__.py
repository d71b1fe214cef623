"""Measures what hostile pictures take: ``python -m tests.test_images [COUNT [SEED]]``."""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from collections import Counter

from tests.test_images.hostile import bombs, damaged
from tests.test_images.outcomes import Outcomes


def main(count: int = 10_000, seed: int = 4711) -> None:
    """Have `count` damaged files and all bombs decoded, check what became of each, and print the figures."""
    for name, files, at_once in (("damaged files", damaged(count, seed), 2), ("bombs", iter(bombs().items()), 1)):
        outcomes, began = Outcomes(120.0), time.monotonic()
        asyncio.run(outcomes.run(files, at_once))
        outcomes.check()
        kinds = Counter(type(result).__name__ for _, result in outcomes.results)
        print(f"{len(outcomes.results)} {name} in {time.monotonic() - began:.0f} s: {dict(kinds)}")  # noqa: T201
        print(  # noqa: T201
            f"  processes lost: {len(outcomes.lost)}; longest: {outcomes.slowest:.2f} s"
            f"{f' ({outcomes.busiest:.2f} s of a processor)' if at_once == 1 else ''}; at most "
            f"{outcomes.most_resident / 2**20:.0f} MB of memory, {outcomes.most_memory / 2**20:.0f} MB of address space"
        )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"  {used.ru_utime + used.ru_stime:.0f} s of processor time in the processes that decode")  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
