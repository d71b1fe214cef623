"""From messages to what is tokenised: template text, everybody's words and pictures, never mixed up.

The model's own chat template is rendered with a placeholder word for each text and each picture. What stands between
these words is template text, the only text whose special tokens count. Nobody's words go through the template.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import jinja2
import structlog
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.errors import GenerationError
from bot.messages import Image
from bot.ports import ModelMessage
from bot.spoken import JOINER

log = structlog.get_logger(__name__)

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@dataclass(frozen=True, slots=True)
class TextPart:
    """Text to be tokenised by itself; special tokens count in it only if `special`, that is, in template text.
    `answer` says that these are words which the model itself has said."""

    text: str
    special: bool = False
    answer: bool = False


Part = TextPart | Image


class Neutraliser:
    """Breaks the strings that the tokenizer would take for special tokens, wherever they stand in somebody's text."""

    def __init__(self, strings: Iterable[str]) -> None:
        # White space is a user-defined token in some vocabularies, and means nothing else there. A single character
        # cannot be broken; where it is a control token, tokenising without special tokens already keeps it out.
        self._strings = {string for string in strings if len(string) > 1 and not string.replace("▁", " ").isspace()}
        # Looked up by length: some vocabularies have thousands of such strings, too many for an alternation.
        self._lengths = sorted({len(string) for string in self._strings})
        firsts = "".join(map(re.escape, sorted({string[0] for string in self._strings})))
        self._first = re.compile(f"[{firsts}]") if firsts else None

    def __call__(self, text: str) -> str:
        """The text with an invisible word joiner after the first character of every such string, overlapping ones
        included."""

        def broken(match: re.Match[str]) -> str:
            start = match.start()
            found = any(text[start : start + length] in self._strings for length in self._lengths)
            return match[0] + JOINER if found else match[0]

        return self._first.sub(broken, text) if self._first else text


class ChatTemplate:
    """A model's chat template, in the way of calling it that works for this template."""

    def __init__(self, source: str | None, *, bos: str = "", eos: str = "", add_bos: bool = False) -> None:
        """`source` is the Jinja text in the model file, None if there is none. `bos` and `eos` are the vocabulary's
        texts for the tokens at the beginning and the end; `add_bos` says that the model wants the first one."""
        self._tokens = {"bos_token": bos, "eos_token": eos}
        self._bos = bos if add_bos else ""
        self._word = f"w{secrets.token_hex(8)}x"
        self._mark = re.compile(rf"{self._word}(\d+)z")
        self._template, self._as_list = self._choose(source)

    def parts(self, messages: Sequence[ModelMessage], neutralise: Neutraliser) -> list[Part]:
        """The prompt, ready to be tokenised, up to where the answer begins. Pictures stand before their message's
        text. Raises GenerationError if the template loses a message or changes their order."""
        contents: list[Part] = []
        for message in messages:
            contents += [*message.images, TextPart(neutralise(message.text), answer=message.role == "assistant")]
        rendered = self._render(self._template, messages, as_list=self._as_list)
        if self._bos and not rendered.startswith(self._bos):
            rendered = self._bos + rendered
        if self._mark.findall(rendered) != [str(index) for index in range(len(contents))]:
            raise GenerationError("the model's chat template loses a part of the conversation")
        parts: list[Part] = []
        for index, piece in enumerate(self._mark.split(rendered)):
            part = contents[int(piece)] if index % 2 else TextPart(piece, special=True)
            if not isinstance(part, TextPart) or part.text:
                parts.append(part)
        return parts

    def _choose(self, source: str | None) -> tuple[jinja2.Template, bool]:
        # Most templates take a message's content as text, some only as a list. A template that loses a text, or wants
        # something that a chat does not have, cannot be used.
        probe = [ModelMessage(role, "x") for role in ("system", "user", "assistant", "user")]
        for as_list in (False, True) if source else ():
            try:
                template = _environment().from_string(source or "")
                rendered = self._render(template, probe, as_list=as_list)
            except Exception as error:  # noqa: BLE001 - it is a program out of a file: anything may come out of it
                log.debug("chat_template_refused", as_list=as_list, error=type(error).__name__)
            else:
                if self._mark.findall(rendered) == [str(index) for index in range(len(probe))]:
                    return template, as_list
        if source:
            log.warning("chat_template_unusable", instead="ChatML")
        return _environment().from_string(CHATML), False

    def _render(self, template: jinja2.Template, messages: Sequence[ModelMessage], *, as_list: bool) -> str:
        rows: list[dict[str, Any]] = []
        used = 0
        for message in messages:
            words = "".join(f"{self._word}{used + i}z" for i in range(len(message.images) + 1))
            used += len(message.images) + 1
            rows.append({"role": message.role, "content": [{"type": "text", "text": words}] if as_list else words})
        return template.render(messages=rows, add_generation_prompt=True, enable_thinking=False, **self._tokens)


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = _to_json
    environment.globals.update(raise_exception=_raise, strftime_now=_now)
    return environment


def _to_json(value: object, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _raise(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)


def _now(form: str) -> str:
    return dt.datetime.now().astimezone().strftime(form)
