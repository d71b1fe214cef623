"""What stands on the Slack server, as it is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from markupsafe import escape

from adapters.web.markup import to_html
from bot.spoken import ANYWHERE
from tests.fakes.slack_server import SlackServer
from tests.pictures.drawing import Key, Part, Shown, picture, text

Json = dict[str, Any]
_THUMBS = ("👍", "👎")


def shown(server: SlackServer, messages: Sequence[Json]) -> list[Shown]:
    """Messages of the app's and of people's."""
    return [_message(server, message) for message in messages]


def _message(server: SlackServer, message: Json) -> Shown:
    alone = message in server.ephemerals
    own = alone or message["user"] == server.bot_user
    author = "Looksee" if own else server.names[message["user"]]
    at = datetime.fromtimestamp(float(message["ts"]), UTC).strftime("%H:%M")
    return Shown(author, at, tuple(_parts(server, message)), own, alone)


def _parts(server: SlackServer, message: Json) -> Iterator[Part]:
    for block in message.get("blocks", ()):
        yield from _block(server, block)
    files = message.get("files", ())
    if message["text"] and not (message.get("blocks") or any(file["permalink"] in message["text"] for file in files)):
        yield text(str(escape(message["text"])))
    for file in files:
        stored = server.files[file["id"]]
        is_picture = stored.media_type.startswith("image/")
        yield picture(stored.data) if is_picture else Part("file", value=stored.name)


def _block(server: SlackServer, block: Json) -> Iterator[Part]:
    match block["type"]:
        case "markdown":
            yield text(to_html(block["text"], ANYWHERE))
        case "image":
            yield picture(server.files[block["slack_file"]["id"]].data)
        case "context_actions":
            yield Part("buttons", rows=[[Key(thumb) for thumb in _THUMBS]])
        case "actions":
            keys = [Key(e["text"]["text"], e.get("style", "")) for e in block["elements"]]
            yield Part("buttons", rows=[keys])
        case kind:
            raise ValueError(kind)
