"""The HTTP server: health, headers, other sites' pages, sessions kept apart."""

from __future__ import annotations

import asyncio
import re
import uuid
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from adapters.web.adapter import WebAdapter
from adapters.web.server import HttpServer
from bot.errors import ConfigurationError
from tests.contracts.customer import Upload
from tests.contracts.web_customer import WebCustomer
from tests.test_web.service import Service, png


async def fetch(url: str, method: str = "GET", **given: Any) -> tuple[int, str, Any]:
    async with aiohttp.ClientSession() as http, http.request(method, url, **given) as response:
        return response.status, await response.text(), response.headers


async def test_health_readiness_metrics(service: Service) -> None:
    assert (await fetch(f"{service.url}/healthz"))[:2] == (200, "ok")
    assert (await fetch(f"{service.url}/readyz"))[:2] == (200, "[]")
    service.problems = ["the model is loading"]
    assert (await fetch(f"{service.url}/readyz"))[:2] == (503, '["the model is loading"]')
    status, body, headers = await fetch(f"{service.url}/metrics")
    assert (status, body, headers["Content-Type"]) == (
        200,
        "looksee_up 1\n",
        "text/plain; version=0.0.4; charset=utf-8",
    )


@pytest.mark.parametrize("path", ["/", "/static/chat.js", "/api/transcript", "/nowhere", "/healthz", "/favicon.ico"])
async def test_every_response_is_protected(service: Service, path: str) -> None:
    _, _, headers = await fetch(service.url + path)
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "aiohttp" not in headers["Server"]


async def test_nothing_beside_the_pages_own_files_is_served(service: Service) -> None:
    for path in ("/static/", "/static/..%2fapi.py", "/static/%2e%2e/adapter.py", "/api.py"):
        assert (await fetch(service.url + path))[0] == 404


async def test_a_port_in_use_is_named(service: Service) -> None:
    port = int(service.url.rsplit(":", 1)[1])

    async def ready() -> list[str]:
        return []

    second = HttpServer("127.0.0.1", port, [], ready=ready, metrics=lambda: (b"", "text/plain"))
    with pytest.raises(ConfigurationError, match=rf"LOOKSEE_WEB__PORT: port {port} .* in use"):
        await second.start()
    nowhere = HttpServer("203.0.113.1", 0, [], ready=ready, metrics=lambda: (b"", "text/plain"))
    with pytest.raises(ConfigurationError, match="LOOKSEE_WEB__HOST"):
        await nowhere.start()


async def test_stopping_finishes_what_runs_and_ends_streams(service: Service, customer: WebCustomer) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow(_: web.Request) -> web.Response:
        begun.set()
        await go.wait()
        return web.Response(text="finished")

    async def ready() -> list[str]:
        return []

    server = HttpServer(
        "127.0.0.1", 0, [web.get("/slow", slow), *service.adapter.routes()], ready=ready, metrics=lambda: (b"", "")
    )
    await server.start()
    url = server.url
    asking = asyncio.create_task(fetch(f"{url}/slow"))
    await customer.connect(url)
    await begun.wait()
    stopping = asyncio.create_task(server.stop())
    assert customer._listening is not None
    await asyncio.wait_for(asyncio.shield(customer._listening), 5)
    go.set()
    assert (await asking)[:2] == (200, "finished")
    await asyncio.wait_for(stopping, 5)
    with pytest.raises(aiohttp.ClientConnectorError):
        await fetch(f"{url}/healthz")
    await server.stop()


async def test_a_fault_in_a_handler_is_not_shown() -> None:
    async def broken(_: web.Request) -> web.Response:
        raise RuntimeError("a secret")

    async def ready() -> list[str]:
        raise RuntimeError("another secret")

    server = HttpServer("127.0.0.1", 0, [web.get("/broken", broken)], ready=ready, metrics=lambda: (b"", ""))
    await server.start()
    try:
        for path in ("/broken", "/readyz"):
            status, body, headers = await fetch(server.url + path)
            assert (status, "secret" in body) == (500, False)
            assert "Content-Security-Policy" in headers
    finally:
        await server.stop()


async def test_other_sites_pages_may_not_post(service: Service, customer: WebCustomer) -> None:
    port = service.url.rsplit(":", 1)[1]
    own = f"127.0.0.1:{port}"
    cases: list[tuple[dict[str, str], int]] = [
        ({}, 202),
        ({"Origin": f"http://{own}"}, 202),
        ({"Origin": f"http://{own}", "Sec-Fetch-Site": "same-origin"}, 202),
        ({"Origin": f"http://localhost:{port}", "Host": f"localhost:{port}"}, 202),
        # Behind a TLS proxy on the same machine:
        ({"Origin": "https://shop.example", "Host": "shop.example"}, 202),
        ({"Origin": "https://shop.example", "Host": own, "X-Forwarded-Host": "shop.example"}, 202),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": f"http://{own}.evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        # DNS rebinding: the attacker's own name leads to this machine.
        ({"Origin": f"http://evil.example:{port}", "Host": f"evil.example:{port}"}, 403),
    ]
    for headers, expected in cases:
        body = {"id": str(uuid.uuid4()), "verb": "help"}
        async with customer._session.post(f"{service.url}/api/commands", json=body, headers=headers) as response:
            assert (headers, response.status) == (headers, expected)
    assert len(service.core.received) == sum(expected == 202 for _, expected in cases)


