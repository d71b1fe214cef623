"""A shop's own account on Telegram: where its owner writes, the bot keeps out of it, until they have left."""

from __future__ import annotations

import time
from functools import partial

import pytest

from bot import casetexts, parts
from bot.handoff import Handoff
from tests.fakes.telegram_business import Account
from tests.test_desk.customers import OnTelegram, on_telegram
from tests.test_desk.model import answer, asked_by_customers
from tests.test_desk.offices import InSlack
from tests.test_desk.shop import Shop


class Clock:
    """The time of day, which may be moved on."""

    ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """By which the service sees how long ago the owner wrote."""
    made = Clock()
    monkeypatch.setattr(parts, "Handoff", partial(Handoff, clock=made))
    return made


async def test_the_bot_is_silent_while_the_owner_writes_and_goes_on_after_a_pause(
    clock: Clock, shop: Shop, customer: OnTelegram, in_slack: InSlack
) -> None:
    account = Account(customer.server)
    buyer = account.customer(7007)

    def chat() -> list[str]:
        messages = [on_telegram(customer.server, raw) for raw in customer.server.state.messages.of(buyer.place)]
        return [f"{message.by}: {message.plain.text}" for message in messages]

    buyer.say("Is it in stock?")
    await shop.rest()
    account.write(buyer, "I'll have a look myself")
    await shop.rest()
    buyer.say("And in red?")
    room = await shop.room(in_slack)
    await shop.rest()
    told = [
        "Ada: Is it in stock?",
        f"Olga: {answer('Is it in stock?')}",
        "Olga: I'll have a look myself",
        "Ada: And in red?",
    ]
    assert chat() == told
    card, *below = in_slack.sees(room)
    assert "Olga has it" in card.text
    assert "Ada (Telegram)" in card.text
    assert [seen.plain.text for seen in below] == ["Olga: I'll have a look myself", "Ada: And in red?"]

    clock.ahead = shop.world.settings.desk.owner_minutes * 60
    buyer.say("Hello?")
    await shop.rest()
    assert chat()[len(told) :] == ["Ada: Hello?", f"Olga: {answer('And in red? Hello?')}"]
    *_, (*_, before, asked) = asked_by_customers(shop.world.model.prompts)
    assert before.endswith("I'll have a look myself")
    assert asked == "And in red?\n\nHello?"
    assert in_slack.sees(room)[3].text == casetexts.BOT_GOES_ON.en
