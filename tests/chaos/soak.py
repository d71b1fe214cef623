"""Many chats for a long time, on platforms that fail now and then and networks that are cut."""

from __future__ import annotations

import asyncio
import contextlib
import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.chaos.ledger import answered
from tests.chaos.memory import Memory
from tests.chaos.people import Somebody
from tests.chaos.weather import Weather, forecast
from tests.chaos.world import Platform, World, opened
from tests.contracts.world import screenshot
from tests.fakes import telegram_server
from tests.fakes.faults import FaultPlan
from tests.fakes.slack_person import is_final, shown
from tests.fakes.slack_server import MessageLimits

PIECE_SECONDS = 0.01
MODEL_SECONDS = 5 * PIECE_SECONDS
"""What the model takes for an answer of five pieces."""
PLATFORMS: tuple[Platform, ...] = (*("telegram",) * 7, *("slack",) * 2, "web")
"""Who of ten people is where. Slack takes the fewest messages."""
RETRY_SECONDS = 15.0
"""Slack's own patience is a minute. A busy bot that was told of everything again and again would only get busier."""
KEPT_CALLS = 1000
_PICTURE = screenshot().data


@dataclass
class Plan:
    """A soak: so many `chats` for so many `seconds`, each asking every `interval` seconds on average; a `share` of the
    platforms' calls fails, and there are `partitions`."""

    chats: int
    seconds: float
    interval: float = 90.0
    share: float = 0.05
    partitions: int = 10


class Witness:
    """Notes when answers arrive, and where they stand: what is sent twice is seen twice."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.arrived: dict[str, float] = {}
        self.messages: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
        self.order: defaultdict[str, list[int]] = defaultdict(list)
        world.telegram.watch = self._on_telegram
        world.slack.watch = self._on_slack

    def _on_telegram(self, method: str, values: dict[str, Any], result: Any) -> None:
        if method in ("sendMessage", "editMessageText") and result.get("reply_markup"):
            self._see(f"telegram {values['chat_id']}", str(result["message_id"]), result["text"])

    def _on_slack(self, method: str, args: dict[str, Any], result: dict[str, Any]) -> None:
        if method in ("chat.postMessage", "chat.update"):
            message = self._world.slack.message(args["channel"], result["ts"])
            if is_final(message):
                self._see(f"slack {args['channel']} {message.get('thread_ts', '')}", message["ts"], shown(message))

    def _see(self, where: str, message: str, text: str) -> None:
        for number in answered(text):
            if number not in self.arrived:
                self.arrived[number] = time.monotonic()
                self.order[where].append(int(number[1:]))
            self.messages[number].add((where, message))

    @property
    def twice(self) -> list[str]:
        """Answers that were sent as more than one message."""
        return [f"{number}: {sorted(places)}" for number, places in self.messages.items() if len(places) > 1]

    @property
    def disordered(self) -> list[str]:
        """Chats whose answers came in another order than the questions."""
        return [f"{where}: {numbers}" for where, numbers in self.order.items() if numbers != sorted(numbers)]


@dataclass
class Figures:
    """What came of a soak. Times in seconds: `late` from question to answer of all, `work` the service's own part of it
    where nothing had failed, so without the model's time."""

    seconds: float = 0.0
    questions: int = 0
    answers: int = 0
    ambiguous: int = 0
    faults: list[str] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    results: Counter[str] = field(default_factory=Counter)
    drawn: Counter[str] = field(default_factory=Counter)
    partitions: int = 0
    refused: int = 0
    memory: Memory = field(default_factory=Memory)

    def __str__(self) -> str:
        drawn = ", ".join(f"{count} x {kind}" for kind, count in sorted(self.drawn.items()))
        results = ", ".join(f"{count} {result}" for result, count in sorted(self.results.items()))
        return "\n".join(
            (
                f"{self.questions} questions, {self.answers} answers in {self.seconds:.0f} s: "
                f"{self.answers / self.seconds:.1f} a second",
                f"faults found: {len(self.faults)}; ambiguous: {self.ambiguous}",
                f"platforms: {drawn}; {self.partitions} partitions; {self.refused} messages beyond their limits",
                f"sends: {results}",
                f"from question to answer: {_spread(self.late)}",
                f"the service's own part, undisturbed: {_spread(self.work)}",
                f"memory: {self.memory}",
            )
        )


