"""A model whose words tell to whom they are said."""

from __future__ import annotations

import json
from collections.abc import Iterable

from bot.ports import Prompt
from prompts.loader import SystemPrompts
from tests.doubles import ScriptedModel
from tests.prompts import words

DRAFT = "Please install version 2.1: it is mended there."
SUMMARY = "The shop's app shows E-4127 after an update."
TICKET = {"error_code": "E-4127", "severity": "high"}

_PROMPTS = SystemPrompts(company="", policies="")


def answer(question: str) -> str:
    """What a customer is answered."""
    return f"About “{question}”: look at the card."


def advice(question: str) -> str:
    """What an agent is answered."""
    return f"Between us, about “{question}”: it is the number."


def script() -> ScriptedModel:
    """Such a model."""
    return ScriptedModel(lambda prompt: (_said(prompt),))


def asked_by_customers(prompts: Iterable[Prompt]) -> list[list[str]]:
    """What customers' questions have shown the model, without the system prompt."""
    return [[words(message.text) for message in prompt.messages[1:]] for prompt in prompts if not prompt.branch_of]


def _said(prompt: Prompt) -> str:
    asked = words(prompt.messages[-1].text)
    if "person" in prompt.schema:
        return '{"person": false}'
    if prompt.schema:
        return json.dumps(TICKET)
    if not prompt.branch_of:
        return answer(asked)
    for name, said in (("suggest", DRAFT), ("summary", SUMMARY)):
        if _PROMPTS.instruction(name, "en").text[:40] in asked:
            return said
    return advice(asked)
