"""Kill -9 at any moment while many people use the bot."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import kills

KILLS = 200


@pytest.mark.timeout(1500)
async def test_bots_killed_at_random_lose_nothing_and_say_nothing_twice(tmp_path: Path) -> None:
    said: list[str] = []
    figures = await kills.run(tmp_path, KILLS, seed=5, say=said.append)
    assert figures.faults == [], "\n".join(said)
    assert figures.kills == KILLS
    assert figures.answers > kills.PEOPLE  # people were being answered all the time
    assert len(figures.recoveries) == KILLS
