"""SIGTERM under load."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import stops


@pytest.mark.timeout(900)  # minutes on a machine that is busy with other things
async def test_a_stop_under_load_loses_nothing_repeats_nothing_and_is_soon_over(tmp_path: Path) -> None:
    figures = await stops.run(tmp_path, [None, "silent"])
    assert figures.statuses == [0, 0, 0]
    assert all(figures.open), "there was something left to do at each stop"
    assert figures.verdict.faults == []
    assert figures.verdict.answers > stops.PEOPLE
    # Ten seconds are promised; a busy machine may add to that.
    assert max(figures.seconds) < 30
