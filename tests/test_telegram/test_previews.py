"""Live text."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from adapters.pacing import Reach
from adapters.telegram import previews
from adapters.telegram.adapter import TelegramAdapter
from adapters.telegram.pacing import TelegramPacer
from bot.messages import ChatKey, Inbound, Reply, Sender
from tests.fakes.telegram_person import Person
from tests.fakes.telegram_rules import RefusedError, bad
from tests.fakes.telegram_server import BOT_ID, Fault, TelegramServer
from tests.test_telegram.conftest import GROUP, outgoing


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_DRAFT_INTERVAL", "_EDIT_INTERVAL"):
        monkeypatch.setattr(previews, name, 0.01)


def question(chat: int, *, message_id: int = 5, thread: str = "") -> Inbound:
    key = ChatKey("telegram", str(BOT_ID), str(chat), thread)
    return Inbound("update:1", key, Sender("telegram:1001"), message_id=str(message_id), private=chat > 0)


async def test_drafts_in_private(server: TelegramServer, adapter: TelegramAdapter, ada: Person) -> None:
    preview = adapter.preview(question(1001))
    await server.until(lambda: server.state.drafts[1001])
    assert server.called("sendChatAction")[0]["action"] == "typing"
    preview.show("It says")
    await server.until(lambda: server.state.drafts[1001][-1]["text"] == "It says")
    preview.show("It says E-4127")
    await server.until(lambda: server.state.drafts[1001][-1]["text"] == "It says E-4127")
    assert await preview.close(keep=True) == ""
    assert await preview.close(keep=False) == ""
    drafts = server.state.drafts[1001]
    assert drafts[0]["text"] == ""  # "Thinking…", with the stop button
    assert len({draft["id"] for draft in drafts}) == 1
    assert all(draft["can_stop"] == "true" for draft in drafts)
    assert server.sent(1001) == []


async def test_a_draft_is_refreshed_before_it_vanishes(
    server: TelegramServer, adapter: TelegramAdapter, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "_DRAFT_SECONDS", 0.0)
    monkeypatch.setattr(previews, "_TYPING_SECONDS", 0.01)
    preview = adapter.preview(question(1001))
    preview.show("so far")
    await server.until(lambda: [draft["text"] for draft in server.state.drafts[1001]].count("so far") >= 3)
    await preview.close(keep=False)


async def test_long_live_text_shows_its_end(server: TelegramServer, adapter: TelegramAdapter, ada: Person) -> None:
    preview = adapter.preview(question(1001))
    preview.show("🙂" * 5000 + "end")
    await server.until(lambda: server.state.drafts[1001] and server.state.drafts[1001][-1]["text"].endswith("end"))
    await preview.close(keep=False)


async def test_a_server_without_drafts(server: TelegramServer, adapter: TelegramAdapter, ada: Person) -> None:
    server.fail("sendMessageDraft", Fault(RefusedError(404, "Not Found: method not found")), times=9)
    preview = adapter.preview(question(1001))
    await server.until(lambda: server.called("sendMessageDraft"))
    preview.show("text")
    assert await preview.close(keep=True) == ""
    assert len(server.called("sendMessageDraft")) == 1


async def test_one_message_grows_in_a_group_and_becomes_the_answer(
    server: TelegramServer, adapter: TelegramAdapter
) -> None:
    asked = Person(server, chat_id=GROUP, topic=7).say("@looksee_test_bot hi")
    preview = adapter.preview(question(GROUP, message_id=asked, thread="7"))
    await server.until(lambda: server.called("sendChatAction"))
    preview.show("It says")
    await server.until(lambda: server.sent(GROUP))
    preview.show("It says E-4127")
    await server.until(lambda: server.sent(GROUP)[0]["text"] == "It says E-4127")
    slot = await preview.close(keep=True)
    (payload,) = adapter.render(Reply("It says *E-4127*.", reply_to=str(asked)))
    await adapter.send(outgoing(payload, GROUP, thread="7", slot=slot))
    [message] = server.sent(GROUP)
    assert (message["text"], message["reply_to_message"]["message_id"]) == ("It says E-4127.", asked)


async def test_an_abandoned_preview_leaves_nothing_in_a_group(server: TelegramServer, adapter: TelegramAdapter) -> None:
    Person(server, chat_id=GROUP)
    preview = adapter.preview(question(GROUP))
    preview.show("It says")
    await server.until(lambda: server.sent(GROUP))
    assert await preview.close(keep=False) == ""
    assert server.sent(GROUP) == []


async def test_live_text_is_silent_for_as_long_as_telegram_asks(
    server: TelegramServer, adapter: TelegramAdapter
) -> None:
    Person(server, chat_id=GROUP)
    server.fail("sendMessage", Fault(RefusedError(429, "Too Many Requests", retry_after=60)))
    preview = adapter.preview(question(GROUP))
    preview.show("It says")
    await server.until(lambda: server.called("sendMessage"))
    preview.show("It says E-4127")
    assert await preview.close(keep=True) == ""
    assert len(server.called("sendMessage")) == 1


async def test_live_text_goes_on_after_another_objection(server: TelegramServer, adapter: TelegramAdapter) -> None:
    Person(server, chat_id=GROUP)
    server.fail("sendMessage", Fault(bad("whatever")))
    preview = adapter.preview(question(GROUP))
    text = "It says"
    async with asyncio.timeout(20):
        while not server.sent(GROUP):  # the answer grows
            text += "."
            preview.show(text)
            await asyncio.sleep(0.01)
    assert await preview.close(keep=True) != ""


async def test_live_text_that_may_have_arrived_is_not_begun_again(
    server: TelegramServer, adapter: TelegramAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "_TYPING_SECONDS", 0.01)
    Person(server, chat_id=GROUP)
    server.fail("sendMessage", Fault(drop=True, after=True))
    preview = adapter.preview(question(GROUP))
    for text in ("It", "It says", "It says E-4127"):
        preview.show(text)
        await server.until(lambda: server.called("sendMessage"))
        alive = len(server.called("sendChatAction"))
        # It gives way for a moment; when it types again, it would also write.
        await server.until(lambda alive=alive: len(server.called("sendChatAction")) > alive + 1)  # type: ignore[misc]
    assert await preview.close(keep=True) == ""
    assert len(server.sent(GROUP)) == 1


async def test_live_text_in_a_topic_whose_question_was_deleted(
    server: TelegramServer, adapter: TelegramAdapter
) -> None:
    Person(server, chat_id=GROUP, topic=7)
    preview = adapter.preview(question(GROUP, message_id=99, thread="7"))
    preview.show("It says")
    await server.until(lambda: server.sent(GROUP))
    assert await preview.close(keep=True) != ""


async def test_live_text_leaves_budget_to_answers() -> None:
    pacer = TelegramPacer(Reach(lambda: asyncio.sleep(0)))
    taken = 0
    while await pacer.room(GROUP):
        taken += 1
    assert 0 < taken < 4
    # What is left is for the answer: it does not have to wait.
    async with asyncio.timeout(0.5):
        async with pacer.turn(str(GROUP)):
            pass


async def test_remarks_in_private_are_drafts_without_typing(
    server: TelegramServer, adapter: TelegramAdapter, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "_DRAFT_SECONDS", 0.0)
    monkeypatch.setattr(previews, "_TYPING_SECONDS", 0.01)
    preview = adapter.preview(question(1001))
    drafts = server.state.drafts[1001]
    for text in ("number 2", "number 1"):
        preview.remark(text)
        await server.until(lambda text=text: drafts and drafts[-1]["text"] == text)  # type: ignore[misc]
    preview.show("It says")
    await server.until(lambda: drafts[-1]["text"] == "It says")
    preview.remark("too late")
    refreshed = len(drafts) + 3
    await server.until(lambda: len(drafts) >= refreshed)
    assert await preview.close(keep=True) == ""
    assert [text for text, _ in itertools.groupby(draft["text"] for draft in drafts)] == [
        "number 2",
        "number 1",
        "It says",
    ]
    assert len({draft["id"] for draft in drafts}) == 1
    assert server.called("sendChatAction") == []
    assert server.sent(1001) == []


async def test_remarks_in_a_group_stand_in_the_message_to_come(
    server: TelegramServer, adapter: TelegramAdapter
) -> None:
    asked = Person(server, chat_id=GROUP).say("@looksee_test_bot hi")
    preview = adapter.preview(question(GROUP, message_id=asked))
    for text in ("number 2", "number 1"):
        preview.remark(text)
        await server.until(lambda text=text: [message["text"] for message in server.sent(GROUP)] == [text])  # type: ignore[misc]
    slot = await preview.close(keep=True)
    (payload,) = adapter.render(Reply("It says E-4127."))
    await adapter.send(outgoing(payload, GROUP, slot=slot))
    assert [message["text"] for message in server.sent(GROUP)] == ["It says E-4127."]
