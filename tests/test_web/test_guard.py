"""What is for those who run the service is not for everybody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from adapters.web.guard import OperatorGuard, is_loopback
from adapters.web.server import HttpServer
from bot import wiring
from bot.sections import SlackSettings, TelegramSettings, WebSettings
from bot.settings import Settings

TOKEN = "an-operators-token-123"

Serve = Callable[[OperatorGuard], Any]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start a server that is not ready, behind a guard; returns its address."""

    async def ready() -> list[str]:
        return ["/var/lib/looksee/looksee.db: disk full"]

    async with AsyncExitStack() as closing:

        async def start(guard: OperatorGuard, host: str = "127.0.0.1") -> str:
            server = HttpServer(
                host, 0, [], ready=ready, metrics=lambda: (b"looksee_up 1\n", "text/plain"), guard=guard
            )
            await server.start()
            closing.push_async_callback(server.stop)
            return server.url

        yield start


async def get(url: str, headers: dict[str, str] | None = None) -> tuple[int, str, Any]:
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as response:
        return response.status, await response.text(), response.headers


async def test_programs_on_this_machine_see_the_figures(serve: Serve) -> None:
    url = await serve(OperatorGuard())
    assert (await get(f"{url}/metrics"))[:2] == (200, "looksee_up 1\n")
    port = url.rsplit(":", 1)[1]
    assert (await get(f"{url}/metrics", {"Host": f"localhost:{port}"}))[0] == 200
    assert (await get(f"{url}/metrics", {"Authorization": "Bearer "}))[0] == 200  # there is none to be right or wrong


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.9"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"x-forwarded-proto": "https"},
        {"X-Forwarded-Host": "localhost"},
        {"X-Real-IP": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"Host": "shop.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "[::1"},
    ],
    ids=str,
)
async def test_nobody_behind_a_proxy_does(serve: Serve, headers: dict[str, str]) -> None:
    url = await serve(OperatorGuard())
    status, body, _ = await get(f"{url}/metrics", headers)
    assert (status, "looksee_up" in body) == (403, False)
    assert "LOOKSEE_WEB__OPERATOR_TOKEN" in body
    assert (await get(f"{url}/readyz", headers))[:2] == (503, "[]")


async def test_where_there_is_a_proxy_being_on_this_machine_proves_nothing(serve: Serve) -> None:
    url = await serve(OperatorGuard(exposed=True))
    assert (await get(f"{url}/metrics"))[0] == 403
    assert (await get(f"{url}/readyz"))[:2] == (503, "[]")
    assert (await get(f"{url}/healthz"))[0] == 200


async def test_with_a_token_everybody_needs_it_and_it_is_enough(serve: Serve) -> None:
    for exposed in (False, True):
        url = await serve(OperatorGuard(TOKEN, exposed=exposed))
        for given in (f"Bearer {TOKEN}", f"bearer  {TOKEN}"):
            headers = {"Authorization": given, "X-Forwarded-For": "203.0.113.9", "Host": "shop.example"}
            assert (await get(f"{url}/metrics", headers))[0] == 200
            assert "disk full" in (await get(f"{url}/readyz", headers))[1]
        wrong = [
            "",
            TOKEN,
            f"Basic {TOKEN}",
            f"Bearer {TOKEN[:-1]}",
            f"Bearer {TOKEN}4",
            "Bearer",
            "Bearer ß",
            "Bearer " + "x" * 4000,
        ]
        for given in wrong:
            status, body, sent = await get(f"{url}/metrics", {"Authorization": given} if given else {})
            assert (given, status, "looksee_up" in body) == (given, 401, False)
            assert sent["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("settings", "exposed"),
    [
        ({}, False),
        ({"web": WebSettings(secure_cookie=True)}, True),
        ({"slack": SlackSettings(bot_token=SecretStr("xoxb-1"), app_token=SecretStr("xapp-1"))}, False),
        (
            {"slack": SlackSettings(bot_token=SecretStr("xoxb-1"), signing_secret=SecretStr("x" * 32), mode="http")},
            True,
        ),
        (
            {
                "telegram": TelegramSettings(
                    token=SecretStr("1:abcdef"),
                    mode="webhook",
                    webhook_url="https://x",
                    webhook_secret=SecretStr("x" * 16),
                )
            },
            True,
        ),
    ],
)
async def test_settings_that_need_a_proxy_tell_that_there_is_one(
    serve: Serve, settings: dict[str, Any], exposed: bool
) -> None:
    url = await serve(wiring.operator_guard(Settings(_env_file=None, **settings)))
    assert (await get(f"{url}/metrics"))[0] == (403 if exposed else 200)


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("shop.localhost", True),
        ("::ffff:10.0.0.1", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_this_machines_names(host: str, own: bool) -> None:
    assert is_loopback(host) is own
