"""From Slack's payloads to `Inbound`: pure, and total over whatever JSON arrives.

Slack reports one thing several times and in several forms (retries, `message` beside `app_mention`), so the event ids
made here name the message, the edit or the press of a button, never the delivery.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from adapters.slack import text as slack_text
from bot.messages import Attachment, ChatKey, Inbound, Kind, Sender

PLATFORM = "slack"
COMMAND = "/looksee"
FEEDBACK_ACTION = "looksee_feedback"
RATINGS = {"up": 1, "down": -1}

_SPOKEN = ("", "file_share", "thread_broadcast", "me_message")
_BANG = re.compile(r"!([A-Za-z]+)(?:\s+(.*))?\Z", re.DOTALL)

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is: the workspace it is installed in, its user and its bot id."""

    team: str
    user: str
    bot: str = ""


class Condition(Enum):
    """When a translated event concerns the bot, which only the conversation can tell."""

    ALWAYS = auto()
    KNOWN = auto()
    """Only where the bot takes part already."""
    NEW = auto()
    """Only where the bot has not spoken yet."""


@dataclass(frozen=True, slots=True)
class Translated:
    """What an event means, and when it counts."""

    inbound: Inbound
    when: Condition = Condition.ALWAYS


def event(payload: Payload, me: Identity, verbs: Collection[str]) -> Translated | None:
    """The inner event of an Events API callback; None if it is not for the bot. `verbs` are the commands known."""
    kind = _string(payload, "type")
    if kind in ("message", "app_mention"):
        return _message_event(payload, me, verbs)
    if kind == "app_home_opened" and _string(payload, "tab") == "messages":
        return _greeting(_string(payload, "channel"), "", _string(payload, "user"), me)
    if kind == "assistant_thread_started":
        thread = _mapping(payload, "assistant_thread")
        ts = _string(thread, "thread_ts")
        return _greeting(_string(thread, "channel_id"), ts, _string(thread, "user_id"), me) if ts else None
    return None


def slash_command(payload: Payload, me: Identity) -> Inbound | None:
    """A slash command; without a verb it asks for help."""
    channel, user = _string(payload, "channel_id"), _string(payload, "user_id")
    trigger = _string(payload, "trigger_id")
    if not (channel and user and trigger):
        return None
    verb, _, arguments = slack_text.plain(_string(payload, "text")).partition(" ")
    return Inbound(
        event_id=f"command:{trigger}",
        chat=ChatKey(PLATFORM, me.team, channel),
        sender=_sender(user, _string(payload, "team_id") or me.team, _string(payload, "user_name")),
        kind=Kind.COMMAND,
        command=verb.lstrip("/!").lower() or "help",
        text=arguments.strip(),
        private=channel.startswith("D"),
        settled=True,
        answer_to=json.dumps({"url": _string(payload, "response_url"), "channel": channel, "user": user}),
    )


def block_action(payload: Payload, me: Identity) -> Inbound | None:
    """A press on the feedback buttons under an answer; None for any other action."""
    message, user = _mapping(payload, "message"), _mapping(payload, "user")
    container = _mapping(payload, "container")
    channel = _string(_mapping(payload, "channel"), "id") or _string(container, "channel_id")
    ts = _string(message, "ts") or _string(container, "message_ts")
    presser = _string(user, "id")
    for action in _mappings(payload, "actions"):
        rating = RATINGS.get(_string(action, "value"))
        if _string(action, "action_id") != FEEDBACK_ACTION or not (rating and channel and ts and presser):
            continue
        thread = _string(message, "thread_ts") or _string(container, "thread_ts")
        direct = channel.startswith("D")
        return Inbound(
            event_id=f"action:{channel}:{ts}:{presser}:{_string(action, 'action_ts')}",
            chat=ChatKey(PLATFORM, me.team, channel, thread if direct else thread or ts),
            sender=_sender(presser, _string(user, "team_id") or me.team, _string(user, "username")),
            kind=Kind.FEEDBACK,
            message_id=ts,
            rating=rating,
            private=direct,
            settled=True,
        )
    return None


def _message_event(payload: Payload, me: Identity, verbs: Collection[str]) -> Translated | None:
    subtype = _string(payload, "subtype")
    if subtype == "message_changed":
        return _changed(payload, me)
    if subtype == "message_deleted":
        return _deleted(payload, _string(payload, "deleted_ts"), me)
    # An edited mention is mentioned again, beside the `message_changed` that says the same.
    if _string(payload, "type") == "app_mention" and (edited := _string(_mapping(payload, "edited"), "ts")):
        return _edited(payload, payload, edited, me)
    return _spoken(payload, payload, me, verbs)


