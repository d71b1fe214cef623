"""What leaves the outbox arrives once, whatever Slack does."""

from __future__ import annotations

import json
from dataclasses import replace

import aiohttp
import pytest

from adapters.slack import api
from adapters.slack.adapter import SlackAdapter
from bot.errors import AmbiguousDeliveryError, RetryLaterError, SlotGoneError, ThreadGoneError, UndeliverableError
from bot.messages import Button, Outgoing, Reply
from tests.fakes.slack_person import Person, labels, shown
from tests.fakes.slack_server import Fault, SlackServer
from tests.test_slack.conftest import DESK, DM, SHOP, USER, RecordingIntake, chat, outgoing, said


async def test_post_carries_metadata_and_unfurls_nothing(adapter: SlackAdapter, server: SlackServer) -> None:
    ts = await adapter.send(outgoing(Reply("**Hello**", rateable=True), number=7))
    message = server.message(DM, ts)
    assert message["metadata"]["event_type"] == "looksee_message"
    assert message["metadata"]["event_payload"]["outbox_id"] == "7"
    assert "thread_ts" not in message
    [call] = server.called("chat.postMessage")
    assert call["unfurl_links"] is False
    assert call["unfurl_media"] is False


async def test_post_goes_into_the_thread(adapter: SlackAdapter, server: SlackServer) -> None:
    root = said(server, "<@U0BOT> look", SHOP)["ts"]
    ts = await adapter.send(outgoing(Reply("Hello"), to=chat(SHOP, root)))
    assert server.message(SHOP, ts)["thread_ts"] == root


async def test_slot_is_replaced_and_may_be_again(adapter: SlackAdapter, server: SlackServer) -> None:
    slot = await adapter.send(outgoing(Reply("partial")))
    final = outgoing(Reply("final", rateable=True), number=2, slot=slot)
    assert await adapter.send(final) == slot
    assert await adapter.send(final) == slot
    [message] = server.messages
    assert message["blocks"][0]["text"] == "final"
    assert await adapter.find(final) == slot


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_slot_that_cannot_be_changed_is_not_posted_under_the_same_promise(
    adapter: SlackAdapter, server: SlackServer, code: str
) -> None:
    """A change may be repeated, a new message may not: who decides has to know which it is."""
    server.fail("chat.update", Fault(error=code))
    with pytest.raises(SlotGoneError):
        await adapter.send(outgoing(Reply("final"), slot="1.000001"))
    assert server.messages == []


async def test_slot_that_still_streams_is_stopped_first(adapter: SlackAdapter, server: SlackServer) -> None:
    root = said(server, "look")["ts"]
    slot = server.perform("chat.startStream", {"channel": DM, "thread_ts": root, "markdown_text": "par"})["ts"]
    assert await adapter.send(outgoing(Reply("final"), to=chat(DM, root), slot=slot)) == slot
    assert server.message(DM, slot)["blocks"][0]["text"] == "final"


async def test_rate_limit_says_how_long(adapter: SlackAdapter, server: SlackServer) -> None:
    server.fail("chat.postMessage", Fault(status=429, retry_after=17))
    with pytest.raises(RetryLaterError) as caught:
        await adapter.send(outgoing(Reply("x")))
    assert caught.value.seconds == 17
    assert server.messages == []


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("fault", [Fault(status=500), Fault(status=502), Fault(error="internal_error")])
async def test_server_that_failed_may_have_posted(
    adapter: SlackAdapter, server: SlackServer, fault: Fault, *, done: bool
) -> None:
    item = outgoing(Reply("x"))
    server.fail("chat.postMessage", replace(fault, done=done))
    with pytest.raises(AmbiguousDeliveryError):
        await adapter.send(item)
    found = await adapter.find(item)
    assert [message["ts"] for message in server.messages] == ([found] if done else [])
    assert len(server.called("chat.postMessage")) == 1


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("in_thread", [True, False])
async def test_lost_answer_is_cleared_up(
    adapter: SlackAdapter, server: SlackServer, *, done: bool, in_thread: bool
) -> None:
    root = said(server, "look")["ts"]
    item = outgoing(Reply("x"), number=3, to=chat(DM, root if in_thread else ""))
    server.fail("chat.postMessage", Fault(drop=True, done=done))
    with pytest.raises(AmbiguousDeliveryError):
        await adapter.send(item)
    assert len(server.called("chat.postMessage")) == 1
    found = await adapter.find(item)
    assert (found is not None) is done
    if found is not None:
        assert server.message(DM, found)["metadata"]["event_payload"]["outbox_id"] == "3"


