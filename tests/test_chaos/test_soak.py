"""A short soak; ``make chaos`` has the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import soak

PLAN = soak.Plan(chats=60, seconds=20, interval=5, partitions=3)


@pytest.mark.timeout(900)  # minutes on a machine that is busy with other things
async def test_faults_and_partitions_lose_nothing_repeat_nothing_and_keep_the_order(tmp_path: Path) -> None:
    said: list[str] = []
    figures = await soak.run(tmp_path, PLAN, 20_261_127, said.append)
    assert (figures.faults, said) == ([], [])
    assert figures.questions > PLAN.chats * 2
    assert figures.answers + figures.ambiguous >= figures.questions
    assert figures.partitions == PLAN.partitions
    assert figures.drawn.total() > 5
    # What goes out in time can arrive in a heap where the machine is busy; `test_pacing` counts without a machine.
    assert figures.refused <= figures.questions / 20
    assert figures.memory.samples[-1][1] < figures.memory.samples[0][1] + 50
