"""What is in the logs, and above all what is not."""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from bot import logs
from tests.contracts.customer import Customer
from tests.contracts.slack_customer import SlackCustomer
from tests.contracts.telegram_customer import TelegramCustomer
from tests.contracts.web_customer import WebCustomer
from tests.contracts.world import running, screenshot
from tests.doubles import ScriptedModel

ASKED, SAID = "canary4127asked", "canary4127said"
CUSTOMERS: list[Callable[[], Customer]] = [
    TelegramCustomer,
    lambda: TelegramCustomer("webhook"),
    SlackCustomer,
    lambda: SlackCustomer("http"),
    WebCustomer,
]


@pytest.fixture
def _logging() -> Iterator[None]:
    """Leave logging as it was."""
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    levels = {name: logging.getLogger(name).level for name in logs._NOISY}
    yield
    logging.captureWarnings(capture=False)
    structlog.configure(**before)
    root.handlers[:], root.level = handlers, level
    for name, value in levels.items():
        logging.getLogger(name).setLevel(value)


@pytest.mark.usefixtures("_logging")
def test_secrets_are_taken_out_however_they_come(capsys: pytest.CaptureFixture[str]) -> None:
    secret = "123456:AAE-canary"
    for as_json in (False, True):
        logs.configure("debug", json=as_json, secrets=[secret, ""])
        logging.getLogger("aiohttp.client").error("GET https://api.telegram.org/bot%s/getMe", secret)
        logging.getLogger("x").warning("GET https://example.com/?token=123456%3AAAE-canary")
        structlog.get_logger("bot").info("event", url=f"/bot{secret}/")
        try:
            raise ValueError(f"refused: {secret}")
        except ValueError:
            structlog.get_logger("bot").exception("failed")
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(f"odd: {secret}", RuntimeWarning, stacklevel=1)
        said = capsys.readouterr().err
        assert "AAE-canary" not in said
        assert said.count("[secret]") >= 5


@pytest.mark.usefixtures("_logging")
@pytest.mark.parametrize("make", CUSTOMERS, ids=["telegram", "telegram-webhook", "slack", "slack-http", "web"])
async def test_customers_words_are_in_no_line(
    make: Callable[[], Customer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A whole run at the level that says most: questions, a picture, a command, an answer, a failure."""
    model = ScriptedModel(lambda prompt: (SAID, " and more"))
    async with running(make(), tmp_path, monkeypatch, make=lambda _: model, settings={}) as world:
        secrets = [secret.get_secret_value() for secret in world.settings.secrets()]
        logs.configure("debug", json=False, secrets=secrets)
        asyncio.get_running_loop().set_debug(True)
        await world.customer.say(f"What is this? {ASKED}")
        await world.customer.wait_for(1)
        await world.customer.say(f"And this? {ASKED}", [screenshot()])
        await world.customer.wait_for(2)
        model.failure = ZeroDivisionError("bug")
        await world.customer.say(f"Go on {ASKED}")
        await world.customer.wait_for(3)
        assert SAID in "".join(await world.quiet())
        await world.stop()
        out = "".join(capfd.readouterr())
    assert "answer_failed" in out  # something was logged
    assert ASKED not in out
    assert SAID not in out
    for secret in secrets:
        assert secret not in out
