"""Each event delivered four times, in no order and all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import redelivery

EVENTS = 250


@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", redelivery.WAYS)
async def test_what_is_delivered_four_times_is_one_turn(tmp_path: Path, way: redelivery.Way) -> None:
    result = await redelivery.run(tmp_path, way, EVENTS, seed=5)
    assert result.faults == []
    assert (result.turns, result.answers) == (EVENTS, EVENTS)
    assert result.deliveries == redelivery.TIMES * EVENTS
