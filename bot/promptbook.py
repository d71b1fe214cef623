"""The system prompts in use: what admins have put to use, or else the files'.

A template is tried before it may be used: it names only what there is to fill in, and leaves a question room.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.messages import ChatKey, Language
from bot.stores import ConversationStore
from bot.versions import EVERYWHERE, Version, scopes_of
from prompts.loader import SystemPrompt, SystemPrompts, TemplateFaultError

log = structlog.get_logger(__name__)


class NoRoomError(Exception):
    """A prompt that leaves a question no room; counts are tokens."""

    def __init__(self, tokens: int, most: int) -> None:
        super().__init__(f"{tokens} tokens, {most} at the most")
        self.tokens = tokens
        self.most = most


@dataclass(frozen=True, slots=True)
class Held:
    """What holds in a scope and language: a template, its version (0: the file's) and the scope that it is of."""

    template: str
    version: int = 0
    scope: str = EVERYWHERE


class PromptBook:
    """The system prompts by chat. `measure` counts a prompt's tokens, of which `most` leave a question room."""

    def __init__(
        self, files: SystemPrompts, store: ConversationStore, *, measure: Callable[[str], int], most: int
    ) -> None:
        self._files = files
        self._store = store
        self._measure = measure
        self._most = most
        self._live: dict[tuple[str, Language], tuple[Version, SystemPrompt]] = {}

    async def load(self) -> None:
        """Read from the store what is in use. Raises StoreError."""
        live: dict[tuple[str, Language], tuple[Version, SystemPrompt]] = {}
        for version in await self._store.live_versions():
            try:
                live[version.scope, version.language] = version, self.check(version.template)
            except (
                TemplateFaultError,
                NoRoomError,
            ) as fault:  # the company's policies, or the model, have changed since
                log.error("prompt_not_usable", version=version.id, scope=version.scope, reason=str(fault))  # noqa: TRY400
        self._live = live

    @property
    def placeholders(self) -> tuple[str, ...]:
        """What a template may name."""
        return self._files.placeholders

    @property
    def most(self) -> int:
        """Tokens that a prompt may take."""
        return self._most

    def check(self, template: str) -> SystemPrompt:
        """Fill a template in. Raises TemplateFaultError, NoRoomError."""
        prompt = self._files.render(template)
        tokens = self._measure(prompt.text)
        if tokens > self._most:
            raise NoRoomError(tokens, self._most)
        return prompt

    def tokens(self, template: str) -> int:
        """Tokens that a usable template takes."""
        return self._measure(self._files.render(template).text)

    def system(self, language: Language, chat: ChatKey | None = None) -> SystemPrompt:
        """The system prompt of a chat; without one, that which holds everywhere."""
        if not self._live:
            return self._files.system(language)
        for scope in scopes_of(chat) if chat is not None else (EVERYWHERE,):
            if found := self._live.get((scope, language)):
                return found[1]
        return self._files.system(language)

    def describing(self, language: Language) -> SystemPrompt:
        """The prompt for describing a screenshot."""
        return self._files.describing(language)

    def held(self, scope: str, language: Language, *, own: bool = True) -> Held:
        """What holds in a scope: its own, or, and without `own` in any case, that of the scopes around it."""
        scopes = scopes_of(ChatKey.parse(scope)) if ":" in scope else tuple(dict.fromkeys((scope, EVERYWHERE)))
        for one in scopes if own else scopes[1:]:
            if found := self._live.get((one, language)):
                return Held(found[0].template, found[0].id, one)
        return Held(self._files.template(language))
