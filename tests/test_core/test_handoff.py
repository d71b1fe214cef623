"""Conversations that go to a person, with the whole core: what opens a case, and who answers then."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC

import pytest

from bot.cases import Case, CaseState, Cause, LogKind, Move, Staff
from bot.errors import SetAsideError
from bot.handoff import Handoff
from bot.handovertexts import (
    HANDED_OVER,
    HAS_IT_ALREADY,
    MEANWHILE,
    NO_DESK,
    NOTHING_TO_RATE,
    RATED,
    STATUS_CLOSED,
    STATUS_PERSON,
    STATUS_QUEUE,
    WAITS_ALREADY,
)
from bot.hours import Hours
from bot.messages import Button, ChatKey, Kind, Sender
from bot.outcome import Outcome
from bot.ports import Prompt
from bot.texts import NEW_DONE, PICTURE_BROKEN, PICTURE_UNNAMED, SET_ASIDE, STATUS_IDLE
from tests.test_core.conftest import CHAT, Bench, asked, picture
from tests.test_core.test_hours import at
from tests.waiting import until

OFFICE = ChatKey("list", "", "office")
MIA = Staff("telegram:2", "Mia")
PERSON = Button("Talk to a person", "human")
WAITING = f"{HANDED_OVER[Cause.ASKED].en} {MEANWHILE.en}"


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """One with a place for agents."""
    bench.platform.desk = OFFICE
    return bench


async def the_case(bench: Bench) -> Case:
    case = await bench.store.case(CHAT)
    assert case is not None
    return case


async def move(bench: Bench, after: CaseState) -> None:
    """Have an agent move the case on, or open it."""
    case = await bench.store.case(CHAT)
    agent = MIA if after is CaseState.HUMAN else Staff("")
    if case is None:
        opened = Move(after, MIA, agent=agent, cause=Cause.AGENT, customer=Staff("list:anna"))
    else:
        opened = Move(after, MIA, case.id, case.state, case.agent, agent)
    await bench.store.commit(Outcome(CHAT, (), move=opened))


async def settled(bench: Bench) -> None:
    """All that was said has been dealt with."""

    async def done() -> bool:
        return (await bench.store.backlog()).inbox == 0

    await until(done)
    await bench.core.delivery.drain()


def offered(bench: Bench) -> tuple[Button, ...]:
    """The buttons under the newest answer of the model's."""
    return [reply.buttons for reply in bench.platform.rendered if reply.rateable][-1]


async def said(bench: Bench) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.text) for turn in await bench.store.history(CHAT)]


# --- what opens a case


async def test_a_wish_in_words_hands_over_without_the_model(bench: Bench) -> None:
    await bench.say("this is no use\nI want to talk to a human", files=(picture(),))
    assert await bench.platform.wait_for(CHAT, 1) == [WAITING]
    case = await the_case(bench)
    assert (case.state, case.cause, case.customer, case.language) == (
        CaseState.WAITING,
        Cause.ASKED,
        "list:anna",
        "en",
    )
    assert bench.model.prompts == []
    (question, answer) = await bench.store.history(CHAT)
    assert (question.text, len(question.images)) == ("this is no use\nI want to talk to a human", 1)
    assert answer.text == WAITING
    await bench.say("我要找客服")
    assert (await bench.platform.wait_for(CHAT, 2))[1] == WAITS_ALREADY.say("zh", time="5 秒")


async def test_the_bot_goes_on_until_somebody_has_it(bench: Bench) -> None:
    await bench.command("human")
    await bench.say("and this?")
    assert await bench.platform.wait_for(CHAT, 2) == [WAITING, "fine"]
    assert offered(bench) == ()


async def test_words_behind_the_command_are_for_the_person(bench: Bench) -> None:
    await bench.command("human", "order 17 is broken")
    await bench.platform.wait_for(CHAT, 1)
    assert await said(bench) == [("customer", "order 17 is broken")]
    kinds = [entry.kind for entry in await bench.store.log((await the_case(bench)).id)]
    assert kinds == [LogKind.MOVED, LogKind.TURN]


async def test_an_answer_offers_a_person_until_one_is_asked(bench: Bench) -> None:
    await bench.say("what is this?")
    await bench.platform.wait_for(CHAT, 1)
    assert offered(bench) == (PERSON,)


