"""Reads request bodies, bounded while they arrive."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from adapters.web.errors import RequestError
from adapters.web.translate import clean_name
from bot.messages import Attachment

TOO_LARGE = "too-large"
"""`Attachment.ref` of a file that was dropped while it arrived, because it is larger than what is accepted."""
TOO_MANY = "too-many"
"""`Attachment.ref` of a file that was dropped because enough others came with it."""

_BODY_SECONDS = 600
_TEXT_BYTES = 1_000_000
_FIELDS = {"id": 64, "language": 64, "text": _TEXT_BYTES}
_EXTRA_FILES = 32


@dataclass(slots=True)
class Form:
    """What a multipart body held: `fields` by name, and `attachments` in order."""

    fields: dict[str, str] = field(default_factory=dict)
    attachments: list[Attachment] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Limits:
    """What is accepted: bytes of one file, files of one message, characters of one message."""

    max_bytes: int
    max_files: int
    max_characters: int

    @property
    def form_bytes(self) -> int:
        """Most bytes read of a form; more than its files may have, so that one too large is refused by name."""
        return (self.max_files + 4) * self.max_bytes + 2 * _TEXT_BYTES

    @property
    def json_bytes(self) -> int:
        """Most bytes read of a JSON body with pictures in base64."""
        return self.max_files * (self.max_bytes * 4 // 3 + 1024) + _TEXT_BYTES


@asynccontextmanager
async def _bounded_time() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            yield
    except TimeoutError:
        raise RequestError(408, "timeout", "The request took too long to arrive.") from None


async def read_form(request: web.Request, limits: Limits) -> Form:
    """Read the multipart body of a message. Raises RequestError.

    Files beyond the limits are read past and stay as attachments without data, so that the bot can say which.
    """
    if request.content_type != "multipart/form-data":
        raise RequestError(415, "bad_request", "Send the message as multipart/form-data.")
    _check_length(request, limits.form_bytes)
    form = Form()
    try:
        async with _bounded_time():
            await _read_parts(request, limits, form)
    except (RequestError, ConnectionError, web.RequestPayloadError):
        raise
    except Exception:  # noqa: BLE001 - aiohttp raises all sorts of things where a body is not what it says
        raise RequestError(400, "bad_request", "The form cannot be read: it is not multipart/form-data.") from None
    return form


async def _read_parts(request: web.Request, limits: Limits, form: Form) -> None:
    left = limits.form_bytes
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise RequestError(400, "bad_request", "A form within a form is not understood.")
        name = part.name or ""
        if name == "files":
            surplus = len(form.attachments) >= limits.max_files
            if len(form.attachments) >= limits.max_files + _EXTRA_FILES:
                raise RequestError(413, "too_many", f"Send {limits.max_files} pictures at a time.")
            data, size = await _read_part(part, 0 if surplus else limits.max_bytes, left)
            left -= size
            form.attachments.append(_attachment(part, data, size, surplus=surplus))
        elif name in _FIELDS and name not in form.fields:
            data, size = await _read_part(part, _FIELDS[name], left)
            left -= size
            if data is None:
                raise RequestError(413, "too_large", f"The field {name} is longer than this service accepts.")
            form.fields[name] = data.decode("utf-8", "replace")
        else:
            raise RequestError(400, "bad_request", "The form has a field that is not known, or one twice.")


def _attachment(part: BodyPartReader, data: bytes | None, size: int, *, surplus: bool) -> Attachment:
    return Attachment(
        ref="" if data is not None and not surplus else TOO_MANY if surplus else TOO_LARGE,
        name=clean_name(part.filename or ""),
        media_type=part.headers.get("Content-Type", "")[:100],
        size=size,
        data=None if surplus else data,
    )


async def _read_part(part: BodyPartReader, keep: int, left: int) -> tuple[bytes | None, int]:
    """The part's bytes (None if more than `keep`) and its size; raises RequestError beyond `left`."""
    kept, size = bytearray(), 0
    while chunk := await part.read_chunk(65_536):
        size += len(chunk)
        if size > left:
            raise RequestError(413, "too_large", "The message is larger than this service accepts.")
        if size <= keep:
            kept += chunk
        else:
            kept.clear()
    return (bytes(kept) if size <= keep else None), size


async def read_json(request: web.Request, limit: int) -> dict[str, Any]:
    """Read a JSON object of at most `limit` bytes. Raises RequestError."""
    # A page of another site can post this only after asking for leave (CORS), which is never given.
    if request.content_type != "application/json":
        raise RequestError(415, "bad_request", "Send JSON, with the content type application/json.")
    _check_length(request, limit)
    body = bytearray()
    async with _bounded_time():
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > limit:
                raise RequestError(413, "too_large", "The request is larger than this service accepts.")
    try:
        # Off the event loop: parsing tens of megabytes takes a while.
        value = await asyncio.to_thread(json.loads, body) if len(body) > 100_000 else json.loads(body)
    except (ValueError, RecursionError):
        raise RequestError(400, "bad_request", "The body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise RequestError(400, "bad_request", "The body must be a JSON object.")
    return value


def _check_length(request: web.Request, limit: int) -> None:
    if request.content_length is not None and request.content_length > limit:
        raise RequestError(413, "too_large", "The request is larger than this service accepts.")
