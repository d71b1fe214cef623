"""Prompts of whole conversations: what stays the same, what is cut."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from bot.errors import PromptTooLongError
from bot.labels import Labels
from bot.messages import ImageRef, NewTurn, Picture, Turn, View
from bot.outcome import Outcome
from bot.ports import ModelMessage
from tests.test_core.talking import ANSWER, CHAT, Talk, pictures, shot, texts

# --- what stays the same


async def test_each_prompt_goes_on_from_the_one_before(talk: Talk) -> None:
    first = await talk.ask("what is this?", shot("a"), shot("b"))
    assert texts(first) == ["[screenshot 1] [screenshot 2]\nwhat is this?"]
    assert pictures(first) == [["a", "b"]]
    second = await talk.ask("and this?", shot("c"), answer="fine")
    assert second[:2] == [*first, ModelMessage("assistant", "ok")]
    assert texts(second)[-1] == "[screenshot 3]\nand this?"
    third = await talk.ask("图里是什么?", shot("d"), language="zh")
    assert third[:4] == [*second, ModelMessage("assistant", "fine")]
    assert texts(third)[-1] == "[截图 4]\n图里是什么?"


async def test_a_picture_without_a_word_has_its_label(talk: Talk) -> None:
    assert texts(await talk.ask("", shot("a"))) == ["[screenshot 1]"]


async def test_a_picture_that_is_sent_twice_keeps_its_number(talk: Talk) -> None:
    await talk.ask("this", shot("a"))
    again = await talk.ask("this, I said", shot("a"), shot("b"))
    assert texts(again)[-1] == "[screenshot 1 again] [screenshot 2]\nthis, I said"
    assert (await talk.ask("and"))[: len(again)] == again


async def test_what_was_said_in_a_row_while_a_person_had_the_conversation_is_one_message(talk: Talk) -> None:
    """Templates that insist on two sides in turn would refuse the prompt otherwise."""
    await talk.ask("what is this?", shot("a"))
    for said in (
        NewTurn("agent", "Hello, I am Mia.", sender="telegram:2", author="Mia"),
        NewTurn("customer", "so?", (shot("b").ref,), ("m2",), "list:anna"),
        NewTurn("customer", "are you there?", (), ("m3",), "list:anna"),
    ):
        await talk.store.commit(Outcome(CHAT, (), question=said, images=(shot("b"),)))
    after = await talk.ask("and now?", shot("c"))
    assert [(message.role, message.text) for message in after] == [
        ("user", "[screenshot 1]\nwhat is this?"),
        ("assistant", "ok\n\nHello, I am Mia."),
        ("user", "[screenshot 2]\nso?\n\nare you there?\n\n[screenshot 3]\nand now?"),
    ]
    assert pictures(after) == [["a"], [], ["b", "c"]]


async def test_the_system_prompt_keeps_the_language_of_the_first_question(talk: Talk) -> None:
    chinese, english = talk.prompts.system("zh"), talk.prompts.system("en")
    assert (await talk.compose("你好", language="zh")).version == chinese.version
    await talk.ask("你好", language="zh")
    composed = await talk.compose("and in English?", language="en")
    assert (composed.version, composed.prompt.messages[0].text) == (chinese.version, chinese.text)
    await talk.store.commit(Outcome(CHAT, (), reset=True))
    assert (await talk.compose("hello", language="en")).version == english.version


async def test_the_system_prompt_may_change_its_language_at_a_cut(talk: Talk) -> None:
    await talk.ask("你" * 300, language="zh")
    await talk.ask("x" * 300)
    assert (await talk.compose("y" * 300)).version == talk.prompts.system("zh").version
    await talk.ask("y" * 300)
    assert (await talk.compose("z" * 300)).version == talk.prompts.system("en").version
    assert (await talk.compose("你好", language="zh")).version == talk.prompts.system("en").version


async def test_prompts_say_whose_they_are(talk: Talk) -> None:
    prompt = (await talk.compose("hello")).prompt
    assert (prompt.chat, prompt.person, prompt.max_tokens) == (str(CHAT), "list:anna", ANSWER)


# --- cuts


async def test_a_conversation_is_cut_rarely_and_its_prompts_fit(talk: Talk) -> None:
    """Prompts of a long conversation with pictures: few of them do not go on from the one before."""
    limit = talk.model.info.context // 2
    before: list[ModelMessage] = []
    cuts = []
    for number in range(60):
        images = (shot(f"{number}", 150),) if number % 7 == 0 else ()
        messages = await talk.ask(f"question {number} " * 2, *images, answer=f"answer {number} " * 3)
        tokens = sum(talk.model.measure(m.text, [i.ref for i in m.images]) for m in messages)
        assert tokens + len(talk.prompts.system("en").text) <= limit
        if messages[: len(before)] != before:
            cuts.append(number)
        before = messages
    assert 3 <= len(cuts) <= 8
    assert min(b - a for a, b in pairwise(cuts)) >= 4


async def test_a_cut_is_kept_over_a_restart(talk: Talk, tmp_path: Path) -> None:
    for number in range(12):
        await talk.ask(f"{number} " * 40, *((shot("a"),) if number == 0 else ()))
    prompt = (await talk.compose("next")).prompt
    assert 4 < len(prompt.messages) < 24
    await talk.store.close()
    await talk.store.open()
    assert (await Talk(talk.store, talk.prompts).compose("next")).prompt == prompt


async def test_only_what_is_in_view_is_read_and_measured(talk: Talk) -> None:
    for number in range(200):
        await talk.store.commit(
            Outcome(CHAT, (), question=NewTurn("customer", f"q{number}"), answer=NewTurn("bot", "a" * 50))
        )
    await talk.ask("the first question after an update")
    context = await talk.store.context(CHAT)
    assert len(context.turns) < 40
    measured = 0
    measure = talk.model.measure

    def counting(text: str, images: Sequence[ImageRef] = ()) -> int:
        nonlocal measured
        measured += 1
        return measure(text, images)

    talk.model.measure = counting  # type: ignore[method-assign]
    await talk.ask("the next one")
    assert measured < 100


async def test_pictures_that_leave_are_named_by_their_numbers(talk: Talk) -> None:
    for name in "abc":
        await talk.ask(name, shot(name))
    assert talk.leaving == []
    before = await talk.ask("why?")
    assert [(picture.number, language) for picture, language in talk.leaving] == [(1, "en"), (2, "en")]
    (one, *_) = (await talk.store.context(CHAT)).pictures
    assert await talk.store.describe(CHAT, one, "checkout page, error E-4127")
    # The description shows when the picture has left, and not before.
    assert pictures(before)[:6:2] == [["a"], ["b"], ["c"]]
    longer = await talk.ask("d", shot("d"))
    assert longer[: len(before)] == before
    after = await talk.ask("e", shot("e"))
    assert texts(after)[:6:2] == [
        "[screenshot 1: checkout page, error E-4127]\na",
        "[screenshot 2: no longer in view]\nb",
        "[screenshot 3: no longer in view]\nc",
    ]
    assert pictures(after) == [[], [], [], [], [], [], [], [], ["d"], [], ["e"]]


async def test_a_description_that_comes_too_late_waits_for_the_next_cut(talk: Talk) -> None:
    talk.room(2000)
    for name in "abcde":
        after = await talk.ask(name, shot(name, 400))
    assert texts(after)[0] == "[screenshot 1: no longer in view]\na"
    (one, *_) = (await talk.store.context(CHAT)).pictures
    assert await talk.store.describe(CHAT, one, "checkout page")
    for name in "fg":
        later = await talk.ask(name, shot(name, 400))
        assert later[: len(after)] == after
    cut = await talk.ask("h", shot("h", 400))
    assert texts(cut)[0] == "[screenshot 1: checkout page]\na"


async def test_described_pictures_are_not_described_again(talk: Talk) -> None:
    for name in "abc":
        await talk.ask(name, shot(name))
    (one, two, _) = (await talk.store.context(CHAT)).pictures
    await talk.store.describe(CHAT, one, "")
    await talk.ask("why?")
    assert [picture.number for picture, _ in talk.leaving] == [2]
    await talk.store.describe(CHAT, two, "cart")
    talk.leaving.clear()
    await talk.ask("why?")
    assert talk.leaving == []
    await talk.ask("d", shot("d"))
    await talk.ask("why?")
    assert [picture.number for picture, _ in talk.leaving] == [3]


async def test_a_picture_leaves_with_its_turn(talk: Talk) -> None:
    await talk.ask("first", shot("a"))
    await talk.ask("x" * 500)
    await talk.ask("why?")
    assert [picture.number for picture, _ in talk.leaving] == [1]


async def test_a_question_may_fill_more_than_the_share_of_history(talk: Talk) -> None:
    talk.room(300, 2000)
    album = [shot(name, 500) for name in "abc"]
    assert pictures(await talk.ask("which of them?", *album)) == [["a", "b", "c"]]
    # What people go on asking about stays in view.
    asked = await talk.ask("and the others?")
    assert pictures(asked)[0] == ["a", "b", "c"]
    # Though it is more than history may have, there is nothing to be cut, and nothing changes.
    (one, *_) = (await talk.store.context(CHAT)).pictures
    await talk.store.describe(CHAT, one, "cart")
    view = (await talk.store.context(CHAT)).view
    assert (await talk.ask("真的吗?", language="zh"))[:3] == asked
    assert (await talk.store.context(CHAT)).view == view
    assert pictures(await talk.ask("and this one?", shot("d", 200)))[-1] == ["d"]
    with pytest.raises(PromptTooLongError):
        await talk.compose("too many", *(shot(name, 500) for name in "efgh"))


# --- edits


async def test_an_edit_begins_where_the_question_was(talk: Talk) -> None:
    await talk.ask("first", shot("a"))
    await talk.ask("look at my last screenshot", shot("b"), referred=[shot("a")])
    (_, _, edited, _) = await talk.store.history(CHAT)
    messages = await talk.ask("look at it", *(shot("b"),), supersedes=edited)
    assert texts(messages) == ["[screenshot 1]\nfirst", "ok", "[screenshot 2]\nlook at it"]
    assert (await talk.ask("go on"))[:3] == messages


def test_labels_are_in_the_language_of_the_turn() -> None:
    ref = ImageRef("a", 1, 1)
    labels = Labels([Picture(2, 5, ref, "结账页面", 3)])
    turn = Turn(5, "customer", "什么", (ref,), language="zh")
    assert labels.text(turn, View(), pictured=True) == "[截图 2]\n什么"
    assert labels.text(turn, View(described=3), pictured=False) == "[截图 2：结账页面]\n什么"
    assert labels.text(turn, View(described=2), pictured=False) == "[截图 2：已不在视野中]\n什么"
