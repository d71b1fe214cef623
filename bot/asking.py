"""One-off work for the command line: a question from a terminal, and a check of machine and configuration."""

from __future__ import annotations

import asyncio
import mimetypes
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bot import wiring
from bot.errors import LookseeError, ModelFileError, StoreError
from bot.messages import Attachment, Inbound, Sender
from bot.metrics import Metrics
from bot.settings import Settings


async def ask(settings: Settings, paths: Sequence[Path], question: str, *, event_id: str) -> bool:
    """Answer one question about pictures on standard output, in a conversation that is gone afterwards.

    Returns whether the model answered; a picture that cannot be used, say, is told on standard output too. Raises
    LookseeError.
    """
    attachments = tuple([await asyncio.to_thread(_attachment, path) for path in paths])
    metrics = Metrics()
    terminal = wiring.terminal(_write, live=sys.stdout.isatty())
    store = wiring.open_store(":memory:")
    model = await asyncio.to_thread(wiring.build_model, settings, metrics)
    try:
        await store.open()
        await model.load()
        prompts = await asyncio.to_thread(wiring.load_prompts, settings)
        wiring.check_room(settings, model, prompts)
        core = wiring.assemble(settings, store, model, {terminal.platform: terminal}, metrics, prompts)
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
    model = await asyncio.to_thread(wiring.build_model, settings, Metrics())
    began = time.monotonic()
    try:
        await model.load()
        info = model.info
        wiring.check_room(settings, model, await asyncio.to_thread(wiring.load_prompts, settings))
    except ModelFileError as error:
        raise ModelFileError(f"Model     {error}") from error
    finally:
        await model.close()
    seconds = time.monotonic() - began
    lines.append(f"Model     {info.name}, context {info.context} tokens, loaded in {seconds:.1f} s")
    if info.notice:
        lines.append(f"          {info.notice.en}")
    lines.append(f"Telegram  {'configured' if settings.telegram.token else 'off'}")
    lines.append(f"Slack     {'configured' if settings.slack.bot_token else 'off'}")
    return lines


def _attachment(path: Path) -> Attachment:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LookseeError(f"{path}: {error.strerror}") from error
    return Attachment(name=path.name, media_type=mimetypes.guess_type(path.name)[0] or "", size=len(data), data=data)


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
