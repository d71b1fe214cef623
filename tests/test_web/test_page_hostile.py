"""Hostile answers on the page in a real browser: text to be read, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from bot.spoken import printable
from tests.browser import browser
from tests.test_hostile.replies import HTML, LINKS, replies
from tests.test_web.service import Service

pytestmark = pytest.mark.browser
COUNT = 60

LOOK = """() => ({
    title: document.title,
    frames: window.length,
    foreign: document.querySelectorAll("#messages .answer :is(script, img, iframe, style, form, svg, a, base)").length,
    handlers: [...document.querySelectorAll("#messages .answer *")].flatMap((e) => e.getAttributeNames())
        .filter((name) => !["class", "start", "tabindex"].includes(name)),
    text: document.querySelector("#messages > .bot:last-child .answer").textContent,
})"""


@pytest.mark.timeout(600)
async def test_hostile_answers_are_text(service: Service) -> None:
    said = ["".join(HTML), "\n\n".join(LINKS), *replies(COUNT, seed=5)][:COUNT]
    answers = iter([printable(text) for text in said])
    service.core.script = lambda _: [next(answers)]
    asked: list[str] = []
    async with browser() as chromium:
        page = await (await chromium.new_context(locale="en-US")).new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: asked.append(dialog.message))
        page.on("pageerror", lambda error: asked.append(str(error)))
        await page.goto(service.url)
        await expect(page.locator("#company")).to_have_text("Tea & Kettle")  # which the page's title becomes, too
        title = await page.title()
        for number in range(1, len(said) + 1):
            await page.fill("#text", "?")
            await page.press("#text", "Enter")
            await expect(page.locator("#messages > .bot .answer")).to_have_count(number, timeout=60_000)
        seen: dict[str, Any] = await page.evaluate(LOOK)
        assert seen["title"] == title
        assert (seen["frames"], seen["foreign"], seen["handlers"]) == (0, 0, [])
        first = page.locator("#messages > .bot .answer").first
        assert "<script>document.title='pwned'</script>" in (await first.text_content() or "")
        await page.reload()
        await expect(page.locator("#messages > .bot .answer")).to_have_count(len(said), timeout=60_000)
        assert (await page.evaluate(LOOK)) == seen
        assert page.url.rstrip("/") == service.url.rstrip("/")
    assert all(url.startswith(service.url) for url in asked), asked
