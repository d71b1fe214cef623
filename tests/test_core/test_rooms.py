"""Agents' rooms on a real database: what they show, whatever happens on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cases import Case, CaseState, LogKind, Mark, NewEntry
from bot.errors import AmbiguousDeliveryError, StoreUnavailableError, UndeliverableError
from bot.images import Limits, prepare
from bot.messages import Image, NewOutgoing
from bot.outcome import Outcome
from bot.texts import ALERT, ALERT_OVER
from tests.test_core.conftest import picture
from tests.test_core.office import CHANNEL, CHAT, GROUP, MIA, Office, within
from tests.waiting import until


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    made = Office(tmp_path / "looksee.db")
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Office]:
    """An office with rooms at two places at once."""
    made = Office(tmp_path / "looksee.db")
    made.screens["topics"] = made.group
    await made.start()
    yield made
    await made.stop()


def shot(colour: str) -> Image:
    return prepare(picture(colour), name="", limits=Limits(10**6, 64, 64))


def sha(colour: str) -> str:
    """What a screen shows of such a picture."""
    return shot(colour).ref.sha256[:4]


async def test_a_case_opens_with_a_card(office: Office) -> None:
    image = prepare(picture(), name="", limits=Limits(10**6, 64, 64))
    await office.ask("What does `E42` mean?\nIt *blinks*.", "I cannot tell.", image=image)
    case = await office.wait()
    (card,) = await office.sees()
    assert card.startswith("**#1 · waiting for a person**\n\nAnn (list) · asked for a person · since ")
    assert "> What does \\`E42\\` mean?  \n> It \\*blinks\\*." in card
    assert "> I cannot tell." in card
    assert card.endswith("[take #1] [close #1] [suggest #1] [extract #1]")
    shown = office.channel.rendered[-1]
    assert shown.quotes
    rows = await office.store.behind((CHANNEL,))
    assert rows == []
    assert case.state is CaseState.WAITING


async def test_a_topic_holds_the_card_as_its_first_message(both: Office) -> None:
    await both.ask("Help!", "No.")
    await both.wait()
    opening, card = await both.sees(GROUP)
    assert opening == "topic #1 Ann: Help!"
    assert card.startswith("**#1 · waiting")


async def test_both_places_show_what_is_said_and_by_whom(both: Office) -> None:
    await both.wait()
    channel, group = await both.room(CHANNEL), await both.room(GROUP)
    await both.ask("Are you there?", "I am a bot.")
    await both.move(CaseState.HUMAN)
    await both.reply("Mia here.", "m1", channel)
    await both.reply("And again.", "g1", group)
    seen = [
        "**Ann**: Are you there?",
        "**Bot**: I am a bot.",
        "🙋 Mia has taken the case.",
    ]
    assert (await both.sees(CHANNEL))[1:] == [*seen, "Mia: And again."]
    assert (await both.sees(GROUP))[2:] == [*seen, "Mia: Mia here."]
    assert both.list.see(CHAT) == ["I am a bot.", "Mia: Mia here.", "Mia: And again."]


async def test_the_card_follows_the_state(office: Office) -> None:
    await office.wait()
    for state, shown, presses in (
        (CaseState.HUMAN, "Mia has it", "[release #1] [close #1]"),
        (CaseState.BOT, "given back to the bot", "[take #1] [close #1]"),
        (CaseState.HUMAN, "Mia has it", "[release #1] [close #1]"),
        (CaseState.CLOSED, "closed", "[reopen #1] [extract #1]"),
    ):
        await office.move(state)
        card = (await office.sees())[0]
        assert card.startswith(f"**#1 · {shown}**")
        assert presses in card
    lines = (await office.sees())[1:]
    assert lines == [
        "🙋 Mia has taken the case.",
        "🤖 Mia has given the case back to the bot.",
        "🙋 Mia has taken the case.",
        "✅ Closed by Mia.",
    ]


async def test_changes_and_deletions_follow(both: Office) -> None:
    await both.wait()
    channel = await both.room()
    first, second = await both.ask("Frist"), await both.ask("Second", "An answer")
    await both.move(CaseState.HUMAN)
    await both.reply("Helo", "m1", channel)
    await both.sees()
    await both.store.amend(CHAT, first, "First")
    await both.store.retract(CHAT, second)
    await both.sees(GROUP)
    assert "**Ann**: First" in await both.sees(CHANNEL)
    assert [text for text in await both.sees(GROUP) if "Frist" in text or "Second" in text or "answer" in text] == []
    assert [text for text in await both.sees(CHANNEL) if "Second" in text or "An answer" in text] == []


async def test_exchanged_pictures_are_shown_and_told(both: Office) -> None:
    """In the place of the old ones; what only the card has shown is shown again."""
    on_card = await both.ask("Look", image=shot("red"))
    await both.wait()
    await both.move(CaseState.HUMAN)
    later = await both.ask("And here", image=shot("blue"))
    await both.settled()
    told = "🖼️ Ann has changed the pictures of an earlier message."
    await both.store.amend(CHAT, later, "And here", (shot("green"),))
    for place, screen in ((CHANNEL, both.channel), (GROUP, both.group)):
        *_, words, showing, line = await both.sees(place)
        (slot,) = [name for name, (_, text) in screen.shown.items() if text == words]
        assert (words, showing) == ("**Ann**: And here", f"picture {sha('green')}")
        assert line == f"{told} (to {slot})"
    await both.store.amend(CHAT, on_card, "Look", (shot("orange"),))
    for place in (CHANNEL, GROUP):
        assert (await both.sees(place))[-2:] == [told, f"picture {sha('orange')}"]
    await both.store.retract(CHAT, on_card)
    await both.store.retract(CHAT, later)
    for place in (CHANNEL, GROUP):
        assert [
            text for text in await both.sees(place) if sha("green") in text or sha("orange") in text or told in text
        ] == []


async def test_the_customers_silence_is_told_under_the_agents_message(both: Office) -> None:
    await both.wait()
    await both.move(CaseState.HUMAN)
    channel = await both.room()
    await both.settled()
    both.list.faults = [UndeliverableError("Forbidden: bot was blocked by the user")]
    await both.reply("Hello?", "m1", channel)
    warning = "⚠️ Ann has blocked the bot, so this did not arrive. Nothing can be sent until they let it in again."
    assert (await both.sees(CHANNEL))[-1] == f"{warning} (to m1)"
    *_, copy, told = await both.sees(GROUP)
    assert copy == "Mia: Hello?"
    (shown,) = [name for name, (_, text) in both.group.shown.items() if text == copy]
    assert told == f"{warning} (to {shown})"


async def test_what_may_not_have_arrived_is_told(office: Office) -> None:
    await office.wait()
    await office.move(CaseState.HUMAN)
    room = await office.room()
    await office.settled()
    number = 1 + max(int(name[1:]) for name in office.channel.shown)
    office.list.faults = [AmbiguousDeliveryError("connection lost")]
    office.list.found = {n: AmbiguousDeliveryError("no way to tell") for n in range(number, number + 9)}
    await office.reply("Hello?", "m1", room)
    await within(lambda: "maybe lost" in office.list.see(CHAT))
    assert "⚠️ It is not certain that Ann has received this: no way to tell (to m1)" in await office.sees()


async def test_thumbs_satisfaction_and_notes(both: Office) -> None:
    await both.wait()
    await both.ask("Q", "A")
    await both.settled()
    answer = next(name for name, (chat, _) in both.list.shown.items() if chat == CHAT)
    await both.store.rate(CHAT, answer, "list:ann", -1, "wrong *field*")
    await both.commit(Outcome(CHAT, (), log=(NewEntry(1, LogKind.NOTE, MIA, "call back"),)))
    await both.move(CaseState.HUMAN)
    await both.move(CaseState.CLOSED)
    await both.store.commit(Outcome(CHAT, (), mark=Mark(1, 4)))
    for place in (CHANNEL, GROUP):
        seen = await both.sees(place)
        rated = [text for text in seen if text.startswith("👎 Ann finds this answer no help. wrong \\*field\\* (to m")]
        assert len(rated) == 1
        assert [text for text in seen if text.startswith("Mia: 📝")] == ["Mia: 📝 (note) call back"]
        assert seen[-1] == "⭐ Ann gives 4 of 5."
    assert not any("call back" in text for text in both.list.see(CHAT))


async def test_a_summary_comes_later_and_only_once(tmp_path: Path) -> None:
    office, asked, gate = Office(tmp_path / "looksee.db"), [], asyncio.Event()

    async def summarise(case: Case) -> str:
        asked.append(case.id)
        await gate.wait()
        return "Ann sees E42."

    office.summarise = summarise
    await office.start()
    await office.ask("What is E42?", "No idea.")
    await office.wait()
    (card,) = await office.sees()
    assert "In short" not in card
    await office.restart()  # while the model is at it: it is made anew
    gate.set()
    await within(lambda: any("> Ann sees E42." in text for text in office.channel.see(CHANNEL)))
    await office.restart()
    assert len(await office.sees()) == 1
    assert asked == [1, 1]
    await office.stop()


async def test_a_summary_of_what_is_taken_back_meanwhile_is_made_anew(tmp_path: Path) -> None:
    office, asked = Office(tmp_path / "looksee.db"), []

    async def summarise(case: Case) -> str:
        asked.append(case.id)
        if len(asked) > 1:
            return "Ann waits."
        await office.settled()
        await office.store.retract(CHAT, "c1")
        return "Ann sees E42."

    office.summarise = summarise
    await office.start()
    await office.ask("What is E42?", "No idea.")
    await office.wait()
    await within(lambda: any("> Ann waits." in text for text in office.channel.see(CHANNEL)))
    assert (await office.store.card(1)).summary == "Ann waits."
    assert not any("Ann sees" in item.payload for item in office.channel.sent)
    await office.stop()


async def test_a_model_that_fails_costs_the_summary_alone(tmp_path: Path) -> None:
    office = Office(tmp_path / "looksee.db")

    async def summarise(case: Case) -> str:
        raise RuntimeError("no model")

    office.summarise = summarise
    await office.start()
    await office.wait()
    await office.ask("Hello?")
    assert (await office.sees())[1:] == ["**Ann**: Hello?"]
    await office.stop()


async def test_a_deleted_topic_gets_a_new_room_that_goes_on(both: Office) -> None:
    await both.wait()
    await both.ask("One")
    await both.sees(GROUP)
    gone = await both.room(GROUP)
    both.group.delete_thread(gone)
    await both.ask("Two")
    await both.ask("Three")
    await within(lambda: any("Three" in text for _, text in both.group.shown.values()))
    room = await both.room(GROUP)
    assert room != gone
    opening, _, *rest = await both.sees(GROUP)
    assert opening.startswith("topic #1 Ann: ")
    assert opening.endswith(" (continued)")
    assert rest == ["**Ann**: Two", "**Ann**: Three"]
    assert (await both.sees(CHANNEL))[1:] == ["**Ann**: One", "**Ann**: Two", "**Ann**: Three"]


async def test_an_archived_channel_is_told_once_and_made_up_for_in_order(both: Office) -> None:
    await both.wait()
    await both.sees()
    both.channel.shut.add(CHANNEL)
    for n in range(3):
        await both.ask(f"Question {n}")
    await both.move(CaseState.HUMAN)
    await within(lambda: both.channel.refusals >= 3)
    assert both.places.problem() == "agents' place threads:T/C1/: is_archived"
    await within(lambda: both.channel.told)
    await within(lambda: "🙋 Mia has taken the case." in [text for _, text in both.group.shown.values()])
    await both.restart()
    both.channel.shut.clear()
    seen = await both.sees(CHANNEL)
    assert seen[0].startswith("**#1 · Mia has it**")
    assert seen[1:] == [*(f"**Ann**: Question {n}" for n in range(3)), "🙋 Mia has taken the case."]
    await within(lambda: both.places.problem() == "")


async def test_admins_hear_once_of_a_shut_place_and_of_its_end(office: Office) -> None:
    office.channel.shut.add(CHANNEL)
    await office.wait()
    await within(lambda: office.channel.refusals >= 5)
    office.channel.shut.clear()
    await office.sees()
    await within(lambda: len(office.channel.told) == 2)
    told = [text for person, text in office.channel.told if person == "threads:T/BOSS"]
    assert len(told) == 2
    assert told[0].startswith(ALERT.en.format(text="I cannot write in the agents' place threads:T/C1/ (is_archived)"))
    assert told[1].startswith(ALERT_OVER.en.format(text="I can write in threads:T/C1/ again"))


async def test_a_message_that_no_place_takes_does_not_hold_up_a_room_for_ever(office: Office) -> None:
    await office.wait()
    await office.settled()
    office.channel.poison = "Poison"
    await office.ask("Poison")
    await office.ask("Behind it")
    # Its place takes what is sent elsewhere: then it is not the place's fault.
    for _ in range(20):
        await office.commit(Outcome(replace(CHANNEL, thread="another"), (), (NewOutgoing("hello"),)))
        if any("Behind it" in text for text in office.channel.see(await office.room())):
            break
        await asyncio.sleep(0.02)
    assert (await office.sees())[1:] == ["**Ann**: Behind it"]


async def test_a_room_that_may_or_may_not_have_been_opened_is_opened_anew(both: Office) -> None:
    both.group.faults = [AmbiguousDeliveryError("timeout")]
    both.group.found = {n: AmbiguousDeliveryError("no way to tell") for n in (1, 2)}
    await both.wait()
    assert (await both.sees(GROUP))[0] == "topic #1 Ann (continued)"


async def test_a_copy_that_may_be_lost_holds_up_nothing(office: Office) -> None:
    await office.wait()
    await office.settled()
    office.channel.faults = [AmbiguousDeliveryError("timeout")]
    office.channel.found = {n: AmbiguousDeliveryError("no way to tell") for n in range(9)}
    asked = await office.ask("Q", "A")
    await office.settled()
    answer = next(name for name, (chat, _) in office.list.shown.items() if chat == CHAT)
    await office.store.amend(CHAT, asked, "Question")
    await office.store.rate(CHAT, answer, "list:ann", 1)
    assert (await office.sees())[-1].startswith("👍 Ann finds this answer helpful.")


async def test_a_store_that_fails_for_a_while_costs_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror, failures = office.store.mirror, 3

    async def failing(step: object) -> object:
        nonlocal failures
        if failures:
            failures -= 1
            raise StoreUnavailableError("disk full")
        return await mirror(step)  # type: ignore[arg-type]

    await office.wait()
    await office.settled()
    monkeypatch.setattr(office.store, "mirror", failing)
    monkeypatch.setattr("bot.tasks.FIRST_PAUSE", 0.01)
    await office.ask("Hello?")
    assert (await office.sees())[1:] == ["**Ann**: Hello?"]
    assert failures == 0


@pytest.mark.parametrize("steps", range(1, 9))
async def test_killed_between_any_two_steps(tmp_path: Path, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies after so many writes of the rooms; the next one shows everything, and nothing twice."""
    office = Office(tmp_path / "looksee.db")
    office.screens["topics"] = office.group
    await office.start()
    left, dead = steps, asyncio.Event()

    def counting(name: str) -> None:
        write = getattr(office.store, name)

        async def counted(*given: object) -> object:
            nonlocal left
            if left == 0:
                dead.set()
                await asyncio.Event().wait()
            left -= 1
            return await write(*given)

        monkeypatch.setattr(office.store, name, counted)

    for name in ("open_room", "mirror"):
        counting(name)
    await office.ask("One", "An answer")
    await office.wait()
    await office.ask("Two", "Another")
    await office.move(CaseState.HUMAN)

    async def dead_or_done() -> bool:
        return dead.is_set() or await office.at_rest()

    await until(dead_or_done)
    await office.restart()
    channel = await office.sees(CHANNEL)
    topic = await office.sees(GROUP)
    assert channel[0].startswith("**#1 · Mia has it**")
    assert topic[1].startswith("**#1 · Mia has it**")
    # A room that was opened later shows only what came after that; its card shows the rest.
    lines = ["**Ann**: Two", "**Bot**: Another", "🙋 Mia has taken the case."]
    assert channel[1:] == lines[len(lines) - len(channel[1:]) :]
    assert topic[2:] == lines[len(lines) - len(topic[2:]) :]
    await office.stop()
