"""People's words as Markdown that shows them as they were typed. Pure.

What a person typed is no Markdown: of `*100*1#` each sign counts. So every sign that could be syntax is escaped, by a
backslash or as an entity, whichever all renderers know; addresses stay as they are, so that they can be links.
"""

from __future__ import annotations

import re

from bot.spoken import ANYWHERE, JOINER, name_of

_INDENT = 4
"""Columns of a tab at the beginning of a line."""

_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
# Anywhere in a line: what Markdown, and Telegram's and Slack's additions to it, make something of.
_SIGN = re.compile(r"[\\*_`\[\]]|<|&(?=[#\w]+;)|~(?=~)|(?<=~)~|\|(?=\|)|(?<=\|)\|", re.ASCII)
# At its beginning: quotations, headings, items of lists.
_LEAD = re.compile(r">|=|#(?=#{0,5}(?:\s|\Z))|[-+](?=\s|\Z)|(?<=\d)[.)](?=\s|\Z)")
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
# As a whole: rules, underlines of headings, and what makes a table of the line above.
_RULE = re.compile(r"[-=|:\s]+")
_HALF = re.compile(r"(?<!\\)((?:\\\\)*)(?:\\|&#?\w{0,8})\Z")


def verbatim(text: str) -> str:
    """Markdown that shows `text` as it stands: its signs, its lines, and how these are indented."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    made = ""
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        made += _line(line)
        if line:
            made += "  \n" if after else "\n\n"
    return made.strip("\n ")


def as_name(text: str) -> str:
    """The same of a name, on one line, for the middle of a sentence, where it may be emphasised as well."""
    text = name_of(text)
    # Signs of emphasis work only beside letters and digits, or something that is neither seen nor a sign.
    before = "" if text[:1].isalnum() else JOINER
    after = "" if text[-1:].isalnum() else JOINER
    return f"{before}{verbatim(text)}{after}" if text else ""


def shortened(markdown: str, most: int) -> str:
    """The beginning of some Markdown, of `most` characters at the most, with an ellipsis for what is left out."""
    if len(markdown) <= most:
        return markdown
    return _HALF.sub(r"\1", markdown[: most - 1].rstrip()) + "…"


def _line(line: str) -> str:
    words = line.lstrip(" \t")
    # Blanks at the beginning mean nothing in Markdown, or that it is code.
    indent = "\u00a0" * sum(_INDENT if sign == "\t" else 1 for sign in line[: len(line) - len(words)])
    if _RULE.fullmatch(words):
        return indent + re.sub(r"[-=|]", _escaped, words)
    made, done = "", 0
    for start, end in ANYWHERE.live(words):
        made += _SIGN.sub(_escaped, words[done:start]) + words[start:end]
        done = end
    made += _SIGN.sub(_escaped, words[done:])
    number = _NUMBER.match(made)
    at = number.end() if number else 0
    lead = _LEAD.match(made, at)
    return indent + (made[:at] + _escaped(lead) + made[lead.end() :] if lead else made)


def _escaped(found: re.Match[str]) -> str:
    return _ENTITIES.get(found[0], f"\\{found[0]}")
