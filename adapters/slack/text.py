"""Slack's two text formats: what customers write comes as mrkdwn, what the bot says goes out as Markdown blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from slackify_markdown import slackify_markdown  # type: ignore[import-untyped]

from bot.spoken import Links, parted

BLOCK_LIMIT = 12_000
"""Characters of one Markdown block, and of all those in one message."""

UPDATE_LIMIT = 4_000
"""Characters of `text` in chat.update."""

POST_LIMIT = 40_000
"""Characters of `text` in chat.postMessage."""

_NOTIFICATION = 700
_RESERVE = 120  # room for the lines that close and open again a code fence which a cut falls into
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})([^\n]*)$")
_CODE = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_REFERENCE = re.compile(r"<([^<>]*)>")
_LIVE = re.compile(
    r"(?:<|&lt;)(?=[@#][A-Za-z0-9]|!(?!doctype|--)[a-z])|@(?=(?:channel|here|everyone|group)\b)",
    re.IGNORECASE,
)
# What Markdown would make links of: labels, definitions, addresses in angle brackets, and references to characters,
# behind which an address can hide from us.
_LABEL = re.compile(r"\](?=[(\[:])")
_BRACKET = re.compile(r"<(?=[A-Za-z][A-Za-z0-9+.-]*:|[^\s<>]*@)")
_ENTITY = re.compile(r"&(?=#|(?!(?:amp|lt|gt|quot|apos|nbsp);)[A-Za-z][A-Za-z0-9]*;)")
_LINK = re.compile(r"(?<=\[)(?P<label>[^\[\]\n]*)(?P<kept>\]\((?P<target>[^()<>\s]+)\))|(?P<bracketed><([^<>|\s]+)>)")
_MRKDWN = re.compile(r"<([^<>|]*)(?:\|[^<>]*)?>|<")


def plain(mrkdwn: str, bot: str = "") -> str:
    """What a person reading the message sees: references and escapes decoded, mentions of the user `bot` left out."""
    if bot:
        own = rf"[ \t]*<@{re.escape(bot)}(?:\|[^<>]*)?>[ \t]*[,:]?[ \t]*"
        mrkdwn = re.sub(own, " ", mrkdwn)
    text = _REFERENCE.sub(lambda found: _reference(found[1]), mrkdwn)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def _reference(inner: str) -> str:
    target, _, label = inner.partition("|")
    if target.startswith("@"):
        return f"@{label.removeprefix('@') or target[1:]}"
    if target.startswith("#"):
        return f"#{label.removeprefix('#') or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    if not label or label in target:
        return label if target.startswith(("mailto:", "tel:")) and label else target
    return f"{label} ({target})"


def mentions(mrkdwn: str, user: str) -> bool:
    """Whether the message mentions this user."""
    return bool(user) and re.search(rf"<@{re.escape(user)}(?:\|[^<>]*)?>", mrkdwn) is not None


def mentions_others(mrkdwn: str, user: str) -> bool:
    """Whether the message is addressed to somebody (a person, a group, everybody) other than this user."""
    for found in _REFERENCE.finditer(mrkdwn):
        target = found[1].partition("|")[0]
        if target.startswith("@") and target[1:] != user:
            return True
        if target.startswith(("!here", "!channel", "!everyone", "!subteam")):
            return True
    return False


def defuse(markdown: str, links: Links, *, copied: bool = False) -> str:
    """The same text, in which nothing notifies anybody, and only what `links` allows is a link: of others, label and
    address are there to be read.

    A word joiner, which nobody sees, follows the sign that would make it live: unlike an entity, that reads the same
    in code. Where people copy what stands in code (`copied`), a path say, no address in that is parted.
    """
    if copied:
        return _with_code(markdown, links)
    made, done = [], 0
    for found in _LINK.finditer(markdown):
        kept = "kept" if found["kept"] else "bracketed"
        if _honest(found["label"] or "", found["target"] or found["bracketed"][1:-1], links):
            made += [_defused(markdown[done : found.start(kept)], links), found[kept]]
            done = found.end(kept)
    return "".join(made) + _defused(markdown[done:], links)


def _with_code(markdown: str, links: Links) -> str:
    made, done = [], 0
    for code in _CODE.finditer(markdown):
        made += [defuse(markdown[done : code.start()], links), parted(code[0], _signs(code[0]))]
        done = code.end()
    return "".join(made) + defuse(markdown[done:], links)


def _defused(markdown: str, links: Links) -> str:
    return parted(markdown, {*_signs(markdown), *links.joints(markdown)})


def _signs(markdown: str) -> set[int]:
    """Behind what makes something live."""
    return {found.end() for sign in (_LIVE, _LABEL, _BRACKET, _ENTITY) for found in sign.finditer(markdown)}


def _honest(label: str, address: str, links: Links) -> bool:
    """Whether a link may be one: its address is allowed, and its label does not look like another one."""
    return links.allows(address) and (label == address or not links.joints(label))


def as_mrkdwn(markdown: str, links: Links, limit: int = POST_LIMIT) -> str:
    """The text as mrkdwn, for notifications and for a message whose blocks Slack refuses; no mention in it is live,
    and no link that `links` does not allow."""
    text: str = slackify_markdown(markdown).strip()
    if len(text) > limit:  # nested lists are indented, which can make many characters of few
        text = markdown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")[:limit]

    def kept(found: re.Match[str]) -> str:
        return found[0] if found[1] and links.allows(found[1]) else "&lt;" + found[0][1:]

    # The converter passes on whatever looks like a reference, which entities or escapes in Markdown may have hidden.
    return links.inert(_MRKDWN.sub(kept, text))[:limit]


def notification(markdown: str, links: Links) -> str:
    """The beginning of the text, for where Slack shows no blocks."""
    head = markdown if len(markdown) <= _NOTIFICATION else markdown[: _NOTIFICATION - 1].rstrip() + "…"
    return as_mrkdwn(head, links, UPDATE_LIMIT) or "…"


def clip(markdown: str, limit: int = BLOCK_LIMIT) -> str:
    """The longest beginning that Slack counts as `limit` characters or fewer."""
    # Whether Slack counts characters or UTF-16 units is not documented: the latter are never fewer.
    return markdown.encode("utf-16-le", "surrogatepass")[: 2 * limit].decode("utf-16-le", "ignore")


def split(markdown: str, limit: int = BLOCK_LIMIT) -> list[str]:
    """Parts of at most `limit` characters (at least 600), cut between paragraphs, lines or words, whichever fits first.

    A code fence that a cut falls into is closed before it and opened again behind. At least one part, none blank.
    """
    rest = markdown.strip("\n").rstrip()
    parts = []
    while len(clip(rest, limit)) < len(rest):
        cut = _boundary(clip(rest, limit - _RESERVE))
        head, rest = rest[:cut], rest[cut:].removeprefix("\n")
        if fence := _open_fence(head):
            mark, line = fence
            head, rest = f"{head.rstrip()}\n{mark}", f"{line}\n{rest}"
        else:
            rest = rest.lstrip("\n")
        parts.append(head.rstrip())
    parts.append(rest)
    return [part for part in parts if part.strip()] or ["…"]


def _boundary(head: str) -> int:
    for separator in ("\n\n", "\n", " "):
        found = head.rfind(separator)
        if found >= len(head) // 2:
            return found
    return len(head)


def _open_fence(head: str) -> tuple[str, str] | None:
    """The mark and the opening line of the code fence that `head` ends in, if it does."""
    opened: tuple[str, str] | None = None
    for mark, info, line in _fences(head):
        if opened is None:
            if "`" not in info:
                # A line too long to be said again for every part gives way to its bare mark.
                opened = (mark[:20], line if len(line) <= _RESERVE // 2 else mark[:20])
        elif mark[0] == opened[0][0] and len(mark) >= len(opened[0]) and not info.strip():
            opened = None
    return opened


def _fences(text: str) -> Iterator[tuple[str, str, str]]:
    for line in text.split("\n"):
        if found := _FENCE.match(line):
            yield found[1], found[2], line
