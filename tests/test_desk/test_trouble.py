"""What happens to the agents' places, and to customers who are not to be reached."""

from __future__ import annotations

from functools import partial

import pytest

from bot import casetexts, parts
from bot.places import Places
from tests.test_desk.customers import Customer, OnTelegram
from tests.test_desk.offices import ANN, CHANNEL, OLGA, InSlack, Office
from tests.test_desk.seen import BOT, Seen
from tests.test_desk.shop import Shop


async def taken(shop: Shop, customer: Customer, office: Office) -> str:
    """A case that Ann has; returns its room."""
    await customer.say("I want to talk to a person", "navy")
    room = await shop.room(office)
    await shop.rest()
    await office.agent(ANN, room).press("Take")
    await shop.rest()
    return room


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A place that takes nothing is tried again soon."""
    monkeypatch.setattr(parts, "Places", partial(Places, retry_seconds=0.2))


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("restarted", [False, True], ids=["", "restarted"])
async def test_what_an_archived_channel_has_missed_is_made_up_for(
    shop: Shop, customer: OnTelegram, in_slack: InSlack, restarted: bool
) -> None:
    room = await taken(shop, customer, in_slack)
    server = in_slack.server
    server.archived.add(CHANNEL)
    await customer.say("Anybody there?")
    said = await customer.say("It says the sane", "maroon")
    await _told(shop, in_slack, f"cannot write in the agents' place slack:T0TEAM/{CHANNEL}/")
    await customer.edit(said, "It says the same")
    if restarted:
        await shop.world.stop()
        await shop.world.start()
    await customer.say("Hello?")
    server.archived.remove(CHANNEL)
    await shop.rest()
    assert [seen.plain for seen in in_slack.sees(room)[2:]] == [
        Seen(BOT, "Ada: Anybody there?"),
        Seen(BOT, "Ada: It says the same", ("maroon",)),
        Seen(BOT, "Ada: Hello?"),
    ]
    if not restarted:
        await _told(shop, in_slack, "I can write in")
    await in_slack.agent(ANN, room).say("I am here")
    await shop.rest()
    assert (await customer.sees())[-1].plain == Seen(BOT, "Ann: I am here")


async def _told(shop: Shop, office: Office, words: str) -> None:
    """Wait until the admin is told something, by itself."""

    async def told() -> bool:
        return words in "".join(seen.text for seen in office.told_alone(OLGA)[-1:])

    await shop.until(told)


@pytest.mark.parametrize("offices", ["in_slack", "in_telegram"], indirect=True)
async def test_the_case_of_a_deleted_room_goes_on_in_a_new_one(
    shop: Shop, customer: OnTelegram, offices: list[Office]
) -> None:
    (office,) = offices
    old = await taken(shop, customer, office)
    office.delete(old)
    await customer.say("Anybody there?", "maroon")
    await shop.rest()
    new = await shop.room(office)
    assert new != old
    ann = office.agent(ANN, new)
    await ann.say("I am here", "green")
    await shop.rest()
    assert (await customer.sees())[-1].plain == Seen(BOT, "Ann: I am here", ("green",))
    await ann.press("Release")
    await shop.rest()
    assert office.sees(new)[-1].plain == Seen(BOT, casetexts.GIVEN_BACK.say("en", actor=ANN))


async def test_a_customer_who_has_blocked_the_bot(shop: Shop, customer: OnTelegram, in_slack: InSlack) -> None:
    room = await taken(shop, customer, in_slack)
    customer.server.state.blocked.add(customer.person.chat_id)
    await in_slack.agent(ANN, room).say("Are you there?")
    await shop.rest()
    assert in_slack.sees(room)[-1].plain == Seen(BOT, casetexts.BLOCKED.say("en", customer="Ada"))
