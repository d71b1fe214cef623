"""A question's way through the rooms."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from bot.errors import GenerationError
from bot.messages import Attachment, ChatKey, Kind, Reply, Role
from bot.ports import Prompt
from bot.texts import (
    ANSWER_EMPTY,
    ANSWER_FAILED,
    CUT_SHORT,
    NEW_DONE,
    NOTHING_TO_STOP,
    PICTURE_BROKEN,
    PICTURE_TOO_MANY,
    PICTURE_UNNAMED,
    PROMPT_TOO_LONG,
    STATUS_ANSWERING,
    STATUS_IDLE,
    STOPPED,
    TEXT_TOO_LONG,
)
from tests.test_core.conftest import CHAT, Bench, picture
from tests.waiting import until


async def test_a_question_with_a_picture_is_answered_once(bench: Bench) -> None:
    bench.model.script = lambda prompt: ("It says ", "**E-4127**.")
    await bench.say("what is the code?", files=(picture(),))
    assert await bench.platform.wait_for(CHAT, 1) == ["It says **E-4127**."]
    await bench.core.delivery.drain()
    assert len(bench.platform.sent) == 1
    (prompt,) = bench.model.prompts
    assert [m.role for m in prompt.messages] == ["system", "user"]
    assert prompt.messages[1].text == "[screenshot 1]\nwhat is the code?"
    assert [i.ref.width for i in prompt.messages[1].images] == [64]
    assert bench.platform.previews[0].shown == ["It says ", "It says **E-4127**."]
    backlog = await bench.store.backlog()
    assert (backlog.inbox, backlog.outbox) == (0, 0)


async def test_a_follow_up_sees_the_conversation(bench: Bench) -> None:
    bench.model.script = lambda prompt: ("first",)
    await bench.say("what is this?", files=(picture("blue"),))
    await bench.platform.wait_for(CHAT, 1)
    await bench.say("and the total?")
    await bench.platform.wait_for(CHAT, 2)
    messages = bench.model.prompts[1].messages
    assert [(m.role, m.text, len(m.images)) for m in messages[1:]] == [
        ("user", "[screenshot 1]\nwhat is this?", 1),
        ("assistant", "first", 0),
        ("user", "and the total?", 0),
    ]


async def test_chats_do_not_see_each_other(bench: Bench) -> None:
    other = ChatKey("list", "", "2")
    await bench.say("canary", files=(picture(),))
    await bench.platform.wait_for(CHAT, 1)
    await bench.say("hello", chat=other, sender="list:ben")
    await bench.platform.wait_for(other, 1)
    assert [m.text for m in bench.model.prompts[1].messages[1:]] == ["hello"]


async def test_messages_during_an_answer_become_the_next_question(bench: Bench) -> None:
    bench.model.gate.clear()
    await bench.say("one")
    await bench.model.asked.wait()
    await bench.say("two")
    await bench.say("three")
    bench.model.gate.set()
    await bench.platform.wait_for(CHAT, 2)
    assert bench.model.prompts[1].messages[-1].text == "two\nthree"


async def test_it_answers_in_the_language_of_the_question(bench: Bench) -> None:
    await bench.say("这个报错是什么意思?", files=(b"\x89PNG\r\n\x1a\n broken",), names=("截图.png",))
    (said,) = await bench.platform.wait_for(CHAT, 1)
    assert said == PICTURE_BROKEN.say("zh", name="“截图.png”")


async def test_a_broken_picture_is_never_answered_as_if_it_were_not_there(bench: Bench) -> None:
    await bench.say("what is the code?", files=(b"\x89PNG\r\n\x1a\n broken",))
    (said,) = await bench.platform.wait_for(CHAT, 1)
    assert said == PICTURE_BROKEN.say("en", name=PICTURE_UNNAMED.say("en"))
    assert bench.model.prompts == []
    # The question is remembered, so that the picture sent next meets it.
    await bench.say(files=(picture(),))
    await bench.platform.wait_for(CHAT, 2)
    assert [m.text for m in bench.model.prompts[0].messages[1:]] == ["what is the code?", said, "[screenshot 1]"]


async def test_good_pictures_beside_a_broken_one_are_used(bench: Bench) -> None:
    await bench.say(
        "compare", files=(picture("red"), b"%PDF-1.7 x", picture("green")), names=("a.png", "b.pdf", "c.png")
    )
    (said,) = await bench.platform.wait_for(CHAT, 1)
    assert "“b.pdf” is of the type PDF" in said
    assert said.endswith("fine")
    assert len(bench.model.prompts[0].messages[-1].images) == 2


async def test_more_pictures_than_are_looked_at(bench: Bench) -> None:
    colours = ("red", "green", "blue", "white")
    await bench.say("compare", files=tuple(picture(colour) for colour in colours))
    (said,) = await bench.platform.wait_for(CHAT, 1)
    assert said.startswith(PICTURE_TOO_MANY.say("en", limit=3))
    assert len(bench.model.prompts[0].messages[-1].images) == 3


async def test_too_long_a_text_is_refused_and_the_chat_goes_on(bench: Bench) -> None:
    await bench.say("x" * 100_000)
    assert await bench.platform.wait_for(CHAT, 1) == [TEXT_TOO_LONG.say("en", length=100_000, limit=1000)]
    await bench.say("short")
    assert (await bench.platform.wait_for(CHAT, 2))[1] == "fine"
    assert len(bench.model.prompts) == 1


async def test_a_failing_model_is_apologised_for_and_leaves_no_trace(bench: Bench) -> None:
    bench.model.failure = GenerationError("native trouble")
    await bench.say("what is this?")
    assert await bench.platform.wait_for(CHAT, 1) == [ANSWER_FAILED.say("en")]
    assert await bench.store.history(CHAT) == []
    assert bench.platform.previews[0].closed is True
    bench.model.failure = None
    await bench.say("again")
    assert (await bench.platform.wait_for(CHAT, 2))[1] == "fine"


async def test_a_prompt_that_cannot_fit(bench: Bench) -> None:
    bench.model.info = type(bench.model.info)("small", 400)
    await bench.say("x" * 900)
    assert await bench.platform.wait_for(CHAT, 1) == [PROMPT_TOO_LONG.say("en")]


async def test_a_reply_to_an_earlier_picture_is_about_it(bench: Bench) -> None:
    first = await bench.say("first", files=(picture("red"),))
    await bench.platform.wait_for(CHAT, 1)
    await bench.say("second", files=(picture("blue"),))
    await bench.platform.wait_for(CHAT, 2)
    quoted = (Attachment(data=picture("red")),)  # as platforms send it along
    await bench.say("what was in this one?", reply_to=first, quoted=quoted)
    await bench.platform.wait_for(CHAT, 3)
    question = bench.model.prompts[2].messages[-1]
    assert (question.text, question.images) == ("[about screenshot 1]\nwhat was in this one?", ())


async def test_a_reply_to_an_answer_means_the_picture_it_was_about(bench: Bench) -> None:
    await bench.say("first", files=(picture("red"),))
    await bench.platform.wait_for(CHAT, 1)
    answer = f"m{bench.platform.sent[0].id}"
    await bench.say("second", files=(picture("blue"),))
    await bench.platform.wait_for(CHAT, 2)
    await bench.say("go on with this", reply_to=answer)
    await bench.platform.wait_for(CHAT, 3)
    assert bench.model.prompts[2].messages[-1].text == "[about screenshot 1]\ngo on with this"


async def test_a_reply_to_a_picture_of_an_earlier_conversation_brings_it_along(bench: Bench) -> None:
    first = await bench.say("first", files=(picture("red"),))
    await bench.platform.wait_for(CHAT, 1)
    await bench.command("new")
    await bench.platform.wait_for(CHAT, 2)
    await bench.say("and this one?", reply_to=first)
    await bench.platform.wait_for(CHAT, 3)
    question = bench.model.prompts[1].messages[-1]
    assert question.text == "[screenshot 1]\nand this one?"
    assert question.images == bench.model.prompts[0].messages[-1].images
    await bench.say("go on")
    await bench.platform.wait_for(CHAT, 4)
    assert bench.model.prompts[2].messages[1] == question


async def test_a_picture_replied_to_that_the_bot_has_not_seen_is_fetched(bench: Bench) -> None:
    await bench.say("what is this?", reply_to="somebody's", quoted=(Attachment(data=picture("red")),))
    await bench.platform.wait_for(CHAT, 1)
    assert len(bench.model.prompts[0].messages[-1].images) == 1


async def test_an_edit_of_the_newest_question_is_answered_anew(bench: Bench) -> None:
    asked = await bench.say("what is E-4172?", files=(picture(),))
    await bench.platform.wait_for(CHAT, 1)
    await bench.say("what is E-4127?", message=asked, kind=Kind.EDIT)
    await bench.platform.wait_for(CHAT, 2)
    assert [(m.text, len(m.images)) for m in bench.model.prompts[1].messages[1:]] == [
        ("[screenshot 1]\nwhat is E-4127?", 1)
    ]
    assert [turn.text for turn in await bench.store.history(CHAT)] == ["what is E-4127?", "fine"]


async def test_an_edit_that_changes_nothing_is_not_answered(bench: Bench) -> None:
    asked = await bench.say("what is E-4127?")
    await bench.platform.wait_for(CHAT, 1)
    await bench.say("what is E-4127?", message=asked, kind=Kind.EDIT)
    await bench.say("next")
    await bench.platform.wait_for(CHAT, 2)
    assert [p.messages[-1].text for p in bench.model.prompts] == ["what is E-4127?", "next"]


async def test_an_edit_in_name_only_with_its_picture_is_not_answered(bench: Bench) -> None:
    asked = await bench.say("what is E-4127?", files=(picture(),))
    await bench.platform.wait_for(CHAT, 1)
    await bench.say("what is E-4127?", message=asked, kind=Kind.EDIT, files=(picture(),))
    await bench.say("what is E-4127?", message=asked, kind=Kind.EDIT, files=(picture("blue"),))
    await bench.platform.wait_for(CHAT, 2)
    await bench.core.delivery.drain()
    assert len(bench.model.prompts) == 2
    assert bench.model.prompts[0].messages[-1].images != bench.model.prompts[1].messages[-1].images
    assert (await bench.store.backlog()).inbox == 0


async def test_a_question_without_an_answer_stays_in_sight(bench: Bench) -> None:
    bench.model.script = lambda prompt: ()
    await bench.say("anybody there?")
    assert await bench.platform.wait_for(CHAT, 1) == [ANSWER_EMPTY.say("en")]
    await bench.core.delivery.drain()
    shown = await bench.store.transcript(CHAT)
    assert [(entry.speaker, entry.text or entry.payload) for entry in shown] == [
        ("customer", "anybody there?"),
        ("bot", ANSWER_EMPTY.say("en")),
    ]


async def test_an_edit_of_an_older_question_corrects_the_history(bench: Bench) -> None:
    asked = await bench.say("my order is 17")
    await bench.platform.wait_for(CHAT, 1)
    await bench.say("thanks")
    await bench.platform.wait_for(CHAT, 2)
    await bench.say("my order is 71", message=asked, kind=Kind.EDIT)
    await bench.say("what is my order?")
    await bench.platform.wait_for(CHAT, 3)
    assert bench.model.prompts[2].messages[1].text == "my order is 71"


async def test_a_deleted_question_leaves_the_history(bench: Bench) -> None:
    asked = await bench.say("my card is 4111", files=(picture(),))
    await bench.platform.wait_for(CHAT, 1)
    await bench.say(message=asked, kind=Kind.DELETE)
    await bench.say("hello")
    await bench.platform.wait_for(CHAT, 2)
    assert [m.text for m in bench.model.prompts[1].messages[1:]] == ["hello"]
    assert bench.model.forgotten == [str(CHAT)]


async def test_a_picture_replied_to_counts_as_one_when_another_is_broken(bench: Bench) -> None:
    first = await bench.say("first", files=(picture("red"),))
    await bench.platform.wait_for(CHAT, 1)
    await bench.say("and here?", reply_to=first, files=(b"\x89PNG\r\n\x1a\n broken",))
    (_, said) = await bench.platform.wait_for(CHAT, 2)
    assert said == f"{PICTURE_BROKEN.say('en', name=PICTURE_UNNAMED.say('en'))}\n\nfine"
    assert bench.model.prompts[1].messages[-1].text == "[about screenshot 1]\nand here?"


async def test_a_screenshot_spoken_of_is_pointed_out_and_remembered(bench: Bench) -> None:
    await bench.say("first", files=(picture("red"), picture("blue")))
    await bench.platform.wait_for(CHAT, 1)
    await bench.say("look at the second screenshot")
    await bench.platform.wait_for(CHAT, 2)
    await bench.say("and now?")
    await bench.platform.wait_for(CHAT, 3)
    second, third = bench.model.prompts[1].messages, bench.model.prompts[2].messages
    assert second[-1].text == "[about screenshot 2]\nlook at the second screenshot"
    assert third[: len(second)] == second


async def test_no_more_pictures_are_recalled_than_are_looked_at(bench: Bench) -> None:
    await bench.say("first", files=(picture("red"), picture("blue")))
    await bench.platform.wait_for(CHAT, 1)
    await bench.say("second", files=(picture("green"), picture("white")))
    await bench.platform.wait_for(CHAT, 2)
    await bench.say("compare screenshots 1, 2, 3 and 4")
    await bench.platform.wait_for(CHAT, 3)
    labels = "[about screenshot 1] [about screenshot 2] [about screenshot 3]"
    assert bench.model.prompts[2].messages[-1].text.splitlines()[0] == labels


async def test_stop_keeps_what_was_said(bench: Bench) -> None:
    def pieces(_prompt: Prompt) -> Iterator[str]:
        yield "It says"
        bench.model.gate.clear()
        yield " a lot"

    async def begun() -> bool:
        return bool(bench.platform.previews and bench.platform.previews[0].shown)

    bench.model.script = pieces
    await bench.say("what is this?")
    await until(begun)
    await bench.command("stop")
    assert await bench.platform.wait_for(CHAT, 1) == [f"It says\n\n*{CUT_SHORT.say('en')}*"]
    await bench.core.delivery.drain()
    assert len(bench.platform.sent) == 1
    assert [turn.text for turn in await bench.store.history(CHAT)] == ["what is this?", "It says"]


async def test_stop_before_a_word_was_said(bench: Bench) -> None:
    bench.model.gate.clear()
    await bench.say("what is this?")
    await bench.model.asked.wait()
    await bench.command("status")
    assert await bench.platform.wait_for(CHAT, 1) == [STATUS_ANSWERING.say("en")]
    await bench.say("also this")
    await bench.command("stop")
    assert (await bench.platform.wait_for(CHAT, 2))[1] == STOPPED.say("en")
    await bench.command("status")
    assert (await bench.platform.wait_for(CHAT, 3))[2] == STATUS_IDLE.say("en")
    await bench.command("stop")
    assert (await bench.platform.wait_for(CHAT, 4))[3] == NOTHING_TO_STOP.say("en")
    assert len(bench.model.prompts) == 1
    assert (await bench.store.backlog()).inbox == 0


async def test_a_new_conversation_forgets_the_old_one_and_what_was_under_way(bench: Bench) -> None:
    await bench.say("old")
    await bench.platform.wait_for(CHAT, 1)
    bench.model.gate.clear()
    bench.model.asked.clear()
    await bench.say("under way")
    await bench.model.asked.wait()
    await bench.say("waiting")
    await bench.command("new")
    assert (await bench.platform.wait_for(CHAT, 3))[1:] == [STOPPED.say("en"), NEW_DONE.say("en")]
    bench.model.gate.set()
    await bench.say("fresh")
    await bench.platform.wait_for(CHAT, 4)
    assert [m.text for m in bench.model.prompts[-1].messages[1:]] == ["fresh"]
    assert bench.model.forgotten == [str(CHAT)]


async def test_a_question_right_behind_a_new_conversation_is_not_lost(bench: Bench) -> None:
    bench.model.gate.clear()
    await bench.say("under way")
    await bench.model.asked.wait()
    await bench.say("waiting")
    await asyncio.gather(bench.command("new"), bench.say("fresh"))
    await bench.platform.wait_for(CHAT, 2)
    bench.model.gate.set()
    assert (await bench.platform.wait_for(CHAT, 3))[1:] == [NEW_DONE.say("en"), "fine"]
    assert [m.text for m in bench.model.prompts[-1].messages[1:]] == ["fresh"]


async def test_a_restart_in_the_middle_loses_nothing_and_repeats_nothing(bench: Bench) -> None:
    await bench.say("first")
    await bench.platform.wait_for(CHAT, 1)
    bench.model.gate.clear()
    bench.model.asked.clear()
    await bench.say("second", files=(picture(),))
    await bench.model.asked.wait()
    await bench.stop()
    assert bench.platform.previews[-1].closed is False
    bench.model.gate.set()
    await bench.start()
    await bench.platform.wait_for(CHAT, 2)
    await bench.core.delivery.drain()
    assert bench.platform.texts(CHAT) == ["fine", "fine"]
    asked = bench.model.prompts[-1].messages
    assert [(m.text, len(m.images)) for m in asked[1:]] == [("first", 0), ("fine", 0), ("[screenshot 1]\nsecond", 1)]


async def test_a_preview_that_holds_the_text_becomes_the_answer(bench: Bench) -> None:
    bench.platform.slot, bench.platform.parts = "p7", 2
    await bench.say("hello")
    await bench.platform.wait_for(CHAT, 2)
    assert [item.slot for item in bench.platform.sent] == ["p7", ""]


async def test_in_a_group_the_answer_points_to_its_question(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    replies: list[Reply] = []

    def render(reply: Reply) -> tuple[str, ...]:
        replies.append(reply)
        return (reply.text,)

    monkeypatch.setattr(bench.platform, "render", render)
    asked = await bench.say("hello", private=False)
    await bench.platform.wait_for(CHAT, 1)
    assert (replies[0].reply_to, replies[0].rateable) == (asked, True)


async def test_a_large_picture_and_a_slow_model_hold_up_nobody(bench: Bench) -> None:
    """While one chat is being answered the loop goes on, and others are received and answered."""
    bench.model.gate.clear()
    await bench.say("slow", files=(picture("red", (3000, 3000)),))
    turns = 0
    while not bench.model.asked.is_set():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 100  # preparing 9 million pixels on the loop would leave room for a handful
    await bench.command("help")
    assert "/stop" in (await bench.platform.wait_for(CHAT, 1))[0]
    bench.model.gate.set()
    await bench.platform.wait_for(CHAT, 2)


async def test_figures(bench: Bench) -> None:
    await bench.say("hello")
    await bench.platform.wait_for(CHAT, 1)
    await bench.core.delivery.drain()
    text, _ = bench.metrics.exposition()
    assert b'looksee_answers_total{finish="stop",platform="list"} 1.0' in text
    assert b'looksee_deliveries_total{platform="list",result="sent"} 1.0' in text
    assert b"looksee_chats_waiting 0.0" in text


def test_roles_are_ordered() -> None:
    assert Role.CUSTOMER < Role.AGENT < Role.ADMIN
