"""Customers where others read along, in a Telegram group and in a thread of a Slack channel."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import casetexts
from bot.casetexts import TAKEN_OVER
from bot.handovertexts import HAS_IT_ALREADY, RATED, RATED_BY_ANOTHER, WHERE_HEARD
from bot.ports import Heard
from tests.fakes.slack_person import Person as SlackPerson
from tests.fakes.telegram_person import Person as TelegramPerson
from tests.test_desk.customers import OnSlack, OnTelegram, on_slack, on_telegram
from tests.test_desk.model import script
from tests.test_desk.offices import ANN, InSlack
from tests.test_desk.seen import BOT, Seen
from tests.test_desk.shop import Shop, opened

GROUP = -1001112223334
SHOP_CHANNEL = "C0SHOP"
ME = "@looksee_test_bot"
WISH = "I want to talk to a person"


def said(messages: list[Seen]) -> list[str]:
    """What the bot has said there."""
    return [message.plain.text for message in messages if message.by == BOT]


async def test_who_writes_in_a_telegram_group_is_told_how_to_reach_the_agent(
    shop: Shop, customer: OnTelegram, in_slack: InSlack
) -> None:
    kim = TelegramPerson(customer.server, 3001, chat_id=GROUP, name="Kim")

    def group() -> list[Seen]:
        return [on_telegram(customer.server, message) for message in customer.server.state.messages.of(GROUP)]

    hint = WHERE_HEARD[Heard.ADDRESSED].en
    kim.say(f"{ME} {WISH}")
    room = await shop.room(in_slack)
    await shop.rest()
    assert said(group())[-1].endswith(f"they will see all of it. {hint}")
    ann = in_slack.agent(ANN, room)
    await ann.order("take")
    await shop.rest()
    assert said(group())[-1] == f"{TAKEN_OVER.say('en', agent=ANN).replace('*', '')} {hint}"
    kim.say(f"/human{ME}")
    await shop.rest()
    assert said(group())[-1] == f"{HAS_IT_ALREADY.say('en', name=ANN)} {hint}"
    # It is true: what is addressed to nobody does not come here, what the hint says does.
    kim.say("my order is 5")
    kim.reply(group()[1].raw["message_id"], "my order is 6")
    kim.say(f"{ME} my order is 7")
    await shop.rest()
    heard = " ".join(message.plain.text for message in in_slack.sees(room))
    assert ["order is 5" in heard, "order is 6" in heard, "order is 7" in heard] == [False, True, True]


async def test_in_a_group_the_customer_alone_gives_the_mark(
    shop: Shop, customer: OnTelegram, in_slack: InSlack
) -> None:
    kim = TelegramPerson(customer.server, 3001, chat_id=GROUP, name="Kim")
    lee = TelegramPerson(customer.server, 3002, chat_id=GROUP, name="Lee")
    kim.say(f"{ME} {WISH}")
    room = await shop.room(in_slack)
    ann = in_slack.agent(ANN, room)
    await ann.order("take")
    await ann.order("close")
    await shop.rest()
    asked = customer.server.state.messages.of(GROUP)[-1]
    lee.press(asked["message_id"], "1")
    await shop.rest()
    assert [message["text"] for message in lee.private()] == [RATED_BY_ANOTHER.en]
    assert in_slack.sees(room)[-1].plain.text == casetexts.CLOSED_BY.say("en", actor=ANN)
    kim.reply(asked["message_id"], "４")
    await shop.rest()
    assert customer.server.state.messages.of(GROUP)[-1]["text"] == RATED.say("en", score=4)
    assert in_slack.sees(room)[-1].plain.text == casetexts.SATISFIED.say("en", customer="Kim", score=4)


async def test_who_writes_in_a_thread_on_slack_is_told_to_stay_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, model = OnSlack(), script()
    office = InSlack(customer.connected)
    async with opened(customer, [office], tmp_path, monkeypatch, make=lambda _: model) as shop:
        kim = SlackPerson(customer.server, "U0KIM", SHOP_CHANNEL)

        def thread() -> list[Seen]:
            return [on_slack(customer.server, message) for message in customer.server.thread(SHOP_CHANNEL, kim.thread)]

        hint = WHERE_HEARD[Heard.THREAD].en
        await kim.say(WISH)
        room = await shop.room(office)
        await shop.rest()
        assert said(thread())[-1].endswith(f"they will see all of it. {hint}")
        await office.agent(ANN, room).order("take")
        await shop.rest()
        assert said(thread())[-1].endswith(f"answers you here. {hint}")
        await kim.say("my order is 5")
        await kim.say("<@U0LEE> my order is 6")
        await shop.rest()
        heard = " ".join(message.plain.text for message in office.sees(room))
        assert ["order is 5" in heard, "order is 6" in heard] == [True, False]
