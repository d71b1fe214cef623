"""What is typed where it makes no sense: beside the threads of conversations, and beside cases' rooms or as a customer
in them. Nothing comes of it, and who typed it is told what to type where."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contracts.customer import Upload
from tests.fakes.slack_person import Person as SlackPerson
from tests.fakes.slack_person import shown
from tests.fakes.telegram_person import Person as TelegramPerson
from tests.fakes.telegram_server import BOT_NAME
from tests.fakes.telegram_team import AGENTS
from tests.screenshots import dialog
from tests.test_desk.customers import OnSlack, OnTelegram
from tests.test_desk.model import script
from tests.test_desk.offices import ANN, BEN, CHANNEL, InSlack, InTelegram, Office
from tests.test_desk.shop import Shop, opened

SHOP_CHANNEL = "C0SHOP"
OF_A_CONVERSATION = ("human", "status", "new", "rate 5", "stop", "retry")
FOR_CUSTOMERS = ("start", "new", "status", "human", "human it is broken", "rate 5", "forget", "forget yes")


# --- customers, beside their threads


async def test_in_a_channel_customers_type_what_works_in_their_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, said = OnSlack(), script()
    office, server = InSlack(customer.connected), customer.server
    async with opened(customer, [office], tmp_path, monkeypatch, make=lambda _: said) as shop:
        ada = SlackPerson(server, channel=SHOP_CHANNEL)
        await ada.say("What does this error mean?")
        await shop.rest()
        for verb in OF_A_CONVERSATION:
            await ada.command(*verb.split())
            await shop.rest()
            assert f"Please write `!{verb.split()[0]}` in the thread." in shown(ada.private()[-1])
        assert office.rooms() == []
        await ada.say("!human")
        room = await shop.room(office)
        await shop.rest()
        ann = office.agent(ANN, room)
        for verb in ("take", "release"):
            await ann.order(verb)
            await shop.rest()
        assert shown(ada.written()[-1]).endswith("For a person, send `!human`.")
        await ada.say("!help")
        await shop.rest()
        assert "- `!human [what it is about]`" in shown(ada.written()[-1])
        await ada.command("human")
        await ann.order("take")
        await shop.rest()
        await ann.say("Hello, which account number is yours?")
        await shop.rest()
        assert len(office.rooms()) == 1
        assert "which account number is yours?" in shown(ada.written()[-1])
        posted = [message for message in server.messages if message["channel"] == SHOP_CHANNEL]
        assert [message for message in posted if "thread_ts" not in message and message["user"] != ada.user] == []


async def test_in_direct_messages_the_case_is_that_of_the_conversation_that_the_customer_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, said = OnSlack(), script()
    office, ada = InSlack(customer.connected), customer.person
    async with opened(customer, [office], tmp_path, monkeypatch, make=lambda _: said) as shop:
        first = await ada.say("What does this error mean?")
        await shop.rest()
        ada.enter(first)
        await ada.say("and this?")
        await shop.rest()
        await ada.command("human")
        await shop.rest()
        assert "Please write `!human` in the thread." in shown(ada.private()[-1])
        assert office.rooms() == []
        await ada.say("!human")
        await shop.rest()
        ada.enter("")
        await ada.say("Something else: where is my order?")
        await shop.rest()
        await ada.command("human")
        await shop.rest()
        cases = [await shop.world.bot.core.store.find_case(number) for number in (1, 2)]
        assert [case and case.chat.thread for case in cases] == [first, ""]


async def test_who_has_said_nothing_yet_is_handed_over_where_they_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, said = OnSlack(), script()
    office = InSlack(customer.connected)
    async with opened(customer, [office], tmp_path, monkeypatch, make=lambda _: said) as shop:
        await customer.command("human")
        await shop.room(office)


# --- agents, beside their rooms


def _both() -> tuple[OnTelegram, list[Office]]:
    customer = OnTelegram()
    return customer, [InSlack(), InTelegram(customer.connected)]


async def _incident(shop: Shop, ada: OnTelegram) -> None:
    """Two customers send the same screenshot, and agents are told."""
    await ada.connected.say("What does E-4127 mean?", [Upload(dialog().data)])
    TelegramPerson(ada.server, 1002, name="Bob").photo(dialog().data, "E-4127 again")
    await shop.rest()
    await shop.world.bot.core.lookout.look()
    await shop.rest()


async def test_a_reply_to_an_incidents_notice_without_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (customer, offices), said = _both(), script()
    settings = {"LOOKSEE_DESK__INCIDENT_CUSTOMERS": "2"}
    async with opened(customer, offices, tmp_path, monkeypatch, make=lambda _: said, settings=settings) as shop:
        slack, telegram = offices
        assert isinstance(slack, InSlack)
        assert isinstance(telegram, InTelegram)
        await _incident(shop, customer)
        before = await customer.sees()
        (notice,) = slack.rooms()
        ann, ben = slack.agent(ANN, notice), slack.agent(BEN, notice)
        await ann.say("We are working on it, sorry.")
        await ben.say("<@U0ANN> are you sure?")
        await shop.rest()
        assert ann.told() == [
            "Nothing was sent. To answer all who sent the screenshot of incident i1, put `!answer i1` in front of your "
            "text."
        ]
        assert ben.told() == []
        (shown_in_general,) = telegram.sees("0")
        hall = telegram.agent(ANN, "0")
        hall.person.reply(shown_in_general.raw["message_id"], "We are working on it, sorry.")
        await shop.rest()
        (told,) = hall.told()
        assert told.startswith("Nothing was sent.")
        assert "/answer i1" in told
        assert await customer.sees() == before
        assert len(telegram.sees("0")) == 2


async def test_a_mention_of_the_bot_where_no_case_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (customer, offices), said = _both(), script()
    async with opened(customer, offices, tmp_path, monkeypatch, make=lambda _: said) as shop:
        slack, telegram = offices
        assert isinstance(slack, InSlack)
        assert isinstance(telegram, InTelegram)
        ann, ben = (SlackPerson(slack.server, user, CHANNEL) for user in ("U0ANN", "U0BEN"))
        asked = await ann.say("is this customer known?")
        await shop.rest()
        ben.enter(asked)
        await ben.say("I think so")
        await shop.rest()
        (told,) = [shown(message) for message in ann.private()]
        assert told.startswith("Nothing was sent: this is no case's room.")
        assert "`/looksee queue` lists" in told
        assert "`!ask …`" in told
        assert ben.private() == []
        hall = telegram.agent(ANN, "0")
        await hall.say("pizza?")
        await hall.say(f"@{BOT_NAME} is this a fraud?")
        await shop.rest()
        (said_there,) = hall.told()
        assert said_there.startswith("Nothing was sent: this is no case's room.")
        assert "/queue lists" in said_there
        assert said.prompts == []


async def test_who_hides_behind_the_group_is_told_to_show_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, said = OnTelegram(), script()
    office = InTelegram(customer.connected)
    async with opened(customer, [office], tmp_path, monkeypatch, make=lambda _: said) as shop:
        await customer.command("human")
        room = await shop.room(office)
        await shop.rest()
        ann = office.team.agent(2001, int(room))
        hidden = {
            "sender_chat": {"id": AGENTS, "type": "supergroup", "title": "Agents"},
            "from": {"id": 1087968824, "is_bot": True, "first_name": "Group"},
        }
        for number, text in enumerate(("Hello!", "/take", "/stats")):
            ann.say(text, **hidden)
            await shop.rest()
            last = office.sees(room)[-1].text
            assert "switch Remain anonymous off" in last, number
            assert "telegram:chat" not in last
        assert len(await customer.sees()) == 2


@pytest.mark.parametrize("kind", [InSlack, InTelegram], ids=lambda kind: kind.__name__)
async def test_what_customers_type_does_nothing_where_agents_work(
    kind: type[InSlack | InTelegram], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, said = OnTelegram(), script()
    office = InTelegram(customer.connected) if kind is InTelegram else InSlack()
    async with opened(customer, [office], tmp_path, monkeypatch, make=lambda _: said) as shop:
        await customer.command("human")
        room = await shop.room(office)
        await shop.rest()
        ann = office.agent(ANN, room)
        await ann.order("ask", "which field is red?")
        await shop.rest()
        store, lead = shop.world.bot.core.store, "!" if kind is InSlack else "/"
        held = await store.holdings(office.agents[0])
        assert held.questions == 1
        for number, verb in enumerate(FOR_CUSTOMERS, 1):
            await ann.order(verb)
            await shop.rest()
            assert len(ann.told()) == number
            told = ann.told()[-1]
            assert "is for customers, in their conversation with me" in told
            assert f"{lead}{verb.split()[0]}" in told
        await ann.order("help")
        await shop.rest()
        assert f"{lead}new" not in ann.told()[-1]
        if isinstance(office, InSlack):
            beside = SlackPerson(office.server, "U0ANN", CHANNEL)
            await beside.command("forget", "yes")
            await shop.rest()
            assert shown(beside.private()[-1]).startswith("`/looksee forget` is for customers")
        assert await store.holdings(office.agents[0]) == held
        assert len(office.rooms()) == 1


async def test_a_question_from_a_window_stands_above_its_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, office, said = OnTelegram(), InSlack(), script()
    async with opened(customer, [office], tmp_path, monkeypatch, make=lambda _: said) as shop:
        await customer.say("My order is 4127", "navy")
        await customer.command("human")
        room = await shop.room(office)
        await shop.rest()
        ann = office.agent(ANN, room)
        await ann.person.shortcut("looksee_ask", room)
        await office.server.until(lambda: office.server.window_of("U0ANN"))
        await ann.person.submit("what is 4127?")
        await shop.rest()
        last = office.sees(room)[-1].text
        assert last.startswith("**Ann**:\n\n> what is 4127?\n\n")
        await ann.order("ask", "and in words?")
        await shop.rest()
        assert office.sees(room)[-1].text.startswith("Between us, about “and in words?”")


# --- in whose language


async def test_staff_are_answered_in_the_desks_language_and_customers_in_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, said = OnSlack(), script()
    office, server = InSlack(customer.connected), customer.server
    settings = {"LOOKSEE_DESK__LANGUAGE": "zh"}
    async with opened(customer, [office], tmp_path, monkeypatch, make=lambda _: said, settings=settings) as shop:
        ann = SlackPerson(server, "U0ANN", "D0ANN")
        await ann.say("!queue")
        await ann.command("take", "#7")
        await shop.rest()
        assert shown(ann.written()[-1]) == "没有待处理的会话。"
        assert "没有编号为 #7 的会话" in shown(ann.private()[-1])
        await customer.person.open_home()
        await server.until(lambda: customer.person.user in server.homes)
        assert "Commands:" in customer.person.home()
        await customer.say("这个报错是什么意思？")
        await ann.say("What does this error mean?")
        await shop.rest()
        await ann.say("!status")
        await shop.rest()
        assert "Nothing is waiting" in shown(ann.written()[-1])
        await customer.person.open_home()
        await server.until(lambda: "命令" in customer.person.home())
