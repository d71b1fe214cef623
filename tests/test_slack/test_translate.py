"""Slack's payloads, translated."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import translate
from adapters.slack.text import plain
from adapters.slack.translate import Condition, Identity, Translated
from bot.messages import Inbound, Kind

ME = Identity("T0TEAM", "U0BOT", "B0BOT")
VERBS = ("help", "status", "new")


def event(**fields: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "channel": "D0CUST",
        "channel_type": "im",
        "user": "U1",
        "ts": "10.5",
        "text": "",
        **fields,
    }


def translated(**fields: Any) -> Translated:
    result = translate.event(event(**fields), ME, VERBS)
    assert result is not None
    return result


def inbound(**fields: Any) -> Inbound:
    return translated(**fields).inbound


def in_channel(**fields: Any) -> dict[str, Any]:
    return {"channel": "C0SHOP", "channel_type": "channel", **fields}


def picture(number: int, **fields: Any) -> dict[str, Any]:
    url = f"https://files.slack.com/files-pri/T0TEAM-F{number}/download/{number}.png"
    return {
        "id": f"F{number}",
        "name": f"{number}.png",
        "mimetype": "image/png",
        "size": 1000 + number,
        "mode": "hosted",
        "url_private": url.replace("/download", ""),
        "url_private_download": url,
        **fields,
    }


def test_direct_message() -> None:
    got = inbound(text="What does &lt;this&gt; mean?", team="T0TEAM")
    assert got.text == "What does <this> mean?"
    assert (got.event_id, got.message_id) == ("message:D0CUST:10.5", "10.5")
    assert str(got.chat) == "slack:T0TEAM/D0CUST/"
    assert got.sender.key == "slack:T0TEAM/U1"
    assert got.private
    assert not got.settled


def test_thread_in_a_direct_message_is_its_own_chat() -> None:
    assert inbound(text="x", thread_ts="9.1").chat.thread == "9.1"


def test_all_pictures_of_a_message() -> None:
    got = inbound(subtype="file_share", text="What are these?", files=[picture(1), picture(2), picture(3)])
    assert [attachment.name for attachment in got.attachments] == ["1.png", "2.png", "3.png"]
    assert got.attachments[1].size == 1002
    assert got.attachments[1].media_type == "image/png"
    assert json.loads(got.attachments[1].ref)["url"].endswith("/download/2.png")
    assert got.settled


def test_picture_alone_may_still_get_a_question() -> None:
    got = inbound(subtype="file_share", files=[picture(1)])
    assert got.attachments
    assert not got.settled


def test_connect_stub_is_looked_up_later() -> None:
    stub = {"id": "F9", "mode": "file_access", "file_access": "check_file_info"}
    [attachment] = inbound(subtype="file_share", files=[stub]).attachments
    assert json.loads(attachment.ref) == {"id": "F9", "url": ""}


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"user_team": "T9EXT", "team": "T0TEAM"}, "slack:T9EXT/U1"),
        ({"team": "T9EXT"}, "slack:T9EXT/U1"),
        ({"files": [picture(1, user_team="T9EXT")], "subtype": "file_share"}, "slack:T9EXT/U1"),
        ({}, "slack:T0TEAM/U1"),
    ],
)
def test_sender_belongs_to_their_own_workspace(fields: dict[str, Any], key: str) -> None:
    got = inbound(text="x", **fields)
    assert got.sender.key == key
    assert got.chat.account == "T0TEAM"


def test_mention_opens_a_thread() -> None:
    got = translated(**in_channel(text="hi <@U0BOT>, what is this?"))
    assert got.inbound.text == "hi what is this?"
    assert got.inbound.chat.thread == "10.5"
    assert got.when is Condition.ALWAYS
    assert not got.inbound.private


def test_message_and_app_mention_have_one_id() -> None:
    text = "<@U0BOT> look"
    mention = {"type": "app_mention", "user": "U1", "ts": "10.5", "channel": "C0SHOP", "text": text}
    other = translate.event(mention, ME, VERBS)
    assert other is not None
    assert other.inbound == inbound(**in_channel(text=text))


def test_channel_thread_counts_only_where_the_bot_takes_part() -> None:
    got = translated(**in_channel(text="and this?", thread_ts="9.1"))
    assert got.when is Condition.KNOWN
    assert got.inbound.chat.thread == "9.1"


@pytest.mark.parametrize(
    "fields",
    [
        in_channel(text="good morning"),
        in_channel(text="<@U0ANNA> look", thread_ts="9.1"),
        in_channel(text="<!here> look", thread_ts="9.1"),
        in_channel(text="<!subteam^S1|@support> look", thread_ts="9.1"),
        {"text": "x", "user": "U0BOT"},
        {"text": "x", "bot_id": "B0OTHER"},
        {"text": "x", "user": "USLACKBOT"},
        {"text": "joined", "subtype": "channel_join"},
        {"text": "x", "subtype": "bot_message"},
        {"text": "x", "subtype": "message_replied"},
        {"text": "x", "user": None},
    ],
)
def test_what_is_not_for_the_bot(fields: dict[str, Any]) -> None:
    assert translate.event(event(**fields), ME, VERBS) is None


def test_mpim_is_no_private_chat() -> None:
    got = translated(channel="G0MANY", channel_type="mpim", text="<@U0BOT> x")
    assert not got.inbound.private
    assert got.inbound.chat.thread == "10.5"


def changed(before: dict[str, Any], after: dict[str, Any], **fields: Any) -> dict[str, Any]:
    message = {"type": "message", "user": "U1", "ts": "10.5"}
    return event(
        subtype="message_changed",
        ts="11.0",
        user=None,
        message=message | after,
        previous_message=message | before,
        **fields,
    )


def test_edit() -> None:
    got = translate.event(changed({"text": "a"}, {"text": "b", "edited": {"user": "U1", "ts": "11.0"}}), ME, VERBS)
    assert got is not None
    assert (got.inbound.kind, got.inbound.text, got.inbound.message_id) == (Kind.EDIT, "b", "10.5")
    assert got.inbound.event_id == "edit:D0CUST:10.5:11.0"


def test_edit_in_a_channel_stays_in_the_thread() -> None:
    edited = {"text": "<@U0BOT> b", "edited": {"ts": "11.0"}, "thread_ts": "9.1"}
    got = translate.event(changed({"text": "a"}, edited, **in_channel()), ME, VERBS)
    assert got is not None
    assert got.inbound.chat.thread == "9.1"


def test_an_edited_mention_in_both_forms_is_one_edit() -> None:
    edited = {"text": "<@U0BOT> b", "edited": {"ts": "11.0"}}
    change = translate.event(changed({"text": "a"}, edited, **in_channel()), ME, VERBS)
    again = translated(type="app_mention", channel="C0SHOP", channel_type=None, **edited)
    assert change == again
    assert again.inbound.event_id == "edit:C0SHOP:10.5:11.0"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"text": "a"}, {"text": "a", "attachments": [{"title": "a link unfolds"}]}),
        ({"text": "a", "edited": {"ts": "10.9"}}, {"text": "a", "edited": {"ts": "10.9"}}),
        ({"text": "a"}, {"text": "b", "edited": {"ts": "11.0"}, "user": "U0BOT"}),
        ({"text": "Chat"}, {"text": "Chat", "edited": {"ts": "11.0"}, "subtype": "assistant_app_thread"}),
    ],
)
def test_changes_that_are_no_edits(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert translate.event(changed(before, after), ME, VERBS) is None


def test_deletion() -> None:
    gone = event(subtype="message_deleted", user=None, ts="12.0", deleted_ts="10.5", previous_message={"user": "U1"})
    got = translate.event(gone, ME, VERBS)
    assert got is not None
    assert (got.inbound.kind, got.inbound.message_id) == (Kind.DELETE, "10.5")
    tombstone = translate.event(changed({"text": "a"}, {"subtype": "tombstone", "user": "USLACKBOT"}), ME, VERBS)
    assert tombstone is not None
    assert tombstone.inbound.event_id == got.inbound.event_id


def test_deletion_of_the_bots_own_message_is_nothing() -> None:
    previous = {"user": "U0BOT", "bot_id": "B0BOT"}
    gone = event(subtype="message_deleted", ts="12.0", deleted_ts="10.5", previous_message=previous)
    assert translate.event(gone, ME, VERBS) is None


@pytest.mark.parametrize(
    ("fields", "command", "arguments", "when"),
    [
        ({"text": "!status"}, "status", "", Condition.ALWAYS),
        ({"text": "!Status  now please"}, "status", "now please", Condition.ALWAYS),
        ({"text": "!frobnicate x"}, "frobnicate", "x", Condition.ALWAYS),
        (in_channel(text="!new", thread_ts="9.1"), "new", "", Condition.KNOWN),
        (in_channel(text="<@U0BOT> !new"), "new", "", Condition.ALWAYS),
    ],
)
def test_commands_in_a_message(fields: dict[str, Any], command: str, arguments: str, when: Condition) -> None:
    got = translated(**fields)
    assert (got.inbound.kind, got.inbound.command, got.inbound.text) == (Kind.COMMAND, command, arguments)
    assert got.when is when
    assert got.inbound.event_id.startswith("message:")


@pytest.mark.parametrize(
    "fields",
    [{"text": "!!! help"}, {"text": "wow!status"}, {"text": "! status"}, in_channel(text="!wow", thread_ts="9.1")],
)
def test_exclamations_are_no_commands(fields: dict[str, Any]) -> None:
    assert inbound(**fields).kind is Kind.MESSAGE


def test_shared_message_brings_its_text_and_pictures() -> None:
    shared = {"is_share": True, "text": "It says &amp; fails", "files": [picture(4)]}
    got = inbound(text="What about this?", attachments=[shared, {"title": "a link unfolds", "text": "no"}])
    assert got.text == "What about this?\n\n> It says & fails"
    assert [attachment.name for attachment in got.quoted] == ["4.png"]
    assert got.attachments == ()
    assert got.forwarded


def test_in_agents_threads_nothing_that_is_shared_or_unfolds_is_said() -> None:
    desk = Identity("T0TEAM", "U0BOT", desk="C0DESK")
    for marks, forwarded in (({"is_share": True, "is_msg_unfurl": True}, True), ({"is_msg_unfurl": True}, False)):
        said = {"type": "message", "channel": "C0DESK", "user": "U1", "ts": "2.1", "thread_ts": "1.1", "text": "See"}
        got = translate.event(
            {**said, "attachments": [{**marks, "text": "our limit", "files": [picture(4)]}]}, desk, ()
        )
        assert got is not None
        assert (got.inbound.text, got.inbound.quoted, got.inbound.forwarded) == ("See", (), forwarded)


SLASH = {"channel_id": "D0CUST", "user_id": "U1", "team_id": "T0TEAM", "trigger_id": "7.8", "response_url": "https://x"}


@pytest.mark.parametrize(
    ("text", "command", "arguments"),
    [
        ("", "help", ""),
        ("  ", "help", ""),
        ("Status", "status", ""),
        ("!stop", "stop", ""),
        ("/stop", "stop", ""),
        ("whoami a  b", "whoami", "a  b"),
    ],
)
def test_slash_command(text: str, command: str, arguments: str) -> None:
    got = translate.slash_command({**SLASH, "text": text}, ME)
    assert got is not None
    assert (got.command, got.text, got.event_id) == (command, arguments, "command:7.8")
    assert json.loads(got.answer_to) == {"url": "https://x", "channel": "D0CUST", "user": "U1", "thread": ""}


def test_greetings() -> None:
    opened = {"type": "app_home_opened", "user": "U1", "channel": "D0CUST", "tab": "messages"}
    got = translate.event(opened, ME, VERBS)
    assert got is not None
    assert (got.inbound.command, got.when, got.inbound.chat.thread) == ("start", Condition.NEW, "")
    assert translate.event({**opened, "tab": "home"}, ME, VERBS) is None
    thread = {"user_id": "U1", "channel_id": "D0CUST", "thread_ts": "3.3"}
    started = translate.event({"type": "assistant_thread_started", "assistant_thread": thread}, ME, VERBS)
    assert started is not None
    assert started.inbound.chat.thread == "3.3"
    assert started.inbound.event_id != got.inbound.event_id


@pytest.mark.parametrize(
    ("mrkdwn", "text"),
    [
        ("<@U0BOT>: hello", "hello"),
        ("<@U0BOT|looksee> hello", "hello"),
        ("tell <@U0ANNA|anna> and <@U1>", "tell @anna and @U1"),
        ("in <#C1|general> and <#C2>", "in #general and #C2"),
        ("<!here> <!subteam^S1|@support> <!date^1^{date}|today>", "@here @support today"),
        ("<https://a.example/x?a=1&amp;b=2>", "https://a.example/x?a=1&b=2"),
        ("<https://a.example|the page>", "the page (https://a.example)"),
        ("<https://a.example|a.example>", "https://a.example"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("&amp;lt; stays", "&lt; stays"),
        ("a < b", "a < b"),
    ],
)
def test_plain_text(mrkdwn: str, text: str) -> None:
    assert plain(mrkdwn, "U0BOT") == text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = [
    *("text", "user", "channel", "ts", "thread_ts", "files", "message", "previous_message", "attachments", "edited"),
    *("bot_id", "team", "tab", "assistant_thread", "deleted_ts", "actions", "channel_id", "user_id", "trigger_id"),
]
KINDS = ["message", "app_mention", "app_home_opened", "assistant_thread_started"]
SUBTYPES = ["", "file_share", "message_changed", "message_deleted", "tombstone"]


@given(
    st.fixed_dictionaries(
        {"type": st.sampled_from(KINDS), "subtype": st.sampled_from(SUBTYPES)},
        optional={name: JSON | st.just({"user": "U1", "ts": "1.1", "text": "x"}) for name in FIELDS},
    )
)
def test_translation_is_total(payload: dict[str, Any]) -> None:
    got = translate.event(payload, ME, VERBS)
    assert got is None or got.inbound.event_id
    translate.slash_command(payload, ME)
    translate.home_opened(payload, ME)
