"""One visit that has everything in it, in steps: what somebody does on a platform, once, in order."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.chaos.ledger import Question, answered
from tests.chaos.people import Somebody, answers, told_times
from tests.chaos.world import World
from tests.contracts.world import screenshot

_PICTURE = screenshot().data

Step = Callable[["Visit"], Coroutine[Any, Any, None]]


@dataclass
class Visit:
    """Somebody's visit so far. `commands` were given that are answered with one message each."""

    FIRST: ClassVar = "question with a picture"

    world: World
    person: Somebody
    asked: list[tuple[Question, str]] = field(default_factory=list)
    commands: int = 0

    def steps(self) -> Iterator[tuple[str, Step]]:
        """The steps that this person's platform allows."""
        yield self.FIRST, Visit.ask_about_a_picture
        yield "thumbs", Visit.rate
        yield "follow-up", Visit.follow_up
        if "edit" in self.person.can:
            yield "edit of the newest", Visit.edit_the_newest
            yield "edit of an older one", Visit.edit_an_older_one
        yield "command", Visit.command
        if "delete" in self.person.can:
            yield "deletion", Visit.delete
        yield "new conversation", Visit.begin_anew

    async def ask_about_a_picture(self) -> None:
        await self._ask("what is this?", picture=True)

    async def follow_up(self) -> None:
        await self._ask("and what does it mean?")

    async def rate(self) -> None:
        await self.person.rate()

    async def edit_the_newest(self) -> None:
        question, message = self.asked.pop()
        question.replaced()
        changed = self.world.ledger.ask(self.person.where, pictures=question.pictures)
        self.asked.append((changed, message))
        await self.person.edit(message, f"{changed.number} and what does that mean?")

    async def edit_an_older_one(self) -> None:
        """It is corrected, and not answered once more."""
        (question, message), *others = self.asked
        question.replaced()
        changed = self.world.ledger.ask(self.person.where, pictures=question.pictures)
        changed.least = changed.most = 0
        self.asked = [(changed, message), *others]
        await self.person.edit(message, f"{changed.number} what is that?")

    async def command(self) -> None:
        self.commands += 1
        await self.person.command("status")

    async def begin_anew(self) -> None:
        self.commands += 1
        await self.person.command("new")

    async def delete(self) -> None:
        question, message = self.asked.pop()
        question.withdrawn()
        await self.person.delete(message)

    async def _ask(self, words: str, *, picture: bool = False) -> None:
        question = self.world.ledger.ask(self.person.where, pictures=int(picture))
        message = await self.person.say(f"{question.number} {words}", _PICTURE if picture else None)
        self.asked.append((question, message))

    async def retry(self) -> None:
        """Ask for an answer that has not arrived."""
        await self.world.retry(self.person)

    @property
    def misses_an_answer(self) -> bool:
        """Whether the newest question has no answer, and the bot said that this may be."""
        question, _ = self.asked[-1]
        return bool(question.least and question.number not in answers(self.person) and told_times(self.person))

    def faults(self, doubtful_commands: int) -> list[str]:
        """What is wrong with the answers to commands, of which so many may not have arrived."""
        count = sum(not answered(text) for text in self.person.received()) - told_times(self.person)
        if self.commands - doubtful_commands <= count <= self.commands:
            return []
        return [f"{self.person.where}: {count} answers to {self.commands} commands"]
