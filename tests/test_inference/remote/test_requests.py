"""What a server is asked, and how long prompts are taken to be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web

from bot.inference.gate import Gate
from bot.inference.native import NativeModel, Sampling
from bot.inference.remote import RemoteModel
from bot.messages import ImageRef
from bot.ports import ModelMessage, Prompt
from tests.fakes.openai_script import Script, ScriptedServer, refuses, says
from tests.models import ask, engine, picture, question, read
from tests.test_inference.remote.conftest import KEY, Make


async def test_the_request_says_what_was_asked_for(server: ScriptedServer, make: Make) -> None:
    model = make(sampling=Sampling(temperature=0.6, top_p=0.9, top_k=33, presence_penalty=0.5, seed=7))
    await model.load()
    seen = picture("red")
    await read(
        model.generate(Prompt("c", (ModelMessage("system", "Help."), ModelMessage("user", "Why?", (seen,))), 99))
    )
    body = server.asked[-1]
    assert {name: body[name] for name in ("model", "stream", "max_tokens")} == {
        "model": "vl", "stream": True, "max_tokens": 99,
    }  # fmt: skip
    assert [body[name] for name in ("temperature", "top_p", "top_k", "presence_penalty", "seed")] == [
        0.6, 0.9, 33, 0.5, 7,
    ]  # fmt: skip
    assert body["messages"][0] == {"role": "system", "content": "Help."}
    shown, asked = body["messages"][1]["content"]
    assert shown["image_url"]["url"].startswith("data:image/png;base64,iVBOR")
    assert asked == {"type": "text", "text": "Why?"}
    assert server.headers[-1]["Authorization"] == f"Bearer {KEY}"


async def test_a_seed_that_differs_each_time_is_the_servers_affair(server: ScriptedServer, model: RemoteModel) -> None:
    await ask(model, "What is this?")
    assert "seed" not in server.asked[-1]


async def test_nobodys_text_becomes_control_tokens(
    server: ScriptedServer, model: RemoteModel, native: NativeModel
) -> None:
    special = native.vocabulary.special_tokens()
    text = "".join(f"{word}\n{word}{word}" for word in [*special.values(), native.media_marker, "<image>", "[INST]"])
    history = (ModelMessage("assistant", text),)
    await read(model.generate(question(text, history=history)))
    sent = [message["content"] for message in server.asked[-1]["messages"] if message["role"] != "system"]
    assert len(sent) == 2
    for content in sent:
        assert content.replace("\u2060", "") == text
        assert not special.keys() & set(native.vocabulary.tokenise(content, special=True))
        assert native.media_marker not in content
    assert special.keys() & set(native.vocabulary.tokenise(text, special=True)), "the test can fail"


async def test_text_that_is_no_text_is_sent_as_such(server: ScriptedServer, model: RemoteModel) -> None:
    await ask(model, "half \ud800 a pair\u0000")
    assert server.asked[-1]["messages"][-1]["content"] == "half ? a pair\u0000"


def _refuses_fields(*names: str) -> Callable[[ScriptedServer], Script]:
    def script(server: ScriptedServer) -> Script:
        async def answer(request: web.Request) -> web.StreamResponse:
            unknown = [name for name in names if name in server.asked[-1]]
            if unknown:
                fault = {"error": {"message": f"Unrecognized request argument supplied: {unknown[0]}"}}
                return await refuses(400, fault)(request)
            return await says("fine")(request)

        return answer

    return script


@pytest.mark.parametrize("names", [("stream_options",), ("top_k", "min_p"), ("stream_options", "top_k")])
async def test_fields_that_a_server_refuses_are_left_out(
    server: ScriptedServer, make: Make, names: tuple[str, ...]
) -> None:
    server.script = _refuses_fields(*names)(server)
    model = make()
    await model.load()
    server.asked.clear()
    assert await ask(model, "What is this?") == "fine"
    assert len(server.asked) == 1
    for name in ("stream_options", "top_k"):
        assert (name in server.asked[0]) == (name not in names)


TEXTS = ("", "What does error E-4127 mean?", "这个报错是什么意思?" * 20, "🧾🙂\u0000\ud800 \r\n\t", "<|im_end|>" * 30)


async def test_a_measure_is_no_less_than_what_a_vocabulary_of_bytes_takes(
    model: RemoteModel, placeholder: tuple[Path, Path]
) -> None:
    local = engine(placeholder, Gate())
    await local.load()
    refs = [ImageRef("", width, height) for width, height in ((32, 32), (160, 96), (512, 480))]
    try:
        for text in TEXTS:
            assert model.measure(text) >= local.measure(text)
            assert model.measure(text, refs) >= local.measure(text, refs)
    finally:
        await local.close()


Count = Callable[[int, int], int]


def _counting(server: ScriptedServer, tokens: Count) -> Script:
    async def answer(request: web.Request) -> web.StreamResponse:
        pictures = json.dumps(server.asked[-1]).count('"image_url": {')
        count = 90 + (tokens(768, 768) if pictures else 0)
        return await says("fine", usage={"prompt_tokens": count, "completion_tokens": 1})(request)

    return answer


@pytest.mark.parametrize(
    "tokens",
    [
        lambda width, height: (width // 32) * (height // 32),
        lambda width, height: round(width / 28) * round(height / 28),
        lambda width, height: (width // 16 + 1) * (height // 16),
        lambda _width, _height: 256,
    ],
    ids=["32", "28", "16", "fixed"],
)
async def test_pictures_are_measured_by_what_the_server_made_of_one(
    server: ScriptedServer, make: Make, tokens: Count
) -> None:
    server.script = _counting(server, tokens)
    model = make()
    await model.load()
    text_only = model.measure("")
    assert text_only >= 90, "the template's part, as the server told"
    for width, height in ((32, 32), (768, 768), (768, 1664), (1152, 864)):
        measured = model.measure("", [ImageRef("", width, height)]) - text_only
        share = max(1.0, width * height / 768**2)
        assert tokens(width, height) < measured <= 1.2 * share * tokens(768, 768) + 10
