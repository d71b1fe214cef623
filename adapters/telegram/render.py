"""The core's replies as Telegram's messages: plain text with entities, in parts that Telegram accepts. Pure."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import accumulate, pairwise

import pyromark
import structlog
from telegramify_markdown import MessageEntity, RenderConfig, convert, utf16_len
from telegramify_markdown.converter import STANDARD_OPTIONS

from adapters.telegram.keyboard import COPY_LIMIT
from adapters.telegram.payload import Key, Payload
from adapters.telegram.sentences import COPY, COPY_COMMAND
from bot.messages import Language, Reply
from bot.ports import Opening
from bot.spoken import ANYWHERE, JOINER, Links, name_of, outside, parted, printable

log = structlog.get_logger(__name__)

TEXT_LIMIT = 4096
"""Longest text of one message, in UTF-16 code units."""
CAPTION_LIMIT = 1024
"""And of one that goes with a picture or a file."""
TITLE_LIMIT = 128
"""And of a topic's name."""

_NAME_LIMIT = 64

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
_MENTION = re.compile(r"(?<!\w)@(?=\w)")
_MENTION_OR_COMMAND = re.compile(r"(?<!\w)@(?=\w)|(?<![\w/])/(?=[A-Za-z0-9_])")
_SPACE = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"[.!?…]+[\s\"')\]]+|[。！？；]+[”’」』）]*")


def render(reply: Reply, links: Links) -> tuple[str, ...]:
    """The payloads of a reply, one or more: the first part quotes, the last one has the buttons. What `links` does not
    allow is no link, but in a colleague's words; in what the model or a customer said, no command is there to be
    tapped. A text goes as the caption of what comes with it, if that is one thing and the text is short enough."""
    media = _media(reply)
    wordless = bool(media) and not reply.text.strip() and not reply.author
    texts = [] if wordless else _texts(reply, links)
    if len(media) == len(texts) == 1 and utf16_len(texts[0].text) <= CAPTION_LIMIT:
        rows = [replace(texts[0], picture=media[0].picture, file=media[0].file)]
    else:
        rows = texts + media
    return _finished(rows, reply)


def opening(title: str, card: Reply, links: Links) -> Opening:
    """What opens a topic for a case: the topic, then the card with its buttons, then its pictures. The card is a text
    even if it could be a caption, so that it can be changed whatever becomes of the pictures."""
    name = _shortened(title, TITLE_LIMIT) or "…"
    first = render(replace(card, pictures=(), file=None), links)
    pictures = (replace(row, language=card.language).dump() for row in _media(card))
    return Opening(Payload(topic=name).dump(), (*first, *pictures))


def _finished(rows: Sequence[Payload], reply: Reply) -> tuple[str, ...]:
    rows = [replace(row, language=reply.language, private_to=reply.private_to) for row in rows]
    rows[0] = replace(rows[0], reply_to=reply.reply_to)
    rows[-1] = replace(rows[-1], rateable=reply.rateable, buttons=tuple(_keys(reply)))
    return tuple(row.dump() for row in rows)


def _texts(reply: Reply, links: Links) -> list[Payload]:
    links = ANYWHERE if reply.author else links
    inert = not reply.author and (reply.rateable or reply.quotes)
    text, entities = _defused(*_converted(reply.text, formulas=reply.rateable), links, commands=not inert)
    if reply.author:
        text, entities = _said_by(reply.author, text, entities, reply.language)
    parts = split(text, entities) or split(defuse(reply.text, links), []) or [("…", [])]
    return [
        Payload(text=text, entities=tuple(entity.to_dict() for entity in entities[:_ENTITY_LIMIT]))
        for text, entities in parts
    ]


def _media(reply: Reply) -> list[Payload]:
    rows = [Payload(picture=ref) for ref in reply.pictures]
    return rows if reply.file is None else [*rows, Payload(file=reply.file)]


