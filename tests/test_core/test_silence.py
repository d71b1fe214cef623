"""A whole run of the service, in a process of its own, with trouble on every platform: what it says of secrets and of
customers' words, which is nothing."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.contracts.customer import Customer, Upload
from tests.contracts.slack_customer import SlackCustomer
from tests.contracts.telegram_customer import TelegramCustomer
from tests.contracts.traces import forms
from tests.contracts.web_customer import WebCustomer
from tests.contracts.world import screenshot
from tests.fakes import slack_server, telegram_server
from tests.fakes.openai_script import ScriptedServer, breaks, event, refuses, says
from tests.fakes.telegram_rules import RefusedError
from tests.test_core.blundering import BLUNDER

ROOT = Path(__file__).parents[2]
ASKED, CAPTION, SAID = "canary-asked-ж", "canary-caption-图", "canary-said-答"
NAME, FILE, POLICY = "canary-name-Ünal", "canary-file-ö.pdf", "canary-policy"
KEY, OPERATOR = "sk-canary-key-4127", "canary_operator_token_4127"
BROKEN = Upload(b"%PDF-1.7 canary", FILE, "application/pdf")


class Service:
    """`looksee serve`, with everything that it says in `said`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said = b""
        self.url = ""
        self._ready = asyncio.Event()

    async def listen(self) -> None:
        """Read until its end."""
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            self.said += line
            if url := re.search(rb"Web chat +(http://\S+)", self.said):
                self.url = url[1].decode()
            if b"lists them all" in self.said:
                self._ready.set()
        self._ready.set()

    async def ready(self) -> None:
        """Return once it runs."""
        await self._ready.wait()
        assert self.url, self.said.decode()

    async def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        assert await self._process.wait() == 0


