"""What is read as JSON: the schemas that come along, and asking for them from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from bot.__main__ import app
from bot.extraction import EXTRACTIONS, PRODUCT, TICKET, extraction_prompt
from bot.messages import LANGUAGES
from bot.texts import language_of
from tests.models import picture

FILLED: dict[str, dict[str, Any]] = {
    "ticket": {
        "product": None,
        "screen": "Payment",
        "error_code": "E-4127",
        "message": None,
        "amounts": ["$ 12.00"],
        "order_number": None,
        "severity": "high",
        "language": "en",
    },
    "product": {"name": "Lamp", "price": "$ 12.00", "quantity": 2},
}


@pytest.mark.parametrize("name", EXTRACTIONS)
def test_a_form_takes_exactly_its_fields(name: str) -> None:
    schema = json.loads(EXTRACTIONS[name].described)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert validator.is_valid(FILLED[name])
    assert list(schema["properties"]) == list(FILLED[name])
    for field in FILLED[name]:
        without = {key: value for key, value in FILLED[name].items() if key != field}
        assert not validator.is_valid(without), field
    assert not validator.is_valid({**FILLED[name], "more": None})


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("ticket", {"severity": "urgent"}),
        ("ticket", {"language": None}),
        ("ticket", {"amounts": [12]}),
        ("ticket", {"amounts": None}),
        ("product", {"quantity": "2"}),
        ("product", {"price": 12.0}),
    ],
)
def test_a_form_takes_only_values_of_its_kind(name: str, change: dict[str, Any]) -> None:
    validator = Draft202012Validator(json.loads(EXTRACTIONS[name].described))
    assert not validator.is_valid({**FILLED[name], **change})


def test_requests_are_in_the_language_they_say() -> None:
    requests = {form.request.say(language): language for form in (TICKET, PRODUCT) for language in LANGUAGES}
    assert len(requests) == 4
    for request, language in requests.items():
        assert language_of(request) == language


def test_the_model_is_shown_request_pictures_and_schema() -> None:
    shot = picture("white", "E-4127")
    prompt = extraction_prompt("Fill it in.", [shot], PRODUCT.described, max_tokens=50)
    system, user = prompt.messages
    assert system.text.endswith(PRODUCT.described)
    assert (user.text, user.images) == ("Fill it in.", (shot,))
    assert (prompt.schema, prompt.max_tokens) == (PRODUCT.described, 50)


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("words", [[], ["How much is it?"]], ids=["request", "question"])
def test_ask_for_a_form_by_its_name(words: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # A file of that name is not what is meant.
    (tmp_path / "product").write_text('{"type": "boolean"}')
    monkeypatch.setenv("LOOKSEE_MODEL__MAX_TOKENS", "1500")
    monkeypatch.setenv("LOOKSEE_MODEL__TEMPERATURE", "0")
    result = CliRunner().invoke(app, ["ask", "--json", "product", "screenshot.png", *words])
    assert result.exit_code == 0, result.output
    Draft202012Validator(json.loads(PRODUCT.described)).validate(json.loads(result.stdout.splitlines()[-1]))
