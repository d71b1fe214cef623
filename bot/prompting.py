"""What the model is shown for one question: system prompt, history within a budget, pictures."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import PromptTooLongError
from bot.history import fit
from bot.intake import Question
from bot.messages import Image, ImageRef, Language, Turn
from bot.ports import ConversationStore, ModelMessage, Prompt, VisionModel
from bot.texts import PICTURE_OUT_OF_VIEW
from prompts.loader import SystemPrompts


class Prompting:
    """Makes prompts. `max_tokens` bounds an answer, `history_share` is the part of the context a prompt may fill."""

    def __init__(
        self,
        store: ConversationStore,
        model: VisionModel,
        prompts: SystemPrompts,
        *,
        max_tokens: int,
        history_share: float,
    ) -> None:
        self._store = store
        self._model = model
        self._prompts = prompts
        self._max_tokens = max_tokens
        self._history_share = history_share

    async def prompt(
        self, question: Question, language: Language, images: tuple[Image, ...], supersedes: Turn | None
    ) -> tuple[Prompt, str]:
        """Put system prompt, history and question together. Returns the prompt and its system prompt's version.

        Raises PromptTooLongError, StoreError.
        """
        system = self._prompts.system(language)
        context = self._model.info.context
        budget = min(int(context * self._history_share), context - self._max_tokens)
        budget -= self._model.measure(system.text) + self._model.measure(question.text, [i.ref for i in images])
        if budget < 0:
            raise PromptTooLongError(f"{-budget} tokens too many")
        turns = await self._store.history(question.chat)
        if supersedes is not None:
            turns = [turn for turn in turns if turn.id < supersedes.id]
        kept = fit(turns, budget, self._model.measure)
        whole = {turn.id: turn for turn in turns}
        refs = {ref for turn in kept for ref in turn.images}
        stored = await self._store.images(refs) if refs else {}
        messages = [ModelMessage("system", system.text)]
        for turn in kept:
            text = turn.text
            seen = tuple(stored[ref.sha256] for ref in turn.images if ref.sha256 in stored)
            if len(seen) < len(whole[turn.id].images):
                text = f"{PICTURE_OUT_OF_VIEW.say(turn.language)}\n{text}"
            messages.append(ModelMessage("user" if turn.speaker == "customer" else "assistant", text, seen))
        messages.append(ModelMessage("user", question.text, images))
        prompt = Prompt(str(question.chat), tuple(messages), self._max_tokens, person=question.sender.key)
        return prompt, system.version

    async def stored(self, refs: Sequence[ImageRef]) -> tuple[Image, ...]:
        """Pictures from the store, in this order; those that are gone are left out. Raises StoreError."""
        stored = await self._store.images(refs)
        return tuple(stored[ref.sha256] for ref in refs if ref.sha256 in stored)