def _keys(reply: Reply) -> Iterator[Key]:
    """The buttons. Telegram asks for no text, so that one which wants one offers it to be copied, with the command."""
    for button in reply.buttons:
        # As it reads: what is pasted and sent is taken for what was typed.
        typed = f"/{button.command} " + (
            f"{button.text} " if button.blank else _converted(reply.text, formulas=False)[0]
        )
        if not button.edits:
            data = f"{button.command} {button.text}".strip()
            yield Key(button.label, data, button.style, sure=bool(button.confirm))
        elif utf16_len(typed) <= COPY_LIMIT:
            yield Key(COPY.say(reply.language, label=button.label), copy=typed)
        else:  # the text itself can be copied like any message
            command = f"/{button.command}"
            label = COPY_COMMAND.say(reply.language, label=button.label, command=command)
            yield Key(label, copy=f"{command} ")


def _said_by(
    author: str, text: str, entities: Sequence[MessageEntity], language: Language
) -> tuple[str, list[MessageEntity]]:
    """Words with the name of whose they are in front."""
    name = _shortened(defuse(name_of(author), Links()), _NAME_LIMIT)
    if not name:
        return text, list(entities)
    lead = name + ("：" if language == "zh" else ": ")
    moved = [entity.copy_with(offset=entity.offset + utf16_len(lead)) for entity in entities]
    return lead + text, [MessageEntity("bold", 0, utf16_len(name)), *moved]


def _shortened(text: str, limit: int) -> str:
    """A text on one line, no longer than that."""
    line = printable(" ".join(text.split())).strip()
    return line if utf16_len(line) <= limit else split(line, [], limit - 1)[0][0] + "…"


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


def defuse(text: str, links: Links) -> str:
    """Plain text of the model's, in which nothing is a link, a mention or a command."""
    return parted(text, _live_places(text, links, commands=False))


def live(text: str, links: Links) -> str:
    """The end of a text that is still growing, as much as one message may hold, in which nothing is live."""
    limit = TEXT_LIMIT
    while True:
        # Cut first: what has lost its beginning may be another address.
        shown = defuse(cut_tail(text, limit), links)
        if (surplus := utf16_len(shown) - TEXT_LIMIT) <= 0:
            return shown
        limit -= surplus


def captioned(payload: Payload) -> Payload:
    """The payload with as much of its text as a caption may have."""
    if utf16_len(payload.text) <= CAPTION_LIMIT:
        return payload
    entities = [MessageEntity(**entity) for entity in payload.entities]
    text, kept = split(payload.text, entities, CAPTION_LIMIT - 1)[0]
    return replace(payload, text=f"{text}…", entities=tuple(entity.to_dict() for entity in kept))


def plain(payload: Payload) -> str:
    """The text of a payload for when it goes without its entities: what these kept from being a link stays none."""
    if not any(entity["type"] in ("code", "pre") for entity in payload.entities):
        return payload.text
    # The joiners may take a message at its limit beyond it, by as much as is missing at its end then.
    return split(defuse(payload.text, Links()), [])[0][0]


def _converted(markdown: str, *, formulas: bool) -> tuple[str, list[MessageEntity]]:
    """Markdown as text with entities; with `formulas`, what stands between dollar signs is made readable."""
    source = markdown.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    config = RenderConfig.isolated()
    for level in range(1, 7):
        setattr(config.markdown_symbol, f"heading_level_{level}", "")
    config.markdown_symbol.unordered_list_item = "•"
    config.markdown_symbol.link = config.markdown_symbol.image = ""
    try:
        shown = _show_html(source)
        shown = shown if formulas else _show_dollars(shown)
        text, entities = convert(shown, latex_escape=formulas, config=config)
    except Exception as error:  # noqa: BLE001 - an answer is worth more than its formatting
        log.warning("formatting_failed", error=type(error).__name__)
        text, entities = source, []
    return text, [entity for entity in entities if entity.type in _ENTITIES]