async def test_timeout_is_ambiguous_for_posts_and_harmless_for_updates(
    adapter: SlackAdapter, server: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = await adapter.send(outgoing(Reply("partial")))
    monkeypatch.setattr(api, "_TIMEOUT", aiohttp.ClientTimeout(total=0.3))
    await adapter._api.close()
    server.fail("chat.postMessage", Fault(hang=True))
    server.fail("chat.update", Fault(hang=True))
    with pytest.raises(AmbiguousDeliveryError):
        await adapter.send(outgoing(Reply("x"), number=2, to=chat(SHOP)))
    with pytest.raises(RetryLaterError):
        await adapter.send(outgoing(Reply("x"), number=3, slot=slot))


async def test_find_looks_through_all_pages_for_its_own_row(adapter: SlackAdapter, server: SlackServer) -> None:
    server.page_size = 2
    root = said(server, "look")["ts"]
    item = outgoing(Reply("first"), number=1, to=chat(DM, root))
    ts = await adapter.send(item)
    for _ in range(5):
        said(server, "more", thread=root)
    assert await adapter.find(item) == ts
    assert await adapter.find(replace(item, id=2)) is None
    # A row of another database may have the same number.
    assert await adapter.find(outgoing(Reply("other"), number=1, to=chat(DM, root))) is None
    server.messages.clear()
    assert await adapter.find(item) is None


@pytest.mark.parametrize(
    "fault", [Fault(status=429, retry_after=60), Fault(status=502), Fault(drop=True), Fault(error="token_revoked")]
)
async def test_find_is_tried_again_where_slack_cannot_be_asked_now(
    adapter: SlackAdapter, server: SlackServer, fault: Fault
) -> None:
    server.fail("conversations.history", fault, times=3)  # aiohttp itself asks again on a broken connection
    with pytest.raises(RetryLaterError) as caught:
        await adapter.find(outgoing(Reply("x")))
    assert caught.value.seconds == (60 if fault.status == 429 or fault.error else None)


@pytest.mark.parametrize("code", ["missing_scope", "not_in_channel"])
async def test_find_admits_that_it_cannot_tell(adapter: SlackAdapter, server: SlackServer, code: str) -> None:
    server.fail("conversations.history", Fault(error=code))
    with pytest.raises(AmbiguousDeliveryError):
        await adapter.find(outgoing(Reply("x")))


async def test_unreachable_slack_is_tried_again(adapter: SlackAdapter, server: SlackServer) -> None:
    await adapter.stop()
    await server.stop()
    with pytest.raises(RetryLaterError):
        await adapter.send(outgoing(Reply("x")))


@pytest.mark.parametrize(
    "code",
    ["channel_not_found", "is_archived", "not_in_channel", "user_is_blocked", "account_inactive", "msg_too_long"],
)
async def test_refusals_are_final(adapter: SlackAdapter, server: SlackServer, code: str) -> None:
    server.fail("chat.postMessage", Fault(error=code))
    with pytest.raises(UndeliverableError, match=code):
        await adapter.send(outgoing(Reply("x")))


@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked", "missing_scope"])
async def test_refusals_that_an_admin_can_mend_are_not(adapter: SlackAdapter, server: SlackServer, code: str) -> None:
    server.fail("chat.postMessage", Fault(error=code))
    with pytest.raises(RetryLaterError, match=code):
        await adapter.send(outgoing(Reply("x")))


async def test_refused_blocks_go_as_text(adapter: SlackAdapter, server: SlackServer) -> None:
    server.fail("chat.postMessage", Fault(error="invalid_blocks"))
    ts = await adapter.send(outgoing(Reply("**Bold** " + "word " * 1_000, rateable=True)))
    message = server.message(DM, ts)
    assert message["blocks"] == []
    assert message["text"].startswith("*Bold* word")
    assert len(message["text"]) > 5_000
    assert message["metadata"]["event_type"] == "looksee_message"


@pytest.mark.parametrize("words", [10, 2_000])
async def test_refused_blocks_in_a_slot(adapter: SlackAdapter, server: SlackServer, words: int) -> None:
    slot = await adapter.send(outgoing(Reply("partial")))
    server.fail("chat.update", Fault(error="invalid_blocks"))
    server.fail("chat.postMessage", Fault(error="invalid_blocks"))
    item = outgoing(Reply("word " * words), number=2, slot=slot)
    try:
        ts = await adapter.send(item)
    except SlotGoneError:  # an edit holds less text than a new message: the preview was removed
        assert server.messages == []
        ts = await adapter.send(replace(item, slot=""))
    [message] = server.messages
    assert message["ts"] == ts
    assert message["blocks"] == []
    assert message["text"].count("word") == words


def private(server: SlackServer, url: str) -> Reply:
    return Reply("for you", private_to=json.dumps({"url": url, "channel": SHOP, "user": USER}))


async def test_private_answer_goes_to_its_address(adapter: SlackAdapter, server: SlackServer) -> None:
    assert await adapter.send(outgoing(private(server, f"{server.url}/commands/1"), to=chat(SHOP)))
    [answer] = server.ephemerals
    assert answer["response_type"] == "ephemeral"
    assert answer["blocks"][0]["text"] == "for you"
    assert server.messages == []


async def test_private_answer_finds_another_way(adapter: SlackAdapter, server: SlackServer) -> None:
    server.response_uses["1"] = 5
    await adapter.send(outgoing(private(server, f"{server.url}/commands/1"), to=chat(SHOP)))
    [answer] = server.ephemerals
    assert (answer["by"], answer["user"]) == ("postEphemeral", USER)
    with pytest.raises(AmbiguousDeliveryError):
        await adapter.find(outgoing(private(server, "")))


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.slack.com/commands/1",
        "https://hooks.slack.com.evil.example/1",
        "https://evil.example/hooks.slack.com",
        "https://hooks.slack.com@evil.example/",
        "https://evil.example\\@hooks.slack.com/",
        "file:///etc/passwd",
        "https://hooks.slack.com:8443/",
        "https://[",
        "",
    ],
)
async def test_nothing_is_posted_to_strange_addresses(server: SlackServer, url: str) -> None:
    slack = api.SlackApi("xoxb-1", "https://slack.com/api/")
    assert not slack.serves(url, "hooks")
    assert slack.serves("https://hooks.slack.com/commands/T0/1/x", "hooks")
    assert slack.serves("https://slack.com/api/x", "hooks")
    assert not slack.serves("https://hooks.slack.com/commands/T0/1/x", "files")


