"""What is held of a chat or a person as files that people can take away: JSON, the pictures, and a page to read.

An export holds customers' words. Those that lie in the data folder go after a week, and at once when something of what
they hold is erased.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from bot.archive import MANIFEST, Archive, chats_in, make_private, remove
from bot.feedback import QUESTIONS, as_questions
from bot.messages import Attachment, ChatKey, ImageRef, Subject
from bot.people import DAY
from bot.records import CaseRecord, ChatRecord, EntryRecord, Sent, TurnRecord
from bot.stores import ConversationStore

FOLDER = "exports"
"""Where exports lie that nobody has named a place for, in the data folder."""
KEPT_SECONDS = 7 * DAY
INDEX = "index.html"

_TIMES = frozenset({"at", "created_at", "changed_at", "received_at", "opened_at", "taken_at", "since"})
_SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
_PAGE = (
    '<!doctype html><meta charset="utf-8"><title>{title}</title><style>body{{font:16px/1.5 sans-serif;max-width:50rem;'
    "margin:2rem auto;padding:0 1rem}}article{{border-top:1px solid #ccc;padding:.5rem 0}}pre{{white-space:pre-wrap;"
    "font:inherit}}img{{max-width:100%;max-height:30rem}}small{{color:#555}}</style><h1>{title}</h1>\n{body}\n"
)


@dataclass(frozen=True, slots=True)
class Exported:
    """An export that was written."""

    path: Path
    chats: int
    turns: int
    pictures: int


class Exporter:
    """Writes exports, into `folder` where nobody says otherwise."""

    def __init__(self, store: ConversationStore, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._folder = folder
        self._clock = clock

    async def export(self, subject: Subject, target: Path | None = None) -> Exported | None:
        """Write an export to a new ZIP file, or into a new folder if the name does not end in ``.zip``. None if nothing
        is held. Raises StoreError, OSError."""
        records = await self._store.export(subject)
        if not records:
            return None
        now = datetime.fromtimestamp(self._clock(), UTC)
        async with self._archive(target or self._name(now, ".zip")) as archive:
            shown = {p.sha256: p for record in records for turn in record.turns for p in turn.pictures}
            await self._put_pictures(archive, [ImageRef(p.sha256, p.width, p.height) for p in shown.values()])
            records = [await asyncio.to_thread(_put_files, archive, record) for record in records]
            manifest, page = as_json(subject, records, now), as_page(subject, records)
            await asyncio.to_thread(archive.add, MANIFEST, manifest.encode())
            await asyncio.to_thread(archive.add, INDEX, page.encode())
        return Exported(archive.path, len(records), sum(len(record.turns) for record in records), len(shown))

    async def feedback(self, days: int, target: Path | None = None) -> Exported | None:
        """Write the answers that people thought something of in the last `days` (0: ever) as questions for
        `looksee eval`, into a new folder, or to a new ZIP file if the name ends in ``.zip``; the path is that of the
        questions. None if there are none. Raises StoreError, OSError."""
        at = self._clock()
        rated = await self._store.rated(at - days * DAY if days else 0.0)
        if not rated:
            return None
        now = datetime.fromtimestamp(at, UTC)
        async with self._archive(target or self._name(now, "")) as archive:
            refs = {ref.sha256: ref for answer in rated for turn in answer.turns for ref in turn.images}
            names = await self._put_pictures(archive, list(refs.values()))
            lines = "".join(f"{line}\n" for line in as_questions(rated, names))
            chats = sorted({str(answer.chat) for answer in rated})
            manifest = {"of": "feedback", "made_at": now.isoformat(), "chats": [{"chat": chat} for chat in chats]}
            await asyncio.to_thread(archive.add, QUESTIONS, lines.encode())
            await asyncio.to_thread(archive.add, MANIFEST, json.dumps(manifest, indent=1).encode())
        path = archive.path if archive.path.suffix == ".zip" else archive.path / QUESTIONS
        return Exported(path, len(chats), len(rated), len(names))

    def _name(self, now: datetime, suffix: str) -> Path:
        return self._folder / f"export-{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}{suffix}"

    @asynccontextmanager
    async def _archive(self, target: Path) -> AsyncIterator[Archive]:
        """An archive that is there once it is whole."""
        if target.parent == self._folder:
            await asyncio.to_thread(make_private, self._folder)
        archive = await asyncio.to_thread(Archive, target)
        try:
            yield archive
            await asyncio.to_thread(archive.finish)
        except BaseException:
            await asyncio.to_thread(archive.discard)
            raise

    async def _put_pictures(self, archive: Archive, refs: Sequence[ImageRef]) -> dict[str, str]:
        """Write pictures, and return their names by hash; those no longer there are left out."""
        names = {}
        # One at a time: a conversation's pictures can be more than the memory holds.
        for ref in refs:
            if image := (await self._store.images([ref])).get(ref.sha256):
                names[ref.sha256] = picture_name(ref.sha256, image.media_type)
                await asyncio.to_thread(archive.add, names[ref.sha256], image.data)
        return names

    async def discard(self, chats: Collection[ChatKey]) -> None:
        """Delete the exports in the folder that hold something of these chats. Raises OSError."""
        wanted = {str(chat) for chat in chats}
        await asyncio.to_thread(remove, self._folder, lambda path: bool(wanted & chats_in(path)))

    async def tidy(self) -> None:
        """Delete the exports in the folder that are older than a week. Raises OSError."""
        oldest = self._clock() - KEPT_SECONDS
        await asyncio.to_thread(remove, self._folder, lambda path: path.stat().st_mtime < oldest)


def picture_name(sha256: str, media_type: str) -> str:
    """Where a picture lies in an export."""
    return f"pictures/{sha256}.{_SUFFIXES.get(media_type, 'bin')}"


def as_json(subject: Subject, records: Sequence[ChatRecord], now: datetime) -> str:
    """All of it. Times are ISO 8601 in UTC; platform messages are as they were sent."""
    content = {
        "of": str(subject),
        "made_at": now.isoformat(),
        "chats": [{**_plain(asdict(record)), "chat": str(record.chat)} for record in records],
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def as_page(subject: Subject, records: Sequence[ChatRecord]) -> str:
    """A page that shows the conversations as they were."""
    body = "\n".join(_chat(record) for record in records)
    return _PAGE.format(title=escape(f"Looksee: {subject}"), body=body)


def _chat(record: ChatRecord) -> str:
    lines = [f"<h2>{escape(str(record.chat))}</h2>"]
    lines += [_turn(turn) for turn in record.turns]
    lines += [_entry(case, entry) for case in record.cases for entry in case.log if entry.text]
    lines += [_said("bot, a notice", sent.created_at, _words(sent)) for sent in record.notices]
    lines += [_said("customer, not yet answered", waiting.received_at, waiting.text) for waiting in record.waiting]
    return "\n".join(lines)


def _turn(turn: TurnRecord) -> str:
    who = f"{turn.speaker} {turn.author}".strip() + (", replaced later" if turn.superseded else "")
    thumbs = " ".join(f"{'👍' if thumb.rating > 0 else '👎'} {thumb.reason}".strip() for thumb in turn.feedback)
    pictures = "".join(
        f'<p><img alt="{escape(p.description)}" src="{picture_name(p.sha256, p.media_type)}">' for p in turn.pictures
    )
    return _said(f"{who} {thumbs}".strip(), turn.at, turn.text, pictures)


def _entry(case: CaseRecord, entry: EntryRecord) -> str:
    """What happened in a case beside what was said."""
    return _said(f"case {case.id}, {entry.kind}, {entry.actor_name or entry.actor}".rstrip(", "), entry.at, entry.text)


def _said(who: str, at: float, text: str, more: str = "") -> str:
    when = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"<article><small>{escape(who)}, {when}</small><pre>{escape(text)}</pre>{more}</article>"


def _words(sent: Sent) -> str:
    payload = _parsed(sent.payload)
    return str(payload.get("text", sent.payload)) if isinstance(payload, dict) else sent.payload


def _plain(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner, key) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if name in _TIMES and isinstance(value, float):
        return datetime.fromtimestamp(value, UTC).isoformat()
    return _parsed(value) if name == "payload" else value


def _parsed(payload: str) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return payload


def _put_files(archive: Archive, record: ChatRecord) -> ChatRecord:
    """Write the files of what waits, and leave their names in place of their bytes."""
    changed = []
    for number, inbound in enumerate(record.waiting):
        kept: dict[str, tuple[Attachment, ...]] = {}
        for place in ("attachments", "quoted"):
            files: tuple[Attachment, ...] = getattr(inbound, place)
            kept[place] = tuple(_put(archive, file, f"{number}-{place}-{n}") for n, file in enumerate(files))
        changed.append(replace(inbound, attachments=kept["attachments"], quoted=kept["quoted"]))
    return replace(record, waiting=tuple(changed))


def _put(archive: Archive, file: Attachment, name: str) -> Attachment:
    if file.data is None:
        return file
    suffix = re.search(r"\.[A-Za-z0-9]{1,8}$", file.name)
    path = f"waiting/{name}{suffix[0] if suffix else ''}"
    archive.add(path, file.data)
    return replace(file, ref=path, data=None)
