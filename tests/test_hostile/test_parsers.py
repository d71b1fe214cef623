"""Payloads with missing, odd and huge parts, as bytes over HTTP into the whole service: nothing fails, nothing hangs,
and afterwards everybody is answered as before.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from adapters.slack import interaction
from adapters.slack import translate as slack
from adapters.telegram.receiving import Receiver
from adapters.telegram.translate import Me
from bot.errors import ConfigurationError
from bot.settings import PREFIX, load, variables
from bot.sniff import HEAD, identify
from tests.contracts.customer import Customer
from tests.contracts.slack_customer import SlackCustomer
from tests.contracts.telegram_customer import TelegramCustomer
from tests.contracts.web_customer import WebCustomer
from tests.contracts.world import World, running
from tests.doubles import ScriptedModel
from tests.test_hostile.payloads import ODD, SLACK, SLACK_FORMS, TELEGRAM, WEB, mutated
from tests.test_images.hostile import damaged, originals

COUNT = int(os.environ.get("HOSTILE_COUNT", "250"))
"""Payloads on each surface."""
SECONDS = 60.0
"""A request that takes longer hangs; none takes a tenth of a second by itself."""
FINE = frozenset({200, 202, 204, 400, 401, 403, 404, 408, 411, 413, 415, 422, 499})
Post = Callable[..., Any]


@asynccontextmanager
async def service(customer: Customer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World[Customer]]:
    settings = {"LOOKSEE_CHAT__BURST_SECONDS": "0.01", "LOOKSEE_CHAT__ALBUM_SECONDS": "0.01"}
    async with running(customer, folder, monkeypatch, make=lambda _: ScriptedModel(), settings=settings) as world:
        yield world


class Poster:
    """Posts bodies to the service and notes what it answers."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.answers: Counter[int] = Counter()
        self.http = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(total=SECONDS)
        )

    async def __call__(self, path: str, body: bytes, **headers: str) -> None:
        async with self.http.post(self._url + path, data=body, headers=headers) as response:
            assert response.status in FINE, (response.status, body[:2000])
            self.answers[response.status] += 1

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.close()


def bodies(templates: Iterable[Any], count: int, seed: int) -> list[bytes]:
    """So many bodies: some no JSON any more, or no UTF-8."""
    draw, all_templates = random.Random(seed), list(templates)
    made = []
    for number in range(count):
        value = mutated(all_templates[number % len(all_templates)], draw)
        if isinstance(value, dict):
            value["update_id"] = value["event_id"] = f"Ev{number}" if "event" in value else number
        body = json.dumps(value).encode()
        if draw.random() < 0.1:
            at = draw.randrange(len(body) + 1)
            body = draw.choice((body[:at], body[:at] + b"\xff\x00" + body[at:], b"[" * 5000, b'{"a":' * 5000, b""))
        made.append(body)
    return made


async def expect_still_there(world: World[Customer]) -> None:
    """A message like any other is answered."""
    before = len(world.customer.seen())
    await world.customer.say("Are you still there?")
    await world.customer.wait_for(before + 1)


@pytest.mark.timeout(600)
async def test_telegrams_webhook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with service(TelegramCustomer("webhook"), tmp_path, monkeypatch) as world:
        await expect_still_there(world)
        async with Poster(world.bot.url) as post:
            with capture_logs() as logs:
                for body in bodies(TELEGRAM, COUNT, seed=1):
                    headers = {
                        "X-Telegram-Bot-Api-Secret-Token": "a-secret_of-ours",
                        "Content-Type": "application/json",
                    }
                    await post("/telegram/webhook", body, **headers)
                await expect_still_there(world)
            assert not [entry for entry in logs if entry["event"] in ("update_failed", "update_untranslatable")]
            assert post.answers[200] > COUNT // 2


