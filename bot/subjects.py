"""What the command line does about one chat's or one person's data: take it out, and erase it."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from bot import exports, wiring
from bot.errors import LookseeError
from bot.exports import Exported, Exporter
from bot.messages import Subject
from bot.people import AuditEntry, AuditOutcome
from bot.records import Holdings
from bot.settings import Settings
from bot.stores import ConversationStore
from bot.verbs.arguments import UsageError
from bot.verbs.privacy import amount_of, subject_of

SCRUB_TRIES = 30
SCRUB_PAUSE = 2.0


async def export(settings: Settings, words: str, target: Path | None) -> Exported:
    """Write what is held of a chat or a person to `target`, also while the service runs. Raises LookseeError."""
    subject = _subject(words)
    made = await _exported(settings, str(subject), lambda exporter: exporter.export(subject, target))
    if made is None:
        raise LookseeError(f"Nothing is held of {subject}.")
    return made


async def feedback(settings: Settings, days: int, target: Path | None) -> Exported:
    """Write what customers rated in the last `days` (0: ever) to `target`, also while the service runs. Raises
    LookseeError."""
    made = await _exported(settings, "feedback", lambda exporter: exporter.feedback(days, target))
    if made is None:
        raise LookseeError("No answer has been rated.")
    return made


async def _exported(
    settings: Settings, what: str, write: Callable[[Exporter], Awaitable[Exported | None]]
) -> Exported | None:
    """Write an export, and put that into the audit. Raises LookseeError."""
    store = wiring.open_store(await asyncio.to_thread(wiring.database_path, settings))
    try:
        await store.open()
        made = await write(Exporter(store, settings.data_dir / exports.FOLDER))
        if made is not None:
            await store.record(_entry("export", what))
    except OSError as error:
        raise LookseeError(f"The export cannot be written: {error.filename or ''} {error.strerror}") from error
    finally:
        await store.close()
    return made


async def erase(settings: Settings, words: str, agree: Callable[[str], bool]) -> list[str] | None:
    """Erase what is held of a chat or a person; `agree` is asked, with how much that is. To be called while no service
    runs: it would hold more of it in memory.

    Returns what is left to say, or None if `agree` says no. Raises LookseeError.
    """
    subject = _subject(words)
    path = await asyncio.to_thread(wiring.database_path, settings)
    store = wiring.open_store(path)
    try:
        await store.open()
        held = await store.holdings(subject)
        if held == Holdings():
            raise LookseeError(f"Nothing is held of {subject}.")
        if not await asyncio.to_thread(agree, f"{subject}: {amount_of(held, 'en')}"):
            return None
        concerned = [*await store.chats_of(subject), *await store.rooms_of(subject)]
        await Exporter(store, settings.data_dir / exports.FOLDER).discard(concerned)
        await store.erase(subject)
        await store.record(_entry("erase", str(subject)))
        clean = await _scrubbed(store)
    finally:
        await store.close()
    notes = [] if clean else ["Another program is reading the database: parts stay in its log until that has ended."]
    copies = await asyncio.to_thread(lambda: list(_copies(path)))
    if copies:
        notes.append("Copies that were made before still hold it:")
        notes += [f"  {copy}" for copy in copies]
    return notes


def _subject(words: str) -> Subject:
    try:
        return subject_of(words)
    except UsageError as error:
        raise LookseeError(error.say("en")) from error


async def _scrubbed(store: ConversationStore) -> bool:
    """Scrub until it is done, within a minute."""
    for _ in range(SCRUB_TRIES):
        if await store.scrub():
            return True
        await asyncio.sleep(SCRUB_PAUSE)
    return False


def _entry(action: str, what: str) -> AuditEntry:
    return AuditEntry(f"command line: {getpass.getuser()}", action, "", AuditOutcome.DONE, what)


def _copies(database: Path) -> Iterator[Path]:
    """Copies of the database that this service has made, in the data folder."""
    yield from sorted((database.parent / "backups").glob("*.db"))
    yield from sorted(database.parent.glob(f"{database.stem}-before-restore-*.db"))
