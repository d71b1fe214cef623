"""What the engine in this process was answering when an earlier one died."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.errors import GenerationError, ModelError, SetAsideError
from bot.inference.guarded import GuardedModel
from bot.inference.journal import SLOTS, Journal
from bot.inference.suspects import Suspects, marks
from bot.messages import Finish
from bot.ports import Prompt
from tests.models import WatchedGate, engine, picture, question, read
from tests.waiting import until


def opened(path: Path) -> Journal:
    journal = Journal(path)
    journal.open()
    return journal


def mark(number: int) -> bytes:
    return number.to_bytes(32)


class TestJournal:
    def test_it_outlives_its_process_whatever_becomes_of_that(self, tmp_path: Path) -> None:
        journal = opened(tmp_path / "answering")
        journal.note(mark(1), strikes=0, flying=True)
        journal.note(mark(2), strikes=1, flying=False)
        journal.note(mark(3), strikes=1, flying=True)
        journal.note(mark(3), strikes=0, flying=False)
        journal.note(mark(4), strikes=300, flying=False)
        found = set(opened(tmp_path / "answering").entries())
        assert found == {(mark(1), 0, True), (mark(2), 1, False), (mark(4), 255, False)}
        assert (tmp_path / "answering").stat().st_mode & 0o777 == 0o600

    def test_after_an_orderly_end_nobody_is_blamed(self, tmp_path: Path) -> None:
        journal = opened(tmp_path / "answering")
        journal.note(mark(1), strikes=0, flying=True)
        journal.note(mark(2), strikes=1, flying=True)
        for _ in range(2):
            journal.pardon()
        journal.note(mark(3), strikes=1, flying=True)
        assert set(opened(tmp_path / "answering").entries()) == {(mark(2), 1, False)}

    @pytest.mark.parametrize("spoilt", [b"", b"looksee", b"x" * 164_000])
    def test_what_is_no_journal_of_since_the_machine_started_counts_for_nothing(
        self, tmp_path: Path, spoilt: bytes
    ) -> None:
        opened(tmp_path / "answering").note(mark(1), strikes=1, flying=True)
        written = (tmp_path / "answering").read_bytes()
        # Of another boot: the same, but for the machine's word for it.
        (tmp_path / "answering").write_bytes(spoilt or written.replace(b"looksee journal 1 ", b"looksee journal 1 0"))
        journal = opened(tmp_path / "answering")
        assert list(journal.entries()) == []
        journal.note(mark(2), strikes=1, flying=True)
        assert list(opened(tmp_path / "answering").entries()) == [(mark(2), 1, True)]

    def test_where_no_file_can_be_it_is_forgetful(self, tmp_path: Path) -> None:
        with capture_logs() as logs:
            journal = opened(tmp_path / "absent" / "answering")
        journal.note(mark(1), strikes=1, flying=True)
        journal.pardon()
        assert list(journal.entries()) == []
        assert [line["event"] for line in logs] == ["journal_not_kept"]

    def test_it_is_bounded_and_what_is_with_the_model_stays(self, tmp_path: Path) -> None:
        journal = opened(tmp_path / "answering")
        journal.note(mark(0), strikes=0, flying=True)
        size = (tmp_path / "answering").stat().st_size
        for number in range(1, SLOTS + 10):
            journal.note(mark(number), strikes=1, flying=False)
        found = {mark for mark, _, _ in opened(tmp_path / "answering").entries()}
        assert len(found) == SLOTS
        assert mark(0) in found
        assert mark(SLOTS + 9) in found
        assert mark(1) not in found
        assert (tmp_path / "answering").stat().st_size == size


async def dies_during(path: Path, *prompts: Prompt) -> None:
    """Leave in the journal what a process leaves that dies while it answers these."""
    suspects = Suspects(await asyncio.to_thread(opened, path))
    for prompt in prompts:
        suspects.began(marks(prompt))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answering"


@pytest.fixture
def gate() -> WatchedGate:
    return WatchedGate()


@pytest.fixture
async def model(endless_files: tuple[Path, Path], gate: WatchedGate, path: Path) -> AsyncIterator[GuardedModel]:
    """Not loaded yet."""
    made = GuardedModel(engine(endless_files, gate), Journal(path))
    yield made
    gate.resume()
    await made.close()


def flying(path: Path) -> set[bytes]:
    return {mark for mark, _, is_flying in opened(path).entries() if is_flying}


async def noted(path: Path, expected: set[tuple[bytes, int, bool]]) -> None:
    """Wait until that is what the journal has: it learns of an answer's end a moment after whoever reads it."""

    async def agrees() -> bool:
        return await asyncio.to_thread(lambda: set(opened(path).entries())) == expected

    await until(agrees)


