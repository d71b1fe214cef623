"""Prompts of what is asked beside a conversation: how they begin, and what leaves them first."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from bot.branching import Aside, Branching
from bot.errors import PromptTooLongError
from bot.messages import ChatKey, Image, Language, NewTurn, View
from bot.outcome import Outcome
from bot.ports import ModelMessage
from bot.texts import COLLEAGUE_READY
from tests.test_core.talking import ANSWER, CHAT, Talk, pictures, shot, texts

ROOM = ChatKey("list", "", "desk", "1")


@dataclass
class Room:
    """The agents' room of a conversation: asks, and stores each question with its answer."""

    talk: Talk
    language: Language = "en"
    framing: str = field(init=False)

    def __post_init__(self) -> None:
        self.framing = self.talk.prompts.instruction("counsel", self.language).text

    async def messages(self, text: str, *images: Image, referred: tuple[Image, ...] = ()) -> list[ModelMessage]:
        """The prompt of a question without the system's message."""
        talk = self.talk
        branching = Branching(talk.store, talk.model, talk.prompting, talk.prompts, language=self.language)
        refs = tuple(image.ref for image in referred)
        aside = Aside(CHAT, text, self.language, ANSWER, ROOM, images, refs)
        composed = await branching.prompt(aside)
        assert (composed.prompt.chat, composed.prompt.branch_of) == (str(ROOM), str(CHAT))
        asked = NewTurn("customer", text, tuple(i.ref for i in images), recalled=composed.recalled)
        outcome = Outcome(ROOM, (), question=asked, answer=NewTurn("bot", f"re: {text[:20]}"), images=images)
        await talk.store.commit(outcome)
        tokens = sum(talk.model.measure(m.text, [i.ref for i in m.images]) for m in composed.prompt.messages)
        assert tokens + ANSWER <= talk.model.info.context
        return list(composed.prompt.messages[1:])

    def branch(self, messages: list[ModelMessage]) -> list[str]:
        """What was asked in the room, and answered, as it is in a prompt."""
        words = texts(messages)
        ready = COLLEAGUE_READY.say(self.language)
        assert words[words.index(ready) - 1] == self.framing
        return words[words.index(ready) + 1 :]


@pytest.fixture
def room(talk: Talk) -> Room:
    talk.room(1200, 4000)
    return Room(talk)


async def test_it_begins_as_the_customers_prompts_do(room: Room, talk: Talk) -> None:
    for name in "abcdefgh":  # so many that earlier ones have left the view
        asked = await talk.ask(name * 40, shot(name))
    system = (await talk.compose("?")).prompt.messages[0]
    view = (await talk.store.context(CHAT)).view
    assert view != View()
    messages = await room.messages("urgent?")
    assert messages[: len(asked)] == asked
    assert messages[len(asked)] == ModelMessage("assistant", "ok")
    assert room.branch(messages) == ["urgent?"]
    branching = Branching(talk.store, talk.model, talk.prompting, talk.prompts, language="en")
    prompt = (await branching.prompt(Aside(CHAT, "?", "zh", ANSWER))).prompt
    assert (prompt.messages[0], prompt.chat) == (system, "")
    assert (await talk.store.context(CHAT)).view == view


async def test_the_branch_goes_on(room: Room, talk: Talk) -> None:
    await talk.ask("what is this?", shot("a"))
    first = await room.messages("urgent?", shot("x"))
    second = await room.messages("and why?", shot("x"), shot("y"))
    assert second[: len(first)] == first
    assert room.branch(second) == [
        "[colleague's screenshot 1]\nurgent?",
        "re: urgent?",
        "[colleague's screenshot 1 again] [colleague's screenshot 2]\nand why?",
    ]
    assert pictures(second)[-1] == ["x", "y"]
    # The customer's next one keeps its number.
    assert texts(await talk.ask("and this?", shot("b")))[-1] == "[screenshot 2]\nand this?"


async def test_a_customers_picture_is_shown_again_if_it_has_left_the_view(room: Room, talk: Talk) -> None:
    for name in "abcdefgh":
        await talk.ask(name, shot(name))
    messages = await room.messages("compare them", referred=(shot("a"), shot("h")))
    assert room.branch(messages) == ["[about screenshot 8] [screenshot 1 again]\ncompare them"]
    assert pictures(messages)[-1] == ["a"]
    again = await room.messages("once more", referred=(shot("a"),))
    assert room.branch(again)[-1] == "[about screenshot 1]\nonce more"
    assert again[: len(messages)] == messages


async def test_the_branch_leaves_before_the_conversation_does(room: Room, talk: Talk) -> None:
    asked = await talk.ask("what is this?", shot("a"))
    cuts = 0
    before: list[ModelMessage] = []
    for number in range(30):
        messages = await room.messages(f"question {number} " * 20)
        assert messages[: len(asked)] == asked
        cuts += messages[: len(before)] != before
        before = messages
    assert 1 <= cuts <= 5
    assert len(room.branch(before)) < 30


async def test_the_conversation_leaves_when_there_is_no_other_way(room: Room, talk: Talk) -> None:
    for number in range(4):
        await talk.ask(f"question {number}", shot(str(number), 300))
    view = (await talk.store.context(CHAT)).view
    free = talk.model.info.context - ANSWER - len(room.framing) - len(COLLEAGUE_READY.en)
    free -= max(len(talk.prompts.system(language).text) for language in ("en", "zh"))
    messages = await room.messages("x" * (free - 700))
    assert room.branch(messages) == ["x" * (free - 700)]
    assert ["0"] not in pictures(messages)
    assert ["3"] in pictures(messages)
    assert (await talk.store.context(CHAT)).view == view
    with pytest.raises(PromptTooLongError):
        await room.messages("x" * (free + 1))


async def test_it_says_who_asks_in_the_agents_language(talk: Talk) -> None:
    talk.room(1200, 4000)
    await talk.ask("what is this?", shot("a"))
    room = Room(talk, "zh")
    messages = await room.messages("这是什么？", shot("x"))
    assert room.branch(messages) == ["[同事的截图 1]\n这是什么？"]
