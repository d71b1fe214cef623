"""A case that agents see in Slack and in a Telegram group at once: each place shows what those of the other one do."""

from __future__ import annotations

import asyncio

import pytest

from bot import casetexts
from tests.test_desk.customers import OnTelegram
from tests.test_desk.offices import ANN, BEN, InSlack, InTelegram, Office
from tests.test_desk.seen import BOT, Seen
from tests.test_desk.shop import Shop


@pytest.fixture
def offices(in_slack: InSlack, in_telegram: InTelegram) -> list[Office]:
    return [in_slack, in_telegram]


@pytest.fixture
async def rooms(shop: Shop, customer: OnTelegram, in_slack: InSlack, in_telegram: InTelegram) -> tuple[str, str]:
    """A case's rooms in both."""
    await customer.say("I want to talk to a person", "navy")
    found = await shop.room(in_slack), await shop.room(in_telegram)
    await shop.rest()
    return found


async def test_each_place_shows_what_the_others_do(
    shop: Shop, customer: OnTelegram, in_slack: InSlack, in_telegram: InTelegram, rooms: tuple[str, str]
) -> None:
    ann, ben = in_slack.agent(ANN, rooms[0]), in_telegram.agent(BEN, rooms[1])

    def in_both() -> list[Seen]:
        """What the newest message says, which is to be the same in both rooms."""
        slack, telegram = in_slack.sees(rooms[0])[-1].plain, in_telegram.sees(rooms[1])[-1].plain
        assert slack == telegram
        return [slack]

    await ann.press("Take")
    await shop.rest()
    assert in_both() == [Seen(BOT, casetexts.TAKEN.say("en", actor=ANN))]
    assert "Ann has it" in in_telegram.sees(rooms[1])[0].text

    hello = await ann.say("Press the green one", "green")
    await shop.rest()
    assert in_telegram.sees(rooms[1])[-1].plain == Seen(BOT, "Ann: Press the green one", ("green",))
    await ann.edit(hello, "Press the orange one")
    await shop.rest()
    assert in_telegram.sees(rooms[1])[-1].plain == Seen(BOT, "Ann: Press the orange one", ("green",))
    assert (await customer.sees())[-1].plain == Seen(BOT, "Ann: Press the orange one", ("green",))
    await ann.delete(hello)
    await shop.rest()
    assert in_both() == [Seen(BOT, casetexts.TAKEN.say("en", actor=ANN))]
    assert (await customer.sees())[-1].plain.text == casetexts.TAKEN_OVER.say("en", agent=ANN).replace("*", "")

    await customer.say("I do not see it", "maroon")
    await shop.rest()
    assert in_both() == [Seen(BOT, "Ada: I do not see it", ("maroon",))]

    await ben.say("Try the green one")
    await shop.rest()
    assert "Ann has had this case since" in ben.told()[-1]
    await ben.order("note", "I know this one")
    await shop.rest()
    assert in_both() == [Seen(BOT, "Ben: 📝 (note) I know this one")]
    await ann.order("release", "waiting")
    await shop.rest()
    assert in_both() == [Seen(BOT, casetexts.BACK_IN_QUEUE.say("en", actor=ANN))]
    await ben.press("Take")
    await shop.rest()
    await ben.say("Try the green one")
    await shop.rest()
    assert in_slack.sees(rooms[0])[-1].plain == Seen(BOT, "Ben: Try the green one")
    await ben.press(await ben.about_to("Close"))
    await shop.rest()
    assert in_both() == [Seen(BOT, casetexts.CLOSED_BY.say("en", actor=BEN))]
    assert [seen.plain.text for seen in await customer.sees()][-5:] == [
        "I do not see it",
        casetexts.ANOTHER_PERSON.say("en", agent=ANN).replace("*", ""),
        casetexts.TAKEN_OVER.say("en", agent=BEN).replace("*", ""),
        "Ben: Try the green one",
        casetexts.CLOSED.say("en", agent=BEN).replace("*", ""),
    ]


@pytest.mark.parametrize("places", [1, 2], ids=["in one room", "in two rooms"])
async def test_of_two_agents_at_once_one_has_the_case(
    shop: Shop,
    customer: OnTelegram,
    in_slack: InSlack,
    in_telegram: InTelegram,
    rooms: tuple[str, str],
    places: int,
) -> None:
    ann = in_slack.agent(ANN, rooms[0])
    ben = in_slack.agent(BEN, rooms[0]) if places == 1 else in_telegram.agent(BEN, rooms[1])
    await asyncio.gather(ann.press("Take"), ben.press("Take"))
    await shop.rest()
    has_it, too_late = (ANN, ben) if "Ann has it" in in_slack.sees(rooms[0])[0].text else (BEN, ann)
    (told,) = too_late.told()
    assert told.startswith(f"{has_it} has had case #1 since 2")
    assert (ben if has_it == BEN else ann).told() == []
    over = casetexts.TAKEN_OVER.say("en", agent=has_it).replace("*", "")
    assert [seen.text for seen in await customer.sees() if "taken over" in seen.text] == [over]
    for sees in (in_slack.sees(rooms[0]), in_telegram.sees(rooms[1])):
        assert [seen.text for seen in sees if "has taken" in seen.text] == [casetexts.TAKEN.say("en", actor=has_it)]
