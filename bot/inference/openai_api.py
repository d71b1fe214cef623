"""The OpenAI-compatible HTTP interface, as its many servers speak it: requests, streams, and what errors mean.

What a server says in an error may repeat a customer's words, or the key: it is kept apart from the error's own text.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import yarl
from pydantic import BaseModel, ValidationError

_TOO_LONG_CODES = {"context_length_exceeded", "exceed_context_size_error", "string_above_max_length"}
_TOO_LONG = re.compile(
    r"maximum (context|model|prompt|input) length|context (size|length|window)|max_model_len|exceeds? n_ctx"
    r"|(prompt|input) is too long|reduce the length|too many tokens|max_tokens must be at least 1, got -",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[\w.-]{1,60}")
_MOST_ERROR = 64 * 1024
"""Bytes read of an error."""
_MOST_WAIT = 10.0
"""Seconds a server may ask to wait before the next try."""
_CONNECT_SECONDS = 10.0
_SHORT_SECONDS = 20.0
"""Longest wait for an answer that needs no model."""


class ServerError(Exception):
    """The server refused, failed, or did not answer. Its text holds nothing that the server said.

    `status` is HTTP's, 0 if there was no answer. `said` is the server's own message, for no log. `wait` is how many
    seconds it wants to be left alone, None if it does not say.
    """

    def __init__(
        self, reason: str, *, status: int = 0, code: str = "", said: str = "", wait: float | None = None
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.code = code
        self.said = said
        self.wait = wait

    @property
    def too_long(self) -> bool:
        """Whether the prompt has more tokens, or the request more bytes, than the server takes."""
        return self.status == 413 or self.code in _TOO_LONG_CODES or bool(_TOO_LONG.search(self.said))

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed in a moment."""
        return self.status in (0, 429, 502, 503, 504) and self.code != "insufficient_quota"

    @property
    def refused(self) -> bool:
        """Whether the server may have disliked a field of the request; some answer that with 500."""
        return self.status in (400, 422, 500, 501) and not self.too_long

    @property
    def lasting(self) -> bool:
        """Whether other requests will fare no better, as far as can be told."""
        return self.passing or self.status in (200, 401, 403)


