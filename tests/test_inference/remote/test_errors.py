"""What comes of all that may go wrong with a server, and what no error may tell."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import stamina.instrumentation
from aiohttp import web

from bot.errors import GenerationError, PromptTooLongError
from bot.inference import remote
from bot.inference.remote import RemoteModel
from tests.fakes.openai_script import ScriptedServer, event, refuses, says, sends
from tests.models import ask, question, read
from tests.test_inference.remote.conftest import KEY, Make
from tests.waiting import until

SECRET_WORDS = "my card is 4111"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": {"code": 400, "type": "exceed_context_size_error", "message": "", "n_prompt_tokens": 9}}),
        (400, {"error": {"code": 400, "message": "request (9000 tokens) exceeds the available context size (4096)"}}),
        (500, {"error": {"code": 500, "message": "the request exceeds the available context size. try increasing it"}}),
        (400, {"object": "error", "type": "BadRequestError", "code": 400, "message": "This model's maximum context "
               "length is 4096 tokens. However, you requested 5000 tokens (4900 in the messages, 100 in the ..."}),
        (400, {"error": {"message": "The decoder prompt (length 9) is longer than the maximum model length of 8"}}),
        (400, {"error": {"message": "max_tokens must be at least 1, got -186."}}),
        (400, {"error": {"message": "too much", "type": "invalid_request_error", "code": "context_length_exceeded"}}),
        (400, {"error": "the input length exceeds the context length"}),
        (413, "<html>Request Entity Too Large"),
    ],
)  # fmt: skip
async def test_a_prompt_that_does_not_fit(server: ScriptedServer, model: RemoteModel, status: int, body: Any) -> None:
    server.script = refuses(status, body)
    with pytest.raises(PromptTooLongError):
        await ask(model, "What is this?")
    assert model.problem() == ""


async def test_a_prompt_that_does_not_fit_may_be_told_in_the_stream(server: ScriptedServer, model: RemoteModel) -> None:
    fault = {"error": {"code": 400, "message": "maximum context length is 4096 tokens"}}
    server.script = sends(event(""), f"data: {json.dumps(fault)}\n\n".encode())
    with pytest.raises(PromptTooLongError):
        await ask(model, "What is this?")


async def test_a_stream_without_a_word_means_too_long_if_it_may_be(server: ScriptedServer, model: RemoteModel) -> None:
    server.script = sends()
    with pytest.raises(PromptTooLongError):
        await ask(model, "word " * 2000)
    with pytest.raises(GenerationError):
        await ask(model, "word")


@pytest.mark.parametrize("status", [400, 401, 404, 422, 500, 307])
async def test_errors_tell_neither_the_key_nor_anybodys_words(
    server: ScriptedServer, model: RemoteModel, status: int
) -> None:
    server.script = refuses(status, {"error": {"message": f"{KEY} {SECRET_WORDS}", "code": KEY, "type": "odd_type"}})
    with pytest.raises(GenerationError, match=f"HTTP {status}.*odd_type") as raised:
        await ask(model, SECRET_WORDS)
    shown = []
    error: BaseException | None = raised.value
    while error is not None:
        shown.append(repr(error))
        error = error.__cause__ or error.__context__
    assert KEY not in str(shown)
    assert SECRET_WORDS not in str(shown)
    assert len(server.asked) == 1
    assert bool(model.problem()) == (status == 401)


async def test_a_redirect_is_not_followed(server: ScriptedServer, model: RemoteModel) -> None:
    other = ScriptedServer()
    await other.start()
    server.script = refuses(307, "", Location=f"{other.url}/chat/completions")
    with pytest.raises(GenerationError, match="HTTP 307"):
        await ask(model, "What is this?")
    assert other.headers == []
    await other.stop()


async def test_no_proxy_of_the_environment_is_used(
    server: ScriptedServer, model: RemoteModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert await ask(model, "What is this?") == "fine"
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [429, 502, 503])
async def test_a_busy_server_is_asked_again(server: ScriptedServer, model: RemoteModel, status: int) -> None:
    async def once(request: web.Request) -> web.StreamResponse:
        server.script = says("well", " then")
        return await refuses(status, None, Retry_After="0")(request)

    server.script = once
    assert await ask(model, "What is this?") == "well then"
    assert len(server.asked) == 2
    assert model.problem() == ""


async def test_a_server_says_when_to_ask_again(server: ScriptedServer, model: RemoteModel) -> None:
    waits: list[float] = []

    async def noted() -> bool:
        return bool(waits)

    stamina.instrumentation.set_on_retry_hooks([lambda details: waits.append(details.wait_for)])
    try:
        for seconds in ("7", "86400"):
            server.script = refuses(503, None, Retry_After=seconds)
            generation = model.generate(question("What is this?"))
            await until(noted)
            generation.cancel()
            assert waits.pop() == min(float(seconds), 10.0)
            waits.clear()
            assert await read(generation) == ""
    finally:
        stamina.instrumentation.set_on_retry_hooks(None)


async def test_a_server_that_stays_busy(server: ScriptedServer, model: RemoteModel) -> None:
    server.script = refuses(429, {"error": {"message": "slow down"}}, Retry_After="0")
    with pytest.raises(GenerationError, match=r"busy.*429"):
        await ask(model, "What is this?")
    assert len(server.asked) == 4
    assert "429" in model.problem()
    server.script = says("fine")
    assert await ask(model, "What is this?") == "fine"
    assert model.problem() == ""


async def test_a_server_that_is_gone(server: ScriptedServer, model: RemoteModel) -> None:
    await server.stop()
    with pytest.raises(GenerationError, match="does not answer"):
        await ask(model, "What is this?")
    assert "does not answer" in model.problem()


async def test_an_idle_server_is_watched(server: ScriptedServer, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_WATCH_SECONDS", 0.01)
    model = make()
    await model.load()

    async def trouble() -> bool:
        return "503" in model.problem()

    async def none() -> bool:
        return model.problem() == ""

    server.script = sends(event("slow"), then=asyncio.Event().wait)
    generation = model.generate(question("What is this?"))
    server.listed = refuses(503)
    await asyncio.sleep(0.1)  # in which it would be looked at several times
    assert model.problem() == "", "a busy server shows by itself that it is there"
    generation.cancel()
    await until(trouble)
    server.listed = None
    await until(none)
