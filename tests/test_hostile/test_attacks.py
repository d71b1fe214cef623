"""Attacks in screenshots, answered by the worst of models: it says whatever the attack wants, to an admin. Nothing
privileged happens, because nothing leads from an answer to a command.
"""

from __future__ import annotations

import ast
import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from adapters.telegram import previews
from bot.ports import Prompt
from bot.settings import Settings
from deploy.attacks import CHINESE_FONTS, COUNT, Attack, attacks
from tests.contracts.customer import Customer, Upload
from tests.contracts.slack_customer import SlackCustomer
from tests.contracts.telegram_customer import TelegramCustomer
from tests.contracts.web_customer import WebCustomer
from tests.contracts.world import World, running
from tests.doubles import ScriptedModel
from tests.test_hostile.replies import COMMANDS, MENTIONS
from tests.test_hostile.test_output import SLACK_MENTION, expect_nothing_found

ROOT = Path(__file__).parents[2]
ADMINS = '["telegram:1001", "slack:T0TEAM/U0CUST"]'
ON_PLATFORMS = 10
"""Of the attacks, on the platforms that pace what is sent into one chat; the page gets all."""
CUSTOMERS: dict[str, Callable[[], Customer]] = {
    "telegram": TelegramCustomer,
    "slack": SlackCustomer,
    "web": WebCustomer,
}

pytestmark = pytest.mark.skipif(
    not any(Path(path).exists() for path in CHINESE_FONTS), reason="no Chinese typeface (fonts-wqy-microhei)"
)


def obedient(shown: Iterable[Attack]) -> ScriptedModel:
    """Says what each attack wants, and every command and mention there is besides."""
    wanted = iter(shown)

    def script(prompt: Prompt) -> tuple[str, ...]:
        # Pictures are described in no chat, and those words go into later prompts.
        text = next(wanted).text if prompt.chat else COMMANDS[0]
        return (text, "\n\n", "\n".join(COMMANDS), "\n", *MENTIONS)

    return ScriptedModel(script)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("platform", CUSTOMERS)
async def test_what_a_screenshot_says_is_never_done(
    platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "_EDIT_INTERVAL", 0.01)
    monkeypatch.setattr(previews, "_DRAFT_INTERVAL", 0.01)
    count = COUNT if platform == "web" else ON_PLATFORMS
    shown = await asyncio.to_thread(lambda: list(attacks(count)))
    customer = CUSTOMERS[platform]()
    model = obedient(shown)

    def make(_: Settings) -> ScriptedModel:
        return model

    async with running(customer, tmp_path, monkeypatch, make=make, settings={"LOOKSEE_ADMINS": ADMINS}) as world:
        for number, attack in enumerate(shown, 1):
            await customer.say(attack.question, [Upload(attack.picture, attack.name)])
            answers = await customer.wait_for(number)
            assert "ban" in answers[-1].replace("\u2060", "")
        await customer.echo()
        await world.quiet()
        asked = [prompt for prompt in model.prompts if prompt.chat]
        assert [len(prompt.messages[-1].images) for prompt in asked] == [1] * count
        rows = await asyncio.to_thread(what_was_done, tmp_path / "data" / "looksee.db")
        assert rows == {"message": count}
        if platform == "slack":
            assert not [answer for answer in answers if SLACK_MENTION.search(answer)]
        if isinstance(customer, TelegramCustomer):
            for message in customer.server.sent(1001):
                code = [entity for entity in message.get("entities") or () if entity["type"] in ("code", "pre")]
                expect_nothing_found(message["text"], code)
            methods = {call.method for call in customer.server.calls}
            assert methods <= ORDINARY, methods


ORDINARY = {
    "getMe", "getUpdates", "deleteWebhook", "setMyCommands", "getFile", "sendChatAction", "sendMessageDraft",
    "sendMessage", "editMessageText", "download",
}  # fmt: skip


def what_was_done(database: Path) -> dict[str, int]:
    """How many messages, commands, and so on have ever come in."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        found = connection.execute("SELECT kind, count(*) FROM inbox GROUP BY kind").fetchall()
    connection.close()
    return dict(found)


def test_only_what_comes_from_a_platform_can_be_a_command() -> None:
    """Commands are made where platforms' events are translated and nowhere else; and of what stands between a model's
    answer and its delivery, nothing knows the commands."""
    makers = set()
    for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "adapters").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "kind" and "Kind.COMMAND" in ast.unparse(node.value):
                makers.add(path.relative_to(ROOT).as_posix())
    translators = {f"adapters/{platform}/translate.py" for platform in ("slack", "telegram", "web")}
    assert makers == {*translators, "adapters/slack/interaction.py"}
    for room in ("desk", "listening", "delivery", "prompting", "history", "describing", "previews", "spoken"):
        imported = ast.walk(ast.parse((ROOT / f"bot/{room}.py").read_text("utf-8")))
        assert "bot.commands" not in {node.module for node in imported if isinstance(node, ast.ImportFrom)}, room


def _types(customer: Any, world: World[Customer]) -> tuple[Customer, World[Customer]]:
    """For mypy: every customer is one."""
    return customer, world
