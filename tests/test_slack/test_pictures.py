"""Pictures and files that go out: one message with its words, once, and gone with it."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image as Pillow

from adapters.slack import sentences, uploads
from adapters.slack.adapter import SlackAdapter
from bot.errors import AmbiguousDeliveryError, RetryLaterError, SlotGoneError
from bot.messages import Button, File, Image, ImageRef, Outgoing, Reply
from bot.texts import PICTURE_GONE
from tests.fakes.slack_person import labels, shown
from tests.fakes.slack_server import Fault, SlackServer
from tests.test_slack.conftest import DESK, DM, SHOP, USER, chat, outgoing, said

Store = Callable[[str], ImageRef]


@pytest.fixture
def store(stored: dict[str, Image]) -> Store:
    """Put a picture of a colour into the store."""

    def put(colour: str) -> ImageRef:
        file = io.BytesIO()
        Pillow.new("RGB", (64, 32), colour).save(file, "PNG")
        ref = ImageRef(hashlib.sha256(file.getvalue()).hexdigest(), 64, 32)
        stored[ref.sha256] = Image(ref, "image/png", file.getvalue())
        return ref

    return put


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "_FIRST_PAUSE", 0.005)


def kinds(message: dict[str, Any]) -> list[str]:
    return [block["type"] for block in message["blocks"]]


def pictures(server: SlackServer, message: dict[str, Any]) -> list[bytes]:
    """What the pictures in a message are."""
    shown = [block["slack_file"]["id"] for block in message["blocks"] if block["type"] == "image"]
    return [server.files[file].data for file in shown]


async def test_pictures_are_one_message_with_the_words_and_the_buttons(
    adapter: SlackAdapter, server: SlackServer, stored: dict[str, Image], store: Store
) -> None:
    refs = (store("navy"), store("maroon"))
    root = said(server, "card", DESK)["ts"]
    item = outgoing(Reply("Look", pictures=refs, buttons=(Button("Take", "take"),)), to=chat(DESK, root))
    ts = await adapter.send(item)
    message = server.message(DESK, ts)
    assert kinds(message) == ["markdown", "image", "image", "actions"]
    assert pictures(server, message) == [stored[ref.sha256].data for ref in refs]
    assert message["thread_ts"] == root
    assert await adapter.find(item) == ts
    assert len(server.called("chat.postMessage")) == 1


async def test_a_picture_alone(adapter: SlackAdapter, server: SlackServer, store: Store) -> None:
    message = server.message(DM, await adapter.send(outgoing(Reply("", pictures=(store("navy"),) * 2))))
    assert kinds(message) == ["image"]
    assert message["text"] == sentences.PICTURE.en


async def test_slack_is_given_time_to_look_at_a_picture(
    adapter: SlackAdapter, server: SlackServer, store: Store
) -> None:
    server.looks = 3
    await adapter.send(outgoing(Reply("Look", pictures=(store("navy"),))))
    assert len(server.called("files.info")) == 4
    assert len(server.uploaded()) == 1


async def test_a_picture_that_takes_too_long_is_tried_again_and_uploaded_once(
    adapter: SlackAdapter, server: SlackServer, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_READY_SECONDS", 0.05)
    server.looks = 10_000
    item = outgoing(Reply("Look", pictures=(store("navy"),)))
    with pytest.raises(RetryLaterError):
        await adapter.send(item)
    assert server.messages == []
    [file] = server.uploaded()
    file.looks = 0
    await adapter.send(item)
    assert len(server.uploaded()) == len(server.messages) == 1


async def test_pictures_that_slack_refuses_for_good_are_named(
    adapter: SlackAdapter, server: SlackServer, store: Store
) -> None:
    item = outgoing(Reply("Look", pictures=(store("navy"),), buttons=(Button("Take", "take"),)))
    await adapter.send(replace(item, id=2))
    [file] = server.uploaded()
    file.media_type = "image/x-quarantined"
    adapter._outbound._uploads._done[1, stored_hash(item)] = uploads.Upload(file.id, "x")
    for _ in range(uploads._TRIES - 1):
        with pytest.raises(RetryLaterError, match="picture"):
            await adapter.send(item)
    message = server.message(DM, await adapter.send(item))
    assert shown(message) == f"Look\n{sentences.PICTURE_REFUSED.en}"
    assert labels(message) == ["Take"]


def stored_hash(item: Outgoing) -> str:
    return str(json.loads(item.payload)["pictures"][0][0])


async def test_a_picture_that_is_gone_is_a_sentence(adapter: SlackAdapter, server: SlackServer, store: Store) -> None:
    gone = ImageRef("0" * 64, 10, 10)
    item = outgoing(Reply("看", language="zh", pictures=(gone, store("navy"))))
    message = server.message(DM, await adapter.send(item))
    assert kinds(message) == ["markdown", "markdown", "image"]
    assert shown(message) == f"看\n{PICTURE_GONE.zh}"


@pytest.mark.parametrize(
    "fault", [Fault(error="missing_scope"), Fault(error="file_uploads_disabled"), Fault(error="storage_limit_reached")]
)
async def test_words_go_without_pictures_where_slack_takes_none(
    adapter: SlackAdapter, server: SlackServer, store: Store, fault: Fault
) -> None:
    server.fail("files.getUploadURLExternal", fault)
    message = server.message(DM, await adapter.send(outgoing(Reply("Look", pictures=(store("navy"),)))))
    assert shown(message) == f"Look\n{sentences.PICTURE_REFUSED.en}"


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"])
@pytest.mark.parametrize("fault", [Fault(status=500), Fault(status=429, retry_after=1), Fault(drop=True, done=True)])
async def test_an_upload_that_fails_is_tried_again_before_anything_is_posted(
    adapter: SlackAdapter, server: SlackServer, store: Store, method: str, fault: Fault
) -> None:
    item = outgoing(Reply("Look", pictures=(store("navy"),)))
    server.fail(method, fault, times=2)  # aiohttp itself asks again on a broken connection
    with pytest.raises(RetryLaterError):
        await adapter.send(item)
    assert server.messages == []
    server._faults.clear()
    await adapter.send(item)
    assert len(server.messages) == 1


@pytest.mark.parametrize("done", [True, False])
async def test_a_lost_answer_about_a_picture_is_cleared_up(
    adapter: SlackAdapter, server: SlackServer, store: Store, *, done: bool
) -> None:
    item = outgoing(Reply("Look", pictures=(store("navy"),)))
    server.fail("chat.postMessage", Fault(drop=True, done=done))
    with pytest.raises(AmbiguousDeliveryError):
        await adapter.send(item)
    found = await adapter.find(item)
    assert (found is not None) is done
    if found is None:
        await adapter.send(item)
    assert len(server.messages) == len(server.uploaded()) == 1


async def test_an_upload_goes_to_slacks_hosts_alone(
    adapter: SlackAdapter, server: SlackServer, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = lambda args: {"file_id": "F000000001UP", "upload_url": "https://files.slack.com.evil.example/up"}  # noqa: E731
    monkeypatch.setattr(server, "_files_getUploadURLExternal", elsewhere)
    message = server.message(DM, await adapter.send(outgoing(Reply("Look", pictures=(store("navy"),)))))
    assert shown(message) == f"Look\n{sentences.PICTURE_REFUSED.en}"


async def test_an_edit_keeps_the_pictures_that_stay_and_deletes_the_others(
    adapter: SlackAdapter, server: SlackServer, stored: dict[str, Image], store: Store
) -> None:
    navy, maroon, green = store("navy"), store("maroon"), store("green")
    root = said(server, "card", DESK)["ts"]
    slot = await adapter.send(outgoing(Reply("one", pictures=(navy, maroon)), to=chat(DESK, root)))
    edit = outgoing(Reply("two", pictures=(maroon, green)), number=2, to=chat(DESK, root), slot=slot)
    assert await adapter.send(edit) == slot
    assert await adapter.send(edit) == slot
    message = server.message(DESK, slot)
    assert shown(message) == "two"
    assert pictures(server, message) == [stored[maroon.sha256].data, stored[green.sha256].data]
    assert len(server.uploaded()) == 2
    assert [call["filename"] for call in server.called("files.getUploadURLExternal")] == ["screenshot.png"] * 3


@pytest.mark.parametrize("thread", [True, False])
async def test_what_is_removed_takes_its_pictures_along(
    adapter: SlackAdapter, server: SlackServer, store: Store, *, thread: bool
) -> None:
    to = chat(DESK, said(server, "card", DESK)["ts"] if thread else "")
    ts = await adapter.send(outgoing(Reply("Look", pictures=(store("navy"),)), to=to))
    kept = await adapter.send(outgoing(Reply("Look", pictures=(store("navy"),)), number=2, to=to))
    removal = Outgoing(3, to, adapter.removal(), slot=ts, removes=True)
    assert await adapter.send(removal) == ts
    assert await adapter.send(removal) == ts, "gone already is gone"
    assert [m["ts"] for m in server.messages if m["user"] == server.bot_user] == [kept]
    assert len(pictures(server, server.message(DESK, kept))) == 1
    assert len(server.uploaded()) == 1


async def test_what_cannot_be_seen_is_removed_all_the_same(adapter: SlackAdapter, server: SlackServer) -> None:
    ts = await adapter.send(outgoing(Reply("x"), to=chat(SHOP)))
    server.fail("conversations.history", Fault(error="missing_scope"))
    await adapter.send(Outgoing(2, chat(SHOP), adapter.removal(), slot=ts, removes=True))
    assert server.messages == []


async def test_a_removal_that_fails_is_repeated(adapter: SlackAdapter, server: SlackServer) -> None:
    ts = await adapter.send(outgoing(Reply("x"), to=chat(SHOP)))
    removal = Outgoing(2, chat(SHOP), adapter.removal(), slot=ts, removes=True)
    server.fail("chat.delete", Fault(status=500, done=True))
    with pytest.raises(RetryLaterError):
        await adapter.send(removal)
    assert await adapter.send(removal) == ts


async def test_an_edit_of_a_message_that_is_gone_says_so(
    adapter: SlackAdapter, server: SlackServer, store: Store
) -> None:
    with pytest.raises(SlotGoneError):
        await adapter.send(outgoing(Reply("x", pictures=(store("navy"),)), slot="1.000001"))


TICKET = File("ticket.json", "application/json", b'{"error_code": "E-4127"}')
CHART = File("chart.png", "image/png", b"\x89PNG chart")


async def test_a_file_is_a_message_of_its_own_behind_the_words(adapter: SlackAdapter, server: SlackServer) -> None:
    root = said(server, "card", DESK)["ts"]
    reply = Reply("The ticket:", file=TICKET, buttons=(Button("Again", "extract"),))
    assert len(adapter.render(reply)) == 2
    words = outgoing(reply, to=chat(DESK, root))
    file = outgoing(reply, number=2, to=chat(DESK, root), message=1)
    assert kinds(server.message(DESK, await adapter.send(words))) == ["markdown", "actions"]
    ts = await adapter.send(file)
    assert await adapter.find(file) == ts
    [sent] = server.message(DESK, ts)["files"]
    assert server.files[sent["id"]].data == TICKET.data
    assert server.message(DESK, ts)["thread_ts"] == root


async def test_a_file_that_slack_does_not_take_is_named(adapter: SlackAdapter, server: SlackServer) -> None:
    server.scopes.discard("files:write")
    message = server.message(DM, await adapter.send(outgoing(Reply("x", file=TICKET), message=1)))
    assert message["text"] == sentences.FILE_REFUSED.en.format(name="ticket.json")
    server.fail("files.getUploadURLExternal", Fault(error="token_revoked"))
    with pytest.raises(RetryLaterError, match="token_revoked"):
        await adapter.send(outgoing(Reply("x", file=TICKET), number=2, message=1))


async def test_a_chart_is_shown_among_the_words(adapter: SlackAdapter, server: SlackServer) -> None:
    assert len(adapter.render(Reply("Figures", file=CHART))) == 1
    message = server.message(DM, await adapter.send(outgoing(Reply("Figures", file=CHART))))
    assert kinds(message) == ["markdown", "image"]
    assert pictures(server, message) == [CHART.data]


async def test_what_one_person_may_see_has_pictures_and_buttons_too(adapter: SlackAdapter, server: SlackServer) -> None:
    to = json.dumps({"url": f"{server.url}/commands/1", "channel": DESK, "user": USER, "thread": "5.5"})
    room = chat(DESK, said(server, "card", DESK)["ts"])
    await adapter.send(outgoing(Reply("Sure?", private_to=to, buttons=(Button("Yes", "ban", "x"),)), to=room))
    await adapter.send(outgoing(Reply("Figures", private_to=to, file=CHART), number=2, to=room))
    await adapter.send(outgoing(Reply("Export", private_to=to, file=TICKET), number=3, to=room, message=1))
    asked, figures = server.ephemerals
    assert (asked["by"], asked["thread_ts"], labels(asked)) == ("response_url", "5.5", ["Yes"])
    assert (figures["by"], figures["thread_ts"], kinds(figures)) == ("postEphemeral", "5.5", ["markdown", "image"])
    [handed] = [message for message in server.messages if message.get("files")]
    assert handed["channel"] == DM, "nobody else may see it, and what only one person sees holds no files"
