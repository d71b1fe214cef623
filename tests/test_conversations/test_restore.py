from __future__ import annotations

import asyncio
import re
import stat
from pathlib import Path

import pytest

from bot.claim import claimed
from bot.errors import StoreError
from conversations import schema
from conversations.backup import back_up
from conversations.restore import restore
from conversations.sqlite import SqliteStore
from tests.contracts.stores import texts
from tests.test_conversations.copies import (
    KEPT,
    NOW,
    add,
    content,
    cut,
    damage,
    files,
    foreign,
    kill_at_every_line,
    looksee,
    newer,
    opened,
    orphan,
    unclean,
    yes,
)


def test_backup_and_restore_as_people_type_them(data: Path) -> None:
    expected = content(data / "looksee.db")
    result = looksee("backup")
    assert result.exit_code == 0, result.output
    said = re.fullmatch(
        r"(\S+/data/backups/looksee-\d{8}T\d{6}Z\.db): \d+\.\d MB in \d+\.\d s, checked\n"
        r"  turns 6, pictures 3, inbox 4 \(1 unanswered\), outbox 3 \(2 unsent\)\n",
        result.output,
    )
    assert said, result.output
    path = Path(said[1])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert content(path) == expected
    assert path.read_bytes()[18:20] == b"\x01\x01"  # one file: opening it makes no write-ahead log

    asyncio.run(add(data))
    later = content(data / "looksee.db")
    result = looksee("restore", str(path), answer="n\n")
    assert (result.exit_code, result.output.splitlines()[-1]) == (1, "Nothing was changed.")
    assert looksee("restore", str(path)).exit_code == 1
    assert content(data / "looksee.db") == later

    result = looksee("restore", str(path), answer="y\n")
    assert result.exit_code == 0, result.output
    for line in (
        "now     turns 8, pictures 3, inbox 5 (1",
        "then    turns 6, pictures 3",
        "1 messages waited",
        "Done.",
    ):
        assert line in result.output
    (kept,) = data.glob("looksee-before-restore-*.db")
    assert str(kept) in result.output
    assert (content(data / "looksee.db"), content(kept)) == (expected, later)
    assert stat.S_IMODE((data / "looksee.db").stat().st_mode) == stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert files(data) == sorted(["looksee.db", "looksee.lock", kept.name, f"backups/{path.name}"])


# --- what is refused


REFUSED = [
    (damage, "is damaged"),
    (cut, "malformed|is damaged"),
    (orphan, "is damaged: rows refer to rows that are not there"),
    (newer, "was written by a newer Looksee"),
    (foreign, "is not a database of Looksee's"),
    (lambda path: path.write_text("a letter\n" * 100), "is no database at all"),
    (lambda path: path.write_bytes(b""), "is not a database of Looksee's"),
    (Path.unlink, "is not there"),
]


@pytest.mark.parametrize(("spoil", "said"), REFUSED)
def test_what_is_no_sound_backup_is_refused(data: Path, tmp_path: Path, spoil: object, said: str) -> None:
    assert callable(spoil)
    source = tmp_path / "backup.db"
    back_up(data / "looksee.db", source)
    spoil(source)
    before, bytes_before = files(tmp_path), (data / "looksee.db").read_bytes()
    result = looksee("restore", "backup.db", "--yes")
    assert result.exit_code == 1
    assert re.search(said, result.stderr), result.stderr
    assert "Traceback" not in result.output
    assert (data / "looksee.db").read_bytes() == bytes_before
    assert files(tmp_path) == sorted([*before, "data/looksee.lock"])


def test_a_service_that_runs_is_not_restored(data: Path) -> None:
    back_up(data / "looksee.db", data / "backup.db")
    with claimed(data):
        result = looksee("restore", "data/backup.db", "--yes")
    assert result.exit_code == 1
    assert "another Looksee is running" in result.stderr


def test_another_program_that_has_the_database_open_keeps_it_from_being_replaced(data: Path) -> None:
    back_up(data / "looksee.db", data / "backup.db")
    with opened(data / "looksee.db") as other:
        other.execute("SELECT * FROM turns").fetchone()
        with pytest.raises(StoreError, match="in use by another program"):
            restore(data / "looksee.db", data / "backup.db", NOW, yes)
    assert not (data / KEPT).exists()


