"""The whole bot with the demo model on each platform: customers are answered rightly.

Nothing about the model is set, so that it is the one which is shipped, with the settings that come with it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.demo import DEMO_MODEL
from tests.contracts.customer import Customer, Upload
from tests.contracts.test_adapter import CUSTOMERS
from tests.contracts.world import World, embedded, running
from tests.screenshots import Screenshot, dialog, in_chinese, order, says

DIALOG, ORDER = dialog(), order()


@pytest.fixture(params=list(CUSTOMERS))
async def world(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World[Customer]]:
    settings = {"LOOKSEE_MODEL__THREADS": "1", "LOOKSEE_MODEL__MAX_TOKENS": "256"}
    customer = CUSTOMERS[request.param]()
    async with running(customer, tmp_path, monkeypatch, make=embedded, settings=settings) as made:
        assert made.settings.model.embedded
        yield made


async def answer(world: World[Customer], question: str, *shots: Screenshot) -> str:
    """What the customer is answered to a question, once everything is delivered."""
    before = len(world.customer.seen())
    await world.customer.say(question, [Upload(shot.data, shot.name) for shot in shots])
    await world.customer.wait_for(before + 1)
    (said,) = (await world.quiet())[before:]
    return said


async def test_a_conversation_about_two_screenshots(world: World[Customer]) -> None:
    assert says(await answer(world, "What is the error code?", DIALOG), DIALOG.error_code)
    assert says(await answer(world, "and the title?"), DIALOG.title)
    assert says(await answer(world, "What is the total in the second one?", ORDER), ORDER.total)
    assert says(await answer(world, "What is the error code in the first screenshot?"), DIALOG.error_code)


async def test_a_conversation_in_chinese(world: World[Customer]) -> None:
    said = [
        (await answer(world, "错误代码是多少？", DIALOG), DIALOG.error_code),
        (await answer(world, "那标题呢？"), DIALOG.title),
        (await answer(world, "第二张截图里，总金额是多少？", ORDER), ORDER.total),
    ]
    for words, fact in said:
        assert says(words, fact)
        assert in_chinese(words)


async def test_two_screenshots_at_once(world: World[Customer]) -> None:
    assert says(await answer(world, "What is the error code in the second one?", ORDER, DIALOG), DIALOG.error_code)


async def test_a_question_without_a_screenshot(world: World[Customer]) -> None:
    assert "send a screenshot" in await answer(world, "What is the error code?")
    assert "发送一张截图" in await answer(world, "总金额是多少？")


@pytest.mark.parametrize("world", ["web"], indirect=True)
async def test_the_page_is_told_that_the_demo_model_answers(world: World[Customer]) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{world.bot.url}/api/config") as response:
        assert (await response.json())["notice"] == DEMO_MODEL.notice.both()
