"""Texts in windows come back as they went in, however long they are."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import interaction
from adapters.slack.interaction import Form
from adapters.slack.translate import Identity, sender_of
from adapters.slack.windows import window, written
from bot.messages import ChatKey, Inbound, Kind
from tests.fakes.slack_blocks import check_view

ME = Identity("T0TEAM", "U0BOT", "B0BOT")
WORDS = st.sampled_from(["word ", "\n", "\n\n", "汉字", "😀", "a" * 700, "line of text\n" * 90, "- item\n"])


def filled(view: dict[str, Any]) -> dict[str, Any]:
    """What Slack says stands in the fields of a window that nobody has changed."""
    return {
        block["block_id"]: {block["element"]["action_id"]: {"value": block["element"].get("initial_value")}}
        for block in view["blocks"]
    }


@given(st.lists(WORDS, max_size=60).map("".join).map(str.strip))
def test_a_text_comes_back_as_it_was(text: str) -> None:
    view = window("Edit", "Text", "{}", "en", text=text)
    if view is not None:
        check_view(view, "modal")
        assert written(filled(view)) == text


def test_what_is_added_stands_where_it_was_added() -> None:
    view = window("Edit", "Text", "{}", "en", text="one\n\n" + "two " * 800 + "\n\nthree")
    assert view is not None
    values = filled(view)
    [first, *_] = values.values()
    first["text"]["value"] = "zero\n\n" + first["text"]["value"]
    assert written(values).startswith("zero\n\none\n\ntwo")
    for fields in values.values():
        fields["text"]["value"] = None
    assert written(values) == ""


def test_a_text_without_end_is_for_no_window() -> None:
    assert window("Edit", "Text", "{}", "en", text="x" * 200_000) is None


def test_what_a_window_is_for_has_its_limit_too() -> None:
    for most in ("x" * 3_000, "汉" * 3_000, "😀" * 1_500):
        view = window("Edit", "Text", most, "en")
        assert view is not None
        check_view(view, "modal")
        assert window("Edit", "Text", f"{most}x", "en") is None


def test_a_form_travels_in_its_window() -> None:
    chat = ChatKey("slack", "T0TEAM", "C0DESK", "1.5")
    inbound = Inbound("e", chat, sender_of("U1", "T0TEAM"), reply_to="2.5", command="send", text="draft")
    form = Form.of(inbound)
    assert Form.load(form.dump()) == form
    for damaged in ("", "[]", "{}", "7", '["x"]', json.dumps(["slack:a/b/c", *[1] * 9])):
        assert Form.load(damaged) is None
    view = {"id": "V1", "private_metadata": form.dump(), "state": {"values": {"part_0_0": {"text": {"value": " Hi "}}}}}
    got = interaction.submission({"view": view, "user": {"id": "U2", "team_id": "T9EXT"}}, ME)
    assert got is not None
    assert (got.kind, got.command, got.text) == (Kind.COMMAND, "send", "draft Hi")
    assert (got.chat, got.reply_to, got.sender.key, got.event_id) == (chat, "2.5", "slack:T9EXT/U2", "submission:V1")
    assert interaction.submission({"view": {**view, "private_metadata": "x"}, "user": {"id": "U2"}}, ME) is None
