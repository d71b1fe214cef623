"""`looksee`, with faults that quote what somebody chokes on: words, payloads, addresses with tokens.

Run as a module by `test_silence`. What is raised and said here is of the kind that aiogram, aiohttp and slack_sdk raise
and say.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

from adapters.slack.adapter import SlackAdapter
from adapters.telegram.adapter import TelegramAdapter
from adapters.web.adapter import WebAdapter
from bot.__main__ import main
from bot.messages import Outgoing

BLUNDER = "blunder"
"""A question with this word in it is one that we choke on."""

collect: Any = importlib.import_module("bot.collect")
Send = Callable[..., Awaitable[str]]


async def _die(text: str) -> None:
    raise LookupError(text)


def _complain(text: str, secret: str) -> None:
    """Say it in every way in which libraries do."""
    filled_in = f"Failed to send a request to https://example.com/{secret}: {text}"
    logging.getLogger("slack_sdk.web").error(filled_in)
    logging.getLogger("aiohttp.client").error("POST https://example.com/bot%s: %s", secret, text)
    warnings.warn(f"unknown update {text}", RuntimeWarning, stacklevel=1)
    # A task whose exception nobody asks for; nobody keeps it, either.
    asyncio.get_running_loop().call_soon(lambda: asyncio.ensure_future(_die(f"{secret} {text}")) and None)


def _choking(send: Send, secret: str) -> Send:
    """A send that fails the first time, after the message arrived, with everything in the error."""
    failed = False

    async def choke(self: object, item: Outgoing) -> str:
        nonlocal failed
        if not failed:
            failed = True
            await send(self, item)
            _complain(item.payload, secret)
            raise RuntimeError(f"POST https://example.com/bot{secret}/sendMessage {item.payload}")
        return await send(self, item)

    return choke


def _mentions(text: str) -> object:
    if BLUNDER in text:
        raise ValueError(f"cannot make sense of {text!r}") from KeyError(text)
    return _plainly(text)


_plainly = collect.mentions

if __name__ == "__main__":
    collect.mentions = _mentions
    for adapter, variable in (
        (TelegramAdapter, "LOOKSEE_TELEGRAM__TOKEN"),
        (SlackAdapter, "LOOKSEE_SLACK__BOT_TOKEN"),
        (WebAdapter, "LOOKSEE_MODEL__API_KEY"),
    ):
        setattr(adapter, "send", _choking(adapter.send, os.environ[variable]))  # noqa: B010 - a method, as mypy sees it
    main()
