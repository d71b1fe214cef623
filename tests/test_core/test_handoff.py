"""Conversations that go to a person, with the whole core: what opens a case, and who answers then."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest

from bot.cases import CaseState, Cause, LogKind, Move
from bot.errors import SetAsideError
from bot.handoff import Handoff
from bot.handovertexts import (
    HANDED_OVER,
    HAS_IT_ALREADY,
    MEANWHILE,
    NO_DESK,
    STATUS_CLOSED,
    STATUS_PERSON,
    STATUS_QUEUE,
    WAITS_ALREADY,
)
from bot.hours import Hours
from bot.messages import ChatKey, Kind, Sender
from bot.outcome import Outcome
from bot.ports import Prompt
from bot.sections import DeskSettings
from bot.settings import Settings
from bot.texts import SET_ASIDE, STATUS_ANSWERING, STATUS_IDLE
from tests.doubles import ListAdapter, ScriptedModel
from tests.test_core.conftest import CHAT, Bench, picture
from tests.test_core.handing import MIA, OFFICE, PERSON, WAITING, move, offered, said, settled, the_case
from tests.test_core.office import within
from tests.test_core.test_hours import at


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """One with a place for agents."""
    bench.platform.desk = OFFICE
    return bench


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
    assert await bench.platform.wait_for(CHAT, 3) == ["fine", f"{nobody}\n\nfine", nobody]
    assert await bench.store.case(CHAT) is None


async def test_without_a_desk_what_stands_beside_the_wish_is_answered(bench: Bench) -> None:
    bench.platform.desk = None
    await bench.say("The form refuses my address.\nI want to talk to a human.", files=(picture(),))
    nobody = NO_DESK.say("en", company="Looksee")
    assert await bench.platform.wait_for(CHAT, 1) == [f"{nobody}\n\nfine"]
    await bench.command("human", "order 17 is broken")
    assert await bench.platform.wait_for(CHAT, 2) == [f"{nobody}\n\nfine", nobody]
    await bench.say("and?")
    await bench.platform.wait_for(CHAT, 3)
    assert any("order 17 is broken" in message.text for message in bench.model.prompts[-1].messages)


async def test_whoever_reads_nothing_more_is_not_handed_over(bench: Bench) -> None:
    web = bench.others["web"] = ListAdapter("web")
    await bench.stop()
    await bench.start()
    chat = ChatKey("web", "api", "c" * 32)
    await bench.say("what is this?\nI want to talk to a human", chat=chat, sender="web:api")
    nobody = NO_DESK.say("en", company="Looksee")
    assert await web.wait_for(chat, 1) == [f"{nobody}\n\nfine"]
    assert web.rendered[-1].buttons == ()
    assert await bench.store.case(chat) is None


async def test_there_is_a_desk_though_its_platform_is_not_yet_reached(tmp_path: Path) -> None:
    place = ChatKey("slack", "T1", "C1X")
    settings = Settings(_env_file=None, data_dir=tmp_path, desk=DeskSettings(slack_channel="C1X"))
    slack = ListAdapter("slack")
    bench = Bench(tmp_path / "looksee.db", settings, ScriptedModel(), ListAdapter(), others={"slack": slack})
    await bench.start()
    await bench.say("I want to talk to a human")
    assert await bench.platform.wait_for(CHAT, 1) == [WAITING]
    await bench.say("he is rude", chat=place, sender=MIA.key, private=False)
    await bench.say("I have it", chat=replace(place, thread="9"), sender=MIA.key, private=False)
    await settled(bench)
    assert slack.sent == []
    assert bench.model.prompts == []
    await bench.stop()
    slack.desk = place
    await bench.start()
    await within(lambda: slack.texts(place))
    await bench.stop()


async def test_a_conversation_that_nobody_can_answer_any_more_is_the_bots(bench: Bench) -> None:
    await move(bench, CaseState.HUMAN)
    bench.platform.desk = None
    await bench.command("human")
    assert await bench.platform.wait_for(CHAT, 1) == [NO_DESK.say("en", company="Looksee")]
    await bench.say("my order 17 is broken")
    await settled(bench)
    assert bench.platform.texts(CHAT)[1:] == ["fine"]
    assert (await the_case(bench)).state is CaseState.BOT


async def test_thumbs_hand_over_nothing_that_is_closed(bench: Bench) -> None:
    await bench.say("what is this?")
    await bench.say("and that?")
    await settled(bench)
    answers = [item.id for item in bench.platform.sent if item.turn_id is not None]
    await move(bench, CaseState.HUMAN)
    await move(bench, CaseState.CLOSED)
    before = bench.platform.texts(CHAT)
    for answer in answers:
        await bench.say(kind=Kind.FEEDBACK, message=f"m{answer}", rating=-1)
    await settled(bench)
    assert bench.platform.texts(CHAT) == before
    assert (await the_case(bench)).state is CaseState.CLOSED


async def no_help(bench: Bench) -> None:
    """A question is answered, and the answer is no help, which is said twice."""
    before = bench.platform.texts(CHAT).count("fine")
    await bench.say("what is this?")
    await within(lambda: bench.platform.texts(CHAT).count("fine") > before)
    await bench.core.delivery.drain()
    answer = [item.id for item in bench.platform.sent if item.turn_id is not None][-1]
    for _ in range(2):
        await bench.say(kind=Kind.FEEDBACK, message=f"m{answer}", rating=-1)
    await settled(bench)


async def test_two_answers_without_help(bench: Bench) -> None:
    await no_help(bench)
    await no_help(bench)
    expected = f"{HANDED_OVER[Cause.RATED].en} {MEANWHILE.en}"
    assert (await bench.platform.wait_for(CHAT, 3))[2] == expected
    await settled(bench)
    assert (await the_case(bench)).cause is Cause.RATED
    assert bench.platform.texts(CHAT).count(expected) == 1


async def test_it_takes_two_more_after_the_case_was_given_back(bench: Bench) -> None:
    await no_help(bench)
    await no_help(bench)
    await move(bench, CaseState.BOT)
    await no_help(bench)
    assert (await the_case(bench)).state is CaseState.BOT
    await no_help(bench)
    assert (await the_case(bench)).state is CaseState.WAITING


async def test_thumbs_down_on_what_is_no_answer_hand_nothing_over(bench: Bench) -> None:
    bench.platform.desk = None
    await no_help(bench)
    await no_help(bench)
    bench.platform.desk = OFFICE
    await bench.say(kind=Kind.FEEDBACK, message="no such message", rating=-1)
    await settled(bench)
    assert await bench.store.case(CHAT) is None


async def test_a_question_that_is_set_aside(bench: Bench) -> None:
    bench.model.failure = SetAsideError("died twice")
    await bench.say("what is this?", files=(picture(),))
    hope = f"{HANDED_OVER[Cause.SET_ASIDE].en} {MEANWHILE.en}"
    assert await bench.platform.wait_for(CHAT, 1) == [f"{SET_ASIDE.en}\n\n{hope}"]
    case = await the_case(bench)
    assert case.cause is Cause.SET_ASIDE
    # Agents see what it was; the model is never shown it again.
    facts = await bench.store.card(case.id)
    assert (facts.question, len(facts.pictures)) == ("what is this?", 1)
    assert [entry.said.text for entry in await bench.store.log(case.id) if entry.said] == ["what is this?"]
    bench.model.failure = None
    await bench.say("and who are you?", files=(picture("blue"),))
    await bench.platform.wait_for(CHAT, 2)
    shown = bench.model.prompts[-1].messages
    assert [(message.text, len(message.images)) for message in shown[1:]] == [("[screenshot 1]\nand who are you?", 1)]


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


@pytest.mark.parametrize(("verb", "text"), [("new", ""), ("forget", "yes")])
async def test_what_the_model_says_of_a_conversation_that_is_over_counts_for_nothing(
    bench: Bench, verb: str, text: str
) -> None:
    gate = asyncio.Event()

    class Slow(Judge):
        async def needs_person(self, prompt: Prompt, answer: str, language: str) -> bool:
            self.heard.append(answer)
            await gate.wait()
            return True

    judge = bench.core.desk._judge = Slow()
    await bench.say("what is this?")
    await within(lambda: bool(judge.heard))
    await bench.command(verb, text)
    await bench.platform.wait_for(CHAT, 2)
    gate.set()
    await within(lambda: not bench.core.desk._judging)
    assert await bench.store.cases(tuple(CaseState), 10) == []
    assert await bench.store.undelivered() == []


async def test_a_judge_that_fails_costs_no_answer(bench: Bench) -> None:
    class Broken(Judge):
        async def needs_person(self, prompt: Prompt, answer: str, language: str) -> bool:
            raise RuntimeError

    bench.core.desk._judge = Broken()
    await bench.say("what is this?")
    await bench.platform.wait_for(CHAT, 1)
    await bench.say("and this?")
    assert await bench.platform.wait_for(CHAT, 2) == ["fine", "fine"]
    assert await bench.store.case(CHAT) is None


# --- what the customer is told


async def test_opening_hours_and_an_estimate_when_there_is_one(bench: Bench) -> None:
    now = at("2026-11-27 10:00")
    hours = Hours("Mo-Fr 09:00-18:00", UTC)
    handoff = Handoff(
        bench.store,
        bench.model,
        bench.core.places,
        {"list": bench.platform},
        hours=hours,
        company="Acme",
        owner_seconds=60,
        clock=lambda: now,
    )
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
    in_chinese = (await handoff.decide(CHAT, customer, Cause.ASKED, "zh")).said
    assert in_chinese.startswith(HANDED_OVER[Cause.ASKED].zh)
    assert "。 " not in in_chinese
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
        STATUS_QUEUE.say("en", time="5 seconds"),
        STATUS_PERSON.say("en", name="Mia", time="5 seconds"),
        HAS_IT_ALREADY.say("en", name="Mia"),
        STATUS_CLOSED.say("en", time="5 seconds"),
    ]


async def test_in_chinese_it_is_told_how_long_it_has_been(bench: Bench) -> None:
    await bench.say("转人工")
    await settled(bench)
    for verb in ("status", "human"):
        await bench.command(verb)
    await bench.platform.wait_for(CHAT, 3)
    await move(bench, CaseState.HUMAN)
    await bench.command("status")
    assert (await bench.platform.wait_for(CHAT, 4))[1:] == [
        "您正在等待人工客服，已等待约 5 秒。",
        "您已等待人工客服约 5 秒，客服会在这里回复您。",
        "Mia正在处理您的对话，已接手约 5 秒。",
    ]


async def test_who_waits_for_a_person_is_told_of_a_question_that_waits_too(bench: Bench) -> None:
    await bench.command("human")
    await bench.platform.wait_for(CHAT, 1)
    bench.model.gate.clear()
    await bench.say("and this?")
    await bench.model.asked.wait()
    await bench.command("status")
    said = (await bench.platform.wait_for(CHAT, 2))[1]
    assert said == f"{STATUS_QUEUE.say('en', time='5 seconds')}\n\n{STATUS_ANSWERING.en}"
    bench.model.gate.set()
    await settled(bench)
