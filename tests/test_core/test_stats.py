"""`stats`, as admins give it."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from bot.cases import CaseState, Cause, Mark, Move, Staff
from bot.messages import ChatKey, File
from bot.outcome import Outcome
from bot.verbs.figures import last_days
from conversations.sqlite import SqliteStore
from tests.contracts.stores import Clock, converse
from tests.test_core.conftest import Bench

ADMIN = "telegram:1"
OFFICE = ChatKey("list", "", "office")
ANNA = Staff("telegram:7", "Anna")
CUSTOMER = ChatKey("telegram", "bot", "42")


async def stats(bench: Bench, text: str = "") -> str:
    count = len(bench.platform.texts(OFFICE))
    await bench.command("stats", text, chat=OFFICE, sender=ADMIN)
    return (await bench.platform.wait_for(OFFICE, count + 1))[-1]


async def case(bench: Bench, clock: Clock, *, cause: Cause, score: int) -> None:
    """A case that waits for three minutes, and is closed after ten."""
    agent, store = Staff("slack:T1/UBEN", "Ben"), bench.store
    began = clock.now
    await store.commit(Outcome(CUSTOMER, (), move=Move(CaseState.WAITING, ANNA, cause=cause, customer=ANNA)))
    opened = await store.case(CUSTOMER)
    assert opened is not None
    clock.now = began + 180
    await store.commit(
        Outcome(CUSTOMER, (), move=Move(CaseState.HUMAN, agent, opened.id, CaseState.WAITING, "", agent))
    )
    clock.now = began + 600
    move = Move(CaseState.CLOSED, agent, opened.id, CaseState.HUMAN, agent.key)
    await store.commit(Outcome(CUSTOMER, (), move=move))
    await store.commit(Outcome(CUSTOMER, (), mark=Mark(opened.id, score)))


@pytest.fixture
async def clock(bench: Bench) -> Clock:
    """The store's; three days ago."""
    assert isinstance(bench.store, SqliteStore)
    clock = Clock(datetime.now(UTC).timestamp() - 3 * 86_400)
    bench.store._clock = clock
    return clock


async def test_todays_and_the_weeks_figures_are_short_and_come_with_a_picture(bench: Bench, clock: Clock) -> None:
    await converse(bench.store, "1", chat=CUSTOMER)
    await converse(bench.store, "2", chat=ChatKey("slack", "T1", "C1"))
    await case(bench, clock, cause=Cause.MODEL, score=4)
    clock.now = datetime.now(UTC).timestamp()
    await converse(bench.store, "3", chat=CUSTOMER)
    said = await stats(bench)
    assert said.splitlines() == [
        "**Today**",
        "",
        "- telegram: 1 chats, 1 questions, 1 answers in 1.0 s (9 of 10 within 1.0 s), 12 tokens written, 100 read, "
        "👍 0 👎 0",
        "",
        "**Last 7 days**",
        "",
        "- slack: 1 chats, 1 questions, 1 answers in 1.0 s (9 of 10 within 1.0 s), 12 tokens written, 100 read, "
        "👍 0 👎 0",
        "- telegram: 1 chats, 2 questions, 2 answers in 1.0 s (9 of 10 within 1.0 s), 24 tokens written, 200 read, "
        "👍 0 👎 0",
        "- telegram → 1 handed over (the bot cannot help 1); 1 taken, after 3 minutes; 1 closed, after 10 minutes; "
        "satisfaction 4.0 of 5 (1)",
        "",
        "The picture: 14 days. Above: questions. Below: ▲ 👍, ▼ 👎, ◆ handed over.",
    ]
    file = bench.platform.rendered[-1].file
    assert isinstance(file, File)
    assert (file.media_type, file.name) == ("image/png", f"looksee-{datetime.now(UTC):%Y-%m-%d}.png")
    assert Image.open(io.BytesIO(file.data)).format == "PNG"


async def test_there_may_be_nothing_yet(bench: Bench) -> None:
    said = await stats(bench)
    assert said.count("- nothing yet") == 2
    assert bench.platform.rendered[-1].file is not None


@pytest.mark.parametrize(
    ("text", "headings", "platforms"),
    [
        ("week", ["**Last 7 days**"], {"slack", "telegram"}),
        ("today", ["**Today**"], set()),
        ("telegram", ["**Today**", "**Last 7 days**"], {"telegram"}),
        ("week SLACK", ["**Last 7 days**"], {"slack"}),
        ("一周", ["**最近 7 天**"], {"slack", "telegram"}),
    ],
)
async def test_a_period_or_a_platform_may_be_named(
    bench: Bench, clock: Clock, text: str, headings: list[str], platforms: set[str]
) -> None:
    await converse(bench.store, "1", chat=CUSTOMER)
    await converse(bench.store, "2", chat=ChatKey("slack", "T1", "C1"))
    lines = (await stats(bench, text)).splitlines()
    assert [line for line in lines if line.startswith("**")] == headings
    assert {name for name in ("slack", "telegram") for line in lines if line.startswith(f"- {name}")} == platforms


async def test_what_cannot_be_named_is_said_how_to(bench: Bench) -> None:
    said = await stats(bench, "yesterday")
    assert said.startswith("I do not know what to do with `yesterday`.")
    assert "`/stats [today|week] [telegram|slack|web]`, for example `/stats week`" in said


def test_days_are_those_of_the_zone_and_as_long_as_they_are() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 10, 26, 0, 30, tzinfo=berlin).timestamp()
    days = last_days(now, berlin, 3)
    assert [f"{day:%d %H:%M}" for day in days] == ["24 00:00", "25 00:00", "26 00:00"]
    starts = [day.timestamp() for day in days]
    assert [later - earlier for earlier, later in pairwise(starts)] == [86_400.0, 90_000.0]
    assert f"{last_days(now, UTC, 1)[0]:%d}" == "25"
