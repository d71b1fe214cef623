"""A customer and the agents, from the first question to the marks: on each pair of platforms, and with the service
stopped and started in the middle of everything that anybody does. What all of them see in the end is always the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot import casetexts, handovertexts
from bot.cases import Cause
from bot.verbs.admintexts import STATS_SATISFIED
from tests.test_desk.customers import NAME, Customer, OnSlack, OnTelegram, OnTheWeb
from tests.test_desk.model import DRAFT, SUMMARY, advice, answer, asked_by_customers, script
from tests.test_desk.offices import ANN, OLGA, InSlack, InTelegram, Office
from tests.test_desk.seen import BOT, Seen
from tests.test_desk.shop import Shop, Stop, opened

QUESTION, WISH, MORE, HELLO, AFTERWARDS, ANEW = (
    "What does this error mean?",
    "I want to talk to a person",
    "It still says the same",
    "Hello, please press the green one",
    "And where is that?",
    "Something else: my invoice",
)
PRIVATELY, NOTE, REWRITTEN = "Which field is red?", "A patient customer", "Please install version 2.2."
PERSON = handovertexts.TALK_TO_PERSON.en
MARKS = tuple("12345")


@dataclass(frozen=True)
class Pair:
    """Where a customer and the agents are, and how the customer asks for a person."""

    meet: Callable[[], tuple[Customer, Office]]
    wishes: Callable[[Customer], Awaitable[object]]
    human: str


def _both_in_slack() -> tuple[OnSlack, InSlack]:
    customer = OnSlack()
    return customer, InSlack(customer.connected)


PAIRS = {
    "telegram-slack": Pair(lambda: (OnTelegram(), InSlack()), lambda customer: customer.say(WISH), "/human"),
    "web-telegram": Pair(lambda: (OnTheWeb(), InTelegram()), lambda customer: customer.press(PERSON), "/human"),
    "slack-slack": Pair(_both_in_slack, lambda customer: customer.command("human"), "/looksee human"),
}


class Story:
    """What everybody does, in order. Each thing that somebody does is a moment of its own."""

    def __init__(self, shop: Shop, pair: Pair, customer: Customer, office: Office) -> None:
        self.shop = shop
        self.pair = pair
        self.customer = customer
        self.office = office
        self.room = ""

    async def goes_on(self) -> None:
        for chapter in (
            self.the_bot_answers,
            self.a_person_is_asked_for,
            self.an_agent_takes_the_case,
            self.both_write,
            self.both_correct_themselves,
            self.the_agent_asks_the_model,
            self.the_agent_has_a_reply_drafted,
            self.agents_speak_among_themselves,
            self.the_bot_goes_on,
            self.the_case_is_closed,
            self.something_else_begins,
        ):
            await chapter()
            await self.shop.rest()

    async def the_bot_answers(self) -> None:
        async with self.shop.moment():
            await self.customer.say(QUESTION, "navy")

    async def a_person_is_asked_for(self) -> None:
        async with self.shop.moment():
            await self.pair.wishes(self.customer)
        self.room = await self.shop.room(self.office)
        self.ann = self.office.agent(ANN, self.room)
        await self.shop.until(lambda: self._card_shows(SUMMARY))
        await self.shop.rest()
        card, *pictures = self.office.sees(self.room)
        assert [colour for seen in (card, *pictures) for colour in seen.pictures] == ["navy"]
        assert card.buttons == ("Take", "Close", "Suggest a reply", "Extract")
        assert all(words in card.plain.text for words in ("waiting for a person", QUESTION, answer(QUESTION)))

    async def an_agent_takes_the_case(self) -> None:
        async with self.shop.moment():
            await self.ann.press("Take")
        await self.shop.until(lambda: self._card_shows("Ann has it"))
        assert "Release" in self.office.sees(self.room)[0].buttons

    async def both_write(self) -> None:
        async with self.shop.moment():
            self.more = await self.customer.say(MORE, "maroon")
        await self.shop.rest()
        async with self.shop.moment():
            self.hello = await self.ann.say(HELLO, "green")
        await self.shop.rest()
        assert (await self.customer.sees())[-1].pictures == ("green",)

    async def both_correct_themselves(self) -> None:
        if self.customer.edits:
            async with self.shop.moment():
                await self.customer.edit(self.more, f"{MORE}!")
            await self.shop.rest()
        async with self.shop.moment():
            await self.ann.edit(self.hello, f"{HELLO}!")
        if self.customer.deletes:
            slip = await self.customer.say("A slip")
            await self.shop.rest()
            assert self.office.sees(self.room)[-1].text.endswith("A slip")
            async with self.shop.moment():
                await self.customer.delete(slip)
        if self.office.deletes:
            slip = await self.ann.say("Wrong window", "orange")
            await self.shop.rest()
            assert (await self.customer.sees())[-1].pictures == ("orange",)
            async with self.shop.moment():
                await self.ann.delete(slip)

    async def the_agent_asks_the_model(self) -> None:
        async with self.shop.moment():
            await self.ann.order("ask", PRIVATELY)

    async def the_agent_has_a_reply_drafted(self) -> None:
        async with self.shop.moment():
            await self.ann.order("suggest")
        await self.shop.rest()
        async with self.shop.moment():
            if self.office.windows:
                await self.ann.rewrite("Edit", REWRITTEN)
            else:
                await self.ann.press("Send")

    async def agents_speak_among_themselves(self) -> None:
        async with self.shop.moment():
            await self.ann.order("note", NOTE)
        await self.shop.rest()
        for private in ("frobnicate", "@somebody, have a look"):
            before = len(self.ann.told())
            async with self.shop.moment():
                await (self.ann.say(private) if private.startswith("@") else self.ann.order(private))
            await self.shop.rest()
            assert len(self.ann.told()) == before + 1

    async def the_bot_goes_on(self) -> None:
        async with self.shop.moment():
            await self.ann.press("Release")
        await self.shop.rest()
        async with self.shop.moment():
            await self.customer.say(AFTERWARDS)

    async def the_case_is_closed(self) -> None:
        await self.ann.press("Take")
        await self.shop.rest()
        sure = await self.ann.about_to("Close")
        async with self.shop.moment():
            await self.ann.press(sure)
        await self.shop.rest()
        async with self.shop.moment():
            await self.customer.press("5")

    async def something_else_begins(self) -> None:
        async with self.shop.moment():
            await self.customer.say(ANEW)

    async def _card_shows(self, text: str) -> bool:
        return any(text in seen.plain.text for seen in self.office.sees(self.room)[:1])

    # --- what they see in the end

    @property
    def sent(self) -> str:
        """What became of the draft."""
        return REWRITTEN if self.office.windows else DRAFT

    def customer_sees(self) -> list[Seen]:
        more = f"{MORE}!" if self.customer.edits else MORE
        handed_over = f"{handovertexts.HANDED_OVER[Cause.ASKED].en} {handovertexts.MEANWHILE.en}"
        taken_over = Seen(BOT, casetexts.TAKEN_OVER.say("en", agent=ANN))
        own_wish: list[Seen] = [Seen(NAME, WISH)] if isinstance(self.customer, OnTelegram) else []
        return [
            Seen(NAME, QUESTION, ("navy",)),
            Seen(BOT, answer(QUESTION), buttons=(PERSON,)),
            *own_wish,
            Seen(BOT, handed_over),
            taken_over,
            Seen(NAME, more, ("maroon",)),
            Seen(BOT, f"{ANN}: {HELLO}!", ("green",)),
            Seen(BOT, f"{ANN}: {self.sent}"),
            Seen(BOT, casetexts.BOT_AGAIN.say("en", agent=ANN, human=self.pair.human)),
            Seen(NAME, AFTERWARDS),
            Seen(BOT, answer(AFTERWARDS), buttons=(PERSON,)),
            taken_over,
            Seen(BOT, casetexts.CLOSED.say("en", agent=ANN), buttons=MARKS),
            Seen(BOT, handovertexts.RATED.say("en", score=5)),
            Seen(NAME, ANEW),
            Seen(BOT, answer(ANEW), buttons=(PERSON,)),
        ]

    def room_sees(self) -> list[Seen]:
        """Below the card."""
        more = f"{MORE}!" if self.customer.edits else MORE
        name = casetexts.CUSTOMER.en if isinstance(self.customer, OnTheWeb) else NAME
        lead = "!" if isinstance(self.office, InSlack) else "/"
        taken = Seen(BOT, casetexts.TAKEN.say("en", actor=ANN))
        edit = "Edit" if self.office.windows else "Edit (copy)"
        return [
            taken,
            Seen(BOT, f"{name}: {more}", ("maroon",)),
            Seen(ANN, f"{HELLO}!", ("green",)),
            Seen(ANN, f"{lead}ask {PRIVATELY}"),
            Seen(BOT, advice(PRIVATELY)),
            Seen(ANN, f"{lead}suggest"),
            Seen(BOT, DRAFT, buttons=("Send", edit, "Another")),
            Seen(BOT, f"{ANN}: {self.sent}"),
            Seen(ANN, f"{lead}note {NOTE}"),
            Seen(BOT, f"{ANN}: {casetexts.NOTED.say('en', text=NOTE)}"),
            Seen(ANN, f"{lead}frobnicate"),
            Seen(ANN, "@somebody, have a look"),
            Seen(BOT, casetexts.GIVEN_BACK.say("en", actor=ANN)),
            Seen(BOT, f"{name}: {AFTERWARDS}"),
            Seen(BOT, f"{casetexts.BOT.en}: {answer(AFTERWARDS)}"),
            taken,
            Seen(BOT, casetexts.CLOSED_BY.say("en", actor=ANN)),
            Seen(BOT, casetexts.SATISFIED.say("en", customer=name, score=5)),
        ]


@pytest.mark.parametrize("stop", Stop, ids=lambda stop: stop.value)
@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
async def test_a_story(pair: Pair, stop: Stop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = script()
    customer, office = pair.meet()
    async with opened(customer, [office], tmp_path, monkeypatch, make=lambda _: said, stop=stop) as shop:
        story = Story(shop, pair, customer, office)
        await story.goes_on()
        assert [seen.plain for seen in await customer.sees()] == [seen.plain for seen in story.customer_sees()]
        assert len(office.rooms()) == 1
        card, *below = [seen.plain for seen in office.sees(story.room)]
        if isinstance(office, InTelegram):
            assert below.pop(0).pictures == ("navy",)
        assert below == [seen.plain for seen in story.room_sees()]
        assert card.buttons == ("Reopen", "Extract")

        asked = asked_by_customers(said.prompts)
        assert dict.fromkeys(lines[-1] for lines in asked) == dict.fromkeys([QUESTION, AFTERWARDS, ANEW])
        [afterwards, *_] = [lines for lines in asked if lines[-1] == AFTERWARDS]
        assert f"{HELLO}!\n\n{story.sent}" in afterwards
        assert asked[-1] == [ANEW]
        everything = "\n".join(line for lines in asked for line in lines)
        for private in (PRIVATELY, advice(PRIVATELY), NOTE, "frobnicate", "somebody", "slip", "Wrong window"):
            assert private not in everything

        await office.order_alone(OLGA, "stats today")
        await shop.rest()
        (figures,) = office.told_alone(OLGA)
        assert STATS_SATISFIED.say("en", score="5.0", count=1) in figures.text