def _defused(
    text: str, entities: Sequence[MessageEntity], links: Links, *, commands: bool
) -> tuple[str, list[MessageEntity]]:
    """Links that are none any more, or whose label looks like another address, have their address behind the label."""
    kept, written = [], {}
    at = _Places(text)
    for entity in entities:
        if entity.type == "text_link":
            address = entity.url or ""
            first, last = at.character(entity.offset), at.character(entity.offset + entity.length)
            label = text[first:last]
            live = links.allows(address)
            if label.strip() != address and not (live and not links.joints(label)):
                written[last] = f" ({address})"
            if not live:
                continue
        kept.append(entity)
    text, kept = _inserted(text, kept, written)
    places = _live_places(text, links, commands=commands)
    return _inserted(text, kept, dict.fromkeys(_outside_code(places, text, kept), JOINER))


def _outside_code(places: Sequence[int], text: str, entities: Sequence[MessageEntity]) -> Sequence[int]:
    """Telegram makes no links in code, and people copy it: it stays as it is, unless some of it may go unmarked."""
    at = _Places(text)
    code = [entity for entity in entities if entity.type in ("code", "pre")]
    spans = [(at.character(e.offset), at.character(e.offset + e.length)) for e in code]
    if not places or len(entities) > _ENTITY_LIMIT:
        return places
    return outside(places, spans)


def _live_places(text: str, links: Links, *, commands: bool) -> list[int]:
    """Where joiners belong: Telegram itself makes links of addresses, mentions and commands, whatever the entities
    say. Nowhere in the words of somebody whom everything is allowed."""
    if links is ANYWHERE:
        return []
    signs = _MENTION if commands else _MENTION_OR_COMMAND
    return outside([found.end() for found in signs.finditer(text)], links.live(text)) + links.joints(text)


class _Places:
    """Places in a text, in characters and in UTF-16 code units."""

    def __init__(self, text: str) -> None:
        self.units = list(accumulate((2 if ord(c) > 0xFFFF else 1 for c in text), initial=0))

    def character(self, unit: int) -> int:
        """The character at a code unit."""
        return min(bisect_left(self.units, unit), len(self.units) - 1)


def _inserted(
    text: str, entities: Sequence[MessageEntity], pieces: Mapping[int, str]
) -> tuple[str, list[MessageEntity]]:
    """Put pieces into a text at these places (characters); an entity grows by what is put within it."""
    if not pieces:
        return text, list(entities)
    places = sorted(pieces)
    units = _Places(text).units
    at = [units[place] for place in places]
    grown = list(accumulate((utf16_len(pieces[place]) for place in places), initial=0))
    moved = []
    for entity in entities:
        start, end = entity.offset, entity.offset + entity.length
        first = start + grown[bisect_right(at, start)]
        moved.append(entity.copy_with(offset=first, length=end + grown[bisect_left(at, end)] - first))
    before = "".join(text[a:b] + pieces[b] for a, b in pairwise([0, *places]))
    return before + text[places[-1] :], moved


def _show_html(markdown: str) -> str:
    # CommonMark passes HTML through and Telegram has no use for it, so it would vanish; a customer who asks about
    # an error in a page's source wants to read it. Escaped, it is text.
    if "<" not in markdown:
        return markdown
    data = markdown.encode()
    spans = _spans(markdown, {"Html", "InlineHtml"})
    return _escaped(data, {at for start, end in spans for at in range(start, end) if data[at : at + 1] == b"<"})


def _show_dollars(markdown: str) -> str:
    # But in the model's answers, a dollar is a dollar. Once one begins no formula any more, the next one may.
    while "$" in markdown and (spans := _spans(markdown, {"InlineMath", "DisplayMath"})):
        markdown = _escaped(markdown.encode(), {start for start, _ in spans})
    return markdown


def _spans(markdown: str, kinds: AbstractSet[str]) -> list[tuple[int, int]]:
    """Where the parser finds something of these kinds, in bytes."""
    found = pyromark.events_with_range(markdown, options=STANDARD_OPTIONS)
    return [(at["start"], at["end"]) for event, at in found if isinstance(event, dict) and not kinds.isdisjoint(event)]


def _escaped(data: bytes, places: AbstractSet[int]) -> str:
    """The text with a backslash at these places."""
    edges = [0, *sorted(places), len(data)]
    return b"\\".join(data[a:b] for a, b in pairwise(edges)).decode()


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
