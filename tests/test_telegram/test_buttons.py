"""Buttons: what stands under a message, and what becomes of a press."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram.adapter import TelegramAdapter
from adapters.telegram.keyboard import keyboard as drawn
from adapters.telegram.keyboard import read
from adapters.telegram.payload import Payload
from adapters.telegram.render import render
from bot.messages import Button, ChatKey, Inbound, Kind, Reply
from bot.spoken import Links
from tests.fakes.telegram_person import Person
from tests.fakes.telegram_server import BOT_ID, TelegramServer
from tests.test_telegram.conftest import GROUP, RecordingIntake, keyboard, outgoing

TAKE = Button("Take", "take", "#12", style="primary")
CLOSE = Button("Close", "close", "#12", style="danger", confirm="Close the case?")
HUMAN = Button("Talk to a person", "human")


async def put(adapter: TelegramAdapter, *buttons: Button, chat: int = 1001, thread: str = "", text: str = "Hm?") -> int:
    *_, last = adapter.render(Reply(text, rateable=True, buttons=buttons))
    return int(await adapter.send(outgoing(last, chat, thread=thread)))


def given_command(inbound: Inbound) -> tuple[Kind, str, str]:
    return inbound.kind, inbound.command, inbound.text


async def test_a_press_is_a_command(
    server: TelegramServer, adapter: TelegramAdapter, intake: RecordingIntake, ada: Person
) -> None:
    await adapter.start(intake)
    sent = await put(adapter, TAKE, CLOSE, HUMAN)
    (message,) = server.sent(1001)
    assert keyboard(message) == [["👍", "👎"], ["Take"], ["Close"], ["Talk to a person"]]
    assert [row[0].get("style") for row in message["reply_markup"]["inline_keyboard"]] == [
        None,
        "primary",
        "danger",
        None,
    ]
    callback = ada.press(sent, "Take")
    await intake.until(lambda: intake.received)
    (pressed,) = intake.received
    assert given_command(pressed) == (Kind.COMMAND, "take", "#12")
    assert (pressed.reply_to, pressed.message_id, pressed.answer_to, pressed.private) == (str(sent), "", "", True)
    await server.until(lambda: server.state.callbacks[callback])
    assert keyboard(server.sent(1001)[0])[1] == ["Take"]


async def test_in_a_group_a_press_says_where_its_answer_goes(
    server: TelegramServer, adapter: TelegramAdapter, intake: RecordingIntake
) -> None:
    person = Person(server, chat_id=GROUP, topic=7)
    await adapter.start(intake)
    sent = await put(adapter, TAKE, chat=GROUP, thread="7")
    callback = person.press(sent, "Take")
    await intake.until(lambda: intake.received)
    assert intake.received[0].answer_to == f"1001:{callback}"
    assert intake.received[0].chat == ChatKey("telegram", str(BOT_ID), str(GROUP), "7")
    person.press_old(sent, "Take")
    await intake.until(lambda: len(intake.received) == 2)
    assert intake.received[1].chat == intake.received[0].chat
    person.press(sent, "👎")
    await server.until(lambda: len(server.called("answerCallbackQuery")) == 3)
    assert server.called("answerCallbackQuery")[-1]["text"] == "Thank you for telling us."
    assert keyboard(server.sent(GROUP)[0]) == [["👍", "👎"], ["Take"]]  # others see the same


async def test_what_is_dangerous_takes_a_second_press(
    server: TelegramServer, adapter: TelegramAdapter, intake: RecordingIntake, ada: Person
) -> None:
    await adapter.start(intake)
    sent = await put(adapter, Button("1", "rate", "1"), CLOSE, HUMAN)

    async def press(label: str) -> list[list[str]]:
        before = len(server.called("editMessageReplyMarkup"))
        ada.press(sent, label)
        await server.until(lambda: len(server.called("editMessageReplyMarkup")) > before)
        return keyboard(server.sent(1001)[0])

    as_it_was = keyboard(server.sent(1001)[0])
    assert await press("Close") == [["👍", "👎"], ["1"], ["Yes, Close", "Cancel"], ["Talk to a person"]]
    assert server.called("answerCallbackQuery")[-1]["text"] == "Are you sure? Then press “Yes, Close”."
    assert await press("Cancel") == as_it_was
    await press("Close")
    assert intake.received == []
    ada.press(sent, "Yes, Close")
    await intake.until(lambda: intake.received)
    assert given_command(intake.received[0]) == (Kind.COMMAND, "close", "#12")


async def test_what_asks_first_cannot_once_the_message_is_old(
    server: TelegramServer, adapter: TelegramAdapter, intake: RecordingIntake
) -> None:
    person = Person(server, language="zh")
    await adapter.start(intake)
    sent = await put(adapter, CLOSE)
    person.press_old(sent, "Close")
    await server.until(lambda: server.called("answerCallbackQuery"))
    assert server.called("answerCallbackQuery")[0]["text"] == "这条消息太旧了，按钮已失效。请直接输入：/close #12"
    assert intake.received == []


async def test_a_text_to_be_edited_is_there_to_be_copied(server: TelegramServer, adapter: TelegramAdapter) -> None:
    Person(server)
    edits = Button("Edit", "send", edits=True)
    await put(adapter, edits, text="Please restart **it**.")
    await put(adapter, edits, text="字" * 250)
    await put(adapter, edits, text="字" * 251)
    await put(adapter, edits, text="Long. " * 1_000)
    await put(adapter, Button("Answer all", "answer", "i5", edits=True, blank=True), text="5 customers sent this.")
    first, second, *long, notice = server.sent(1001)
    assert notice["reply_markup"]["inline_keyboard"][1] == [
        {"text": "Answer all (copy)", "copy_text": {"text": "/answer i5 "}}
    ]
    assert first["reply_markup"]["inline_keyboard"][1] == [
        {"text": "Edit (copy)", "copy_text": {"text": "/send Please restart it."}}
    ]
    assert len(keyboard(second)) == 2
    # Telegram would not take such a button: so it helps with what stands in front.
    alone = {"text": "Edit: copy /send, then this text", "copy_text": {"text": "/send "}}
    keyboards = [message["reply_markup"]["inline_keyboard"][1:] for message in long if "reply_markup" in message]
    assert keyboards == [[[alone]], [[alone]]]


COMMANDS = st.from_regex(r"[a-z]{1,12}", fullmatch=True)
TEXTS = st.text(max_size=60).map(str.strip)


@given(COMMANDS, TEXTS, st.sampled_from(["", "7", str(2**31 - 1)]), st.booleans())
def test_every_button_says_what_it_said(command: str, text: str, thread: str, business: bool) -> None:
    if len(f"{command} {text}".encode("utf-8", "surrogatepass")) > 64 or "\ud800" <= max(text, default="") <= "\udfff":
        return
    chat = ChatKey("telegram", f"{BOT_ID}@c" if business else str(BOT_ID), "1001", thread)
    (payload,) = render(Reply("x", buttons=(Button("Do it", command, text),)), Links())
    markup = drawn(Payload.parse(payload), chat)
    assert markup is not None
    data = markup.inline_keyboard[0][0].callback_data or ""
    press = read(data)
    assert len(data.encode()) <= 64
    assert press is not None
    assert (press.command, press.text, press.asks, press.rating) == (command, text, False, 0)


@given(st.text(max_size=64))
def test_reading_any_data_never_fails(data: str) -> None:
    read(data)


@pytest.mark.parametrize("data", ["rate:5:", "why:rude:", "Take", "", "do:x:take", "rate:1:7:8"])
def test_what_is_no_button_of_ours(data: str) -> None:
    assert read(data) is None


def test_rows_from_earlier_versions_are_read() -> None:
    old = json.dumps({"text": "It says", "entities": [], "rateable": True, "reply_to": "3"})
    assert Payload.parse(old) == Payload("It says", rateable=True, reply_to="3")