async def soak(world: World, plan: Plan, chance: random.Random) -> Figures:
    """Let everybody ask, wait until all is answered, and count."""
    figures, witness = Figures(), Witness(world)
    life = await world.start()
    people = [await world.somebody(PLATFORMS[n % len(PLATFORMS)], n, group=n % 50 == 0) for n in range(plan.chats)]
    _fail_now_and_then(world, plan, chance)
    weather = Weather(world, forecast(chance, plan.seconds, plan.partitions))
    began = time.monotonic()
    background = [
        asyncio.create_task(figures.memory.watch(life.pid, plan.seconds / 200)),
        asyncio.create_task(_forget_calls(world)),
    ]
    asking = [asyncio.create_task(_ask(world, person, plan, random.Random(chance.random()))) for person in people]
    try:
        await asyncio.gather(weather.run(), *asking)
        figures.seconds = time.monotonic() - began
        await world.rest(within=plan.seconds + 300)
        await _count(world, figures, witness, weather)
    finally:
        for task in (*background, *asking):
            task.cancel()
        await asyncio.gather(*background, *asking, return_exceptions=True)
    return figures


async def _ask(world: World, person: Somebody, plan: Plan, chance: random.Random) -> None:
    """Ask again and again, whether or not there were answers."""
    ends = time.monotonic() + plan.seconds
    pause = chance.uniform(0, plan.interval)
    while time.monotonic() + pause < ends:
        await asyncio.sleep(pause)
        pictures = int(chance.random() < 0.1)
        question = world.ledger.ask(person.where, pictures=pictures)
        await person.say(f"{question.number} what is this?", _PICTURE if pictures else None)
        pause = chance.expovariate(1 / plan.interval)


def _fail_now_and_then(world: World, plan: Plan, chance: random.Random) -> None:
    # Files are spared: a picture that cannot be had is answered with a request to send it again.
    spared = ("getFile", "download")
    world.telegram.plan = FaultPlan(chance.randrange(2**32), plan.share, spared=spared)
    world.slack.plan = FaultPlan(chance.randrange(2**32), plan.share)
    world.telegram.limits, world.slack.limits = telegram_server.limits(), MessageLimits()


async def _forget_calls(world: World) -> None:
    """Keep the servers, which remember everything for tests, from filling this process."""
    while True:
        await asyncio.sleep(5)
        del world.telegram.calls[:-KEPT_CALLS]
        del world.slack.calls[:-KEPT_CALLS]
        world.telegram.state.drafts.clear()


async def _count(world: World, figures: Figures, witness: Witness, weather: Weather) -> None:
    verdict = await asyncio.to_thread(world.judge)
    figures.questions, figures.answers = len(world.ledger.questions), verdict.answers
    figures.ambiguous = len(verdict.ambiguous)
    figures.faults = [*verdict.faults, *(f"twice {text}" for text in witness.twice)]
    figures.faults += [f"out of order in {text}" for text in witness.disordered]
    for number, arrived in witness.arrived.items():
        asked = world.ledger.questions[number].at
        figures.late.append(arrived - asked)
        if weather.fair(asked, arrived):
            figures.work.append(arrived - asked - MODEL_SECONDS)
    for platform in (world.telegram, world.slack):
        assert platform.plan is not None
        assert platform.limits is not None
        figures.drawn.update({kind.value: count for kind, count in platform.plan.drawn.items()})
        figures.refused += platform.limits.refused
    figures.partitions = len(weather.spells)
    figures.results = await _results(world.url)
    figures.faults += await asyncio.to_thread(_complaints, world.log)


def _complaints(log: Path) -> list[str]:
    """Lines of the bot's log that tell of a fault of its own."""
    return [line for line in log.read_text().splitlines() if "Traceback" in line or "task_died" in line]


async def _results(url: str) -> Counter[str]:
    """How the bot's sends ended, by its own count."""
    async with aiohttp.ClientSession() as http, http.get(f"{url}/metrics") as response:
        text = await response.text()
    found: Counter[str] = Counter()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == "looksee_deliveries_total":
                found[sample.labels["result"]] += int(sample.value)
    return found


async def run(folder: Path, plan: Plan, seed: int, say: Callable[[str], None]) -> Figures:
    """One soak; `say` is told of every fault."""
    settings = {"LOOKSEE_QUEUE__REFUSE_SECONDS": "3600", "LOOKSEE_QUEUE__WAIT_SECONDS": "3600"}
    model = ("tests.chaos.model:talkative", {"piece_seconds": PIECE_SECONDS})
    async with opened(folder, wired=True, settings=settings, model=model, retry_seconds=RETRY_SECONDS) as world:
        figures = await soak(world, plan, random.Random(seed))
        assert world.life is not None
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(world.life.stop(), 30)
    for fault in figures.faults[:50]:
        say(f"  {fault}")
    return figures


def _spread(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return "too few"
    ordered = sorted(seconds)
    middle, late = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
    return (
        f"{middle * 1000:.0f} ms at the median, {late * 1000:.0f} at the 99th percentile, {ordered[-1]:.1f} s at most"
    )
