"""Who answers whom, with the whole core: persons who have a conversation, what comes after them, agents, owners."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.cases import CaseState, Cause
from bot.handovertexts import LEFT_QUEUE, NOTHING_TO_RATE, RATED, RATED_BY_ANOTHER
from bot.messages import ChatKey, Kind, NewOutgoing, NewTurn
from bot.outcome import Elsewhere, Outcome
from bot.ports import Prompt
from bot.texts import NEW_DONE, PICTURE_BROKEN, PICTURE_UNNAMED
from bot.verbs.sentences import FOR_CUSTOMERS
from tests.test_core.conftest import CHAT, Bench, asked, picture
from tests.test_core.handing import MIA, OFFICE, PERSON, WAITING, move, offered, said, settled, the_case
from tests.test_core.office import within
from tests.waiting import until


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """One with a place for agents."""
    bench.platform.desk = OFFICE
    return bench


# --- while a person has it


async def test_the_bot_is_silent_and_keeps_what_is_written(bench: Bench) -> None:
    await move(bench, CaseState.HUMAN)
    await bench.say("are you there?", files=(picture(), b"\x89PNG\r\n\x1a\n broken"))
    complaint = PICTURE_BROKEN.say("en", name=PICTURE_UNNAMED.say("en"))
    assert await bench.platform.wait_for(CHAT, 1) == [complaint]
    for text in ("hello?", "I want to talk to a human"):
        await bench.say(text)
        await settled(bench)  # or the two might be one
    assert bench.platform.texts(CHAT) == [complaint]
    assert await said(bench) == [
        ("customer", "are you there?"),
        ("bot", complaint),
        ("customer", "hello?"),
        ("customer", "I want to talk to a human"),
    ]
    assert [len(turn.images) for turn in await bench.store.history(CHAT)] == [1, 0, 0, 0]
    assert bench.model.prompts == []


async def test_edits_and_deletions_work_all_the_same(bench: Bench) -> None:
    await move(bench, CaseState.HUMAN)
    first = await bench.say("order 71")
    await settled(bench)  # or the two might be one
    gone = await bench.say("my card is 4111")
    await settled(bench)
    await bench.say("order 17", message=first, kind=Kind.EDIT)
    await bench.say(message=gone, kind=Kind.DELETE)
    await settled(bench)
    assert await said(bench) == [("customer", "order 17")]
    await bench.say("like this", message=first, kind=Kind.EDIT, files=(picture(),))
    await settled(bench)
    (turn,) = await bench.store.history(CHAT)
    assert (turn.text, len(turn.images)) == ("like this", 1)


async def test_an_edit_of_what_came_with_a_picture_corrects_it_where_it_stands(bench: Bench) -> None:
    """Its picture is reported with it, and may be another one by now."""
    await move(bench, CaseState.HUMAN)
    shown = await bench.say("order 71", files=(picture(),))
    await settled(bench)  # or the two might be one
    await bench.say("hello?")
    await settled(bench)
    await bench.say("order 17", message=shown, kind=Kind.EDIT, files=(picture(),))
    await settled(bench)
    assert await said(bench) == [("customer", "order 17"), ("customer", "hello?")]
    await bench.say("order 17", message=shown, kind=Kind.EDIT, files=(picture("blue"),))
    await settled(bench)
    assert await said(bench) == [("customer", "order 17"), ("customer", "hello?")]
    before = (await bench.store.history(CHAT))[0].images
    broken = b"\x89PNG\r\n\x1a\n broken"
    await bench.say("order 18", message=shown, kind=Kind.EDIT, files=(broken,))
    await settled(bench)
    assert bench.platform.texts(CHAT) == [PICTURE_BROKEN.say("en", name=PICTURE_UNNAMED.say("en"))]
    (edited, _) = await bench.store.history(CHAT)
    assert (edited.text, edited.images) == ("order 18", before)


async def test_an_older_question_that_is_edited_shows_its_new_picture(bench: Bench) -> None:
    """The bot has the conversation, and answers nothing anew."""
    asked_first = await bench.say("what is this?", files=(picture(),))
    await bench.platform.wait_for(CHAT, 1)
    await bench.say("and now?")
    await bench.platform.wait_for(CHAT, 2)
    (old,) = (await bench.store.history(CHAT))[0].images
    await bench.say("what is that?", message=asked_first, kind=Kind.EDIT, files=(picture("blue"),))
    await settled(bench)
    first = (await bench.store.history(CHAT))[0]
    assert (first.text, len(first.images)) == ("what is that?", 1)
    assert await bench.store.images([old]) == {}
    broken = b"\x89PNG\r\n\x1a\n broken"
    await bench.say("what is that?", message=asked_first, kind=Kind.EDIT, files=(broken,))
    complaint = PICTURE_BROKEN.say("en", name=PICTURE_UNNAMED.say("en"))
    assert await bench.platform.wait_for(CHAT, 3) == ["fine", "fine", complaint]
    await bench.say("and then?")
    await bench.platform.wait_for(CHAT, 4)
    shown = [image.ref for message in bench.model.prompts[-1].messages for image in message.images]
    assert shown == list(first.images)
    assert len(bench.model.prompts) == 3


async def test_a_person_is_told_things_of_any_length(bench: Bench) -> None:
    story = "my story " * 500
    await bench.command("human", story)
    await settled(bench)
    await move(bench, CaseState.HUMAN)
    await bench.say(story.strip())
    await settled(bench)
    assert await said(bench) == [("customer", story.strip())] * 2


async def test_a_question_that_waits_is_for_who_takes_the_case(bench: Bench) -> None:
    """Neither the answer under way nor what is in the queue comes after somebody has taken over."""
    bench.model.gate.clear()
    await bench.say("under way")
    await bench.model.asked.wait()
    await bench.say("in the queue")
    stop = lambda: bench.core.desk.stop(CHAT, silently=True)  # noqa: E731
    async with asyncio.timeout(20), bench.core.dispatcher.silenced(CHAT, stop):
        await move(bench, CaseState.HUMAN)
    bench.model.gate.set()
    await settled(bench)
    assert bench.platform.texts(CHAT) == []
    assert await said(bench) == [("customer", "under way"), ("customer", "in the queue")]


async def test_what_was_said_by_then_stays(bench: Bench) -> None:
    def pieces(_prompt: Prompt) -> Iterator[str]:
        yield "It says"
        bench.model.gate.clear()
        yield " a lot"

    async def begun() -> bool:
        return bool(bench.platform.previews and bench.platform.previews[0].shown)

    bench.model.script = pieces
    await bench.say("what is this?")
    await until(begun)
    async with bench.core.dispatcher.silenced(CHAT, lambda: bench.core.desk.stop(CHAT, silently=True)):
        assert await said(bench) == [("customer", "what is this?"), ("bot", "It says")]


async def test_given_back_the_bot_knows_what_was_said(bench: Bench) -> None:
    await move(bench, CaseState.HUMAN)
    await bench.say("my order is 17")
    await settled(bench)
    await move(bench, CaseState.BOT)
    await bench.say("what is my order?")
    await bench.platform.wait_for(CHAT, 1)
    assert [m.text for m in bench.model.prompts[0].messages[1:]] == ["my order is 17\n\nwhat is my order?"]
    assert offered(bench) == (PERSON,)
    await bench.command("human")
    await bench.platform.wait_for(CHAT, 2)
    assert (await the_case(bench)).state is CaseState.WAITING


# --- the end


async def test_what_comes_after_the_end_begins_anew(bench: Bench) -> None:
    old = await bench.say("old")
    await bench.platform.wait_for(CHAT, 1)
    await move(bench, CaseState.WAITING)
    await move(bench, CaseState.CLOSED)
    await bench.say("older", message=old, kind=Kind.EDIT)
    await settled(bench)
    assert await said(bench) == [("customer", "older"), ("bot", "fine")]
    await bench.say("fresh")
    await bench.platform.wait_for(CHAT, 2)
    assert [m.text for m in bench.model.prompts[-1].messages[1:]] == ["fresh"]
    assert await bench.store.case(CHAT) is None
    await bench.say(message=old, kind=Kind.DELETE)
    await bench.command("human")
    await bench.platform.wait_for(CHAT, 3)
    assert (await the_case(bench)).id == 2


async def test_a_person_may_be_asked_for_right_after_the_end(bench: Bench) -> None:
    await move(bench, CaseState.HUMAN)
    await move(bench, CaseState.CLOSED)
    await bench.command("human")
    await bench.platform.wait_for(CHAT, 1)
    case = await the_case(bench)
    assert (case.id, case.state) == (2, CaseState.WAITING)


async def test_a_new_conversation_closes_the_case(bench: Bench) -> None:
    await bench.command("human")
    await bench.command("new")
    assert await bench.platform.wait_for(CHAT, 2) == [WAITING, f"{LEFT_QUEUE.en} {NEW_DONE.en}"]
    assert await bench.store.case(CHAT) is None
    closed = await bench.store.find_case(1)
    assert closed is not None
    assert closed.state is CaseState.CLOSED
    assert [entry.text for entry in await bench.store.log(1)] == ["bot>waiting:asked", "waiting>closed:asked"]


async def test_how_it_was(bench: Bench) -> None:
    await move(bench, CaseState.HUMAN)
    await bench.command("rate", "5")
    await bench.platform.wait_for(CHAT, 1)
    await move(bench, CaseState.CLOSED)
    await bench.command("rate", "4")
    await bench.command("rate", "#1 ５")
    await bench.command("rate", "1 5", chat=ChatKey("list", "", "2"), sender="list:ben")
    await bench.command("rate", "1", sender="list:ben")
    await bench.command("rate", "6")
    await bench.command("rate", "very good")
    await bench.command("rate")
    answers = await bench.platform.wait_for(CHAT, 7)
    assert answers[:3] == [NOTHING_TO_RATE.en, RATED.say("en", score=4), RATED.say("en", score=5)]
    assert answers[3] == RATED_BY_ANOTHER.en
    assert answers[4].startswith("`6` is no mark. From 1 (bad) to 5 (very good), please.")
    assert answers[5].startswith("`very good` is no mark.")
    assert answers[6].startswith("How was it? From 1 (bad) to 5 (very good), please.")
    assert await bench.platform.wait_for(ChatKey("list", "", "2"), 1) == [NOTHING_TO_RATE.en]
    assert (await the_case(bench)).satisfaction == 5


async def ended(bench: Bench) -> None:
    """A person has had the conversation, asked something, and closed it."""
    await move(bench, CaseState.HUMAN)
    case = await the_case(bench)
    asks = NewTurn("agent", "How many are there?", (), ("q",), MIA.key)
    told = Elsewhere(CHAT, (NewOutgoing("How many are there?", answer=True),), asks, case=case.id, agent=MIA.key)
    await bench.store.commit(Outcome(OFFICE, (), elsewhere=(told,)))
    await move(bench, CaseState.CLOSED)


@pytest.mark.parametrize("words", ["4", " ４ ", "4/5", "⭐⭐⭐⭐", "4分"])
async def test_a_mark_may_be_typed(bench: Bench, words: str) -> None:
    await ended(bench)
    await bench.command("status")
    await bench.say(words)
    assert (await bench.platform.wait_for(CHAT, 2))[1] in (RATED.say("en", score=4), RATED.say("zh", score=4))
    assert (await the_case(bench)).satisfaction == 4
    assert bench.model.prompts == []
    await bench.say("4")  # and now it is a question like any other
    assert (await bench.platform.wait_for(CHAT, 3))[2] == "fine"
    assert await bench.store.case(CHAT) is None


async def test_a_mark_is_noted_once_with_what_is_said_of_it(bench: Bench) -> None:
    await ended(bench)
    await bench.say("5")
    await settled(bench)
    await bench.stop()
    await bench.start()
    assert [entry.text for entry in await bench.store.log(1)][-1] == "5"
    assert bench.platform.texts(CHAT) == [RATED.say("en", score=5)]


@pytest.mark.parametrize("words", ["6", "5 of them", "five", "55", "It was 5"])
async def test_what_is_no_mark_begins_anew(bench: Bench, words: str) -> None:
    await ended(bench)
    await bench.say(words)
    await bench.platform.wait_for(CHAT, 1)
    assert asked(bench) == [words]
    closed = await bench.store.find_case(1)
    assert closed is not None
    assert closed.satisfaction == 0


async def test_a_number_that_answers_something_else_is_no_mark(bench: Bench) -> None:
    async def begins_anew(**more: Any) -> None:
        before = len(bench.model.prompts)
        await ended(bench)
        await bench.say("5", **more)
        await within(lambda: len(bench.model.prompts) > before)
        await settled(bench)
        assert await bench.store.case(CHAT) is None
        assert await bench.store.cases(tuple(CaseState), 1)
        assert all(not case.satisfaction for case in await bench.store.cases(tuple(CaseState), 9))

    await begins_anew(reply_to="q")
    await begins_anew(files=(picture(),))
    await begins_anew(sender="list:ben")


@pytest.mark.parametrize("late", [-1.0, 86_401.0])
async def test_a_mark_is_given_after_it_was_asked_for_and_within_a_day(bench: Bench, late: float) -> None:
    await ended(bench)
    since = (await the_case(bench)).since
    bench.core.intake._clock = lambda: since + late
    await bench.say("5")
    await bench.platform.wait_for(CHAT, 1)
    assert asked(bench) == ["5"]


async def test_a_number_after_something_else_was_said_is_no_mark(bench: Bench) -> None:
    await ended(bench)
    await bench.store.commit(Outcome(CHAT, (), answer=NewTurn("bot", "Is it number 1 or 2?")))
    await bench.say("2")
    await bench.platform.wait_for(CHAT, 1)
    assert asked(bench) == ["2"]


# --- among agents


async def test_what_agents_write_outside_of_rooms_is_for_nobody(bench: Bench) -> None:
    await bench.say("lunch?", chat=OFFICE, sender=MIA.key, private=False)
    await bench.say("I want to talk to a human", chat=replace(OFFICE, thread="9"), sender=MIA.key, private=False)
    await settled(bench)
    await bench.command("human", chat=OFFICE, sender=MIA.key, private=False)
    assert await bench.platform.wait_for(OFFICE, 1) == [FOR_CUSTOMERS.say("en", command="/human")]
    await bench.say("thanks", chat=OFFICE, sender=MIA.key, private=False, reply_to="one of the bot's")
    assert (await bench.platform.wait_for(OFFICE, 2))[1].startswith("Not sent: you are not on the list of agents.")
    assert bench.model.prompts == []


# --- the owner of a business account


async def test_an_owner_who_writes_has_the_conversation(bench: Bench) -> None:
    bench.platform.desk = None
    await bench.say("what is this?")
    await bench.platform.wait_for(CHAT, 1)
    bench.model.gate.clear()
    bench.model.asked.clear()
    await bench.say("and that?")
    await bench.model.asked.wait()
    await bench.say("I see to it.", sender="telegram:9", owned=True)
    await settled(bench)
    bench.model.gate.set()
    await bench.say("thanks")
    await settled(bench)
    assert await said(bench) == [
        ("customer", "what is this?"),
        ("bot", "fine"),
        ("customer", "and that?"),
        ("agent", "I see to it."),
        ("customer", "thanks"),
    ]
    case = await the_case(bench)
    assert (case.state, case.cause, case.agent, case.customer) == (
        CaseState.HUMAN,
        Cause.OWNER,
        "telegram:9",
        "list:anna",
    )
    assert bench.platform.texts(CHAT) == ["fine"]


@pytest.mark.parametrize("before", [None, CaseState.WAITING, CaseState.HUMAN])
async def test_the_bot_answers_again_when_the_owner_has_left(bench: Bench, before: CaseState | None) -> None:
    """Whoever had the conversation before, or waited in it."""
    if before is not None:
        await bench.command("human")
        await settled(bench)
    if before is CaseState.HUMAN:
        await move(bench, before)
    await bench.say("I see to it.", sender="telegram:9", owned=True)
    await settled(bench)
    bench.core.desk._handoff._owner_seconds = -1.0
    await bench.say("what is this?")
    await settled(bench)
    assert asked(bench) == ["what is this?"]
    assert (await the_case(bench)).state is CaseState.BOT


async def test_an_agent_who_takes_a_case_over_from_the_owner_does_not_leave_it(bench: Bench) -> None:
    await bench.say("I see to it.", sender="telegram:9", owned=True)
    await settled(bench)
    for state in (CaseState.WAITING, CaseState.HUMAN):
        await move(bench, state)
    bench.core.desk._handoff._owner_seconds = -1.0
    await bench.say("what is this?")
    await settled(bench)
    assert asked(bench) == []
