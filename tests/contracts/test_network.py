"""The whole bot, and networks and platforms that fail: cut off, flooded, silent, breaking connections by chance."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import pytest

from adapters import pacing
from adapters.slack import api
from adapters.telegram import session
from tests.contracts.slack_customer import SlackCustomer
from tests.contracts.telegram_customer import TelegramCustomer
from tests.contracts.world import World, running, screenshot
from tests.doubles import ScriptedModel
from tests.fakes import slack_person, telegram_person, telegram_server
from tests.fakes.faults import FaultPlan
from tests.fakes.slack_server import MessageLimits
from tests.fakes.wire import Cut, Wire
from tests.waiting import until

CHATS = 12

pytestmark = pytest.mark.timeout(300)  # what is waited for takes its time on a busy machine


class Crowd(Protocol):
    """A platform behind a wire, and many people on it, each alone with the bot."""

    wire: Wire

    async def say(self, person: int, text: str) -> None: ...

    async def show(self, person: int, text: str, picture: bytes) -> None: ...

    def received(self, person: int) -> list[str]: ...

    def sends(self) -> list[tuple[str, Mapping[str, Any]]]: ...

    def plan(self, plan: FaultPlan) -> None: ...

    @property
    def refused(self) -> int: ...


class TelegramCrowd(TelegramCustomer):
    """On Telegram."""

    def __init__(self) -> None:
        super().__init__()
        self.wire = Wire()
        self.people = [telegram_person.Person(self.server, 2001 + number) for number in range(CHATS)]

    async def start(self) -> None:
        await super().start()
        self.server.limits = telegram_server.limits()
        await self.wire.start(int(self.server.url.rpartition(":")[2]))

    async def stop(self) -> None:
        await self.wire.stop()
        await super().stop()

    def environment(self) -> Mapping[str, str]:
        return {**super().environment(), "LOOKSEE_TELEGRAM__API_BASE": f"http://127.0.0.1:{self.wire.port}"}

    async def say(self, person: int, text: str) -> None:  # type: ignore[override]
        self.people[person].say(text)

    async def show(self, person: int, text: str, picture: bytes) -> None:
        self.people[person].photo(picture, text)

    def received(self, person: int) -> list[str]:
        return [message["text"] for message in self.server.sent(2001 + person)]

    def sends(self) -> list[tuple[str, Mapping[str, Any]]]:
        return [(c.method, c.values) for c in self.server.calls if c.method in ("sendMessage", "getMe")]

    def plan(self, plan: FaultPlan) -> None:
        self.server.plan = plan

    @property
    def refused(self) -> int:
        assert self.server.limits is not None
        return self.server.limits.refused


class SlackCrowd(SlackCustomer):
    """On Slack."""

    def __init__(self) -> None:
        super().__init__()
        self.wire = Wire()
        self.people = [slack_person.Person(self.server, f"U{n:06}", f"D{n:06}") for n in range(CHATS)]

    async def start(self) -> None:
        await super().start()
        self.server.limits = MessageLimits()
        await self.wire.start(int(self.server.url.rpartition(":")[2]))
        self.server.url = f"http://127.0.0.1:{self.wire.port}"  # sockets go through it, too
        self._again = asyncio.create_task(self._report_again())

    async def stop(self) -> None:
        self._again.cancel()
        await asyncio.gather(self._again, return_exceptions=True)
        await self.wire.stop()
        await super().stop()

    async def _report_again(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            await self.server.deliver_again()

    async def say(self, person: int, text: str) -> None:  # type: ignore[override]
        await self.people[person].say(text)

    async def show(self, person: int, text: str, picture: bytes) -> None:
        await self.people[person].say(text, self.people[person].upload(picture))

    def received(self, person: int) -> list[str]:
        return [slack_person.shown(message) for message in self.people[person].final()]

    def sends(self) -> list[tuple[str, Mapping[str, Any]]]:
        counted = ("chat.postMessage", "chat.update", "auth.test")
        return [(c.method, c.args) for c in self.server.calls if c.method in counted]

    def plan(self, plan: FaultPlan) -> None:
        self.server.plan = plan

    @property
    def refused(self) -> int:
        assert self.server.limits is not None
        return self.server.limits.refused


CROWDS = {"telegram": TelegramCrowd, "slack": SlackCrowd}
both = pytest.mark.parametrize("platform", CROWDS)


@pytest.fixture
def script() -> ScriptedModel:
    return ScriptedModel(lambda prompt: (f"You said {prompt.messages[-1].text}.",))


@asynccontextmanager
async def service(
    platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: ScriptedModel
) -> AsyncIterator[tuple[World[Any], Any]]:
    """The bot and a crowd, with short patience all round."""
    monkeypatch.setattr(session, "_TOTAL_SECONDS", 2.0)
    monkeypatch.setattr(api, "_TIMEOUT", aiohttp.ClientTimeout(total=2.0))
    monkeypatch.setattr(pacing, "_ASK_SECONDS", 1.0)
    monkeypatch.setattr(pacing, "UNDER_WAY", 3)
    settings = {"LOOKSEE_CHAT__BURST_SECONDS": "0"}
    crowd: Any = CROWDS[platform]()
    async with running(crowd, tmp_path, monkeypatch, make=lambda _: script, settings=settings) as world:
        try:
            yield world, crowd
        finally:
            crowd.wire.mend()
            await world.stop()


async def answered(world: World[Any], crowd: Crowd, count: int) -> None:
    """Wait until everybody has so many answers, and nothing is left to do."""

    async def done() -> bool:
        return all(len(crowd.received(person)) >= count for person in range(CHATS))

    await until(done, within=90)
    await world.quiet()


@both
@pytest.mark.parametrize("cut", ["silent", "broken"])
async def test_a_partition_is_waited_out_and_the_backlog_goes_out_in_order_at_a_measured_pace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: ScriptedModel, platform: str, cut: Cut
) -> None:
    async with service(platform, tmp_path, monkeypatch, script) as (world, crowd):
        for person in range(CHATS):
            await crowd.say(person, f"before {person}")
        await answered(world, crowd, 1)
        script.gate.clear()
        for person in range(CHATS):
            await crowd.say(person, f"during {person}")

        async def taken() -> bool:
            return (await world.bot.core.store.backlog()).inbox == CHATS

        await until(taken)
        crowd.wire.cut(cut)
        before = len(crowd.sends())
        script.gate.set()

        async def all_wait() -> bool:
            return (await world.bot.core.store.backlog()).inbox == 0

        await until(all_wait, within=60)
        await asyncio.sleep(3.5)  # longer than any request is given
        assert len(crowd.sends()) == before
        assert (await world.bot.core.store.backlog()).outbox == CHATS
        crowd.wire.mend()

        async def delivered() -> bool:
            return (await world.bot.core.store.backlog()).outbox == 0

        await until(delivered, within=60)
        stuck = await world.bot.core.store.stuck_chats(CHATS)
        # Those under way when it began are in doubt; whoever came later waited for the platform to answer.
        assert len(stuck) <= (pacing.UNDER_WAY if platform == "telegram" else 0)
        for person in range(CHATS):
            own = [text for text in crowd.received(person) if text.startswith("You said")]
            expected = [f"You said before {person}.", f"You said during {person}."]
            in_doubt = any(trouble.chat.chat == str(2001 + person) for trouble in stuck)
            assert own in ([expected, expected[:1]] if in_doubt else [expected])
        assert crowd.refused == 0


@both
async def test_faults_by_chance_lose_nothing_repeat_nothing_and_keep_the_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: ScriptedModel, platform: str
) -> None:
    async with service(platform, tmp_path, monkeypatch, script) as (world, crowd):
        plan = FaultPlan(20_261, 0.2)
        crowd.plan(plan)
        for number in range(4):
            for person in range(CHATS):
                await crowd.say(person, f"{number}")
        store = world.bot.core.store

        def own(person: int) -> list[str]:
            said = [text for text in crowd.received(person) if text.startswith("You said")]
            return [n for text in said for n in text.removeprefix("You said ").removesuffix(".").split("\n")]

        async def done() -> bool:
            backlog = await store.backlog()
            in_doubt = {trouble.chat.chat for trouble in await store.stuck_chats(CHATS)}
            finished = all(own(person)[-1:] == ["3"] or str(2001 + person) in in_doubt for person in range(CHATS))
            return backlog.inbox == backlog.outbox == 0 and finished

        await until(done, within=90)
        await world.quiet()
        stuck = {trouble.chat.chat: trouble for trouble in await store.stuck_chats(CHATS)}
        for person in range(CHATS):
            numbers = own(person)
            assert numbers == sorted(set(numbers)), "in order, and none twice"
            if str(2001 + person) not in stuck:
                assert numbers == ["0", "1", "2", "3"]
        assert platform == "telegram" or not stuck, "Slack can always be asked"
        assert plan.drawn.total() >= 10


@both
async def test_a_flooded_platform_is_left_alone_for_as_long_as_it_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: ScriptedModel, platform: str
) -> None:
    async with service(platform, tmp_path, monkeypatch, script) as (world, crowd):
        server = crowd.server
        method = "sendMessage" if platform == "telegram" else "chat.postMessage"
        loop = asyncio.get_running_loop()
        refused: list[tuple[int, float]] = []
        early: list[str] = []
        limits = server.limits

        class Flooded:
            refused = 0

            def take(self, *call: str) -> int:
                now = loop.time()
                if call[0] in ("chat.update", "users.info"):  # which are counted apart
                    return 0
                if len(refused) < 2:
                    refused.append((1, now))
                    return 1
                # The second of two chats to be refused says that all are meant.
                if now < refused[1][1] + 0.95:
                    early.append(str(call))
                return int(limits.take(*call))

        server.limits = Flooded()
        for person in range(CHATS):
            await crowd.say(person, "hello")
        await answered(world, crowd, 1)
        assert len(refused) == 2
        # What was on its way already when the second refusal came is all that may still have gone.
        assert len(early) <= world.settings.model.parallel_chats
        assert method in {name for name, _ in crowd.sends()}
        assert [len(crowd.received(person)) for person in range(CHATS)] == [1] * CHATS


@both
async def test_a_picture_is_fetched_after_a_partition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: ScriptedModel, platform: str
) -> None:
    async with service(platform, tmp_path, monkeypatch, script) as (world, crowd):
        world.model.gate.clear()
        await crowd.say(0, "first")
        await asyncio.wait_for(world.model.asked.wait(), 20)
        await crowd.show(0, "second", screenshot().data)  # is taken, and waits for the first

        async def taken() -> bool:
            return (await world.bot.core.store.backlog()).inbox == 2

        await until(taken)
        crowd.wire.cut("broken")
        world.model.gate.set()
        await asyncio.sleep(3)
        crowd.wire.mend()

        async def done() -> bool:
            backlog = await world.bot.core.store.backlog()
            return backlog.inbox == backlog.outbox == 0

        await until(done, within=60)
        assert [len(prompt.messages[-1].images) for prompt in script.prompts] == [0, 1]
