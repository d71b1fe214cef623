"""The model in the pictures: the demo model, which reads screenshots, and lines of ours for what it has not learnt."""

from __future__ import annotations

from typing import Final

from bot.ports import Generation, Prompt, VisionModel
from prompts.loader import SystemPrompts
from tests.doubles import Around, ScriptedGeneration, ScriptedModel

_LINES: Final = {
    "summary": "Wants: to pay for the order.\n\nSeen: “Payment failed”, error code E-4127: the card was declined.\n\n"
    "Open: whether another card can be used for the same order.",
    "suggest": "Hello! The error E-4127 comes from your bank: it has declined this card. Please tap “Retry” and choose "
    "another card. Your basket stays as it is.",
}
"""What a larger model might say to these instructions."""


class Understudied(Around):
    """A model whose summaries and drafts, in English, are those lines."""

    def __init__(self, model: VisionModel, prompts: SystemPrompts) -> None:
        super().__init__(model)
        self._lines = {prompts.instruction(name, "en").text: said for name, said in _LINES.items()}
        self._understudy = ScriptedModel()

    def generate(self, prompt: Prompt) -> Generation:
        asked = prompt.messages[-1].text
        for instruction, said in self._lines.items():
            if instruction in asked:
                return ScriptedGeneration(self._understudy, prompt, (said,))
        return self._model.generate(prompt)
