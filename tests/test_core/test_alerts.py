"""Notices to the people who run the bot."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from bot import alerts
from bot.alerts import TRIES, Alerts
from bot.errors import AmbiguousDeliveryError, RetryLaterError, UndeliverableError
from bot.messages import Role
from bot.texts import Sentence
from tests.doubles import ListAdapter

FULL = Sentence(en="the disk is full ({free} MB left)", zh="磁盘已满（剩余 {free} MB）")
OVER = Sentence(en="the disk has room again", zh="磁盘空间已恢复")


def made(platform: ListAdapter, **people: tuple[str, ...]) -> Alerts:
    return Alerts({"list": platform}, first_pause=0.001, **people)


async def test_admins_are_told_once_in_both_languages_and_that_it_is_over() -> None:
    platform = ListAdapter()
    notices = made(platform, admins=("list:ann", "list:bo"), agents=("list:cy",))
    for _ in range(3):
        notices.raise_alert("disk", FULL, free=3)
    await notices.drain()
    text = "⚠️ Looksee: the disk is full (3 MB left)\n\n⚠️ Looksee：磁盘已满（剩余 3 MB）"
    assert platform.told == [("list:ann", text), ("list:bo", text)]
    for _ in range(2):
        notices.clear("disk", OVER)
    await notices.drain()
    assert [person for person, said in platform.told if said.startswith("✅")] == ["list:ann", "list:bo"]
    notices.raise_alert("disk", FULL, free=2)
    await notices.drain()
    assert len(platform.told) == 6


async def test_what_agents_should_know_admins_are_told_too_and_nobody_twice() -> None:
    platform = ListAdapter()
    notices = made(platform, admins=("list:ann", "list:cy"), agents=("list:cy",))
    notices.raise_alert("question", OVER, Role.AGENT)
    await notices.drain()
    assert sorted(person for person, _ in platform.told) == ["list:ann", "list:cy"]


async def test_who_gets_a_role_is_told_from_then_on() -> None:
    platform = ListAdapter()
    notices = made(platform, admins=("list:ann",))
    notices.know({"list:bo": Role.ADMIN, "list:cy": Role.AGENT})
    notices.raise_alert("disk", FULL, free=3)
    notices.raise_alert("question", OVER, Role.AGENT)
    await notices.drain()
    assert sorted(person for person, _ in platform.told) == ["list:bo", "list:bo", "list:cy"]


async def test_it_tries_again_what_did_not_arrive_and_nothing_else() -> None:
    platform = ListAdapter()
    notices = made(platform, admins=("list:ann",))
    platform.tell_faults = [RetryLaterError("down"), RetryLaterError("down"), None]
    notices.raise_alert("one", OVER)
    await notices.drain()
    assert len(platform.told) == 1
    for fault in (UndeliverableError("blocked"), AmbiguousDeliveryError("no answer"), ZeroDivisionError()):
        platform.tell_faults = [fault, None]
        with capture_logs() as logs:
            notices.raise_alert(repr(fault), OVER)
            await notices.drain()
        assert platform.tell_faults == [None]
        assert [line["person"] for line in logs if line["event"] == "alert_not_delivered"] == ["list:ann"]
    platform.tell_faults = [*[RetryLaterError("down")] * 2 * TRIES]
    notices.raise_alert("two", OVER)
    await notices.drain()
    assert len(platform.tell_faults) == TRIES


async def test_it_never_raises() -> None:
    notices = made(ListAdapter(), admins=("list:ann", "telegram:1"))
    with capture_logs() as logs:
        notices.raise_alert("not filled in", FULL)
        notices.raise_alert("somebody elsewhere", OVER)
        await notices.drain()
        await asyncio.to_thread(notices.raise_alert, "no event loop", OVER)
    assert [line["key"] for line in logs if line["event"] == "alert_failed"] == ["not filled in", "no event loop"]
    assert [line["person"] for line in logs if line["event"] == "alert_not_delivered"] == ["telegram:1"]
    await notices.close(1)
    notices.raise_alert("too late", OVER)
    await notices.drain()


async def test_a_flood_is_paced_and_bounded_and_nobody_hears_of_an_end_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, "_PACE", (2, 3600.0))
    platform = ListAdapter()
    notices = made(platform, admins=("list:ann",))
    with capture_logs() as logs:
        for number in range(30):
            notices.raise_alert(f"matter {number}", OVER)
    lost = [line["key"] for line in logs if line["event"] == "alert_not_delivered"]
    assert lost == [f"matter {number}" for number in range(10)]
    await asyncio.sleep(0.05)  # time for more than two, were it not paced
    assert len(platform.told) == 2
    for number in range(30):
        notices.clear(f"matter {number}", OVER)
    waiting = notices._waiting["list:ann"]
    assert len(waiting) == 20
    assert not waiting.keys() & set(lost)
    assert [text.count("⚠️") for text in waiting.values()] == [0] * 2 + [2] * 18
    assert [text.count("✅") for text in waiting.values()] == [2] * 20
    await notices.close(0.01)


async def test_closing_waits_for_what_is_on_its_way() -> None:
    platform = ListAdapter()
    notices = made(platform, admins=("list:ann",))
    notices.raise_alert("last words", OVER)
    await notices.close(5)
    assert len(platform.told) == 1
    await notices.close(5)
