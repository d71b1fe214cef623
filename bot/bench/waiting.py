"""How long somebody with one question waits beside somebody who asks twenty at once."""

from __future__ import annotations

import asyncio
import time

from bot.bench.figures import Goal, Row, Samples
from bot.bench.parties import Ours
from bot.bench.scenes import SYSTEM, WORDS_ONLY
from bot.bench.setup import OTHERS, Setup
from bot.dispatch import Dispatcher
from bot.estimate import Estimates, spent
from bot.intake import Question
from bot.messages import ChatKey, Inbound, Pending, Sender
from bot.metrics import Metrics
from bot.ports import ModelMessage, Prompt
from bot.queueing import Place
from bot.waiting import Limits, WaitingRoom

FLOOD = 20
PATIENT = Limits(notice=3_600, busy=3_600, refuse=86_400, wait=86_400)
FLOODER, PERSON = Sender("bench:flooder"), Sender("bench:person")


class Waiting:
    """The question of one person, asked after twenty of another one's, each in a chat of its own, without pictures. A:
    the dispatcher and the engine. B: the engine alone, with as many questions at a time, first come first served."""

    def __init__(self, setup: Setup, ours: Ours) -> None:
        self._setup = setup
        self._ours = ours
        self._a: list[float] = []
        self._b: list[float] = []

    @property
    def rows(self) -> list[Row]:
        """What came out."""
        return [
            Row(
                figure="first token of one person's question beside a flood of 20 (p95 compared)",
                unit="s",
                a=Samples(tuple(self._a)),
                b=Samples(tuple(self._b)),
                against="first come first served",
                goal=Goal("B/A", 5, statistic="p95"),
            )
        ]

    async def repeat(self, number: int) -> None:
        """Flood both."""
        for fair in (True, False) if number % 2 == 0 else (False, True):
            desk = _Desk(self._ours, self._setup.tokens, by_person=fair)
            began = time.perf_counter()
            await (self._fairly(desk) if fair else self._in_order(desk))
            (self._a if fair else self._b).append(desk.first_tokens[PERSON] - began)
            for pending in _questions():
                self._ours.model.forget(str(pending.inbound.chat))

    async def _fairly(self, desk: _Desk) -> None:
        metrics = Metrics()
        room = WaitingRoom(
            desk.announce, metrics, desk.estimates, PATIENT,
            parallel=OTHERS, cached=self._ours.model.cached, urgent=lambda _key: False,
        )  # fmt: skip
        dispatcher = Dispatcher(desk, room, desk.control, metrics, burst_seconds=0, album_seconds=0)
        for pending in _questions():
            dispatcher.put(pending)
        await desk.all_answered.wait()
        await dispatcher.close(1)

    async def _in_order(self, desk: _Desk) -> None:
        slots = asyncio.Semaphore(OTHERS)  # which lets in the one that has waited longest

        async def take(pending: Pending) -> None:
            async with slots:
                await desk.ask(pending.inbound.chat, pending.inbound.sender, pending.inbound.text)

        await asyncio.gather(*(take(pending) for pending in _questions()))


def _questions() -> list[Pending]:
    """The flood, and then the question of somebody else."""
    asked = [(FLOODER, f"flood-{number}") for number in range(FLOOD)] + [(PERSON, "alone")]
    chats = [(sender, ChatKey("bench", "", name)) for sender, name in asked]
    return [
        Pending(number, Inbound(chat.chat, chat, sender, text=WORDS_ONLY, message_id=chat.chat, settled=True))
        for number, (sender, chat) in enumerate(chats)
    ]


class _Desk:
    """Asks the engine, and notes when each person got to hear something last."""

    def __init__(self, ours: Ours, tokens: int, *, by_person: bool) -> None:
        """`by_person`: the engine, too, is told whose question it is."""
        self._ours = ours
        self._tokens = tokens
        self._by_person = by_person
        self._answered = 0
        self.estimates = Estimates()
        self.first_tokens: dict[Sender, float] = {}
        self.all_answered = asyncio.Event()

    async def aside(self, question: Question) -> bool:
        """Each question has to wait for its turn."""
        return False

    async def held(self, question: Question) -> bool:
        """No question is held."""
        return False

    async def answer(self, question: Question) -> float:
        """Answer; returns milliseconds of the device."""
        return await self.ask(question.chat, question.sender, question.text)

    async def ask(self, chat: ChatKey, sender: Sender, text: str) -> float:
        """Ask the engine; returns milliseconds of the device."""
        person = sender.key if self._by_person else "everybody"
        messages = (SYSTEM, ModelMessage("user", text))
        generation = self._ours.model.generate(Prompt(str(chat), messages, self._tokens, person=person))
        heard = False
        async for _ in generation:
            if not heard:
                self.first_tokens[sender] = time.perf_counter()
                heard = True
        self.estimates.learn(generation.usage)
        self._answered += 1
        if self._answered > FLOOD:
            self.all_answered.set()
        return spent(generation.usage)

    async def decline(self, _question: Question) -> None:
        """Nobody has to wait too long here."""

    async def conceal(self, _chat: ChatKey) -> None:
        """Nothing was announced."""

    async def announce(self, _question: Question, _place: Place) -> None:
        """Nobody looks."""

    async def control(self, _pending: Pending) -> None:
        """Nobody gives commands."""
