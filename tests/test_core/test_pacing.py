"""When messages may go to a platform."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters import pacing
from adapters.pacing import Pacer, Rate, Reach
from adapters.slack.pacing import SlackPacer
from adapters.telegram.pacing import TelegramPacer
from tests.fakes.limits import Limits, Window
from tests.fakes.slack_server import MessageLimits
from tests.fakes.telegram_server import limits as telegram_limits


async def passed(pacer: Pacer, chat: str) -> None:
    """Return when there is room."""
    async with pacer.turn(chat):
        pass


class Platform:
    """Answers while `there`."""

    def __init__(self) -> None:
        self.there = True
        self.asked = 0
        self.most = 0
        self.busy = 0
        self.reach = Reach(self.ask)

    async def ask(self) -> None:
        self.asked += 1
        self.busy += 1
        self.most = max(self.most, self.busy)
        await asyncio.sleep(0.001)
        self.busy -= 1
        if not self.there:
            self.reach.failed()
            raise OSError
        self.reach.answered()


@pytest.fixture
async def platform(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Platform]:
    monkeypatch.setattr(pacing, "_FIRST_PAUSE", 0.01)
    made = Platform()
    yield made
    await made.reach.close()


async def test_a_platform_that_is_away_is_asked_by_one_and_nobody_sends(platform: Platform) -> None:
    pacer = Pacer(platform.reach, Rate(1000, 1.0))
    platform.there = False
    platform.reach.failed()
    waiting = [asyncio.create_task(passed(pacer, str(number))) for number in range(200)]
    while platform.asked < 4:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    assert not any(task.done() for task in waiting)
    assert not pacer.plenty("1", overall=0, of_chat=())
    platform.there = True
    async with asyncio.timeout(20):
        await asyncio.gather(*waiting)
    assert platform.most == 1
    assert platform.asked < 20
    assert not platform.reach.away


async def test_any_answer_ends_the_wait(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as one to a long poll, while the next question is an hour away."""
    monkeypatch.setattr(pacing, "_FIRST_PAUSE", 3600.0)
    platform.there = False
    platform.reach.failed()
    while not platform.asked or platform.busy:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    waiting = asyncio.create_task(platform.reach.wait())
    platform.reach.answered()
    async with asyncio.timeout(20):
        await waiting


async def test_a_platform_that_takes_questions_and_answers_none_is_asked_again(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "_ASK_SECONDS", 0.01)
    asked = 0

    async def ask() -> None:
        nonlocal asked
        asked += 1
        if asked < 3:
            await asyncio.sleep(3600)
        reach.answered()

    reach = Reach(ask)
    reach.failed()
    async with asyncio.timeout(20):
        await reach.wait()
    assert asked == 3
    await reach.close()


async def test_a_chat_that_is_to_wait_holds_up_no_other_and_two_hold_up_all(platform: Platform) -> None:
    pacer = Pacer(platform.reach, Rate(1000, 1.0))
    pacer.hold("a", 0.2)
    pacer.hold("a", 0.2)
    async with asyncio.timeout(0.15):
        await passed(pacer, "b")
    loop = asyncio.get_running_loop()
    began = loop.time()
    pacer.hold("b", 0.3)
    assert not pacer.plenty("c", overall=0, of_chat=())
    await asyncio.gather(*(passed(pacer, chat) for chat in "abc"))
    assert loop.time() - began >= 0.29


async def test_what_comes_while_a_message_waits_for_room_counts(platform: Platform) -> None:
    pacer = Pacer(platform.reach, Rate(1, 0.05))
    await passed(pacer, "a")
    waiting = asyncio.create_task(passed(pacer, "a"))
    await asyncio.sleep(0.001)
    loop = asyncio.get_running_loop()
    began = loop.time()
    pacer.hold("a", 0.3)
    await waiting
    assert loop.time() - began >= 0.29


async def test_few_messages_are_in_doubt_when_a_platform_falls_silent(platform: Platform) -> None:
    pacer = Pacer(platform.reach, Rate(1000, 1.0))
    begun = 0

    async def send(chat: str) -> None:
        nonlocal begun
        async with pacer.turn(chat):
            begun += 1
            await asyncio.sleep(0.1)
            platform.reach.failed()

    platform.there = False
    tasks = [asyncio.create_task(send(str(number))) for number in range(100)]
    done, late = await asyncio.wait(tasks, timeout=0.5)
    assert begun == len(done) == pacing.UNDER_WAY
    for task in late:
        task.cancel()


async def test_a_backlog_goes_to_telegram_within_its_limits(platform: Platform) -> None:
    pacer, limits = TelegramPacer(platform.reach), telegram_limits()
    chats = [f"-{group}" for group in range(3)] * 8 + [str(person) for person in range(40)] + ["40"] * 7

    async def send(chat: str) -> None:
        await passed(pacer, chat)
        assert limits.take(chat) == 0, chat

    tasks = [asyncio.create_task(send(chat)) for chat in chats]
    done, late = await asyncio.wait(tasks, timeout=4)
    for task in late:
        task.cancel()
    for task in done:
        task.result()
    assert len(done) > 60  # groups take longer


async def test_a_backlog_goes_to_slack_within_its_limits(platform: Platform) -> None:
    pacer, limits = SlackPacer(platform.reach), MessageLimits()

    async def post(channel: str) -> None:
        await passed(pacer.posts, channel)
        assert limits.take("chat.postMessage", channel) == 0, channel

    async def change(channel: str) -> None:
        await passed(pacer.updates, channel)
        assert limits.take("chat.update", channel) == 0, channel

    channels = ["D1"] * 3 + [f"D{number}" for number in range(2, 14)]
    tasks = [asyncio.create_task(post(channel)) for channel in channels]
    tasks += [asyncio.create_task(change(channel)) for channel in channels]
    done, late = await asyncio.wait(tasks, timeout=4)
    for task in late:
        task.cancel()
    for task in done:
        task.result()
    assert len(done) >= len(channels) + 10


def test_the_platforms_limits_count_any_span_of_time() -> None:
    now = [0.0]
    limits = Limits(Window(3, 10.0), lambda chat: (Window(1, 2.0),), clock=lambda: now[0])
    assert [limits.take("a"), limits.take("a"), limits.take("b")] == [0, 2, 0]
    now[0] = 2.0
    assert [limits.take("a"), limits.take("c")] == [0, 8]
    now[0] = 10.0
    assert limits.take("c") == 0
    assert limits.refused == 2
