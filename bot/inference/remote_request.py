"""The body of a request for an answer, for an OpenAI-compatible server."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PIL import Image as Pillow

from bot.errors import GenerationError
from bot.inference.controls import broken
from bot.inference.native import Sampling
from bot.inference.schemas import Schema, read_schema
from bot.messages import Image, ImageRef
from bot.ports import ModelMessage, Prompt

SchemaForm = Callable[[Schema], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """Which fields beyond the oldest standard a server takes; some refuse any that they do not know."""

    sampling: bool
    usage: bool


DIALECTS = (Dialect(True, True), Dialect(True, False), Dialect(False, True), Dialect(False, False))
"""In the order in which they are tried."""


def _standard(schema: Schema) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}


def _llama_cpp_python(schema: Schema) -> dict[str, Any]:
    return {"type": "json_object", "schema": schema}


# The standard first: servers that do not know the other form's schema give any JSON.
SCHEMA_FORMS: tuple[SchemaForm, ...] = (_standard, _llama_cpp_python)


def request(prompt: Prompt, model: str, sampling: Sampling, dialect: Dialect, form: SchemaForm) -> bytes:
    """The JSON. Blocking: pictures are many megabytes. Raises GenerationError for a broken picture or schema."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [_message(message) for message in prompt.messages],
        "max_tokens": prompt.max_tokens,
        "stream": True,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "presence_penalty": sampling.presence_penalty,
    }
    if sampling.seed >= 0:
        body["seed"] = sampling.seed
    if dialect.usage:
        body["stream_options"] = {"include_usage": True}
    if dialect.sampling:
        # The others are what some servers do unless they are told not to, under both their names.
        body |= {"top_k": sampling.top_k, "min_p": 0.0, "repeat_penalty": 1.0, "repetition_penalty": 1.0}
    if prompt.schema:
        body["response_format"] = form(read_schema(prompt.schema))
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def blank_picture(side: int) -> Image:
    """A white square of so many pixels along its side."""
    file = io.BytesIO()
    Pillow.new("RGB", (side, side), "white").save(file, "PNG")
    return Image(ImageRef("", side, side), "image/png", file.getvalue())


def _message(message: ModelMessage) -> dict[str, Any]:
    # Half a surrogate pair is no text: servers refuse the whole request for it.
    text = broken(message.text).encode("utf-8", "replace").decode("utf-8")
    if not message.images:
        return {"role": message.role, "content": text}
    pictures = [{"type": "image_url", "image_url": {"url": _data_url(image)}} for image in message.images]
    return {"role": message.role, "content": [*pictures, {"type": "text", "text": text}]}


def _data_url(image: Image) -> str:
    media_type, data = image.media_type, image.data
    if media_type == "image/webp":  # which llama.cpp does not read
        media_type, data = "image/png", _as_png(data)
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


def _as_png(data: bytes) -> bytes:
    file = io.BytesIO()
    try:
        with Pillow.open(io.BytesIO(data), formats=["WEBP"]) as picture:
            picture.convert("RGB").save(file, "PNG")
    except Exception as error:  # Pillow raises all sorts
        raise GenerationError(f"a prepared picture does not decode: {type(error).__name__}") from error
    return file.getvalue()
