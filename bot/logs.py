"""Logging: structlog for our own rooms and the libraries alike, on stderr, without secrets and customers' words.

Our own rooms put neither into an event. The rest is kept out by what a line is made of:

- Of an exception that is not ours, its type and where it came about are told, and not its message: libraries put the
  text that they choked on into it, and whole requests with their tokens.
- Of a library's message, what stands in its source is told (the format, and where that is), and not what was filled in.
- What libraries have to say about each request is left out at every level.
- Over the finished line goes a filter that replaces the secrets, in each spelling in which they travel.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json as jsonlib
import logging
import sqlite3
import sys
import threading
import traceback
import warnings
from collections.abc import Collection, Iterator
from types import TracebackType
from typing import Any
from urllib.parse import quote, quote_plus

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.errors import LookseeError

_NOISY = ("aiogram", "aiohttp.access", "slack_bolt", "slack_sdk", "asyncio", "aiosqlite", "gguf")
_OURS = ("bot", "adapters", "conversations", "prompts", "__main__")
_SDK = "adapters.slack.sdk"
"""A logger of ours that Slack's SDK writes to."""
_TELLING = (LookseeError, OSError, sqlite3.Error)
"""Exceptions whose messages are ours, the system's or the database's, which know nothing of what customers write."""
_LEAST_BASE64 = 8

log = structlog.get_logger(__name__)


class _Redacting(structlog.stdlib.ProcessorFormatter):
    def __init__(self, renderer: Processor, shared: list[Processor], secrets: Collection[str]) -> None:
        spellings = {spelling for secret in secrets if secret for spelling in _spellings(secret)}
        self._secrets = sorted(spellings, key=len, reverse=True)
        remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
        super().__init__(processors=[remove, self._redact, renderer], foreign_pre_chain=shared)

    def format(self, record: logging.LogRecord) -> str:
        return self._without(super().format(_without_arguments(record)))

    def _redact(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        """Before what is inside of other values is escaped once more."""
        return {key: self._in(value) for key, value in event.items()}

    def _in(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._without(value)
        if isinstance(value, dict):
            return {self._in(key): self._in(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._in(inner) for inner in value]
        return value

    def _without(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return text


def configure(level: str, *, json: bool, secrets: Collection[str] = ()) -> None:
    """Set logging up for the whole process. `secrets` never appear in any line."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _told,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    handler = _Handler()
    handler.setFormatter(_Redacting(renderer, shared, secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    _catch_the_rest()


def watch(loop: asyncio.AbstractEventLoop) -> None:
    """Have what an event loop finds wrong told in the same way: by itself it shows tasks with their results."""
    loop.set_exception_handler(_in_loop)


def _catch_the_rest() -> None:
    """Take over what Python itself prints: warnings, and exceptions that nobody caught."""
    warnings.showwarning = _warned
    sys.excepthook = _crashed
    threading.excepthook = lambda args: _crashed(args.exc_type, args.exc_value, args.exc_traceback)
    sys.unraisablehook = lambda args: _crashed(args.exc_type, args.exc_value, args.exc_traceback)


def _spellings(secret: str) -> Iterator[str]:
    """A secret as it stands in texts, addresses, JSON and headers."""
    for text in {secret, *_parts(secret)}:
        yield text
        for escaped in (quote(text, safe=""), quote_plus(text), quote(text)):
            yield from (escaped, _lowered(escaped))
        yield jsonlib.dumps(text)[1:-1]
        yield repr(text)[1:-1]
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield from _in_base64(text.encode(), encode)


def _parts(secret: str) -> Iterator[str]:
    """What is secret of a Telegram token: what comes after the bot's number."""
    number, colon, rest = secret.partition(":")
    if colon and number.isdigit() and len(rest) >= _LEAST_BASE64:
        yield rest


def _lowered(escaped: str) -> str:
    """Percent-encoding in lower case, which means the same."""
    pieces = escaped.split("%")
    return "%".join([pieces[0], *(piece[:2].lower() + piece[2:] for piece in pieces[1:])])


def _in_base64(secret: bytes, encode: Any) -> Iterator[str]:
    """What is the same of it wherever in a text it begins, of which base64 takes three bytes at a time."""
    for shift, cut in ((0, 0), (1, 2), (2, 3)):
        encoded: str = encode(b"\0" * shift + secret).decode().rstrip("=")
        whole = len(encoded) if (shift + len(secret)) % 3 == 0 else len(encoded) - 1
        if whole - cut >= _LEAST_BASE64:
            yield encoded[cut:whole]


def _without_arguments(record: logging.LogRecord) -> logging.LogRecord:
    """A library's message without what was filled in."""
    ours = record.name.startswith(_OURS) and record.name != _SDK
    if ours or isinstance(record.msg, dict):  # what structlog hands on
        return record
    place = f"({record.module}:{record.lineno})"
    # Without arguments it may be a format that was filled in before.
    told = f"{record.msg} {place}" if record.args and isinstance(record.msg, str) else place
    return logging.makeLogRecord({**record.__dict__, "msg": told, "args": ()})


def _told(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """An exception as text."""
    given = event.pop("exc_info", None)
    if given:
        error = (
            given if isinstance(given, BaseException) else given[1] if isinstance(given, tuple) else sys.exc_info()[1]
        )
        if error is not None:
            event["exception"] = "".join(_lines(error)).rstrip()
    event.pop("stack_info", None)
    return event


def _lines(error: BaseException) -> Iterator[str]:
    """A traceback, without messages that may hold anything."""
    seen: set[int] = set()
    chain: list[tuple[BaseException, str]] = []
    current: BaseException | None = error
    link = ""
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        chain.append((current, link))
        if current.__cause__ is not None:
            current, link = current.__cause__, "\nThis was the cause of:\n\n"
        elif current.__context__ is not None and not current.__suppress_context__:
            current, link = current.__context__, "\nWhile that was dealt with, this happened:\n\n"
        else:
            current = None
    for place in range(len(chain) - 1, -1, -1):
        yield from _one(chain[place][0])
        if place:
            yield chain[place][1]


def _one(error: BaseException) -> Iterator[str]:
    if error.__traceback__ is not None:
        yield "Traceback (most recent call last):\n"
        yield from traceback.format_tb(error.__traceback__)
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    if isinstance(error, _TELLING) and str(error):
        yield f"{name}: {error}\n"
    else:
        yield f"{name}\n"
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _lines(inner)


def _in_loop(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    log.error("event_loop_trouble", what=str(context.get("message", "")), exc_info=context.get("exception"))


def _warned(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, *_more: object, **__more: object
) -> None:
    log.warning("python_warning", category=category.__name__, place=f"{filename}:{lineno}")


def _crashed(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is not None and isinstance(error, Exception):
        log.critical("crashed", exc_info=(kind, error, trace))
    elif error is not None:  # an interruption, which is nobody's fault
        sys.stderr.write(f"{kind.__name__}\n")


class _Handler(logging.StreamHandler[Any]):
    """Writes to what is standard error at the time."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Say that a line could not be made. What Python would say has the line's content in it."""
        kind = getattr(sys.exc_info()[0], "__name__", "")
        with contextlib.suppress(Exception):
            sys.stderr.write(f"a line of {record.name} ({record.module}:{record.lineno}) could not be logged: {kind}\n")
