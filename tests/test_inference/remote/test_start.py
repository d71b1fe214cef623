"""What the start finds out about a server, and how it says what is wrong with one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import web

from bot.errors import ConfigurationError, ModelError
from bot.inference.remote import RemoteModel
from tests.fakes.openai_script import Script, ScriptedServer, refuses, says
from tests.test_inference.remote.conftest import KEY, Make


@pytest.mark.parametrize(
    ("row", "props", "context"),
    [
        ({"id": "vl", "owned_by": "vllm", "max_model_len": 12_000}, None, 12_000),
        ({"id": "vl", "owned_by": "llamacpp", "meta": {"n_ctx": 6_000, "n_ctx_train": 99_000}}, None, 6_000),
        ({"id": "vl", "owned_by": "llamacpp", "meta": None}, {"default_generation_settings": {"n_ctx": 5_000}}, 5_000),
        ({"id": "vl", "owned_by": "llamacpp"}, None, 8192),
        ({"id": "vl"}, {"default_generation_settings": {"n_ctx": 5_000}}, 8192),
    ],
)
async def test_the_context_is_the_servers_if_it_tells(
    server: ScriptedServer, make: Make, row: dict[str, Any], props: dict[str, Any] | None, context: int
) -> None:
    server.models, server.props = [row], props
    model = make()
    await model.load()
    assert (model.info.name, model.info.context) == ("vl", context)


async def test_the_model_can_be_chosen(server: ScriptedServer, make: Make) -> None:
    model = make(name="other")
    await model.load()
    assert model.info.name == server.asked[-1]["model"] == "other"


async def test_a_server_without_a_list_needs_a_name(server: ScriptedServer, make: Make) -> None:
    server.listed = refuses(404)
    with pytest.raises(ConfigurationError, match=r"LOOKSEE_MODEL__URL.*mostly ends with /v1"):
        await make().load()
    model = make(name="vl")
    await model.load()
    assert model.info.name == "vl"


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        (
            refuses(401, {"error": {"message": f"Incorrect API key provided: {KEY}"}}),
            "LOOKSEE_MODEL__API_KEY.*not take",
        ),
        (refuses(403, f"no {KEY}"), "LOOKSEE_MODEL__API_KEY"),
        (refuses(307, "", Location="http://elsewhere.example/"), "LOOKSEE_MODEL__URL.*HTTP 307.*Redirects are not"),
        (refuses(500, {"error": KEY}), "LOOKSEE_MODEL__URL.*HTTP 500"),
        (refuses(200, "<html>Welcome"), "LOOKSEE_MODEL__URL.*no JSON.*/v1"),
        (refuses(200, {"data": []}), "LOOKSEE_MODEL__NAME.*lists no models"),
        (refuses(200, {"data": [{"id": "a"}, {"id": "b"}]}), "LOOKSEE_MODEL__NAME.*no model 'vl'; it has: a, b"),
    ],
)
async def test_a_server_that_cannot_be_used_is_told_with_what_to_do(
    server: ScriptedServer, make: Make, listed: Script, said: str
) -> None:
    server.listed = listed
    name = "vl" if "it has" in said else ""
    with pytest.raises(ConfigurationError, match=said) as raised:
        await make(name=name).load()
    assert KEY not in str(raised.value)
    assert server.url in str(raised.value)


async def test_a_key_that_is_wanted_is_asked_for(server: ScriptedServer, make: Make) -> None:
    server.listed = refuses(401)
    with pytest.raises(ConfigurationError, match=r"LOOKSEE_MODEL__API_KEY.*wants a key"):
        await make(api_key="").load()


async def test_nobody_there(server: ScriptedServer, make: Make) -> None:
    await server.stop()
    with pytest.raises(ConfigurationError, match=r"LOOKSEE_MODEL__URL.*does not answer.*Is it running"):
        await make().load()


@pytest.mark.parametrize("url", ["http://127.0.0.1:123456789/v1", "http://", "http://[::1/v1"])
async def test_an_address_that_is_none(make: Make, url: str) -> None:
    with pytest.raises(ConfigurationError, match="LOOKSEE_MODEL__URL"):
        await make(url=url).load()


async def test_a_password_in_the_address_is_not_shown(server: ScriptedServer, make: Make) -> None:
    server.listed = refuses(404)
    with pytest.raises(ConfigurationError) as raised:
        await make(api_key="", url=server.url.replace("//", "//ann:hush@")).load()
    assert "hush" not in str(raised.value)


async def test_a_server_that_still_loads_is_waited_for(server: ScriptedServer, make: Make) -> None:
    async def loading(_request: web.Request) -> web.StreamResponse:
        server.listed = None
        return web.json_response({"error": {"message": "Loading model", "code": 503}}, status=503)

    server.listed = loading
    await make().load()


async def test_a_model_that_sees_nothing_is_refused(server: ScriptedServer, make: Make) -> None:
    async def text_only(request: web.Request) -> web.StreamResponse:
        if "image_url" in json.dumps(server.asked[-1]):
            return await refuses(500, {"error": {"message": "image input is not supported"}})(request)
        return await says("fine")(request)

    server.script = text_only
    with pytest.raises(ConfigurationError, match=r"LOOKSEE_MODEL__NAME.*'vl'.*image input is not supported.*--mmproj"):
        await make().load()


async def test_it_loads_once(model: RemoteModel) -> None:
    with pytest.raises(ModelError):
        await model.load()