async def test_without_a_desk_it_is_said_and_nothing_is_offered(bench: Bench) -> None:
    bench.platform.desk = None
    await bench.say("what is this?")
    await bench.platform.wait_for(CHAT, 1)
    assert offered(bench) == ()
    await bench.say("转人工")
    await bench.platform.wait_for(CHAT, 2)
    await bench.command("human")
    nobody = NO_DESK.say("zh", company="Looksee")
    assert await bench.platform.wait_for(CHAT, 3) == ["fine", nobody, nobody]
    assert await bench.store.case(CHAT) is None


async def test_two_answers_without_help(bench: Bench) -> None:
    for number in (1, 2):
        await bench.say(f"question {number}")
        await bench.platform.wait_for(CHAT, number)
        await bench.core.delivery.drain()
        answer = f"m{bench.platform.sent[-1].id}"
        await bench.say(kind=Kind.FEEDBACK, message=answer, rating=-1)
        await bench.say(kind=Kind.FEEDBACK, message=answer, rating=-1)
    expected = f"{HANDED_OVER[Cause.RATED].en} {MEANWHILE.en}"
    assert (await bench.platform.wait_for(CHAT, 3))[2] == expected
    await settled(bench)
    assert (await the_case(bench)).cause is Cause.RATED
    assert bench.platform.texts(CHAT).count(expected) == 1


async def test_a_question_that_is_set_aside(bench: Bench) -> None:
    bench.model.failure = SetAsideError("died twice")
    await bench.say("what is this?")
    hope = f"{HANDED_OVER[Cause.SET_ASIDE].en} {MEANWHILE.en}"
    assert await bench.platform.wait_for(CHAT, 1) == [f"{SET_ASIDE.en}\n\n{hope}"]
    assert (await the_case(bench)).cause is Cause.SET_ASIDE


class Judge:
    """Says that a person is needed after each answer to which it is told so."""

    def __init__(self, *answers: str) -> None:
        self.answers = answers
        self.heard: list[str] = []

    async def needs_person(self, prompt: Prompt, answer: str, language: str) -> bool:
        self.heard.append(answer)
        return answer in self.answers


async def test_the_model_says_that_it_cannot_help(bench: Bench) -> None:
    judge = bench.core.desk._judge = Judge("I do not know.")
    await bench.say("what is this?")
    await bench.platform.wait_for(CHAT, 1)
    bench.model.script = lambda prompt: ("I do not know.",)
    await bench.say("and who are you?")
    expected = f"{HANDED_OVER[Cause.MODEL].en} {MEANWHILE.en}"
    assert await bench.platform.wait_for(CHAT, 3) == ["fine", "I do not know.", expected]
    assert (await the_case(bench)).cause is Cause.MODEL
    await bench.say("and now?")
    await bench.platform.wait_for(CHAT, 4)
    await settled(bench)
    assert judge.heard == ["fine", "I do not know."]


async def test_a_judge_that_fails_costs_no_answer(bench: Bench) -> None:
    class Broken(Judge):
        async def needs_person(self, prompt: Prompt, answer: str, language: str) -> bool:
            raise RuntimeError

    bench.core.desk._judge = Broken()
    await bench.say("what is this?")
    await bench.say("and this?")
    assert await bench.platform.wait_for(CHAT, 2) == ["fine", "fine"]
    assert await bench.store.case(CHAT) is None


# --- what the customer is told


async def test_opening_hours_and_an_estimate_when_there_is_one(bench: Bench) -> None:
    now = at("2026-11-27 10:00")
    hours = Hours("Mo-Fr 09:00-18:00", UTC)
    handoff = Handoff(bench.store, bench.model, bench.core.places, hours=hours, company="Acme", clock=lambda: now)
    customer = Sender("list:anna", "Anna")

    async def tell() -> str:
        return (await handoff.decide(CHAT, customer, Cause.ASKED, "en")).said

    there = "Our people are there until 18:00 (UTC)."
    assert await tell() == f"{HANDED_OVER[Cause.ASKED].en} {there} {MEANWHILE.en}"
    for number in range(3):
        other = ChatKey("list", "", f"other {number}")
        await bench.store.commit(Outcome(other, (), move=Move(CaseState.WAITING, MIA, customer=MIA)))
        case = await bench.store.case(other)
        assert case is not None
        await bench.store.commit(Outcome(other, (), move=Move(CaseState.HUMAN, MIA, case.id, case.state, agent=MIA)))
    assert await tell() == (f"{HANDED_OVER[Cause.ASKED].en} {there} That usually takes about 5 seconds. {MEANWHILE.en}")
    now = at("2026-11-27 20:00")
    away = "Our people are not there right now, but again from Monday 09:00 on (UTC)."
    assert await tell() == f"{HANDED_OVER[Cause.ASKED].en} {away} {MEANWHILE.en}"


