"""The chat over HTTP: questions, commands, thumbs, the transcript and the stream of events."""

from __future__ import annotations

import asyncio
import io
import json
import uuid
from typing import Any

import aiohttp

from bot.messages import Kind
from tests.contracts.customer import Upload
from tests.contracts.web_customer import WebCustomer, server_sent
from tests.test_web.service import MAX_BYTES, Service, png


async def get(customer: WebCustomer, path: str) -> Any:
    async with customer._session.get(customer._base + path) as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def test_a_question_with_a_picture_reaches_the_core_and_the_answer_the_page(
    service: Service, customer: WebCustomer
) -> None:
    picture = png()
    message_id = await customer.say("What is this?\nTell me.", [Upload(picture, "shots/错误 1.png")])
    assert await customer.wait_for(1) == ["You asked: What is this?\nTell me."]
    (inbound,) = service.core.received
    assert (inbound.kind, inbound.text, inbound.message_id) == (Kind.MESSAGE, "What is this?\nTell me.", message_id)
    assert inbound.settled
    assert inbound.private
    (attachment,) = inbound.attachments
    assert (attachment.name, attachment.media_type, attachment.data) == ("错误 1.png", "image/png", picture)

    question, answer = (await get(customer, "/api/transcript"))["entries"]
    assert (question["speaker"], question["text"], question["message"]) == ("customer", inbound.text, message_id)
    assert (question["images"][0]["width"], question["images"][0]["height"]) == (64, 40)
    assert (answer["speaker"], answer["rateable"], answer["rating"]) == ("bot", True, 0)
    async with customer._session.get(customer._base + question["images"][0]["url"]) as response:
        assert await response.read() == picture
        assert response.headers["Cache-Control"].startswith("private")


async def test_posting_again_after_a_lost_response_asks_once(service: Service, customer: WebCustomer) -> None:
    await customer.say("once?")
    await customer.redeliver()
    await customer.wait_for(1)
    assert len(service.core.received) == 1


async def test_live_text_comes_before_the_answer(service: Service, customer: WebCustomer) -> None:
    service.core.script = lambda _: ["one ", "**two**"]
    await customer.say("stream, please")
    await customer.wait_for(1)
    assert customer.partials
    assert customer.seen() == ["one two"]


async def test_a_stream_that_joins_late_gets_the_newest_live_text(service: Service, customer: WebCustomer) -> None:
    service.core.silent = True  # the answer under way is this test's own
    await customer.say("slowly")
    (inbound,) = await service.core.wait_for(1)
    preview = service.adapter.preview(inbound)
    preview.show("half an ans")
    async with customer._session.get(f"{service.url}/api/events") as response:
        events = server_sent(response)
        seen = [await anext(events) for _ in range(2)]
    assert [(name, data.get("html")) for name, _, data in seen] == [
        ("hello", None),
        ("partial", "<p>half an ans</p>\n"),
    ]
    assert await preview.close(keep=True) == ""


async def test_commands_and_thumbs(service: Service, customer: WebCustomer) -> None:
    await customer.say("rate me")
    await customer.wait_for(1)
    await customer.rate(0, -1)
    await customer.command("Help", "me")
    await customer.wait_for(2)
    kinds = [(i.kind, i.command, i.text, i.rating) for i in service.core.received[1:]]
    assert sorted(kinds) == [(Kind.COMMAND, "help", "me", 0), (Kind.FEEDBACK, "", "", -1)]
    await service.core.settle()
    assert (await get(customer, "/api/transcript"))["entries"][1]["rating"] == -1


async def test_after_a_restart_missed_answers_come_once(service: Service, customer: WebCustomer) -> None:
    await customer.say("first")
    await customer.wait_for(1)
    chat = service.core.received[0].chat
    await service.go_away()
    await service.core.notice(chat, "while you were away")
    await service.come_back()
    await customer.connect(service.url)
    await service.core.notice(chat, "and now")
    assert await customer.wait_for(3) == ["You asked: first", "while you were away", "and now"]


async def test_nothing_is_lost_or_doubled_between_reading_and_listening(
    service: Service, customer: WebCustomer
) -> None:
    await customer.say("hello")
    await customer.wait_for(1)
    chat = service.core.received[0].chat

    async def talk() -> None:
        for number in range(60):
            await service.core.notice(chat, f"n{number}")

    talking = asyncio.create_task(talk())
    while not talking.done():
        await customer.connect(service.url)
    await talking
    assert await customer.wait_for(61) == ["You asked: hello", *(f"n{n}" for n in range(60))]


async def test_a_database_begun_anew_does_not_silence_an_old_page(service: Service, customer: WebCustomer) -> None:
    await customer.say("hello")
    await customer.wait_for(1)
    async with customer._session.get(f"{service.url}/api/events", headers={"Last-Event-ID": "4711"}) as response:
        async for name, event_id, _ in server_sent(response):
            if name == "message":
                assert event_id == "1"
                break


