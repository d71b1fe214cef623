"""Evaluating a model: the real engine with the placeholder."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from bot import asking, backends, wiring
from bot.configured import load_prompts
from bot.evaluation.cases import Case, read_cases
from bot.evaluation.compare import Verdict
from bot.evaluation.figures import Share
from bot.evaluation.run import Asker, Evaluation, Result, evaluate, greedy
from bot.extraction import PRODUCT
from bot.inference.engine import LlamaEngine
from bot.inference.generation import LlamaGeneration
from bot.messages import Finish
from bot.metrics import Metrics
from bot.ports import Generation, Prompt
from bot.settings import Settings, load
from tests.test_core.conftest import picture

RIGHT = Verdict(exact=True, normalised=True)


class WatchedEngine(LlamaEngine):
    """The engine, with a note of each prompt and its generation."""

    asked: list[tuple[Prompt, Generation]]

    def generate(self, prompt: Prompt) -> LlamaGeneration:
        generation = super().generate(prompt)
        self.asked.append((prompt, generation))
        return generation


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Prompt, Generation]]:
    """What the engine is asked."""
    monkeypatch.setattr(WatchedEngine, "asked", [], raising=False)
    monkeypatch.setattr(backends, "LlamaEngine", WatchedEngine)
    return WatchedEngine.asked


@pytest.fixture
def settings(configured: Path) -> Settings:
    """Settings for the placeholder, which takes the likeliest token; and pictures in the folder."""
    Pillow.new("RGB", (200, 100), "blue").save(configured / "other.png")
    return greedy(load())


def read(folder: Path, *lines: dict[str, Any]) -> list[Case]:
    file = folder / "questions.jsonl"
    file.write_text("\n".join(json.dumps({"answer": "E-4127", "kind": "code"} | line) for line in lines))
    return read_cases(file)


async def run(settings: Settings, cases: list[Case]) -> Evaluation:
    return await evaluate(settings, cases, lambda _result: None)


def test_greedy_is_greedy() -> None:
    before = Settings(_env_file=None, model={"temperature": 0.7, "presence_penalty": 1.5})
    after = greedy(before)
    assert (after.model.temperature, after.model.presence_penalty) == (0.0, 0.0)
    assert before.model.temperature > 0
    assert after.images == before.images


@pytest.mark.parametrize("names", [["screenshot.png"], ["other.png", "screenshot.png"], []])
@pytest.mark.parametrize("words", ["What is the error code?", "错误代码是什么？"])
async def test_the_model_is_shown_what_it_is_shown_for_a_customer(
    settings: Settings,
    configured: Path,
    asked: list[tuple[Prompt, Generation]],
    names: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cases = await asyncio.to_thread(read, configured, {"question": words, "images": names})
    await run(settings, cases)
    await asking.ask(settings, [Path(name) for name in names], words, event_id="1")
    capsys.readouterr()
    (evaluated, _), (served, _) = asked
    assert evaluated.messages == served.messages
    assert evaluated.max_tokens == served.max_tokens
    assert [len(message.images) for message in evaluated.messages] == [0, len(names)]


async def test_json_is_asked_for_as_on_the_command_line(
    settings: Settings, configured: Path, asked: list[tuple[Prompt, Generation]]
) -> None:
    settings = settings.model_copy(update={"model": settings.model.model_copy(update={"max_tokens": 1500})})
    line = {"image": "screenshot.png", "question": "Fill it in.", "schema": "product"}
    answer = {"name": None, "price": None, "quantity": None}
    cases = await asyncio.to_thread(read, configured, line | {"answer": answer})
    (first,) = (await run(settings, cases)).results
    said = await asking.extract(settings, [configured / "screenshot.png"], "Fill it in.", "product")
    (evaluated, _), (served, _) = asked
    assert (evaluated.messages, evaluated.schema) == (served.messages, served.schema)
    assert first.given == said
    assert evaluated.schema == PRODUCT.described
    again = await asyncio.to_thread(read, configured, line | {"answer": said})
    assert [result.verdict for result in (await run(settings, again)).results] == [RIGHT]


async def test_json_without_an_end_is_wrong(settings: Settings, configured: Path) -> None:
    (configured / "long.json").write_text('{"type": "string", "minLength": 100}')
    line = {"image": "screenshot.png", "question": "?", "schema": "long.json", "answer": "x" * 100}
    (result,) = (await run(settings, await asyncio.to_thread(read, configured, line))).results
    assert "no end" in result.error


async def test_what_it_says_is_right_when_it_is_the_answer(settings: Settings, configured: Path) -> None:
    line = {"image": "screenshot.png", "question": "What is the error code?"}
    (wrong,) = (await run(settings, await asyncio.to_thread(read, configured, line))).results
    assert wrong.given
    assert not wrong.verdict.normalised
    assert wrong.shown[-1].text == "[screenshot 1]\nWhat is the error code?"
    cases = await asyncio.to_thread(read, configured, line | {"answer": ["x", wrong.given]}, line)
    evaluation = await run(settings, cases)
    assert [result.verdict.exact for result in evaluation.results] == [True, False]
    assert evaluation.results[0].shown == ()
    assert evaluation.figures.total.exact == Share(1, 2)
    assert evaluation.figures.total.seconds > 0


async def test_history_is_a_conversation(
    settings: Settings, configured: Path, asked: list[tuple[Prompt, Generation]]
) -> None:
    history = [
        {"question": "What is the total?", "image": "screenshot.png", "answer": ["It is 12.00.", "12.00"]},
        {"question": "And here?", "image": "other.png", "answer": "5.00"},
    ]
    line = {"question": "What does the first screenshot say?", "history": history}
    await run(settings, await asyncio.to_thread(read, configured, line))
    ((prompt, _),) = asked
    _, *turns = prompt.messages
    assert [turn.role for turn in turns] == ["user", "assistant", "user", "assistant", "user"]
    assert [len(turn.images) for turn in turns] == [1, 0, 1, 0, 0]
    assert turns[0].text == "[screenshot 1]\nWhat is the total?"
    assert turns[1].text == "It is 12.00."
    assert turns[2].text == "[screenshot 2]\nAnd here?"
    assert "1" in turns[4].text.split("\n")[0]  # it is said which one is meant
    assert turns[4].text.endswith("What does the first screenshot say?")


async def test_no_question_sees_another(settings: Settings, configured: Path) -> None:
    lines: list[dict[str, Any]] = [
        {"image": "screenshot.png", "question": "What is the error code?"},
        {"image": "other.png", "question": "What is the error code?"},
        {"image": "other.png", "question": "What is the total?"},
        {"question": "What is the total?", "history": [{"question": "A?", "image": "other.png", "answer": "B"}]},
    ]
    cases = await asyncio.to_thread(read, configured, *lines)
    forwards = {result.case.line: result.given for result in (await run(settings, cases)).results}
    backwards = {result.case.line: result.given for result in (await run(settings, cases[::-1])).results}
    alone = {case.line: (await run(settings, [case])).results[0].given for case in cases}
    assert forwards == backwards == alone
    assert len(set(alone.values())) == len(alone)


async def test_a_picture_asked_about_again_is_neither_encoded_nor_read_again(
    settings: Settings, configured: Path, asked: list[tuple[Prompt, Generation]]
) -> None:
    (configured / "screenshot.png").write_bytes(picture(size=(256, 160)))
    questions = ["What is the error code?", "What is the total?", "Is there a button?", "What is the status?"]
    lines = [{"image": "screenshot.png", "question": question} for question in questions]
    await run(settings, await asyncio.to_thread(read, configured, *lines))
    first, *others = [generation.usage for _, generation in asked]
    assert first.encode_ms > 0
    for usage in others:
        assert usage.encode_ms == 0
        assert usage.cached_tokens >= first.prompt_tokens - 40  # system prompt, picture and label
        assert usage.finish in (Finish.STOP, Finish.LENGTH)


async def test_only_the_newest_chat_is_kept(settings: Settings, configured: Path) -> None:
    cases = await asyncio.to_thread(read, configured, *[{"image": "screenshot.png", "question": "a?"}] * 4)
    model = await asyncio.to_thread(backends.build_model, settings, Metrics())
    store = wiring.open_store(":memory:")
    await store.open()
    await model.load()
    try:
        prompts = await asyncio.to_thread(load_prompts, settings)
        asker = Asker(settings, store, model, prompts, Metrics())
        for case in cases:
            await asker.ask(case)
        held = [model.cached(f"evaluation:/{number}/") for number in (1, 2, 3, 4)]
        assert held[3] > 0
        assert held[:2] == [0, 0]
    finally:
        await model.close()
        await store.close()


async def test_what_fails_counts_as_wrong_and_the_rest_goes_on(settings: Settings, configured: Path) -> None:
    nothing = {"name": None, "price": None, "quantity": None}
    good = {"image": "screenshot.png", "question": "What is the error code?"}
    lines: list[dict[str, Any]] = [
        {"image": "broken.png", "question": "What is the error code?"},
        {"images": ["screenshot.png", "broken.png"], "question": "What is the error code?"},
        {"image": "screenshot.png", "question": "long " * 20_000},
        {"image": "broken.png", "question": "?", "schema": "product", "answer": nothing},
        good,
        good,
    ]
    cases = await asyncio.to_thread(read, configured, *lines)
    gone = replace(cases[4], asked=replace(cases[4].asked, pictures=(configured / "absent.png",)))
    seen: list[Result] = []
    evaluation = await evaluate(settings, [*cases[:4], gone, cases[5]], seen.append)
    assert seen == list(evaluation.results)
    errors = [result.error for result in evaluation.results]
    assert "damaged" in errors[0]
    assert "damaged" in errors[1]
    assert "too many" in errors[2]
    assert "damaged" in errors[3]
    assert "absent.png" in errors[4]
    assert errors[5] == ""
    assert evaluation.results[5].given
    assert not any(result.verdict.normalised for result in evaluation.results[:5])
    assert evaluation.figures.total.failed == 5


async def test_with_a_model_server(configured: Path, openai_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKSEE_MODEL__BACKEND", "openai")
    monkeypatch.setenv("LOOKSEE_MODEL__URL", openai_server)
    monkeypatch.setenv("LOOKSEE_MODEL__CONTEXT", "4096")
    settings = greedy(await asyncio.to_thread(load))
    line = {"image": "screenshot.png", "question": "What is the error code?"}
    results = (await run(settings, await asyncio.to_thread(read, configured, line, line))).results
    assert results[0].given
    assert results[0].error == ""
    assert results[0].given == results[1].given
