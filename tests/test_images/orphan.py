"""A bot that is about to be killed: prints its decoders' process ids, then has one of them decode what takes long."""

from __future__ import annotations

import asyncio
import sys

from bot.decoding.pool import Decoders
from tests.test_images.hostile import slow_jpeg
from tests.test_images.samples import DEFAULTS
from tests.waiting import until


async def main() -> None:
    decoders = Decoders(seconds=1.0)
    await decoders.start()
    data = slow_jpeg((6000, 5000), 2000)
    busy = asyncio.create_task(decoders.prepare(data, limits=DEFAULTS))

    async def begun() -> bool:
        return any(process.served for process in decoders._all)

    await until(begun)
    sys.stdout.write(" ".join(str(process.pid) for process in decoders._all) + "\n")
    sys.stdout.flush()
    await busy


if __name__ == "__main__":
    asyncio.run(main())
