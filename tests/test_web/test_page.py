"""The page in a real browser. Whatever the page reports to the console as an error fails the test."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest
from playwright.async_api import FilePayload, Page, Route, expect

from bot.messages import Inbound, Kind
from bot.texts import DEMO
from tests.test_web.conftest import Open
from tests.test_web.service import MAX_BYTES, Service, png

pytestmark = pytest.mark.browser
expect.set_options(timeout=15_000)

ATTACK = '<img src=x onerror="document.title=1"><script>document.title=2</script>'


async def ask(page: Page, text: str) -> None:
    await page.fill("#text", text)
    await page.press("#text", "Enter")


def picture(name: str, data: bytes = b"") -> FilePayload:
    return FilePayload(name=name, mimeType="image/png", buffer=data or png())


def answers(page: Page) -> Any:
    return page.locator("#messages > .bot .answer")


async def test_asking_reading_and_asking_further(open_page: Open, service: Service) -> None:
    page = await open_page()
    await page.get_by_role("button", name="What does this error message mean?").click()
    await expect(page.locator("#text")).to_have_value("What does this error message mean?")
    await page.set_input_files("#files", picture("错误.png"))
    await expect(page.locator("#tray .thumbnail")).to_have_count(1)
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(answers(page)).to_have_text(["You asked: What does this error message mean?"])
    (inbound,) = service.core.received
    assert [(a.name, a.data) for a in inbound.attachments] == [("错误.png", png())]
    await expect(page.locator("#greeting")).to_be_hidden()

    await ask(page, "And further?")
    await expect(answers(page)).to_have_count(2)
    await page.get_by_role("button", name="Not helpful").last.click()
    await service.core.wait_for(3)
    await service.core.settle()
    await page.reload()
    await expect(answers(page)).to_have_count(2)
    await expect(page.get_by_role("button", name="Not helpful").last).to_have_attribute("aria-pressed", "true")
    await expect(page.locator("#messages .pictures img")).to_have_js_property("naturalWidth", 64)

    await page.get_by_role("button", name="Enlarge screenshot 1").click()
    await expect(page.locator("#viewer img")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#viewer")).to_be_hidden()


async def test_pasting_and_dropping(open_page: Open, service: Service) -> None:
    page = await open_page()
    transfer = await page.evaluate_handle(
        """(encoded) => {
            const bytes = Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], "image.png", { type: "image/png" }));
            return transfer;
        }""",
        base64.b64encode(png()).decode(),
    )
    paste = "(t) => document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: t, bubbles: true}))"
    await transfer.evaluate(paste)
    await expect(page.locator("#tray .thumbnail")).to_have_count(1)
    await page.dispatch_event("main", "dragenter", {"dataTransfer": transfer})
    await expect(page.locator("#drop")).to_be_visible()
    await page.dispatch_event("main", "drop", {"dataTransfer": transfer})
    await expect(page.locator("#drop")).to_be_hidden()
    await expect(page.locator("#tray .thumbnail")).to_have_count(2)
    await page.get_by_role("button", name="Remove image.png").first.click()
    await expect(page.locator("#tray .thumbnail")).to_have_count(1)
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(answers(page)).to_have_count(1)
    assert [a.data for a in service.core.received[0].attachments] == [png()]


async def test_what_cannot_be_sent_is_said_before_uploading(open_page: Open, service: Service) -> None:
    page = await open_page()
    files = [picture("huge.png", png() + bytes(MAX_BYTES)), picture("letter.png", b"Dear Sir or Madam")]
    await page.set_input_files("#files", files)
    problem = page.get_by_role("alert")
    await expect(problem).to_contain_text("huge.png” is larger than")
    await expect(problem).to_contain_text("letter.png” is not a picture")
    await page.set_input_files("#files", [picture(f"{n}.png") for n in "abcd"])
    await expect(problem).to_contain_text("Up to 3 pictures")
    await expect(page.locator("#tray .thumbnail")).to_have_count(3)
    await ask(page, "x" * 501)
    await expect(problem).to_contain_text("501 characters")
    assert service.core.received == []


async def test_streaming_and_stopping(open_page: Open, service: Service) -> None:
    page = await open_page()
    service.core.script = lambda _: ["It is **half** ", "done"]
    service.core.go.clear()
    service.core.free = 1
    await ask(page, "slowly, please")
    live = page.locator("#live.writing .answer")
    await expect(live).to_have_text("It is half")
    await expect(live.locator("strong")).to_have_text("half")
    await page.get_by_role("button", name="Stop answering").click()
    await expect(answers(page)).to_have_count(2)
    assert sorted(await answers(page).all_inner_texts()) == ["It is half", "command stop done"]
    await expect(page.locator("#live")).to_be_hidden()
    await expect(page.get_by_role("button", name="Stop answering")).to_be_hidden()


@pytest.mark.parametrize("leaving", ["closed", "loaded again"])
async def test_a_page_that_is_closed_stops_the_answer_it_was_shown(
    open_page: Open, service: Service, monkeypatch: pytest.MonkeyPatch, leaving: str
) -> None:
    returning = 0.5 if leaving == "closed" else 5.0  # a busy machine takes its time to load a page
    monkeypatch.setattr("adapters.web.leaving.RETURN_SECONDS", returning)
    monkeypatch.setattr("adapters.web.streams.ALIVE_SECONDS", 0.1)
    page = await open_page()
    service.core.script = lambda _: ["It is half ", "done"]
    service.core.go.clear()
    service.core.free = 1
    await ask(page, "slowly, please")
    await expect(page.locator("#live.writing .answer")).to_have_text("It is half")
    if leaving == "closed":
        context = page.context
        await page.close(run_before_unload=True)
        received = await service.core.wait_for(2)
        assert (received[1].kind, received[1].command) == (Kind.COMMAND, "stop")
        assert received[1].chat == received[0].chat
        await service.core.settle()
        page = await context.new_page()
        await page.goto(service.url)
        await expect(answers(page)).to_have_count(2)
        assert sorted(await answers(page).all_inner_texts()) == ["It is half", "command stop done"]
    else:
        await page.reload()
        await expect(page.locator("#live.writing .answer")).to_have_text("It is half")
        await asyncio.sleep(returning + 0.7)  # longer than a page has for coming back
        service.core.go.set()
        await expect(answers(page)).to_have_text(["It is half done"])
        assert len(service.core.received) == 1


async def test_a_new_conversation_and_typed_commands(open_page: Open, service: Service) -> None:
    page = await open_page()
    second = await page.context.new_page()
    await second.goto(service.url)
    await ask(page, "to be forgotten")
    await expect(answers(second)).to_have_text(["You asked: to be forgotten"])
    await expect(second.locator("#messages .customer")).to_contain_text("to be forgotten")
    await page.get_by_role("button", name="New conversation").click()
    for one in (page, second):
        await expect(answers(one)).to_have_count(1)
        await expect(answers(one)).to_contain_text("A new conversation begins")
        await expect(one.locator("#messages .customer")).to_have_count(0)
    await ask(page, "/Help with this")
    await expect(answers(page).last).to_have_text("command help done")
    assert (service.core.received[-1].kind, service.core.received[-1].text) == (Kind.COMMAND, "with this")


async def test_what_another_tab_asks_while_this_one_connects_is_shown(open_page: Open, service: Service) -> None:
    page = await open_page()
    second = await page.context.new_page()
    answered = asyncio.Event()

    async def hold(route: Route) -> None:
        await answered.wait()
        await route.continue_()

    await second.route("**/api/events*", hold)
    await second.goto(service.url)
    await expect(second.locator("#company")).to_have_text("Tea & Kettle")
    await ask(page, "asked meanwhile")
    await expect(answers(page)).to_have_count(1)
    answered.set()
    await expect(answers(second)).to_have_text(["You asked: asked meanwhile"])
    await expect(second.locator("#messages .customer")).to_contain_text("asked meanwhile")


async def test_a_restart_of_the_service_loses_and_doubles_nothing(open_page: Open, service: Service) -> None:
    page = await open_page()
    await ask(page, "before")
    await expect(answers(page)).to_have_count(1)
    chat = service.core.received[0].chat
    await service.go_away()
    await expect(page.locator("#connection")).to_be_visible()
    await ask(page, "while you were away")
    await expect(page.locator("#messages .waiting")).to_contain_text("Not sent yet")
    await service.core.notice(chat, "said unheard")
    await service.come_back()
    await expect(page.locator("#connection")).to_be_hidden()
    expected = ["You asked: before", "said unheard", "You asked: while you were away"]
    await expect(answers(page)).to_have_text(expected)
    await expect(page.locator("#messages .customer .bubble")).to_have_text(["before", "while you were away"])
    await expect(page.locator("#messages .waiting")).to_have_count(0)


async def test_a_lost_response_does_not_ask_twice(open_page: Open, service: Service) -> None:
    page = await open_page()
    lost: list[str] = []

    async def lose(route: Route) -> None:
        await route.fetch()
        lost.append(route.request.url)
        await route.abort()

    await page.route("**/api/messages", lose, times=1)
    await ask(page, "only once")
    await expect(answers(page)).to_have_text(["You asked: only once"])
    await expect(page.locator("#messages .waiting")).to_have_count(0)
    assert len(lost) == len(service.core.received) == 1


async def test_keyboard_alone_and_composing_chinese(open_page: Open, service: Service) -> None:
    page = await open_page()
    await expect(page.locator("#text")).to_be_focused()
    await page.keyboard.type("line one")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("line two")
    composing = "(e) => e.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
    await page.locator("#text").evaluate(composing)
    await page.keyboard.type("!")
    await page.keyboard.press("Enter")
    await expect(answers(page)).to_have_count(1)
    assert service.core.received[0].text == "line one\nline two!"
    for _ in range(20):
        await page.keyboard.press("Shift+Tab")
        if await page.evaluate("document.activeElement.dataset.rating") == "1":
            break
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    await page.keyboard.press("Space")
    assert (await service.core.wait_for(2))[1].rating == 1


async def test_html_from_either_side_stays_text(open_page: Open, service: Service) -> None:
    page = await open_page()
    link = "[a](javascript:alert(1)) [b](https://evil.example) ![c](https://evil.example/p.png)"
    service.core.script = lambda _: [f"{ATTACK}\n\n{link}\n\n|x|\n|:-:|\n|`{ATTACK}`|"]
    await ask(page, ATTACK)
    await expect(page.locator("#messages .customer .bubble")).to_have_text(ATTACK)
    await expect(answers(page)).to_contain_text("<script>document.title=2</script>")
    await expect(answers(page)).to_contain_text("b (https://evil.example) c (https://evil.example/p.png)")
    assert await page.locator("#messages :is(a, .answer img, script, iframe)").count() == 0
    await expect(page.locator("#messages .answer td code")).to_have_text(ATTACK)
    assert await page.title() == "Tea & Kettle"


async def test_phone_chinese_and_dark(open_page: Open, service: Service) -> None:
    service.core.script = lambda _: [f"`{'x' * 300}`\n\n|a|b|\n|-|-|\n|{'宽' * 200}|{'y' * 200}|\n\n    {'z' * 300}"]
    page = await open_page(
        viewport={"width": 360, "height": 640}, locale="zh-CN", color_scheme="dark", has_touch=True, is_mobile=True
    )
    await expect(page.locator("#greeting h2")).to_have_text("有什么可以帮您？")
    await page.set_input_files("#files", [picture(f"{n}.png", png(1200, 60)) for n in "abc"])
    await expect(page.locator("#tray .thumbnail")).to_have_count(3)
    await ask(page, "很" * 200 + "w" * 200)
    await expect(answers(page)).to_have_count(1)
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    assert await page.evaluate("document.querySelector('#scroll').scrollWidth") <= 360
    assert await page.evaluate("document.documentElement.lang") == "zh-CN"
    light = [
        int(part) for part in (await page.evaluate("getComputedStyle(document.body).backgroundColor"))[4:-1].split(",")
    ]
    assert max(light) < 60
    assert service.core.received[0].sender.language == "zh"

    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("textbox")).to_have_attribute("placeholder", "Ask about a screenshot…")
    await page.reload()
    await expect(page.get_by_role("button", name="New conversation")).to_be_visible()


async def test_a_page_opened_in_the_middle_shows_what_goes_on(open_page: Open, service: Service) -> None:
    def script(inbound: Inbound) -> list[str]:
        return ["the beginning ", inbound.text]

    service.core.script = script
    service.core.go.clear()
    service.core.free = 1
    page = await open_page()
    await ask(page, "and the end")
    await expect(page.locator("#live.writing")).to_be_visible()
    await page.reload()
    await expect(page.locator("#messages .customer .bubble")).to_have_text("and the end")
    await expect(page.locator("#live.writing .answer")).to_have_text("the beginning")
    service.core.go.set()
    await expect(answers(page)).to_have_text(["the beginning and the end"])
    await expect(page.locator("#live")).to_be_hidden()


async def test_where_a_question_stands_is_shown_until_the_answer_begins(open_page: Open, service: Service) -> None:
    service.core.silent = True
    page = await open_page()
    await ask(page, "how long?")
    (inbound,) = await service.core.wait_for(1)
    preview = service.adapter.preview(inbound)
    for remark in ("number 2 <b>", "number 1"):
        preview.remark(remark)
        await expect(page.locator("#live .remark")).to_have_text(remark)
        await expect(page.locator("#activity")).to_have_text(remark)
    await expect(page.locator("#live .dots")).to_be_visible()
    await expect(page.locator("#live .answer")).to_be_hidden()
    preview.show("It says")
    await expect(page.locator("#live .answer")).to_have_text("It says")
    await expect(page.locator("#live .remark")).to_be_hidden()
    await preview.close(keep=True)


async def test_what_people_should_know_of_the_model_is_said_in_their_language(open_page: Open) -> None:
    page = await open_page()
    await expect(page.locator("#notice")).to_have_text(DEMO.en)
    await page.click("#language")
    await expect(page.locator("#notice")).to_have_text(DEMO.zh)
