"""Pauses that grow, and are not the same for everybody."""

from __future__ import annotations

import asyncio
import itertools

from bot.backoff import Backoff, rest


def test_pauses_double_up_to_the_longest_and_begin_anew() -> None:
    backoff = Backoff(1.0, 5.0)
    for expected in (1.0, 2.0, 4.0, 5.0, 5.0):
        assert expected / 2 <= backoff.next() <= expected
    backoff.reset()
    assert backoff.next() <= 1.0


def test_what_failed_together_does_not_come_again_together() -> None:
    pauses = sorted(Backoff(8.0, 60.0).next() for _ in range(1000))
    assert pauses[-1] - pauses[0] > 3.0
    assert max(later - earlier for earlier, later in itertools.pairwise(pauses)) < 0.2


async def test_a_rest_ends_early() -> None:
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, over.set)
    async with asyncio.timeout(10):
        await rest(3600, over)
        await rest(3600, over)
    await rest(0.01, asyncio.Event())


async def test_a_rest_that_is_cancelled_as_it_ends_is_cancelled() -> None:
    over = asyncio.Event()
    resting = asyncio.create_task(rest(3600, over))
    await asyncio.sleep(0)
    over.set()
    resting.cancel()  # before the one who rests has heard of it
    await asyncio.wait([resting])
    assert resting.cancelled()
