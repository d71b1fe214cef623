"""Files that customers sent, downloaded within limits."""

from __future__ import annotations

import stamina
from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramBadRequest,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiohttp import ClientError

from adapters.pacing import AWAY_SECONDS, Reach
from bot.errors import PictureTooLargeError, PictureUnavailableError
from bot.messages import Attachment

BOT_LIMIT = 20_000_000
"""What Telegram hands to bots at most, in bytes."""

_ATTEMPTS = 3
_SECONDS = 60


class _BrokenDownloadError(Exception):
    """A download failed half-way or at its beginning."""


async def download(bot: Bot, reach: Reach, attachment: Attachment, limit: int) -> bytes:
    """The bytes of a file, `limit` bytes at the most. Raises PictureTooLargeError or PictureUnavailableError.

    While Telegram is away, according to `reach`, the next attempt waits for it.
    """
    if (attachment.size or 0) > limit:
        raise _too_large(attachment, limit)
    try:
        async for attempt in stamina.retry_context(on=_may_pass, attempts=_ATTEMPTS, wait_initial=0.3, wait_max=3):
            with attempt:
                await reach.wait(AWAY_SECONDS)
                return await _download(bot, reach, attachment, limit)
    except TelegramBadRequest as error:
        if "file is too big" in error.message.lower():
            raise _too_large(attachment, min(limit, BOT_LIMIT)) from None
        raise PictureUnavailableError("Telegram does not have the file", name=attachment.name) from None
    except (AiogramError, _BrokenDownloadError) as error:
        raise PictureUnavailableError(type(error).__name__, name=attachment.name) from None
    raise AssertionError  # the loop either returns or raises


async def _download(bot: Bot, reach: Reach, attachment: Attachment, limit: int) -> bytes:
    file = await bot.get_file(attachment.ref)
    if not file.file_path:
        raise PictureUnavailableError("Telegram names no place for the file", name=attachment.name)
    if (file.file_size or 0) > limit:
        raise _too_large(attachment, limit)
    data = bytearray()
    stream = bot.session.stream_content(bot.session.api.file_url(bot.token, file.file_path), timeout=_SECONDS)
    try:
        async for chunk in stream:
            data += chunk
            if len(data) > limit:
                raise _too_large(attachment, limit)
    except (ClientError, TimeoutError) as error:
        reach.failed()
        # Neither chained nor quoted: such an error names the file's address, and that holds the token.
        raise _BrokenDownloadError(type(error).__name__) from None
    finally:
        await stream.aclose()
    return bytes(data)


def _may_pass(error: Exception) -> bool | float:
    if isinstance(error, TelegramRetryAfter):
        return float(min(error.retry_after, 10))
    return isinstance(error, TelegramNetworkError | TelegramServerError | _BrokenDownloadError)


def _too_large(attachment: Attachment, limit: int) -> PictureTooLargeError:
    return PictureTooLargeError(f"more than {limit} bytes", name=attachment.name, limit=limit)
