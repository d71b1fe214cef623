"""Agents' questions about a case, from the command to what is said in the room."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cases import CaseState, Cause
from bot.extraction import TICKET
from bot.messages import Button, ChatKey, Reply, View
from bot.outcome import Outcome, Pause
from bot.ports import ModelInfo, Prompt
from bot.sections import ChatSettings, DeskSettings, ImageSettings, ModelSettings, PrivacySettings
from bot.settings import Settings
from bot.texts import ANSWER_EMPTY, COLLEAGUE_READY
from prompts.loader import SystemPrompts
from tests.agents import BEN, PLACE, act, hand_over, order
from tests.doubles import ListAdapter, ScriptedModel
from tests.test_core.conftest import CHAT, Bench, picture
from tests.test_core.talking import texts
from tests.waiting import until

OTHER = ChatKey("list", "", "2")
READY = COLLEAGUE_READY.en
SYSTEM_PROMPTS = SystemPrompts("Looksee")


def answers(prompt: Prompt) -> tuple[str, ...]:
    """What the model says: a word on each kind of question."""
    asked = prompt.messages[-1].text
    if "person" in prompt.schema:
        return ('{"person": false}',)
    if prompt.schema:
        return (json.dumps({"error_code": "E-4127", "message": "card 4111 1111 1111 1111"}),)
    if asked.startswith("Write the reply"):
        return ("Please ", "try again.")
    if "Summarise" in asked:
        return ("Wants: help.",)
    return ("It says ", asked.split("\n")[-1])


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Bench]:
    """A running core with a place for agents."""
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path,
        agents=(BEN,),
        model=ModelSettings(max_tokens=100, parallel_chats=4, path=Path("m"), mmproj_path=Path("v")),
        images=ImageSettings(max_megabytes=1, per_question=3),
        chat=ChatSettings(burst_seconds=0, album_seconds=0, max_characters=1000),
        privacy=PrivacySettings(mask_cards=True),
        desk=DeskSettings(language="en"),
    )
    platform = ListAdapter()
    platform.desk = PLACE
    made = Bench(tmp_path / "looksee.db", settings, ScriptedModel(answers), platform)
    await made.start()
    yield made
    await made.stop()


async def talked(bench: Bench, *, chat: ChatKey = CHAT, sender: str = "list:anna") -> None:
    """A customer has asked two questions, about a picture."""
    await bench.say("what is this?", files=(picture(),), chat=chat, sender=sender)
    await bench.platform.wait_for(chat, 1)
    await bench.say("and why?", chat=chat, sender=sender)
    await bench.platform.wait_for(chat, 2)


def prompts(bench: Bench, chat: ChatKey) -> list[Prompt]:
    return [prompt for prompt in bench.model.prompts if prompt.chat == str(chat)]


async def message(bench: Bench, reply: Reply) -> str:
    """The id of the message that a reply was sent as."""
    found: list[str] = []

    async def sent() -> bool:
        rows = [row.id for row in bench.platform.sent if row.payload == reply.text]
        found[:] = [arrived for row in rows if (arrived := await bench.store.message_id(row))]
        return bool(found)

    await until(sent)
    return found[0]


# --- the branch


async def test_a_question_goes_on_from_the_customers_prompt(desk: Bench) -> None:
    await talked(desk)
    _, room = await hand_over(desk, CHAT)
    customers = prompts(desk, CHAT)[-1].messages
    said = await order(desk, room, "ask", "is it urgent?")
    assert said == Reply("It says is it urgent?", reply_to=said.reply_to, quotes=True)
    (prompt,) = prompts(desk, room)
    assert (prompt.branch_of, prompt.person, prompt.urgent, prompt.max_tokens) == (str(CHAT), BEN, True, 100)
    assert prompt.messages[: len(customers)] == customers
    framing = SYSTEM_PROMPTS.instruction("counsel", "en").text
    assert texts(prompt.messages)[len(customers) :] == ["It says and why?", framing, READY, "is it urgent?"]


async def test_the_next_question_goes_on_from_the_branch(desk: Bench) -> None:
    await talked(desk)
    _, room = await hand_over(desk, CHAT)
    await order(desk, room, "ask", "is it urgent?")
    (before,) = prompts(desk, room)
    await desk.stop()
    await desk.start()  # the branch is in the store
    await order(desk, room, "ask", "and why?")
    after = prompts(desk, room)[-1].messages
    assert after[: len(before.messages)] == before.messages
    assert texts(after)[len(before.messages) :] == ["It says is it urgent?", "and why?"]


async def test_the_branch_stays_in_its_room(desk: Bench) -> None:
    await talked(desk)
    await talked(desk, chat=OTHER, sender="list:otto")
    (_, room), (_, another) = await hand_over(desk, CHAT), await hand_over(desk, OTHER, "list:otto")
    before = await desk.store.history(CHAT)
    await order(desk, room, "ask", "our secret?")
    await order(desk, another, "ask", "theirs?")
    assert await desk.store.history(CHAT) == before
    assert not any("secret" in text for text in texts(prompts(desk, another)[-1].messages))
    await desk.say("thank you")
    await desk.platform.wait_for(CHAT, 3)
    customers = texts(prompts(desk, CHAT)[-1].messages)
    assert customers[-1] == "thank you"
    assert not any("secret" in text or READY in text for text in customers)


async def test_what_the_customer_says_next_comes_before_the_branch(desk: Bench) -> None:
    await talked(desk)
    _, room = await hand_over(desk, CHAT)
    await order(desk, room, "ask", "is it urgent?")
    await desk.say("hello?")
    await desk.platform.wait_for(CHAT, 3)
    await order(desk, room, "ask", "and now?")
    said = texts(prompts(desk, room)[-1].messages)
    assert said.index("hello?") < said.index(READY) < said.index("is it urgent?") < said.index("and now?")


async def test_agents_send_screenshots_of_their_own(desk: Bench) -> None:
    await talked(desk)
    _, room = await hand_over(desk, CHAT)
    await order(desk, room, "ask", "same as this?", files=(picture("blue"),))
    await order(desk, room, "ask", "and the first screenshot?")
    before, after = (prompt.messages for prompt in prompts(desk, room))
    assert before[-1].text == "[colleague's screenshot 1]\nsame as this?"
    assert len(before[-1].images) == 1
    assert after[len(before) - 1] == before[-1]
    # Screenshots by their places are the customer's.
    assert after[-1].text == "[about screenshot 1]\nand the first screenshot?"
    (mine,) = (picture.ref for picture in (await desk.store.context(CHAT)).pictures)
    assert after[1].images[0].ref == mine != before[-1].images[0].ref


async def test_a_picture_that_cannot_be_read_is_not_asked_about(desk: Bench) -> None:
    await talked(desk)
    _, room = await hand_over(desk, CHAT)
    said = await order(desk, room, "ask", "same as this?", files=(b"nothing",), names=("a.png",))
    assert said.text.startswith("“a.png”")
    assert prompts(desk, room) == []
    assert await desk.store.history(room) == []


async def test_the_model_answers_in_the_agents_language_and_all_around_it_is_in_the_desks(desk: Bench) -> None:
    await talked(desk)
    _, room = await hand_over(desk, CHAT)
    desk.model.script = lambda _: ()
    assert (await order(desk, room, "ask", "这是什么？")).text == ANSWER_EMPTY.en
    desk.model.script = answers
    await order(desk, room, "ask", "这是什么？")
    assert [turn.language for turn in await desk.store.history(room)] == ["zh", "zh"]


# --- the verbs


async def test_a_draft_has_buttons_and_is_the_message(desk: Bench) -> None:
    await talked(desk)
    case, room = await hand_over(desk, CHAT)
    draft = await order(desk, room, "suggest", "be kind")
    assert draft.text == "Please try again."
    about = f"#{case.id}"
    assert draft.buttons == (
        Button("Send", "send", about, style="primary"),
        Button("Edit", "send", about, edits=True),
        Button("Another", "suggest", about),
    )
    assert texts(prompts(desk, room)[-1].messages)[-1].endswith("\n\nIt should say: be kind")
    stored = await desk.store.find_turn(room, await message(desk, draft))
    assert stored is not None
    assert stored.text == draft.text
    assert (await desk.store.history(CHAT))[-1].text == "It says and why?"
    assert [(entry.action, entry.detail) for entry in await desk.store.audit(1)] == [("suggest", about)]


async def test_a_draft_is_sent_when_an_agent_says_so(desk: Bench) -> None:
    await talked(desk)
    case, room = await hand_over(desk, CHAT)
    await act(desk, room, "take")
    draft = await order(desk, room, "suggest")
    pressed = await message(desk, draft)
    sent = len(desk.platform.texts(CHAT))
    await desk.command("send", f"#{case.id}", chat=room, sender=BEN, private=False, reply_to=pressed)
    assert (await desk.platform.wait_for(CHAT, sent + 1))[-1] == "Please try again."


async def test_a_draft_is_in_the_customers_language(desk: Bench) -> None:
    await desk.say("这是什么？", files=(picture(),))
    await desk.platform.wait_for(CHAT, 1)
    _, room = await hand_over(desk, CHAT, language="zh")
    await order(desk, room, "suggest", "be kind")
    asked = texts(prompts(desk, room)[-1].messages)[-1]
    assert asked.startswith(SYSTEM_PROMPTS.instruction("suggest", "zh").text)
    assert asked.endswith("回复要点：be kind")


async def test_a_draft_that_did_not_come_to_its_end_cannot_be_sent(desk: Bench) -> None:
    await talked(desk)
    _, room = await hand_over(desk, CHAT)
    desk.model.gate.clear()
    desk.model.asked.clear()
    asked = asyncio.create_task(order(desk, room, "suggest"))
    await desk.model.asked.wait()
    await desk.command("stop", chat=room, sender=BEN)
    assert ((await asked).text, (await asked).buttons) == ("Stopped.", ())
    assert await desk.store.history(room) == []


async def test_a_summary_goes_to_the_card(desk: Bench) -> None:
    await talked(desk)
    case, room = await hand_over(desk, CHAT)
    desk.model.script = lambda _: ("Wants: a refund.",)
    assert (await order(desk, room, "summary")).text == "Wants: a refund."
    assert (await desk.store.card(case.id)).summary == "Wants: a refund."


async def test_a_summary_for_the_card_is_made_when_a_case_begins(desk: Bench) -> None:
    await talked(desk)
    case, room = await hand_over(desk, CHAT)

    async def summed_up() -> bool:
        return (await desk.store.card(case.id)).summary == "Wants: help."

    await until(summed_up)
    made = {(p.chat, p.branch_of, p.urgent) for p in desk.model.prompts if "Summarise" in texts(p.messages)[-1]}
    assert made == {("", str(CHAT), False)}
    assert await desk.store.history(room) == []


async def test_a_summary_is_not_made_of_the_conversation_that_came_after(desk: Bench) -> None:
    await talked(desk)
    wanted, _ = await hand_over(desk, CHAT)
    await desk.command("new")
    await desk.say("something else")

    async def answered() -> bool:
        return len(await desk.store.history(CHAT)) == 2

    await until(answered)
    summaries = desk.core.rooms._summaries
    assert summaries is not None
    assert await summaries._summarise(wanted) == ""


async def test_a_ticket_is_a_code_block_and_a_file(desk: Bench) -> None:
    await talked(desk)
    case, room = await hand_over(desk, CHAT)
    said = await order(desk, room, "extract")
    filled = {"error_code": "E-4127", "message": "card [card number …1111]"}
    assert json.loads(said.text.removeprefix("```json").removesuffix("```")) == filled
    assert said.file is not None
    assert (said.file.name, said.file.media_type) == (f"ticket-{case.id}.json", "application/json")
    assert json.loads(said.file.data) == filled
    assert [prompt.schema for prompt in desk.model.prompts if prompt.person == BEN] == [TICKET.described]
    asked, stored = (turn.text for turn in await desk.store.history(room))
    assert asked == TICKET.request.en
    assert "4111 1111" not in stored


async def test_a_ticket_is_of_the_conversation_alone_and_of_its_newest_pictures(desk: Bench) -> None:
    await talked(desk)
    _, room = await hand_over(desk, CHAT)
    turns = await desk.store.history(CHAT)
    await desk.store.set_view(CHAT, View(first=turns[2].id, pictured=turns[2].id, language="en"))
    await order(desk, room, "ask", "our secret?")
    await order(desk, room, "extract")
    prompt = desk.model.prompts[-1]
    assert (prompt.chat, prompt.branch_of) == ("", str(CHAT))
    assert not any("secret" in text for text in texts(prompt.messages))
    asked = prompt.messages[-1]
    assert [image.ref for image in asked.images] == list(turns[0].images)
    assert asked.text.startswith("[screenshot 1 again]\n")


async def test_a_model_that_gives_no_json_is_said(desk: Bench) -> None:
    await talked(desk)
    _, room = await hand_over(desk, CHAT)
    desk.model.script = lambda _: ('{"error_code": ',)
    said = await order(desk, room, "extract")
    assert (said.text.startswith("I could not fill the ticket in"), said.file) == (True, None)
    assert await desk.store.history(room) == []


async def test_the_history_tells_of_both_sides_and_of_the_case(desk: Bench) -> None:
    await talked(desk)
    case, room = await hand_over(desk, CHAT)
    await act(desk, room, "note", "called at 3")
    told = (await order(desk, room, "history")).text
    heading, *lines = told.split("\n\n")
    assert heading == f"Case #{case.id}, from the beginning:"
    assert [line.split(" UTC ")[1] for line in lines] == [
        "**Anna**: what is this? [pictures: 1]",
        "**Bot**: It says what is this?",
        "**Anna**: and why?",
        "**Bot**: It says and why?",
        "🔔 Anna waits for a person: asked for a person.",
        "**telegram:5**: 📝 (note) called at 3",
    ]


async def test_the_model_hands_over_what_it_cannot_settle(desk: Bench) -> None:
    desk.model.script = lambda prompt: ('{"person": true}' if prompt.schema else "I cannot look into that.",)
    await desk.say("where is my money?")
    answer, told = await desk.platform.wait_for(CHAT, 2)
    assert answer == "I cannot look into that."
    assert told != answer
    case = await desk.store.case(CHAT)
    assert case is not None
    assert (case.state, case.cause) == (CaseState.WAITING, Cause.MODEL)
    assert [turn.text for turn in await desk.store.history(CHAT)] == ["where is my money?", answer]
    await desk.say("hello?")
    await desk.platform.wait_for(CHAT, 3)
    # A person has been asked for: the model is not asked again.
    assert [bool(prompt.schema) for prompt in desk.model.prompts if "Summarise" not in texts(prompt.messages)[-1]] == [
        False,
        True,
        False,
    ]


# --- what cannot be asked


async def test_it_is_asked_in_the_cases_own_room(desk: Bench) -> None:
    await talked(desk)
    await talked(desk, chat=OTHER, sender="list:otto")
    (case, _), (_, another) = await hand_over(desk, CHAT), await hand_over(desk, OTHER, "list:otto")
    for chat in (another, PLACE):
        for verb in ("summary", "extract", "history", "suggest"):
            said = await order(desk, chat, verb, f"#{case.id}")
            assert said.text.startswith("What I say about a case stays in its room")
    assert prompts(desk, another) == []


async def test_customers_cannot_ask(desk: Bench) -> None:
    await talked(desk)
    await desk.command("ask", "what do they say?")
    said = (await desk.platform.wait_for(CHAT, 3))[-1]
    assert said.startswith("The command `/ask` is for the people who run this bot.")


@pytest.mark.parametrize(("verb", "text"), [("ask", "what do they say?"), ("suggest", ""), ("prompt", "try #1")])
async def test_who_may_not_is_told_so_at_once(desk: Bench, verb: str, text: str) -> None:
    desk.model.gate.clear()
    await desk.say("what is this?")
    await desk.model.asked.wait()
    await desk.command(verb, text)
    said = (await desk.platform.wait_for(CHAT, 1))[0]
    assert said.startswith(f"The command `/{verb}` is for the people who run this bot.")
    desk.model.gate.set()
    await desk.platform.wait_for(CHAT, 2)


async def test_a_pause_does_not_hold_what_agents_ask(desk: Bench) -> None:
    await talked(desk)
    _, room = await hand_over(desk, CHAT)
    await desk.store.commit(Outcome(PLACE, (), pause=Pause("new server")))
    await desk.core.pausing.load()
    await desk.say("and now?")
    await desk.platform.wait_for(CHAT, 3)
    for verb, text in (("ask", "is it urgent?"), ("suggest", ""), ("summary", ""), ("extract", "")):
        assert (await order(desk, room, verb, text)).quotes
    assert [turn.text for turn in await desk.store.history(CHAT)][-1] == "It says and why?"


async def test_a_conversation_that_is_over_is_not_mistaken_for_the_next_one(desk: Bench) -> None:
    await talked(desk)
    case, room = await hand_over(desk, CHAT)
    await act(desk, room, "take")
    await act(desk, room, "close")
    await desk.store.begin_anew(CHAT)
    await desk.say("something new")
    said = await order(desk, room, "ask", "what is it?")
    assert said.text.startswith(
        f"The customer has begun a new conversation since, so I do not have that of case #{case.id}"
    )
    assert prompts(desk, room) == []


async def test_what_does_not_fit_is_said(desk: Bench) -> None:
    await talked(desk)
    _, room = await hand_over(desk, CHAT)
    desk.model.info = ModelInfo("scripted", 2400)
    said = await order(desk, room, "ask", "x" * 3000)
    assert said.text.startswith("That is more than I can look at in one go.")


@pytest.mark.parametrize("verb", ["note", "send"])
async def test_what_agents_note_and_send_is_masked_like_what_they_write(desk: Bench, verb: str) -> None:
    _, room = await hand_over(desk, CHAT)
    await act(desk, room, "take")
    await act(desk, room, verb, "paid with 4111 1111 1111 1111")
    case = await desk.store.case_in(room)
    assert case is not None
    last = (await desk.store.log(case.id))[-1]
    kept = last.said.text if last.said is not None else last.text
    assert kept.startswith("paid with ")
    assert "4111" not in kept


async def test_what_a_customer_tells_the_person_they_ask_for_is_masked(desk: Bench) -> None:
    await desk.command("human", "my card 4111 1111 1111 1111 is refused")
    await desk.platform.wait_for(CHAT, 1)
    (said,) = await desk.store.history(CHAT)
    assert said.text.endswith("is refused")
    assert "4111" not in said.text