async def test_sessions_see_only_their_own(service: Service, customer: WebCustomer, other: WebCustomer) -> None:
    await customer.say("my secret", [Upload(png())])
    await customer.wait_for(1)
    async with customer._session.get(f"{service.url}/api/transcript") as response:
        (picture,) = (await response.json())["entries"][0]["images"]
    async with other._session.get(f"{service.url}/api/transcript") as response:
        assert (await response.json())["entries"] == []
    async with other._session.get(service.url + picture["url"]) as response:
        assert response.status == 404
    await other.say("and mine")
    assert await other.wait_for(1) == ["You asked: and mine"]
    assert customer.seen() == ["You asked: my secret"]
    chats = {inbound.chat for inbound in service.core.received}
    assert len(chats) == 2


@pytest.mark.parametrize("cookie", ["", "short", "x" * 31, "x" * 65, "../" * 12])
async def test_without_a_session_there_is_nothing(service: Service, cookie: str) -> None:
    headers = {"Cookie": f"looksee_session={cookie}"} if cookie else {}
    for path in ("/api/transcript", "/api/events", f"/api/images/{'0' * 64}"):
        assert (await fetch(service.url + path, headers=headers))[0] == 401
    assert (await fetch(f"{service.url}/api/commands", "POST", json={}, headers=headers))[0] == 401


async def test_a_guessed_or_derived_session_opens_nobodys_chat(service: Service, customer: WebCustomer) -> None:
    await customer.say("my secret", [Upload(png())])
    await customer.wait_for(1)
    (inbound,) = service.core.received
    known = inbound.chat.chat  # what logs, admins and the database have of a session
    async with customer._session.get(f"{service.url}/api/transcript") as response:
        (picture,) = (await response.json())["entries"][0]["images"]
    for cookie in (known, known + known, "A" * 32, known.upper()):
        headers = {"Cookie": f"looksee_session={cookie}"}
        assert "my secret" not in (await fetch(f"{service.url}/api/transcript", headers=headers))[1]
        assert (await fetch(service.url + picture["url"], headers=headers))[0] == 404
        answer = {"id": str(uuid.uuid4()), "message": "out-1", "rating": -1}
        await fetch(f"{service.url}/api/feedback", "POST", json=answer, headers=headers)
    (shown,) = [line for line in await service.store.transcript(inbound.chat) if line.speaker == "bot"]
    assert shown.rating == 0


@pytest.mark.parametrize("secure", [False, True])
async def test_the_cookies_flags(service: Service, secure: bool) -> None:
    adapter = WebAdapter(
        store=service.store,
        company="Tea & Kettle",
        notice=None,
        max_bytes=1,
        max_files=1,
        max_characters=1,
        secure_cookie=secure,
    )

    async def ready() -> list[str]:
        return []

    server = HttpServer("127.0.0.1", 0, adapter.routes(), ready=ready, metrics=lambda: (b"", ""))
    await server.start()
    try:
        given = []
        for cookie in ("", "short", "x" * 40):
            _, _, headers = await fetch(f"{server.url}/", headers={"Cookie": f"looksee_session={cookie}"})
            (line,) = headers.getall("Set-Cookie")
            first, *flags = line.split("; ")
            given.append(first.partition("=")[2])
            assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(flags)
            assert ("Secure" in flags) is secure
        assert len(set(given[:2])) == 2
        assert all(re.fullmatch(r"[\w-]{32}", session) for session in given[:2])
        assert given[2] == "x" * 40
    finally:
        await server.stop()
        await adapter.close()


@pytest.mark.parametrize("path", ["messages", "commands", "feedback", "leave", "predict", "predict/"])
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
async def test_what_a_foreign_pages_form_can_send_does_nothing(
    service: Service, customer: WebCustomer, path: str, kind: str
) -> None:
    """Forms need no leave of ours to be sent, and bring the cookie along where a browser is old."""
    body = b'{"id": "00000000-0000-4000-8000-000000000001", "verb": "new", "data": [null, "hello"]}'
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        url = f"{service.url}/api/{path}"
        async with customer._session.post(url, data=body, headers={**headers, "Content-Type": kind}) as response:
            assert response.status == 403
            assert "Access-Control-Allow-Origin" not in response.headers
    assert service.core.received == []


async def test_the_cookie_is_kept_from_scripts_and_out_of_the_database(service: Service, customer: WebCustomer) -> None:
    async with customer._session.get(f"{service.url}/") as response:
        (cookie,) = response.headers.getall("Set-Cookie")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    value = cookie.split(";")[0].split("=")[1]
    assert len(value) >= 32
    await customer.say("hello")
    await customer.wait_for(1)
    (inbound,) = service.core.received
    assert value not in repr(inbound)
    assert inbound.sender.key == f"web:{inbound.chat.chat}"