async def test_who_was_there_at_a_death_is_answered_alone_and_then_no_suspect(
    model: GuardedModel, gate: WatchedGate, path: Path
) -> None:
    suspect, other, behind = (question(text, chat=text, event=text) for text in ("one?", "two?", "three?"))
    await dies_during(path, suspect)
    await model.load()
    gate.pause_after("decode")
    ended: list[str] = []

    async def answer(prompt: Prompt) -> None:
        assert await read(model.generate(prompt))
        ended.append(prompt.chat)

    tasks = [asyncio.create_task(answer(prompt)) for prompt in (other, suspect, behind)]
    await asyncio.to_thread(gate.wait_until_paused)
    assert await asyncio.to_thread(flying, path) == set(marks(other))
    gate.resume()
    await asyncio.gather(*tasks)
    assert ended == ["two?", "one?", "three?"]
    await noted(path, set())


async def test_what_two_processes_died_of_is_not_tried_again(
    model: GuardedModel, gate: WatchedGate, path: Path
) -> None:
    deadly = question("What is this?", picture("blue"), event="message 1")
    for _ in range(2):
        await dies_during(path, deadly, question("And this?"))
    await model.load()
    steps = len(gate.steps)
    more = question("What is this? Hello?", picture("blue"), event="message 1")
    again = question("What is this?", picture("blue"), event="message 2")
    for prompt in (deadly, more, again):
        with pytest.raises(SetAsideError):
            await read(model.generate(prompt))
    assert len(gate.steps) == steps
    assert await read(model.generate(question("What is that?", picture("blue"), event="message 3")))


async def test_two_deaths_beside_others_condemn_nobody_who_was_answered_in_between(
    model: GuardedModel, path: Path
) -> None:
    innocent = question("One?", event="message 1")
    await dies_during(path, innocent)
    suspects = Suspects(await asyncio.to_thread(opened, path))
    suspects.began(marks(innocent))
    suspects.ended(marks(innocent), answered=True)
    await dies_during(path, innocent)
    await model.load()
    assert await read(model.generate(innocent))


async def test_a_cancelled_answer_is_not_with_the_model_and_a_suspect_all_the_same(
    model: GuardedModel, gate: WatchedGate, path: Path
) -> None:
    suspect = question("One?", max_tokens=3000)
    await dies_during(path, suspect)
    await model.load()
    gate.pause_after("decode")
    running, waiting = model.generate(suspect), model.generate(question("Two?", max_tokens=3000))
    await asyncio.to_thread(gate.wait_until_paused)
    waiting.cancel()
    assert await read(waiting) == ""
    assert waiting.usage.finish is Finish.CANCELLED
    running.cancel()
    gate.resume()
    await read(running)
    assert running.usage.finish is Finish.CANCELLED
    await noted(path, {(mark, 1, False) for mark in marks(suspect)})


async def test_closing_blames_nobody(model: GuardedModel, gate: WatchedGate, path: Path) -> None:
    await model.load()
    with pytest.raises(ModelError, match="loads once"):
        await model.load()
    gate.pause_after("decode")
    running, suspect = model.generate(question("One?", max_tokens=3000)), model.generate(question("Two?"))
    await asyncio.to_thread(gate.wait_until_paused)
    assert await asyncio.to_thread(flying, path)
    closing = asyncio.create_task(model.close())
    gate.resume()
    await closing
    await read(running)
    await read(suspect)
    assert await asyncio.to_thread(flying, path) == set()
    with pytest.raises(GenerationError):
        await read(model.generate(question("Three?")))
