"""What is said in a web chat: replies as the outbox keeps them, and as the page is told of them. Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from adapters.web.markup import to_html
from adapters.web.streams import Event
from bot.cases import Case, CaseState
from bot.messages import File, ImageRef, Outgoing, Reply, TranscriptEntry
from bot.spoken import ANYWHERE, Links, name_of

REMOVAL = "{}"
"""The payload of what takes a message away: there is nothing to say of it."""


def payload(reply: Reply) -> str:
    """A reply as the outbox keeps it. Buttons that ask for a text first are for agents, and no agent is here."""
    content: dict[str, Any] = {"text": reply.text, "rateable": reply.rateable, "language": reply.language}
    if reply.author:
        content |= {"author": name_of(reply.author), "quotes": reply.quotes}
    if reply.pictures:
        content["pictures"] = [asdict(ref) for ref in reply.pictures]
    if reply.file is not None:
        data = base64.b64encode(reply.file.data).decode()
        content["file"] = {"name": reply.file.name, "media_type": reply.file.media_type, "data": data}
    if buttons := [asdict(button) for button in reply.buttons if not button.edits]:
        content["buttons"] = buttons
    return json.dumps(content, ensure_ascii=False)


def answer_id(outgoing_id: int) -> str:
    """The message id of an outbox row."""
    return f"out-{outgoing_id}"


def event(item: Outgoing, links: Links) -> Event:
    """An outbox row as connected pages are told of it. The event's id is how far a page has come that has seen it."""
    if item.removes:
        return Event("removed", {"id": item.replaces}, item.id)
    name = "changed" if item.replaces else "message"
    return Event(name, _shown(item.replaces or item.id, item.payload, links, version=item.id), item.id)


def missed(line: TranscriptEntry, after: int, links: Links) -> Event:
    """The same of a line of the transcript, for a page that had come as far as `after`."""
    if line.removed:
        return Event("removed", {"id": line.id}, line.version)
    return Event("changed" if line.id <= after else "message", entry(line, links), line.version)


def entry(line: TranscriptEntry, links: Links) -> dict[str, Any]:
    """A line of the transcript as the page gets it; addresses are links where `links` allows them."""
    if line.speaker == "customer":
        pictures = _pictures(line.images)
        return {"speaker": "customer", "message": line.message_id, "text": line.text, "images": pictures}
    return _shown(line.id, line.payload, links, version=line.version, rating=line.rating)


def _shown(outgoing_id: int, stored: str, links: Links, *, version: int, rating: int = 0) -> dict[str, Any]:
    content = json.loads(stored)
    author = content.get("author", "")
    message, file = answer_id(outgoing_id), content.get("file")
    return {
        "speaker": "bot",
        "id": outgoing_id,
        "version": version,
        "message": message,
        "html": to_html(content["text"], ANYWHERE if author and not content["quotes"] else links),
        "language": content["language"],
        "rateable": content["rateable"],
        "rating": rating,
        "author": author,
        "images": _pictures(_refs(content)),
        "file": {"name": file["name"], "url": f"/api/files/{message}"} if file else None,
        "buttons": content.get("buttons", []),
    }


def _pictures(refs: Iterable[ImageRef]) -> list[dict[str, Any]]:
    return [{"url": f"/api/images/{ref.sha256}", "width": ref.width, "height": ref.height} for ref in refs]


def _refs(content: dict[str, Any]) -> tuple[ImageRef, ...]:
    return tuple(ImageRef(**ref) for ref in content.get("pictures", ()))


def pictures_of(line: TranscriptEntry) -> tuple[ImageRef, ...]:
    """The pictures that a line of the transcript shows."""
    return line.images if line.speaker == "customer" else _refs(json.loads(line.payload))


def file_of(line: TranscriptEntry) -> File | None:
    """The file that came with a line of the transcript."""
    file = json.loads(line.payload).get("file") if line.payload else None
    return File(file["name"], file["media_type"], base64.b64decode(file["data"])) if file else None


def plain(lines: Sequence[TranscriptEntry]) -> str:
    """Everything the bot said, as CommonMark."""
    return "\n\n".join(json.loads(line.payload)["text"] for line in lines if line.speaker == "bot")


def standing(case: Case | None) -> dict[str, str]:
    """Who has a conversation, as its pages are told: `state` is "" while nobody but the bot has."""
    if case is None or case.state is CaseState.BOT:
        return {"state": "", "agent": ""}
    return {"state": case.state.value, "agent": name_of(case.agent_name)}
