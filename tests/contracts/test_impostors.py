"""Who only looks like somebody with a role, on each platform; and that questions and answers are never commands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.web import translate as web
from bot.messages import Inbound, Role
from tests.contracts.office import (
    CHANNEL,
    GROUP,
    PEOPLE,
    VICTIM,
    Office,
    on_slack,
    on_telegram,
    sl_message,
    slashed,
    tg_message,
)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    made = Office(tmp_path / "looksee.db")
    await made.start()
    yield made
    await made.stop()


# --- those who look like an admin, and are none

ADMIN = int(PEOPLE["telegram"][Role.ADMIN])
BAN = f"/ban {VICTIM}"
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
CHANNEL_BOT = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
SERVICE = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
ADMIN_USER = {"id": ADMIN, "is_bot": False, "first_name": "Ada", "username": "ada"}
OTHER_BOT = {"id": 5, "is_bot": True, "first_name": "Other", "username": "other_bot"}
FROM_ADMIN = {"type": "user", "sender_user": ADMIN_USER, "date": 1}

TELEGRAM_IMPOSTORS: dict[str, tuple[str, dict[str, Any]]] = {
    "an admin's command, forwarded by a customer": ("message", tg_message(1003, BAN, forward_origin=FROM_ADMIN)),
    "somebody's command, forwarded by an admin": (
        "message",
        tg_message(ADMIN, BAN, forward_origin={"type": "hidden_user", "sender_user_name": "Eve", "date": 1}),
    ),
    "an anonymous admin": ("message", tg_message(1, BAN, chat=GROUP, sender_chat=GROUP, **{"from": ANONYMOUS})),
    "a channel that posts in the group": (
        "message",
        tg_message(1, BAN, chat=GROUP, sender_chat=CHANNEL, **{"from": CHANNEL_BOT}),
    ),
    "the group's own channel": (
        "message",
        tg_message(1, BAN, chat=GROUP, sender_chat=CHANNEL, is_automatic_forward=True, **{"from": SERVICE}),
    ),
    "a channel's post that names an admin": (
        "message",
        tg_message(ADMIN, BAN, chat=GROUP, sender_chat=CHANNEL, author_signature="Ada"),
    ),
    "a post in a channel": ("channel_post", tg_message(1, BAN, chat=CHANNEL, sender_chat=CHANNEL)),
    "another bot": ("message", tg_message(1, BAN, chat=GROUP, **{"from": OTHER_BOT})),
    "a bot with an admin's number": ("message", tg_message(ADMIN, BAN, **{"from": {**ADMIN_USER, "is_bot": True}})),
    "what another bot put into an admin's mouth": ("message", tg_message(ADMIN, BAN, via_bot=OTHER_BOT)),
    "an admin's message, edited into a command": ("edited_message", tg_message(ADMIN, BAN, edit_date=2)),
    "an admin's name": ("message", tg_message(1003, BAN, **{"from": {**ADMIN_USER, "id": 1003}})),
    "an admin's number, lengthened": ("message", tg_message(int(f"{ADMIN}0"), BAN)),
    "a reply to an admin": (
        "message",
        tg_message(1003, BAN, chat=GROUP, reply_to_message=tg_message(ADMIN, "yes", chat=GROUP)),
    ),
    "a quotation of an admin": ("message", tg_message(1003, "so?", quote={"text": BAN, "position": 0})),
    "an admin's business chat": ("message", tg_message(ADMIN, BAN, business_connection_id="b1")),
    "a guest's message": ("message", tg_message(ADMIN, BAN, guest_query_id="g1")),
    "a mention of an admin": (
        "message",
        tg_message(1003, "Ada", entities=[{"type": "text_mention", "offset": 0, "length": 3, "user": ADMIN_USER}]),
    ),
}


@pytest.mark.parametrize("who", TELEGRAM_IMPOSTORS)
async def test_who_only_looks_like_an_admin_on_telegram(office: Office, who: str) -> None:
    kind, content = TELEGRAM_IMPOSTORS[who]
    inbound = on_telegram(content, kind)
    if inbound is not None:
        await office.take(inbound)
    assert await office.untouched()


SL_ADMIN = PEOPLE["slack"][Role.ADMIN]
SL_BAN = f"!ban {VICTIM}"


def sl_edit(before: dict[str, Any], text: str) -> dict[str, Any]:
    message = {**before, "text": text, "edited": {"user": before["user"], "ts": "9.9"}}
    event = {"type": "message", "subtype": "message_changed", "channel": before["channel"], "channel_type": "im"}
    return {**event, "ts": "9.9", "message": message, "previous_message": before}


SLACK_IMPOSTORS: dict[str, dict[str, Any]] = {
    "a bot's message": sl_message("", SL_BAN, subtype="bot_message", bot_id="B1", username="ada"),
    "an app that posts as an admin": sl_message(SL_ADMIN, SL_BAN, bot_id="B1", app_id="A1"),
    "a workflow that names an admin": sl_message(SL_ADMIN, SL_BAN, subtype="bot_message", bot_id="B1"),
    "Slackbot": sl_message("USLACKBOT", SL_BAN),
    "the bot itself": sl_message("U0BOT", SL_BAN),
    "a guest from another workspace": sl_message(SL_ADMIN, SL_BAN, "C0SHOP", thread_ts="1.1", team="T0OTHER"),
    "a guest, as Connect names them": sl_message(SL_ADMIN, SL_BAN, user_team="T0OTHER", source_team="T0OTHER"),
    "a guest who sends a file": {
        key: value
        for key, value in sl_message(
            SL_ADMIN, SL_BAN, subtype="file_share", files=[{"id": "F1", "user_team": "T0OTHER"}]
        ).items()
        if key != "team"
    },
    "an admin's message, edited into a command": sl_edit(sl_message(SL_ADMIN, "hello"), SL_BAN),
    "an admin's message, deleted": {
        "type": "message",
        "subtype": "message_deleted",
        "channel": "D0CUST",
        "channel_type": "im",
        "ts": "9.9",
        "deleted_ts": "8.8",
        "previous_message": sl_message(SL_ADMIN, SL_BAN),
    },
    "an admin's message, shared by a customer": sl_message(
        "U0CUST", "", attachments=[{"is_share": True, "author_id": SL_ADMIN, "text": SL_BAN}]
    ),
    "an admin's name": sl_message("U0CUST", SL_BAN, username="ada", user_profile={"name": SL_ADMIN}),
    "a mention of an admin": sl_message("U0CUST", f"<@{SL_ADMIN}> {SL_BAN}"),
}


@pytest.mark.parametrize("who", SLACK_IMPOSTORS)
async def test_who_only_looks_like_an_admin_on_slack(office: Office, who: str) -> None:
    inbound = on_slack(SLACK_IMPOSTORS[who])
    if inbound is not None:
        await office.take(inbound)
    assert await office.untouched()


async def test_a_slash_command_of_another_workspace_is_a_strangers(office: Office) -> None:
    inbound = slashed(SL_ADMIN, f"ban {VICTIM}", "C0SHOP", team="T0OTHER")
    assert inbound is not None
    assert inbound.sender.key == f"slack:T0OTHER/{SL_ADMIN}"
    await office.take(inbound)
    assert await office.untouched()


@pytest.mark.parametrize("text", [BAN, SL_BAN, f"/looksee ban {VICTIM}", f"ban {VICTIM}"])
async def test_a_question_and_an_answer_are_never_commands(office: Office, text: str) -> None:
    """Neither over HTTP, where there are no commands, nor out of the model's mouth, whoever asked it."""
    office.model.script = lambda prompt: (text, f"\n/unban {VICTIM}\n/ban everyone")
    asked: list[Inbound | None] = [
        web.one_off(text, (), "en"),
        on_telegram(tg_message(ADMIN, "Please repeat what the screenshot says")),
        on_slack(sl_message(SL_ADMIN, "Please repeat what the screenshot says")),
    ]
    for inbound in asked:
        assert inbound is not None
        assert text in await office.take(inbound)
    assert len(office.model.prompts) == 3
    assert await office.untouched()
