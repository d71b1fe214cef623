"""Live text, and what remains of it."""

from __future__ import annotations

import asyncio

import pytest

from adapters.pacing import Pacer, Rate
from adapters.slack import pacing
from adapters.slack.adapter import SlackAdapter
from adapters.slack.preview import SlackPreview
from bot.messages import Inbound, Reply, Sender
from bot.spoken import Links
from bot.texts import LOOKING
from tests.contracts.slack_customer import shown
from tests.fakes.slack_server import Fault, SlackServer
from tests.test_slack.conftest import DM, SHOP, USER, chat, outgoing, said


def begin(adapter: SlackAdapter, server: SlackServer, channel: str = DM, *, thread: bool = True) -> SlackPreview:
    root = said(server, "what is this?", channel)["ts"]
    sender = Sender(f"slack:T0TEAM/{USER}")
    inbound = Inbound("message:1", chat(channel, root if thread else ""), sender, text="what is this?")
    return SlackPreview(adapter._api, inbound, Links(), interval=0.0)


def partial(server: SlackServer) -> list[str]:
    return [shown(message) for message in server.messages if message["user"] == server.bot_user]


@pytest.mark.parametrize("channel", [DM, SHOP])
async def test_streams_in_threads(adapter: SlackAdapter, server: SlackServer, channel: str) -> None:
    preview = begin(adapter, server, channel)
    await server.until(lambda: server.statuses)
    assert server.statuses[0]["status"] == LOOKING.en
    preview.show("It says")
    await server.until(lambda: partial(server) == ["It says"])
    preview.show("It says **404**")
    await server.until(lambda: partial(server) == ["It says **404**"])
    slot = await preview.close(keep=True)
    assert await preview.close(keep=True) == slot
    assert not server.message(channel, slot)["streaming"]
    [append] = server.called("chat.appendStream")
    assert append["chunks"] == [{"type": "markdown_text", "text": " **404**"}]
    thread = server.message(channel, slot)["thread_ts"]
    final = outgoing(Reply("It says **404**: not found.", rateable=True), to=chat(channel, thread), slot=slot)
    assert await adapter.send(final) == slot
    assert partial(server) == ["It says **404**: not found."]


async def test_top_level_of_a_direct_message_is_edited(adapter: SlackAdapter, server: SlackServer) -> None:
    preview = begin(adapter, server, thread=False)
    await server.until(lambda: partial(server) == [f"_{LOOKING.en}_"])
    preview.show("It says")
    await server.until(lambda: partial(server) == ["It says"])
    slot = await preview.close(keep=True)
    assert "metadata" in server.message(DM, slot)
    assert server.called("chat.startStream") == []
    assert await adapter.send(outgoing(Reply("It says 404."), slot=slot)) == slot
    assert partial(server) == ["It says 404."]


async def test_dropped_preview_leaves_nothing(adapter: SlackAdapter, server: SlackServer) -> None:
    preview = begin(adapter, server)
    preview.show("It says")
    await server.until(lambda: partial(server))
    assert await preview.close(keep=False) == ""
    assert partial(server) == []
    before = len(server.statuses)
    silent = begin(adapter, server)
    await server.until(lambda: len(server.statuses) > before)
    assert await silent.close(keep=False) == ""
    assert server.statuses[-1]["status"] == ""


@pytest.mark.parametrize("code", ["unknown_method", "channel_type_not_supported", "missing_recipient_user_id"])
async def test_refused_stream_becomes_an_edited_message(adapter: SlackAdapter, server: SlackServer, code: str) -> None:
    server.fail("chat.startStream", Fault(error=code))
    preview = begin(adapter, server, SHOP)
    preview.show("It says")
    await server.until(lambda: partial(server) == ["It says"])
    preview.show("It says 404")
    await server.until(lambda: partial(server) == ["It says 404"])
    assert len(server.called("chat.startStream")) == 1
    assert await preview.close(keep=True)


async def test_expired_stream_is_edited_on(adapter: SlackAdapter, server: SlackServer) -> None:
    preview = begin(adapter, server)
    preview.show("It says")
    await server.until(lambda: partial(server) == ["It says"])
    server.messages[-1]["streaming"] = False
    preview.show("It says 404")
    await server.until(lambda: partial(server) == ["It says 404"])
    assert await preview.close(keep=True) == server.messages[-1]["ts"]


async def test_text_that_changed_is_edited(adapter: SlackAdapter, server: SlackServer) -> None:
    preview = begin(adapter, server)
    preview.show("It says 4")
    await server.until(lambda: partial(server) == ["It says 4"])
    preview.show("It shows 404")
    await server.until(lambda: partial(server) == ["It shows 404"])
    assert await preview.close(keep=True)


