"""One-off work for the command line: a question from a terminal, and a check of machine and configuration."""

from __future__ import annotations

import asyncio
import json
import mimetypes
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bot import assembly, backends, configured, images, wiring
from bot.collect import complaint
from bot.digests import digest, pins
from bot.errors import LookseeError, ModelFileError, PictureError, StoreError
from bot.extraction import EXTRACTIONS, describe, extraction_prompt
from bot.messages import Attachment, Finish, Image, Inbound, Sender
from bot.metrics import Metrics
from bot.sections import UNLIMITED
from bot.settings import Settings


async def ask(settings: Settings, paths: Sequence[Path], question: str, *, event_id: str) -> bool:
    """Answer one question about pictures on standard output, in a conversation that is gone afterwards.

    Returns whether the model answered; a picture that cannot be used, say, is told on standard output too. Raises
    LookseeError.
    """
    settings = settings.model_copy(update={"limits": UNLIMITED})  # whoever starts us needs no leave of ours
    attachments = tuple([await asyncio.to_thread(_attachment, path) for path in paths])
    metrics = Metrics()
    terminal = wiring.terminal(_write, live=sys.stdout.isatty())
    store = wiring.open_store(":memory:")
    model = await backends.verified_model(settings, metrics)
    try:
        await store.open()
        await model.load()
        prompts = await asyncio.to_thread(configured.load_prompts, settings)
        configured.check_room(settings, model, prompts)
        core = assembly.assemble(settings, store, model, {terminal.platform: terminal}, metrics, prompts)
        asked = Inbound(
            event_id,
            terminal.chat,
            Sender("terminal:local"),
            text=question,
            message_id=event_id,
            attachments=attachments,
            settled=True,
        )
        await core.resume()
        await core.intake.receive(asked)
        printed = await terminal.answer
        await core.close()
        return printed.answered
    finally:
        await model.close()
        await store.close()


async def extract(settings: Settings, paths: Sequence[Path], question: str, schema: str) -> str:
    """Read from pictures what a JSON Schema describes: one of `EXTRACTIONS` by its name, whose request is asked when
    there is no question, or one in a file. Returns the JSON. Raises LookseeError.
    """
    form = EXTRACTIONS.get(schema)
    if form is not None:
        described, question = form.described, question or form.request.en
    else:
        described = await asyncio.to_thread(read_schema, Path(schema))
    limits = configured.picture_limits(settings)
    pictures = tuple([await asyncio.to_thread(_picture, path, limits) for path in paths])
    prompt = extraction_prompt(question, pictures, described, max_tokens=settings.model.max_tokens)
    model = await backends.verified_model(settings, Metrics())
    try:
        await model.load()
        generation = model.generate(prompt)
        said = "".join([piece async for piece in generation]).strip()
    finally:
        await model.close()
    if generation.usage.finish is not Finish.STOP:
        raise LookseeError(
            f"The JSON has no end: the answer reached LOOKSEE_MODEL__MAX_TOKENS={settings.model.max_tokens} tokens "
            "or the end of the context"
        )
    return said


async def check(settings: Settings) -> list[str]:
    """Try what `serve` needs, short of connecting to a platform; returns a line for each. Raises LookseeError."""
    lines = [f"Python    {sys.version.split()[0]}", "Settings  no faults"]
    path = await asyncio.to_thread(wiring.database_path, settings)
    store = wiring.open_store(path)
    try:
        await store.open()
        backlog = await store.backlog()
    except StoreError as error:
        raise StoreError(f"Database  {error}") from error
    finally:
        await store.close()
    lines.append(f"Database  {path}: {backlog.inbox} questions and {backlog.outbox} messages wait")
    model = await backends.verified_model(settings, Metrics())
    began = time.monotonic()
    try:
        await model.load()
        info = model.info
        configured.check_room(settings, model, await asyncio.to_thread(configured.load_prompts, settings))
    except ModelFileError as error:
        raise ModelFileError(f"Model     {error}") from error
    finally:
        await model.close()
    seconds = time.monotonic() - began
    lines.append(f"Model     {info.name}, context {info.context} tokens, loaded in {seconds:.1f} s")
    if info.notice:
        lines.append(f"          {info.notice.en}")
    for name, file, pinned in pins(settings.model):
        if file is not None:
            state = "as pinned" if pinned else "not pinned"
            lines.append(f"          {name}SHA256={await digest(file)} ({state})")
    lines.append(f"Telegram  {'configured' if settings.telegram.token else 'off'}")
    lines.append(f"Slack     {'configured' if settings.slack.bot_token else 'off'}")
    return lines


def read_schema(path: Path) -> str:
    """The JSON Schema in a file, as the model is shown it. Blocking. Raises LookseeError."""
    try:
        schema = json.loads(_read(path))
    except ValueError as error:
        raise LookseeError(f"{path}: not JSON: {error}") from error
    if not isinstance(schema, dict):
        raise LookseeError(f"{path}: a JSON Schema has to be an object")
    return describe(schema)


def _picture(path: Path, limits: images.Limits) -> Image:
    try:
        return images.prepare(_read(path), name=path.name, limits=limits)
    except PictureError as error:
        raise LookseeError(complaint(error, "en")) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LookseeError(f"{path}: {error.strerror}") from error


def _attachment(path: Path) -> Attachment:
    data = _read(path)
    return Attachment(name=path.name, media_type=mimetypes.guess_type(path.name)[0] or "", size=len(data), data=data)


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
