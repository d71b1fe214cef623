"""Time to the first token of one question at a time: of the first screenshot, of follow-ups, of a screenshot that is
known already."""

from __future__ import annotations

import asyncio
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.bench.figures import Goal, Row, Samples
from bot.bench.parties import Answered, Ours, Party, Stock
from bot.bench.scenes import ELSEWHERE, FIRST, LATER, WORDS_ONLY, Conversation, screenshot
from bot.bench.setup import OTHERS, Setup
from bot.inference.watch import Event
from bot.ports import ModelMessage

STRANGERS = 1_000
"""Number of the first screenshot of those that the other chats are about."""


@dataclass(slots=True)
class Comparison:
    """The same question to both sides, in turn first, again and again."""

    figure: str
    goal: Goal
    a: list[Answered] = field(default_factory=list)
    b: list[Answered] = field(default_factory=list)
    events: Counter[Event] = field(default_factory=Counter)

    async def make(self, chat: Conversation, ours: Ours, stock: Stock, tokens: int) -> None:
        """Ask the chat's last question. The chat goes on with our answer."""
        before = Counter(ours.witness.events)
        sides: list[tuple[Party, list[Answered]]] = [(ours, self.a), (stock, self.b)]
        for party, answers in sides if len(self.a) % 2 == 0 else reversed(sides):
            answers.append(await party.ask(chat.name, chat.messages, tokens))
        self.events += Counter(ours.witness.events) - before
        chat.hears(self.a[-1].text)

    def row(self) -> Row:
        """The figure."""
        usages = [answer.usage for answer in self.a if answer.usage]
        return Row(
            figure=self.figure,
            unit="s",
            a=Samples(tuple(answer.first for answer in self.a)),
            b=Samples(tuple(answer.first for answer in self.b)),
            goal=self.goal,
            equal=(sum(a.text == b.text for a, b in zip(self.a, self.b, strict=True)), len(self.a)),
            encodes=(sum(answer.encodes for answer in self.a), sum(answer.encodes for answer in self.b)),
            events={event: count for event, count in self.events.items() if event != "encoded"},
            counts={
                "prompt_tokens": statistics.median(usage.prompt_tokens for usage in usages),
                "cached_tokens": statistics.median(usage.cached_tokens for usage in usages),
            },
        )


class Roomy:
    """The questions of one chat after the other while all of them fit the context."""

    def __init__(self, setup: Setup, ours: Ours, stock: Stock) -> None:
        self._setup = setup
        self._ours = ours
        self._stock = stock
        self._strangers = Strangers(setup, ours)
        self._first = Comparison("time to first token, first screenshot", Goal("A/B", 1.0, at_most=True))
        self._follow_up = Comparison("follow-up on the same screenshot", Goal("B/A", 40))
        self._resident = Comparison("follow-up after eight other chats, resident", Goal("B/A", 30))
        self._second = Comparison("the same screenshot first in a second chat", Goal("B/A", 30))
        self._elsewhere = Comparison("the same screenshot elsewhere in a second chat", Goal("B/A", 5))

    @property
    def rows(self) -> list[Row]:
        """What came out."""
        return [one.row() for one in (self._first, self._follow_up, self._resident, self._second, self._elsewhere)]

    async def repeat(self, number: int) -> None:
        """Make each comparison once, with a screenshot that nobody has seen before."""
        picture = await asyncio.to_thread(screenshot, number, self._setup.picture)
        chat, second, third = (Conversation(f"{name}-{number}") for name in ("first", "second", "third"))
        chat.asks(FIRST, picture)
        await self._compare(self._first, chat)
        chat.asks(LATER[0])
        await self._compare(self._follow_up, chat)
        await self._strangers.ask(number)
        chat.asks(LATER[1])
        await self._compare(self._resident, chat)
        second.asks(ELSEWHERE, picture)
        await self._compare(self._second, second)
        third.asks(WORDS_ONLY)
        third.hears((await self._ours.ask(third.name, third.messages, self._setup.tokens)).text)
        third.asks(ELSEWHERE, picture)
        await self._compare(self._elsewhere, third)
        forget(self._ours, [chat, second, third])

    async def _compare(self, comparison: Comparison, chat: Conversation) -> None:
        await comparison.make(chat, self._ours, self._stock, self._setup.tokens)


class Tight:
    """Follow-ups of a chat that others have driven out of the context."""

    def __init__(self, setup: Setup, ours: Ours, stock: Stock, how: str, at_least: float) -> None:
        """`how` says what is left of the chat; the ratio is to be `at_least`."""
        self._setup = setup
        self._ours = ours
        self._stock = stock
        self._strangers = Strangers(setup, ours)
        self._follow_up = Comparison(f"follow-up after eight other chats, {how}", Goal("B/A", at_least))

    @property
    def rows(self) -> list[Row]:
        """What came out."""
        return [self._follow_up.row()]

    async def repeat(self, number: int) -> None:
        """Make the comparison once."""
        chat = Conversation(f"tight-{number}")
        chat.asks(FIRST, await asyncio.to_thread(screenshot, 0, self._setup.picture))
        chat.hears((await self._ours.ask(chat.name, chat.messages, self._setup.tokens)).text)
        await self._strangers.ask(number)
        chat.asks(LATER[number % len(LATER)])
        await self._follow_up.make(chat, self._ours, self._stock, self._setup.tokens)
        forget(self._ours, [chat])


class Strangers:
    """Eight other chats, each about a screenshot of its own, who come between two questions of a chat."""

    def __init__(self, setup: Setup, ours: Ours) -> None:
        self._setup = setup
        self._ours = ours
        self._chats: list[Conversation] = []

    async def ask(self, number: int) -> None:
        """Each asks the engine about its screenshot, and after the first time goes on from there."""
        if not self._chats:
            for stranger in range(STRANGERS, STRANGERS + OTHERS):
                chat = Conversation(f"stranger-{stranger}")
                chat.asks(FIRST, await asyncio.to_thread(screenshot, stranger, self._setup.picture))
                chat.hears((await self._ours.ask(chat.name, chat.messages, self._setup.tokens)).text)
                self._chats.append(chat)
        for chat in self._chats:
            further = ModelMessage("user", LATER[number % len(LATER)])
            await self._ours.ask(chat.name, [*chat.messages, further], self._setup.tokens)


def forget(ours: Ours, chats: Sequence[Conversation]) -> None:
    """Let the engine begin anew with these chats; it keeps the pictures' embeddings."""
    for chat in chats:
        ours.model.forget(chat.name)
