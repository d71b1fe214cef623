"""Fetching what customers upload."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import stamina
import stamina.instrumentation
import structlog

from adapters.pacing import AWAY_SECONDS
from adapters.slack.api import RefusedError, SlackApi
from bot.errors import DeliveryError, PictureTooLargeError, PictureUnavailableError
from bot.messages import Attachment

log = structlog.get_logger(__name__)

# Stamina imports what it reports retries with when it first needs it, which would hold up the event loop.
stamina.instrumentation.get_on_retry_hooks()

_ATTEMPTS = 3
_CHUNK = 64 * 1024


class _TransientError(Exception):
    """Worth another try."""


async def fetch(api: SlackApi, attachment: Attachment, limit: int) -> bytes:
    """The file's bytes, `limit` at the most. Raises PictureTooLargeError or PictureUnavailableError."""
    if attachment.size is not None and attachment.size > limit:
        raise PictureTooLargeError(name=attachment.name, limit=limit)
    try:
        async for attempt in stamina.retry_context(on=_TransientError, attempts=_ATTEMPTS, wait_max=2.0, timeout=90.0):
            with attempt:
                await api.reach.wait(AWAY_SECONDS)
                return await _download(api, await _address(api, attachment, limit), attachment, limit)
    except _TransientError as error:
        raise PictureUnavailableError(f"Slack does not hand over the file: {error}", name=attachment.name) from error
    raise AssertionError  # pragma: no cover - the loop either returns or raises


async def _address(api: SlackApi, attachment: Attachment, limit: int) -> str:
    ref: dict[str, str] = json.loads(attachment.ref)
    url = ref["url"]
    if not url:
        try:
            answer = await api.call(api.client.files_info(file=ref["id"]))
        except RefusedError as error:
            raise PictureUnavailableError(f"files.info: {error.code}", name=attachment.name) from error
        except DeliveryError as error:
            raise _TransientError(str(error)) from error
        file: dict[str, Any] = answer.get("file") or {}
        if int(file.get("size") or 0) > limit:
            raise PictureTooLargeError(name=attachment.name, limit=limit)
        url = file.get("url_private_download") or file.get("url_private") or ""
    if not api.serves(url, "files"):
        log.warning("slack_file_elsewhere", file=ref["id"])
        raise PictureUnavailableError("the file does not lie at Slack", name=attachment.name)
    return url


async def _download(api: SlackApi, url: str, attachment: Attachment, limit: int) -> bytes:
    headers = {"Authorization": f"Bearer {api.token}"}
    try:
        async with api.session.get(url, headers=headers, allow_redirects=False, proxy=api.client.proxy) as response:
            if response.status == 429 or response.status >= 500:
                raise _TransientError(f"HTTP {response.status}")
            if response.status != 200:
                log.warning("slack_file_refused", status=response.status)
                raise PictureUnavailableError(f"HTTP {response.status}", name=attachment.name)
            if (response.content_length or 0) > limit:
                raise PictureTooLargeError(name=attachment.name, limit=limit)
            data = bytearray()
            async for chunk in response.content.iter_chunked(_CHUNK):
                data += chunk
                if len(data) > limit:
                    raise PictureTooLargeError(name=attachment.name, limit=limit)
            _refuse_login_page(response.content_type, bytes(data[:256]), attachment)
            return bytes(data)
    except (aiohttp.ClientError, TimeoutError) as error:
        api.reach.failed()
        raise _TransientError(type(error).__name__) from error


def _refuse_login_page(media_type: str, head: bytes, attachment: Attachment) -> None:
    """Without the scope files:read Slack answers 200 and a page to log in at."""
    looks_like_page = head.lstrip().lower().startswith((b"<!doctype html", b"<html"))
    if (media_type == "text/html" or looks_like_page) and attachment.media_type != "text/html":
        log.error("slack_file_login_page", hint="the bot token lacks the scope files:read: add it, reinstall the app")
        raise PictureUnavailableError("Slack sent a login page: files:read is missing", name=attachment.name)
