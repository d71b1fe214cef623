"""Who is told when the database stops working, and when it works again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.alerts import Alerts
from bot.errors import StoreUnavailableError
from bot.metrics import Metrics
from bot.storewatch import PASSING, StoreWatch
from conversations.sqlite import SqliteStore
from tests.contracts.stores import accept, message
from tests.disk.connection import through
from tests.disk.faults import Fault
from tests.disk.vfs import FULL, Disk, no_fault
from tests.doubles import ListAdapter
from tests.waiting import until


@dataclass
class Watched:
    """A store on a disk that can fail, with an admin who is told of it."""

    disk: Disk
    store: SqliteStore
    watch: StoreWatch
    alerts: Alerts
    platform: ListAdapter
    metrics: Metrics
    now: float = 0.0

    async def fail(self, times: int = 1) -> None:
        for number in range(times):
            with pytest.raises(StoreUnavailableError, match="full"):
                await self.store.accept(message(f"fails {number}"))

    async def told(self, count: int) -> list[str]:
        async def enough() -> bool:
            return len(self.platform.told) >= count

        await until(enough)
        await self.alerts.drain()
        return [text.split()[0] for _, text in self.platform.told]

    async def over(self) -> None:
        async def ended() -> bool:
            return self.watch._outage is None

        await until(ended)


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    platform, metrics = ListAdapter(), Metrics()
    alerts = Alerts({"list": platform}, admins=("list:ann",))
    with Disk(tmp_path) as disk:
        watch = StoreWatch(alerts, metrics, probe_seconds=0.01, settled_seconds=45, timer=lambda: made.now)
        store = SqliteStore(tmp_path / "looksee.db", observer=watch, connect=through(disk))
        await store.open()
        made = Watched(disk, store, watch, alerts, platform, metrics)
        watch.begin(store)
        yield made
        await watch.close()
        await store.close()


async def test_it_is_told_once_that_it_began_and_once_that_it_is_over(watched: Watched) -> None:
    watched.disk.fault = Fault("write", FULL)
    with capture_logs() as logs:
        await watched.fail(20)
        assert await watched.told(1) == ["⚠️"]
        assert "database or disk is full" in watched.watch.problem()
        watched.disk.fault = no_fault

        async def works() -> bool:
            return not watched.watch.problem()

        await until(works)  # found out by the watch itself: nobody writes
        assert await watched.told(1) == ["⚠️"]
        watched.now = 46
        assert await watched.told(2) == ["⚠️", "✅"]
    assert [entry["event"] for entry in logs if entry["event"].startswith("store_")] == [
        "store_unavailable",
        "store_available_again",
    ]
    assert b"looksee_store_failures_total" in watched.metrics.exposition()[0]
    await accept(watched.store, message("works"))


async def test_a_disk_on_which_small_things_succeed_in_between_is_one_outage(watched: Watched) -> None:
    with capture_logs() as logs:
        for _ in range(6):
            watched.disk.fault = Fault("write", FULL)
            await watched.fail(PASSING)
            watched.disk.fault = no_fault
            await watched.store.probe()
            watched.now += 20
        assert await watched.told(1) == ["⚠️"]
        watched.now += 46
        assert await watched.told(2) == ["⚠️", "✅"]
    assert sum(entry["event"] == "store_unavailable" for entry in logs) == 1


async def test_a_single_failure_that_has_passed_is_only_logged(watched: Watched) -> None:
    watched.watch._probe_seconds = 0.5  # until the watch looks, it has passed, on a busy machine too
    with capture_logs() as logs:
        watched.disk.fault = Fault("write", FULL, times=1)
        await watched.fail()
        await watched.store.probe()
        watched.now = 46
        await watched.over()
    assert [entry["event"] for entry in logs if entry["event"].startswith("store_")] == [
        "store_unavailable",
        "store_available_again",
    ]
    assert watched.platform.told == []


async def test_a_second_outage_is_told_of_again(watched: Watched) -> None:
    for number in range(2):
        watched.disk.fault = Fault("write", FULL)
        await watched.fail(PASSING)
        assert len(await watched.told(2 * number + 1)) == 2 * number + 1
        watched.disk.fault = no_fault
        watched.now += 100
        await watched.over()
    assert await watched.told(4) == ["⚠️", "✅"] * 2