def _spoken(payload: Payload, message: Payload, me: Identity, verbs: Collection[str]) -> Translated | None:
    """A message, said for the first time (`message` is `payload`) or edited (it is the new state within)."""
    channel, ts = _string(payload, "channel"), _string(message, "ts")
    if not (channel and ts) or not _by_a_person(message, me):
        return None
    raw = _string(message, "text")
    direct = _is_direct(payload, channel)
    addressed = direct or slack_text.mentions(raw, me.user) or _string(payload, "type") == "app_mention"
    if not addressed and (not _string(message, "thread_ts") or slack_text.mentions_others(raw, me.user)):
        return None
    text, quoted = slack_text.plain(raw, me.user), []
    for shared in _mappings(message, "attachments"):
        if shared.get("is_share") or shared.get("is_msg_unfurl"):
            said = slack_text.plain(_string(shared, "text"))
            text = "\n\n".join(filter(None, (text, "\n".join(f"> {line}" for line in said.splitlines()))))
            quoted += [_attachment(file) for file in _mappings(shared, "files")]
    attachments = tuple(_attachment(file) for file in _mappings(message, "files"))
    command = _BANG.match(text)
    given = command is not None and (direct or command[1].lower() in verbs)
    return Translated(
        Inbound(
            event_id=f"message:{channel}:{ts}",
            chat=_chat(channel, message, direct=direct, me=me),
            sender=_sender(_string(message, "user"), _team(message, me)),
            kind=Kind.COMMAND if given else Kind.MESSAGE,
            command=command[1].lower() if command and given else "",
            text=(command[2] or "").strip() if command and given else text,
            message_id=ts,
            attachments=attachments,
            quoted=tuple(quoted),
            private=direct,
            # A picture with a question beside it is a whole question; a picture alone may still get one.
            settled=given or bool(attachments and text),
        ),
        Condition.ALWAYS if addressed else Condition.KNOWN,
    )


def _changed(payload: Payload, me: Identity) -> Translated | None:
    message, before = _mapping(payload, "message"), _mapping(payload, "previous_message")
    if _string(message, "subtype") == "tombstone":
        return _deleted(payload, _string(message, "ts"), me)
    edited = _string(_mapping(message, "edited"), "ts")
    # Links that unfold and threads that grow are reported as changes too; only people's edits carry a new mark.
    if not edited or edited == _string(_mapping(before, "edited"), "ts"):
        return None
    return _edited(payload, message, edited, me)


def _edited(payload: Payload, message: Payload, edited: str, me: Identity) -> Translated | None:
    translated = _spoken(payload, message, me, ())
    if translated is None:
        return None
    new = translated.inbound
    inbound = Inbound(
        event_id=f"edit:{new.chat.chat}:{new.message_id}:{edited}",
        chat=new.chat,
        sender=new.sender,
        kind=Kind.EDIT,
        # An edited `!verb` is no second command.
        text=f"!{new.command} {new.text}".strip() if new.command else new.text,
        message_id=new.message_id,
        attachments=new.attachments,
        quoted=new.quoted,
        private=new.private,
        settled=True,
    )
    return Translated(inbound, translated.when)


def _deleted(payload: Payload, ts: str, me: Identity) -> Translated | None:
    channel, before = _string(payload, "channel"), _mapping(payload, "previous_message")
    if not (channel and ts) or not _by_a_person(before, me):
        return None
    direct = _is_direct(payload, channel)
    inbound = Inbound(
        event_id=f"delete:{channel}:{ts}",
        chat=_chat(channel, {**before, "ts": ts}, direct=direct, me=me),
        sender=_sender(_string(before, "user"), _team(before, me)),
        kind=Kind.DELETE,
        message_id=ts,
        private=direct,
        settled=True,
    )
    return Translated(inbound, Condition.ALWAYS if direct else Condition.KNOWN)


def _greeting(channel: str, thread: str, user: str, me: Identity) -> Translated | None:
    if not (channel and user) or user == me.user:
        return None
    inbound = Inbound(
        event_id=f"greeting:{channel}:{thread}",
        chat=ChatKey(PLATFORM, me.team, channel, thread),
        sender=_sender(user, me.team),
        kind=Kind.COMMAND,
        command="start",
        settled=True,
    )
    return Translated(inbound, Condition.NEW)


def _by_a_person(message: Payload, me: Identity) -> bool:
    user = _string(message, "user")
    spoken = _string(message, "subtype") in _SPOKEN
    return spoken and user not in ("", me.user, "USLACKBOT") and not message.get("bot_id")


def _chat(channel: str, message: Payload, *, direct: bool, me: Identity) -> ChatKey:
    thread = _string(message, "thread_ts")
    return ChatKey(PLATFORM, me.team, channel, thread if direct else thread or _string(message, "ts"))


def _is_direct(payload: Payload, channel: str) -> bool:
    return _string(payload, "channel_type") == "im" or channel.startswith("D")


def _team(message: Payload, me: Identity) -> str:
    """The sender's own workspace, which is another one in channels shared by Slack Connect."""
    # Messages with files come without `team`; the files say whose they are.
    files = [_string(file, "user_team") for file in _mappings(message, "files")]
    named = (_string(message, field) for field in ("user_team", "team", "source_team"))
    return next(filter(None, (*named, *files)), me.team)


def _sender(user: str, team: str, name: str = "") -> Sender:
    return Sender(f"{PLATFORM}:{team}/{user}", name)


def _attachment(file: Payload) -> Attachment:
    url = _string(file, "url_private_download") or _string(file, "url_private")
    if _string(file, "file_access") == "check_file_info":
        url = ""  # a Slack Connect file is a stub, whose address files.info knows
    size = file.get("size")
    return Attachment(
        ref=json.dumps({"id": _string(file, "id"), "url": url}),
        name=_string(file, "name") or _string(file, "title"),
        media_type=_string(file, "mimetype"),
        size=size if isinstance(size, int) and size > 0 else None,
    )


def _string(payload: Payload, key: str) -> str:
    value = payload.get(key)
    return value if isinstance(value, str) else ""


def _mapping(payload: Payload, key: str) -> Payload:
    value = payload.get(key)
    return value if isinstance(value, Mapping) else {}


def _mappings(payload: Payload, key: str) -> list[Payload]:
    value = payload.get(key)
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []
