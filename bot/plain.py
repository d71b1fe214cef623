"""Whether what an agent wrote in a room is meant for the customer. Pure.

The relay is default-deny: what looks like a note, a command or a word to a colleague is not sent, however it is spelt;
with the verb `send` in front, anything can be.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from enum import Enum, auto


class Meant(Enum):
    """What a message in a room looks like."""

    CUSTOMER = auto()
    COMMAND = auto()
    NOTE = auto()
    COLLEAGUE = auto()


# What stands for the signs that commands begin with, beside the forms of them that normalisation makes alike.
_SIGNS = str.maketrans("\\⁄∕⧸⫽╱¡ǃ", "//////!!")
_UNSEEN = frozenset({"Cf", "Cc", "Cn", "Mn"})
_SIGN = re.compile(r"[!/]")
_WRAPPING = re.compile(r"^[\W_]+?(?=[!/]|\w|$)")
_COLLEAGUE = re.compile(r"(?<![\w.+-])@\w|<@")
_NOTE = re.compile(r"notes?\b|internal\s*[:,-]|备注|笔记|内部(?:备注|消息|[\s:,])", re.IGNORECASE)
_WORD = re.compile(r"\w+")
# What stands behind a verb that chooses: sure of it, or who is to have a case.
_CHOICES = frozenset({"yes", "waiting", "queue", "bot", "机器人", "队列", "排队", "是"})
# Verbs that any words may follow; what is for a customer begins with a capital letter, or with `send` in front.
_GIVEN_WORDS = frozenset({"suggest", "send", "ask"})


def meant(text: str, verbs: Collection[str]) -> Meant:
    """What the message `text` looks like; `verbs` are the names of all commands, in lower case."""
    text = _seen(text)
    found = Meant.CUSTOMER
    for line in filter(None, map(str.strip, text.splitlines())):
        bare = _WRAPPING.sub("", line)
        if _NOTE.match(bare.lstrip("!/ ")):
            return Meant.NOTE
        if _SIGN.match(line) or _SIGN.match(bare) or _orders(line, verbs):
            found = Meant.COMMAND
    if found is Meant.CUSTOMER and _bare_verb(text, verbs):
        return Meant.COMMAND
    if found is Meant.CUSTOMER and _COLLEAGUE.search(text):
        return Meant.COLLEAGUE
    return found


def _seen(text: str) -> str:
    """The text as a person sees it: full-width signs made plain, invisible characters left out."""
    text = unicodedata.normalize("NFKC", text).translate(_SIGNS)
    return "".join(c for c in text if c.isspace() or unicodedata.category(c) not in _UNSEEN)


def _orders(line: str, verbs: Collection[str]) -> bool:
    """Whether a command stands anywhere in a line."""
    return any(found[1].lower() in verbs for found in re.finditer(r"(?<!\w)[!/]\s*(\w+)", line))


def _bare_verb(text: str, verbs: Collection[str]) -> bool:
    """Whether it is a command that somebody forgot the sign of: a verb alone, or with a case's number or a colon, or
    with what only it is given."""
    first = _WORD.search(text)
    if first is None or first[0].lower() not in verbs:
        return False
    rest = text[first.end() :].lstrip()
    chosen = " ".join(_WORD.findall(rest)).lower() in _CHOICES
    return not _WORD.search(rest) or rest.startswith((":", "#")) or chosen or first[0] in _GIVEN_WORDS
