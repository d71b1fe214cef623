"""People who use the bot all at once: each asks, reads, and asks again, as people do."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass

from tests.chaos.ledger import Question, answered
from tests.chaos.people import Somebody, answers, told_times
from tests.chaos.world import PLATFORMS, World
from tests.contracts.world import screenshot

LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 120.0
"""After that somebody goes on without an answer, which the ledger will find missing."""

_PICTURE = screenshot().data
_MESSAGES = ("{} what is this?", "{} and what does it mean?", "{} 这是什么？", "{} where do I click?")


@dataclass
class Visitor:
    """One person, and what they do next."""

    world: World
    person: Somebody
    chance: random.Random
    messages: int = 0

    async def live(self, leave: asyncio.Event) -> None:
        """Go on until it is time to leave; nobody leaves before their questions are answered."""
        while not leave.is_set():
            question, message = await self._ask()
            if self.chance.random() < 0.25:  # does not wait for the answer
                second, _ = await self._ask()
                await self._answered(question)
                await self._answered(second)
                continue
            if "delete" in self.person.can and self._only(question) and self.chance.random() < 0.1:
                question.withdrawn(may_overtake=self.person.where.startswith("slack"))
                self.messages += 1
                await self.person.delete(message)
                continue
            await self._answered(question)
            await self._react(question, message)

    async def _ask(self) -> tuple[Question, str]:
        pictures = int(self.chance.random() < 0.3)
        question = self.world.ledger.ask(self.person.where, pictures=pictures)
        text = self.chance.choice(_MESSAGES).format(question.number)
        self.messages += 1
        return question, await self.person.say(text, _PICTURE if pictures else None)

    async def _react(self, question: Question, message: str) -> None:
        dice = self.chance.random()
        if dice < 0.1:
            self.messages += 1
            await self.person.command("status")
        elif dice < 0.2 and question.number in self._read():
            self.messages += 1
            await self.person.rate()
        elif dice < 0.3 and "edit" in self.person.can and self._answered_alone(question):
            question.replaced()
            changed = self.world.ledger.ask(self.person.where, pictures=question.pictures)
            self.messages += 1
            await self.person.edit(message, f"{changed.number} what is this, I mean?")
            await self._answered(changed)

    async def _answered(self, question: Question) -> None:
        """Wait for an answer; who is told that one may be lost asks for it once more, or does not care."""
        told, until = told_times(self.person), time.monotonic() + PATIENCE_SECONDS
        while question.number not in self._read() and time.monotonic() < until:
            if told_times(self.person) > told:
                if self.chance.random() < 0.5:
                    return
                told = told_times(self.person)
                await self._retry(question)
            await asyncio.sleep(LOOK_SECONDS)

    def _only(self, question: Question) -> bool:
        """Whether everything else has been answered: what is asked together with other things goes with them."""
        others = (q for q in self.world.ledger.questions.values() if q.where == self.person.where and q is not question)
        read = self._read()
        return all(other.number in read or not other.least for other in others)

    def _answered_alone(self, question: Question) -> bool:
        """Whether it has an answer to itself: changed before that, or as a part of several, it is none of its own."""
        return any(answered(text) == [question.number] for text in self.person.received())

    async def _retry(self, question: Question) -> None:
        self.messages += 1
        # What is on its way may come to be in doubt before the wish is read, and is then meant by it, too.
        read = self._read() | ({question.number} & await self.world.doubtful())
        for other in self.world.ledger.questions.values():
            if other.where == self.person.where and other.number not in read:
                other.most += 1
        await self.world.retry(self.person)

    def _read(self) -> set[str]:
        return answers(self.person)


async def gather(world: World, count: int, chance: random.Random) -> list[Visitor]:
    """So many people, spread over the platforms, alone with the bot and in groups. The bot runs."""
    visitors = []
    for number in range(count):
        platform = PLATFORMS[number % len(PLATFORMS)]
        person = await world.somebody(platform, number, group=number % 2 == 1)
        visitors.append(Visitor(world, person, random.Random(chance.random())))
    return visitors
