"""Customers' files."""

from __future__ import annotations

import json

import pytest

from adapters.slack import translate
from adapters.slack.adapter import SlackAdapter
from adapters.slack.translate import Identity
from bot.errors import PictureTooLargeError, PictureUnavailableError
from bot.messages import Attachment
from tests.fakes.slack_server import Fault, File, SlackServer
from tests.test_slack.conftest import chat, said

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
LIMIT = 1_000_000


def uploaded(server: SlackServer, number: int = 1, *, stub: bool = False, **fields: object) -> Attachment:
    file = File(f"F{number}", f"{number}.png", "image/png", PNG + bytes([number]))
    for name, value in fields.items():
        setattr(file, name, value)
    server.files[file.id] = file
    event = said(server, "look", subtype="file_share", files=[server.file_json(file, stub=stub)])
    translated = translate.event(event, Identity(server.team, server.bot_user), ())
    assert translated is not None
    return translated.inbound.attachments[0]


async def test_several_files(adapter: SlackAdapter, server: SlackServer) -> None:
    for number in (1, 2, 3):
        assert await adapter.fetch(chat(), uploaded(server, number), LIMIT) == PNG + bytes([number])
    assert len(server.downloads) == 3


async def test_connect_file_is_looked_up(adapter: SlackAdapter, server: SlackServer) -> None:
    assert await adapter.fetch(chat(), uploaded(server, stub=True), LIMIT) == PNG + b"\1"
    assert server.called("files.info") == [{"file": "F1"}]
    gone = Attachment(ref=json.dumps({"id": "F404", "url": ""}))
    with pytest.raises(PictureUnavailableError, match="file_not_found"):
        await adapter.fetch(chat(), gone, LIMIT)


async def test_login_page_is_no_picture(
    adapter: SlackAdapter, server: SlackServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.scopes.remove("files:read")
    with pytest.raises(PictureUnavailableError, match="files:read"):
        await adapter.fetch(chat(), uploaded(server), LIMIT)
    assert "files:read" in capsys.readouterr().out


async def test_page_that_calls_itself_a_picture_is_none(adapter: SlackAdapter, server: SlackServer) -> None:
    with pytest.raises(PictureUnavailableError):
        await adapter.fetch(chat(), uploaded(server, data=b"\n<!DOCTYPE HTML><html>Sign in"), LIMIT)


async def test_oversize_is_refused_before_it_is_fetched(adapter: SlackAdapter, server: SlackServer) -> None:
    with pytest.raises(PictureTooLargeError) as caught:
        await adapter.fetch(chat(), uploaded(server), 100)
    assert (caught.value.limit, caught.value.name) == (100, "1.png")
    with pytest.raises(PictureTooLargeError):
        await adapter.fetch(chat(), uploaded(server, 2, stub=True), 100)
    assert server.downloads == []


@pytest.mark.parametrize("chunked", [True, False])
async def test_oversize_that_lied_is_cut_off(adapter: SlackAdapter, server: SlackServer, *, chunked: bool) -> None:
    attachment = uploaded(server, chunked=chunked, data=PNG)
    server.files["F1"].data = PNG * 10
    with pytest.raises(PictureTooLargeError):
        await adapter.fetch(chat(), attachment, len(PNG))


async def test_redirects_are_not_followed(adapter: SlackAdapter, server: SlackServer) -> None:
    other = uploaded(server, 2)
    target = json.loads(other.ref)["url"]
    with pytest.raises(PictureUnavailableError, match="302"):
        await adapter.fetch(chat(), uploaded(server, redirect_to=target), LIMIT)
    assert server.downloads == ["/files-pri/F1/1.png"]


@pytest.mark.parametrize("url", ["https://evil.example/x.png", "http://files.slack.com/x.png", "http://127.0.0.1:9/x"])
async def test_token_goes_to_slack_only(adapter: SlackAdapter, url: str) -> None:
    with pytest.raises(PictureUnavailableError, match="does not lie at Slack"):
        await adapter.fetch(chat(), Attachment(ref=json.dumps({"id": "F1", "url": url})), LIMIT)


@pytest.mark.parametrize("fault", [Fault(status=500), Fault(status=429), Fault(drop=True)])
async def test_transient_faults_are_retried(adapter: SlackAdapter, server: SlackServer, fault: Fault) -> None:
    server.file_faults.append(fault)
    assert await adapter.fetch(chat(), uploaded(server), LIMIT) == PNG + b"\1"


async def test_lasting_faults_are_not_retried_for_ever(adapter: SlackAdapter, server: SlackServer) -> None:
    server.file_faults.extend([Fault(status=500)] * 10)
    with pytest.raises(PictureUnavailableError, match="HTTP 500"):
        await adapter.fetch(chat(), uploaded(server), LIMIT)
    assert len(server.downloads) == 3


async def test_missing_file(adapter: SlackAdapter, server: SlackServer) -> None:
    server.file_faults.append(Fault(status=404))
    with pytest.raises(PictureUnavailableError, match="404"):
        await adapter.fetch(chat(), uploaded(server), LIMIT)