async def test_who_has_the_conversation(bench: Bench) -> None:
    await bench.command("status")
    await bench.command("human")
    await bench.command("status")
    await bench.platform.wait_for(CHAT, 3)
    await move(bench, CaseState.HUMAN)
    await bench.command("status")
    await bench.command("human")
    await bench.platform.wait_for(CHAT, 5)
    await move(bench, CaseState.CLOSED)
    await bench.command("status")
    assert await bench.platform.wait_for(CHAT, 6) == [
        STATUS_IDLE.en,
        WAITING,
        f"{STATUS_QUEUE.say('en', time='5 seconds')}\n\n{STATUS_IDLE.en}",
        STATUS_PERSON.say("en", name="Mia", time="5 seconds"),
        HAS_IT_ALREADY.say("en", name="Mia"),
        STATUS_CLOSED.say("en", time="5 seconds"),
    ]


# --- while a person has it


async def test_the_bot_is_silent_and_keeps_what_is_written(bench: Bench) -> None:
    await move(bench, CaseState.HUMAN)
    await bench.say("are you there?", files=(picture(), b"\x89PNG\r\n\x1a\n broken"))
    complaint = PICTURE_BROKEN.say("en", name=PICTURE_UNNAMED.say("en"))
    assert await bench.platform.wait_for(CHAT, 1) == [complaint]
    await bench.say("hello?")
    await bench.say("I want to talk to a human")
    await settled(bench)
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
    gone = await bench.say("my card is 4111")
    await bench.say("order 17", message=first, kind=Kind.EDIT)
    await bench.say(message=gone, kind=Kind.DELETE)
    await settled(bench)
    assert await said(bench) == [("customer", "order 17")]
    await bench.say("like this", message=first, kind=Kind.EDIT, files=(picture(),))
    await settled(bench)
    (turn,) = await bench.store.history(CHAT)
    assert (turn.text, len(turn.images)) == ("like this", 1)


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
    assert [m.text for m in bench.model.prompts[0].messages[1:]] == ["my order is 17", "what is my order?"]
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
    assert await bench.platform.wait_for(CHAT, 2) == [WAITING, NEW_DONE.en]
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
    await bench.command("rate", "6")
    await bench.command("rate", "very good")
    answers = await bench.platform.wait_for(CHAT, 5)
    assert answers[:3] == [NOTHING_TO_RATE.en, RATED.say("en", score=4), RATED.say("en", score=5)]
    assert answers[3].startswith("`6` is no mark. From 1 (bad) to 5 (very good), please.")
    assert answers[4].startswith("`very good` is no mark.")
    assert await bench.platform.wait_for(ChatKey("list", "", "2"), 1) == [NOTHING_TO_RATE.en]
    assert (await the_case(bench)).satisfaction == 5


# --- among agents


async def test_what_agents_write_outside_of_rooms_is_for_nobody(bench: Bench) -> None:
    await bench.say("lunch?", chat=OFFICE, sender=MIA.key, private=False)
    await bench.say("I want to talk to a human", chat=replace(OFFICE, thread="9"), sender=MIA.key, private=False)
    await settled(bench)
    await bench.command("human", chat=OFFICE, sender=MIA.key, private=False)
    assert await bench.platform.wait_for(OFFICE, 1) == [NO_DESK.say("en", company="Looksee")]
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


async def test_the_bot_answers_again_when_the_owner_has_left(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await bench.say("I see to it.", sender="telegram:9", owned=True)
    await settled(bench)
    monkeypatch.setattr("bot.handoff.OWNER_SECONDS", -1.0)
    await bench.say("what is this?")
    await bench.platform.wait_for(CHAT, 1)
    assert asked(bench) == ["what is this?"]
    assert (await the_case(bench)).state is CaseState.BOT
