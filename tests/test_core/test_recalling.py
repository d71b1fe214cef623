"""Prompts of whole conversations: earlier pictures that a question is about."""

from __future__ import annotations

import random

import pytest

from bot.errors import PromptTooLongError
from bot.messages import Language, NewTurn, Recall
from bot.outcome import Outcome
from bot.ports import ModelMessage
from tests.test_core.talking import ANSWER, CHAT, Talk, pictures, shot, texts


async def test_a_picture_in_view_is_pointed_out(talk: Talk) -> None:
    await talk.ask("first", shot("a"))
    composed = await talk.compose("look at the first screenshot", referred=[shot("a")])
    assert composed.recalled == (Recall(shot("a").ref, again=False),)
    assert composed.prompt.messages[-1] == ModelMessage("user", "[about screenshot 1]\nlook at the first screenshot")


async def test_a_picture_out_of_view_is_shown_again(talk: Talk) -> None:
    for name in "abcde":
        before = await talk.ask(name, shot(name))
    assert pictures(before)[0] == []
    asked = await talk.ask("看第一张截图", referred=[shot("a")], language="zh")
    assert (texts(asked)[-1], pictures(asked)[-1]) == ("[再看截图 1]\n看第一张截图", ["a"])
    assert asked[: len(before)] == before
    # It is a part of the conversation now.
    after = await talk.ask("and the code?")
    assert after[: len(asked)] == asked
    assert (await talk.compose("again", referred=[shot("a")])).recalled == (Recall(shot("a").ref, again=False),)


async def test_a_picture_that_comes_with_the_question_is_not_shown_twice(talk: Talk) -> None:
    await talk.ask("first", shot("a"))
    composed = await talk.compose("compare", shot("a"), shot("b"), referred=[shot("a")])
    assert composed.recalled == ()
    assert pictures(composed.prompt.messages)[-1] == ["a", "b"]


async def test_what_leaves_because_of_what_is_shown_again_is_shown_again_too(talk: Talk) -> None:
    one, two = shot("a", 450), shot("b", 450)
    await talk.ask("first", one)
    await talk.ask("x" * 500)
    assert pictures(await talk.ask("second", two)) == [["b"]]
    assert pictures(await talk.ask("z" * 150)) == [["b"], [], []]
    asked = await talk.ask("compare", referred=[one, two])
    assert texts(asked)[-1] == "[screenshot 1 again] [screenshot 2 again]\ncompare"
    assert [names for names in pictures(asked) if names] == [["a", "b"]]


async def test_what_does_not_fit_is_not_shown_again(talk: Talk) -> None:
    talk.room(600, 700)
    await talk.ask("first", shot("a", 400))
    await talk.ask("second", shot("b", 400))
    composed = await talk.compose("compare", referred=[shot("a", 400), shot("b", 400)])
    seen = [name for names in pictures(composed.prompt.messages) for name in names]
    assert len(seen) == 1
    with pytest.raises(PromptTooLongError):
        await talk.compose("x" * 800)


async def test_the_store_numbers_pictures_as_the_prompt_did(talk: Talk) -> None:
    """What a question says of its pictures before it is stored is what it says ever after."""
    shots = [shot(name, 10) for name in "abcdef"]
    await talk.store.commit(Outcome(CHAT, (), question=NewTurn("customer", "old", (shots[5].ref,)), images=(shots[5],)))
    await talk.store.commit(Outcome(CHAT, (), reset=True))
    before = await talk.ask("one", shots[1], shots[0])
    for images, referred in (([2, 1], [5]), ([], [0, 2]), ([3], []), ([0, 4], [3, 5])):
        messages = await talk.ask("more", *(shots[i] for i in images), referred=[shots[i] for i in referred])
        assert messages[: len(before)] == before
        before = messages


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_a_prompt_goes_on_or_is_cut(talk: Talk, seed: int) -> None:
    """Questions with pictures old and new, spoken of or not, described early or late; deletions in between."""
    dice = random.Random(seed)
    talk.room(1500, 2500)
    system = max(talk.model.measure(talk.prompts.system(language).text) for language in ("en", "zh"))
    names = "abcdefghijkl"
    before: list[ModelMessage] = []
    went_on = cuts = 0
    for number in range(80):
        known = (await talk.store.context(CHAT)).pictures
        view = (await talk.store.context(CHAT)).view
        if known and dice.random() < 0.3:
            await talk.store.describe(
                CHAT, dice.choice(known), dice.choice(["", "cart", "checkout page, error E-4127"])
            )
        if dice.random() < 0.05:
            await talk.store.retract(CHAT, f"m{dice.randrange(number + 1)}")
            before = []
        referred = [shot(name, 150) for name in dice.sample(names, 2) if dice.random() < 0.3]
        referred = [image for image in referred if any(picture.ref == image.ref for picture in known)]
        images = [shot(name, 150) for name in dice.sample(names, 2) if dice.random() < 0.2]
        language: Language = dice.choice(["en", "zh"])
        text, answer = "q" * dice.randrange(120), "a" * dice.randrange(1, 90)
        messages = await talk.ask(
            text, *images, referred=referred, language=language, answer=answer, message=f"m{number}"
        )
        tokens = sum(talk.model.measure(m.text, [image.ref for image in m.images]) for m in messages)
        assert system + tokens + ANSWER <= talk.model.info.context
        seen = {image.ref for m in messages for image in m.images}
        assert {image.ref for image in referred} <= seen
        if (await talk.store.context(CHAT)).view == view and before:
            assert messages[: len(before)] == before
            went_on += 1
        else:
            cuts += bool(before)
        before = messages
    assert went_on > 2 * cuts > 0