async def test_other_pages_of_the_session_see_questions_and_answers(service: Service, customer: WebCustomer) -> None:
    async with customer._session.get(f"{service.url}/api/events") as response:
        events = server_sent(response)
        assert (await anext(events))[0] == "hello"
        await customer.say("seen everywhere?")
        seen = {}
        async for name, _, data in events:
            seen[name] = data
            if name == "message":
                break
    assert seen["sent"]["text"] == "seen everywhere?"
    assert seen["message"]["html"] == "<p>You asked: seen everywhere?</p>\n"


async def test_a_new_conversation_empties_the_transcript(service: Service, customer: WebCustomer) -> None:
    await customer.say("old")
    await customer.wait_for(1)
    await customer.command("new")
    await customer.wait_for(2)
    entries = (await get(customer, "/api/transcript"))["entries"]
    assert [entry["speaker"] for entry in entries] == ["bot"]


async def test_files_beyond_the_limits_are_named_to_the_core(service: Service, customer: WebCustomer) -> None:
    await customer.say("big", [Upload(b"x" * (MAX_BYTES + 1), "big.png")])
    assert await customer.wait_for(1) == ["sorry: PictureTooLargeError"]
    await customer.say("many", [Upload(png(), f"{n}.png") for n in range(4)])
    await customer.wait_for(2)
    attachments = service.core.received[1].attachments
    assert [a.data is None for a in attachments] == [False, False, False, True]


async def post(customer: WebCustomer, path: str, **given: Any) -> tuple[int, dict[str, Any]]:
    async with customer._session.post(customer._base + path, **given) as response:
        return response.status, json.loads(await response.text())


def form(**fields: str) -> aiohttp.FormData:
    made = aiohttp.FormData(default_to_multipart=True)
    for name, value in fields.items():
        made.add_field(name, value)
    return made


async def test_bad_requests_are_refused_with_a_sentence(service: Service, customer: WebCustomer) -> None:
    key = str(uuid.uuid4())
    cases: list[tuple[str, dict[str, Any], int]] = [
        ("/api/messages", {"data": form(text="no id")}, 400),
        ("/api/messages", {"data": form(id="7", text="no uuid")}, 400),
        ("/api/messages", {"data": form(id=key, what="unknown field")}, 400),
        ("/api/messages", {"data": form(id=key, text="x" * 1_000_001)}, 413),
        ("/api/messages", {"json": {"id": key}}, 415),
        ("/api/messages", {"data": b"--", "headers": {"Content-Type": "multipart/form-data"}}, 400),
        ("/api/messages", {"data": b"no", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 400),
        ("/api/commands", {"data": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ("/api/commands", {"data": b"[" * 50_000, "headers": {"Content-Type": "application/json"}}, 400),
        ("/api/commands", {"json": []}, 400),
        ("/api/commands", {"json": {"id": key, "verb": "rm -rf"}}, 400),
        ("/api/commands", {"json": {"id": key, "verb": "help", "text": 5}}, 400),
        ("/api/commands", {"data": b"{}", "headers": {"Content-Type": "text/plain"}}, 415),
        ("/api/feedback", {"json": {"id": key, "message": "out-1", "rating": 2}}, 400),
        ("/api/feedback", {"json": {"id": key, "message": "7", "rating": 1}}, 400),
    ]
    for path, given, status in cases:
        got, body = await post(customer, path, **given)
        assert (path, given, got) == (path, given, status)
        assert body["error"].endswith(".")
    too_long = io.BytesIO(json.dumps({"id": key, "verb": "help", "text": "x" * 1_100_000}).encode())
    given = {"data": too_long, "headers": {"Content-Type": "application/json"}}
    assert (await post(customer, "/api/commands", **given))[0] == 413
    assert service.core.received == []


async def test_long_text_and_odd_characters_arrive(service: Service, customer: WebCustomer) -> None:
    await customer.say("界" * 100_000)
    await customer.command("help", "\ud83d half a pair")
    await service.core.wait_for(2)
    assert service.core.received[0].text == "界" * 100_000
    assert service.core.received[1].text == "? half a pair"


async def test_one_session_cannot_use_up_anothers_ids(
    service: Service, customer: WebCustomer, other: WebCustomer
) -> None:
    message_id = await customer.say("mine")
    await other._post_message(message_id, "also mine", [])
    await service.core.wait_for(2)


async def test_language_is_the_pages_choice_or_the_browsers(service: Service, customer: WebCustomer) -> None:
    headers = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}
    await post(customer, "/api/messages", data=form(id=str(uuid.uuid4()), text="?"), headers=headers)
    await post(customer, "/api/messages", data=form(id=str(uuid.uuid4()), text="?", language="en"), headers=headers)
    await service.core.wait_for(2)
    assert [i.sender.language for i in service.core.received] == ["zh-CN", "en"]


async def test_while_stopping_nothing_is_taken_and_answers_still_arrive(
    service: Service, customer: WebCustomer
) -> None:
    service.core.go.clear()
    await customer.say("last one")
    await service.core.wait_for(1)
    await service.adapter.stop()
    status, body = await post(customer, "/api/messages", data=form(id=str(uuid.uuid4()), text="too late"))
    assert (status, body["code"]) == (503, "unavailable")
    service.core.go.set()
    assert await customer.wait_for(1) == ["You asked: last one"]