@asynccontextmanager
async def serving(environment: Mapping[str, str], folder: Path) -> AsyncIterator[Service]:
    """The service."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-X", "dev", "-m", "tests.test_core.blundering", "serve", cwd=folder, limit=1 << 24,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    service = Service(process)
    listening = asyncio.create_task(service.listen())
    try:
        async with asyncio.timeout(90):
            await service.ready()
        yield service
        async with asyncio.timeout(60):
            await service.stop()
            await listening
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        listening.cancel()


async def trouble_on_telegram(customer: TelegramCustomer) -> None:
    """Refusals that quote the message, gateways, broken connections, files that cannot be had, odd updates."""
    server, quoted = customer.server, RefusedError(400, f'Bad Request: can\'t parse "{SAID}"')
    for fault in (
        telegram_server.Fault(error=quoted),
        telegram_server.Fault(html=502),
        telegram_server.Fault(drop=True),
        telegram_server.Fault(drop=True, after=True),
    ):
        server.fail("sendMessage", fault)
        server.fail("sendMessageDraft", fault)
        await customer.say(ASKED)
    server.fail("getUpdates", telegram_server.Fault(html=500))
    server.fail("getFile", telegram_server.Fault(error=RefusedError(400, f"wrong file_id {FILE}")))
    await customer.say(CAPTION, [screenshot()])
    await customer.say(CAPTION, [BROKEN])
    server.push("message", {"message_id": "no number", "text": ASKED})
    server.push("message_of_tomorrow", {"text": ASKED, "from": {"first_name": NAME}})


async def trouble_on_slack(customer: SlackCustomer) -> None:
    server = customer.server
    for fault in (
        slack_server.Fault(error=f"invalid {SAID}"),
        slack_server.Fault(status=500),
        slack_server.Fault(drop=True),
        slack_server.Fault(drop=True, done=True),
    ):
        for method in ("chat.postMessage", "chat.update", "chat.startStream"):
            server.fail(method, fault)
        await customer.say(ASKED)
    server.file_faults.append(slack_server.Fault(status=403))
    await customer.say(CAPTION, [screenshot()])
    await customer.say(CAPTION, [BROKEN])
    await server.deliver_event({"type": "message", "subtype": ASKED, "text": [ASKED], "user": {"name": NAME}})
    await server.disconnect(politely=False)


async def trouble_on_the_web(customer: WebCustomer, url: str) -> list[str]:
    """Requests that make no sense; returns what is answered."""
    await customer.say(CAPTION, [BROKEN])
    await customer.say(ASKED)
    answers = []
    async with aiohttp.ClientSession(cookies={"looksee_session": "c" * 32}) as http:
        for path, body in (
            ("/api/predict", {"data": [ASKED, CAPTION]}),
            ("/api/predict", {"data": [{"path": FILE}, CAPTION]}),
            ("/api/commands", {"id": ASKED, "verb": CAPTION, "text": NAME}),
            ("/api/feedback", {"id": ASKED, "message": NAME, "rating": CAPTION}),
            ("/telegram/webhook", {"update_id": 1, "message": {"text": ASKED}}),
            ("/slack/events", {"event": {"text": ASKED}}),
        ):
            async with http.post(f"{url}{path}", json=body) as response:
                answers.append(await response.text())
        async with http.post(f"{url}/api/messages", data=f"{ASKED}\r\n".encode()) as response:
            answers.append(await response.text())
        async with http.post(
            f"{url}/api/commands", data=f'{{"{ASKED}"', headers={"Content-Type": "application/json"}
        ) as r:
            answers.append(await r.text())
        for path in ("/metrics", "/readyz", "/healthz", "/nowhere"):
            async with http.get(f"{url}{path}", headers={"Authorization": f"Bearer {OPERATOR}"}) as response:
                answers.append(await response.text())
    return answers


@pytest.mark.parametrize("as_json", ["false", "true"])
async def test_nothing_of_secrets_and_of_customers_is_said(tmp_path: Path, as_json: str) -> None:
    """At the level that says most: the others say a part of that."""
    telegram, slack, web, model = TelegramCustomer(), SlackCustomer(), WebCustomer(), ScriptedServer()
    customers: list[Customer] = [telegram, slack, web]
    telegram.person.user["first_name"] = telegram.server.state.chats[telegram.person.chat_id]["first_name"] = NAME
    model.script = says(SAID, " and more")
    secrets = [KEY, OPERATOR, telegram_server.TOKEN, telegram_server.TOKEN.partition(":")[2]]
    secrets += [slack.server.bot_token, slack.server.app_token, slack.server.signing_secret]
    for customer in customers:
        await customer.start()
    await model.start()
    environment = {
        "LOOKSEE_DATA_DIR": str(tmp_path / "data"),
        "LOOKSEE_WEB__PORT": "0",
        "LOOKSEE_WEB__OPERATOR_TOKEN": OPERATOR,
        "LOOKSEE_LOG_LEVEL": "debug",
        "LOOKSEE_LOG_JSON": as_json,
        "LOOKSEE_CHAT__POLICIES": POLICY,
        "LOOKSEE_CHAT__BURST_SECONDS": "0",
        "LOOKSEE_CHAT__ALBUM_SECONDS": "0",
        "LOOKSEE_MODEL__BACKEND": "openai",
        "LOOKSEE_MODEL__URL": model.url,
        "LOOKSEE_MODEL__API_KEY": KEY,
        "LOOKSEE_MODEL__CONTEXT": "8192",
    }
    for customer in customers:
        environment |= customer.environment()
    try:
        async with serving(environment, tmp_path) as service:
            for customer in customers:
                await customer.connect(service.url)
                await customer.say(ASKED)
                await customer.wait_for(1)
            for script in (
                refuses(500, {"error": {"message": f"{ASKED} {POLICY}"}}),
                breaks(event(SAID)),
                refuses(400, f"not JSON: {ASKED}"),
            ):
                model.script = script
                for customer in customers:
                    seen = len(customer.seen())
                    await customer.say(ASKED)
                    await customer.wait_for(seen + 1)
            model.script = says(SAID)
            for customer in customers:
                seen = len(customer.seen())
                await customer.say(f"{BLUNDER} {ASKED}")
                await customer.wait_for(seen + 1)
            await trouble_on_telegram(telegram)
            await trouble_on_slack(slack)
            answers = await trouble_on_the_web(web, service.url)
            for customer in customers:
                await customer.command("forget", "yes")
            await web.wait_for(5)
            await asyncio.sleep(2)  # for what repeats itself with a pause
    finally:
        for customer in customers:
            await customer.stop()
        await model.stop()
    for line in (
        b"answer_failed",
        b"ValueError",
        b"send_failed_unexpectedly",
        b"RuntimeError",
        b"delivery_",
        b"update_unreadable",
        b"event_loop_trouble",
        b"LookupError",
        b"python_warning",
        b"POST https://example.com/bot%s: %s",
    ):
        assert line in service.said, service.said.decode()
    words = [ASKED, CAPTION, SAID, NAME, FILE, POLICY, *secrets]
    said = service.said + "\n".join(answers).encode()
    found = [
        f"{word} as {name}: ...{said[max(0, said.find(form) - 300) :][:600]!r}"
        for word in words
        for name, form in forms(word).items()
        if form in said
    ]
    assert found == []
