"""People on the page in a real browser: their messages, the way to them, buttons, satisfaction, reasons, changes."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from bot.cases import CaseState
from bot.messages import Button, ChatKey, File, Kind, Reply
from bot.people import Admission, Refusal
from tests.contracts.desk import moved
from tests.test_web.conftest import Open
from tests.test_web.service import MIA, Service, picture
from tests.test_web.test_page import answers, ask

pytestmark = pytest.mark.browser
UNSEEN = "\u202e\u200b"
ATTACK = f'<img src=x onerror="document.title=1">{UNSEEN}"&'
MARKS = tuple(Button(str(mark), "rate", f"#1 {mark}") for mark in range(1, 6))


async def begin(page: Page, service: Service) -> ChatKey:
    """The first question, with its answer; returns the chat."""
    await ask(page, "hello")
    await expect(answers(page)).to_have_count(1)
    return service.core.received[0].chat


async def test_a_persons_message_is_told_from_the_bots(open_page: Open, service: Service) -> None:
    page = await open_page()
    chat = await begin(page, service)
    await service.hand_over(chat, to=MIA)
    file = File("ticket.json", "application/json", b'{"order": 7}')
    await service.core.agent_says(chat, Reply("I see it: **press here**.", author="Mia", file=file), (picture(),))
    said = page.locator("#messages > .person")
    await expect(said.locator(".byline")).to_have_text("A person: Mia", use_inner_text=True)
    await expect(said.locator(".answer strong")).to_have_text("press here")
    await expect(said.locator(".pictures img")).to_have_js_property("naturalWidth", 64)
    await expect(said.get_by_role("button", name="Helpful")).to_have_count(0)
    await expect(page.locator("#standing-text")).to_have_text("You are talking to Mia")
    await expect(page.get_by_role("textbox", name="Write to Mia…")).to_have_attribute("placeholder", "Write to Mia…")
    await expect(page.get_by_role("button", name="Talk to a person")).to_be_hidden()
    async with page.expect_download() as download:
        await said.get_by_role("link", name="Download ticket.json").click()
    assert (await download.value).suggested_filename == "ticket.json"
    colours = [
        await line.locator(".bubble").evaluate("(e) => getComputedStyle(e).backgroundColor")
        for line in (said, page.locator("#messages > .bot:not(.person)"))
    ]
    assert colours[0] != colours[1]
    # Nobody is at work on what is written to a person, so nothing says so.
    await ask(page, "thank you")
    await service.core.wait_for(2)
    await service.core.settle()
    await expect(page.locator("#messages > .customer").last).not_to_have_class("sending")
    await expect(page.locator("#live")).to_be_hidden()
    await expect(page.get_by_role("button", name="Stop answering")).to_be_hidden()
    await page.reload()
    await expect(said.locator(".byline b")).to_have_text("Mia")
    await expect(page.locator("#live")).to_be_hidden()


async def test_the_way_to_a_person_and_back(open_page: Open, service: Service) -> None:
    page = await open_page()
    chat = await begin(page, service)
    await service.core.say(chat, Reply("Perhaps a person?", buttons=(Button("Talk to a person", "human"),)))
    await expect(answers(page)).to_have_count(2)
    await page.get_by_role("button", name="Talk to a person").click()  # there is one alone, for all messages
    await expect(answers(page).last).to_have_text("command human done")
    assert (service.core.received[-1].kind, service.core.received[-1].command) == (Kind.COMMAND, "human")
    case = await service.hand_over(chat)
    await service.core.notice(chat, "Somebody comes")
    await expect(page.locator("#standing-text")).to_contain_text("Until then the assistant goes on answering")
    case = await moved(service.store, case, CaseState.HUMAN, MIA)
    await service.core.notice(chat, "Mia is here")
    await expect(page.locator("#standing-text")).to_have_text("You are talking to Mia")
    await page.click("#language")
    await expect(page.locator("#standing-text")).to_have_text("正在与 Mia 对话")
    await expect(page.locator("#text")).to_have_attribute("placeholder", "发消息给 Mia…")
    await moved(service.store, case, CaseState.CLOSED, MIA)
    await service.core.notice(chat, "Closed")
    await expect(page.locator("#standing-text")).to_contain_text("本次对话已结束")
    await expect(page.locator("#text")).to_have_attribute("placeholder", "就截图提问…")
    await ask(page, "something else")
    await expect(answers(page)).to_have_text(["You asked: something else"])
    await expect(page.locator("#messages .customer .bubble")).to_have_text(["something else"])
    await expect(page.locator("#standing-text")).to_have_text("")


@pytest.mark.parametrize("state", [CaseState.WAITING, CaseState.HUMAN])
async def test_a_new_conversation_asks_first_while_a_person_would_be_left(
    open_page: Open, service: Service, state: CaseState
) -> None:
    page = await open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    chat = await begin(page, service)
    new = page.get_by_role("button", name="New conversation")
    await expect(new).to_have_text("New", use_inner_text=True)
    taken = state is CaseState.HUMAN
    await service.hand_over(chat, to=MIA if taken else None)
    await service.core.notice(chat, "Somebody comes")
    sentence = (
        "You are talking to Mia. A new conversation ends this one."
        if taken
        else "You are waiting for a person. A new conversation takes you out of the queue."
    )
    sure = page.get_by_role("dialog", name=sentence)
    await page.fill("#text", "half a sentence")
    await new.tap()
    await sure.get_by_role("button", name="Cancel").tap()
    await expect(sure).to_be_hidden()
    await expect(answers(page)).to_have_count(2)
    await expect(page.locator("#text")).to_have_value("half a sentence")
    assert len(service.core.received) == 1
    await new.tap()
    await sure.get_by_role("button", name="New conversation").tap()
    await expect(answers(page)).to_have_count(1)
    await expect(answers(page)).to_contain_text("A new conversation begins")
    assert [inbound.command for inbound in service.core.received] == ["", "new"]


async def test_without_people_none_are_offered(open_page: Open, service: Service) -> None:
    service.places = False
    await service.go_away()
    await service.come_back()
    page = await open_page()
    await expect(page.locator("#greeting")).to_be_visible()
    await expect(page.locator("#standing")).to_be_hidden()


async def test_buttons_are_asked_about_pressed_once_and_gone_with_the_next_message(
    open_page: Open, service: Service
) -> None:
    page = await open_page()
    chat = await begin(page, service)
    buttons = (Button("Erase all", "forget", "yes", "danger", "Erase everything?"), Button("Help", "help"))
    await service.core.say(chat, Reply("What now?", buttons=buttons))
    erase = page.get_by_role("button", name="Erase all")
    await erase.focus()
    await page.keyboard.press("Enter")
    sure = page.get_by_role("dialog", name="Erase everything?")
    await expect(sure.get_by_role("button", name="Cancel")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(sure).to_be_hidden()
    await expect(erase).to_be_focused()
    assert len(service.core.received) == 1
    service.core.silent = True  # nothing is said to it yet
    await erase.click()
    await sure.get_by_role("button", name="Erase all").click()
    await expect(erase).to_have_attribute("aria-pressed", "true")
    other = page.get_by_role("button", name="Help", exact=True)
    await expect(other).to_have_attribute("aria-disabled", "true")
    await other.click(force=True)
    pressed = (await service.core.wait_for(2))[-1]
    assert (pressed.command, pressed.text, pressed.reply_to) == ("forget", "yes", "out-2")
    await service.core.notice(chat, "Done")
    await expect(other).to_be_hidden()
    assert len(service.core.received) == 2


async def test_satisfaction_is_a_row_of_five(open_page: Open, service: Service) -> None:
    page = await open_page(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    chat = await begin(page, service)
    await service.core.say(chat, Reply("How satisfied were you?", buttons=MARKS))
    marks = page.get_by_role("group", name="Your rating, from 1 to 5")
    await expect(marks.get_by_role("button")).to_have_text(["1", "2", "3", "4", "5"])
    await expect(marks.locator("span")).to_have_text(["Not satisfied", "Very satisfied"])
    boxes = [await marks.get_by_role("button").nth(at).bounding_box() for at in range(5)]
    assert len({box["y"] for box in boxes if box}) == 1
    assert all(box and box["width"] >= 44 and box["height"] >= 44 for box in boxes)
    assert await page.evaluate("document.querySelector('#scroll').scrollWidth") <= 360
    await marks.get_by_role("button", name="4 of 5").tap()
    pressed = (await service.core.wait_for(2))[-1]
    assert (pressed.command, pressed.text) == ("rate", "#1 4")


@pytest.mark.parametrize("chosen", ["unclear", "in other words"])
async def test_thumbs_down_asks_why(open_page: Open, service: Service, chosen: str) -> None:
    page = await open_page()
    await begin(page, service)
    await page.get_by_role("button", name="Not helpful").focus()
    await page.keyboard.press("Enter")
    why = page.get_by_role("group", name="What was wrong with it?")
    await expect(page.get_by_role("button", name="Not helpful")).to_have_attribute("aria-pressed", "true")
    if chosen == "unclear":
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
    else:
        await why.get_by_role("button", name="Other…").click()
        await page.keyboard.type(chosen)
        await service.core.notice(service.core.received[0].chat, "meanwhile")
        await page.evaluate("window.dispatchEvent(new Event('online'))")  # connects again, and reads everything anew
        await expect(answers(page)).to_have_count(2)
        await expect(why.get_by_role("textbox")).to_have_value(chosen)
        await expect(why.get_by_role("textbox")).to_be_focused()
        await page.keyboard.press("Enter")
    await expect(page.get_by_text("Thank you, that helps us.")).to_be_visible()
    await expect(why).to_be_hidden()
    given = [(inbound.rating, inbound.text) for inbound in service.core.received[1:]]
    assert given == [(-1, ""), (-1, chosen)]


async def test_on_a_small_screen_the_reasons_come_into_view(open_page: Open, service: Service) -> None:
    service.core.script = lambda _: ["A long answer. " * 40]
    page = await open_page(viewport={"width": 320, "height": 568}, has_touch=True, is_mobile=True)
    await begin(page, service)
    await page.get_by_role("button", name="Not helpful").tap()
    why = page.get_by_role("group", name="What was wrong with it?")
    await expect(why.get_by_role("button", name="Other…")).to_be_in_viewport(ratio=1)
    below = (
        "(why) => why.getBoundingClientRect().bottom - document.querySelector('#scroll').getBoundingClientRect().bottom"
    )
    assert await why.evaluate(below) <= 0


async def test_changes_and_removals_are_seen_live_and_after_coming_back(open_page: Open, service: Service) -> None:
    page = await open_page()
    chat = await begin(page, service)
    await service.hand_over(chat, to=MIA)
    rows = [await service.core.agent_says(chat, Reply(text, author="Mia")) for text in ("one", "two", "three")]
    await expect(answers(page)).to_have_text(["You asked: hello", "one", "two", "three"])
    await service.core.agent_edits(rows[0], Reply("one, corrected", author="Mia"))
    await service.core.agent_edits(rows[1], None)
    await expect(answers(page)).to_have_text(["You asked: hello", "one, corrected", "three"])
    await service.go_away()
    await expect(page.locator("#connection")).to_be_visible()
    await service.core.agent_edits(rows[0], Reply("one, right now", author="Mia"))
    await service.core.agent_edits(rows[2], None)
    await service.come_back()
    await expect(answers(page)).to_have_text(["You asked: hello", "one, right now"])
    await page.reload()
    await expect(answers(page)).to_have_text(["You asked: hello", "one, right now"])


async def test_what_is_met_with_silence_is_not_waited_for(open_page: Open, service: Service) -> None:
    page = await open_page()
    chat = await begin(page, service)
    await service.core.say(chat, Reply("Well?", buttons=(Button("Help", "help"),)))
    service.core.admission = Admission(Refusal.TOO_FAST, silent=True)
    thumb, button = (page.get_by_role("button", name=name, exact=True) for name in ("Helpful", "Help"))
    await thumb.click()
    await expect(page.locator(".feedback .note")).to_contain_text("for the reason given before")
    await expect(thumb).to_have_attribute("aria-pressed", "false")
    await button.click()
    await expect(page.locator(".buttons .trouble")).to_contain_text("for the reason given before")
    await expect(button).to_have_attribute("aria-disabled", "false")
    await ask(page, "too fast")
    line = page.locator("#messages > .unheard")
    await expect(line).to_contain_text("for the reason given before")
    await expect(page.locator("#live")).to_be_hidden()
    await ask(page, "/help")
    await expect(page.locator("#messages > .refused")).to_contain_text("for the reason given before")
    service.core.admission = Admission()
    await line.get_by_role("button", name="Try again").click()
    await expect(answers(page).last).to_have_text("You asked: too fast")
    await expect(line).to_have_count(0)


async def test_hostile_names_buttons_and_files_are_text(open_page: Open, service: Service) -> None:
    page = await open_page()
    chat = await begin(page, service)
    await service.hand_over(chat, to=MIA)
    file = File(f"../{ATTACK}.html", "text/html", b"<script>alert(1)</script>")
    buttons = (Button(ATTACK, "help", confirm=ATTACK),)
    await service.core.say(chat, Reply(ATTACK, author=ATTACK, file=file, buttons=buttons))
    await expect(page.locator(".byline b")).to_have_text(ATTACK.replace(UNSEEN, ""))
    button = page.get_by_role("button", name="<img")
    await expect(button).to_have_text(ATTACK)
    await button.click()
    await expect(page.locator("#sure p")).to_have_text(ATTACK)
    await page.keyboard.press("Escape")
    assert await page.locator("#messages :is(.byline, .buttons, .answer, .file) img").count() == 0
    assert await page.title() == "Tea & Kettle"
    async with page.expect_download() as download:
        await page.locator(".file").click()
    assert "/" not in (await download.value).suggested_filename
