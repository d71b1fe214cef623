"""What is read from screenshots as JSON: the schemas that Looksee brings along, and how a model is asked. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.messages import Image
from bot.ports import ModelMessage, Prompt
from bot.texts import Sentence

_TEXT: Final = {"type": ["string", "null"]}

_INSTRUCTION = "Read what is asked for from the pictures. Answer with one JSON value as this JSON Schema describes it: "


def _form(**fields: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object with exactly these fields, in this order."""
    return {"type": "object", "properties": fields, "required": [*fields], "additionalProperties": False}


@dataclass(frozen=True, slots=True)
class Extraction:
    """A form that is filled in from a screenshot: its JSON Schema, and the request when nothing else is asked."""

    name: str
    request: Sentence
    schema: Mapping[str, Any] = field(repr=False)

    @property
    def described(self) -> str:
        """The schema as text, as the model is shown it."""
        return describe(self.schema)


TICKET: Final = Extraction(
    "ticket",
    Sentence(en="Fill in the ticket from the screenshot, as JSON.", zh="请根据截图填写工单，用 JSON 回答。"),
    _form(
        product=_TEXT,
        screen=_TEXT,
        error_code=_TEXT,
        message=_TEXT,
        amounts={"type": "array", "items": {"type": "string"}},
        order_number=_TEXT,
        severity={"enum": ["low", "normal", "high"]},
        language={"enum": ["en", "zh", "other"]},
    ),
)
"""A support ticket. `screen` is the title, `amounts` are as written, `language` is that of the screen."""

PRODUCT: Final = Extraction(
    "product",
    Sentence(en="Fill in the product from the screenshot, as JSON.", zh="请根据截图填写商品，用 JSON 回答。"),
    _form(name=_TEXT, price=_TEXT, quantity={"type": ["integer", "null"]}),
)
"""A product as a shop shows it. `price` is as written."""

EXTRACTIONS: Final[Mapping[str, Extraction]] = {form.name: form for form in (TICKET, PRODUCT)}
"""The forms by name."""


def describe(schema: Mapping[str, Any]) -> str:
    """A JSON Schema as text, as the model is shown it."""
    return json.dumps(schema, ensure_ascii=False)


def instruction(described: str) -> str:
    """The system prompt for an answer that a schema, as text, describes."""
    return _INSTRUCTION + described


def extraction_prompt(request: str, pictures: Sequence[Image], described: str, *, max_tokens: int) -> Prompt:
    """What the model is shown to read from pictures what a schema, as text, describes."""
    messages = (ModelMessage("system", instruction(described)), ModelMessage("user", request, tuple(pictures)))
    return Prompt("", messages, max_tokens, schema=described)
