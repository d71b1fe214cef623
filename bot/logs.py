"""Logging: structlog for our own rooms and the libraries alike, on stderr, with secrets taken out.

Customers' words and pictures are never logged: what the libraries have to say about each message, which is the whole
of it, is left out at every level. What they might put into a line (the Telegram token is part of every URL) is
replaced by a filter over the finished line.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Collection
from urllib.parse import quote

import structlog
from structlog.typing import Processor

_NOISY = ("aiogram", "aiohttp.access", "slack_bolt", "slack_sdk", "asyncio", "aiosqlite", "gguf")


class _Redacting(structlog.stdlib.ProcessorFormatter):
    def __init__(self, processors: list[Processor], shared: list[Processor], secrets: Collection[str]) -> None:
        super().__init__(processors=processors, foreign_pre_chain=shared)
        spellings = {spelling for secret in secrets if secret for spelling in (secret, quote(secret, safe=""))}
        self._secrets = sorted(spellings, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, "[secret]")
        return line


def configure(level: str, *, json: bool, secrets: Collection[str] = ()) -> None:
    """Set logging up for the whole process. `secrets` never appear in any line."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
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
    handler = logging.StreamHandler(sys.stderr)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(_Redacting([remove, renderer], shared, secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(capture=True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
