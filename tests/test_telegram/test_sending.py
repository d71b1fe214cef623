"""What becomes of a message that is sent, whatever Telegram answers."""

from __future__ import annotations

import pytest
from aiohttp import ClientTimeout

from adapters.telegram.adapter import TelegramAdapter
from bot.errors import AmbiguousDeliveryError, DeliveryError, RetryLaterError, SlotGoneError, UndeliverableError
from bot.messages import Reply
from tests.fakes.telegram_person import Person
from tests.fakes.telegram_rules import RefusedError, bad
from tests.fakes.telegram_server import Fault, TelegramServer
from tests.test_telegram.conftest import GROUP, outgoing

pytestmark = pytest.mark.usefixtures("ada")


def payload(adapter: TelegramAdapter, text: str = "It says **E-4127**.", **fields: object) -> str:
    (made,) = adapter.render(Reply(text, **fields))  # type: ignore[arg-type]
    return made


def shown(server: TelegramServer, chat: int = 1001) -> list[str]:
    return [message["text"] for message in server.sent(chat)]


async def test_entities_thumbs_and_no_link_preview(server: TelegramServer, adapter: TelegramAdapter) -> None:
    sent = await adapter.send(outgoing(payload(adapter, rateable=True)))
    [message] = server.sent(1001)
    assert str(message["message_id"]) == sent
    assert message["text"] == "It says E-4127."
    assert message["entities"] == [{"type": "bold", "offset": 8, "length": 6}]
    assert [b["text"] for b in message["reply_markup"]["inline_keyboard"][0]] == ["👍", "👎"]
    [call] = server.called("sendMessage")
    assert call["link_preview_options"] == {"is_disabled": True}
    assert "parse_mode" not in call


async def test_a_long_answer_arrives_whole(server: TelegramServer, adapter: TelegramAdapter) -> None:
    text = "\n\n".join(f"{n}. 第一步:打开**设置** 🙂 and wait" for n in range(450))
    for part in adapter.render(Reply(text)):
        await adapter.send(outgoing(part))
    assert len(shown(server)) >= 3
    lines = [line for text in shown(server) for line in text.splitlines() if line]
    assert lines == [f"{n}. 第一步:打开设置 🙂 and wait" for n in range(450)]


async def test_answers_in_groups_quote_the_question(server: TelegramServer, adapter: TelegramAdapter) -> None:
    asked = Person(server, chat_id=GROUP, topic=7).say("@looksee_test_bot hi")
    await adapter.send(outgoing(payload(adapter, reply_to=str(asked)), GROUP, thread="7"))
    await adapter.send(outgoing(payload(adapter, reply_to="99999"), GROUP, thread="7"))  # since deleted
    first, second = server.sent(GROUP)
    assert first["reply_to_message"]["message_id"] == asked
    assert first["message_thread_id"] == 7
    assert "reply_to_message" not in second


async def test_refused_entities_become_plain_text(server: TelegramServer, adapter: TelegramAdapter) -> None:
    server.fail("sendMessage", Fault(bad("can't parse entities: unsupported")))
    await adapter.send(outgoing(payload(adapter)))
    [message] = server.sent(1001)
    assert message["text"] == "It says E-4127."
    assert "entities" not in message


@pytest.mark.parametrize(
    ("fault", "expected", "seconds"),
    [
        (Fault(RefusedError(429, "Too Many Requests", retry_after=7)), RetryLaterError, 7),
        (Fault(RefusedError(500, "Internal Server Error")), RetryLaterError, None),
        (Fault(html=503), RetryLaterError, None),
        (Fault(html=502), AmbiguousDeliveryError, None),
        (Fault(RefusedError(401, "Unauthorized")), RetryLaterError, 60),
        (Fault(html=504), AmbiguousDeliveryError, None),
        (Fault(html=200), AmbiguousDeliveryError, None),
        (Fault(drop=True), AmbiguousDeliveryError, None),
        (Fault(drop=True, after=True), AmbiguousDeliveryError, None),
        (Fault(RefusedError(403, "Forbidden: bot was blocked by the user")), UndeliverableError, None),
        (Fault(bad("chat not found")), UndeliverableError, None),
        (Fault(bad("TOPIC_CLOSED")), UndeliverableError, None),
    ],
)
async def test_every_failure_is_told_apart(
    server: TelegramServer,
    adapter: TelegramAdapter,
    fault: Fault,
    expected: type[DeliveryError],
    seconds: float | None,
) -> None:
    server.fail("sendMessage", fault)
    with pytest.raises(DeliveryError) as caught:
        await adapter.send(outgoing(payload(adapter)))
    assert type(caught.value) is expected
    if isinstance(caught.value, RetryLaterError):
        assert caught.value.seconds == seconds
    assert len(server.called("sendMessage")) == 1
    assert "E-4127" not in str(caught.value)


