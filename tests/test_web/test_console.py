"""The operators' console: who may see it, and what it shows of cases, of nobody's words as anything but text."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

from adapters.web import console
from bot.cases import Case, CaseState, LogKind, NewEntry
from bot.messages import ChatKey, NewTurn, Reply
from bot.outcome import Outcome
from tests.contracts.customer import Upload
from tests.contracts.desk import moved
from tests.contracts.web_customer import WebCustomer, text_of
from tests.test_web.service import MIA, Service, picture, png
from tests.test_web.test_guard import get

ATTACK = "<img src=x onerror=alert(1)>[a](javascript:alert(1)) https://evil.example"
CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9"}


async def see(service: Service, path: str = "/desk", headers: dict[str, str] | None = None) -> str:
    status, body, sent = await get(service.url + path, headers)
    assert status == 200, body
    assert "default-src 'none'" in sent["Content-Security-Policy"]
    assert sent["Cache-Control"] == "no-store"
    return str(body)


async def open_case(service: Service, customer: WebCustomer, name: str = "Anna") -> Case:
    """A customer has sent a picture, been answered, and waits for a person."""
    await customer.say("What is this?", [Upload(png())])
    await customer.wait_for(1)
    return await service.hand_over(service.core.received[0].chat, name=name)


async def picture_of(service: Service, case: Case, sha256: str) -> tuple[int, str]:
    """The status and the type of a case's picture."""
    url = f"{service.url}/desk/cases/{case.id}/pictures/{sha256}"
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        return response.status, response.content_type


async def test_only_operators_see_it(service: Service, customer: WebCustomer) -> None:
    case = await open_case(service, customer)
    shot = f"/desk/cases/{case.id}/pictures/{picture().ref.sha256}"
    for path in ("/desk", f"/desk/cases/{case.id}", shot, "/desk/cases/99"):
        status, body, _ = await get(service.url + path, {"X-Forwarded-For": "203.0.113.9"})
        assert (path, status) == (path, 403)
        assert "LOOKSEE_WEB__OPERATOR_TOKEN" in body
        assert "Anna" not in body


async def test_without_cases_it_says_what_it_is_for_and_how_it_is_set_up(service: Service) -> None:
    page = await see(service)
    assert "Nobody waits for a person." in page
    assert "LOOKSEE_DESK__SLACK_CHANNEL" not in page
    service.places = False
    await service.go_away()
    await service.come_back()
    assert "LOOKSEE_DESK__SLACK_CHANNEL" in await see(service)
    assert "尚未设置客服工作的频道或群组" in await see(service, headers=CHINESE)


async def test_open_cases_are_listed_with_their_state_and_the_days_figures(
    service: Service, customer: WebCustomer
) -> None:
    case = await open_case(service, customer)
    page = await see(service)
    assert f"#{case.id} · waiting for a person" in text_of(page)
    assert "Anna (web page)" in text_of(page)
    assert "What is this?" in page
    assert f'href="/desk/cases/{case.id}"' in page
    assert '<td data-label="Questions">1</td>' in page
    assert "等待人工" in await see(service, headers=CHINESE)
    case = await moved(service.store, case, CaseState.HUMAN, MIA)
    assert "Mia has it" in await see(service)
    await moved(service.store, case, CaseState.CLOSED, MIA)
    assert "Nobody waits for a person." in await see(service)


async def test_those_who_wait_come_first_and_the_heading_counts_all(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "MOST_CASES", 3)
    chats = [ChatKey("web", "", str(number)) for number in range(5)]
    cases = [await service.hand_over(chat, name=f"Number {chat.chat}") for chat in chats]
    for case in cases[:3]:
        await moved(service.store, case, CaseState.HUMAN, MIA)
    page = text_of(await see(service))
    assert "Open cases (2 waiting, 3 with a person)" in page
    assert [page.find(f"Number {number}") > 0 for number in range(5)] == [True, False, False, True, True]
    assert page.find("Number 3") < page.find("Number 4") < page.find("Number 0")
    assert "… and 2 more." in page
    assert "未结会话（等待 2，处理中 3）" in await see(service, headers=CHINESE)


