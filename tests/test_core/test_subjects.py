"""`looksee export` and `looksee erase`, as people type them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.cases import LogKind, NewEntry
from bot.claim import claimed
from bot.outcome import Outcome
from conversations.sqlite import SqliteStore
from tests.contracts.desk import ANN, BEN, ROOM, hand_over, said
from tests.contracts.stores import CHAT, OTHER, converse, deliver, picture
from tests.contracts.traces import traces

WORDS, SHOT = "canary-words-ж", picture(1, 5_000)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with two conversations, as a service has left it."""
    monkeypatch.setenv("LOOKSEE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("bot.logs.configure", lambda *_given, **_more: None)
    monkeypatch.chdir(tmp_path)

    async def fill() -> None:
        store = SqliteStore(tmp_path / "data" / "looksee.db")
        await store.open()
        await deliver(store, await converse(store, "1", WORDS, images=(SHOT,)), "a1")
        await deliver(store, await converse(store, "2", "another's", chat=OTHER), "a2")
        case = await hand_over(store)
        await store.rate(CHAT, "a1", ANN.key, -1, "wrong form")
        await store.commit(Outcome(ROOM, (), log=(NewEntry(case.id, LogKind.NOTE, BEN, "a regular"),)))
        await store.commit(said("Hi!", "9.2"))
        await store.close()

    asyncio.run(fill())
    return tmp_path / "data"


def looksee(*words: str, given: str = "") -> Result:
    return CliRunner().invoke(app, words, input=given)


def test_a_chat_is_erased_once_people_agree(data: Path) -> None:
    assert traces(data, [WORDS], [SHOT.data]) != []
    result = looksee("erase", str(CHAT), given="n\n")
    assert (result.exit_code, "Nothing was changed" in result.stdout) == (1, True)
    assert "questions: 1, answers: 2, pictures: 1" in result.stdout
    assert "cases for our people: 1" in result.stdout
    assert traces(data, [WORDS]) != []
    assert looksee("backup").exit_code == 0
    result = looksee("erase", str(CHAT), given="y\n")
    assert result.exit_code == 0, result.output
    assert "still hold it" in result.stdout
    (copy,) = (data / "backups").iterdir()
    assert str(copy) in result.stdout
    copy.unlink()
    assert traces(data, [WORDS], [SHOT.data]) == []
    assert b"another's" in (data / "looksee.db").read_bytes()
    result = looksee("erase", str(CHAT), "--yes")
    assert (result.exit_code, result.stderr) == (2, f"Nothing is held of {CHAT}.\n")


def test_nothing_is_erased_beside_a_running_service(data: Path) -> None:
    with claimed(data):
        result = looksee("erase", str(CHAT), "--yes")
    assert result.exit_code == 2
    assert "another Looksee is running" in result.stderr
    assert traces(data, [WORDS]) != []


@pytest.mark.parametrize("verb", ["erase", "export"])
def test_what_is_neither_chat_nor_person_is_refused(data: Path, verb: str) -> None:
    result = looksee(verb, "somebody")
    assert result.exit_code == 2
    assert "neither a chat nor a person" in result.stderr


def test_an_export_goes_to_a_folder_or_a_file(data: Path, tmp_path: Path) -> None:
    result = looksee("export", "telegram:7", "mine")  # who wrote in both chats
    assert result.exit_code == 0, result.output
    assert "mine: 2 chats, 5 questions and answers, 1 pictures" in result.stdout
    content = json.loads((tmp_path / "mine" / "export.json").read_text("utf-8"))
    assert [chat["chat"] for chat in content["chats"]] == [str(CHAT), str(OTHER)]
    assert (tmp_path / "mine" / "pictures" / f"{SHOT.ref.sha256}.png").read_bytes() == SHOT.data
    page = (tmp_path / "mine" / "index.html").read_text("utf-8")
    for words in (WORDS, "bot 👎 wrong form", "agent Ben, ", "case 1, note, Ben, ", "a regular"):
        assert words in page
    result = looksee("export", str(CHAT), "mine")
    assert (result.exit_code, "already" in result.stderr) == (2, True)
    assert looksee("export", str(CHAT), "absent/mine.zip").exit_code == 2
    assert looksee("export", str(CHAT)).exit_code == 0
    (made,) = (data / "exports").iterdir()
    assert looksee("erase", str(CHAT), "--yes").exit_code == 0
    assert not made.exists()
