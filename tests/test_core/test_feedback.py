"""What customers thought of answers, as a set of questions for `looksee eval`."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.commands import REASON
from bot.evaluation.cases import read_cases
from bot.exports import KEPT_SECONDS, Exporter
from bot.feedback import as_questions
from bot.messages import ChatKey, ImageRef, Kind, Speaker, Turn
from bot.people import AuditOutcome
from bot.records import Rated
from bot.sections import PrivacySettings
from bot.stores import ConversationStore
from bot.verbs import sentences
from conversations.sqlite import SqliteStore
from tests.contracts.stores import CHAT, CUSTOMER, OTHER, Clock, converse, deliver, picture
from tests.test_core.conftest import CHAT as HERE
from tests.test_core.conftest import Bench
from tests.waiting import until

SHOT, GONE = ImageRef("a" * 64, 64, 64), ImageRef("b" * 64, 64, 64)
NAMES = {SHOT.sha256: "pictures/shot.png"}


def conversation(*said: tuple[Speaker, str] | tuple[Speaker, str, ImageRef]) -> tuple[Turn, ...]:
    return tuple(Turn(number, who, text, tuple(shown)) for number, (who, text, *shown) in enumerate(said, 1))


def line(
    turns: tuple[Turn, ...], answer: int, rating: int = -1, *, reason: str = "", satisfaction: int = 0
) -> dict[str, Any]:
    """The line of an answer, {} if there is none."""
    rated = Rated(CHAT, answer, rating, reason, satisfaction, at=0.0, model="m", prompt_version="v", turns=turns)
    return next((dict(json.loads(made)) for made in as_questions([rated], NAMES)), {})


def test_a_line_tells_all_that_is_known_of_an_answer() -> None:
    turns = conversation(("customer", "Which code?", SHOT), ("bot", "E-40"))
    assert line(turns, 2, reason="misread", satisfaction=2) == {
        "kind": "thumbs down",
        "question": "Which code?",
        "images": ["pictures/shot.png"],
        "language": "en",
        "answer": None,
        "feedback": {
            "answer": "E-40",
            "rating": -1,
            "reason": "misread",
            "satisfaction": 2,
            "model": "m",
            "prompt_version": "v",
            "at": "1970-01-01T00:00:00+00:00",
        },
    }


def test_what_was_said_before_goes_along_and_what_belongs_together_is_one() -> None:
    turns = conversation(
        ("bot", "Welcome."),
        ("customer", "Hello", SHOT),
        ("customer", "which code?"),
        ("bot", "E-40"),
        ("agent", "It is E-41."),
        ("customer", "And this?", GONE),
        ("bot", "A form."),
    )
    made = line(turns, 7)
    assert made["history"] == [
        {
            "question": "Hello\nwhich code?",
            "images": ["pictures/shot.png"],
            "language": "en",
            "answer": "E-40\nIt is E-41.",
        }
    ]
    assert (made["question"], "images" in made) == ("And this?", False)


@pytest.mark.parametrize(
    ("rating", "kind", "answer"),
    [(1, "thumbs up", "E-40"), (-1, "thumbs down", "E-41\nSorry!"), (0, "handed over", "E-41\nSorry!")],
)
def test_the_right_answer_is_what_helped_or_what_an_agent_wrote(rating: int, kind: str, answer: str) -> None:
    turns = conversation(
        ("customer", "Which code?"),
        ("bot", "E-40"),
        ("customer", "A person, please"),
        ("agent", "E-41"),
        ("agent", "Sorry!"),
        ("customer", "Thanks"),
        ("agent", "Bye"),
    )
    made = line(turns, 2, rating)
    assert (made["kind"], made["answer"], made["feedback"]["answer"]) == (kind, answer, "E-40")


def test_without_its_question_there_is_nothing_to_ask() -> None:
    assert line(conversation(("bot", "Welcome.")), 1) == {}
    assert line(conversation(("customer", "", GONE), ("bot", "E-40")), 2) == {}
    assert line(conversation(("customer", "Hello"), ("bot", "Hi")), 3) == {}


# --- files


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ConversationStore]:
    made = SqliteStore(tmp_path / "looksee.db", clock=Clock(1_790_000_000.0))
    await made.open()
    yield made
    await made.close()


async def rate(store: ConversationStore, name: str, rating: int, *, chat: ChatKey = CHAT, **more: Any) -> None:
    """A question, its answer, and what was thought of it."""
    await deliver(store, await converse(store, name, chat=chat, **more), f"a{name}")
    assert await store.rate(chat, f"a{name}", CUSTOMER.key, rating)


@pytest.mark.parametrize("target", [None, "mine", "mine.zip"])
async def test_it_is_written_as_evaluations_read_it(
    store: ConversationStore, tmp_path: Path, target: str | None
) -> None:
    exporter = Exporter(store, tmp_path / "exports", clock=Clock(1_790_000_000.0))
    assert await exporter.feedback(0) is None
    await rate(store, "1", 1, images=(picture(1, 500),))
    await rate(store, "2", -1, images=(picture(1, 500), picture(2, 500)))
    made = await exporter.feedback(0, tmp_path / target if target else None)
    assert made is not None
    assert (made.turns, made.pictures) == (2, 2)
    if target == "mine.zip":
        assert made.path == tmp_path / target
        return
    assert made.path.name == "questions.jsonl"
    first, second = await asyncio.to_thread(read_cases, made.path)
    assert (first.accepted, first.judged) == (("A form.",), True)
    assert (second.accepted, second.judged) == ((), False)
    assert [path.read_bytes() for path in second.asked.pictures] == [picture(1, 500).data, picture(2, 500).data]
    assert [len(asked.pictures) for asked, _ in second.history] == [1]
    assert str(CHAT) not in made.path.read_text()
    assert made.path.parent.stat().st_mode & 0o077 == 0


async def test_only_what_was_said_lately(store: ConversationStore, tmp_path: Path) -> None:
    await rate(store, "1", 1)
    for later, expected in ((1, 1), (3, None)):
        exporter = Exporter(store, tmp_path / "exports", clock=Clock(1_790_000_000.0 + later * 86_400))
        made = await exporter.feedback(2)
        assert (made and made.turns) == expected


async def test_who_is_erased_is_in_no_file_any_more(store: ConversationStore, tmp_path: Path) -> None:
    exporter = Exporter(store, tmp_path / "exports")
    await rate(store, "1", 1)
    await rate(store, "2", 1, chat=OTHER)
    both = await exporter.feedback(0)
    await exporter.discard([ChatKey("telegram", "bot", "nobody's")])
    assert both is not None
    assert both.path.exists()
    await exporter.discard(await store.chats_of(CHAT))
    await store.erase(CHAT)
    assert not both.path.parent.exists()
    left = await exporter.feedback(0)
    assert left is not None
    assert left.turns == 1
    assert list((tmp_path / "exports").iterdir()) == [left.path.parent]


async def test_files_go_after_a_week(store: ConversationStore, tmp_path: Path) -> None:
    exporter = Exporter(store, tmp_path / "exports")
    await rate(store, "1", 1, images=(picture(1, 500),))
    made = await exporter.feedback(0)
    assert made is not None
    await exporter.tidy()
    assert made.path.exists()
    old = made.path.stat().st_mtime - KEPT_SECONDS - 60
    os.utime(made.path.parent, (old, old))
    await exporter.tidy()
    assert list((tmp_path / "exports").iterdir()) == []


# --- as people do it


ADMIN = "telegram:1"


async def answered(bench: Bench, text: str) -> str:
    """A question; returns the id of the answer."""
    count = len(bench.platform.sent)
    await bench.say(text)
    await bench.platform.wait_for(HERE, count + 1)
    await bench.core.delivery.drain()
    return f"m{bench.platform.sent[-1].id}"


async def test_why_an_answer_was_no_help_is_kept_cut_and_masked(bench: Bench) -> None:
    await bench.stop()
    bench.settings = bench.settings.model_copy(update={"privacy": PrivacySettings(mask_emails=True)})
    await bench.start()
    answer = await answered(bench, "Which code?")
    reason = "  wrong, write to ann@shop.example" + " please" * 200
    await bench.say(reason, kind=Kind.FEEDBACK, message=answer, rating=-1)

    async def rated() -> bool:
        return bool(await bench.store.rated(0))

    await until(rated)
    (kept,) = await bench.store.rated(0)
    assert kept.reason.startswith("wrong, write to [e-mail address] please please")
    assert len(kept.reason) == REASON


async def test_admins_export_it_by_command(bench: Bench, tmp_path: Path) -> None:
    async def export(words: str) -> str:
        count = len(bench.platform.sent)
        await bench.command("export", words, sender=ADMIN)
        return (await bench.platform.wait_for(HERE, count + 1))[-1]

    assert await export("feedback 30") == sentences.NOTHING_RATED.en
    answer = await answered(bench, "Which code?")
    await bench.say(kind=Kind.FEEDBACK, message=answer, rating=1)
    for words in ("feedback", "FEEDBACK 30", "评价"):
        said = await export(words)
        (path,) = re.findall(r"`([^`]*questions.jsonl)`", said)
        (case,) = await asyncio.to_thread(read_cases, Path(path))
        assert (case.asked.question, case.accepted) == ("Which code?", ("fine",))
    assert "`0`" in await export("feedback 0")
    assert await export(f"{ADMIN} 30") == sentences.DAYS_OF_FEEDBACK.say("en", lead="/")
    done = [(e.detail, e.outcome) for e in reversed(await bench.store.audit(9)) if e.outcome is AuditOutcome.DONE]
    assert [detail for detail, _ in done] == ["feedback", "feedback 30", "feedback"]
