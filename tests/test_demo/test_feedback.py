"""A shop's own failures become its test set: what customers rated is exported, and asked anew, as it is."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import images
from bot.__main__ import app
from bot.configured import picture_limits
from bot.messages import ChatKey, NewTurn
from bot.outcome import Elsewhere, Outcome
from bot.settings import load
from conversations.sqlite import SqliteStore
from tests.contracts.stores import CUSTOMER, converse, deliver
from tests.screenshots import demo_model, dialog, says

SHOT = dialog("K-9305")
QUESTION = "What is the error code?"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A service with the demo model has answered three customers about the same screenshot: the first was content, the
    second was helped by an agent, the third by nobody."""
    monkeypatch.setenv("LOOKSEE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("bot.logs.configure", lambda *_given, **_more: None)
    monkeypatch.chdir(tmp_path)

    for folder in ("data", "pictures"):
        (tmp_path / folder).mkdir()
    shot = images.prepare(SHOT.data, limits=picture_limits(load()))

    async def live() -> None:
        async with demo_model(tmp_path / "pictures") as demo:
            answer = await demo.ask(QUESTION, SHOT)
        assert says(answer, SHOT.error_code)
        store = SqliteStore(tmp_path / "data" / "looksee.db")
        await store.open()
        for name, said, rating in (("1", answer, 1), ("2", "It is E-1111.", -1), ("3", "No idea.", -1)):
            chat = ChatKey("telegram", "bot", name)
            await deliver(store, await converse(store, name, QUESTION, said, chat=chat, images=(shot,)), f"a{name}")
            assert await store.rate(chat, f"a{name}", CUSTOMER.key, rating, "wrong" if rating < 0 else "")
            if name == "2":
                reply = NewTurn("agent", SHOT.error_code, sender="slack:T1/UBEN", author="Ben")
                await store.commit(
                    Outcome(ChatKey("slack", "T1", "C", "1"), (), elsewhere=(Elsewhere(chat, (), reply),))
                )
        await store.close()

    asyncio.run(live())
    return tmp_path


def test_what_was_rated_is_asked_anew(data: Path) -> None:
    result = CliRunner().invoke(app, ["export", "--feedback", "--since", "30", "set"])
    assert result.exit_code == 0, result.output
    assert "3 rated answers, 1 pictures" in result.stdout
    result = CliRunner().invoke(app, ["eval", "set/questions.jsonl", "--json", "figures.json"])
    assert result.exit_code == 0, result.output
    assert "lines 3" in result.stderr
    figures = json.loads((data / "figures.json").read_text())
    assert (figures["total"]["questions"], figures["wrong"]) == (2, [])
    assert set(figures["kinds"]) == {"thumbs up", "thumbs down"}
