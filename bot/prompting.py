"""What the model is shown for one question: system prompt, the conversation as far as it is in view, pictures."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.errors import PromptTooLongError
from bot.history import Cost, cut, fits, visible
from bot.intake import Question
from bot.labels import Labels
from bot.messages import LANGUAGES, ChatKey, Context, Image, ImageRef, Language, Picture, Recall, Turn, View
from bot.ports import ConversationStore, ModelMessage, Prompt, VisionModel
from bot.promptbook import PromptBook

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


@dataclass(frozen=True, slots=True)
class _Room:
    """Tokens for history. `soft`: of the share of the context that a prompt may fill; `hard`: of the whole context."""

    soft: int
    hard: int


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
        script = _Script(self._model, context, self._room(question.chat))
        asked, view = script.fit(asked, [ref for ref in referred if ref not in own])
        if view != context.view:
            await self._store.set_view(question.chat, view)
        leaving = script.leaving(view)
        if leaving:
            self._leaving(question.chat, leaving)
        system = self._prompts.system(view.language or (context.turns or (asked,))[0].language, question.chat)
        turns = [*visible(context.turns, view), (asked, True)]
        refs = {ref for turn, pictured in turns if pictured for ref in turn.shown}
        stored = await self._store.images(refs - set(own)) if refs - set(own) else {}
        stored |= {image.ref.sha256: image for image in images}
        messages = [ModelMessage("system", system.text)]
        messages += [script.message(turn, view, stored, pictured=pictured) for turn, pictured in turns]
        prompt = Prompt(
            str(question.chat),
            tuple(messages),
            self._max_tokens,
            person=question.sender.key,
            event=question.first.event_id,
        )
        return Composed(prompt, system.version, asked.recalled)

    async def stored(self, refs: Sequence[ImageRef]) -> tuple[Image, ...]:
        """Pictures from the store, in this order; those that are gone are left out. Raises StoreError."""
        stored = await self._store.images(refs)
        return tuple(stored[ref.sha256] for ref in refs if ref.sha256 in stored)

    def _room(self, chat: ChatKey) -> _Room:
        context = self._model.info.context
        # The system prompt may change its language at a cut.
        system = max(self._model.measure(self._prompts.system(language, chat).text) for language in LANGUAGES)
        hard = context - self._max_tokens
        return _Room(min(int(context * self._history_share), hard) - system, hard - system)


class _Script:
    """One conversation and the question that goes on with it: what of them is shown, and how it reads."""

    def __init__(self, model: VisionModel, context: Context, room: _Room) -> None:
        self._model = model
        self._turns = context.turns
        self._pictures = context.pictures
        self._view = context.view
        self._room = room
        self._labels = Labels(context.pictures)

    def fit(self, asked: Turn, referred: Sequence[ImageRef]) -> tuple[Turn, View]:
        """Decide what is in view, and complete the question with the pictures it refers to: shown again, or meant.

        Raises PromptTooLongError.
        """
        again: set[ImageRef] = set()
        no_room: set[ImageRef] = set()
        while True:
            asked = _with(asked, referred, again)
            self._labels.admit(asked)
            view = self._view_for(asked)
            seen = {ref for turn, pictured in visible(self._turns, view) if pictured for ref in turn.shown}
            ref = next((ref for ref in referred if ref not in seen | again | no_room), None)
            if ref is None:
                return asked, view
            # It takes room, for which others may leave; so what else is meant is looked at once more.
            fits_in = self._tokens(_with(asked, referred, again | {ref}), view, pictured=True) <= self._room.hard
            (again if fits_in else no_room).add(ref)

    def leaving(self, view: View) -> list[tuple[Picture, Language]]:
        """The pictures that nobody has described and that a cut would take out of view, if there were one now."""
        low = self._room.soft // 2
        if fits(self._turns, view, low, self._cost(view)):
            return []
        kept = cut(self._turns, view, low, low, self._cost(view))
        found: dict[ImageRef, Language] = {}
        for turn, pictured in visible(self._turns, view):
            if pictured and turn.id < kept.pictured:
                found |= dict.fromkeys(turn.shown, turn.language)
        return [(p, found[p.ref]) for p in self._pictures if p.ref in found and not p.described]

    def message(self, turn: Turn, view: View, stored: Mapping[str, Image], *, pictured: bool) -> ModelMessage:
        """A turn as the model is shown it."""
        images = tuple(stored[ref.sha256] for ref in turn.shown if pictured and ref.sha256 in stored)
        role: Literal["user", "assistant"] = "user" if turn.speaker == "customer" else "assistant"
        return ModelMessage(role, self._labels.text(turn, view, pictured=pictured), images)

    def _view_for(self, asked: Turn) -> View:
        """What is shown before this question: what was shown so far, as long as it fits."""
        tokens = self._tokens(asked, self._view, pictured=True)
        hard, soft = self._room.hard - tokens, max(0, self._room.soft - tokens)
        if hard < 0:
            raise PromptTooLongError(f"{-hard} tokens too many")
        if fits(self._turns, self._view, min(soft, hard), self._cost(self._view)):
            return self._view
        low = soft // 2
        described = max((picture.described for picture in self._pictures), default=0)
        view = replace(self._view, described=described)
        # What the question itself shows is newer than all that was shown before it.
        view = cut(self._turns, view, low, low if asked.shown else hard, self._cost(view))
        if (view.first, view.pictured) == (self._view.first, self._view.pictured):
            return self._view
        return replace(view, language=asked.language)

    def _cost(self, view: View) -> Cost:
        return lambda turn, pictured: self._tokens(turn, view, pictured=pictured)

    def _tokens(self, turn: Turn, view: View, *, pictured: bool) -> int:
        return self._model.measure(self._labels.text(turn, view, pictured=pictured), turn.shown if pictured else ())


def _with(asked: Turn, referred: Sequence[ImageRef], again: Collection[ImageRef]) -> Turn:
    return replace(asked, recalled=tuple(Recall(ref, again=ref in again) for ref in referred))


def _before(context: Context, turn: int) -> Context:
    """The conversation as it was before a turn."""
    turns = tuple(other for other in context.turns if other.id < turn)
    return replace(context, turns=turns, pictures=tuple(p for p in context.pictures if p.turn < turn))
