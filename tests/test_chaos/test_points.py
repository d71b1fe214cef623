"""Kill -9 at every commit, every message to a platform and every acknowledgement, on every platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import walk

# That no point is overlooked because a hook no longer catches anything.
PASSED = {
    "telegram": {
        "before commit of accept message",
        "after commit of accept message",
        "before commit of commit answer outgoing",
        "after commit of commit answer outgoing",
        "after commit of sending",
        "after request POST /sendMessage",
        "before request POST /getUpdates",
        "after request POST /editMessageText",
        "before response to POST /telegram/webhook",
        "after commit of sending then before commit of ambiguous",
    },
    "slack": {
        "before socket acknowledgement",
        "after commit of accept delete",
        "before scrub of retract",
        "after request POST /api/chat.startStream",
        "after request POST /api/chat.postMessage",
        "after request GET /files-pri/",
        "before response to POST /slack/events",
    },
    "web": {
        "before response to POST /api/messages",
        "after response to POST /api/messages",
        "before event message",
        "after commit of rate",
    },
}


@pytest.mark.timeout(1500)
async def test_a_bot_killed_anywhere_loses_nothing_and_says_nothing_twice(tmp_path: Path) -> None:
    for row, results in zip(walk.ROUTES, await walk.run_rows(tmp_path), strict=True):
        points = {point for result in results for of_step in result.points.values() for point in of_step}
        for route, result in zip(row, results, strict=True):
            assert (str(route), result.faults) == (str(route), [])
            # Some points are passed at a moment of their own, which need not come again in the same step.
            assert len(result.unreached) <= result.kills / 20, f"{route}: {result.unreached}"
            assert result.most_orphans <= 1
        assert PASSED[row[0].platform] - points == set()