GROWING = {
    "to <!channel> all": "to <\u2060!channel> all",
    "to @channel all": "to @\u2060channel all",
    "at https://evil.test/x now": "at https:\u2060//evil.\u2060test/x now",
    "[see here](https://evil.test) now": "[see here]\u2060(https:\u2060//evil.\u2060test) now",
}


@pytest.mark.parametrize("text", GROWING)
async def test_what_grows_is_never_live_and_streams_on(adapter: SlackAdapter, server: SlackServer, text: str) -> None:
    preview = begin(adapter, server)
    for end in range(1, len(text) + 1):
        await preview._update(text[:end])
        assert all(GROWING[text].startswith(shown) for shown in partial(server))
    assert partial(server) == [GROWING[text]]
    assert server.called("chat.update") == []
    await preview.close(keep=True)


async def test_rate_limit_loses_no_text(adapter: SlackAdapter, server: SlackServer) -> None:
    preview = begin(adapter, server)
    preview.show("It")
    await server.until(lambda: partial(server) == ["It"])
    server.fail("chat.appendStream", Fault(status=429, retry_after=0))
    preview.show("It says")
    await server.until(lambda: len(server.called("chat.appendStream")) == 1)
    preview._not_before = 0.0
    preview.show("It says 404")
    await server.until(lambda: partial(server) == ["It says 404"])
    await preview.close(keep=True)


async def test_failing_slack_ends_the_preview_quietly(adapter: SlackAdapter, server: SlackServer) -> None:
    server.fail("assistant.threads.setStatus", Fault(status=500), times=2)
    server.fail("chat.startStream", Fault(drop=True))
    preview = begin(adapter, server)
    preview.show("It says")
    await server.until(lambda: server.called("chat.startStream"))
    assert await preview.close(keep=True) == ""
    assert partial(server) == []


async def test_endless_answer_stays_within_the_limit(adapter: SlackAdapter, server: SlackServer) -> None:
    preview = begin(adapter, server)
    preview.show("word " * 1_000)
    await server.until(lambda: partial(server))
    preview.show("word " * 20_000)
    await server.until(lambda: len(partial(server)[0]) > 11_000)
    assert await preview.close(keep=True)


async def test_live_text_leaves_chat_update_to_answers(adapter: SlackAdapter, server: SlackServer) -> None:
    adapter._api.pacer.updates = Pacer(adapter._api.reach, Rate(pacing._UPDATES_RESERVE + 1, 3600.0))
    preview = begin(adapter, server, thread=False)
    await server.until(lambda: partial(server))
    preview.show("It says")
    await server.until(lambda: partial(server) == ["It says"])
    preview.show("It says 404")
    for _ in range(50):  # steps of the event loop, of which an update would take a few to begin
        await asyncio.sleep(0)
    slot = await preview.close(keep=True)
    assert len(server.called("chat.update")) == 1
    await adapter.send(outgoing(Reply("It says 404."), slot=slot))
    assert partial(server) == ["It says 404."]


async def test_private_answers_have_no_preview(adapter: SlackAdapter, server: SlackServer) -> None:
    inbound = Inbound("command:1", chat(), Sender("slack:T0TEAM/U0CUST"), answer_to="{}")
    preview = adapter.preview(inbound)
    preview.show("secret")
    assert await preview.close(keep=True) == ""
    assert server.statuses == []
    assert server.messages == []


async def test_remarks_in_a_thread_are_its_status(adapter: SlackAdapter, server: SlackServer) -> None:
    preview = begin(adapter, server)
    for remark in ("number 2", "number 1"):
        preview.remark(remark)
        await server.until(lambda remark=remark: server.statuses and server.statuses[-1]["status"] == remark)  # type: ignore[misc]
    preview.show("It says")
    await server.until(lambda: partial(server) == ["It says"])
    preview.remark("too late")
    slot = await preview.close(keep=True)
    assert partial(server) == ["It says"]
    assert server.called("chat.startStream")
    assert slot


async def test_remarks_where_there_is_no_status_stand_in_the_message_to_come(
    adapter: SlackAdapter, server: SlackServer
) -> None:
    server.fail("assistant.threads.setStatus", Fault(error="channel_type_not_supported"), times=9)
    preview = begin(adapter, server, SHOP)
    for text in ("number 2", "number 1"):
        preview.remark(text)
        await server.until(lambda text=text: partial(server) == [f"_{text}_"])  # type: ignore[misc]
    preview.show("It says")
    await server.until(lambda: partial(server) == ["It says"])
    slot = await preview.close(keep=True)
    assert slot == server.messages[-1]["ts"]
    assert server.called("chat.startStream") == []


async def test_remarks_at_the_top_level_of_a_direct_message(adapter: SlackAdapter, server: SlackServer) -> None:
    preview = begin(adapter, server, thread=False)
    preview.remark("number 1")
    await server.until(lambda: partial(server) == ["_number 1_"])
    assert len(server.called("chat.postMessage")) == 1
    assert await preview.close(keep=False) == ""
    assert partial(server) == []
