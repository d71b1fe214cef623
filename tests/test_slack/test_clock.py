"""A machine whose clock is not Slack's."""

from __future__ import annotations

import time

import pytest
from structlog.testing import capture_logs

from adapters.slack import connection, signature
from adapters.slack.adapter import SlackAdapter
from adapters.slack.clock import SlackClock
from bot.errors import AmbiguousDeliveryError
from bot.messages import Reply
from tests.fakes.slack_server import Fault, SlackServer
from tests.test_slack.conftest import Connect, RecordingIntake, outgoing, said
from tests.waiting import until

DAY = 86_400.0


def set_clock(adapter: SlackAdapter, ahead: float) -> None:
    """Set this machine's clock, as far as Slack is concerned; the server's stays."""
    adapter._api.clock._wall = lambda: time.time() + ahead


def test_slacks_clock_goes_on_whatever_becomes_of_this_one() -> None:
    wall, timer = [1_700_000_000.0], [10.0]
    clock = SlackClock(wall=lambda: wall[0], timer=lambda: timer[0])
    assert (clock.now(), clock.problem()) == (1_700_000_000.0, "")
    clock.heard("Tue, 14 Nov 2023 22:13:20 GMT")  # the same time
    timer[0] += 60
    wall[0] += 60 - DAY
    assert clock.now() == 1_700_000_060.0
    assert clock.off == -DAY
    assert "1440 minutes behind Slack's" in clock.problem()
    wall[0] += 2 * DAY
    assert "1440 minutes ahead of Slack's" in clock.problem()
    for nonsense in ("", "yesterday"):
        clock.heard(nonsense)
    assert clock.now() == 1_700_000_060.0


@pytest.mark.parametrize("ahead", [DAY, -DAY])
async def test_a_clock_that_refuses_all_that_slack_sends_is_told_of(
    connect: Connect, server: SlackServer, intake: RecordingIntake, monkeypatch: pytest.MonkeyPatch, ahead: float
) -> None:
    monkeypatch.setattr(connection, "_CHECK_SECONDS", 0.02)
    adapter = await connect("http")
    event = {"type": "event_callback", "team_id": server.team, "event": said(server, "hello")}
    with capture_logs() as logs:
        set_clock(adapter, ahead)
        assert await server.post("events_api", event) == 401
        assert await server.post("events_api", event) == 401
        assert "this machine's clock is 1440 minutes" in adapter.problem()

        async def told() -> bool:
            return any(entry["event"] == "clock_is_wrong" for entry in logs)

        await until(told)
        set_clock(adapter, 0)
        assert await server.post("events_api", event) == 200
        assert adapter.problem() == ""

        async def right() -> bool:
            return any(entry["event"] == "clock_is_right_again" for entry in logs)

        await until(right)
    assert intake.attempts == 1
    names = [entry["event"] for entry in logs]
    assert [names.count(name) for name in ("clock_is_wrong", "slack_request_too_old_or_new")] == [1, 1]


async def test_an_old_request_with_a_right_clock_is_no_problem_of_the_service(
    connect: Connect, server: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = await connect("http")
    event = {"type": "event_callback", "team_id": server.team, "event": said(server, "hello")}
    with capture_logs() as logs:
        assert await server.post("events_api", event, age=600, secret="not theirs") == 401
        assert not logs
        assert await server.post("events_api", event, age=600) == 401
        monkeypatch.setattr(signature, "_TELL_SECONDS", 0)
        assert await server.post("events_api", event, age=600) == 401
    assert [(entry["event"], entry["clock"]) for entry in logs] == [("slack_request_too_old_or_new", "as Slack's")] * 2
    assert adapter.problem() == ""


async def test_a_socket_needs_no_clock(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = await connect("socket")
    set_clock(adapter, DAY)
    assert adapter.problem() == ""


@pytest.mark.parametrize("ahead", [DAY, -DAY])
async def test_what_was_posted_is_found_whatever_the_clock_says(
    adapter: SlackAdapter, server: SlackServer, monkeypatch: pytest.MonkeyPatch, ahead: float
) -> None:
    """Looked for from a time on that is to come, it would not be there, and would be posted once more."""
    item = outgoing(Reply("fine"), number=7)
    set_clock(adapter, ahead)
    server.fail("chat.postMessage", Fault(drop=True, done=True))
    with pytest.raises(AmbiguousDeliveryError):
        await adapter.send(item)
    assert await adapter.find(item) is not None
    (looked,) = server.called("conversations.history")
    assert abs(float(looked["oldest"]) - time.time()) < 600
