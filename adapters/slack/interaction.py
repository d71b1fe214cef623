"""From presses, shortcuts and windows to `Inbound`: pure, and total over whatever JSON arrives."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from adapters.slack import blocks
from adapters.slack import text as slack_text
from adapters.slack.payloads import Payload, mapping, mappings, string
from adapters.slack.translate import PLATFORM, Identity, address, sender_of, thread_of
from adapters.slack.windows import written
from bot import texts
from bot.messages import Button, ChatKey, Inbound, Kind, Sender

RATINGS = {"up": 1, "down": -1}

ASK_SHORTCUT = "looksee_ask"
SUGGEST_SHORTCUT = "looksee_suggest"


@dataclass(frozen=True, slots=True)
class Interaction:
    """Somebody pressed something, or chose it from a menu.

    `inbound` is what that is, but for the command. `remarks` is an address where they can be told something in private.
    `trigger` lets the bot open a window within three seconds; `respond` is where what was pressed can be replaced;
    `text` is the message's, which shows its language.
    """

    inbound: Inbound
    remarks: str
    trigger: str
    respond: str = ""
    text: str = ""

    def command(self, button: Button) -> Inbound:
        """It as the command of a button."""
        return replace(self.inbound, kind=Kind.COMMAND, command=button.command, text=button.text)

    def rated(self, rating: int, message_id: str, reason: str = "") -> Inbound:
        """It as thumbs for an answer."""
        return replace(self.inbound, kind=Kind.FEEDBACK, rating=rating, message_id=message_id, text=reason, reply_to="")


def pressed(payload: Payload, me: Identity) -> tuple[Interaction, Payload] | None:
    """A press in a message or in the home tab, with the action that was pressed."""
    action = next(iter(mappings(payload, "actions")), {})
    container, view = mapping(payload, "container"), mapping(payload, "view")
    message: Payload = {"ts": string(container, "message_ts"), "thread_ts": string(container, "thread_ts")}
    message = {**message, **mapping(payload, "message")}
    channel = string(mapping(payload, "channel"), "id") or string(container, "channel_id")
    if view:  # of the home tab, whose answers go to the direct messages
        channel, message = string(view, "private_metadata"), {}
        if not channel.startswith("D"):
            return None
    found = _interaction(payload, me, channel, message)
    if found is None or not action:
        return None
    presser = string(mapping(payload, "user"), "id")
    event_id = f"action:{channel}:{string(message, 'ts')}:{presser}:{string(action, 'action_ts')}"
    inbound = replace(found.inbound, event_id=event_id)
    if container.get("is_ephemeral") is True:
        # What only one person sees cannot be found again, nor does Slack say which thread it was for.
        room = string(action, "block_id").removeprefix(blocks.ROOM).rpartition(":")[0]
        inbound = replace(inbound, chat=replace(inbound.chat, thread=room), reply_to="")
    return replace(found, inbound=inbound), action


def shortcut(payload: Payload, me: Identity) -> Interaction | None:
    """A choice from a message's menu."""
    message = {"ts": string(payload, "message_ts"), **mapping(payload, "message")}
    found = _interaction(payload, me, string(mapping(payload, "channel"), "id"), message)
    if found is None or not (found.trigger and found.inbound.reply_to):
        return None
    return replace(found, inbound=replace(found.inbound, event_id=f"shortcut:{found.trigger}"))


def _interaction(payload: Payload, me: Identity, channel: str, message: Payload) -> Interaction | None:
    """What all of them have in common, but for the event's id. `message` is where they act, if anywhere."""
    sender, user, ts = _person(payload, me), string(mapping(payload, "user"), "id"), string(message, "ts")
    direct = channel.startswith("D")
    if not (channel and user and (ts or direct)):
        return None
    respond, within = string(payload, "response_url"), thread_of(message, direct=True)
    remarks = address(channel, user, thread=within, url=respond)
    inbound = Inbound(
        event_id="",
        chat=ChatKey(PLATFORM, me.team, channel, thread_of(message, direct=direct)),
        sender=sender,
        kind=Kind.COMMAND,
        reply_to=ts,
        private=direct,
        settled=True,
        # In direct messages nobody else reads along: there, answers stay.
        answer_to="" if direct else remarks,
    )
    return Interaction(
        inbound, remarks, string(payload, "trigger_id"), respond, slack_text.plain(string(message, "text"))
    )


def _person(payload: Payload, me: Identity) -> Sender:
    user = mapping(payload, "user")
    name = string(user, "username") or string(user, "name")
    return sender_of(string(user, "id"), string(user, "team_id") or me.team, name)


@dataclass(frozen=True, slots=True)
class Form:
    """What a window of ours is for: what submitting it says, but for the text. It travels in the window."""

    chat: ChatKey
    message: str
    answer_to: str
    private: bool
    command: str = ""
    text: str = ""
    rates: bool = False

    @classmethod
    def of(cls, inbound: Inbound, *, rates: bool = False) -> Form:
        """The form that completes something which was begun, a command or a thumb."""
        message = inbound.message_id if rates else inbound.reply_to
        return cls(inbound.chat, message, inbound.answer_to, inbound.private, inbound.command, inbound.text, rates)

    def dump(self) -> str:
        """The form as text. What somebody typed may make it longer than a window takes."""
        values = [str(self.chat), self.message, self.answer_to, self.private, self.command, self.text, self.rates]
        # Escapes would make six characters of one.
        return json.dumps(values, ensure_ascii=False)

    @classmethod
    def load(cls, text: str) -> Form | None:
        """The inverse of `dump`; None for anything else."""
        try:
            chat, *rest = json.loads(text)
            return cls(ChatKey.parse(chat), *rest)
        except (ValueError, TypeError, AttributeError):
            return None


def submission(payload: Payload, me: Identity) -> Inbound | None:
    """A window that was filled in; one that was taken is gone, so that each is submitted once."""
    view, sender = mapping(payload, "view"), _person(payload, me)
    form = Form.load(string(view, "private_metadata"))
    if form is None or not string(mapping(payload, "user"), "id") or not string(view, "id"):
        return None
    text = written(mapping(mapping(view, "state"), "values"))
    inbound = Inbound(
        event_id=f"submission:{string(view, 'id')}",
        chat=form.chat,
        sender=sender,
        private=form.private,
        settled=True,
        answer_to=form.answer_to,
    )
    if form.rates:
        return replace(inbound, kind=Kind.FEEDBACK, rating=-1, message_id=form.message, text=text)
    whole = f"{form.text} {text}".strip()
    return replace(inbound, kind=Kind.COMMAND, command=form.command, text=whole, reply_to=form.message)


def reason_of(action: Payload) -> str:
    """Which of `texts.REASONS` was pressed; "" if it is none."""
    reason = string(action, "action_id").removeprefix(f"{blocks.REASON_ACTION}_")
    return reason if reason in texts.REASONS else ""


def rating_of(action: Payload) -> int:
    """1 or -1 for a press on thumbs, else 0."""
    return RATINGS.get(string(action, "value"), 0) if string(action, "action_id") == blocks.FEEDBACK_ACTION else 0
