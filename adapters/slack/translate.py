"""From Slack's payloads to `Inbound`: pure, and total over whatever JSON arrives.

Slack reports one thing several times and in several forms (retries, `message` beside `app_mention`), so the event ids
made here name the message, the edit or the press of a button, never the delivery.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import Enum, auto

from adapters.slack import text as slack_text
from adapters.slack.payloads import Payload, mapping, mappings, string
from bot.messages import Attachment, ChatKey, Inbound, Kind, Sender

PLATFORM = "slack"
COMMAND = "/looksee"

_SPOKEN = ("", "file_share", "thread_broadcast", "me_message")
_BANG = re.compile(r"[!！]([A-Za-z]+)(?:\s+(.*))?\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is: the workspace it is installed in, its user and its bot id; `desk` is the agents' channel."""

    team: str
    user: str
    bot: str = ""
    desk: str = ""


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
    kind = string(payload, "type")
    if kind in ("message", "app_mention"):
        return _message_event(payload, me, verbs)
    if kind == "app_home_opened" and string(payload, "tab") == "messages":
        return _greeting(string(payload, "channel"), "", string(payload, "user"), me)
    if kind == "assistant_thread_started":
        thread = mapping(payload, "assistant_thread")
        ts = string(thread, "thread_ts")
        return _greeting(string(thread, "channel_id"), ts, string(thread, "user_id"), me) if ts else None
    return None


def slash_command(payload: Payload, me: Identity) -> Inbound | None:
    """A slash command; without a verb it asks for help."""
    channel, user = string(payload, "channel_id"), string(payload, "user_id")
    trigger = string(payload, "trigger_id")
    if not (channel and user and trigger):
        return None
    verb, _, arguments = slack_text.plain(string(payload, "text")).partition(" ")
    return Inbound(
        event_id=f"command:{trigger}",
        chat=ChatKey(PLATFORM, me.team, channel),
        sender=sender_of(user, string(payload, "team_id") or me.team, string(payload, "user_name")),
        kind=Kind.COMMAND,
        command=verb.lstrip("/!").lower() or "help",
        text=arguments.strip(),
        private=is_direct(channel),
        settled=True,
        answer_to=address(channel, user, url=string(payload, "response_url")),
    )


def address(channel: str, user: str, *, thread: str = "", url: str = "") -> str:
    """Where somebody can be answered in private: in a channel, in the thread that they are looking at (if any), or, for
    half an hour and five times, by Slack's own address for answers (works where the bot is not in the channel)."""
    return json.dumps({"url": url, "channel": channel, "user": user, "thread": thread})


def home_opened(payload: Payload, me: Identity) -> tuple[Sender, str] | None:
    """Who looks at the app's home, and the channel of their direct messages; None for any other event."""
    user, channel = string(payload, "user"), string(payload, "channel")
    if string(payload, "type") != "app_home_opened" or string(payload, "tab") != "home" or not (user and channel):
        return None
    return sender_of(user, me.team), channel


def _message_event(payload: Payload, me: Identity, verbs: Collection[str]) -> Translated | None:
    subtype = string(payload, "subtype")
    if subtype == "message_changed":
        return _changed(payload, me)
    if subtype == "message_deleted":
        return _deleted(payload, string(payload, "deleted_ts"), me)
    # An edited mention is mentioned again, beside the `message_changed` that says the same.
    if string(payload, "type") == "app_mention" and (edited := string(mapping(payload, "edited"), "ts")):
        return _edited(payload, payload, edited, me)
    return _spoken(payload, payload, me, verbs)


def _spoken(payload: Payload, message: Payload, me: Identity, verbs: Collection[str]) -> Translated | None:
    """A message, said for the first time (`message` is `payload`) or edited (it is the new state within)."""
    channel, ts = string(payload, "channel"), string(message, "ts")
    if not (channel and ts) or not _by_a_person(message, me):
        return None
    raw, user = string(message, "text"), string(message, "user")
    direct = _is_direct(payload, channel)
    chat = _chat(channel, message, direct=direct, me=me)
    # In the agents' threads everything is for the bot, be it to say that it goes no further.
    office = channel == me.desk
    room = office and chat.thread != ts
    elsewhere = slack_text.mentions_others(raw, me.user)
    mentioned = slack_text.mentions(raw, me.user) or string(payload, "type") == "app_mention"
    addressed = direct or mentioned
    if not addressed and (not string(message, "thread_ts") or (elsewhere and not room)):
        return None
    shares = [one for one in mappings(message, "attachments") if one.get("is_share") or one.get("is_msg_unfurl")]
    # Where agents write, what Slack unfolds of a link is no part of what they say.
    shares = [one for one in shares if one.get("is_share")] if room else shares
    text, quoted = slack_text.plain(raw, me.user), []
    for shared in () if room else shares:
        said = slack_text.plain(string(shared, "text"))
        text = "\n\n".join(filter(None, (text, "\n".join(f"> {line}" for line in said.splitlines()))))
        quoted += [_attachment(file) for file in mappings(shared, "files")]
    attachments = tuple(_attachment(file) for file in mappings(message, "files"))
    command = _BANG.match(text)
    given = command is not None and (direct or room or command[1].lower() in verbs)
    return Translated(
        Inbound(
            event_id=f"message:{channel}:{ts}",
            chat=chat,
            sender=sender_of(user, _team(message, me)),
            kind=Kind.COMMAND if given else Kind.MESSAGE,
            command=command[1].lower() if command and given else "",
            text=(command[2] or "").strip() if command and given else text,
            message_id=ts,
            attachments=attachments,
            quoted=tuple(quoted),
            private=direct,
            # A picture with a question beside it is a whole question; a picture alone may still get one.
            settled=given or bool(attachments and text),
            answer_to=address(channel, user, thread=chat.thread if room else "") if office else "",
            mentions_others=elsewhere,
            mentions_bot=mentioned,
            forwarded=bool(shares),
            undone_by=_deletion(channel, ts),
        ),
        Condition.ALWAYS if addressed else Condition.KNOWN,
    )


