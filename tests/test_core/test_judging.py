"""Whether a person is needed, as the model is asked it, and what is made of its answers."""

from __future__ import annotations

import json

import pytest

from bot.errors import GenerationError, PromptTooLongError
from bot.judging import Judge
from bot.listening import Patience
from bot.messages import Language
from bot.ports import ModelMessage, Prompt
from prompts.loader import SystemPrompts
from tests.doubles import ScriptedModel

PROMPTS = SystemPrompts("Acme")
PROMPT = Prompt(
    "telegram:1/2/", (ModelMessage("system", "Help."), ModelMessage("user", "why?")), 500, "telegram:2", event="e"
)


async def judged(model: ScriptedModel, language: Language = "en") -> bool:
    return await Judge(model, PROMPTS, patience=Patience(5, 5)).needs_person(PROMPT, "I cannot say.", language)


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_it_goes_on_from_the_answer_and_disturbs_nobody(language: Language) -> None:
    model = ScriptedModel(lambda _: ('{"person"', ": true}"))
    assert await judged(model, language)
    (asked,) = model.prompts
    check = PROMPTS.instruction("judge", language).text
    answer = ModelMessage("assistant", "I cannot say.")
    assert asked.messages == (*PROMPT.messages, answer, ModelMessage("user", check))
    assert (asked.chat, asked.branch_of, asked.event, asked.urgent) == ("", PROMPT.chat, "", False)
    assert asked.person not in ("", PROMPT.person)
    assert asked.max_tokens < 50
    schema = json.loads(asked.schema)
    assert schema["properties"] == {"person": {"type": "boolean"}}
    assert (schema["required"], schema["additionalProperties"]) == (["person"], False)


@pytest.mark.parametrize(
    "said", ['{"person": false}', '{"person": "true"}', '{"person": 1}', '{"person": tr', "", "true", "[]", "{}"]
)
async def test_anything_but_yes_is_no(said: str) -> None:
    assert not await judged(ScriptedModel(lambda _: (said,)))


@pytest.mark.parametrize("failure", [GenerationError("broken"), PromptTooLongError("long")])
async def test_a_failure_is_no(failure: Exception) -> None:
    model = ScriptedModel(lambda _: ('{"person": true}',))
    model.failure = failure
    assert not await judged(model)


async def test_a_model_that_says_nothing_in_time_is_no() -> None:
    model = ScriptedModel(lambda _: ('{"person": true}',))
    model.gate.clear()
    assert not await Judge(model, PROMPTS, patience=Patience(0.01, 0.01)).needs_person(PROMPT, "?", "en")