class _Delta(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Details(BaseModel):
    cached_tokens: int | None = None


class Counts(BaseModel):
    """Tokens of a request, where the server tells."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _Details | None = None


class Timings(BaseModel):
    """What llama-server tells beyond the standard: milliseconds, and tokens that it had computed before."""

    prompt_ms: float | None = None
    cache_n: int = 0


class Chunk(BaseModel):
    """One event of a streamed answer."""

    choices: list[_Choice] = []
    usage: Counts | None = None
    timings: Timings | None = None

    @property
    def text(self) -> str:
        """The piece of the answer in it, "" if there is none."""
        delta = self.choices[0].delta if self.choices else None
        return (delta.content or "") if delta else ""

    @property
    def finish_reason(self) -> str:
        """Why the answer ended, "" while it goes on."""
        return (self.choices[0].finish_reason or "") if self.choices else ""


class OpenAiServer:
    """One server. `url` is its API address, such as ``http://127.0.0.1:8000/v1``. To be made on an event loop."""

    def __init__(self, url: str, api_key: str, *, silence_seconds: float) -> None:
        """`silence_seconds` is the longest time that it may send nothing at all."""
        address = yarl.URL(url)
        self.shown = str(address.with_user(None).with_query(None).with_fragment(None)).rstrip("/")
        """Its address without secrets."""
        self._url = url.rstrip("/")
        self._key = api_key
        self._session = aiohttp.ClientSession(
            # Proxies of the environment are for the world outside, and would see the key and everybody's words.
            trust_env=False,
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Authorization": f"Bearer {api_key}"} if api_key else None,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=silence_seconds),
        )

    async def get(self, path: str, *, above: bool = False) -> Any:
        """The JSON at `path` below the API's address, or with `above` below the server's own. Raises ServerError."""
        url = (self._url.removesuffix("/v1") if above else self._url) + path
        try:
            timeout = aiohttp.ClientTimeout(total=_SHORT_SECONDS)
            async with self._session.get(url, allow_redirects=False, timeout=timeout) as response:
                await self._expect_success(response)
                return await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _no_answer(error) from None
        except ValueError:
            raise ServerError("the server's answer is no JSON", status=200) from None

    @asynccontextmanager
    async def answer(self, body: bytes) -> AsyncIterator[AsyncIterator[Chunk]]:
        """Ask for an answer; its events are read within. Leaving before its end makes the server stop.

        Raises ServerError, also when the answer just stops.
        """
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        try:
            response = await self._session.post(
                f"{self._url}/chat/completions", data=body, headers=headers, allow_redirects=False
            )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _no_answer(error) from None
        try:
            await self._expect_success(response)
            yield self._chunks(response)
        finally:
            response.close()

    async def _chunks(self, response: aiohttp.ClientResponse) -> AsyncIterator[Chunk]:
        ended = False
        async for data in _events(response):
            if data == "[DONE]":
                break
            chunk = self._chunk(data)
            ended = ended or bool(chunk.finish_reason)
            yield chunk
        if not ended:
            raise ServerError("the server broke the answer off", status=200)

    async def close(self) -> None:
        """End all connections. Idempotent."""
        await self._session.close()
        await asyncio.sleep(0)  # connections end in the loop's next round

    def _chunk(self, data: str) -> Chunk:
        try:
            event = json.loads(data)
            if isinstance(event, dict) and event.get("error"):
                raise self._fault(200, event)
            return Chunk.model_validate(event)
        except (ValueError, ValidationError):  # whose text would show what is in it
            raise ServerError("the server sent something that is no part of an answer", status=200) from None

    async def _expect_success(self, response: aiohttp.ClientResponse) -> None:
        if response.status == 200:
            return
        try:
            body = json.loads(await response.content.read(_MOST_ERROR))
        except (aiohttp.ClientError, TimeoutError, ValueError):
            body = None
        wait = response.headers.get("Retry-After", "")
        raise self._fault(response.status, body, min(float(wait), _MOST_WAIT) if wait.isdecimal() else None)

    def _fault(self, status: int, body: object, wait: float | None = None) -> ServerError:
        """Make an error of what servers send: {"error": {...}}, {"error": "..."}, {"message": ...}, {"detail": ...}."""
        fault = body.get("error", body) if isinstance(body, Mapping) else {}
        if not isinstance(fault, Mapping):
            fault = {"message": fault}
        said = str(fault.get("message") or fault.get("detail") or "")
        if self._key:
            said = said.replace(self._key, "...")
        codes = [str(fault.get(name) or "") for name in ("code", "type")]
        code = next((code for code in codes if self._is_code(code)), "")
        reason = f"the server's answer is HTTP {status}" if status != 200 else "the server failed during the answer"
        return ServerError(f"{reason} ({code})" if code else reason, status=status, code=code, said=said, wait=wait)

    def _is_code(self, code: str) -> bool:
        """Whether it is a word that names a fault; some servers repeat HTTP's number there."""
        return bool(_PLAIN.fullmatch(code)) and not code.isdecimal() and not (self._key and self._key in code)


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[str]:
    """The data of server-sent events; each is on one line with every server known. Comments keep connections alive."""
    if not response.content_type.endswith("event-stream"):
        raise ServerError("the server does not stream answers", status=200)
    try:
        async for line in response.content:
            name, _, value = line.decode("utf-8", "replace").strip().partition(":")
            if name == "error":  # an older llama-server's
                yield f'{{"error": {value}}}'
            elif name == "data":
                yield value.strip()
    except TimeoutError:
        raise ServerError("the server fell silent", status=200) from None
    except (aiohttp.ClientError, ValueError) as error:  # the second one is about a line without an end
        raise ServerError(f"the connection broke: {type(error).__name__}", status=200) from None


def _no_answer(error: Exception) -> ServerError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return ServerError(f"the server does not answer: {reason}")
