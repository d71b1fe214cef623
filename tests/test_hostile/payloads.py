"""What platforms report, with parts missing, odd or huge."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

Json = Any
ODD: tuple[Json, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63), 10**40, 1.5, float("inf"), "", " ", "\x00", "\ud800", "x\udfffy", "٣",
    "\u202e", "🙂", "a" * 5000, "../../etc/passwd", "<@U0BOT>", "/ban", "!ban", [], {}, [[]], [None], {"": None}, [[[[[[]]]]]],
    "1e999", "-1", "0", "null", "D0CUST", "telegram:1", [1] * 300, {str(n): n for n in range(100)}, "%00", "'; DROP TABLE inbox",
)  # fmt: skip


def mutated(value: Json, draw: random.Random) -> Json:
    """A copy, of which some parts are gone, doubled, somewhere else or something else."""
    made = copy.deepcopy(value)
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        places = list(_places(made))
        if not places:
            return draw.choice(ODD)
        holder, key = draw.choice(places)
        change = draw.random()
        if change < 0.2:
            del holder[key]
        elif change < 0.75:
            holder[key] = copy.deepcopy(draw.choice(ODD))
        elif change < 0.9:
            other, name = draw.choice(places)
            holder[key] = copy.deepcopy(other[name]) if _has(other, name) else None
        else:
            holder[key] = [holder[key]] * draw.choice((2, 50))
    return made


def _places(value: Json) -> Iterator[tuple[Json, Any]]:
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


def _has(holder: Json, key: Any) -> bool:
    return key in holder if isinstance(holder, dict) else isinstance(key, int) and key < len(holder)


_ADA = {"id": 2002, "is_bot": False, "first_name": "Ada", "last_name": "L", "username": "ada", "language_code": "en"}
_PRIVATE = {"id": 2002, "type": "private", "first_name": "Ada"}
_GROUP = {"id": -1001234567890123, "type": "supergroup", "title": "Buyers", "is_forum": True}
_FILE = {"file_id": "F1", "file_unique_id": "u", "file_size": 10}
_PHOTO = [{**_FILE, "width": side, "height": side} for side in (90, 1280)]


def _telegram(message: Json, kind: str = "message") -> Json:
    return {"update_id": 1, kind: {"message_id": 5, "date": 1700000000, "from": _ADA, "chat": _PRIVATE, **message}}


TELEGRAM: tuple[Json, ...] = (
    _telegram({"text": "What is this?"}),
    _telegram({"text": "/help@shop_bot me", "entities": [{"type": "bot_command", "offset": 0, "length": 14}]}),
    _telegram({"photo": _PHOTO, "caption": "This?", "media_group_id": "g1"}),
    _telegram({"document": {**_FILE, "file_name": "a.png", "mime_type": "image/png"}}),
    _telegram({"text": "changed", "edit_date": 1700000001}, "edited_message"),
    _telegram({"chat": _GROUP, "message_thread_id": 7, "is_topic_message": True, "text": "@shop_bot 🙂 hi",
               "entities": [{"type": "mention", "offset": 0, "length": 9}],
               "reply_to_message": {"message_id": 4, "date": 1, "chat": _GROUP, "from": _ADA, "photo": _PHOTO}}),
    _telegram({"text": "x", "forward_origin": {"type": "user", "date": 1, "sender_user": _ADA}}),
    _telegram({"sender_chat": _GROUP, "chat": _GROUP, "text": "/stop", "entities": [{"type": "bot_command", "offset": 0, "length": 5}]}),
    _telegram({"voice": {**_FILE, "duration": 1}}),
    _telegram({"sticker": {**_FILE, "type": "regular", "width": 1, "height": 1, "is_animated": False, "is_video": False}}),
    {"update_id": 2, "callback_query": {"id": "1", "from": _ADA, "chat_instance": "1", "data": "rate:1:",
                                        "message": {"message_id": 5, "date": 1, "chat": _PRIVATE, "text": "x"}}},
    {"update_id": 3, "stopped_message_generation": {"chat": _PRIVATE, "draft_id": 1}},
)  # fmt: skip

_FILES = [{"id": "F1", "name": "a.png", "mimetype": "image/png", "size": 9, "url_private": "https://files.test/a.png",
           "user_team": "T0TEAM", "file_access": "visible"}]  # fmt: skip
_SAID = {"type": "message", "channel": "D0CUST", "channel_type": "im", "user": "U0CUST", "ts": "1700000000.000100",
         "text": "What is <https://a.test|this>?", "team": "T0TEAM"}  # fmt: skip


def _slack(event: Json) -> Json:
    return {
        "token": "legacy", "team_id": "T0TEAM", "api_app_id": "A0APP", "type": "event_callback", "event_id": "Ev1",
        "event_time": 1700000000, "event": event,
        "authorizations": [{"team_id": "T0TEAM", "user_id": "U0BOT", "is_bot": True}],
    }  # fmt: skip


SLACK: tuple[Json, ...] = (
    _slack(_SAID),
    _slack({**_SAID, "subtype": "file_share", "files": _FILES}),
    _slack({**_SAID, "type": "app_mention", "channel": "C0SHOP", "text": "<@U0BOT> hi", "thread_ts": "1700000000.000001"}),
    _slack({**_SAID, "subtype": "message_changed", "message": {**_SAID, "edited": {"user": "U0CUST", "ts": "1"}},
            "previous_message": _SAID}),
    _slack({**_SAID, "subtype": "message_deleted", "deleted_ts": "1700000000.000100", "previous_message": _SAID}),
    _slack({**_SAID, "text": "!help me", "attachments": [{"is_share": True, "text": "x", "files": _FILES}]}),
    _slack({"type": "app_home_opened", "tab": "messages", "channel": "D0CUST", "user": "U0CUST"}),
    _slack({"type": "assistant_thread_started", "assistant_thread": {"channel_id": "D0CUST", "thread_ts": "1", "user_id": "U0CUST"}}),
    {"type": "url_verification", "challenge": "x", "token": "t"},
)  # fmt: skip

SLACK_FORMS: tuple[Json, ...] = (
    {"command": "/looksee", "text": "help me", "channel_id": "D0CUST", "user_id": "U0CUST", "trigger_id": "1.2",
     "team_id": "T0TEAM", "response_url": "http://127.0.0.1:1/x", "user_name": "ada"},
    {"payload": {"type": "block_actions", "user": {"id": "U0CUST", "team_id": "T0TEAM"}, "team": {"id": "T0TEAM"},
                 "container": {"type": "message", "message_ts": "1.2", "channel_id": "D0CUST"},
                 "channel": {"id": "D0CUST"}, "message": {"ts": "1.2"}, "trigger_id": "1", "api_app_id": "A0APP",
                 "actions": [{"type": "feedback_buttons", "action_id": "looksee_feedback", "value": "up", "action_ts": "1"}]}},
)  # fmt: skip

_UUID = "0d9f6d4e-8f3c-4a55-9f0e-4f5b7f1d2c3a"
WEB: dict[str, Json] = {
    "/api/commands": {"id": _UUID, "verb": "help", "text": "", "language": "en"},
    "/api/feedback": {"id": _UUID, "message": "out-1", "rating": 1, "language": "zh"},
    "/api/predict": {"data": ["data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwC", "What?"]},
}
