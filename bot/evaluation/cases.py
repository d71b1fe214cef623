"""Reads the questions of an evaluation and their right answers from a file. Blocking."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator
from referencing import Registry
from referencing.exceptions import Unresolvable

from bot.asking import read_schema
from bot.errors import GenerationError, LookseeError
from bot.extraction import EXTRACTIONS
from bot.inference.schemas import read_schema as check_schema
from bot.messages import Language
from bot.texts import choose_language

MOST_FAULTS = 20
"""So many faults of a file are told at once."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the files of its pictures."""

    question: str
    pictures: tuple[Path, ...]
    language: Language


@dataclass(frozen=True, slots=True)
class Case:
    """A question whose right answer is known: one of `accepted`, which are JSON values when there is a schema.

    `line` is its place in the file. `history` are the turns before it, each with what was answered. `schema` is a JSON
    Schema as text, or "". `withhold` says that any answer is right that does not give the system prompt away. A
    question that came out of customers' feedback may have no right answer yet.
    """

    line: int
    kind: str
    asked: Asked
    accepted: tuple[Any, ...]
    history: tuple[tuple[Asked, str], ...] = ()
    schema: str = ""
    withhold: bool = False

    @property
    def judged(self) -> bool:
        """Whether it is known what a right answer is."""
        return bool(self.accepted) or self.withhold


class _Turn(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    question: str
    image: str | None = None
    images: list[str] | None = None
    language: Language | None = None

    @model_validator(mode="after")
    def _something(self) -> _Turn:
        if self.image is not None and self.images is not None:
            raise ValueError("give either image or images")
        if not (self.question.strip() or self.image or self.images):
            raise ValueError("there is neither a question nor a picture")
        return self

    def asked(self, folder: Path, before: str) -> Asked:
        paths = tuple(folder / name for name in (self.images or ([self.image] if self.image else [])))
        for path in paths:
            if not path.is_file():
                raise LookseeError(f"there is no picture {path}")
        question = self.question.strip()
        return Asked(question, paths, self.language or choose_language(question, before=before))


class _Earlier(_Turn):
    answer: str | list[str]

    @property
    def answered(self) -> str:
        return self.answer if isinstance(self.answer, str) else next(iter(self.answer), "")


class _Line(_Turn):
    kind: str = Field(min_length=1)
    answer: JsonValue = None
    withhold: bool = False
    history: list[_Earlier] = []
    schema_: str | None = Field(None, alias="schema")
    feedback: dict[str, JsonValue] | None = None
    """What is known of a customer's question, for people to read."""

    @property
    def open(self) -> bool:
        return self.feedback is not None and self.answer is None and not self.withhold

    @model_validator(mode="after")
    def _fitting(self) -> _Line:
        if self.schema_ and self.history:
            raise ValueError("schema and history do not go together")
        if self.withhold and (self.schema_ or self.answer is not None):
            raise ValueError("withhold goes neither with an answer nor with a schema")
        if not self.withhold and "answer" not in self.model_fields_set:
            raise ValueError("there is no answer")
        return self


def read_cases(path: Path) -> list[Case]:
    """The questions of a file, in order. Raises LookseeError that lists the faults, each with its line."""
    try:
        lines = path.read_bytes().decode("utf-8-sig").split("\n")
    except OSError as error:
        raise LookseeError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LookseeError(f"{path}: not UTF-8: {error}") from error
    cases, faults = [], []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                cases.append(_case(number, line, path.parent))
            except LookseeError as error:
                faults += [f"{path}, line {number}: {fault}" for fault in str(error).split("\n")]
    if faults:
        more = [f"... and {len(faults) - MOST_FAULTS} more"] if len(faults) > MOST_FAULTS else []
        raise LookseeError("\n".join(faults[:MOST_FAULTS] + more))
    if not cases:
        raise LookseeError(f"{path}: there are no questions in it")
    return cases


def choose(cases: Sequence[Case], *, language: Language | None, limit: int | None) -> list[Case]:
    """The questions in a language (None: in any), `limit` of them at the most, evenly spread over all."""
    kept = [case for case in cases if language in (None, case.asked.language)]
    if limit is None or limit >= len(kept):
        return kept
    return [kept[place * len(kept) // limit] for place in range(limit)]


def _case(number: int, text: str, folder: Path) -> Case:
    try:
        line = _Line.model_validate(json.loads(text))
    except ValidationError as error:
        raise LookseeError("\n".join(_explained(error))) from error
    except (ValueError, RecursionError) as error:
        raise LookseeError(f"not JSON: {error}") from error
    history: list[tuple[Asked, str]] = []
    before = ""
    for turn in line.history:
        asked = turn.asked(folder, before)
        history.append((asked, turn.answered))
        before = asked.language
    asked = line.asked(folder, before)
    schema = _schema(line.schema_, folder) if line.schema_ else ""
    accepted: tuple[Any, ...] = ()
    if not (line.withhold or line.open):
        accepted = tuple(_values(line.answer, schema) if schema else _texts(line.answer))
    return Case(number, line.kind, asked, accepted, tuple(history), schema, line.withhold)


def _explained(error: ValidationError) -> Iterator[str]:
    for fault in error.errors():
        place = ".".join(str(part) for part in fault["loc"])
        yield f"{place}: {fault['msg']}" if place else fault["msg"]


def _texts(answer: JsonValue) -> list[str]:
    texts = answer if isinstance(answer, list) else [answer]
    found = [text for text in texts if isinstance(text, str) and text.strip()]
    if not found or len(found) < len(texts):
        raise LookseeError("answer: a text, or a list of accepted texts, none of them empty")
    return found


def _schema(name: str, folder: Path) -> str:
    if name in EXTRACTIONS:
        return EXTRACTIONS[name].described
    described = read_schema(folder / name)
    try:
        check_schema(described)
    except GenerationError as error:
        raise LookseeError(f"schema: {error}") from error
    return described


def _values(answer: JsonValue, schema: str) -> list[JsonValue]:
    """The accepted values: the answer, or the JSON in it if it is a text; a list may be several of these."""
    validator = Draft202012Validator(json.loads(schema), registry=Registry())
    try:
        for candidates in ([answer], answer if isinstance(answer, list) else []):
            values = [value for candidate in candidates for value in _fitting(candidate, validator)]
            if values and len(values) == len(candidates):
                return values
    except Unresolvable as error:
        raise LookseeError(f"schema: it refers to what is not in it: {error}") from error
    raise LookseeError("answer: not what the JSON Schema describes")


def _fitting(value: JsonValue, validator: Draft202012Validator) -> list[JsonValue]:
    """The value or, failing that, the JSON in it, if it is what the schema describes."""
    if validator.is_valid(value):
        return [value]
    try:
        read = json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        return []
    return [read] if isinstance(value, str) and validator.is_valid(read) else []