def _changed(payload: Payload, me: Identity) -> Translated | None:
    message, before = mapping(payload, "message"), mapping(payload, "previous_message")
    if string(message, "subtype") == "tombstone":
        return _deleted(payload, string(message, "ts"), me)
    edited = string(mapping(message, "edited"), "ts")
    # Links that unfold and threads that grow are reported as changes too; only people's edits carry a new mark.
    if not edited or edited == string(mapping(before, "edited"), "ts"):
        return None
    return _edited(payload, message, edited, me)


def _edited(payload: Payload, message: Payload, edited: str, me: Identity) -> Translated | None:
    translated = _spoken(payload, message, me, ())
    if translated is None:
        return None
    new = translated.inbound
    inbound = replace(
        new,
        event_id=f"edit:{new.chat.chat}:{new.message_id}:{edited}",
        kind=Kind.EDIT,
        # An edited `!verb` is no second command.
        command="",
        text=f"!{new.command} {new.text}".strip() if new.command else new.text,
        settled=True,
    )
    return Translated(inbound, translated.when)


def _deleted(payload: Payload, ts: str, me: Identity) -> Translated | None:
    channel, before = string(payload, "channel"), mapping(payload, "previous_message")
    if not (channel and ts) or not _by_a_person(before, me):
        return None
    direct = _is_direct(payload, channel)
    inbound = Inbound(
        event_id=_deletion(channel, ts),
        chat=_chat(channel, {**before, "ts": ts}, direct=direct, me=me),
        sender=sender_of(string(before, "user"), _team(before, me)),
        kind=Kind.DELETE,
        message_id=ts,
        private=direct,
        settled=True,
    )
    return Translated(inbound, Condition.ALWAYS if direct else Condition.KNOWN)


def _deletion(channel: str, ts: str) -> str:
    return f"delete:{channel}:{ts}"


def _greeting(channel: str, thread: str, user: str, me: Identity) -> Translated | None:
    if not (channel and user) or user == me.user:
        return None
    inbound = Inbound(
        event_id=f"greeting:{channel}:{thread}",
        chat=ChatKey(PLATFORM, me.team, channel, thread),
        sender=sender_of(user, me.team),
        kind=Kind.COMMAND,
        command="start",
        settled=True,
    )
    return Translated(inbound, Condition.NEW)


def _by_a_person(message: Payload, me: Identity) -> bool:
    user = string(message, "user")
    spoken = string(message, "subtype") in _SPOKEN
    return spoken and user not in ("", me.user, "USLACKBOT") and not message.get("bot_id")


def _chat(channel: str, message: Payload, *, direct: bool, me: Identity) -> ChatKey:
    return ChatKey(PLATFORM, me.team, channel, thread_of(message, direct=direct))


def thread_of(message: Payload, *, direct: bool) -> str:
    """The thread that a message belongs to. In a channel each message has one under it, be it empty; in direct messages
    those that stand in none are one conversation, with threads under them or without."""
    thread, ts = string(message, "thread_ts"), string(message, "ts")
    if direct:
        return "" if thread == ts else thread
    return thread or ts


def _is_direct(payload: Payload, channel: str) -> bool:
    return string(payload, "channel_type") == "im" or is_direct(channel)


def is_direct(channel: str) -> bool:
    """Whether a channel is somebody's direct messages."""
    return channel.startswith("D")


def _team(message: Payload, me: Identity) -> str:
    """The sender's own workspace, which is another one in channels shared by Slack Connect."""
    # Messages with files come without `team`; the files say whose they are.
    files = [string(file, "user_team") for file in mappings(message, "files")]
    named = (string(message, field) for field in ("user_team", "team", "source_team"))
    return next(filter(None, (*named, *files)), me.team)


def sender_of(user: str, team: str, name: str = "") -> Sender:
    """Somebody by their id and their own workspace."""
    return Sender(f"{PLATFORM}:{team}/{user}", name)


def _attachment(file: Payload) -> Attachment:
    url = string(file, "url_private_download") or string(file, "url_private")
    if string(file, "file_access") == "check_file_info":
        url = ""  # a Slack Connect file is a stub, whose address files.info knows
    size = file.get("size")
    return Attachment(
        ref=json.dumps({"id": string(file, "id"), "url": url}),
        name=string(file, "name") or string(file, "title"),
        media_type=string(file, "mimetype"),
        size=size if isinstance(size, int) and size > 0 else None,
    )
