"""The clock is set a day forward or back while the service works: order, limits and what belongs together hold."""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot
from bot.messages import ChatKey
from bot.sections import ChatSettings, ModelSettings, QueueSettings
from bot.texts import TRY_LATER
from conversations.sqlite import SqliteStore
from tests.test_core.conftest import CHAT, Bench, asked, picture

DAY = 86_400.0
ROOT = Path(bot.__path__[0]).parent
jumps = pytest.mark.parametrize("jump", [DAY, -DAY], ids=["forward", "back"])
OTHER = ChatKey("list", "", "other")

WALL = {
    "bot/handoff.py": "when people are there, and since when somebody waits",
    "bot/lookout.py": "what many customers have sent within a day",
    "bot/intake.py": "when a message came, for people",
    "bot/exports.py": "the names of exports, and when they go",
    "bot/refusals.py": "how long it is until midnight, for people",
    "bot/upkeep.py": "what is older than so many days; jumps are noticed, see there",
    "bot/verbs/verb.py": "since when figures are counted, by the days that people have",
    "bot/wiring.py": "the names of backups",
    "conversations/sqlite.py": "when things happened, for people and figures; order is by ids",
    "adapters/downtime.py": "the time of day that people are told",
    "adapters/web/console.py": "when the day began, whose figures people see",
    "adapters/slack/clock.py": "what is compared with Slack's clock",
    "bot/inference/prompt.py": "what a model's own template says about today",
}
"""Where the time of day is read, which can jump, and what for. Everything that waits, paces, limits or orders goes by a
clock that nobody can set."""


class Clock:
    """The time of day, as far as it has been set."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
async def clock(bench: Bench) -> Clock:
    clock = Clock()
    install(bench, clock)
    return clock


def install(bench: Bench, clock: Clock) -> None:
    bench.core.intake._clock = clock
    assert isinstance(bench.store, SqliteStore)
    bench.store._clock = clock


@jumps
async def test_what_belongs_together_stays_together(bench: Bench, clock: Clock, jump: float) -> None:
    bench.core.dispatcher._burst = bench.core.dispatcher._album = 1.0
    await bench.say(files=(picture("red"),), group_id="album")
    clock.ahead += jump
    await bench.say(files=(picture("blue"),), group_id="album")
    clock.ahead -= 2 * jump
    await bench.say("what are these?")
    assert await bench.platform.wait_for(CHAT, 1) == ["fine"]
    assert [len(prompt.messages[-1].images) for prompt in bench.model.prompts] == [2]


@jumps
async def test_order_is_that_of_what_happened(bench: Bench, clock: Clock, jump: float) -> None:
    for number in range(6):
        await bench.say(f"question {number}")
        await bench.platform.wait_for(CHAT, number + 1)
        clock.ahead += jump if number % 2 else -2 * jump
    await bench.core.delivery.drain()
    assert asked(bench) == [f"question {number}" for number in range(6)]
    expected = [said for number in range(6) for said in (f"question {number}", "fine")]
    assert [turn.text for turn in await bench.store.history(CHAT)] == expected
    assert [entry.text or entry.payload for entry in await bench.store.transcript(CHAT)] == expected
    assert [item.id for item in bench.platform.sent] == sorted(item.id for item in bench.platform.sent)


@jumps
async def test_limits_hold_before_and_after_a_restart(bench: Bench, jump: float) -> None:
    """Who comes now may be declined; who was promised an answer by the run before is not, whatever the clock says."""
    await bench.stop()
    update = {
        "queue": QueueSettings(busy_seconds=1, refuse_seconds=1),
        "model": ModelSettings(max_tokens=100, parallel_chats=1),
        "chat": ChatSettings(burst_seconds=0, album_seconds=0),
    }
    bench.settings = bench.settings.model_copy(update=update)
    await bench.start()
    clock = Clock()
    install(bench, clock)
    bench.model.gate.clear()
    await bench.say("occupied", chat=OTHER, sender="list:ben")
    await bench.model.asked.wait()
    clock.ahead += jump
    await bench.say("may be declined")
    assert await bench.platform.wait_for(CHAT, 1) == [TRY_LATER.en]
    await bench.core.delivery.drain()
    await bench.core.dispatcher.close(1.0)
    clock.ahead += jump
    promised = ChatKey("list", "", "promised")
    await bench.say("promised", chat=promised)
    await bench.stop()
    await bench.start()
    bench.model.gate.set()
    assert await bench.platform.wait_for(promised, 1) == ["fine"]
    assert await bench.platform.wait_for(OTHER, 1) == ["fine"]


@jumps
async def test_figures_of_a_day_that_did_not_happen_stay_figures(bench: Bench, clock: Clock, jump: float) -> None:
    await bench.say("before")
    await bench.platform.wait_for(CHAT, 1)
    clock.ahead += jump
    await bench.say("after")
    await bench.platform.wait_for(CHAT, 2)
    (row,) = await bench.store.stats(time.time() - 7 * DAY)
    assert (row.questions, row.answers) == (2, 2)
    assert 0 <= row.median_ms < DAY


def test_the_time_of_day_is_read_where_it_is_meant() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in sources() if reads_time_of_day(path)}
    assert found == set(WALL)


def sources() -> Iterator[Path]:
    for room in ("bot", "adapters", "conversations", "prompts"):
        yield from (ROOT / room).rglob("*.py")


def reads_time_of_day(path: Path) -> bool:
    """Whether a module takes the time of day from the system."""
    names = {("time", "time"), ("datetime", "now"), ("datetime", "today"), ("datetime", "utcnow"), ("date", "today")}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute):
            owner = node.value
            name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
            if (name, node.attr) in names:
                return True
        if isinstance(node, ast.ImportFrom) and node.module == "time" and any(a.name == "time" for a in node.names):
            return True
    return False
