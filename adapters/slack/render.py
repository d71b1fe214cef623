"""From `Reply` to the payloads that `SlackAdapter.send` posts."""

from __future__ import annotations

import json
from typing import Any

from slack_sdk.models.blocks import Block, ContextActionsBlock, FeedbackButtonsElement, MarkdownBlock
from slack_sdk.models.blocks.basic_components import FeedbackButtonObject

from adapters.slack import text as slack_text
from adapters.slack.translate import FEEDBACK_ACTION
from bot import texts
from bot.messages import Language, Reply
from bot.spoken import Links


def render(reply: Reply, links: Links) -> tuple[str, ...]:
    """The messages of a reply, as JSON: `text` (for notifications), `blocks`, and `private`, an address, if only one
    person is to see it."""
    parts = slack_text.split(slack_text.defuse(reply.text, links))
    payloads = []
    for number, part in enumerate(parts, start=1):
        payload = content(part, links)
        if reply.rateable and number == len(parts):
            payload["blocks"].append(_feedback(reply.language).to_dict())
        if reply.private_to:
            payload["private"] = reply.private_to
        payloads.append(json.dumps(payload, ensure_ascii=False))
    return tuple(payloads)


def content(markdown: str, links: Links) -> dict[str, Any]:
    """`text` and `blocks` of a message that shows this defused Markdown, BLOCK_LIMIT characters at the most."""
    blocks: list[Block] = [MarkdownBlock(text=markdown)]
    return {"text": slack_text.notification(markdown, links), "blocks": [block.to_dict() for block in blocks]}


def as_text(payload: dict[str, Any]) -> str:
    """The whole message as mrkdwn, for when Slack refuses its blocks. Nothing in it is a link."""
    return "\n\n".join(
        slack_text.as_mrkdwn(block["text"], Links())
        for block in payload["blocks"]
        if block["type"] == MarkdownBlock.type
    )


def _feedback(language: Language) -> Block:
    up, down = texts.RATE_UP.say(language), texts.RATE_DOWN.say(language)
    buttons = FeedbackButtonsElement(
        action_id=FEEDBACK_ACTION,
        positive_button=FeedbackButtonObject(text=up, accessibility_label=up, value="up"),
        negative_button=FeedbackButtonObject(text=down, accessibility_label=down, value="down"),
    )
    return ContextActionsBlock(elements=[buttons])
