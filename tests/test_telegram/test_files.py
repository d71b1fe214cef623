"""Files that customers sent."""

from __future__ import annotations

import pytest

from adapters.telegram.adapter import TelegramAdapter
from bot.errors import PictureTooLargeError, PictureUnavailableError
from bot.messages import Attachment, ChatKey
from tests.fakes.telegram_person import Person
from tests.fakes.telegram_rules import RefusedError
from tests.fakes.telegram_server import BOT_ID, TOKEN, Fault, TelegramServer

CHAT = ChatKey("telegram", str(BOT_ID), "1001")


async def test_bytes_arrive(adapter: TelegramAdapter, ada: Person) -> None:
    assert await adapter.fetch(CHAT, Attachment(ada.upload(b"x" * 200_000)), 200_000) == b"x" * 200_000


async def test_a_file_that_announces_its_size_is_not_even_asked_for(
    server: TelegramServer, adapter: TelegramAdapter
) -> None:
    with pytest.raises(PictureTooLargeError) as caught:
        await adapter.fetch(CHAT, Attachment("any", "a.png", size=101), 100)
    assert (caught.value.limit, caught.value.name) == (100, "a.png")
    assert server.calls == []


async def test_a_file_that_is_larger_than_it_says(
    server: TelegramServer, adapter: TelegramAdapter, ada: Person
) -> None:
    ref = ada.upload(b"x" * 5000)
    with pytest.raises(PictureTooLargeError):
        await adapter.fetch(CHAT, Attachment(ref, size=10), 4999)
    assert server.called("download") == []


async def test_the_limit_holds_while_the_bytes_come(
    server: TelegramServer, adapter: TelegramAdapter, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = ada.upload(b"x" * 10)
    get_file = adapter._bot.get_file

    async def swapped(file_id: str) -> object:
        file = await get_file(file_id)
        server.state.files[ref] = b"x" * 300_000  # Telegram said 10 bytes
        return file

    monkeypatch.setattr(type(adapter._bot), "get_file", lambda bot, file_id: swapped(file_id))
    with pytest.raises(PictureTooLargeError):
        await adapter.fetch(CHAT, Attachment(ref), 100)


async def test_what_telegram_itself_finds_too_big(adapter: TelegramAdapter, ada: Person) -> None:
    ref = ada.upload(bytes(21 * 2**20))
    with pytest.raises(PictureTooLargeError) as caught:
        await adapter.fetch(CHAT, Attachment(ref), 100_000_000)
    assert caught.value.limit == 20_000_000


async def test_trouble_that_passes_is_not_noticed(
    server: TelegramServer, adapter: TelegramAdapter, ada: Person
) -> None:
    ref = ada.upload(b"picture")
    server.fail("getFile", Fault(RefusedError(500, "Internal Server Error")))
    server.fail("download", Fault(RefusedError(503, "")))
    assert await adapter.fetch(CHAT, Attachment(ref), 100) == b"picture"


async def test_files_that_are_not_to_be_had(
    server: TelegramServer, adapter: TelegramAdapter, ada: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = ada.upload(b"picture")
    server.state.files_without_path.add(lost)
    gone = ada.upload(b"picture")
    server.fail("download", Fault(RefusedError(404, "")), times=3)
    for ref in (lost, gone, "never there"):
        with pytest.raises(PictureUnavailableError) as caught:
            await adapter.fetch(CHAT, Attachment(ref, "a.png"), 100)
        assert caught.value.name == "a.png"
        assert TOKEN not in repr(caught.getrepr(style="long", chain=True))
    said = capsys.readouterr()
    assert "retry_scheduled" in said.out  # the attempts are logged, by a library that quotes errors
    assert TOKEN not in said.out + said.err
