"""Block Kit: buttons and pictures of messages, the home tab, and what a press of one of our buttons says. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextActionsBlock,
    FeedbackButtonsElement,
    ImageBlock,
    MarkdownBlock,
    SectionBlock,
)
from slack_sdk.models.blocks.basic_components import FeedbackButtonObject, SlackFile

from adapters.slack import sentences
from adapters.slack import text as slack_text
from bot import texts
from bot.messages import Button, Language

Json = dict[str, Any]

FEEDBACK_ACTION = "looksee_feedback"
BUTTON_ACTION = "looksee_button"
EDIT_ACTION = "looksee_edit"
REASON_ACTION = "looksee_reason"

ROOM = "looksee_room:"
"""Begins the block id of buttons in a message that only one person sees: of such a message Slack does not say which
thread it was for."""

PICTURE = "looksee_picture:"
"""Begins the block id of a picture; its content hash follows."""

PICTURES_LIMIT = 20
HOME_LIMIT = 100
_ROW = 25
_LABEL = 75
_CONFIRM = 300
SECTION = 3_000
"""Slack's limits: blocks of a home tab, buttons of one block, and characters of a label, a question and a section."""


def buttons(pressable: Sequence[Button], language: Language) -> list[Json]:
    """The blocks of a message's buttons."""
    elements = [_button(number, button, language) for number, button in enumerate(pressable)]
    rows = (elements[start : start + _ROW] for start in range(0, len(elements), _ROW))
    return [ActionsBlock(elements=row).to_dict() for row in rows]


def _button(number: int, button: Button, language: Language) -> ButtonElement:
    return ButtonElement(
        text=slack_text.clip(button.label, _LABEL),
        action_id=f"{EDIT_ACTION if button.edits else BUTTON_ACTION}_{number}",
        value=f"{button.command} {button.text}".rstrip(),
        style=button.style or None,
        confirm=_confirm(button, language) if button.confirm else None,
    )


def _confirm(button: Button, language: Language) -> ConfirmObject:
    return ConfirmObject(
        title=sentences.SURE.say(language),
        text={"type": "plain_text", "text": slack_text.clip(button.confirm, _CONFIRM)},
        confirm=sentences.YES.say(language),
        deny=sentences.NO.say(language),
        style="danger" if button.style == "danger" else None,
    )


def button_of(action: Mapping[str, Any]) -> Button | None:
    """The button that was pressed, by its action in Slack's report; None if it is none of `buttons`."""
    action_id, value, text = action.get("action_id"), action.get("value"), action.get("text")
    if not (isinstance(action_id, str) and isinstance(value, str)):
        return None
    edits = action_id.startswith(f"{EDIT_ACTION}_")
    command, _, argument = value.partition(" ")
    if not command or not (edits or action_id.startswith(f"{BUTTON_ACTION}_")):
        return None
    label = text.get("text") if isinstance(text, Mapping) else None
    return Button(label if isinstance(label, str) else "", command, argument, edits=edits)


def feedback(language: Language) -> Json:
    """Thumbs under an answer."""
    up, down = texts.RATE_UP.say(language), texts.RATE_DOWN.say(language)
    thumbs = FeedbackButtonsElement(
        action_id=FEEDBACK_ACTION,
        positive_button=FeedbackButtonObject(text=up, accessibility_label=up, value="up"),
        negative_button=FeedbackButtonObject(text=down, accessibility_label=down, value="down"),
    )
    return ContextActionsBlock(elements=[thumbs]).to_dict()


def reasons(value: str, language: Language) -> Json:
    """What asks somebody who pressed thumbs down for why; `value` comes back with the press."""
    question = sentences.WHY.say(language)
    elements = [
        ButtonElement(text=label.say(language), action_id=f"{REASON_ACTION}_{reason}", value=value)
        for reason, label in texts.REASONS.items()
    ]
    blocks: list[Block] = [MarkdownBlock(text=question), ActionsBlock(elements=elements)]
    return {"text": question, "blocks": [block.to_dict() for block in blocks]}


def picture(sha256: str, file: str, alt: str) -> Json:
    """A picture that lies at Slack as the file `file`."""
    return ImageBlock(alt_text=alt, slack_file=SlackFile(id=file), block_id=PICTURE + sha256).to_dict()


def files_shown(message: Mapping[str, Any]) -> dict[str, str]:
    """The files that a message of ours shows as pictures, by their content hash."""
    return {
        str(block.get("block_id", "")).removeprefix(PICTURE): str(block["slack_file"].get("id", ""))
        for block in message.get("blocks") or ()
        if block.get("type") == ImageBlock.type and isinstance(block.get("slack_file"), dict)
    }


def section(mrkdwn: str) -> Json:
    """Text on a surface that takes no Markdown."""
    return SectionBlock(text={"type": "mrkdwn", "text": slack_text.clip(mrkdwn, SECTION)}).to_dict()
