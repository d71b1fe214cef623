"""A chat that was erased, as its pages and callers find it."""

from __future__ import annotations

import asyncio

import pytest

from adapters.web.adapter import WebAdapter
from adapters.web.errors import RequestError
from adapters.web.predict import _Caller
from adapters.web.streams import Event, Hub
from bot.messages import ChatKey, Outgoing, Reply
from bot.spoken import Links

CHAT, OTHER = ChatKey("web", "", "a" * 32), ChatKey("web", "", "b" * 32)


async def test_pages_drop_what_they_were_to_show_and_empty_themselves() -> None:
    hub = Hub(Links())
    written: dict[ChatKey, list[str]] = {CHAT: [], OTHER: []}
    with hub.subscribe(CHAT) as mine, hub.subscribe(OTHER) as others:
        hub.begin_preview(CHAT).show("half an answer")
        hub.begin_preview(OTHER).show("somebody else's")
        for chat in (CHAT, OTHER):
            hub.publish(chat, Event("message", {"text": "an answer"}, 7))
        hub.forget(CHAT)
        hub.publish(CHAT, Event("message", {"text": "all gone"}, 8))
        for chat, stream in ((CHAT, mine), (OTHER, others)):
            stream.end()

            async def write(event: Event, chat: ChatKey = chat) -> None:
                written[chat].append(f"{event.name} {event.data}")

            await stream.run(write, (), 0)
    assert written[CHAT] == ["idle {}", "erased {}", "message {'text': 'all gone'}"]
    assert written[OTHER][0].startswith("partial")
    assert written[OTHER][1:] == ["message {'text': 'an answer'}"]


async def test_who_waits_for_an_answer_over_http_is_told() -> None:
    adapter = WebAdapter(
        store=None,  # type: ignore[arg-type]
        company="Acme",
        notice=None,
        max_bytes=1,
        max_files=1,
        max_characters=1,
    )
    chat = ChatKey("web", "api", "c" * 32)
    predictions = adapter._predictions
    caller = predictions._waiting[chat] = _Caller()
    await adapter.send(Outgoing(1, chat, adapter.render(Reply("x"))[0]))
    assert not caller.erased
    adapter.forget(chat)
    assert caller.erased
    assert caller.news.is_set()

    class Request:
        transport = type("Transport", (), {"is_closing": staticmethod(lambda: False)})()

    inbound = type("Inbound", (), {"chat": chat})()
    with pytest.raises(RequestError) as told:
        await asyncio.wait_for(predictions._answer(inbound, caller, Request()), 10)
    assert (told.value.status, told.value.code) == (410, "erased")
