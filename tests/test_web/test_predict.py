"""``POST /api/predict/``: one question, one answer."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.messages import Kind
from tests.test_web.service import MAX_BYTES, Service, png

JPEG = b"\xff\xd8\xff\xe0" + bytes(60)


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def predict(http: aiohttp.ClientSession, service: Service, body: Any, path: str = "/api/predict/") -> Any:
    data = io.BytesIO(json.dumps(body).encode())
    async with http.post(service.url + path, data=data, headers={"Content-Type": "application/json"}) as response:
        return response.status, await response.json()


@pytest.mark.parametrize("path", ["/api/predict", "/api/predict/"])
async def test_a_picture_as_data_url_is_answered(service: Service, http: aiohttp.ClientSession, path: str) -> None:
    body = {"data": ["data:image/png;base64," + encoded(png()), "What is this?"]}
    assert await predict(http, service, body, path) == (200, {"data": ["You asked: What is this?"]})
    (inbound,) = service.core.received
    assert (inbound.chat.account, inbound.settled) == ("api", True)
    assert [(a.media_type, a.data) for a in inbound.attachments] == [("image/png", png())]


async def test_base64_several_pictures_and_none(service: Service, http: aiohttp.ClientSession) -> None:
    for given, count in ((encoded(png()), 1), ([encoded(png()), encoded(png(9, 9))], 2), (None, 0), ([], 0)):
        assert (await predict(http, service, {"data": [given, "?"]}))[0] == 200
        assert len(service.core.received[-1].attachments) == count
    assert len({inbound.chat for inbound in service.core.received}) == 4


async def test_a_jpeg_is_not_taken_for_a_path(service: Service, http: aiohttp.ClientSession) -> None:
    assert encoded(JPEG).startswith("/9j/")
    assert (await predict(http, service, {"data": [encoded(JPEG), "?"]}))[0] == 200
    assert service.core.received[0].attachments[0].data == JPEG


async def test_a_broken_picture_gets_the_bots_own_sentence(service: Service, http: aiohttp.ClientSession) -> None:
    status, body = await predict(http, service, {"data": [encoded(png()[:30]), "?"]})
    assert (status, body["data"][0][:6]) == (200, "sorry:")


@pytest.mark.parametrize(
    "given",
    [
        "https://example.com/a.png",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "/etc/passwd",
        "/tmp/abcd",
        "~/shot.png",
        "./shot.png",
        "..\\shot.png",
        "C:\\shot.png",
        "shot.png",
        {"path": "/tmp/gradio/shot.png"},
        {"url": "https://example.com/a.png"},
    ],
)
async def test_a_path_or_url_is_refused_with_what_to_send(
    service: Service, http: aiohttp.ClientSession, given: Any
) -> None:
    status, body = await predict(http, service, {"data": [given, "?"]})
    assert status == 400
    assert body["error"].startswith("A path or an address of a picture is not read.")
    assert '{"data": ["data:image/png;base64,' in body["error"]
    assert service.core.received == []


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"data": "x"},
        {"data": ["only one"]},
        {"data": [encoded(png()), 7]},
        {"data": [7, "?"]},
        {"data": [["", ""], "?"]},
        {"data": [None, "  "]},
        {"data": ["!!! not base64 !!!", "?"]},
        {"data": ["data:image/png,plain", "?"]},
        {"data": ["data:image/png;base64,###", "?"]},
        {"data": ["QUJD", "?"]},
        {"data": [{"neither": 1}, "?"]},
    ],
)
async def test_other_shapes_are_refused_with_a_sentence(
    service: Service, http: aiohttp.ClientSession, body: Any
) -> None:
    status, answer = await predict(http, service, body)
    assert status == 400
    assert len(answer["error"]) > 20
    assert service.core.received == []


async def test_too_large_and_too_many(service: Service, http: aiohttp.ClientSession) -> None:
    status, body = await predict(http, service, {"data": [encoded(bytes(MAX_BYTES + 1)), "?"]})
    assert (status, body["code"]) == (413, "too_large")
    status, body = await predict(http, service, {"data": [[encoded(png())] * 4, "?"]})
    assert (status, body["code"]) == (413, "too_many")
    status, body = await predict(http, service, {"data": ["A" * 3_000_000, "?"]})
    assert (status, body["code"]) == (413, "too_large")


async def test_notices_and_answer_come_together(service: Service, http: aiohttp.ClientSession) -> None:
    service.core.go.clear()
    asking = asyncio.create_task(predict(http, service, {"data": [None, "wait"]}))
    (inbound,) = await service.core.wait_for(1)
    await service.core.notice(inbound.chat, "There are others before you.")
    service.core.go.set()
    assert await asking == (200, {"data": ["There are others before you.\n\nYou asked: wait"]})


async def test_without_an_answer_in_time_it_stops_and_says_so(service: Service, http: aiohttp.ClientSession) -> None:
    await service.go_away()
    service.predict_seconds = 0.2
    await service.come_back()
    service.core.go.clear()
    status, body = await predict(http, service, {"data": [None, "never"]})
    assert (status, body["code"]) == (504, "timeout")
    question, stop = await service.core.wait_for(2)
    assert (stop.kind, stop.command, stop.chat) == (Kind.COMMAND, "stop", question.chat)


async def test_a_caller_who_hangs_up_stops_the_answer(service: Service, http: aiohttp.ClientSession) -> None:
    service.core.go.clear()
    asking = asyncio.create_task(predict(http, service, {"data": [None, "gone"]}))
    await service.core.wait_for(1)
    asking.cancel()
    assert (await service.core.wait_for(2))[1].command == "stop"


async def test_who_waits_while_the_service_stops_is_told_so(service: Service, http: aiohttp.ClientSession) -> None:
    service.core.silent = True
    asking = asyncio.create_task(predict(http, service, {"data": [None, "just before the end"]}))
    await service.core.wait_for(1)
    await service.go_away()
    status, body = await asking
    assert (status, body["code"]) == (503, "unavailable")
    await service.come_back()
