"""A business account's chats: what is said there by whom, and what the bot may do."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.telegram.adapter import TelegramAdapter
from bot.errors import RetryLaterError, SlotGoneError, UndeliverableError
from bot.messages import Button, ChatKey, Inbound, Kind, Outgoing, Reply, Sender
from tests.fakes.telegram_business import Account, Customer
from tests.fakes.telegram_rules import RefusedError
from tests.fakes.telegram_server import BOT_ID, TOKEN, Fault, TelegramServer
from tests.test_telegram.conftest import RecordingIntake, keyboard, outgoing
from tests.test_telegram.test_media import FIRST, stored

CHAT = ChatKey("telegram", f"{BOT_ID}@Conn_1-x", "1001")


@pytest.fixture
def account(server: TelegramServer) -> Account:
    return Account(server)


@pytest.fixture
def ada(account: Account) -> Customer:
    return account.customer()


@pytest.fixture
async def adapter(server: TelegramServer) -> AsyncIterator[TelegramAdapter]:
    made = TelegramAdapter(token=TOKEN, api_base=server.url, images=stored)
    yield made
    await made.close()


def to_customer(payload: str, *, slot: str = "", removes: bool = False) -> Outgoing:
    return outgoing(payload, slot=slot, removes=removes, connection="Conn_1-x")


async def say(adapter: TelegramAdapter, text: str, **fields: object) -> str:
    (payload,) = adapter.render(Reply(text, **fields))  # type: ignore[arg-type]
    return await adapter.send(to_customer(payload))


async def received(intake: RecordingIntake, count: int) -> list[Inbound]:
    await intake.until(lambda: len(intake.received) >= count)
    return intake.received


async def test_customers_and_the_owner(
    account: Account, ada: Customer, adapter: TelegramAdapter, intake: RecordingIntake
) -> None:
    await adapter.start(intake)
    asked = ada.photo(FIRST.data, "What is E-4172?")
    ada.edit(asked, "What is E-4127?")
    ada.say("/human now")
    written = account.write(ada, "/take I am here myself")
    account.edit(ada, written, "I am here")
    account.write(ada, "We are closed", is_from_offline=True)  # the account by itself
    account.delete(ada, asked, written)
    seen = await received(intake, 7)
    assert {(inbound.chat, inbound.private) for inbound in seen} == {(CHAT, True)}
    assert [(i.kind, i.sender.key, i.owned, i.text or i.command) for i in seen[:5]] == [
        (Kind.MESSAGE, "telegram:1001", False, "What is E-4172?"),
        (Kind.EDIT, "telegram:1001", False, "What is E-4127?"),
        (Kind.COMMAND, "telegram:1001", False, "now"),
        (Kind.MESSAGE, "telegram:5005", True, "/take I am here myself"),
        (Kind.EDIT, "telegram:5005", True, "I am here"),
    ]
    assert [i.addressee and (i.addressee.key, i.addressee.name) for i in seen[2:5]] == [
        None,
        ("telegram:1001", "Ada"),
        ("telegram:1001", "Ada"),
    ]
    assert (seen[2].command, len(seen[0].attachments)) == ("human", 1)
    assert [(i.kind, i.message_id) for i in seen[5:]] == [(Kind.DELETE, str(asked)), (Kind.DELETE, str(written))]
    assert len({inbound.event_id for inbound in seen}) == 7


async def test_deletions_that_were_committed_in_part_come_again(
    server: TelegramServer, account: Account, ada: Customer, adapter: TelegramAdapter, intake: RecordingIntake
) -> None:
    await adapter.start(intake)
    gone = [ada.say("one"), ada.say("two")]
    await received(intake, 2)
    intake.refusals = 1
    account.delete(ada, *gone)
    seen = await received(intake, 4)
    await server.until(server.confirmed)
    assert [inbound.message_id for inbound in seen[2:]] == [str(message_id) for message_id in gone]


async def test_the_bot_writes_in_the_accounts_name(
    server: TelegramServer, ada: Customer, adapter: TelegramAdapter, intake: RecordingIntake
) -> None:
    await adapter.start(intake)
    ada.say("Hello")
    sent = await say(adapter, "It says **E-4127**.", rateable=True, buttons=(Button("Talk to a person", "human"),))
    await say(adapter, "See", pictures=(FIRST.ref,))
    payload = adapter.render(Reply("It says E-4128.", rateable=True))[0]
    assert await adapter.send(to_customer(payload, slot=sent)) == sent
    first, second = server.sent(ada.place)
    assert (first["text"], keyboard(first)) == ("It says E-4128.", [["👍", "👎"]])
    assert second["caption"] == "See"
    assert server.sent(1001) == []
    ada.say("Thanks")
    # What the bot wrote comes back to it, and is not taken for the owner's.
    assert [inbound.text for inbound in await received(intake, 2)] == ["Hello", "Thanks"]


async def test_buttons_under_what_the_bot_wrote(
    server: TelegramServer, account: Account, ada: Customer, adapter: TelegramAdapter, intake: RecordingIntake
) -> None:
    await adapter.start(intake)
    ada.say("Hello")
    sent = int(await say(adapter, "It says", rateable=True, buttons=(Button("Talk to a person", "human"),)))
    ada.press(sent, "Talk")
    ada.press(sent, "👎")
    seen = await received(intake, 3)
    assert [(i.chat, i.kind, i.command, i.rating) for i in seen[1:]] == [
        (CHAT, Kind.COMMAND, "human", 0),
        (CHAT, Kind.FEEDBACK, "", -1),
    ]
    await server.until(lambda: len(keyboard(server.sent(ada.place)[0])) > 2)
    # The owner sees the buttons too; and of an old message, it cannot be told in whose chat it is.
    owner = account.customer()
    owner.user = account.owner
    callbacks = [owner.press(sent, "Talk"), ada.press_old(sent, "Talk")]
    await server.until(lambda: all(server.state.callbacks[callback] for callback in callbacks))
    assert len(intake.received) == 3


async def test_messages_are_taken_away_if_the_owner_lets_us(
    server: TelegramServer, account: Account, ada: Customer, adapter: TelegramAdapter, intake: RecordingIntake
) -> None:
    await adapter.start(intake)
    ada.say("Hello")
    sent = await say(adapter, "Wrong")
    removal = to_customer(adapter.removal(), slot=sent, removes=True)
    account.change(can_delete_sent_messages=False)
    await server.until(server.confirmed)
    with pytest.raises(UndeliverableError, match="does not let the bot delete"):
        await adapter.send(removal)
    account.change(can_delete_sent_messages=True)
    await server.until(server.confirmed)
    assert await adapter.send(removal) == sent
    assert await adapter.send(removal) == sent
    assert server.sent(ada.place) == []


async def test_rights_are_respected_as_they_change(
    server: TelegramServer, account: Account, ada: Customer, adapter: TelegramAdapter, intake: RecordingIntake
) -> None:
    await adapter.start(intake)
    ada.say("Hello")
    await say(adapter, "one")
    account.change(can_reply=False)
    await server.until(server.confirmed)
    with pytest.raises(UndeliverableError, match="does not let the bot reply"):
        await say(adapter, "two")
    account.change(is_enabled=False, can_reply=True)
    await server.until(server.confirmed)
    with pytest.raises(UndeliverableError, match="disconnected the business account"):
        await say(adapter, "three")
    account.change()
    await server.until(server.confirmed)
    await say(adapter, "four")
    assert [message["text"] for message in server.sent(ada.place)] == ["one", "four"]
    # Nothing but the rights that the bot was told of was asked for, once.
    assert len(server.called("getBusinessConnection")) <= 1


async def test_after_a_restart_connections_are_asked_for(
    server: TelegramServer, account: Account, ada: Customer, adapter: TelegramAdapter
) -> None:
    ada.say("Hello")
    server.fail("getBusinessConnection", Fault(RefusedError(500, "Internal Server Error")))
    with pytest.raises(RetryLaterError):
        await say(adapter, "one")
    await say(adapter, "one")
    account.change(can_reply=False, told=False)
    with pytest.raises(UndeliverableError, match="not connected"):
        await say(adapter, "two")  # Telegram knows better
    del server.state.connections["Conn_1-x"]
    later = TelegramAdapter(token=TOKEN, api_base=server.url)
    with pytest.raises(UndeliverableError, match="not connected"):
        await say(later, "three")
    await later.close()
    assert len(server.called("getBusinessConnection")) == 3


async def test_a_day_after_the_customers_last_message_nothing_can_be_said(
    server: TelegramServer, ada: Customer, adapter: TelegramAdapter
) -> None:
    ada.say("Hello")
    sent = await say(adapter, "one")
    ada.fall_silent()
    with pytest.raises(UndeliverableError, match="24 hours"):
        await say(adapter, "two")
    ada.say("Still there?")
    await say(adapter, "three")
    del server.state.messages[ada.place, int(sent)]
    with pytest.raises(SlotGoneError):
        await adapter.send(to_customer(adapter.render(Reply("four"))[0], slot=sent))


async def test_only_typing_is_shown_while_an_answer_is_made(
    server: TelegramServer, ada: Customer, adapter: TelegramAdapter
) -> None:
    ada.say("Hello")
    preview = adapter.preview(Inbound("update:1", CHAT, Sender("telegram:1001"), message_id="5"))
    preview.remark("You are number 3")
    preview.show("It says")
    await server.until(lambda: server.called("sendChatAction"))
    assert await preview.close(keep=True) == ""
    assert {call["business_connection_id"] for call in server.called("sendChatAction")} == {"Conn_1-x"}
    assert server.sent(ada.place) == []
    assert not server.called("sendMessageDraft")
