"""Many chats at a time: answers a minute, decoding together, what the engine adds to each token, and cancelling."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence

from bot.bench.bound import Bound
from bot.bench.figures import Goal, Row, Samples
from bot.bench.latency import STRANGERS, forget
from bot.bench.parties import Answered, Ours, Party, Stock
from bot.bench.scenes import FIRST, LATER, LONG, Conversation, screenshot
from bot.bench.setup import OTHERS, Setup
from bot.ports import Prompt

BUSY = 2_000
"""Number of the first screenshot of the busy chats."""


class Busy:
    """Eight chats at once: a screenshot question and three follow-ups each, every follow-up asked when the answer
    before it is there."""

    def __init__(self, setup: Setup, ours: Ours, stock: Stock) -> None:
        self._setup = setup
        self._ours = ours
        self._stock = stock
        self._a: list[float] = []
        self._b: list[float] = []
        self._equal = self._answers = 0
        self._encodes = [0, 0]

    @property
    def rows(self) -> list[Row]:
        """What came out."""
        return [
            Row(
                figure="answers, eight chats with follow-ups interleaved",
                unit="a minute",
                a=Samples(tuple(self._a)),
                b=Samples(tuple(self._b)),
                goal=Goal("A/B", 5),
                equal=(self._equal, self._answers),
                encodes=(self._encodes[0], self._encodes[1]),
            )
        ]

    async def repeat(self, number: int) -> None:
        """Let both sides do all of it, with screenshots that nobody has seen before."""
        said: list[list[str]] = []
        sides: list[tuple[int, Party, list[float]]] = [(0, self._ours, self._a), (1, self._stock, self._b)]
        for index, party, rates in sides if number % 2 == 0 else reversed(sides):
            chats = [Conversation(f"busy-{number}-{chat}") for chat in range(OTHERS)]
            before = self._encoded()
            began = time.perf_counter()
            said.append(list(itertools.chain(*await asyncio.gather(*(
                self._chat(party, chat, number * OTHERS + place) for place, chat in enumerate(chats)
            )))))  # fmt: skip
            rates.append(len(said[-1]) / (time.perf_counter() - began) * 60)
            self._encodes[index] += self._encoded()[index] - before[index]
            forget(self._ours, chats)
        self._equal += sum(one == other for one, other in zip(*said, strict=True))
        self._answers += len(said[0])

    async def _chat(self, party: Party, chat: Conversation, number: int) -> list[str]:
        picture = await asyncio.to_thread(screenshot, BUSY + number, self._setup.picture)
        said: list[str] = []
        for text, pictures in [(FIRST, (picture,)), *((text, ()) for text in LATER)]:
            chat.asks(text, *pictures)
            said.append((await party.ask(chat.name, chat.messages, self._setup.tokens)).text)
            chat.hears(said[-1])
        return said

    def _encoded(self) -> tuple[int, int]:
        return self._ours.witness.events["encoded"], self._stock.model.encodes


class Decoding:
    """Long answers of N chats about a screenshot each, made at the same time; the stock way makes one."""

    def __init__(self, setup: Setup, ours: Ours, stock: Stock, bound: Bound | None) -> None:
        """`bound` is what the memory's bandwidth allows, if that is known."""
        self._setup = setup
        self._bound = bound
        self._ours = ours
        self._stock = stock
        self._rates: dict[int, list[float]] = {count: [] for count in setup.together}
        self._stock_rates: list[float] = []
        self._bare_rates: list[float] = []
        self._overheads: list[float] = []
        self._chats: list[Conversation] = []
        self._cells = 0.0
        self._equal = self._answers = 0

    @property
    def rows(self) -> list[Row]:
        """What came out."""
        shares = [self._share(count, self._bound) for count in self._rates if self._bound]
        return [*(self._row(count) for count in self._rates), *shares, self._bare(), self._overhead()]

    def _row(self, count: int) -> Row:
        figure, unit = _decode(count), "tokens a second"
        rates = Samples(tuple(self._rates[count]))
        if count == 1:
            equal = (self._equal, self._answers)
            return Row(figure, unit, rates, Samples(tuple(self._stock_rates)), equal=equal)
        goal = Goal("A/B", 1.6) if count == OTHERS else None
        return Row(figure, unit, rates, Samples(tuple(self._rates[1])), against="A, 1 chat", goal=goal)

    def _bare(self) -> Row:
        rates, bare = Samples(tuple(self._rates[1])), Samples(tuple(self._bare_rates))
        return Row(f"{_decode(1)}, beside bare calls", "tokens a second", rates, bare, against="native calls alone")

    def _share(self, count: int, bound: Bound) -> Row:
        most = bound.tokens_a_second(count, self._cells)
        shares = Samples(tuple(rate / most * 100 for rate in self._rates[count]))
        return Row(f"{_decode(count)}, of what the bandwidth allows ({most:.0f} tokens a second)", "%", shares)

    def _overhead(self) -> Row:
        return Row(
            figure="the engine's own work a token, 1 chat",
            unit="% of the native step",
            a=Samples(tuple(self._overheads)),
            goal=Goal("A", 5, at_most=True),
        )

    async def repeat(self, number: int) -> None:
        """Time each number of chats, and the stock way."""
        if not self._chats:
            self._chats = [await self._begun(place) for place in range(max(self._setup.together))]
        chats = [chat.asked(f"{LONG} ({number})") for chat in self._chats]
        alone: Answered | None = None
        for count in self._setup.together:
            steps = len(self._ours.witness.steps)
            answers = await asyncio.gather(*(self._ask(self._ours, chat) for chat in chats[:count]))
            self._rates[count].append(_rate(answers))
            if count == 1:
                alone = answers[0]
                self._cells = alone.usage.prompt_tokens + alone.tokens / 2 if alone.usage else 0.0
                self._overheads.append(self._own_share(steps))
        stock = await self._ask(self._stock, chats[0])
        self._stock_rates.append(_rate([stock]))
        self._bare_rates.append(1 / await asyncio.to_thread(self._stock.model.bare_seconds, self._setup.long_tokens))
        self._answers += alone is not None
        self._equal += alone is not None and alone.text == stock.text

    async def _begun(self, place: int) -> Conversation:
        chat = Conversation(f"writing-{place}")
        chat.asks(FIRST, await asyncio.to_thread(screenshot, STRANGERS + place, self._setup.picture))
        chat.hears((await self._ours.ask(chat.name, chat.messages, self._setup.tokens)).text)
        return chat

    async def _ask(self, party: Party, chat: Conversation) -> Answered:
        return await party.ask(chat.name, chat.messages, self._setup.long_tokens)

    def _own_share(self, first: int) -> float:
        """Percent by which the steps of decoding since the step `first` are longer than what they do natively."""
        steps = [step for step in self._ours.witness.steps[first:] if step.kind == "decode"]
        whole = steps[-1].ended - steps[0].ended
        native = sum(step.seconds for step in steps[1:])
        return (whole - native) / native * 100