@pytest.mark.timeout(600)
async def test_slacks_requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    customer = SlackCustomer("http")
    async with service(customer, tmp_path, monkeypatch) as world:
        await expect_still_there(world)
        async with Poster(world.bot.url) as post:

            async def signed(body: bytes, kind: str) -> None:
                stamp = str(int(time.time()))
                key = customer.server.signing_secret.encode()
                digest = hmac.new(key, f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
                headers = {
                    "X-Slack-Request-Timestamp": stamp,
                    "X-Slack-Signature": f"v0={digest}",
                    "Content-Type": kind,
                }
                await post("/slack/events", body, **headers)

            for body in bodies(SLACK, COUNT, seed=2):
                await signed(body, "application/json")
            draw = random.Random(3)
            for number in range(COUNT // 2):
                form = mutated(SLACK_FORMS[number % 2], draw)
                fields = form.items() if isinstance(form, dict) else ()
                plain = {str(k): v if isinstance(v, str) else json.dumps(v) for k, v in fields}
                await signed(urlencode(plain, errors="replace").encode(), "application/x-www-form-urlencoded")
            await expect_still_there(world)
            assert post.answers[200] > COUNT // 2


PART_HEADERS = (
    "",
    "Content-Type: image/png\r\n",
    "Content-Type: multipart/mixed; boundary=q\r\n",
    "Content-Transfer-Encoding: base64\r\n",
    "Content-Transfer-Encoding: quoted-printable\r\n",
    "Content-Encoding: gzip\r\n",
    "Content-Encoding: zz\r\n",
    "Content-Length: 99999999999\r\n",
    "Content-Length: x\r\n",
    "x" * 9000 + ": y\r\n",
    ": \r\n",
)


def multipart(draw: random.Random) -> tuple[bytes, str]:
    """A form, or what is left of one."""
    mark = draw.choice((b"b0undary", b"b", b"--", b"x" * 70))
    parts = []
    for _ in range(draw.randint(0, 6)):
        name = draw.choice(("id", "text", "files", "language", "other", "", '"', "f\r\nx: y", "\u202e", "files[]"))
        file = draw.choice(
            ("", '; filename="a.png"', "; filename*=utf-8''%ff%00.png", '; filename="../../x"', ';filename="')
        )
        more = draw.choice(PART_HEADERS)
        content = draw.choice(
            (b"", b"hello", b"\xff\xfe", draw.randbytes(200), b"0d9f6d4e-8f3c-4a55-9f0e-4f5b7f1d2c3a")
        )
        disposition = draw.choice(("form-data", "form-data", "form-data", "attachment", "", "a/b;"))
        head = f'Content-Disposition: {disposition}; name="{name}"{file}\r\n{more}'.encode("utf-8", "replace")
        parts.append(b"--" + mark + b"\r\n" + head + b"\r\n" + content + b"\r\n")
    body = b"".join(parts) + draw.choice((b"--" + mark + b"--\r\n", b"--" + mark, b""))
    if draw.random() < 0.3 and body:
        at = draw.randrange(len(body))
        body = draw.choice((body[:at], body[at:], body[:at] + b"\r\n\r\n" + body[at:], body + b"\r\n" * 3000))
    return body, "multipart/form-data; boundary=" + draw.choice(
        (mark.decode(), mark.decode(), '"', "", "y", '"b0undary"')
    )


@pytest.mark.timeout(600)
async def test_what_the_web_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with service(WebCustomer(), tmp_path, monkeypatch) as world:
        await expect_still_there(world)
        async with Poster(world.bot.url) as post:
            async with post.http.get(world.bot.url + "/api/config") as response:
                assert response.status == 200
            draw = random.Random(4)
            for number in range(COUNT):
                body, kind = multipart(draw)
                await post("/api/messages", body, **{"Content-Type": kind})
                path = list(WEB)[number % len(WEB)]
                value = json.dumps(mutated(WEB[path], draw)).encode()
                await post(path, draw.choice((value, value, value[: draw.randrange(len(value))])), **JSON)
            for header in ("Accept-Language", "Cookie", "Last-Event-ID", "X-Forwarded-Host", "Origin"):
                for odd in (
                    "",
                    "\x80",
                    ",;=",
                    "a" * 4000,
                    "null",
                    "http://[",
                    "٣",
                    "-1",
                    "looksee_session=" + "%" * 40,
                ):
                    for path in (
                        "/",
                        "/api/transcript",
                        "/api/images/" + "0" * 64,
                        "/api/config",
                        "/metrics",
                        "/nowhere",
                    ):
                        async with post.http.get(world.bot.url + path, headers={header: odd}) as response:
                            assert response.status in FINE, (header, odd, path)
            await expect_still_there(world)
            assert post.answers[202] > 0


JSON = {"Content-Type": "application/json"}
ME = slack.Identity("T0TEAM", "U0BOT", "B0BOT")
scalars = st.sampled_from(ODD) | st.integers() | st.text(max_size=20)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
keys = st.sampled_from(
    sorted({key for payload in (*SLACK, *TELEGRAM) for key in json.loads(json.dumps(payload)) or ()})
)


def slack_interacts(payload: dict[str, Any]) -> None:
    interaction.pressed(payload, ME)
    interaction.shortcut(payload, ME)
    interaction.submission(payload, ME)
    slack.home_opened(payload, ME)


@given(st.integers(0, 10**9))
def test_translating_slack_never_fails(seed: int) -> None:
    draw = random.Random(seed)
    payload = mutated(draw.choice(SLACK[:-1])["event"], draw)
    if isinstance(payload, dict):
        slack.event(payload, ME, ("help", "ban"))
        slack.slash_command(payload, ME)
        slack_interacts(payload)


@given(st.dictionaries(st.text(max_size=12), values, max_size=6))
def test_translating_any_json_never_fails(payload: dict[str, Any]) -> None:
    slack.event({"type": "message", **payload}, ME, ())
    slack.slash_command(payload, ME)
    slack_interacts({"actions": [payload], **payload})


@given(st.integers(0, 10**9))
def test_reading_and_translating_telegram_never_fails(seed: int) -> None:
    draw = random.Random(seed)
    receiver = Receiver(None, Me(7, "shop_bot", frozenset({"help"})), None, None, None)  # type: ignore[arg-type]
    raw = mutated(draw.choice(TELEGRAM), draw)
    if isinstance(raw, dict) and isinstance(raw.get("update_id"), int):
        with capture_logs() as logs:
            update = receiver.read(raw)
            if update is not None:
                receiver._translate(update)
        assert not [entry for entry in logs if entry["event"] == "update_untranslatable"]


@given(
    st.binary(max_size=HEAD + 10) | st.sampled_from([data[:n] for data in originals().values() for n in (1, 4, 9, 40)])
)
def test_sniffing_never_fails(data: bytes) -> None:
    assert isinstance(identify(data), str)


def test_sniffing_damaged_files_never_fails() -> None:
    for _, data in damaged(2000, seed=9):
        assert len(identify(data)) < 20


NAMES = sorted({variable.name for variable in variables()})
written = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30)
odd = written | st.sampled_from(
    ["1e999", "nan", "-1", "[" * 2000, "[[", '["a"', '{"a":1}', "true", "٣", "https://", "null", "0x10", "1" * 5000]
)


@settings(max_examples=150)
@given(
    st.dictionaries(
        st.sampled_from(NAMES) | st.just("LOOKSEE_NONE") | st.just("LOOKSEE_CHAT"), odd, min_size=1, max_size=5
    )
)
def test_settings_are_taken_or_refused_in_words(given: dict[str, str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(PREFIX)]:
            patch.delenv(name)
        for name, value in given.items():
            patch.setenv(name, value)
        patch.chdir("/")
        refused = ""
        try:
            load()
        except ConfigurationError as error:
            refused = str(error)
        assert not refused or refused.startswith("The settings cannot be used:\n  - LOOKSEE_")
