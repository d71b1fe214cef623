"""Waiting for something that no event tells of."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], Awaitable[object]], *, within: float = 30.0, every: float = 0.01) -> None:
    """Return once `condition` holds, which is tried every so many seconds; TimeoutError if it does not `within` so
    many."""
    async with asyncio.timeout(within):
        while not await condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(every)
