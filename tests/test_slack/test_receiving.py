"""What Slack reports reaches the inbox once, and is acknowledged only then."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any, Literal

import pytest

from adapters.slack import connection
from adapters.slack.adapter import SlackAdapter
from adapters.slack.receiver import MAX_BODY
from bot.errors import ConfigurationError
from bot.messages import ChatKey, Kind
from tests.fakes.slack_server import Fault, SlackServer
from tests.fakes.wire import Wire
from tests.test_slack.conftest import DM, SHOP, USER, Connect, RecordingIntake, chat, said

Mode = Literal["socket", "http"]
both_modes = pytest.mark.parametrize("mode", ["socket", "http"])


@both_modes
async def test_message_is_committed_before_it_is_acknowledged(
    mode: Mode, connect: Connect, server: SlackServer, intake: RecordingIntake
) -> None:
    await connect(mode)
    intake.gate.clear()
    delivering = asyncio.create_task(server.deliver_event(said(server, "hello")))
    await server.until(lambda: intake.attempts)
    assert not any(delivery.acked for delivery in server.deliveries)
    intake.gate.set()
    delivery = await delivering
    await server.until(lambda: delivery.acked)
    assert [inbound.text for inbound in intake.received] == ["hello"]


@both_modes
async def test_what_could_not_be_committed_is_reported_again(
    mode: Mode, connect: Connect, server: SlackServer, intake: RecordingIntake
) -> None:
    await connect(mode)
    intake.failures = 1
    delivery = await server.deliver_event(said(server, "hello"))
    await server.until(lambda: intake.attempts == 1)
    second = await server.deliver_event(said(server, "second"))
    await server.until(lambda: second.acked)
    assert not delivery.acked
    await server.attempt(delivery)
    await server.until(lambda: delivery.acked)
    assert [inbound.text for inbound in intake.received] == ["second", "hello"]
    if mode == "http":
        assert delivery.statuses == [500, 200]


@both_modes
async def test_four_deliveries_are_one_message(
    mode: Mode, connect: Connect, server: SlackServer, intake: RecordingIntake
) -> None:
    await connect(mode)
    delivery = await server.deliver_event(said(server, "hello"))
    for _ in range(3):
        await server.until(lambda: delivery.acked)
        delivery.acked = False
        await server.attempt(delivery)
    await server.until(lambda: delivery.acked and intake.attempts == 4)
    assert [inbound.text for inbound in intake.received] == ["hello"]


@both_modes
async def test_mention_reported_in_both_forms_is_one_question(
    mode: Mode, connect: Connect, server: SlackServer, intake: RecordingIntake
) -> None:
    await connect(mode)
    event = said(server, "<@U0BOT> what is this?", SHOP)
    mention = {**event, "type": "app_mention"}
    del mention["channel_type"]
    first, second = await server.deliver_event(event), await server.deliver_event(mention)
    await server.until(lambda: first.acked and second.acked and intake.attempts == 2)
    [question] = intake.received
    assert question.text == "what is this?"
    assert question.chat == chat(SHOP, event["ts"])


@both_modes
async def test_events_that_nobody_handles_are_acknowledged(
    mode: Mode, connect: Connect, server: SlackServer, intake: RecordingIntake
) -> None:
    await connect(mode)
    joined = {"type": "message", "subtype": "channel_join", "channel": SHOP, "user": USER, "ts": "1.2"}
    deliveries = [
        await server.deliver_event({"type": "file_shared", "file_id": "F1", "event_ts": "1.2"}),
        await server.deliver_event(joined),
        await server.deliver("interactive", {"type": "shortcut", "callback_id": "x", "team": {}, "user": {"id": USER}}),
        await server.deliver("interactive", {"type": "block_actions", "actions": [{"action_id": "x"}], "team": {}}),
    ]
    await server.until(lambda: all(delivery.acked for delivery in deliveries))
    assert intake.received == []


async def test_bots_own_messages_are_ignored(
    adapter: SlackAdapter, server: SlackServer, intake: RecordingIntake
) -> None:
    own = said(server, "I am the bot", user=server.bot_user, bot_id=server.bot_id)
    other = said(server, "I am another bot", user="U0OTHER", bot_id="B0OTHER", subtype="bot_message")
    deliveries = [await server.deliver_event(own), await server.deliver_event(other)]
    await server.until(lambda: all(delivery.acked for delivery in deliveries))
    assert intake.received == []


@both_modes
async def test_slash_command(mode: Mode, connect: Connect, server: SlackServer, intake: RecordingIntake) -> None:
    await connect(mode)
    payload = {
        "command": "/looksee",
        "text": "status now",
        "channel_id": DM,
        "user_id": USER,
        "team_id": server.team,
        "trigger_id": "1.2",
        "response_url": f"{server.url}/commands/1",
        "user_name": "customer",
    }
    delivery = await server.deliver("slash_commands", payload)
    await server.until(lambda: delivery.acked)
    [command] = intake.received
    assert (command.kind, command.command, command.text) == (Kind.COMMAND, "status", "now")
    assert command.sender.key == "slack:T0TEAM/U0CUST"
    assert command.answer_to


@both_modes
async def test_feedback_button(mode: Mode, connect: Connect, server: SlackServer, intake: RecordingIntake) -> None:
    await connect(mode)
    delivery = await server.deliver("interactive", press(server, "down"))
    await server.until(lambda: delivery.acked)
    [feedback] = intake.received
    assert (feedback.kind, feedback.rating, feedback.message_id) == (Kind.FEEDBACK, -1, "5.5")


def press(server: SlackServer, value: str) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": USER, "team_id": server.team},
        "team": {"id": server.team},
        "channel": {"id": DM},
        "container": {"type": "message", "message_ts": "5.5", "channel_id": DM},
        "message": {"ts": "5.5", "user": server.bot_user},
        "actions": [
            {"type": "feedback_buttons", "action_id": "looksee_feedback", "value": value, "action_ts": "6.6"},
        ],
    }


async def test_thread_is_followed_where_the_bot_takes_part(
    adapter: SlackAdapter, server: SlackServer, intake: RecordingIntake, known: set[ChatKey]
) -> None:
    root = said(server, "good morning", SHOP)
    known.add(chat(SHOP, root["ts"]))
    deliveries = [
        await server.deliver_event(root),
        await server.deliver_event(said(server, "and this?", SHOP, root["ts"])),
        await server.deliver_event(said(server, "<@U0ANNA> can you look?", SHOP, root["ts"])),
        await server.deliver_event(said(server, "unrelated", SHOP, "1.000001")),
    ]
    await server.until(lambda: all(delivery.acked for delivery in deliveries))
    assert [inbound.text for inbound in intake.received] == ["and this?"]


async def test_second_message_before_the_first_answer_counts(
    adapter: SlackAdapter, server: SlackServer, intake: RecordingIntake
) -> None:
    root = said(server, "<@U0BOT> what is this?", SHOP)
    first = await server.deliver_event(root)
    second = await server.deliver_event(said(server, "the red one", SHOP, root["ts"]))
    await server.until(lambda: first.acked and second.acked)
    assert [inbound.text for inbound in intake.received] == ["what is this?", "the red one"]


async def test_greeting_goes_to_newcomers_only(
    adapter: SlackAdapter, server: SlackServer, intake: RecordingIntake, known: set[ChatKey]
) -> None:
    opened = {"type": "app_home_opened", "user": USER, "channel": DM, "tab": "messages", "event_ts": "1.1"}
    for event_ts in ("1.1", "2.2"):
        await server.deliver_event({**opened, "event_ts": event_ts})
        await server.until(lambda: server.deliveries[-1].acked)
    assert [inbound.command for inbound in intake.received] == ["start"]
    known.add(chat("D0OLD"))
    delivery = await server.deliver_event({**opened, "channel": "D0OLD"})
    await server.until(lambda: delivery.acked)
    assert len(intake.received) == 1


async def test_stale_and_forged_deliveries_are_refused(
    connect: Connect, server: SlackServer, intake: RecordingIntake
) -> None:
    await connect("http")
    event = {"type": "event_callback", "team_id": server.team, "event": said(server, "hello")}
    assert await server.post("events_api", event, secret="somebody else's secret") == 401
    assert await server.post("events_api", event, secret="") == 401
    assert await server.post("events_api", event, age=600) == 401
    assert await server.post_raw(json.dumps(event).encode(), {"Content-Type": "application/json"}) == 401
    assert intake.attempts == 0
    assert await server.post("events_api", event) == 200
    assert intake.attempts == 1


@pytest.mark.parametrize("kind", ["events_api", "slash_commands", "interactive"])
async def test_whatever_is_wrong_with_a_signature_nothing_is_taken(
    connect: Connect,
    server: SlackServer,
    intake: RecordingIntake,
    kind: str,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level("DEBUG")
    await connect("http")
    payload: dict[str, Any] = {"type": "event_callback", "team_id": server.team, "event": said(server, "hello")}
    if kind == "slash_commands":
        payload = {
            "command": "/looksee",
            "text": "ban telegram:5",
            "channel_id": DM,
            "user_id": USER,
            "trigger_id": "1",
        }
    if kind == "interactive":
        payload = press(server, "up")
    body, right = server.signed(kind, payload)
    digest, stamp = right["X-Slack-Signature"], right["X-Slack-Request-Timestamp"]
    wrong: list[dict[str, str]] = [
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": digest.removeprefix("v0=")},
        {"X-Slack-Signature": digest.replace("v0=", "v1=")},
        {"X-Slack-Signature": digest[:-1]},
        {"X-Slack-Signature": digest + "0"},
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": str(int(stamp) + 1)},
        {"X-Slack-Request-Timestamp": "now"},
        {"X-Slack-Request-Timestamp": f"{stamp}.0"},
        {"X-Slack-Request-Timestamp": f"+{stamp}"},
        {"X-Slack-Request-Timestamp": "9" * 4000},
        server.signed(kind, payload, secret="")[1],
        server.signed(kind, payload, secret=" ")[1],
        server.signed(kind, payload, age=301)[1],
        server.signed(kind, payload, age=-310)[1],
        server.signed(kind, payload, age=10**9)[1],
    ]
    for headers in wrong:
        assert (headers, await server.post_raw(body, right | headers)) == (headers, 401)
    for missing in ("X-Slack-Signature", "X-Slack-Request-Timestamp"):
        rest = {name: value for name, value in right.items() if name != missing}
        assert (missing, await server.post_raw(body, rest)) == (missing, 401)
    assert await server.post_raw(body + b" ", right) == 401
    assert intake.attempts == 0
    logged = caplog.text + capsys.readouterr().out
    assert logged.count("slack_request_too_old_or_new") == 1
    assert not any(words in logged for words in ("hello", "telegram", "block_actions"))
    assert await server.post_raw(body, right) == 200
    assert intake.attempts == 1


async def test_url_verification_is_answered(connect: Connect, server: SlackServer) -> None:
    await connect("http")
    assert await server.post("events_api", {"type": "url_verification", "challenge": "abc", "token": "x"}) == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"x" * (MAX_BODY + 1), 413), (b"{", 400), (b"[]", 400), (b"\xff\xfe", 400), (b"[" * 100_000, 400), (b"", 200)],
)
async def test_hostile_bodies_are_refused(
    connect: Connect, server: SlackServer, intake: RecordingIntake, body: bytes, status: int
) -> None:
    await connect("http")
    stranger = 413 if status == 413 else 401
    assert await server.post_raw(body, {"Content-Type": "application/json"}) == stranger
    assert await server.post_raw(body, server.sign(body) | {"Content-Type": "application/json"}) == status
    assert intake.attempts == 0


def test_blank_secrets_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="LOOKSEE_SLACK__SIGNING_SECRET"):
        SlackAdapter(bot_token="xoxb-1", mode="http", signing_secret=" ")
    with pytest.raises(ConfigurationError, match="LOOKSEE_SLACK__APP_TOKEN"):
        SlackAdapter(bot_token="xoxb-1", mode="socket")


@pytest.mark.parametrize("refused", ["BOT_TOKEN", "APP_TOKEN"])
async def test_refused_tokens_stop_the_start(server: SlackServer, intake: RecordingIntake, refused: str) -> None:
    tokens = {"BOT_TOKEN": server.bot_token, "APP_TOKEN": server.app_token} | {refused: "xoxb-wrong"}
    adapter = SlackAdapter(bot_token=tokens["BOT_TOKEN"], app_token=tokens["APP_TOKEN"], api_base=server.api_base)
    with pytest.raises(ConfigurationError, match=f"LOOKSEE_SLACK__{refused}.*invalid_auth"):
        await adapter.start(intake)
    await adapter.close()


async def test_unreachable_slack_does_not_stop_the_service(
    connect: Connect, server: SlackServer, intake: RecordingIntake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_CHECK_SECONDS", 0.01)
    server.fail("auth.test", Fault(status=503))
    server.fail("apps.connections.open", Fault(drop=True))
    adapter = await connect("socket")
    delivery = await server.deliver_event(said(server, "hello"))
    await server.until(lambda: delivery.acked)
    assert adapter.problem() == ""


async def test_problem_says_since_when(server: SlackServer, intake: RecordingIntake) -> None:
    server.fail("auth.test", Fault(status=503))
    adapter = SlackAdapter(bot_token=server.bot_token, app_token=server.app_token, api_base=server.api_base)
    await adapter.start(intake)
    assert adapter.problem().startswith("Slack: socket not connected since ")
    await adapter.close()
    await adapter.close()


async def test_unacknowledged_messages_come_again_after_a_reconnect(
    adapter: SlackAdapter, server: SlackServer, intake: RecordingIntake
) -> None:
    intake.failures = 1
    delivery = await server.deliver_event(said(server, "hello"))
    await server.until(lambda: intake.attempts == 1 and not intake.failures)
    await server.disconnect()
    await server.until(lambda: server.opened == 2 and delivery.acked)
    assert [inbound.text for inbound in intake.received] == ["hello"]


async def test_broken_socket_is_replaced(
    adapter: SlackAdapter, server: SlackServer, intake: RecordingIntake, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server.disconnect(politely=False)
    await server.until(lambda: server.opened == 2)
    delivery = await server.deliver_event(said(server, "still there?"))
    await server.until(lambda: delivery.acked)
    assert [inbound.text for inbound in intake.received] == ["still there?"]


@both_modes
async def test_stop_finishes_what_was_received(
    mode: Mode, connect: Connect, server: SlackServer, intake: RecordingIntake
) -> None:
    adapter = await connect(mode)
    intake.gate.clear()
    delivering = asyncio.create_task(server.deliver_event(said(server, "hello")))
    await server.until(lambda: intake.attempts)
    stopping = asyncio.create_task(adapter.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    intake.gate.set()
    await stopping
    delivery = await delivering
    await server.until(lambda: delivery.acked)
    assert [inbound.text for inbound in intake.received] == ["hello"]
    if mode == "http":
        later = await server.deliver_event(said(server, "too late"))
        assert later.statuses == [503]


async def test_acknowledgement_that_finds_its_socket_closed_is_no_error(
    adapter: SlackAdapter, server: SlackServer, intake: RecordingIntake, caplog: pytest.LogCaptureFixture
) -> None:
    intake.gate.clear()
    delivery = await server.deliver_event(said(server, "hello"))
    await server.until(lambda: intake.attempts)
    await server.disconnect(politely=False)
    await server.until(lambda: not server.sockets)
    intake.gate.set()
    await server.until(lambda: server.sockets and delivery.acked)
    assert [inbound.text for inbound in intake.received] == ["hello"]
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_stop_waits_for_no_goodbye_from_a_network_that_is_cut(
    server: SlackServer, intake: RecordingIntake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_CLOSE_SECONDS", 0.1)
    wire = Wire()
    await wire.start(int(server.url.rpartition(":")[2]))
    server.url = f"http://127.0.0.1:{wire.port}"
    adapter = SlackAdapter(bot_token=server.bot_token, app_token=server.app_token, api_base=server.api_base)
    await adapter.start(intake)
    await server.until(lambda: server.sockets)
    wire.cut("silent")
    async with asyncio.timeout(8):  # the socket itself would wait for ten
        await adapter.close()
    await wire.stop()


async def test_inbox_keeps_the_order_of_arrival(
    adapter: SlackAdapter, server: SlackServer, intake: RecordingIntake
) -> None:
    intake.gate.clear()
    command = {"channel_id": DM, "user_id": USER, "trigger_id": "1.2", "command": "/looksee", "text": "new"}
    first = await server.deliver("slash_commands", command)
    second = await server.deliver_event(said(server, "new matter"))
    await server.until(lambda: intake.attempts)
    intake.gate.set()
    await server.until(lambda: first.acked and second.acked)
    assert [inbound.command or inbound.text for inbound in intake.received] == ["new", "new matter"]
    assert intake.attempts == 2
