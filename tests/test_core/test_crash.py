"""Kill -9 at every stage of a turn, and the next start."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

from bot.messages import Backlog
from bot.settings import Settings
from bot.texts import MAYBE_LOST
from tests.doubles import ScriptedModel
from tests.test_core.conftest import Bench
from tests.test_core.crashing import CHAT, POINTS, QUESTION, FilePlatform
from tests.waiting import until

ROOT = Path(__file__).parents[2]


async def kill(folder: Path) -> None:
    """Leave in `folder` what killed processes leave."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.test_core.crashing", str(folder), cwd=ROOT
    )
    try:
        async with asyncio.timeout(90):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def next_start(folder: Path, *, tells: bool) -> tuple[list[str], Backlog]:
    """What the customer has, and what is left, once the next process has nothing more to do."""
    platform = FilePlatform(folder / "messages", tells=tells)
    bench = Bench(folder / "looksee.db", Settings(_env_file=None), ScriptedModel(), platform)
    await bench.start()

    async def done() -> bool:
        backlog = await bench.store.backlog()
        return backlog.inbox == backlog.outbox == 0

    try:
        await until(done)
        assert not await bench.core.intake.receive(QUESTION)  # the platform delivers it again
        assert [turn.text for turn in await bench.store.history(CHAT)] == ["what is this?", "fine"]
        return [text for _, text in await asyncio.to_thread(platform.arrived)], await bench.store.backlog()
    finally:
        await bench.stop()


async def test_kill_9_loses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    await kill(tmp_path)
    for point in POINTS:
        folder = tmp_path / point
        blind = tmp_path / f"{point} blind"
        shutil.copytree(folder, blind)
        assert (point, await next_start(folder, tells=True)) == (point, (["fine"], Backlog()))
        # Where the platform cannot tell, an answer in doubt is not repeated, and the customer is told.
        notice = MAYBE_LOST.say("en", prefix="/")
        expected = {"sending": [notice], "sent": ["fine", notice]}.get(point, ["fine"])
        doubtful = Backlog(ambiguous=1) if notice in expected else Backlog()
        assert (point, await next_start(blind, tells=False)) == (point, (expected, doubtful))