async def test_a_case_shows_its_log_with_pictures(service: Service, customer: WebCustomer) -> None:
    case = await open_case(service, customer)
    chat = case.chat
    case = await moved(service.store, case, CaseState.HUMAN, MIA)
    sent = picture("#a27")
    row = await service.core.agent_says(chat, Reply("It is **a form**", author="Mia"), (sent,))
    await service.core.agent_says(chat, Reply("taken back", author="Mia"))
    await customer.say("thank you")
    await service.core.wait_for(2)
    await service.core.settle()
    log = (NewEntry(case.id, LogKind.NOTE, MIA, "polite customer"),)
    await service.store.commit(Outcome(ChatKey("slack", "T1", "CDESK", "9.1"), (), log=log))
    page = await see(service, f"/desk/cases/{case.id}")
    assert "It is **a form**" in page  # as she typed it
    for words in ("Mia", "has taken the case", "thank you", "polite customer"):
        assert words in page
    assert await picture_of(service, case, sent.ref.sha256) == (200, "image/png")
    await service.core.agent_edits(row, None)
    await service.store.retract(chat, "room:slack:CDESK:1")
    page = await see(service, f"/desk/cases/{case.id}")
    assert "(This was deleted.)" in page
    assert "a form" not in page
    assert (await picture_of(service, case, sent.ref.sha256))[0] == 404


async def test_a_picture_of_another_case_is_not_shown(
    service: Service, customer: WebCustomer, other: WebCustomer
) -> None:
    case = await open_case(service, customer)
    await other.say("Mine", [Upload(png(colour="#123456"))])
    await other.wait_for(1)
    another = await service.hand_over(service.core.received[1].chat)
    sha256 = picture("#123456").ref.sha256
    assert [(await picture_of(service, one, sha256))[0] for one in (another, case)] == [200, 404]


async def test_what_is_not_there_is_said(service: Service) -> None:
    status, body, _ = await get(f"{service.url}/desk/cases/4711")
    assert (status, "There is no case #4711" in body) == (404, True)
    assert (await get(f"{service.url}/desk/cases/4711/pictures/{'0' * 64}"))[0] == 404
    assert (await get(f"{service.url}/desk/cases/{10**18}"))[0] == 404


@pytest.mark.browser
async def test_in_a_browser_nothing_acts_that_anybody_wrote(
    service: Service, customer: WebCustomer, chromium: Browser
) -> None:
    case = await open_case(service, customer, name=ATTACK)
    case = await moved(service.store, case, CaseState.HUMAN, MIA)
    await service.core.agent_says(case.chat, Reply(ATTACK, author=ATTACK), (picture("#a27"),))
    asked = NewTurn("customer", ATTACK, (), ("x",), case.customer)
    note = NewEntry(case.id, LogKind.NOTE, MIA, ATTACK)
    await service.store.commit(Outcome(case.chat, (), question=asked, answer=NewTurn("bot", ATTACK), log=(note,)))
    page = await (await chromium.new_context(locale="en-US")).new_page()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.on("console", lambda message: seen.append(message.text))
    page.on("dialog", lambda dialog: seen.append(dialog.message))
    for path in ("/desk", f"/desk/cases/{case.id}"):
        await page.goto(service.url + path)
        await expect(page.locator("h1")).to_be_visible()
        await expect(page.locator(".card.human")).to_have_count(1)
        await _pictures_loaded(page)
        targets = await page.evaluate("[...document.querySelectorAll('a')].map((a) => a.href)")
        assert all(target.startswith(f"{service.url}/desk") for target in targets), targets
        assert await page.locator("script, iframe, [onerror]").count() == 0
    assert all(url.startswith(service.url) for url in seen), seen


async def _pictures_loaded(page: Page) -> None:
    loaded = "[...document.images].every((image) => image.complete && image.naturalWidth > 0)"
    async with asyncio.timeout(10):
        await page.wait_for_function(loaded)


@pytest.mark.browser
async def test_on_a_telephone_all_figures_are_on_the_page(
    service: Service, customer: WebCustomer, chromium: Browser
) -> None:
    await open_case(service, customer)
    context = await chromium.new_context(locale="en-US", viewport={"width": 390, "height": 844}, is_mobile=True)
    page = await context.new_page()
    await page.goto(f"{service.url}/desk")
    cells = page.locator("tbody :is(th, td)")
    await expect(cells).to_have_count(8)
    for at in range(8):
        box = await cells.nth(at).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    named = "(cell) => getComputedStyle(cell, '::before').content"
    assert [await cells.nth(at).evaluate(named) for at in (1, 7)] == ['"Chats"', '"Median time"']