async def test_people_are_told_in_their_direct_messages_and_nobody_is_mentioned(
    adapter: SlackAdapter, server: SlackServer
) -> None:
    await adapter.tell(f"slack:T0TEAM/{USER}", "full & <!channel> *not bold*")
    [message] = server.messages
    assert message["channel"] == DM
    assert message["text"] == "full &amp; &lt;!channel&gt; *not bold*"
    [call] = server.called("chat.postMessage")
    assert call["mrkdwn"] is False
    assert call["unfurl_links"] is False
    with pytest.raises(UndeliverableError, match="user_not_found"):
        await adapter.tell("slack:T0TEAM/U0GONE", "hello")
    server.fail("chat.postMessage", Fault(status=429, retry_after=3))
    with pytest.raises(RetryLaterError) as error:
        await adapter.tell(f"slack:T0TEAM/{USER}", "later")
    assert error.value.seconds == 3
    server.scopes.discard("im:write")
    with pytest.raises(RetryLaterError, match="missing_scope"):
        await adapter.tell(f"slack:T0TEAM/{USER}", "an app installed before the scope was asked for")


async def test_a_reply_that_slack_put_into_the_channel_is_taken_back(
    adapter: SlackAdapter, server: SlackServer
) -> None:
    """Slack says nothing when the message that a thread stands under is gone."""
    item = outgoing(Reply("for the room"), to=chat(SHOP, "1.000001"))
    with pytest.raises(ThreadGoneError):
        await adapter.send(item)
    assert server.messages == []
    server.fail("chat.delete", Fault(status=500))
    with pytest.raises(ThreadGoneError):
        await adapter.send(item)


