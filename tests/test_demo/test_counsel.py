"""Agents ask the demo model about a customer's screenshots: it answers rightly, and reads nothing twice."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import cast

import pytest
import pytest_asyncio

from bot.demo import DEMO_MODEL
from bot.messages import ChatKey, Usage
from bot.ports import Generation, Prompt
from bot.sections import ChatSettings, ModelSettings
from bot.settings import Settings
from tests.agents import BEN, PLACE, hand_over, order
from tests.doubles import ListAdapter, ScriptedModel
from tests.models import WatchedGate, engine
from tests.screenshots import dialog, in_chinese, says
from tests.screenshots import order as order_page
from tests.test_core.conftest import Bench

pytestmark = pytest.mark.asyncio(loop_scope="module")

DIALOG, ORDER = dialog(), order_page()


@dataclass
class Desk:
    """A running core with the demo model and a place for agents, and what the model was asked."""

    bench: Bench
    gate: WatchedGate
    asked: list[tuple[Prompt, Generation]] = field(default_factory=list)

    async def customer(self, chat: ChatKey, text: str, *files: bytes) -> str:
        """What a customer is answered."""
        platform = self.bench.platform
        count = len(platform.texts(chat))
        await self.bench.say(text, chat=chat, sender=f"list:{chat.chat}", files=files)
        return (await platform.wait_for(chat, count + 1))[-1]

    async def agent(self, room: ChatKey, verb: str, text: str = "") -> str:
        """What an agent is answered."""
        return (await order(self.bench, room, verb, text)).text

    @property
    def usage(self) -> Usage:
        """What the newest answer took."""
        return self.asked[-1][1].usage

    @property
    def encoded(self) -> int:
        """How many pictures have been encoded."""
        return self.gate.steps.count("encode")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    settings = Settings(
        _env_file=None,
        data_dir=folder,
        agents=(BEN,),
        model=ModelSettings(max_tokens=256),
        chat=ChatSettings(burst_seconds=0, album_seconds=0),
    )
    gate = WatchedGate()
    model = engine((DEMO_MODEL.model, DEMO_MODEL.mmproj), gate, context=settings.model.context)
    await model.load()
    platform = ListAdapter()
    platform.desk = PLACE
    made = Desk(Bench(folder / "looksee.db", settings, cast("ScriptedModel", model), platform), gate)
    generate = model.generate

    def noted(prompt: Prompt) -> Generation:
        made.asked.append((prompt, generate(prompt)))
        return made.asked[-1][1]

    model.generate = noted  # type: ignore[method-assign, assignment]
    await made.bench.start()
    yield made
    await made.bench.stop()
    await model.close()


async def test_a_private_question_is_answered_rightly_and_reads_only_what_is_new(desk: Desk) -> None:
    chat = ChatKey("list", "", "anna")
    assert says(await desk.customer(chat, "What is the title?", DIALOG.data), DIALOG.title)
    computed, encoded = desk.usage.prompt_tokens + desk.usage.answer_tokens - 1, desk.encoded
    _, room = await hand_over(desk.bench, chat, "list:anna")

    assert says(await desk.agent(room, "ask", "What is the error code?"), DIALOG.error_code)
    first = desk.usage
    assert first.cached_tokens >= computed
    framing = sum(desk.bench.core.model.measure(message.text) for message in desk.asked[-1][0].messages[-3:-1])
    assert first.prompt_tokens - first.cached_tokens <= framing + 40

    answer = await desk.agent(room, "ask", "那标题呢？")
    assert says(answer, DIALOG.title)
    assert in_chinese(answer)
    assert desk.usage.cached_tokens >= first.prompt_tokens + first.answer_tokens - 1
    assert desk.usage.prompt_tokens - desk.usage.cached_tokens < 40

    assert says(await desk.customer(chat, "Which button should I press?"), DIALOG.button)
    assert desk.usage.cached_tokens >= computed
    assert desk.usage.prompt_tokens - desk.usage.cached_tokens < 40
    assert desk.encoded == encoded


async def test_the_ticket_of_a_screenshot_holds_its_error_code(desk: Desk) -> None:
    chat = ChatKey("list", "", "carl")
    await desk.customer(chat, "What does the message say?", DIALOG.data)
    case, room = await hand_over(desk.bench, chat, "list:carl")
    encoded = desk.encoded

    said = await order(desk.bench, room, "extract")

    assert said.file is not None
    assert said.file.name == f"ticket-{case.id}.json"
    filled = json.loads(said.file.data)
    assert (filled["error_code"], filled["screen"], filled["order_number"]) == (DIALOG.error_code, DIALOG.title, None)
    assert said.text == f"```json\n{said.file.data.decode()}\n```"
    assert desk.encoded == encoded
    assert desk.usage.cached_tokens > desk.usage.prompt_tokens / 2


async def test_the_second_screenshot_can_be_asked_about(desk: Desk) -> None:
    chat = ChatKey("list", "", "dora")
    await desk.customer(chat, "What is the title?", DIALOG.data)
    await desk.customer(chat, "And this one?", ORDER.data)
    _, room = await hand_over(desk.bench, chat, "list:dora")
    assert says(await desk.agent(room, "ask", "What is the total in the second screenshot?"), ORDER.total)
    assert says(await desk.agent(room, "ask", "What is the error code in the first screenshot?"), DIALOG.error_code)
