"""The model port on an OpenAI-compatible server: llama-server, vLLM, Ray Serve, Ollama, llama-cpp-python's.

HTTP is aiohttp's, like everywhere here: of the interface one request and its stream are needed, and what differs from
server to server (extensions, wordings of errors) would have to be dealt with behind a client library as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import weakref
from collections.abc import Sequence
from typing import Any

import stamina
import stamina.instrumentation
import structlog

from bot.errors import ConfigurationError, GenerationError, ModelError, PromptTooLongError
from bot.inference.controls import broken
from bot.inference.native import Sampling
from bot.inference.openai_api import Counts, OpenAiServer, ServerError
from bot.inference.remote_answer import Progress, RemoteGeneration
from bot.inference.remote_request import DIALECTS, SCHEMA_FORMS, Dialect, SchemaForm, blank_picture, request
from bot.inference.schemas import expect_described
from bot.messages import ImageRef
from bot.ports import ModelInfo, ModelMessage, Prompt

log = structlog.get_logger(__name__)

# Stamina imports what it reports retries with when it first needs it, which would hold up the event loop.
stamina.instrumentation.get_on_retry_hooks()

_EXAMPLE = "http://127.0.0.1:8000/v1"
_ATTEMPTS = 4
_LOADING_SECONDS = 120.0
"""How long a server that is still loading its model is waited for."""
_WATCH_SECONDS = 30.0
"""Pause between two looks at an idle server."""

_OVERHEAD = 24
"""Tokens that a template puts round a message, where the server does not tell."""
_PATCH = 28
"""Pixels along the side of one token, where the server does not tell: the smallest of the Qwen-VL family."""
_PROBE_SIDE = 768
"""Pixels along each side of the picture that the server is tried with: about the least that screenshots have."""


class RemoteModel:
    """A vision-language model on a server (`VisionModel`). How many answers it makes at once is its affair."""

    def __init__(
        self,
        *,
        url: str,
        name: str = "",
        api_key: str = "",
        context: int,
        sampling: Sampling,
        silence_seconds: float = 300.0,
    ) -> None:
        """`url` is the API's address, `name` the model's ("": the first that the server lists). `context` counts where
        the server does not tell its own. A server that sends nothing for `silence_seconds` has failed."""
        self._url = url
        self._name = name
        self._key = api_key
        self._context = context
        self._sampling = sampling
        self._silence_seconds = silence_seconds
        self._dialect = DIALECTS[0]
        self._schema_forms = SCHEMA_FORMS
        self._overhead = _OVERHEAD
        self._picture_tokens: int | None = None  # of a picture of _PROBE_SIDE
        self._server: OpenAiServer | None = None
        self._info: ModelInfo | None = None
        self._watch: asyncio.Task[None] | None = None
        self._trouble = ""
        self._running: set[asyncio.Task[None]] = set()
        self._lanes: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def load(self) -> None:
        """See that the server is there, has the model, and that the model looks at pictures. Raises ConfigurationError
        with what to do about it."""
        if self._server is not None:
            raise ModelError("a model loads once")
        try:
            server = self._server = OpenAiServer(self._url, self._key, silence_seconds=self._silence_seconds)
        except ValueError as error:
            raise ConfigurationError(f"LOOKSEE_MODEL__URL: this is no address; write it like {_EXAMPLE}") from error
        try:
            context = await self._find(server)
            await self._try_out(server)
        except ServerError as error:
            raise self._advice(error, server) from error
        self._info = ModelInfo(self._name, context)
        self._watch = asyncio.create_task(self._keep_watch(server))

    @property
    def info(self) -> ModelInfo:
        """Facts about the loaded model. Raises ModelError before `load` is done."""
        if self._info is None:
            raise ModelError("the model is not loaded")
        return self._info

    def measure(self, text: str, images: Sequence[ImageRef] = ()) -> int:
        """Tokens that one message takes at the most.

        The server's tokenizer is a request away, and this may not wait. No tokenizer in use makes more tokens of a text
        than it has bytes; of a picture, what the server made of one when it was tried is the measure.
        """
        pictures = sum(self._measure_picture(image) for image in images)
        return self._overhead + len(broken(text).encode("utf-8", "replace")) + pictures

    def _measure_picture(self, image: ImageRef) -> int:
        if self._picture_tokens is None:
            return math.ceil(image.width / _PATCH) * math.ceil(image.height / _PATCH) + 2
        # Some models take so many tokens for any picture, others for each tile or patch, which edges may cut.
        times = max(1.0, image.width * image.height / _PROBE_SIDE**2)
        return math.ceil(self._picture_tokens * times * 1.125) + 8

    def generate(self, prompt: Prompt) -> RemoteGeneration:
        """Begin an answer. Returns at once. Only on an event loop."""
        progress = Progress()
        task = asyncio.create_task(self._answer(prompt, progress))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return RemoteGeneration(task, progress)

    def cached(self, chat: str) -> int:
        """None that is known of: what a server keeps is its affair."""
        return 0

    def forget(self, chat: str) -> None:
        """Nothing is held of a chat."""

    def problem(self) -> str:
        """What the server's last failure was, if nothing has succeeded since."""
        return self._trouble

    async def close(self) -> None:
        """Cancel what runs, end all connections. Idempotent; the model may not be loaded again."""
        self._info = None
        tasks = [*self._running, *([self._watch] if self._watch is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.close()

    # --- one answer ------------------------------------------------------------------------------------------------

    async def _answer(self, prompt: Prompt, progress: Progress) -> None:
        if self._info is None or self._server is None:
            raise GenerationError("the model is not loaded")
        async with self._lane(prompt.chat):
            try:
                await self._read(self._server, prompt, progress)
            except ServerError as error:
                self._trouble = str(error) if error.lasting else ""
                raise self._meaning(error, prompt, progress) from error
        self._trouble = ""
        if prompt.schema and progress.complete:
            expect_described(progress.said, prompt.schema)

    def _lane(self, chat: str) -> contextlib.AbstractAsyncContextManager[None]:
        """What makes answers of one chat follow each other: a lock lets its waiters in in their order."""
        return self._lanes.setdefault(chat, asyncio.Lock()) if chat else contextlib.nullcontext()

    async def _read(self, server: OpenAiServer, prompt: Prompt, progress: Progress) -> None:
        for form in self._schema_forms if prompt.schema else SCHEMA_FORMS[:1]:
            try:
                await self._ask(server, prompt, self._dialect, form, progress)
            except ServerError as error:
                # Only where the server itself names the other form: some take it and give any JSON.
                if form is self._schema_forms[-1] or not error.refused or "json_object" not in error.said:
                    raise
            else:
                if prompt.schema:
                    self._schema_forms = (form,)
                return

    async def _ask(
        self, server: OpenAiServer, prompt: Prompt, dialect: Dialect, form: SchemaForm, progress: Progress
    ) -> None:
        """Get an answer. Until it begins, what may pass is tried again."""
        body = await asyncio.to_thread(request, prompt, self._name, self._sampling, dialect, form)
        async with contextlib.AsyncExitStack() as held:
            tries = stamina.retry_context(on=_again, attempts=_ATTEMPTS, wait_initial=0.2, wait_jitter=0.2)
            async for attempt in tries:
                with attempt:
                    progress.ask()
                    chunks = await held.enter_async_context(server.answer(body))
            async for chunk in chunks:
                progress.take(chunk)

    def _meaning(self, error: ServerError, prompt: Prompt, progress: Progress) -> ModelError:
        if error.too_long:
            return PromptTooLongError(f"{error}: the prompt is too long for it")
        # Some servers find out when they have begun to answer, and then just stop.
        measured = sum(self.measure(message.text, [i.ref for i in message.images]) for message in prompt.messages)
        if error.status == 200 and not progress.said and measured > self._context_of():
            return PromptTooLongError(f"{error}; the prompt may have {measured} tokens")
        if error.status in (429, 503):
            return GenerationError(f"the model's server is busy: {error}")
        return GenerationError(str(error))

    def _context_of(self) -> int:
        return self._info.context if self._info else self._context

    async def _keep_watch(self, server: OpenAiServer) -> None:
        """Look now and then whether an idle server is still there; a busy one shows it by itself."""
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            if self._running:
                continue
            try:
                await server.get("/models")
            except ServerError as error:
                self._trouble = str(error) if error.lasting else ""
            else:
                self._trouble = ""

    # --- at the start ----------------------------------------------------------------------------------------------

    async def _find(self, server: OpenAiServer) -> int:
        """Choose the model; returns its context in tokens."""
        async for attempt in stamina.retry_context(on=_loading, attempts=None, timeout=_LOADING_SECONDS):
            with attempt:
                rows = await self._list(server)
        if not self._name and not rows:
            raise ConfigurationError(
                f"LOOKSEE_MODEL__NAME: the server at {server.shown} lists no models; write the name of the one to use"
            )
        self._name = self._name or str(rows[0].get("id", ""))
        row = next((row for row in rows if row.get("id") in (self._name, f"{self._name}:latest")), None)
        if rows and row is None:
            there = ", ".join(str(row.get("id")) for row in rows[:20])
            raise ConfigurationError(
                f"LOOKSEE_MODEL__NAME: the server at {server.shown} has no model {self._name!r}; it has: {there}"
            )
        meta = (row or {}).get("meta") or {}
        told = (row or {}).get("max_model_len") or meta.get("n_ctx") or await self._ask_llama_server(server, row or {})
        return told if isinstance(told, int) and told > 0 else self._context

    async def _list(self, server: OpenAiServer) -> list[dict[str, Any]]:
        try:
            listed = await server.get("/models")
        except ServerError as error:
            if error.status in (404, 405) and self._name:
                return []
            raise
        rows = listed.get("data") if isinstance(listed, dict) else None
        return [row for row in rows or [] if isinstance(row, dict)]

    async def _ask_llama_server(self, server: OpenAiServer, row: dict[str, Any]) -> Any:
        if row.get("owned_by") != "llamacpp":
            return None
        try:
            return (await server.get("/props", above=True))["default_generation_settings"]["n_ctx"]
        except (ServerError, KeyError, TypeError):  # it may be switched off
            return None

    async def _try_out(self, server: OpenAiServer) -> None:
        """Answer two dummy prompts: which fields the server knows, whether it takes pictures, what they cost."""
        words = (ModelMessage("system", "Be brief."), ModelMessage("user", "?"))
        for dialect in DIALECTS:
            try:
                plain = await self._probe(server, dialect, words)
            except ServerError as error:
                if not error.refused or dialect is DIALECTS[-1]:
                    raise
            else:
                self._dialect = dialect
                break
        picture = await asyncio.to_thread(blank_picture, _PROBE_SIDE)
        try:
            seen = await self._probe(server, self._dialect, (words[0], ModelMessage("user", "?", (picture,))))
        except ServerError as error:
            raise ConfigurationError(
                f"LOOKSEE_MODEL__NAME: {self._name!r} at {server.shown} answers, but not about a picture: "
                f"{_told(error)}. It has to be a vision-language model (llama-server needs its --mmproj as well)"
            ) from error
        if plain and seen:
            self._overhead = max(_OVERHEAD, plain.prompt_tokens)
            self._picture_tokens = max(1, seen.prompt_tokens - plain.prompt_tokens)

    async def _probe(self, server: OpenAiServer, dialect: Dialect, messages: tuple[ModelMessage, ...]) -> Counts | None:
        progress = Progress()
        await self._ask(server, Prompt("", messages, 1), dialect, SCHEMA_FORMS[0], progress)
        return progress.counts

    def _advice(self, error: ServerError, server: OpenAiServer) -> ConfigurationError:
        if error.status in (401, 403):
            fault = "does not take this key" if self._key else "wants a key"
            return ConfigurationError(f"LOOKSEE_MODEL__API_KEY: the server at {server.shown} {fault} ({error})")
        if error.status == 0:
            what = f"Is it running? Its address is written like {_EXAMPLE}"
        elif 300 <= error.status < 400:
            what = "Redirects are not followed; write the address that this one leads to"
        elif error.status in (404, 405) or (error.status == 200 and not self._name):
            what = "Is that the API's address? It mostly ends with /v1"
        else:
            what = "The server's own log says more"
        return ConfigurationError(f"LOOKSEE_MODEL__URL: {server.shown}: {_told(error)}. {what}")


def _again(error: Exception) -> bool | float:
    """Whether to try again, or in how many seconds the server wants it."""
    if not isinstance(error, ServerError) or not error.passing:
        return False
    return True if error.wait is None else error.wait


def _loading(error: Exception) -> bool:
    return isinstance(error, ServerError) and error.status == 503


def _told(error: ServerError) -> str:
    """The error with the server's own words, which at the start are about nobody's."""
    return f"{error}: {error.said[:300]}" if error.said else str(error)
