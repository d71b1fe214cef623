"""The small process above the service: what it starts again, and what it lets end."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.processes import gone, has_gone
from tests.waiting import until

ROOT = Path(__file__).parents[2]

SERVICE = """
import os, signal, sys, time
from bot import supervisor
supervisor.LIMITS = supervisor.Limits({limits})
supervisor._SLICE = 0.2
link = supervisor.supervise()
print("life", link.deaths, os.getpid(), os.getppid(), os.getpgid(0), link.died, flush=True)
heavy = [name for name in ("llama_cpp", "aiogram", "slack_sdk", "aiohttp", "numpy", "PIL") if name in sys.modules]
assert not heavy, heavy

def live():
    while True:
        link.alive()
        time.sleep(0.05)

"""


@dataclass
class Life:
    """What one process of the service said of itself."""

    deaths: int
    process: int
    supervisor: int
    group: int
    died: str


class Running:
    """A supervisor whose service does as `program` says."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lives: list[Life] = []
        self.lines: list[str] = []

    async def line(self, start: str) -> str:
        """Read on to a line that begins so."""
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            while raw := await self.process.stdout.readline():
                self.lines.append(raw.decode().rstrip("\n"))
                if self.lines[-1].startswith("life"):
                    _, *numbers, died = self.lines[-1].split(" ", 5)
                    deaths, process, parent, group = map(int, numbers)
                    self.lives.append(Life(deaths, process, parent, group, died))
                if self.lines[-1].startswith(start):
                    return self.lines[-1]
        raise AssertionError("\n".join(self.lines))

    async def life(self) -> Life:
        """The next life of the service."""
        await self.line("life")
        return self.lives[-1]

    async def end(self) -> int:
        """Wait for the end; returns the exit code."""
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            while raw := await self.process.stdout.readline():
                self.lines.append(raw.decode().rstrip("\n"))
            return await self.process.wait()


@asynccontextmanager
async def supervised(program: str, limits: str = "pause=0.05, longest_pause=0.1") -> AsyncIterator[Running]:
    code = SERVICE.format(limits=limits) + textwrap.dedent(program)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield Running(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("link.bye()", 0),
        ("link.bye(); sys.exit(3)", 3),
        ("link.bye(); os._exit(130)", 130),
        ("link.bye(); os.kill(os.getpid(), signal.SIGSEGV)", -signal.SIGSEGV),
    ],
)
async def test_an_end_that_was_announced_is_its_own(end: str, code: int) -> None:
    async with supervised(end) as running:
        assert await running.end() == code
        assert len([line for line in running.lines if line.startswith("life")]) == 1


async def test_whatever_it_dies_of_it_is_started_again() -> None:
    program = """
    link.ready()
    deaths = [
        os.abort,
        lambda: os._exit(0),
        lambda: os.kill(os.getpid(), signal.SIGKILL),
        lambda: (link.hung(), os._exit(70)),
        link.bye,
    ]
    deaths[link.deaths]()
    """
    async with supervised(program) as running:
        lives = [await running.life() for _ in range(5)]
        assert await running.end() == 0
    assert [life.died for life in lives] == [
        "",
        "it was ended by SIGABRT",
        "it ended by itself, with exit code 0",
        "it was ended by SIGKILL",
        "a native step did not return",
    ]
    assert [life.deaths for life in lives] == [0, 1, 2, 3, 4]
    assert len({life.process for life in lives}) == 5
    assert {life.supervisor for life in lives} == {running.process.pid}
    assert all(life.group == life.process for life in lives), "a terminal's Ctrl-C is for the supervisor"
    told = [line for line in running.lines if "service_died" in line]
    assert len(told) == 4
    pauses = [float(found[1]) for line in told if (found := re.search(r"restart_in_seconds=([\d.]+)", line))]
    assert pauses == [0.05, 0.1, 0.1, 0.1], "they grow, up to a limit"


async def test_a_service_that_falls_silent_is_killed_and_started_again() -> None:
    program = """
    if link.deaths == 0:
        link.alive()
        os.kill(os.getpid(), signal.SIGSTOP)
    if link.deaths == 1:
        time.sleep(3600)  # not one sign of life
    link.bye()
    """
    async with supervised(program, "silence=1, start=2, pause=0.05") as running:
        lives = [await running.life() for _ in range(3)]
        assert await running.end() == 0
    assert lives[1].died == "it gave no sign of life for 1 s"
    assert lives[2].died == "it gave no sign of life for 2 s"
    assert gone(lives[0].process)
    assert gone(lives[1].process)


async def test_while_everything_stands_still_nobody_is_silent() -> None:
    async with supervised("live()", "silence=4, start=4") as running:
        life = await running.life()
        for process in (life.process, life.supervisor):
            os.kill(process, signal.SIGSTOP)
            await asyncio.sleep(0.3)  # the supervisor reads what it has been told
        await asyncio.sleep(5)  # the lid of a laptop is shut for longer than a service may be silent
        os.kill(life.supervisor, signal.SIGCONT)
        await asyncio.sleep(0.6)  # time for a look, before the service can say a word
        os.kill(life.process, signal.SIGCONT)
        await asyncio.sleep(0.6)
        assert not gone(life.process)
        running.process.terminate()
        assert await running.end() == -signal.SIGTERM
        assert len(running.lives) == 1


async def test_a_service_that_never_runs_is_given_up() -> None:
    async with supervised("os.abort()", "pause=0.02, starts=3") as running:
        assert await running.end() == -signal.SIGABRT
        assert len([line for line in running.lines if line.startswith("life")]) == 3
        assert any("service_given_up" in line for line in running.lines)


async def test_a_service_that_has_run_once_is_never_given_up() -> None:
    program = """
    if link.deaths == 0:
        link.ready()
    link.bye() if link.deaths == 5 else os.abort()
    """
    async with supervised(program, "pause=0.02, longest_pause=0.02, starts=2") as running:
        assert await running.end() == 0


async def test_signals_are_passed_on() -> None:
    program = """
    heard = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: (heard.append(number), print("heard", number, flush=True)))
    print("listening", flush=True)
    while len(heard) < 2:
        time.sleep(0.05)
    link.bye()
    sys.exit(7)
    """
    async with supervised(program) as running:
        await running.line("listening")
        running.process.send_signal(signal.SIGINT)
        await running.line("heard 2")
        running.process.send_signal(signal.SIGTERM)
        assert await running.end() == 7


async def test_a_service_that_is_told_to_stop_before_it_listens_stays_stopped() -> None:
    async with supervised("live()") as running:
        await running.life()
        running.process.terminate()
        assert await running.end() == -signal.SIGTERM
        assert len(running.lives) == 1
        assert gone(running.lives[0].process)


async def test_a_stop_between_two_lives_is_heeded_at_once() -> None:
    async with supervised("os.abort()", "pause=3600") as running:
        await running.life()
        while "service_died" not in await running.line(""):
            pass
        running.process.terminate()
        assert await running.end() == -signal.SIGTERM


@pytest.mark.parametrize("state", [signal.SIGCONT, signal.SIGSTOP])
async def test_a_killed_supervisor_leaves_no_service_behind(state: signal.Signals) -> None:
    async with supervised("live()") as running:
        life = await running.life()
        os.kill(life.process, state)
        assert not gone(life.process)
        running.process.kill()
        await until(lambda: has_gone(life.process))
