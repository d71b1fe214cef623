from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot import backends
from bot.errors import ModelDiedError, ModelError, ModelFileError, SetAsideError
from bot.inference.isolated import IsolatedModel
from bot.inference.measuring import Basis, Measurer
from bot.inference.suspects import Suspects, fingerprint
from bot.messages import Finish, ImageRef
from bot.metrics import Metrics
from bot.ports import Generation, ModelMessage, Prompt
from bot.sections import ModelSettings
from bot.settings import Settings
from tests.models import SYSTEM, ask, endless, picture, question, read
from tests.processes import gone, has_gone
from tests.steered import FATES, QUICK, SteeredBackend
from tests.waiting import until

Start = Callable[..., AbstractAsyncContextManager[SteeredBackend]]


@pytest.fixture
def files(placeholder: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    return endless(placeholder, tmp_path)


@pytest.fixture
def start(files: tuple[Path, Path]) -> Start:
    @asynccontextmanager
    async def started(**patience: float) -> AsyncIterator[SteeredBackend]:
        backend = SteeredBackend(files, patience=replace(QUICK, **patience))
        await backend.open()
        try:
            yield backend
        finally:
            await backend.close()

    return started


async def spoken(generation: Generation) -> str | ModelError:
    try:
        return await read(generation)
    except ModelError as error:
        return error


async def test_a_prompt_that_kills_twice_is_set_aside_and_who_was_beside_it_is_answered(start: Start) -> None:
    async with start() as backend:
        model = backend.model
        innocent = question("What is this?", picture("red"), max_tokens=20)
        deadly = question("fate:abort", picture("blue"))
        expected = await read(model.generate(innocent))
        first = backend.process

        backend.pause()
        answers = [model.generate(innocent)]
        await backend.paused()
        answers.append(model.generate(deadly))
        backend.resume()
        assert [type(await spoken(answer)) for answer in answers] == [ModelDiedError] * 2

        with capture_logs() as logs:
            second = [model.generate(deadly), model.generate(innocent), model.generate(question("And now?"))]
            ends = [await spoken(answer) for answer in second]
        assert isinstance(ends[0], SetAsideError)
        assert ends[1] == expected
        assert isinstance(ends[2], str)
        (line,) = [line for line in logs if line["event"] == "prompt_set_aside"]
        assert line["chat"] == "chat"
        assert "fate" not in str(line)

        process = backend.process
        assert process != first
        with pytest.raises(SetAsideError):
            await read(model.generate(deadly))
        assert await read(model.generate(innocent)) == expected
        assert backend.process == process, "it was not even tried"


async def test_suspects_are_answered_alone(start: Start) -> None:
    async with start() as backend:
        model = backend.model
        suspects = [question("One?", max_tokens=20), question("Two?", max_tokens=20)]
        backend.pause()
        answers = [model.generate(suspect) for suspect in suspects]
        await backend.paused()
        os.kill(backend.process, signal.SIGKILL)
        assert [type(await spoken(answer)) for answer in answers] == [ModelDiedError] * 2

        backend.pause()  # is lost with the process
        again = [model.generate(suspect) for suspect in suspects]
        deadly = model.generate(question("fate:exit"))  # would take along who is beside it
        beside = model.generate(question("Three?"))
        assert [type(await spoken(answer)) for answer in again] == [str, str]
        assert isinstance(await spoken(deadly), ModelDiedError)
        assert isinstance(await spoken(beside), str | ModelDiedError)


async def test_a_suspect_that_nobody_waits_for_any_more_holds_nobody_up(start: Start) -> None:
    async with start() as backend:
        model = backend.model
        suspect = question("One?", max_tokens=3000)
        backend.pause()
        answer = model.generate(suspect)
        await backend.paused()
        os.kill(backend.process, signal.SIGKILL)
        assert isinstance(await spoken(answer), ModelDiedError)
        assert isinstance(await ask(model, "Are you back?"), str)

        backend.pause()
        running = model.generate(question("Two?", max_tokens=3000))
        await backend.paused()
        waiting = model.generate(suspect)
        behind = model.generate(question("fate:exit"))
        waiting.cancel()
        assert await read(waiting) == ""
        backend.resume()
        assert isinstance(await spoken(behind), ModelDiedError)
        assert isinstance(await spoken(running), ModelDiedError), "they were in the process together"


async def test_a_kill_costs_the_answers_under_way_and_nothing_else(start: Start) -> None:
    async with start() as backend:
        model = backend.model
        expected = await ask(model, "What is this?", picture("red"), max_tokens=20)
        for _ in range(2):  # each time it is answered afterwards: that clears it
            backend.pause()
            generation = model.generate(question("What is this?", picture("red"), max_tokens=20))
            await backend.paused()
            stopped = model.generate(question("And this?"))
            stopped.cancel()
            process = backend.process
            with capture_logs() as logs:
                os.kill(process, signal.SIGKILL)
                assert isinstance(await spoken(generation), ModelDiedError)
            assert [line["exit_code"] for line in logs if line["event"] == "model_process_died"] == [-signal.SIGKILL]
            assert await read(stopped) == ""
            assert stopped.usage.finish is Finish.CANCELLED
            assert model.problem() == "the model process is restarting"
            assert await ask(model, "What is this?", picture("red"), max_tokens=20) == expected
            assert model.problem() == ""
            assert backend.process != process


@pytest.mark.parametrize("fate", FATES)
async def test_it_is_replaced_whatever_becomes_of_it(start: Start, fate: str) -> None:
    async with start(step=0.5, silence=5.0) as backend:
        process = backend.process
        assert isinstance(await spoken(backend.model.generate(question(fate, picture("red")))), ModelDiedError)
        assert await ask(backend.model, "What is this?", picture("red"))
        assert gone(process)


async def test_when_memory_runs_out_it_goes_before_the_bot(start: Start) -> None:
    async with start() as backend:
        score = await asyncio.to_thread(Path(f"/proc/{backend.process}/oom_score_adj").read_text)
        assert int(score) > int(await asyncio.to_thread(Path("/proc/self/oom_score_adj").read_text))


async def test_deaths_are_reported_and_that_it_lives_again(start: Start) -> None:
    async with start(settled=0.5) as backend:

        async def steady() -> bool:
            return backend.reports[-1] == ("", 0)

        for fate in ("fate:exit", "fate:abort"):
            assert isinstance(await spoken(backend.model.generate(question(fate, picture("red")))), ModelDiedError)
        assert await ask(backend.model, "What is this?")
        await until(steady)
        assert backend.reports == [("it ended (exit code 0)", 1), ("it ended (exit code -6)", 2), ("", 0)]
    assert len(backend.reports) == 3, "an orderly end is no death"


async def test_signals_for_the_bot_are_not_for_the_model(start: Start) -> None:
    async with start() as backend:
        backend.pause()
        generation = backend.model.generate(question("What is this?", max_tokens=20))
        await backend.paused()
        process = backend.process
        os.kill(process, signal.SIGINT)
        os.kill(process, signal.SIGTERM)
        assert os.getpgid(process) != os.getpgid(0)
        backend.resume()
        assert await read(generation)
        assert generation.usage.answer_tokens == 20
        assert backend.process == process


async def test_what_happens_over_there_is_counted_here(start: Start) -> None:
    async with start() as backend:

        async def told() -> bool:
            return ("resident_chats", 3.0) in backend.levels

        async def gone_down() -> bool:
            return backend.levels[-1] == ("resident_chats", 0.0)

        await ask(backend.model, "What is this?", picture("red"), max_tokens=5)
        await until(told)
        os.kill(backend.process, signal.SIGKILL)
        await until(gone_down)
        assert await ask(backend.model, "Now?", max_tokens=3)
    assert {"encode", "prefill", "decode"} <= {kind for kind, _, _ in backend.steps}
    assert all(waited >= 0 and held >= 0 for _, waited, held in backend.steps)
    assert backend.events == ["encoded"] * 2


async def test_what_the_bot_keeps_secret_is_not_handed_on(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKSEE_TELEGRAM__TOKEN", "1234:abc")
    monkeypatch.setenv("SOMETHING_ELSE", "for the driver")
    async with start() as backend:
        environment = await asyncio.to_thread(Path(f"/proc/{backend.process}/environ").read_bytes)
    assert b"1234:abc" not in environment
    assert b"for the driver" in environment


async def test_what_is_held_of_a_chat_is_known_here(start: Start) -> None:
    async with start() as backend:
        model = backend.model
        await ask(model, "What is this?", picture("red"))
        held = model.cached("chat")
        assert model.cached("another") == 0
        beside = Prompt("another", (SYSTEM, ModelMessage("user", "And this?")), 3)
        await read(model.generate(beside))
        others = model.cached("another")
        assert model.cached("chat") == held > 0
        assert others > 0
        model.forget("another")
        assert model.cached("another") == 0
        await read(model.generate(beside))
        assert model.cached("another") == others
        model.forget("another")
        await ask(model, "And now?")
        assert model.cached("another") == 0
        process = backend.process
        os.kill(process, signal.SIGKILL)
        await until(lambda: has_gone(process))

        async def dropped() -> bool:
            return model.cached("chat") == 0

        await until(dropped)


async def test_closing_ends_a_process_that_does_not_answer(start: Start) -> None:
    async with start(close=0.5) as backend:
        backend.pause()
        running = backend.model.generate(question("What is this?", max_tokens=3000))
        await backend.paused()
        pieces = aiter(running)
        said = await anext(pieces)
        process = backend.process
        os.kill(process, signal.SIGSTOP)
        waiting = backend.model.generate(question("And this?"))
        await asyncio.gather(backend.model.close(), backend.model.close())
        assert gone(process)
        assert [piece async for piece in pieces] == []
        assert said
        assert await read(waiting) == ""
        assert running.usage.finish is waiting.usage.finish is Finish.CANCELLED
        with pytest.raises(ModelError):
            backend.model.measure("")


async def test_it_comes_back_when_its_file_does(start: Start, files: tuple[Path, Path], tmp_path: Path) -> None:
    async with start() as backend:
        model = backend.model
        known = model.measure("What is this?", [ImageRef("", 160, 96)])
        away = files[0].rename(tmp_path / "away.gguf")
        with capture_logs() as logs:
            os.kill(backend.process, signal.SIGKILL)
            generation = model.generate(question("What is this?"))

            async def tried_twice() -> bool:
                return sum("which does not exist" in str(line.get("caused_by")) for line in logs) > 1

            await until(tried_twice)
        pauses = [line["wait_for"] for line in logs if "wait_for" in line]
        assert pauses == sorted(set(pauses)), "they grow"
        assert [deaths for _, deaths in backend.reports] == list(range(1, len(backend.reports) + 1))
        assert all("which does not exist" in cause for cause, _ in backend.reports[1:])
        assert model.problem() == "the model process is restarting"
        assert model.measure("What is this?", [ImageRef("", 160, 96)]) == known
        estimate = model.measure("What is that?", [ImageRef("", 192, 96)])
        away.rename(files[0])
        answers = [generation] if isinstance(await spoken(generation), str) else []
        answers.append(model.generate(question("What is this?")))
        assert await read(answers[-1])
        assert known < model.measure("What is that?", [ImageRef("", 192, 96)]) < estimate


async def test_a_tokenizer_that_hangs_is_not_waited_for_twice(start: Start) -> None:
    async with start() as backend:
        model = backend.model
        known = model.measure("What is this?")
        assert model.measure("fate:deaf") >= len("fate:deaf")
        assert model.measure("What is this?") == known
        assert model.measure("What is that?") > known
        assert await ask(model, "What is this?")


HOSTILE = [
    "",
    "a",
    "<|im_end|>" * 50,
    "<think></think><tool_call>" * 20,
    "这个报错是什么意思?" * 20,
    "🧾🙂\u0000\ud800 \r\n\t",
    " " * 200,
]


async def test_an_estimate_is_never_too_small(start: Start) -> None:
    sizes = [(1, 1), (33, 17), (160, 96), (700, 300), (300, 2000)]
    async with start() as backend:
        model = backend.model
        empty = model.measure("")
        nobody = Measurer()
        with contextlib.closing(nobody):
            nobody.connect(_silent(), Basis(empty, model.measure("", [ImageRef("", 32, 32)]) - empty))
            nobody.disconnect()
            for text in HOSTILE:
                assert nobody.measure(text, []) >= model.measure(text)
            for width, height in sizes:
                seen = [ImageRef("", width, height)] * 2
                assert nobody.measure("a", seen) >= model.measure("a", seen)


def _silent() -> Connection:
    ours, theirs = Pipe()
    theirs.close()
    return ours


def isolated(folder: Path, model: Path, mmproj: Path, **others: object) -> Settings:
    section = ModelSettings(
        path=model, mmproj_path=mmproj, isolation="process", gpu_layers=0, threads=1, context=2048, temperature=0
    )
    return Settings.model_validate({"data_dir": folder, "model": section, **others})


async def test_the_configured_engine_answers_and_logs_as_the_bot_does(
    files: tuple[Path, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    metrics = Metrics()
    model = backends.build_model(isolated(tmp_path, *files, log_level="debug", log_json=True), metrics)
    assert isinstance(model, IsolatedModel)
    await model.load()
    try:
        assert model.info.name == "endless"
        assert await ask(model, "A word of a customer", picture("red"))
    finally:
        await model.close()
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert "native" in {line["event"] for line in lines}
    assert "customer" not in str(lines)
    assert b'looksee_gate_hold_seconds_count{step="encode"}' in metrics.exposition()[0]


async def test_a_model_that_cannot_be_loaded_says_so_as_it_does_in_the_bot(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    model = backends.build_model(isolated(tmp_path, files[1], files[1]), Metrics())
    assert isinstance(model, IsolatedModel)
    with pytest.raises(ModelFileError, match=r"LOOKSEE_MODEL__PATH .* is a vision part"):
        await model.load()
    with pytest.raises(ModelError):
        model.measure("")
    await model.close()


async def test_a_process_that_does_not_even_start_is_an_error(files: tuple[Path, Path]) -> None:
    backend = SteeredBackend(files, factory="tests.steered:NoSuchEngine")
    with pytest.raises(ModelError, match="ended while it started"):
        await backend.model.load()
    await backend.model.close()


def children() -> set[str]:
    return {pid for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()}


@pytest.mark.parametrize("seconds", [0, 0.002, 0.3])
async def test_a_start_that_is_given_up_leaves_no_process(files: tuple[Path, Path], seconds: float) -> None:
    before = children()
    backend = SteeredBackend(files)
    loading = asyncio.create_task(backend.open())
    await asyncio.sleep(seconds)  # into the different stages of a start, whichever they are
    loading.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await loading
    await backend.close()
    assert children() == before


BOT = textwrap.dedent("""
    import asyncio, sys
    from pathlib import Path
    from bot import logs
    from tests.models import question, read
    from tests.steered import SteeredBackend

    async def main():
        logs.configure("warning", json=False)
        backend = SteeredBackend((Path(sys.argv[1]), Path(sys.argv[2])))
        await backend.model.load()
        print(backend.process, flush=True)
        await read(backend.model.generate(question("fate:hang")))

    asyncio.run(main())
""")


async def test_it_ends_with_the_bot_even_in_the_middle_of_a_native_step(files: tuple[Path, Path]) -> None:
    command = [sys.executable, "-c", BOT, *map(str, files)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    bot = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
    try:
        assert bot.stdout is not None
        process = int(await bot.stdout.readline())
        assert not gone(process)
    finally:
        bot.kill()
        await bot.wait()
    await until(lambda: has_gone(process))


def test_what_makes_a_prompt_the_same() -> None:
    same = question("One?", picture("red"), max_tokens=3)
    assert fingerprint(same) == fingerprint(question("One?", picture("red"), max_tokens=9))
    others = [
        question("Two?", picture("red")),
        question("One?", picture("blue")),
        question("One?"),
        question("One?", picture("red"), history=[ModelMessage("user", "Hello")]),
        replace(same, chat="another"),
        question("One?\ud800"),
    ]
    assert len({fingerprint(prompt) for prompt in (same, *others)}) == len(others) + 1


def test_only_so_many_suspects_are_remembered() -> None:
    suspects = Suspects()
    suspects.strike([b"first"])
    for number in range(10_000):
        assert not suspects.strike([str(number).encode()])
    assert not suspects.suspected([b"first"])
    assert suspects.strike([b"9999"])
    assert suspects.condemned([b"9999"])
    suspects.ended([b"9999"], answered=True)
    assert not suspects.suspected([b"9999"])
