"""Answers as they stream in, whole or not, and JSON by a schema."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import web

from bot.errors import GenerationError
from bot.inference.remote import RemoteModel
from bot.messages import Finish
from bot.ports import Prompt
from tests.fakes.openai_script import DONE, Script, ScriptedServer, breaks, event, refuses, says, sends
from tests.models import ask, question, read
from tests.test_inference.remote.conftest import Make
from tests.waiting import until


@pytest.mark.parametrize(
    "script",
    [
        breaks(event("half")),
        sends(event("half")),
        sends(event("half"), DONE),
        sends(event("half"), b"data: {\"choices\": [{\"delta\": {\"content\": 5}}]}\n\n"),
        sends(event("half"), b"data: rubbish\n\n"),
        sends(event("half"), b"data: [1, 2]\n\n"),
        sends(event("half"), b"data: " + b"x" * 1_000_000),
        sends(event("half"), b"\xff\xfe\x00data\n\n"),
        sends(event("half"), b'data: {"error": {"message": "out of memory", "type": "server_error"}}\n\n'),
        sends(event("half"), b'error: {"message": "out of memory"}\n\n'),
        sends(event("half"), event(finish="abort"), DONE),
    ],
    ids=["broken", "ended", "done", "wrong", "rubbish", "list", "endless", "bytes", "error", "old-error", "abort"],
)  # fmt: skip
async def test_an_answer_that_breaks_off(server: ScriptedServer, model: RemoteModel, script: Script) -> None:
    server.script = script
    said: list[str] = []
    with pytest.raises(GenerationError):
        await _note(model, said)
    assert said == ["half"]
    assert len(server.asked) == 1, "what was said is not asked for again"
    server.script = says("fine")
    assert await ask(model, "What is this?") == "fine"


async def _note(model: RemoteModel, said: list[str]) -> None:
    async for piece in model.generate(question("What is this?")):
        said.append(piece)  # noqa: PERF401 - to be kept although it fails


async def test_what_is_no_stream_is_refused(server: ScriptedServer, model: RemoteModel) -> None:
    server.script = refuses(200, {"choices": [{"message": {"content": "whole"}}]})
    with pytest.raises(GenerationError, match="does not stream"):
        await ask(model, "What is this?")


async def test_a_server_that_falls_silent(server: ScriptedServer, make: Make) -> None:
    model = make(silence_seconds=0.3)
    await model.load()
    server.script = sends(event("half"), then=asyncio.Event().wait)
    with pytest.raises(GenerationError, match="fell silent"):
        await ask(model, "What is this?")
    await asyncio.wait_for(server.gone.wait(), 20)


async def test_what_does_not_belong_to_the_answer_is_passed_over(server: ScriptedServer, model: RemoteModel) -> None:
    server.script = sends(
        b": ping\r\n\r\n",
        b"event: message\nid: 7\n",
        event(None, choices=[{"delta": {"reasoning_content": "hmm"}}]),
        event(None, choices=[{"delta": None}]),
        b"data:" + event("说", object="x")[6:],
        event("完"),
        event(finish="stop"),
        event(None, choices=[]),
        DONE,
        b"data: rubbish\n\n",
    )
    assert await ask(model, "What is this?") == "说完"


async def test_usage_is_what_the_server_tells(server: ScriptedServer, model: RemoteModel) -> None:
    counts = {"prompt_tokens": 70, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 50}}
    server.script = says("a", "b", finish="length", usage=counts)
    generation = model.generate(question("What is this?"))
    await read(generation)
    usage = generation.usage
    assert (usage.prompt_tokens, usage.cached_tokens, usage.answer_tokens) == (70, 50, 9)
    assert usage.finish is Finish.LENGTH
    assert usage.first_token_ms >= usage.prefill_ms > 0


async def test_usage_of_llama_server(server: ScriptedServer, model: RemoteModel) -> None:
    server.script = says("a", "b", timings={"cache_n": 40, "prompt_n": 30, "prompt_ms": 12.5, "predicted_n": 2})
    generation = model.generate(question("What is this?"))
    await read(generation)
    assert (generation.usage.cached_tokens, generation.usage.prefill_ms) == (40, 12.5)
    assert generation.usage.answer_tokens == 2
    assert generation.usage.finish is Finish.STOP


async def test_cancelling_hangs_up(server: ScriptedServer, model: RemoteModel) -> None:
    server.script = sends(event("half"), then=asyncio.Event().wait)
    generation = model.generate(question("What is this?"))
    said = []
    async for piece in generation:
        said.append(piece)
        generation.cancel()
    await asyncio.wait_for(server.gone.wait(), 20)
    assert said == ["half"]
    assert generation.usage.finish is Finish.CANCELLED
    assert generation.usage.answer_tokens == 1


async def test_chats_are_answered_beside_each_other(server: ScriptedServer, model: RemoteModel) -> None:
    go_on = asyncio.Event()

    async def slowly(request: web.Request) -> web.StreamResponse:
        return await sends(event("slow"), then=go_on.wait, last=event(finish="stop"))(request)

    server.script = slowly
    slow = model.generate(question("One"))
    behind = model.generate(question("Two"))
    last = model.generate(question("Three"))

    async def begun() -> bool:
        return slow.usage.answer_tokens == 1

    await until(begun)
    server.script = says("quick")
    other = Prompt("another chat", question("Four").messages, 9)
    assert await read(model.generate(other)) == "quick"
    behind.cancel()
    assert await read(behind) == ""
    assert len(server.asked) == 2, "the chat's others wait"
    go_on.set()
    assert await read(last) == "quick"
    assert [body["messages"][-1]["content"] for body in server.asked] == ["One", "Four", "Three"]


SCHEMA = json.dumps({"type": "object", "properties": {"paid": {"type": "boolean"}}, "required": ["paid"]})


def _asks_for(schema: str) -> Prompt:
    return Prompt("", question("Was it paid?").messages, 50, schema=schema)


async def test_a_schema_goes_along(server: ScriptedServer, model: RemoteModel) -> None:
    server.script = says('{"paid":', " true}")
    assert await read(model.generate(_asks_for(SCHEMA))) == '{"paid": true}'
    form = server.asked[-1]["response_format"]
    assert form["type"] == "json_schema"
    assert form["json_schema"]["schema"] == json.loads(SCHEMA)
    assert form["json_schema"]["strict"] is True


async def test_the_other_form_is_used_only_where_the_server_names_it(
    server: ScriptedServer, model: RemoteModel
) -> None:
    server.script = refuses(400, {"error": {"message": "the schema has features that are not supported"}})
    with pytest.raises(GenerationError, match="HTTP 400"):
        await read(model.generate(_asks_for(SCHEMA)))
    assert len(server.asked) == 1

    async def older(request: web.Request) -> web.StreamResponse:
        if server.asked[-1]["response_format"]["type"] == "json_schema":
            return await refuses(500, {"error": {"message": "Input should be 'text' or 'json_object'"}})(request)
        return await says('{"paid": false}')(request)

    server.script = older
    for count in (3, 4):
        assert await read(model.generate(_asks_for(SCHEMA))) == '{"paid": false}'
        assert len(server.asked) == count, "remembered"
    assert server.asked[-1]["response_format"]["schema"] == json.loads(SCHEMA)


async def test_a_server_that_ignores_the_schema_is_found_out(server: ScriptedServer, model: RemoteModel) -> None:
    server.script = says("Yes, it was paid.")
    with pytest.raises(GenerationError, match="JSON Schema"):
        await read(model.generate(_asks_for(SCHEMA)))
    server.script = says('{"paid": tr', finish="length")
    assert await read(model.generate(_asks_for(SCHEMA))) == '{"paid": tr'


async def test_nothing_that_a_schema_refers_to_is_fetched(server: ScriptedServer, model: RemoteModel) -> None:
    server.script = says("5")
    with pytest.raises(GenerationError, match="refers to what is not in it"):
        await read(model.generate(_asks_for(json.dumps({"$ref": f"{server.url}/models"}))))


@pytest.mark.parametrize("schema", ["{", "[]", "7", '{"type": "no such type"}'])
async def test_a_schema_that_is_none(server: ScriptedServer, model: RemoteModel, schema: str) -> None:
    with pytest.raises(GenerationError, match="JSON Schema"):
        await read(model.generate(_asks_for(schema)))
    assert server.asked == []
