"""What ends a process whose native step does not return; that it is started again, test_native_death.py shows."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest

from bot import watchdog
from bot.inference.engine import THREAD
from bot.inference.gate import Gate
from bot.supervisor import Link
from bot.watchdog import STATUS, Watchdog, stuck


class _ExitError(Exception):
    pass


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(status: int) -> NoReturn:
        raise _ExitError(status)

    monkeypatch.setattr(watchdog, "PULSE", 0.01)
    monkeypatch.setattr("bot.watchdog.os._exit", leave)


@contextmanager
def held(gate: Gate, name: str = "") -> Iterator[None]:
    """A step that does not return for as long as this lasts."""
    inside, over = threading.Event(), threading.Event()

    def hold() -> None:
        with gate.step("encode"):
            inside.set()
            over.wait()

    thread = threading.Thread(target=hold, name=name)
    thread.start()
    inside.wait()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.usefixtures("quick")
async def test_it_gives_signs_of_life_and_ends_the_process_when_a_step_hangs() -> None:
    gate, (ours, theirs) = Gate(), socket.socketpair()
    done: list[str] = []

    async def let_go() -> None:
        done.append("sends are over")
        raise ZeroDivisionError  # which must not save it

    dog = Watchdog(gate, Link(theirs, "", 0), limit=0.2, let_go=let_go)
    with ours, theirs:
        watching = asyncio.create_task(dog.run())
        await asyncio.sleep(0.3)
        assert set(ours.recv(4096)) == {ord(".")}
        with gate.step("decode"):  # short
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.05)
        assert not watching.done()
        with held(gate):
            async with asyncio.timeout(20):
                with pytest.raises(_ExitError) as end:
                    await watching
        assert end.value.args == (STATUS,)
        assert done == ["sends are over"]
        assert ours.recv(4096).endswith(b"h")


@pytest.mark.usefixtures("quick")
async def test_it_needs_no_supervisor_and_no_supervisor_that_still_listens() -> None:
    gate, (ours, theirs) = Gate(), socket.socketpair()
    ours.close()

    async def let_go() -> None:
        pass

    with theirs, held(gate):
        for link in (None, Link(theirs, "", 0)):
            with pytest.raises(_ExitError):
                await asyncio.wait_for(Watchdog(gate, link, limit=0.05, let_go=let_go).run(), 20)


def test_who_is_stuck_is_known() -> None:
    assert not stuck()
    with held(Gate(), THREAD):
        assert stuck()
    assert not stuck()
