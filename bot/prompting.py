"""What the model is shown for one question: system prompt, the conversation as far as it is in view, pictures."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.intake import Question
from bot.labels import Labels
from bot.messages import LANGUAGES, ChatKey, Context, Image, ImageRef, Language, Picture, Recall, Turn, View
from bot.ports import ModelMessage, Prompt, VisionModel
from bot.promptbook import PromptBook
from bot.script import Budget, Line, Script, joined
from bot.stores import ConversationStore
from bot.versions import Asked
from prompts.loader import SystemPrompt

ASKED = sys.maxsize
"""Stands for the id of the turn that the question will be."""

Leaving = Callable[[ChatKey, Sequence[tuple[Picture, Language]]], None]
"""Is told which pictures of a chat the next cut will take out of view, so that they can be described before."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A prompt, its system prompt's version, and the earlier pictures that the question is about."""

    prompt: Prompt
    version: str
    recalled: tuple[Recall, ...] = ()


class Prompting:
    """Makes prompts. `max_tokens` bounds an answer, `history_share` is the part of the context a prompt may fill."""

    def __init__(
        self,
        store: ConversationStore,
        model: VisionModel,
        prompts: PromptBook,
        *,
        max_tokens: int,
        history_share: float,
        leaving: Leaving,
    ) -> None:
        self._store = store
        self._model = model
        self._prompts = prompts
        self._max_tokens = max_tokens
        self._history_share = history_share
        self._leaving = leaving

    async def prompt(
        self,
        question: Question,
        language: Language,
        images: Sequence[Image],
        supersedes: Turn | None,
        referred: Sequence[ImageRef] = (),
    ) -> Composed:
        """Put system prompt, conversation and question together.

        `referred` are earlier pictures that the question is about: those that are out of view are shown again with it,
        as far as they fit. Raises PromptTooLongError, StoreError.
        """
        context = await self._store.context(question.chat)
        if supersedes is not None:
            context = _before(context, supersedes.id)
        own = tuple(image.ref for image in images)
        asked = Turn(ASKED, "customer", question.text, own, language=language)
        script = Script(self._model, context, Labels(context.pictures), self.budget(question.chat))
        asked, view = script.fit(asked, [ref for ref in referred if ref not in own])
        if view != context.view:
            await self._store.set_view(question.chat, view)
        leaving = script.leaving(view)
        if leaving:
            self._leaving(question.chat, leaving)
        system = self.system(question.chat, context, view, language)
        prompt = Prompt(
            str(question.chat),
            await self.messages(system, script.lines(view, asked), images),
            self._max_tokens,
            person=question.sender.key,
            event=question.first.event_id,
        )
        return Composed(prompt, system.version, asked.recalled)

    async def replay(self, system: SystemPrompt, asked: Asked, *, person: str) -> Prompt:
        """The prompt of a question that was answered before, with another system prompt; of nobody's cache. Raises
        PromptTooLongError, StoreError."""
        script = Script(self._model, asked.before, Labels(asked.before.pictures), self.budget(asked.chat))
        recalled = [recall.ref for recall in asked.question.recalled]
        question, view = script.fit(replace(asked.question, id=ASKED, recalled=()), recalled)
        messages = await self.messages(system, script.lines(view, question), ())
        return Prompt("", messages, self._max_tokens, person=person)

    def system(self, chat: ChatKey, context: Context, view: View, language: Language) -> SystemPrompt:
        """The system prompt of a conversation; `language` is that of what is asked now."""
        first = context.turns[0].language if context.turns else language
        return self._prompts.system(view.language or first, chat)

    def budget(self, chat: ChatKey) -> Budget:
        """What a conversation and its next question may take together."""
        context = self._model.info.context
        # The system prompt may change its language at a cut.
        system = max(self._model.measure(self._prompts.system(language, chat).text) for language in LANGUAGES)
        hard = context - self._max_tokens
        return Budget(min(int(context * self._history_share), hard) - system, hard - system)

    async def messages(
        self, system: SystemPrompt, lines: Sequence[Line], images: Sequence[Image]
    ) -> tuple[ModelMessage, ...]:
        """A prompt's messages, with the pictures out of the store but for those at hand. Raises StoreError."""
        lines = joined(lines)
        stored = {image.ref.sha256: image for image in images}
        missing = {ref for line in lines for ref in line.pictures if ref.sha256 not in stored}
        stored |= await self._store.images(missing) if missing else {}
        shown = (tuple(stored[ref.sha256] for ref in line.pictures if ref.sha256 in stored) for line in lines)
        said = (ModelMessage(line.role, line.text, pictures) for line, pictures in zip(lines, shown, strict=True))
        return (ModelMessage("system", system.text), *said)


def _before(context: Context, turn: int) -> Context:
    """The conversation as it was before a turn."""
    turns = tuple(other for other in context.turns if other.id < turn)
    return replace(context, turns=turns, pictures=tuple(p for p in context.pictures if p.turn < turn))
