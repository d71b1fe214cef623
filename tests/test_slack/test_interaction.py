"""What Slack reports of presses and menus, translated."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import blocks, interaction
from adapters.slack.translate import Identity
from bot.messages import Button, Kind
from tests.fakes.slack_blocks import check_blocks
from tests.test_slack.test_translate import JSON

ME = Identity("T0TEAM", "U0BOT", "B0BOT", "C0DESK")


def press(**fields: Any) -> dict[str, Any]:
    action = {"action_id": blocks.FEEDBACK_ACTION, "value": "up", "action_ts": "6.6"}
    return {
        "user": {"id": "U1", "team_id": "T9EXT"},
        "channel": {"id": "C0SHOP"},
        "message": {"ts": "5.5", "thread_ts": "5.1"},
        "actions": [action],
        **fields,
    }


def pressed(**fields: Any) -> interaction.Interaction:
    found = interaction.pressed(press(**fields), ME)
    assert found is not None
    return found[0]


def test_a_press_belongs_to_whom_and_where_it_was() -> None:
    got = pressed().rated(1, "5.5")
    assert (got.kind, got.rating, got.message_id, got.chat.thread) == (Kind.FEEDBACK, 1, "5.5", "5.1")
    assert got.sender.key == "slack:T9EXT/U1"
    assert got.event_id == "action:C0SHOP:5.5:U1:6.6"


@pytest.mark.parametrize(
    ("channel", "message", "thread"),
    [
        ("C0SHOP", {"ts": "5.5"}, "5.5"),
        ("C0SHOP", {"ts": "5.5", "thread_ts": "5.5"}, "5.5"),
        ("D0CUST", {"ts": "5.5"}, ""),
        ("D0CUST", {"ts": "5.5", "thread_ts": "5.5"}, ""),
        ("D0CUST", {"ts": "5.5", "thread_ts": "5.1"}, "5.1"),
    ],
)
def test_the_chat_of_a_press(channel: str, message: dict[str, str], thread: str) -> None:
    found = pressed(channel={"id": channel}, message=message)
    assert found.inbound.chat.thread == thread
    assert found.remarks
    assert found.inbound.answer_to == ("" if channel.startswith("D") else found.remarks)


@pytest.mark.parametrize(
    "fields",
    [
        {"actions": []},
        {"user": {}},
        {"message": {}},
        {"channel": {}},
        {"view": {"private_metadata": "C0SHOP"}},
        {"view": {"type": "modal", "private_metadata": "[]"}},
    ],
)
def test_presses_that_are_nothing(fields: dict[str, Any]) -> None:
    assert interaction.pressed(press(**fields), ME) is None


@pytest.mark.parametrize(
    "action",
    [
        {"action_id": "else", "value": "up"},
        {"action_id": blocks.FEEDBACK_ACTION, "value": "sideways"},
        {"action_id": "looksee_button_0", "value": ""},
        {"action_id": "looksee_button_0"},
        {"action_id": "looksee_reason_none", "value": "x"},
    ],
)
def test_actions_that_are_nothing(action: dict[str, Any]) -> None:
    assert (interaction.rating_of(action), interaction.reason_of(action), blocks.button_of(action)) == (0, "", None)


BUTTONS = st.builds(
    Button,
    st.text(min_size=1, max_size=90).filter(str.strip),
    st.from_regex(r"[a-z]{1,10}", fullmatch=True),
    st.text(st.characters(exclude_categories=["Cs", "Z", "Cc"]), max_size=50),
    st.sampled_from(["", "primary", "danger"]),
    st.text(max_size=400),
    st.booleans(),
)


@given(st.lists(BUTTONS, max_size=30))
def test_buttons_come_back_as_they_were(made: list[Button]) -> None:
    shown = blocks.buttons(made, "en")
    check_blocks(shown)
    elements = [element for block in shown for element in block["elements"]]
    back = [blocks.button_of(json.loads(json.dumps(element))) for element in elements]
    assert [(b.command, b.text, b.edits) for b in back if b] == [(b.command, b.text, b.edits) for b in made]


@given(st.dictionaries(st.sampled_from(["user", "view", "message", "actions", "channel", "container"]), JSON))
def test_translation_is_total(payload: dict[str, Any]) -> None:
    for known in ({}, press()):
        interaction.pressed({**known, **payload}, ME)
        interaction.shortcut({**known, **payload}, ME)
        interaction.submission({**known, **payload}, ME)
