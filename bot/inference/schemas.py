"""JSON Schemas, and whether an answer is what one describes.

A server that does not know a schema, or not all of it, may well answer all the same: some give any JSON, some any text.
"""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from referencing import Registry
from referencing.exceptions import Unresolvable

from bot.errors import GenerationError

Schema = dict[str, Any]


def read_schema(text: str) -> Schema:
    """The schema in a text. Raises GenerationError if there is none in it."""
    try:
        schema = json.loads(text)
        if not isinstance(schema, dict):
            raise GenerationError("a JSON Schema has to be an object")
        Draft202012Validator.check_schema(schema)
    except ValueError as error:
        raise GenerationError(f"not a JSON Schema: {error}") from error
    except SchemaError as error:
        raise GenerationError(f"not a JSON Schema: {error.message}") from error
    return schema


def expect_described(answer: str, schema: str) -> None:
    """Raise GenerationError, which tells nothing of the answer, unless it is JSON that the schema describes."""
    try:
        # With an empty registry nothing is fetched that the schema refers to.
        Draft202012Validator(read_schema(schema), registry=Registry()).validate(json.loads(answer))
    except Unresolvable as error:
        raise GenerationError(f"the JSON Schema refers to what is not in it: {error}") from None
    except (ValueError, ValidationError):
        raise GenerationError("the server's answer is not what the JSON Schema describes") from None
