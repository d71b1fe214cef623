"""The core's replies as Telegram's messages: plain text with entities, in parts that Telegram accepts. Pure."""

from __future__ import annotations

import json
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate, pairwise
from typing import Any
from urllib.parse import urlsplit

import pyromark
import structlog
from telegramify_markdown import MessageEntity, RenderConfig, convert, utf16_len
from telegramify_markdown.converter import STANDARD_OPTIONS

from bot.messages import Reply

log = structlog.get_logger(__name__)

TEXT_LIMIT = 4096
"""Longest text of one message, in UTF-16 code units."""

_ENTITY_LIMIT = 100
_ENTITIES = frozenset(
    {
        "blockquote",
        "bold",
        "code",
        "expandable_blockquote",
        "italic",
        "pre",
        "spoiler",
        "strikethrough",
        "text_link",
        "underline",
    }
)
_SPACE = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"[.!?…]+[\s\"')\]]+|[。！？；]+[”’」』）]*")


@dataclass(frozen=True, slots=True)
class Payload:
    """One message, as the outbox keeps it. `entities` are Telegram's, offsets in UTF-16 code units."""

    text: str
    entities: tuple[dict[str, Any], ...] = ()
    rateable: bool = False
    reply_to: str = ""

    def dump(self) -> str:
        """The payload's JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def parse(cls, text: str) -> Payload:
        """Read what `dump` wrote."""
        values = json.loads(text)
        return cls(values["text"], tuple(values["entities"]), values["rateable"], values["reply_to"])


def render(reply: Reply) -> tuple[str, ...]:
    """The payloads of a reply, one or more: the first part quotes, the last one can be rated."""
    parts = _parts(reply.text)
    last = len(parts) - 1
    return tuple(
        Payload(
            text=text,
            entities=tuple(entity.to_dict() for entity in entities[:_ENTITY_LIMIT]),
            rateable=reply.rateable and number == last,
            reply_to=reply.reply_to if number == 0 else "",
        ).dump()
        for number, (text, entities) in enumerate(parts)
    )


def split(
    text: str, entities: Sequence[MessageEntity], limit: int = TEXT_LIMIT
) -> list[tuple[str, list[MessageEntity]]]:
    """Cut a text into parts of `limit` UTF-16 code units at the most.

    Cuts are made between paragraphs, lines, sentences or words, in that order of preference; only white space at the
    cuts is lost. An entity that spans a cut goes on in the next part. No part is blank.
    """
    offsets = list(accumulate((2 if ord(c) > 0xFFFF else 1 for c in text), initial=0))
    parts: list[tuple[str, list[MessageEntity]]] = []
    start = 0
    while start < len(text):
        end = len(text)
        if offsets[end] - offsets[start] > limit:
            end = _cut(text, start, bisect_right(offsets, offsets[start] + limit) - 1)
        first, last = _trim(text, start, end)
        if first < last:
            parts.append((text[first:last], _clip(entities, offsets[first], offsets[last])))
        start = end
    return parts


def cut_tail(text: str, limit: int = TEXT_LIMIT) -> str:
    """The end of a text, `limit` UTF-16 code units at the most: what is of interest while an answer grows."""
    if utf16_len(text) <= limit:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    return "…" + units[-2 * (limit - 1) :].decode("utf-16-le", "ignore")


def _parts(markdown: str) -> list[tuple[str, list[MessageEntity]]]:
    source = markdown.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    config = RenderConfig.isolated()
    for level in range(1, 7):
        setattr(config.markdown_symbol, f"heading_level_{level}", "")
    config.markdown_symbol.unordered_list_item = "•"
    config.markdown_symbol.link = config.markdown_symbol.image = ""
    try:
        text, entities = convert(_show_html(source), config=config)
    except Exception as error:  # noqa: BLE001 - an answer is worth more than its formatting
        log.warning("formatting_failed", error=type(error).__name__)
        text, entities = source, []
    parts = split(text, [entity for entity in entities if _acceptable(entity)]) or split(source, [])
    return parts or [("…", [])]


def _show_html(markdown: str) -> str:
    # CommonMark passes HTML through and Telegram has no use for it, so it would vanish; a customer who asks about
    # an error in a page's source wants to read it. Escaped, it is text.
    if "<" not in markdown:
        return markdown
    data = markdown.encode()
    tags: set[int] = set()
    for event, span in pyromark.events_with_range(markdown, options=STANDARD_OPTIONS):
        if isinstance(event, dict) and ("Html" in event or "InlineHtml" in event):
            tags.update(at for at in range(span["start"], span["end"]) if data[at : at + 1] == b"<")
    edges = [0, *sorted(tags), len(data)]
    return b"\\".join(data[a:b] for a, b in pairwise(edges)).decode()


def _acceptable(entity: MessageEntity) -> bool:
    # A link that Telegram cannot follow makes it refuse the whole message.
    if entity.type == "text_link":
        try:
            address = urlsplit(entity.url or "")
        except ValueError:
            return False
        return address.scheme in {"http", "https"} and bool(address.hostname)
    return entity.type in _ENTITIES


def _cut(text: str, start: int, hard: int) -> int:
    """Where to end a part that begins at `start` and may reach `hard`; beyond `start` in any case."""
    low = start + (hard - start) // 2
    for separator in ("\n\n", "\n"):
        if (at := text.rfind(separator, low, hard)) >= 0:
            return at + len(separator)
    for pattern in (_SENTENCE_END, _SPACE):
        if ends := [match.end() for match in pattern.finditer(text, low, hard)]:
            return ends[-1]
    end = hard
    while end > low and _joins(text[end - 1], text[end]):
        end -= 1
    return end if end > low else max(hard, start + 1)


def _joins(before: str, after: str) -> bool:
    """Whether two characters are seen as one: accents, joined emoji, their variants and skin tones."""
    joiners = "\u200d\ufe0f"
    return bool(unicodedata.combining(after)) or after in joiners or before == "\u200d" or "🏻" <= after <= "🏿"


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    # Line ends only at the front: the spaces of an indented line of code are content.
    return start + len(piece) - len(piece.lstrip("\r\n")), start + len(piece.rstrip())


def _clip(entities: Iterable[MessageEntity], start: int, end: int) -> list[MessageEntity]:
    clipped = []
    for entity in entities:
        first, last = max(entity.offset, start), min(entity.offset + entity.length, end)
        if first < last:
            clipped.append(entity.copy_with(offset=first - start, length=last - first))
    return clipped