class Cancelling:
    """An answer is cancelled in its middle, and the decode steps are counted that end after that."""

    def __init__(self, setup: Setup, ours: Ours) -> None:
        self._setup = setup
        self._ours = ours
        self._steps: list[float] = []
        self._seconds: list[float] = []

    @property
    def rows(self) -> list[Row]:
        """What came out."""
        steps, seconds = Samples(tuple(self._steps)), Samples(tuple(self._seconds))
        goal = Goal("A", 1, at_most=True, statistic="worst")
        return [
            Row("cancel to free, the worst", "decode steps", steps, goal=goal),
            Row("cancel to the end of the answer", "ms", seconds),
        ]

    async def repeat(self, number: int) -> None:
        """Cancel once."""
        chat = Conversation(f"cancelled-{number}")
        chat.asks(LONG)
        endless = self._setup.long_tokens * 8
        generation = self._ours.model.generate(Prompt(chat.name, tuple(chat.messages), endless, person=chat.name))
        pieces = aiter(generation)
        for _ in range(self._setup.tokens // 2):
            await anext(pieces)
        await asyncio.sleep(self._ours.witness.steps[-1].seconds * (number % 4) / 4)  # at another point of the step
        generation.cancel()
        cancelled = time.perf_counter()
        async for _ in pieces:
            pass
        ended = time.perf_counter()
        forget(self._ours, [chat])
        # Whatever comes next waits for the sequence's last step: the steps up to then are all there are.
        await self._ours.ask(f"{chat.name}-next", chat.messages, 1)
        steps = [step for step in self._ours.witness.steps if step.ended > cancelled and step.kind == "decode"]
        self._steps.append(len(steps))
        self._seconds.append((ended - cancelled) * 1000)


def _decode(chats: int) -> str:
    return f"decode, {chats} chat{'s' if chats > 1 else ''}"


def _rate(answers: Sequence[Answered]) -> float:
    """Tokens a second of all answers together, while every one of them was being written."""
    begin = max(answer.pieces[0] for answer in answers)
    end = min(answer.pieces[-1] for answer in answers)
    tokens = 0.0
    for answer in answers:
        pieces = sum(begin < piece <= end for piece in answer.pieces)
        tokens += pieces * answer.tokens / len(answer.pieces)
    return tokens / (end - begin)
