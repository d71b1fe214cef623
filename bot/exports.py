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
import zipfile
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from bot.messages import Attachment, ChatKey, ImageRef, Subject
from bot.people import DAY
from bot.ports import ConversationStore
from bot.records import ChatRecord, Sent, TurnRecord

FOLDER = "exports"
"""Where exports lie that nobody has named a place for, in the data folder."""
KEPT_SECONDS = 7 * DAY
MANIFEST = "export.json"
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
        if target is None:
            await asyncio.to_thread(_make_private, self._folder)
            target = self._folder / f"export-{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}.zip"
        archive = await asyncio.to_thread(_Archive, target)
        try:
            pictures = {p.sha256: p for record in records for turn in record.turns for p in turn.pictures}
            # One at a time: a conversation's pictures can be more than the memory holds.
            for sha256, shown in pictures.items():
                ref = ImageRef(sha256, shown.width, shown.height)
                if image := (await self._store.images([ref])).get(sha256):
                    await asyncio.to_thread(archive.add, picture_name(sha256, image.media_type), image.data)
            records = [await asyncio.to_thread(_put_files, archive, record) for record in records]
            manifest, page = as_json(subject, records, now), as_page(subject, records)
            await asyncio.to_thread(archive.add, MANIFEST, manifest.encode())
            await asyncio.to_thread(archive.add, INDEX, page.encode())
            await asyncio.to_thread(archive.finish)
        except BaseException:
            await asyncio.to_thread(archive.discard)
            raise
        return Exported(target, len(records), sum(len(record.turns) for record in records), len(pictures))

    async def discard(self, chats: Collection[ChatKey]) -> None:
        """Delete the exports in the folder that hold something of these chats. Raises OSError."""
        wanted = {str(chat) for chat in chats}
        await asyncio.to_thread(_remove, self._folder, lambda path: bool(wanted & _chats_in(path)))

    async def tidy(self) -> None:
        """Delete the exports in the folder that are older than a week. Raises OSError."""
        oldest = self._clock() - KEPT_SECONDS
        await asyncio.to_thread(_remove, self._folder, lambda path: path.stat().st_mtime < oldest)


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
    lines += [_said("bot, a notice", sent.created_at, _words(sent)) for sent in record.notices]
    lines += [_said("customer, not yet answered", waiting.received_at, waiting.text) for waiting in record.waiting]
    return "\n".join(lines)


def _turn(turn: TurnRecord) -> str:
    who = f"{turn.speaker}{', replaced later' if turn.superseded else ''}"
    thumbs = "".join("👍" if thumb.rating > 0 else "👎" for thumb in turn.feedback)
    pictures = "".join(
        f'<p><img alt="{escape(p.description)}" src="{picture_name(p.sha256, p.media_type)}">' for p in turn.pictures
    )
    return _said(f"{who} {thumbs}".strip(), turn.at, turn.text, pictures)


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


def _put_files(archive: _Archive, record: ChatRecord) -> ChatRecord:
    """Write the files of what waits, and leave their names in place of their bytes."""
    changed = []
    for number, inbound in enumerate(record.waiting):
        kept: dict[str, tuple[Attachment, ...]] = {}
        for place in ("attachments", "quoted"):
            files: tuple[Attachment, ...] = getattr(inbound, place)
            kept[place] = tuple(_put(archive, file, f"{number}-{place}-{n}") for n, file in enumerate(files))
        changed.append(replace(inbound, attachments=kept["attachments"], quoted=kept["quoted"]))
    return replace(record, waiting=tuple(changed))


def _put(archive: _Archive, file: Attachment, name: str) -> Attachment:
    if file.data is None:
        return file
    suffix = re.search(r"\.[A-Za-z0-9]{1,8}$", file.name)
    path = f"waiting/{name}{suffix[0] if suffix else ''}"
    archive.add(path, file.data)
    return replace(file, ref=path, data=None)


class _Archive:
    """A ZIP file or a folder, for its owner's eyes only, which has its name only once it is whole. Blocking."""

    def __init__(self, target: Path) -> None:
        if target.exists():
            raise FileExistsError(17, "there is something of this name already", str(target))
        self._target = target
        self._part = target.with_name(f".{target.name}.partial")
        self._zip: zipfile.ZipFile | None = None
        self.discard()
        if target.suffix == ".zip":
            self._part.touch(mode=0o600)
            self._zip = zipfile.ZipFile(self._part, "w", zipfile.ZIP_DEFLATED)
        else:
            self._part.mkdir(mode=0o700)

    def add(self, name: str, data: bytes) -> None:
        """Put a file in."""
        if self._zip is not None:
            self._zip.writestr(name, data)
        else:
            path = self._part / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)

    def finish(self) -> None:
        """Give it its name."""
        if self._zip is not None:
            self._zip.close()
        self._part.rename(self._target)

    def discard(self) -> None:
        """Leave nothing of it."""
        if self._zip is not None:
            self._zip.close()
        if self._part.is_dir():
            for path in sorted(self._part.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
            self._part.rmdir()
        else:
            self._part.unlink(missing_ok=True)


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _chats_in(path: Path) -> set[str]:
    """The chats of which an export holds something; of one that cannot be read, all might be."""
    try:
        with zipfile.ZipFile(path) as file:
            content = json.loads(file.read(MANIFEST))
        return {chat["chat"] for chat in content["chats"]}
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return set()


def _remove(folder: Path, doomed: Callable[[Path], bool]) -> None:
    files: Iterable[Path] = [*folder.glob("export-*.zip"), *folder.glob(".export-*.partial")] if folder.is_dir() else []
    for path in files:
        if doomed(path):
            path.unlink(missing_ok=True)
