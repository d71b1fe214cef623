"""What is typed after `prompt`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.messages import LANGUAGES, ChatKey, Language
from bot.verbs.arguments import YES_WORDS, Parameter, UsageError, Words, number, shown
from bot.verbs.prompts import sentences
from bot.versions import EVERYWHERE

MOST_CHARACTERS = 20_000
MOST_TRIED = 10
HERE = "here"
"""Stands for the chat in which the command is given, until that is known."""

_VERSION = re.compile(r"#(\d{1,9})")
_SCOPES = {
    **dict.fromkeys(("all", "everywhere", "全部", "所有"), EVERYWHERE),
    **dict.fromkeys((HERE, "这里", "本对话"), HERE),
    **{platform: platform for platform in ("telegram", "slack", "web")},
}


class Action(StrEnum):
    """What is to be done about prompts."""

    SHOW = "show"
    SET = "set"
    HISTORY = "history"
    DIFF = "diff"
    ROLLBACK = "rollback"
    TRY = "try"


@dataclass(frozen=True, slots=True)
class Order:
    """A request about prompts. `scope` may be HERE; None, as with `language`: none is named. `versions` are those that
    are named by number; `count` is how many questions a candidate is tried on; `text` is a template."""

    action: Action = Action.SHOW
    scope: str | None = None
    language: Language | None = None
    versions: tuple[int, ...] = ()
    count: int = 3
    text: str = ""
    sure: bool = False


class OrderParameter(Parameter[Order]):
    """An action, then where and in which language, then versions, a number, or a template."""

    def read(self, words: Words, replied: str) -> Order:
        """Take everything."""
        given = words.take() or Action.SHOW
        try:
            action = Action(given.lower())
        except ValueError:
            known = ", ".join(f"`{action}`" for action in Action)
            raise UsageError(sentences.NO_ACTION, word=shown(given), known=known) from None
        scope = _scope(words)
        language = _language(words)
        versions = _versions(words)
        if action is Action.SET and not versions:
            return Order(action, scope, language, text=_template(words))
        count = _count(words) if action is Action.TRY else 3
        sure = words.next.casefold() in YES_WORDS and bool(words.take())
        return Order(action, scope, language, versions, count, sure=sure)


def slow(text: str) -> bool:
    """Whether what is typed after the verb takes the model's time."""
    return text.split(maxsplit=1)[:1] == [Action.TRY.value]


def _scope(words: Words) -> str | None:
    word = words.next
    if (scope := _SCOPES.get(word.casefold())) is not None:
        words.take()
        return scope
    if ":" in word and "/" in word:
        try:
            key = ChatKey.parse(word if word.count("/") == 2 else f"{word}/")
        except ValueError:
            raise UsageError(sentences.NO_SCOPE, word=shown(word)) from None
        words.take()
        return str(key)
    return None


def _language(words: Words) -> Language | None:
    for language in LANGUAGES:
        if words.next.casefold() == language:
            words.take()
            return language
    return None


def _versions(words: Words) -> tuple[int, ...]:
    found = []
    while match := _VERSION.fullmatch(words.next):
        words.take()
        found.append(int(match[1]))
    return tuple(found)


def _count(words: Words) -> int:
    return number(words.take(), 1, MOST_TRIED) if words.next.isdigit() else 3


def _template(words: Words) -> str:
    # Lines are part of it; a block that somebody put it into is not.
    text = words.take_all().strip()
    if text.startswith("```") and text.endswith("```"):
        text = text[3:-3].strip()
    if not text:
        raise UsageError(sentences.NO_TEMPLATE)
    if len(text) > MOST_CHARACTERS:
        raise UsageError(sentences.TEMPLATE_TOO_LONG, length=len(text), most=MOST_CHARACTERS)
    return text
