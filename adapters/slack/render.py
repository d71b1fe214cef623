"""From `Reply` to the payloads that `SlackAdapter.send` posts, and to the home tab."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import astuple, replace
from typing import Any

from slack_sdk.models.blocks import MarkdownBlock

from adapters.slack import blocks, sentences
from adapters.slack import text as slack_text
from bot.messages import File, Reply
from bot.spoken import ANYWHERE, Links

Json = dict[str, Any]

_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif"})
"""Kinds of files that Slack shows within a message."""

_NAME = 80
_MARKUP = re.compile(r"([\\*_`~\[\]<>#|])")


def render(reply: Reply, links: Links) -> tuple[str, ...]:
    """The messages of a reply, as JSON.

    `text` is for notifications, `blocks` are shown; `pictures` (with `language`, for what stands in place of one that
    is gone) and `image` are put among them once they lie at Slack. `private` is an address, if only one person is to
    see it. A `file` that is no picture is a message of its own.
    """
    payloads = _messages(reply, _links(reply, links))
    last = payloads[-1]
    last["pictures"] = [astuple(ref) for ref in dict.fromkeys(reply.pictures)][: blocks.PICTURES_LIMIT]
    if reply.rateable:
        last["blocks"].append(blocks.feedback(reply.language))
    last["blocks"] += blocks.buttons(reply.buttons, reply.language)
    if reply.file is not None:
        if reply.file.media_type in _PICTURES:
            last["image"] = _inline(reply.file)
        else:
            payloads.append({"text": reply.file.name, "blocks": [], "file": _inline(reply.file)})
    for payload in payloads:
        payload["language"] = reply.language
        if reply.private_to:
            payload["private"] = reply.private_to
    return tuple(json.dumps(payload, ensure_ascii=False) for payload in payloads)


def opening(title: str, card: Reply, links: Links) -> str:
    """The one message that opens a thread: the card, with `title` where notifications show it. A card that is far too
    long is cut."""
    # Half, since what makes its words harmless takes room, too.
    [payload, *_] = render(replace(card, text=slack_text.clip(card.text, slack_text.BLOCK_LIMIT // 2)), links)
    return json.dumps({**json.loads(payload), "text": slack_text.notification(title, Links())}, ensure_ascii=False)


def removal() -> str:
    """The payload of what takes a message away."""
    return json.dumps({"removes": True})


def home(replies: Sequence[Reply], links: Links) -> list[Json]:
    """The blocks of a home tab, which takes no Markdown and is shown without pictures and files."""
    shown: list[Json] = []
    for reply in replies:
        own = _links(reply, links)
        parts = slack_text.split(_defused(reply, own), blocks.SECTION // 2)
        shown += [blocks.section(slack_text.as_mrkdwn(part, own)) for part in parts]
        shown += blocks.buttons(reply.buttons, reply.language)
    if len(shown) > blocks.HOME_LIMIT:
        language = replies[-1].language
        more = slack_text.as_mrkdwn(sentences.HOME_MORE.say(language), links)
        shown = [*shown[: blocks.HOME_LIMIT - 1], blocks.section(more)]
    return shown


def content(markdown: str, links: Links) -> Json:
    """`text` and `blocks` of a message that shows this defused Markdown, BLOCK_LIMIT characters at the most."""
    return {"text": slack_text.notification(markdown, links), "blocks": [MarkdownBlock(text=markdown).to_dict()]}


def as_text(payload: Json) -> str:
    """The whole message as mrkdwn, for when Slack refuses its blocks. Nothing in it is a link."""
    parts = [block["text"] for block in payload["blocks"] if block["type"] == MarkdownBlock.type]
    return "\n\n".join(slack_text.as_mrkdwn(part, Links()) for part in parts) or str(payload["text"])


def _messages(reply: Reply, links: Links) -> list[Json]:
    if (reply.pictures or reply.file) and not (reply.text.strip() or reply.author):
        return [{"text": sentences.PICTURE.say(reply.language), "blocks": []}]
    return [content(part, links) for part in slack_text.split(_defused(reply, links))]


def _defused(reply: Reply, links: Links) -> str:
    # What the model, a customer or an agent said is harmless in code, too; what the bot says by itself is to be copied.
    own = not (reply.rateable or reply.quotes or reply.author)
    return slack_text.defuse(_authored(reply), links, copied=own)


def _authored(reply: Reply) -> str:
    if not reply.author:
        return reply.text
    name = _MARKUP.sub(r"\\\1", " ".join(reply.author.split())[:_NAME])
    # A paragraph of its own: the text may begin with a list or with code.
    return f"**{name}:**\n\n{reply.text}"


def _links(reply: Reply, links: Links) -> Links:
    if reply.quotes:
        return Links()
    return ANYWHERE if reply.author else links


def _inline(file: File) -> Json:
    return {"name": file.name, "data": base64.b64encode(file.data).decode()}
