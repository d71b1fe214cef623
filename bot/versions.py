"""System prompts as admins write them: versions, and which of them is in use where. A seam.

A scope is where a prompt holds: "" everywhere, a platform ("telegram"), a channel or group, or one chat, each of the
latter two in a chat's text form. The narrowest scope that has a prompt in use counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.messages import ChatKey, Context, Language, Turn

EVERYWHERE = ""


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A template about to be kept; `author` is a `Sender.key`."""

    scope: str
    language: Language
    template: str
    author: str


@dataclass(frozen=True, slots=True)
class Version:
    """A template that is kept; `at` is in Unix seconds. `live`: it is the one in use in its scope and language."""

    id: int
    scope: str
    language: Language
    template: str
    author: str
    at: float
    live: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """A version is put to use in a scope and language; 0: none of its own. `back`: by a step back to it."""

    scope: str
    language: Language
    version: int
    actor: str
    back: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that the bot has answered: what had been said before it, itself, and the answer it got."""

    chat: ChatKey
    before: Context
    question: Turn
    answer: str


def scopes_of(chat: ChatKey) -> tuple[str, ...]:
    """The scopes that a chat is in, the narrowest first."""
    return tuple(dict.fromkeys((str(chat), str(replace(chat, thread="")), chat.platform, EVERYWHERE)))
