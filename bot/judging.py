"""Whether a person is needed: a short step of the model's own after an answer, which nobody sees.

It is asked of the model with the very prompt that the answer was made of, so that no more is read than the answer's end
and the question; and it is answered within a grammar, so that no words of the customer's or of a screenshot can make
anything else of it than yes or no.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import structlog

from bot.errors import ModelError
from bot.extraction import describe
from bot.hearing import overhear
from bot.listening import Patience
from bot.messages import Language
from bot.ports import ModelMessage, Prompt, VisionModel
from prompts.loader import SystemPrompts

log = structlog.get_logger(__name__)

MAX_TOKENS = 24
_SCHEMA = describe(
    {
        "type": "object",
        "properties": {"person": {"type": "boolean"}},
        "required": ["person"],
        "additionalProperties": False,
    }
)


class Judge:
    """Asks the model whether a person of the support team is needed."""

    def __init__(self, model: VisionModel, prompts: SystemPrompts, *, patience: Patience) -> None:
        self._model = model
        self._prompts = prompts
        self._patience = patience

    async def needs_person(self, prompt: Prompt, answer: str, language: Language) -> bool:
        """Whether one is needed after this answer to this prompt; False if the model cannot say.

        It is of no chat, so that the customer's next question neither waits for it nor is read anew because of it.
        """
        asked = ModelMessage("user", self._prompts.instruction("judge", language).text)
        check = replace(
            prompt,
            chat="",
            branch_of=prompt.chat,
            messages=(*prompt.messages, ModelMessage("assistant", answer), asked),
            max_tokens=MAX_TOKENS,
            schema=_SCHEMA,
            event="",
        )
        try:
            judged: dict[str, Any] = json.loads((await overhear(self._model, check, self._patience)).text)
            return judged["person"] is True
        # It was not let come to its end, say, or is on a server that knows no schema.
        except (ModelError, ValueError, LookupError, TypeError) as error:
            log.warning("not_judged", reason=str(error) or type(error).__name__)
            return False