async def test_silence_is_ambiguous(
    server: TelegramServer, adapter: TelegramAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter._session, "timeout", ClientTimeout(total=0.2))
    server.fail("sendMessage", Fault(hang=True))
    with pytest.raises(AmbiguousDeliveryError):
        await adapter.send(outgoing(payload(adapter)))


async def test_a_connection_never_made_has_delivered_nothing(server: TelegramServer, adapter: TelegramAdapter) -> None:
    await server.stop()
    with pytest.raises(RetryLaterError):
        await adapter.send(outgoing(payload(adapter)))
    await server.start()
    await adapter.send(outgoing(payload(adapter)))
    assert len(shown(server)) == 1


async def test_an_answer_takes_the_place_of_its_preview(server: TelegramServer, adapter: TelegramAdapter) -> None:
    slot = await adapter.send(outgoing(payload(adapter, "looking")))
    item = outgoing(payload(adapter, rateable=True), slot=slot)
    assert await adapter.send(item) == slot
    assert await adapter.send(item) == slot  # "message is not modified"
    assert shown(server) == ["It says E-4127."]
    assert "reply_markup" in server.sent(1001)[0]


async def test_putting_an_answer_in_place_may_be_repeated(server: TelegramServer, adapter: TelegramAdapter) -> None:
    slot = await adapter.send(outgoing(payload(adapter, "looking")))
    item = outgoing(payload(adapter), slot=slot)
    server.fail("editMessageText", Fault(drop=True, after=True))
    with pytest.raises(RetryLaterError):
        await adapter.send(item)
    assert await adapter.send(item) == slot
    assert shown(server) == ["It says E-4127."]


async def test_a_preview_that_is_gone_is_not_replaced_under_the_same_promise(
    server: TelegramServer, adapter: TelegramAdapter
) -> None:
    """An edit may be repeated, a new message may not: who decides has to know which it is."""
    slot = await adapter.send(outgoing(payload(adapter, "looking")))
    del server.state.messages[1001, int(slot)]
    with pytest.raises(SlotGoneError):
        await adapter.send(outgoing(payload(adapter), slot=slot))
    assert shown(server) == []


async def test_a_group_that_became_a_supergroup(server: TelegramServer, adapter: TelegramAdapter) -> None:
    Person(server, chat_id=GROUP)
    server.state.migrated[-55] = GROUP
    await adapter.send(outgoing(payload(adapter), -55))
    with pytest.raises(SlotGoneError):
        await adapter.send(outgoing(payload(adapter, "second"), -55, slot="3"))
    assert shown(server, GROUP) == ["It says E-4127."]


async def test_telegram_cannot_tell_what_arrived(adapter: TelegramAdapter) -> None:
    with pytest.raises(AmbiguousDeliveryError):
        await adapter.find(outgoing(payload(adapter)))


async def test_people_are_told_in_private_and_in_plain_text(server: TelegramServer, adapter: TelegramAdapter) -> None:
    await adapter.tell("telegram:1001", "*not bold* <b>nor this</b> https://shop.example")
    assert shown(server) == ["*not bold* <b>nor this</b> https://shop.example"]
    [call] = server.called("sendMessage")
    assert call["link_preview_options"] == {"is_disabled": True}
    assert "parse_mode" not in call
    server.state.blocked.add(1001)
    with pytest.raises(UndeliverableError, match="blocked"):
        await adapter.tell("telegram:1001", "and now?")
    with pytest.raises(UndeliverableError, match="chat not found"):
        await adapter.tell("telegram:77", "who never started the bot")
    server.state.blocked.clear()
    server.fail("sendMessage", Fault(error=RefusedError(429, "Too Many Requests: retry after 7", retry_after=7)))
    with pytest.raises(RetryLaterError) as error:
        await adapter.tell("telegram:1001", "later")
    assert error.value.seconds == 7
