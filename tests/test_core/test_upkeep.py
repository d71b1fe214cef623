"""What is done in the background: expiry in small steps, and scrubbing until it is done."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.exports import Exporter
from bot.messages import ChatKey
from bot.people import DAY
from bot.records import Expired
from bot.upkeep import Keeping, Upkeep
from conversations.sqlite import SqliteStore
from tests.contracts.stores import CHAT, OTHER, Clock, converse, deliver, picture, texts
from tests.contracts.traces import traces
from tests.waiting import until

OLD, SHOT = "canary-old-words-ж", picture(5, 4_000)


@pytest.fixture
def clock() -> Clock:
    return Clock(1000 * DAY)


class Fussy(SqliteStore):
    """A store in which some scrubs do not come to their end."""

    def __init__(self, path: Path, *, clock: Clock) -> None:
        super().__init__(path, clock=clock)
        self.refusals: list[bool | StoreError] = []
        self.scrubs = 0
        self.steps = 0

    async def scrub(self) -> bool:
        self.scrubs += 1
        if self.refusals:
            refusal = self.refusals.pop(0)
            if isinstance(refusal, StoreError):
                raise refusal
            return refusal
        return await super().scrub()

    async def expire(self, turns_before: float, pictures_before: float) -> Expired:
        self.steps += 1
        return await super().expire(turns_before, pictures_before)


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[Fussy]:
    made = Fussy(tmp_path / "looksee.db", clock=clock)
    await made.open()
    yield made
    await made.close()


async def nothing() -> None:
    """Tidy nothing."""


def upkeep(store: Fussy, clock: Clock, keeping: Keeping, forgotten: list[ChatKey]) -> Upkeep:
    exporter = Exporter(store, Path("nowhere"), clock=clock)
    return Upkeep(
        store,
        keeping,
        forget=forgotten.append,
        tidy=exporter.tidy,
        clock=clock,
        first_seconds=0.0,
        round_seconds=0.1,
        step_pause=0.0,
        scrub_pause=0.01,
    )


async def test_what_is_older_than_the_settings_say_goes_and_leaves_no_trace(
    store: Fussy, clock: Clock, tmp_path: Path
) -> None:
    for number in range(90):
        await deliver(store, await converse(store, str(number), OLD, images=(SHOT,)), f"a{number}")
    clock.now += 10 * DAY
    await deliver(store, await converse(store, "new", "new words", chat=OTHER), "b")
    forgotten: list[ChatKey] = []
    running = upkeep(store, clock, Keeping(turns=9), forgotten)
    running.start()
    try:
        # Others' writes go on between the steps.
        for number in range(5):
            await converse(store, f"meanwhile-{number}", "more words", chat=OTHER)

        async def gone() -> bool:
            return not await texts(store) and not traces(tmp_path, [OLD], [SHOT.data])

        await until(gone)
    finally:
        await running.close()
    assert store.steps > 4
    assert set(forgotten) == {CHAT}
    assert (await texts(store, OTHER))[:2] == ["new words", "A form."]


async def test_a_clock_that_jumps_deletes_nothing_for_a_day(store: Fussy, clock: Clock) -> None:
    timer = [0.0]
    await deliver(store, await converse(store, "1"), "a1")
    running = Upkeep(store, Keeping(turns=9), forget=lambda _: None, tidy=nothing, clock=clock, timer=lambda: timer[0])

    def passes(seconds: float) -> None:
        clock.now += seconds
        timer[0] += seconds

    async def expired() -> bool:
        await running._expire()
        return not await texts(store)

    passes(DAY)
    assert not await expired()
    clock.now += 30 * DAY  # set ahead by mistake
    assert not await expired()
    passes(DAY / 2)
    clock.now -= 30 * DAY  # and right again
    assert not await expired()
    for _ in range(4):  # nights in which the machine sleeps
        passes(2 * DAY / 3)
        clock.now += DAY / 3
        assert not await expired()
    passes(5 * DAY)
    assert await expired()


async def test_expiry_that_was_broken_off_goes_on_after_a_restart(store: Fussy, clock: Clock) -> None:
    for number in range(90):
        await deliver(store, await converse(store, str(number)), f"a{number}")
    clock.now += 10 * DAY
    await store.expire(clock.now, 0.0)  # one step, and then the process ends
    assert 0 < len(await texts(store)) < 180
    running = upkeep(store, clock, Keeping(turns=9), [])
    running.start()

    async def gone() -> bool:
        return not await texts(store)

    await until(gone)
    await running.close()


async def test_pictures_can_go_before_their_questions(store: Fussy, clock: Clock, tmp_path: Path) -> None:
    await deliver(store, await converse(store, "1", images=(SHOT,)), "a1")
    clock.now += 3 * DAY
    running = upkeep(store, clock, Keeping(turns=9, pictures=2), [])
    running.start()

    async def gone() -> bool:
        return not await store.images([SHOT.ref]) and not traces(tmp_path, [], [SHOT.data])

    await until(gone)
    await running.close()
    assert await texts(store) == ["What is this?", "A form."]


async def test_without_settings_nothing_goes(store: Fussy, clock: Clock) -> None:
    await deliver(store, await converse(store, "1", images=(SHOT,)), "a1")
    clock.now += 9999 * DAY
    running = upkeep(store, clock, Keeping(), [])
    running.start()

    async def scrubbed() -> bool:
        return store.scrubs > 1

    await until(scrubbed)
    await running.close()
    assert store.steps == 0
    assert len(await texts(store)) == 2


async def test_a_scrub_is_repeated_until_it_is_done(store: Fussy, clock: Clock) -> None:
    store.refusals = [False, StoreError("disk"), False]
    running = upkeep(store, clock, Keeping(), [])
    running._first_seconds = 3600.0
    running.start()
    running.wake()

    async def done() -> bool:
        return store.scrubs == 4

    await until(done)
    await asyncio.sleep(0.1)
    assert store.scrubs == 4
    await running.close()


async def test_exports_are_kept_for_a_week(store: Fussy, clock: Clock, tmp_path: Path) -> None:
    await converse(store, "1")
    exporter = Exporter(store, tmp_path / "exports", clock=clock)
    made = await exporter.export(CHAT)
    assert made is not None
    os.utime(made.path, (clock.now, clock.now))
    clock.now += 6 * DAY
    await exporter.tidy()
    assert await asyncio.to_thread(made.path.exists)
    clock.now += 2 * DAY
    await exporter.tidy()
    assert not await asyncio.to_thread(made.path.exists)
