"""What agents do with cases by command, with the whole core: customers, a room, the bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import texts
from bot.cases import CaseState
from bot.messages import Attachment, ChatKey, Inbound, Kind, NewOutgoing, NewTurn, Sender
from bot.outcome import Outcome
from bot.people import Decision, Quota
from bot.roles import AGENTS
from bot.verbs.sentences import CASE_ERASED, DRAFT_SENT_ALREADY
from tests.contracts.traces import traces
from tests.test_core.conftest import picture
from tests.test_core.office import within
from tests.test_core.shop import BOSS, CHAT, MIA, PRIVATE, TOM, Shop, opened


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with opened(tmp_path) as shop:
        yield shop


async def test_what_a_customer_may_ask_in_a_day_does_not_keep_them_from_their_person(shop: Shop) -> None:
    decided = Decision("list:ann", quota=Quota(messages=1))
    await shop.store.commit(Outcome(PRIVATE, (), decisions=(decided,)))
    await shop.say("What is this?", sender="list:ann")
    room = await shop.wait_for_person()
    await shop.agent("take", chat=room)
    await shop.say("My order is 4711", sender="list:ann")
    await shop.dealt_with()
    assert shop.room(room)[-1] == "**Customer**: My order is 4711"
    await shop.agent("release", chat=room)
    await shop.say("And now?", sender="list:ann")
    await shop.dealt_with()
    assert "**Customer**: And now?" not in shop.room(room)


async def test_a_case_from_asking_to_rating(shop: Shop) -> None:
    shop.screens["list"].shown.clear()
    await shop.say("What is this?", sender="list:ann", files=(picture(),))
    await within(lambda: any("fine" in text for text in shop.customer()))
    room = await shop.wait_for_person()
    await shop.agent("take", "#1", chat=room)
    assert await shop.state() == (CaseState.HUMAN, MIA)
    await shop.say("Are you there?", sender="list:ann")
    await shop.say("I am.", chat=room, sender=MIA, private=False, files=(picture("blue"),))
    await shop.dealt_with()
    assert len(shop.model.prompts) == 1
    *_, took, words, shown = shop.customer()
    assert took == "**Our support** has taken over and answers you here."
    assert words == "Our support: I am."
    assert shown.startswith("picture ")
    await shop.agent("close", chat=room)
    assert shop.customer()[-1].endswith(
        " if there is something else. [rate 1 1] [rate 1 2] [rate 1 3] [rate 1 4] [rate 1 5]"
    )
    await shop.command("rate", "1 5", sender="list:ann")
    await shop.dealt_with()
    assert [text for text in shop.room(room) if text.startswith(("🙋", "**Customer**", "✅", "⭐"))] == [
        "🙋 slack:T1/MIA has taken the case.",
        "**Customer**: Are you there?",
        "✅ Closed by slack:T1/MIA.",
        "⭐ Customer gives 5 of 5.",
    ]


@pytest.mark.parametrize(
    ("taken", "ended"),
    [
        (False, "You are not in the queue for a person any more."),
        (True, "That ends your conversation with our people."),
    ],
)
async def test_a_customer_who_begins_anew_leaves_people_and_both_sides_are_told(
    shop: Shop, taken: bool, ended: str
) -> None:
    room = await shop.wait_for_person()
    if taken:
        await shop.agent("take", chat=room)
    await shop.command("new", sender="list:ann")
    await shop.dealt_with()
    assert shop.customer()[-1] == f"{ended} {texts.NEW_DONE.en}"
    assert shop.room(room)[-1] == "🆕 Customer has begun a new conversation, which closes this case."
    await shop.command("new", sender="list:ann")
    await shop.dealt_with()
    assert shop.customer()[-1] == texts.NEW_DONE.en


async def test_release_to_the_bot_and_to_a_colleague(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await shop.agent("take", chat=room)
    await shop.agent("release", "waiting", chat=room)
    assert await shop.state() == (CaseState.WAITING, "")
    assert "has passed you on to a colleague" in shop.customer()[-1]
    await shop.agent("take", chat=room, sender=TOM)
    await shop.agent("release", chat=room, sender=TOM)
    assert await shop.state() == (CaseState.BOT, "")
    assert shop.customer()[-1].endswith("For a person, send `/human`.")
    await shop.say("And now?", sender="list:ann")
    await within(lambda: any("fine" in text for text in shop.customer()))
    await shop.agent("release", chat=room, sender=TOM)
    assert [text for text in shop.room(room) if "nothing to release: nobody has case #1, since " in text]


async def test_two_agents_at_once(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await asyncio.gather(
        shop.command("take", chat=room, sender=MIA, private=False),
        shop.command("take", "#1", chat=PRIVATE, sender=TOM),
    )
    await shop.dealt_with()
    state, agent = await shop.state()
    assert state is CaseState.HUMAN
    assert shop.customer().count("**Our support** has taken over and answers you here.") == 1
    (late,) = [text for text in shop.room(PRIVATE) + shop.room(room) if " has had case #1 since " in text]
    assert late.startswith(f"{agent} has had")
    assert late in shop.room(room if agent == TOM else PRIVATE)


async def test_only_who_has_a_case_and_admins_change_it(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await shop.agent("take", chat=room)
    for verb in ("take", "release", "close"):
        await shop.agent(verb, chat=room, sender=TOM)
        said = shop.room(room)[-1]
        assert said.startswith("slack:T1/MIA has had case #1 since ")
        assert "`!release waiting`" in said
    await shop.agent("take", chat=room)
    assert shop.room(room)[-1].startswith("You have case #1 already, since ")
    await shop.agent("release", chat=room, sender=BOSS)
    assert await shop.state() == (CaseState.BOT, "")


async def test_who_is_no_agent_any_more_keeps_no_case(shop: Shop) -> None:
    for verb, state in (("close", CaseState.CLOSED), ("release", CaseState.BOT), ("take", CaseState.HUMAN)):
        shop.roles.give(AGENTS, [MIA, TOM])
        if verb == "close":
            room = await shop.wait_for_person()
        await shop.agent("reopen" if verb == "release" else "take", chat=room)
        assert await shop.state() == (CaseState.HUMAN, MIA)
        shop.roles.give(AGENTS, [TOM])
        await shop.agent(verb, chat=room, sender=TOM)
        assert (await shop.state())[0] is state
    assert await shop.state() == (CaseState.HUMAN, TOM)
    await shop.say("I am here", chat=room, sender=TOM, private=False)
    await shop.dealt_with()
    assert shop.customer()[-1] == "Our support: I am here"


async def test_agents_do_not_take_what_an_owner_has(shop: Shop) -> None:
    await shop.say("I see to it.", sender="telegram:9", owned=True)
    await shop.dealt_with()
    await shop.agent("take", "#1", chat=PRIVATE)
    assert await shop.state() == (CaseState.HUMAN, "telegram:9")


async def test_a_command_comes_after_what_was_written_before_it(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await shop.agent("take", chat=room)
    fetched = asyncio.Event()

    async def fetch(chat: ChatKey, attachment: Attachment, limit: int) -> bytes:
        await fetched.wait()
        return picture("blue")

    shop.screens["slack"].fetch = fetch  # type: ignore[method-assign]
    goodbye = Inbound(
        "goodbye", room, Sender(MIA), text="Goodbye!", message_id="g", attachments=(Attachment("f1"),), private=False
    )
    await shop.core.intake.receive(goodbye)
    await shop.command("send", "One more thing", chat=room, sender=MIA, private=False)
    await shop.command("close", chat=room, sender=MIA, private=False)
    await shop.command("help", chat=room, sender=MIA, private=False)
    await within(lambda: "`!take" in shop.room(room)[-1])
    fetched.set()
    await shop.dealt_with()
    words, shown, more, closed = shop.customer()[-4:]
    assert (words, more) == ("Our support: Goodbye!", "Our support: One more thing")
    assert shown.startswith("picture ")
    assert "has closed" in closed
    assert (await shop.state())[0] is CaseState.CLOSED


async def test_reopen(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await shop.agent("reopen", chat=room)
    assert shop.room(room)[-1].startswith("Case #1 is not closed.")
    await shop.agent("close", chat=room)
    for verb in ("close", "take", "release"):
        await shop.agent(verb, chat=room)
        assert shop.room(room)[-1].startswith("Case #1 has been closed since ")
    await shop.agent("reopen", "#1", chat=PRIVATE)
    assert await shop.state() == (CaseState.HUMAN, MIA)
    assert shop.customer()[-1] == "**Our support** has opened the conversation again and answers you here."
    assert "is open again, and you have it" in shop.room(PRIVATE)[-1]


async def test_the_history_of_a_case_that_was_opened_again_begins_before_it_was_one(shop: Shop) -> None:
    await shop.say("It does not work", sender="list:ann")
    await within(lambda: any("fine" in text for text in shop.customer()))
    room = await shop.wait_for_person()
    await shop.agent("close", chat=room)
    await shop.say("One more thing", sender="list:ann")
    await within(lambda: len([text for text in shop.customer() if "fine" in text]) > 1)
    for verb in ("history", "reopen", "history"):
        await shop.agent(verb, chat=room)
        if verb == "history":
            _, first, answer, *_ = shop.room(room)[-1].split("\n\n")
            assert "**Customer**: It does not work" in first
            assert "**Bot**: fine" in answer
    assert "**Customer**: One more thing" in shop.room(room)[-1]


async def test_a_closed_case_whose_customer_waits_in_another_one_stays_closed(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await shop.agent("close", chat=room)
    await shop.say("One more thing", sender="list:ann")
    await within(lambda: any("fine" in text for text in shop.customer()))
    await shop.command("human", sender="list:ann")
    await shop.dealt_with()
    await shop.agent("reopen", chat=room)
    assert shop.room(room)[-1].startswith("The customer of case #1 has begun a new conversation since.")
    assert await shop.state() == (CaseState.CLOSED, "")


async def test_notes_and_cases_by_number(shop: Shop) -> None:
    room = await shop.wait_for_person()
    before = shop.customer()
    await shop.agent("note", "call back\nafter 3", chat=room)
    await shop.agent("note", "#1 he is *rude*", chat=PRIVATE, sender=TOM)
    assert [text for text in shop.room(room) if "📝" in text] == [
        "slack:T1/MIA: 📝 (note) call back  \nafter 3",
        r"slack:T1/TOM: 📝 (note) he is \*rude\*",
    ]
    assert shop.room(PRIVATE) == ["Noted in case #1."]
    await shop.agent("note", "#4711 is his order", chat=room)
    assert shop.room(room)[-1].endswith("(note) #4711 is his order")
    for given, says in (
        ("hello", "Which case do you mean?"),
        ("1 hello", "Which case do you mean?"),
        ("#9 hello", "There is no case #9; `/looksee queue` lists"),
        ("＃1", "Something is missing: text"),
    ):
        await shop.agent("note", given, chat=PRIVATE)
        assert shop.room(PRIVATE)[-1].startswith(says)
    assert shop.customer() == before


async def test_send_sends_anything_as_it_is(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await shop.agent("send", "Hello", chat=room)
    assert shop.room(room)[-1].startswith("Not sent: nobody has this case yet. Take it with `!take`")
    await shop.agent("take", chat=room)
    for given, text in (
        ("/restart it, @you", "/restart it, @you"),
        ("#2 is your number", "#2 is your number"),
        ("#1 #2 is your number", "#2 is your number"),  # what a window's button puts in front is the case
    ):
        await shop.agent("send", given, chat=room)
        assert shop.customer()[-1] == f"Our support: {text}"
        assert shop.room(room)[-1] == f"Our support: {text}"
    await shop.agent("send", "#1 Hello", chat=PRIVATE)
    assert shop.customer()[-1] == "Our support: Hello"
    assert shop.room(PRIVATE)[-1] == "Sent to the customer of case #1."
    await shop.agent("send", chat=room)
    assert shop.room(room)[-1].startswith("What shall I send?")
    await shop.agent("send", "x", chat=room, files=(picture(),))
    assert "Nothing was sent." in shop.room(room)[-1]
    await shop.agent("send", "Hello", chat=room, sender=TOM)
    assert shop.room(room)[-1].startswith("Not sent: slack:T1/MIA has had this case since ")


async def test_a_draft_is_sent_by_its_button(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await shop.agent("take", chat=room)
    rows = await shop.store.commit(
        Outcome(room, (), (NewOutgoing("**Draft**", answer=True),), answer=NewTurn("bot", "Please restart."))
    )
    shop.core.delivery.push(rows)
    await shop.dealt_with()
    await asyncio.gather(
        *(shop.command("send", "#1", chat=room, sender=MIA, reply_to=f"m{rows[0].id}", private=False) for _ in range(2))
    )
    await shop.dealt_with()
    assert shop.customer().count("Our support: Please restart.") == 1
    assert [text for text in shop.room(room) if text.startswith(DRAFT_SENT_ALREADY.en)]
    await shop.agent("send", "Please, restart!", chat=room, reply_to=f"m{rows[0].id}")
    assert shop.customer()[-1] == "Our support: Please, restart!"


async def test_a_draft_is_for_its_own_customer_alone(shop: Shop) -> None:
    room = await shop.wait_for_person()
    rows = await shop.store.commit(
        Outcome(
            room, (), (NewOutgoing("**Draft**", answer=True),), answer=NewTurn("bot", "Your card E-4127 is blocked.")
        )
    )
    shop.core.delivery.push(rows)
    other = ChatKey("list", "", "2")
    await shop.command("human", chat=other, sender="list:bob")
    await shop.dealt_with()
    await shop.agent("take", "#2", chat=PRIVATE)
    before = shop.screens["list"].see(other)
    await shop.agent("send", "#2", chat=room, reply_to=f"m{rows[0].id}")
    assert shop.room(room)[-1].startswith("What shall I send?")
    assert shop.screens["list"].see(other) == before


async def test_what_staff_were_shown_elsewhere_goes_with_the_customer(shop: Shop, tmp_path: Path) -> None:
    words, name = "canary-words-ж", "canary-name"
    ann = Sender("list:ann", name)
    await shop.core.intake.receive(Inbound("asked", CHAT, ann, Kind.MESSAGE, words, "asked"))
    await within(lambda: any("fine" in text for text in shop.customer()))
    await shop.core.intake.receive(Inbound("human", CHAT, ann, Kind.COMMAND, "", "human", command="human"))
    await shop.dealt_with()
    await shop.agent("prompt", "set en Be brief.", chat=PRIVATE, sender=BOSS)
    for verb, text, shown in (("queue", "", words), ("prompt", "try #1", words), ("take", "#1", name)):
        await shop.agent(verb, text, chat=PRIVATE, sender=BOSS)
        await within(lambda: shown in shop.room(PRIVATE)[-1])  # noqa: B023 - awaited at once
    await shop.agent("take", "#1", chat=PRIVATE)
    await shop.agent("erase", f"{CHAT} yes", chat=PRIVATE, sender=BOSS)
    assert await shop.store.case(CHAT) is None
    assert await shop.store.scrub()
    assert traces(tmp_path, [words, name]) == []


@pytest.mark.parametrize("by_admin", [False, True])
async def test_agents_are_told_that_a_case_is_gone_with_its_customers_data(shop: Shop, by_admin: bool) -> None:
    room = await shop.wait_for_person()
    await shop.agent("take", chat=room)
    if by_admin:
        await shop.agent("erase", f"{CHAT} yes", chat=PRIVATE, sender=BOSS)
    else:
        await shop.command("forget", "yes", sender="list:ann")
    await shop.dealt_with()
    assert await shop.store.case_in(room) is None
    assert shop.room(room)[-1] == CASE_ERASED.en


async def test_of_a_closed_case_nothing_is_said_when_it_goes(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await shop.agent("close", chat=room)
    before = shop.room(room)
    await shop.command("forget", "yes", sender="list:ann")
    await shop.dealt_with()
    assert shop.room(room) == before


async def test_a_restart_in_the_middle(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await shop.agent("take", chat=room)
    await shop.stop()
    await shop.start()
    await shop.say("Hello!", chat=room, sender=MIA, private=False)
    await shop.dealt_with()
    assert shop.customer()[-1] == "Our support: Hello!"
    await shop.agent("close", chat=room)
    assert await shop.state() == (CaseState.CLOSED, MIA)
