"""Pictures, files, and whose words they come with."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Collection
from hashlib import sha256
from typing import Any

import pytest
from PIL import Image as Pillow

from adapters.telegram.adapter import TelegramAdapter
from bot.errors import AmbiguousDeliveryError, SlotGoneError, UndeliverableError
from bot.messages import Button, File, Image, ImageRef, Reply
from tests.fakes.telegram_person import Person
from tests.fakes.telegram_rules import bad
from tests.fakes.telegram_server import TOKEN, Fault, TelegramServer
from tests.test_telegram.conftest import keyboard, outgoing

pytestmark = pytest.mark.usefixtures("ada")


def picture(width: int = 320, height: int = 192, kind: str = "PNG") -> Image:
    file = io.BytesIO()
    Pillow.new("RGB", (width, height), "navy").save(file, kind)
    data = file.getvalue()
    return Image(ImageRef(sha256(data).hexdigest(), width, height), f"image/{kind.lower()}", data)


FIRST, SECOND, NARROW = picture(), picture(64, 64, "JPEG"), picture(2100, 100)
STORED = {image.ref.sha256: image for image in (FIRST, SECOND, NARROW)}
GONE = ImageRef("0" * 64, 10, 10)
CHART = File("chart.png", "image/png", FIRST.data)
FORM = File("ticket.json", "application/json", b'{"error_code": "E-4127"}')


async def stored(refs: Collection[ImageRef]) -> dict[str, Image]:
    return {ref.sha256: STORED[ref.sha256] for ref in refs if ref.sha256 in STORED}


@pytest.fixture
async def adapter(server: TelegramServer) -> AsyncIterator[TelegramAdapter]:
    made = TelegramAdapter(token=TOKEN, api_base=server.url, images=stored)
    yield made
    await made.close()


async def send(adapter: TelegramAdapter, reply: Reply) -> list[str]:
    return [await adapter.send(outgoing(payload)) for payload in adapter.render(reply)]


def content(server: TelegramServer, message: dict[str, Any]) -> bytes:
    size = message["photo"][-1] if "photo" in message else message["document"]
    return server.state.files[size["file_id"]]


async def test_a_picture_with_its_words_is_one_message(server: TelegramServer, adapter: TelegramAdapter) -> None:
    await send(adapter, Reply("See **here**", pictures=(FIRST.ref,), rateable=True, buttons=(Button("Take", "take"),)))
    (message,) = server.sent(1001)
    assert (message["caption"], message["caption_entities"][0]["type"]) == ("See here", "bold")
    assert content(server, message) == FIRST.data
    assert keyboard(message) == [["👍", "👎"], ["Take"]]


async def test_more_than_fits_comes_in_several_messages(server: TelegramServer, adapter: TelegramAdapter) -> None:
    asked = str(Person(server).say("?"))
    long = "字" * 1025
    await send(
        adapter, Reply(long, pictures=(FIRST.ref,), file=FORM, reply_to=asked, buttons=(Button("Take", "take"),))
    )
    words, photo, document = server.sent(1001)
    assert words["text"] == long
    assert (content(server, photo), content(server, document)) == (FIRST.data, FORM.data)
    assert document["document"]["file_name"] == "ticket.json"
    assert [bool(keyboard(message)) for message in (words, photo, document)] == [False, False, True]
    assert [("reply_to_message" in message) for message in (words, photo, document)] == [True, False, False]


async def test_pictures_without_a_word(server: TelegramServer, adapter: TelegramAdapter) -> None:
    await send(adapter, Reply("", pictures=(FIRST.ref, SECOND.ref)))
    assert [content(server, message) for message in server.sent(1001)] == [FIRST.data, SECOND.data]
    assert all("caption" not in message for message in server.sent(1001))


async def test_a_chart_is_a_photo(server: TelegramServer, adapter: TelegramAdapter) -> None:
    await send(adapter, Reply("Today", file=CHART))
    (message,) = server.sent(1001)
    assert (message["caption"], content(server, message)) == ("Today", FIRST.data)
    assert "photo" in message


async def test_a_picture_that_is_no_photo_comes_as_a_file(server: TelegramServer, adapter: TelegramAdapter) -> None:
    await send(adapter, Reply("Long and narrow", pictures=(NARROW.ref,)))
    (message,) = server.sent(1001)
    assert (message["caption"], content(server, message)) == ("Long and narrow", NARROW.data)
    assert message["document"]["file_name"] == "screenshot.png"


async def test_a_picture_that_is_gone_leaves_a_sentence(server: TelegramServer, adapter: TelegramAdapter) -> None:
    await send(adapter, Reply("看**这里**", "zh", pictures=(GONE,)))
    await send(adapter, Reply("", pictures=(FIRST.ref, GONE)))
    with_words, _, alone = server.sent(1001)
    assert with_words["text"] == "看这里\n\n（这里原有一张图片，现已不再保存。）"
    assert with_words["entities"][0]["type"] == "bold"
    assert alone["text"] == "(A picture that belongs here is no longer stored.)"


async def test_entities_that_are_refused_cost_no_picture(server: TelegramServer, adapter: TelegramAdapter) -> None:
    server.fail("sendPhoto", Fault(bad("can't parse entities: unsupported")))
    await send(adapter, Reply("See **here**", pictures=(FIRST.ref,)))
    (message,) = server.sent(1001)
    assert (message["caption"], content(server, message)) == ("See here", FIRST.data)


async def test_what_may_have_arrived_is_not_sent_again_as_a_file(
    server: TelegramServer, adapter: TelegramAdapter
) -> None:
    server.fail("sendPhoto", Fault(drop=True, after=True))
    with pytest.raises(AmbiguousDeliveryError):
        await send(adapter, Reply("See", pictures=(FIRST.ref,)))
    assert len(server.sent(1001)) == 1


async def test_captions_and_texts_are_changed_as_what_they_are(
    server: TelegramServer, adapter: TelegramAdapter
) -> None:
    (photo,) = await send(adapter, Reply("See", pictures=(FIRST.ref,)))
    (words,) = await send(adapter, Reply("Words"))
    (bare,) = await send(adapter, Reply("", pictures=(FIRST.ref,)))

    async def change(slot: str, reply: Reply) -> None:
        payload = adapter.render(reply)[0]
        for _ in range(2):  # the second time, nothing is modified
            assert await adapter.send(outgoing(payload, slot=slot)) == slot

    take = (Button("Take", "take"),)
    await change(photo, Reply("Look **here**", pictures=(FIRST.ref,), buttons=take))
    await change(words, Reply("Other words", buttons=take))
    await change(bare, Reply("Now with words", pictures=(FIRST.ref,)))
    first, second, third = server.sent(1001)
    assert (first["caption"], content(server, first), keyboard(first)) == ("Look here", FIRST.data, [["Take"]])
    assert (second["text"], keyboard(second)) == ("Other words", [["Take"]])
    assert third["caption"] == "Now with words"
    assert server.called("editMessageMedia") == []  # nothing is uploaded anew


@pytest.mark.parametrize("restarted", [False, True])
async def test_another_picture_takes_the_place_of_a_message(
    server: TelegramServer, adapter: TelegramAdapter, restarted: bool
) -> None:
    slots = [*await send(adapter, Reply("See", pictures=(FIRST.ref,))), *await send(adapter, Reply("Words"))]
    if restarted:
        await adapter.close()
        adapter = TelegramAdapter(token=TOKEN, api_base=server.url, images=stored)
    (payload,) = adapter.render(Reply("Look **here**", pictures=(SECOND.ref,), buttons=(Button("Take", "take"),)))
    for slot in slots * 2:
        assert await adapter.send(outgoing(payload, slot=slot)) == slot
    for message in server.sent(1001):
        assert (message["caption"], content(server, message)) == ("Look here", SECOND.data)
        assert "text" not in message
        assert keyboard(message) == [["Take"]]
    (narrow,) = adapter.render(Reply("", pictures=(NARROW.ref,)))
    await adapter.send(outgoing(narrow, slot=slots[0]))
    first, _ = server.sent(1001)
    assert (content(server, first), first["document"]["file_name"]) == (NARROW.data, "screenshot.png")
    assert "caption" not in first
    await adapter.close()


async def test_words_alone_do_not_take_the_place_of_a_picture(server: TelegramServer, adapter: TelegramAdapter) -> None:
    """It has to go, and they come as another message; where that cannot be, they are its caption."""
    young, old = await send(adapter, Reply("", pictures=(FIRST.ref, SECOND.ref)))
    server.state.messages[1001, int(old)]["date"] -= 49 * 3600
    (payload,) = adapter.render(Reply("字" * 1500))
    with pytest.raises(SlotGoneError):
        await adapter.send(outgoing(payload, slot=young))
    assert await adapter.send(outgoing(payload, slot=old)) == old
    (left,) = server.sent(1001)
    assert (left["caption"], content(server, left)) == ("字" * 1023 + "…", SECOND.data)


async def test_a_picture_that_is_gone_by_now_stays_where_it_was_sent(
    server: TelegramServer, adapter: TelegramAdapter
) -> None:
    (slot,) = await send(adapter, Reply("See", pictures=(FIRST.ref,)))
    (payload,) = adapter.render(Reply("Look", pictures=(GONE,)))
    await adapter.send(outgoing(payload, slot=slot))
    (message,) = server.sent(1001)
    assert (message["caption"], content(server, message)) == ("Look", FIRST.data)


async def test_messages_are_taken_away(server: TelegramServer, adapter: TelegramAdapter) -> None:
    (first,) = await send(adapter, Reply("See", pictures=(FIRST.ref,)))
    (second,) = await send(adapter, Reply("Old"))
    gone = outgoing(adapter.removal(), slot=first, removes=True)
    assert await adapter.send(gone) == first
    assert await adapter.send(gone) == first  # gone already
    assert await adapter.send(outgoing(adapter.removal(), removes=True)) == ""  # it never came to be
    server.state.messages[1001, int(second)]["date"] -= 49 * 3600
    with pytest.raises(UndeliverableError, match="48 hours"):
        await adapter.send(outgoing(adapter.removal(), slot=second, removes=True))
    assert [message["text"] for message in server.sent(1001)] == ["Old"]
