"""A team in a Telegram group with topics, whose customers write on the shop's page, one of them in Chinese."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from playwright.async_api import FilePayload, Page, expect

from bot.sections import DeskSettings
from tests.fakes.telegram_person import Person as Agent
from tests.fakes.telegram_team import AGENTS
from tests.pictures.drawing import Camera, chat
from tests.pictures.stage import BO, XIAOMEI, Stage, stage
from tests.pictures.telegram_chat import shown
from tests.screenshots import Screenshot, dialog, order

_DESK: Final = DeskSettings(telegram_group=AGENTS, hours="24/7")


async def play(camera: Camera, folder: Path) -> None:
    """Draw what the team sees, what customers see, and what an operator does."""
    async with stage(folder, _DESK) as scene:
        await _in_english(camera, scene)
        await _in_chinese(camera, scene)
        await _console(camera, scene)


async def _in_english(camera: Camera, scene: Stage) -> None:
    page = await camera.open(1000, 922)
    await page.goto(scene.bot.url)
    await _ask(scene, page, "What does this error message say?", dialog())
    await page.get_by_role("button", name="Talk to a person").click()
    topic = await scene.team.opened(1)
    await scene.quiet()
    bo = scene.team.agent(BO, topic)
    await _press(scene, bo, topic, "Take")
    bo.say("/ask What is the error code?")
    await scene.quiet()
    bo.say("/suggest")
    await scene.quiet()
    await _press(scene, bo, topic, "Send")
    await _ask(scene, page, "That worked! And where do I see my order?")
    bo.photo(order().data, "Here, under “My orders”. It has been shipped already.")
    await scene.quiet()
    messages = shown(scene.telegram, scene.team.messages(topic))
    await camera.draw("desk-telegram", chat("telegram", scene.team.topics[topic], messages), width=620)
    bo.say("/close")
    await scene.quiet()
    mark = page.get_by_role("button", name="5 of 5")
    await expect(mark).to_be_visible()
    await camera.take("desk-web", page)
    await page.context.close()


async def _in_chinese(camera: Camera, scene: Stage) -> None:
    page = await camera.open(390, 844, chinese=True, phone=True)
    await page.goto(scene.bot.url)
    await _ask(scene, page, "这是什么错误？", dialog("E-5031", colour="red"))
    await page.get_by_role("button", name="转人工").click()
    topic = await scene.team.opened(2)
    await scene.quiet()
    xiaomei = scene.team.agent(XIAOMEI, topic, name="小美", language="zh")
    await _press(scene, xiaomei, topic, "Take")
    xiaomei.photo(order(status="Paid").data, "您好！已经帮您换了一种支付方式，订单付款成功，您可以看一下 🍵")
    await scene.quiet()
    await _ask(scene, page, "好了，谢谢！")
    await expect(page.locator("#standing-text")).to_contain_text("小美")
    await camera.take("desk-web-zh", page)
    await page.context.close()


async def _console(camera: Camera, scene: Stage) -> None:
    dora = scene.on_telegram(1004, "Dora")
    dora.photo(order("77-10583", status="Delivered").data, "What is the status?")
    await scene.quiet()
    dora.say("It never arrived. I want to talk to a human.")
    await scene.team.opened(3)
    await scene.quiet()
    page = await camera.open(1000, 900)
    await page.goto(f"{scene.bot.url}/desk")
    await camera.take("desk-console", page, whole=True)
    await page.context.close()


async def _ask(scene: Stage, page: Page, text: str, shot: Screenshot | None = None) -> None:
    if shot is not None:
        await page.set_input_files("#files", FilePayload(name=shot.name, mimeType="image/png", buffer=shot.data))
        await expect(page.locator("#tray .thumbnail")).to_have_count(1)
    await page.fill("#text", text)
    await page.get_by_role("button", name="Send" if "en" in await _language(page) else "发送", exact=True).click()
    said = page.locator("#messages > .customer").last
    await expect(said).to_contain_text(text)
    await expect(said).not_to_have_class("sending")
    await scene.quiet()


async def _language(page: Page) -> str:
    language: str = await page.evaluate("document.documentElement.lang")
    return language


async def _press(scene: Stage, agent: Agent, topic: int, label: str) -> None:
    """Press the newest button in a topic that is called so."""
    found = [said for said in scene.team.messages(topic) if label in _labels(said)]
    agent.press(found[-1]["message_id"], label)
    await scene.quiet()


def _labels(message: dict[str, Any]) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [key["text"] for row in rows for key in row]