# --- what a restore finds in the database's place


def test_a_restore_into_an_empty_folder(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    back_up(data / "looksee.db", tmp_path / "backup.db")
    monkeypatch.setenv("LOOKSEE_DATA_DIR", str(tmp_path / "new"))
    result = looksee("restore", "backup.db", "--yes")
    assert result.exit_code == 0, result.output
    assert "now     there is none" in result.output
    assert content(tmp_path / "new" / "looksee.db") == content(data / "looksee.db")


def test_what_is_only_in_the_log_is_kept_and_does_not_get_into_the_new_database(data: Path, tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    back_up(data / "looksee.db", tmp_path / "backup.db")
    unclean(data, killed)
    assert restore(killed / "looksee.db", tmp_path / "backup.db", NOW, yes)
    assert files(killed) == sorted(["looksee.db", KEPT])
    assert content(killed / KEPT) == content(data / "looksee.db")
    assert content(killed / "looksee.db") == content(tmp_path / "backup.db")


def test_a_database_damaged_beyond_reading_is_kept_with_its_log(data: Path, tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    back_up(data / "looksee.db", tmp_path / "backup.db")
    unclean(data, killed)
    (killed / "looksee.db").write_bytes(b"\x00garbage" * 5000)
    log = (killed / "looksee.db-wal").read_bytes()
    (killed / "looksee.db-wal").write_bytes(b"\x00" + log)  # so that it does not mend the first page
    done = restore(killed / "looksee.db", tmp_path / "backup.db", NOW, yes)
    assert done is not None
    assert done.before is None
    assert (killed / KEPT).read_bytes() == b"\x00garbage" * 5000
    assert files(killed) == sorted(["looksee.db", KEPT, f"{KEPT}-wal"])
    assert content(killed / "looksee.db") == content(tmp_path / "backup.db")


def test_a_backup_of_an_older_schema_is_migrated_at_the_next_start(tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    with opened(old) as connection:
        schema.migrate(connection, schema.packaged()[:1])
        connection.execute("INSERT INTO chats (platform, account, chat, thread) VALUES ('telegram', 'bot', '42', '')")
        connection.execute(
            "INSERT INTO turns (chat_id, conversation, speaker, text, sender, language, at)"
            " VALUES (1, 1, 'customer', 'an old question', '', 'en', 0)"
        )
    restore(tmp_path / "looksee.db", old, NOW, yes)

    async def start() -> list[str]:
        store = SqliteStore(tmp_path / "looksee.db")
        await store.open()
        said = await texts(store)
        await store.close()
        return said

    assert asyncio.run(start()) == ["an old question"]
    with opened(tmp_path / "looksee.db") as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == schema.packaged()[-1].version


# --- kill -9


def test_a_killed_restore_leaves_the_old_database_or_the_new_one(data: Path, tmp_path: Path) -> None:
    start = tmp_path / "kills" / "start"
    unclean(data, start)
    old = content(data / "looksee.db")
    asyncio.run(add(data))
    back_up(data / "looksee.db", start / "backup.db")
    new = content(start / "backup.db")
    assert new != old
    seen: list[tuple[str, bool]] = []
    left: list[list[str]] = []
    for folder in kill_at_every_line("restore", start):
        kept = folder / KEPT
        whole = kept.exists()
        seen.append((content(folder / "looksee.db"), whole))
        if whole:
            assert content(kept) == old
        if files(folder) not in left:  # the next one takes away what was left
            left.append(files(folder))
            kept.unlink(missing_ok=True)
            assert restore(folder / "looksee.db", folder / "backup.db", NOW, yes)
            assert content(folder / "looksee.db") == new
            assert files(folder) == sorted(["looksee.db", "backup.db", KEPT])
    states = list(dict.fromkeys(seen))
    assert states == [(old, False), (old, True), (new, True)]
    assert seen == sorted(seen, key=states.index)
    assert len(seen) > 50
    assert len(left) > 3