@pytest.mark.parametrize("code", ["thread_not_found", "cannot_reply_to_message"])
async def test_a_thread_that_is_gone_is_told_from_a_channel_that_is(
    adapter: SlackAdapter, server: SlackServer, code: str
) -> None:
    server.fail("chat.postMessage", Fault(error=code))
    with pytest.raises(ThreadGoneError, match=code):
        await adapter.send(outgoing(Reply("x"), to=chat(SHOP, "1.000001")))


async def test_a_thread_whose_first_message_was_deleted_goes_on(adapter: SlackAdapter, server: SlackServer) -> None:
    agent = Person(server, "U0AGENT", SHOP)
    root = await agent.say("look")
    await adapter.send(outgoing(Reply("one"), to=chat(SHOP, root)))
    await agent.delete(root)
    ts = await adapter.send(outgoing(Reply("two"), number=2, to=chat(SHOP, root)))
    assert server.message(SHOP, ts)["thread_ts"] == root


async def test_trouble_with_a_channel_is_said_with_what_to_do(adapter: SlackAdapter, server: SlackServer) -> None:
    item = outgoing(Reply("x"), to=chat(DESK))
    server.archived.add(DESK)
    with pytest.raises(UndeliverableError, match=r"is_archived.*unarchive it") as error:
        await adapter.send(item)
    assert not isinstance(error.value, ThreadGoneError)
    server.archived.clear()
    server.left.add(DESK)
    with pytest.raises(UndeliverableError, match=r"not_in_channel.*/invite"):
        await adapter.send(item)
    with pytest.raises(UndeliverableError, match=r"channel_not_found.*/invite"):
        await adapter.send(outgoing(Reply("x"), to=chat("C0NONE")))


async def test_the_desk_is_known_once_the_workspace_is(server: SlackServer) -> None:
    adapter = SlackAdapter(
        bot_token=server.bot_token, app_token=server.app_token, api_base=server.api_base, desk_channel=DESK
    )
    assert adapter.desk is None
    await adapter.start(RecordingIntake(server))
    assert adapter.desk == chat(DESK)
    await adapter.close()


async def test_a_card_opens_its_thread_by_itself(adapter: SlackAdapter, server: SlackServer) -> None:
    card = Reply("**#12** from *Ada*\n\n" + "word " * 4_000, quotes=True, buttons=(Button("Take", "take"),))
    opening = adapter.opening("Case #12: Ada", card)
    assert opening.card == ()
    ts = await adapter.send(Outgoing(1, chat(DESK), opening.payload))
    [message] = server.roots(DESK)
    assert message["text"] == "Case #12: Ada"
    assert "thread_ts" not in message
    assert labels(message) == ["Take"]
    await adapter.send(outgoing(Reply("copy"), number=2, to=chat(DESK, ts)))
    assert [shown(m)[:8] for m in server.thread(DESK, ts)] == ["**#12** ", "copy"]


async def test_members_of_a_user_group(adapter: SlackAdapter, server: SlackServer) -> None:
    server.user_groups["S0AGENTS"] = ["U0A", "U0B"]
    assert await adapter.group_members("S0AGENTS") == {"slack:T0TEAM/U0A", "slack:T0TEAM/U0B"}
    with pytest.raises(UndeliverableError, match="no_such_subteam"):
        await adapter.group_members("S0NONE")
    server.scopes.discard("usergroups:read")
    with pytest.raises(RetryLaterError, match="missing_scope"):
        await adapter.group_members("S0AGENTS")


async def test_members_are_not_known_before_slack_was_reached(server: SlackServer) -> None:
    adapter = SlackAdapter(bot_token=server.bot_token, app_token=server.app_token, api_base=server.api_base)
    with pytest.raises(RetryLaterError):
        await adapter.group_members("S0AGENTS")
    await adapter.close()
