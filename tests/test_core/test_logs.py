"""What is in the logs, and above all what is not."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import logging
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
import structlog

from bot import logs
from bot.errors import StoreError
from tests.contracts.customer import Customer
from tests.contracts.slack_customer import SlackCustomer
from tests.contracts.telegram_customer import TelegramCustomer
from tests.contracts.web_customer import WebCustomer
from tests.contracts.world import running, screenshot
from tests.doubles import ScriptedModel

ASKED, SAID = "canary4127asked", "canary4127said"
SECRET, AWKWARD = "123456:AAE-canary_token", 'pä ss/w+rd&="4127"\\'
CUSTOMERS: list[Callable[[], Customer]] = [
    TelegramCustomer,
    lambda: TelegramCustomer("webhook"),
    SlackCustomer,
    lambda: SlackCustomer("http"),
    WebCustomer,
]


@pytest.fixture
def _logging() -> Iterator[None]:
    """Leave the levels of libraries' logs as they were; the rest is done for every test."""
    levels = {name: logging.getLogger(name).level for name in logs._NOISY}
    yield
    for name, value in levels.items():
        logging.getLogger(name).setLevel(value)


@pytest.fixture(params=[False, True], ids=["console", "json"])
def said(request: pytest.FixtureRequest, _logging: None, capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What was logged since it was last asked."""
    logs.configure("debug", json=request.param, secrets=[SECRET, AWKWARD, ""])
    return lambda: capsys.readouterr().err


@pytest.mark.parametrize("secret", [SECRET, AWKWARD])
def test_secrets_are_taken_out_however_they_come(said: Callable[[], str], secret: str) -> None:
    log = structlog.get_logger("bot")
    spellings = [
        secret,
        quote(secret, safe=""),
        re.sub("%..", lambda code: code[0].lower(), quote(secret, safe="")),
        json.dumps(secret),
        repr(secret),
        f"Basic {base64.b64encode(f'looksee:{secret}'.encode()).decode()}",
        base64.urlsafe_b64encode(f"x{secret}".encode()).decode(),
        base64.b64encode(f"ab{secret}".encode()).decode(),
    ]
    for spelling in spellings:
        log.info("event", url=f"https://example.com/{spelling}/x", inner={"a": [spelling]})
        try:
            raise OSError(f"refused: {spelling}")
        except OSError:
            log.exception("failed")
        line = said()
        assert line.count("[secret]") >= 3, spelling
        assert secret not in line
        assert spelling not in line


def test_of_a_telegram_token_the_part_that_matters_is_taken_out_alone(said: Callable[[], str]) -> None:
    structlog.get_logger("bot").info("event", part=SECRET.partition(":")[2])
    assert "[secret]" in said()


def test_of_others_exceptions_the_type_is_told_and_the_place(said: Callable[[], str]) -> None:
    log = structlog.get_logger("bot")

    def choke() -> None:
        try:
            json.loads(f"{{{ASKED}")
        except ValueError as error:
            raise KeyError(ASKED) from error

    def in_a_group() -> None:
        raise ExceptionGroup(ASKED, [ValueError(ASKED), StoreError("the disk is full")])

    for work in (choke, in_a_group):
        try:
            work()
        except Exception:
            log.exception("failed")
        line = said()
        assert ASKED not in line
        assert work.__name__ in line
        assert "test_logs.py" in line
    assert "StoreError: the disk is full" in line


def test_of_our_own_exceptions_all_is_told(said: Callable[[], str]) -> None:
    try:
        raise StoreError("looksee.db: database is locked") from OSError(28, "No space left on device")
    except StoreError:
        structlog.get_logger("bot").exception("failed")
    line = said()
    assert "StoreError: looksee.db: database is locked" in line
    assert "OSError: [Errno 28] No space left on device" in line


def test_of_a_librarys_message_the_format_is_told_and_not_what_was_filled_in(said: Callable[[], str]) -> None:
    library = logging.getLogger("aiohttp.server")
    library.error("Error handling %s from %s", ASKED, SECRET)
    assert "Error handling %s from %s (test_logs:" in (line := said())
    assert ASKED not in line
    library.error(f"filled in before: {ASKED}")
    assert ASKED not in (line := said())
    assert "(test_logs:" in line
    logging.getLogger("adapters.slack.sdk").error(f"Failed: {ASKED}")  # noqa: G004
    assert ASKED not in said()
    logging.getLogger("bot.somewhere").error("our own words")
    assert "our own words" in said()


def test_a_warning_is_told_by_its_place(said: Callable[[], str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = logs._warned
        warnings.warn(f"unknown update: {ASKED}", RuntimeWarning, stacklevel=1)
    line = said()
    assert "RuntimeWarning" in line
    assert "test_logs.py" in line
    assert ASKED not in line


async def test_what_is_wrong_in_the_event_loop_is_told_without_results(said: Callable[[], str]) -> None:
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    logs.watch(loop)

    async def work() -> None:
        raise ValueError(ASKED)

    task = asyncio.create_task(work())
    await asyncio.wait([task])
    del task
    gc.collect()
    loop.set_exception_handler(before)
    line = said()
    assert "event_loop_trouble" in line
    assert "ValueError" in line
    assert ASKED not in line


@pytest.mark.parametrize("hook", ["excepthook", "unraisablehook"])
def test_what_nobody_caught_is_told_in_the_same_way(said: Callable[[], str], hook: str) -> None:
    try:
        raise ValueError(ASKED)
    except ValueError as error:
        if hook == "excepthook":
            sys.excepthook(type(error), error, error.__traceback__)
        else:
            sys.unraisablehook(SimpleNamespace(exc_type=ValueError, exc_value=error, exc_traceback=error.__traceback__))
    line = said()
    assert "crashed" in line
    assert "ValueError" in line
    assert ASKED not in line


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
