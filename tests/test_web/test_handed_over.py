"""People in a web chat, over HTTP: what they say and show, who has the conversation, buttons, reasons for thumbs."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.web import render
from bot.cases import CaseState
from bot.messages import Button, ChatKey, File, Kind, Reply, TranscriptEntry
from bot.people import Admission, Refusal
from bot.spoken import Links
from tests.contracts.desk import moved
from tests.contracts.web_customer import WebCustomer, server_sent
from tests.test_web.service import MIA, Service, picture
from tests.test_web.test_chat import form, get, post

NOBODY = {"state": "", "agent": ""}


async def begin(service: Service, customer: WebCustomer) -> ChatKey:
    """The first question, with its answer; returns the chat."""
    await customer.say("hello")
    await customer.wait_for(1)
    return service.core.received[0].chat


async def newest(customer: WebCustomer) -> Any:
    return (await get(customer, "/api/transcript"))["entries"][-1]


async def test_an_agents_message_has_their_name_and_its_links_are_links(
    service: Service, customer: WebCustomer
) -> None:
    chat = await begin(service, customer)
    await service.hand_over(chat, to=MIA)
    said = "Look at https://elsewhere.example/a or [here](https://other.example)"
    await service.core.agent_says(chat, Reply(said, author="Mia"))
    await customer.wait_for(2)
    entry = await newest(customer)
    assert (entry["speaker"], entry["author"], entry["rateable"]) == ("bot", "Mia", False)
    assert 'href="https://elsewhere.example/a"' in entry["html"]
    assert 'href="https://other.example"' in entry["html"]
    await service.core.agent_says(chat, Reply(said, author="Mia", quotes=True))
    await customer.wait_for(3)
    assert "href" not in (await newest(customer))["html"]


async def test_an_agents_pictures_and_files_are_for_their_customer_alone(
    service: Service, customer: WebCustomer, other: WebCustomer
) -> None:
    chat = await begin(service, customer)
    await service.hand_over(chat, to=MIA)
    shot, file = picture(), File('a "b".json', "application/json", b'{"a": 1}')
    await service.core.agent_says(chat, Reply("", author="Mia", file=file), (shot,))
    await customer.wait_for(2)
    entry = await newest(customer)
    (image,) = entry["images"]
    assert (image["width"], image["height"], entry["file"]["name"]) == (64, 40, file.name)
    async with customer._session.get(service.url + image["url"]) as response:
        assert await response.read() == shot.data
    async with customer._session.get(service.url + entry["file"]["url"]) as response:
        assert (response.content_type, await response.read()) == ("application/json", file.data)
        assert response.headers["Content-Disposition"] == "attachment"
    for path in (image["url"], entry["file"]["url"]):
        async with other._session.get(service.url + path) as response:
            assert response.status == 404


async def test_pages_are_told_who_has_the_conversation(service: Service, customer: WebCustomer) -> None:
    chat = await begin(service, customer)
    assert (await get(customer, "/api/config"))["desk"] is True
    assert (await get(customer, "/api/transcript"))["standing"] == NOBODY
    case = await service.hand_over(chat)
    assert (await get(customer, "/api/transcript"))["standing"] == {"state": "waiting", "agent": ""}
    case = await moved(service.store, case, CaseState.HUMAN, MIA)
    async with customer._session.get(f"{service.url}/api/events") as response:
        events = server_sent(response)
        await service.core.notice(chat, "Mia is here")
        assert await standing(events) == {"state": "human", "agent": "Mia"}
        case = await moved(service.store, case, CaseState.CLOSED, MIA)
        await service.core.notice(chat, "Closed")
        assert (await standing(events))["state"] == "closed"
        await customer.say("something else")
        assert (await standing(events))["state"] in {"closed", ""}
    await customer.until(lambda seen: seen[-1] == "You asked: something else")
    assert (await get(customer, "/api/transcript"))["standing"] == NOBODY


async def standing(events: AsyncIterator[tuple[str, str, dict[str, Any]]]) -> dict[str, str]:
    """What the stream tells next of who has the conversation."""
    async for name, _, data in events:
        if name == "standing":
            return data
    raise AssertionError("the stream is at its end")


async def test_what_an_agent_changes_and_takes_back_reaches_pages_that_are_there_and_those_that_come_back(
    service: Service, customer: WebCustomer
) -> None:
    chat = await begin(service, customer)
    await service.hand_over(chat, to=MIA)
    rows = [await service.core.agent_says(chat, Reply(text, author="Mia")) for text in ("one", "two", "three")]
    await customer.wait_for(4)
    await service.core.agent_edits(rows[0], Reply("one, corrected", author="Mia"))
    await service.core.agent_edits(rows[1], None)
    await customer.until(lambda seen: seen[1:] == ["one, corrected", "three"])

    await service.go_away()
    await service.core.agent_edits(rows[0], Reply("one, corrected again", author="Mia"))
    await service.core.agent_edits(rows[2], None)
    await service.come_back()
    await customer.connect(service.url)
    await customer.until(lambda seen: seen[1:] == ["one, corrected again"])
    entries = (await get(customer, "/api/transcript"))["entries"]
    assert [entry.get("id") for entry in entries[1:]] == [1, rows[0].id]
    assert [entry["author"] for entry in entries[1:]] == ["", "Mia"]
    assert customer._last == max(entry["version"] for entry in entries[1:]) + 1  # the removal came last


async def test_a_page_that_has_seen_a_removal_is_told_nothing_again(service: Service, customer: WebCustomer) -> None:
    chat = await begin(service, customer)
    await service.hand_over(chat, to=MIA)
    row = await service.core.agent_says(chat, Reply("oops", author="Mia"))
    await service.core.agent_edits(row, None)
    await customer.until(lambda seen: len(seen) == 1 and customer._last > row.id)
    async with customer._session.get(f"{service.url}/api/events?after={customer._last}") as response:
        events = server_sent(response)
        assert [(await anext(events))[0] for _ in range(2)] == ["hello", "idle"]


async def test_a_button_is_a_command_that_says_which_message_it_stands_under(
    service: Service, customer: WebCustomer
) -> None:
    chat = await begin(service, customer)
    buttons = (
        Button("Very", "rate", "7 5", "primary", "Sure?"),
        Button("Edit and send", "send", edits=True),
    )
    await service.core.say(chat, Reply("How was it?", buttons=buttons))
    await customer.wait_for(2)
    (shown,) = (await newest(customer))["buttons"]
    assert (shown["label"], shown["style"], shown["confirm"]) == ("Very", "primary", "Sure?")
    await customer.press("Very")
    pressed = (await service.core.wait_for(2))[-1]
    assert (pressed.kind, pressed.command, pressed.text, pressed.reply_to) == (Kind.COMMAND, "rate", "7 5", "out-2")


async def test_a_reason_comes_with_thumbs_down(service: Service, customer: WebCustomer) -> None:
    await begin(service, customer)
    body = {"message": "out-1", "rating": -1}
    for reason in ("", "wrong", " it is the other\r\nbutton "):
        assert (await post(customer, "/api/feedback", json=body | {"id": str(uuid.uuid4()), "text": reason}))[0] == 202
    given = [(inbound.rating, inbound.text) for inbound in (await service.core.wait_for(4))[1:]]
    assert given == [(-1, ""), (-1, "wrong"), (-1, "it is the other\nbutton")]
    for wrong in ({"text": "x" * 301}, {"text": 5}, {"message": None}):
        refused = await post(customer, "/api/feedback", json=body | {"id": str(uuid.uuid4())} | wrong)
        assert (refused[0], refused[1]["code"]) == (400, "bad_request")
    refused = await post(customer, "/api/commands", json={"id": str(uuid.uuid4()), "verb": "rate", "message": "7"})
    assert refused[0] == 400


async def test_what_is_met_with_silence_is_told_to_who_posted_it_and_to_nobody_else(
    service: Service, customer: WebCustomer
) -> None:
    await begin(service, customer)
    service.core.admission = Admission(Refusal.TOO_FAST, silent=True)
    async with customer._session.get(f"{service.url}/api/events?after=1") as response:
        events = server_sent(response)
        for path, given in (
            ("/api/messages", {"data": form(id=str(uuid.uuid4()), text="too fast")}),
            ("/api/commands", {"json": {"id": str(uuid.uuid4()), "verb": "help"}}),
            ("/api/feedback", {"json": {"id": str(uuid.uuid4()), "message": "out-1", "rating": 1}}),
        ):
            status, body = await post(customer, path, **given)
            assert (path, status, body["new"]) == (path, 202, False)
        service.core.admission = Admission()
        await customer.say("slowly")
        names = []
        async for name, _, data in events:
            names.append(name)
            if name == "sent":
                assert data["text"] == "slowly"
                break
    assert names.count("sent") == 1
    assert [entry["text"] for entry in (await get(customer, "/api/transcript"))["entries"] if "text" in entry] == [
        "hello",
        "slowly",
    ]


@pytest.mark.parametrize("name", ["<script>x</script>", "\u202eevil\u0007", "Mia" * 40])
async def test_names_are_sent_as_text_without_what_turns_or_hides_it(
    service: Service, customer: WebCustomer, name: str
) -> None:
    chat = await begin(service, customer)
    await service.core.agent_says(chat, Reply("hello", author=name))
    await customer.wait_for(2)
    author = (await newest(customer))["author"]
    assert author == name.replace("\u202e", "").replace("\u0007", "")


def test_what_was_stored_before_there_were_people_is_still_shown() -> None:
    old = json.dumps({"text": "hello", "rateable": True, "language": "en"})
    entry = render.entry(TranscriptEntry(1, "bot", 0.0, payload=old, version=1), Links())
    assert (entry["author"], entry["images"], entry["file"], entry["buttons"]) == ("", [], None, [])
