"""The processes that decode pictures: what they give, and what it costs when one of them dies."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image as Pillow

from bot.collect import Collector
from bot.decoding import process as process_module
from bot.decoding.frames import task
from bot.decoding.pool import PROCESSES, Decoders
from bot.decoding.process import Process
from bot.errors import (
    PictureBrokenError,
    PictureDimensionsError,
    PictureError,
    PictureTooLargeError,
    PictureUnsupportedError,
)
from bot.images import Limits, prepare
from bot.intake import Question
from bot.messages import Attachment, ChatKey, Image, Inbound, Sender
from bot.metrics import Metrics
from bot.sections import WebSettings
from bot.settings import Settings
from bot.texts import PICTURE_BROKEN
from bot.wiring import Looksee, open_store
from tests.doubles import ScriptedModel
from tests.test_images.hostile import chunk, originals, png, slow_jpeg
from tests.test_images.liar import LIES
from tests.test_images.samples import DEFAULTS, noise, quarters, save, screenshot
from tests.waiting import until

GOOD = save(quarters(), "PNG")


class Pool:
    """Running decoders, and why any were lost."""

    def __init__(self, **options: Any) -> None:
        self.lost: list[str] = []
        self.decoders = Decoders(lost=self.lost.append, **options)

    @property
    def processes(self) -> set[Process]:
        return set(self.decoders._all)

    @property
    def pids(self) -> set[int]:
        return {process.pid for process in self.processes}

    async def prepare(self, data: bytes = GOOD, name: str = "a.png", limits: Limits = DEFAULTS) -> Image:
        return await self.decoders.prepare(data, name=name, limits=limits)

    async def busy(self) -> bool:
        return any(process.served for process in self.processes)


@asynccontextmanager
async def running(**options: Any) -> AsyncIterator[Pool]:
    pool = Pool(**options)
    await pool.decoders.start()
    try:
        yield pool
    finally:
        await pool.decoders.close()
        assert pool.pids == set()


@pytest.fixture(scope="module")
def slow() -> bytes:
    """A picture that takes half a minute."""
    return slow_jpeg((6000, 5000), 2000)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()


async def test_it_is_what_a_thread_would_have_made_of_it() -> None:
    files = {**originals(), "screenshot": save(screenshot(), "PNG"), "huge": save(Pillow.new("L", (4000, 4000)), "PNG")}
    async with running() as pool:
        for name, data in files.items():
            assert await pool.prepare(data, name) == prepare(data, name=name, limits=DEFAULTS), name
    assert pool.lost == []


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        pytest.param(b"x" * 1001, PictureTooLargeError, id="too large"),
        pytest.param(b"%PDF-1.7", PictureUnsupportedError, id="PDF"),
        pytest.param(b"", PictureBrokenError, id="empty"),
        pytest.param(save(noise((64, 64)), "GIF")[:500], PictureBrokenError, id="cut"),
        pytest.param(png(44, 52_800, chunk(b"IDAT", b"")), PictureDimensionsError, id="long"),
    ],
)
async def test_so_are_refusals(data: bytes, kind: type[PictureError]) -> None:
    limits = Limits(1000, 768, 2048)
    async with running(processes=1) as pool:
        with pytest.raises(kind) as caught:
            await pool.prepare(data, "bad.png", limits)
    with pytest.raises(kind) as here:
        prepare(data, name="bad.png", limits=limits)
    assert type(caught.value) is type(here.value) is kind
    assert vars(caught.value) == vars(here.value)
    assert pool.lost == []


async def test_the_processes_run_before_the_first_picture_comes() -> None:
    async with running(processes=2) as pool:
        before = pool.pids
        await asyncio.gather(*(pool.prepare() for _ in range(6)))
        assert len(before) == 2
        assert pool.pids == before


async def test_one_that_is_killed_costs_its_own_picture_alone(slow: bytes) -> None:
    async with running(processes=1) as pool:
        struck = asyncio.create_task(pool.prepare(slow, "slow.jpg"))
        waiting = asyncio.create_task(pool.prepare())
        await until(pool.busy)
        [pid] = pool.pids
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(PictureBrokenError, match="death") as caught:
            await struck
        assert not isinstance(caught.value, PictureDimensionsError)
        assert caught.value.name == "slow.jpg"
        assert (await waiting).ref.width == 320
        assert pool.pids.isdisjoint({pid})
    assert pool.lost == ["death"]


async def test_one_that_is_killed_while_it_has_nothing_to_do_costs_nobody_anything() -> None:
    async with running(processes=2) as pool:
        before = pool.processes
        for process in before:
            os.kill(process.pid, signal.SIGKILL)
            await asyncio.to_thread(process._process.wait)
        assert [(await pool.prepare()).ref.width for _ in range(3)] == [320] * 3
        assert pool.pids.isdisjoint(process.pid for process in before)
    assert pool.lost == ["death", "death"]


async def test_one_that_is_stopped_is_killed_when_its_time_is_over() -> None:
    async with running(processes=1, seconds=1.0) as pool:
        [pid] = pool.pids
        os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        with pytest.raises(PictureBrokenError, match="time"):
            await pool.prepare(GOOD + bytes(2_000_000))  # more than the socket holds
        assert 1.0 <= time.monotonic() - began < 5.0
        assert not alive(pid)
        assert (await pool.prepare()).ref.width == 320
    assert pool.lost == ["time"]


async def test_a_picture_that_takes_too_long_takes_no_other_with_it(slow: bytes) -> None:
    async with running(processes=2, seconds=1.0) as pool:
        began = time.monotonic()
        bad, *good = await asyncio.gather(
            pool.prepare(slow), *(pool.prepare() for _ in range(20)), return_exceptions=True
        )
        assert isinstance(bad, PictureBrokenError)
        assert all(isinstance(image, Image) for image in good)
        assert time.monotonic() - began < 5.0
    assert pool.lost == ["time"]


async def test_out_of_memory_is_a_picture_too_large_and_the_process_goes_on() -> None:
    async with running(processes=1, memory=128 << 20) as pool:
        before = pool.pids
        with pytest.raises(PictureDimensionsError, match="memory"):
            await pool.prepare(save(Pillow.new("RGBA", (7000, 7000)), "PNG", compress_level=1))
        assert (await pool.prepare()).ref.width == 320
        assert pool.pids == before
    assert pool.lost == []


async def test_one_that_dies_of_too_little_memory_is_replaced() -> None:
    """It has taken more than this before it reads the file."""
    async with running(processes=1, memory=1 << 20) as pool:
        before = pool.pids
        with pytest.raises(PictureBrokenError, match="death"):
            await pool.prepare(save(noise((2000, 2000)), "PNG"))
        assert len(pool.pids) == 1
        assert pool.pids.isdisjoint(before)
    assert pool.lost == ["death"]


async def test_the_system_ends_one_that_nobody_waits_for(slow: bytes) -> None:
    """By its processor time: the alarm would come later."""

    def abandoned() -> int | None:
        process = Process(memory=256 << 20, seconds=0.5)
        try:
            process.wait_ready()
            process._give(task(slow, "JPEG", DEFAULTS).pack() + slow, time.monotonic() + 5)
            return process._process.wait(20)
        finally:
            process.close()

    assert await asyncio.to_thread(abandoned) == -signal.SIGXCPU


def test_nothing_is_left_of_a_bot_that_is_killed() -> None:
    """Neither of the process with nothing to do nor of the one in the middle of a picture."""
    bot = subprocess.Popen([sys.executable, "-m", "tests.test_images.orphan"], stdout=subprocess.PIPE, text=True)
    try:
        assert bot.stdout is not None
        pids = [int(pid) for pid in bot.stdout.readline().split()]
        assert len(pids) == 2
        assert all(alive(pid) for pid in pids)
    finally:
        bot.kill()
        bot.communicate()
    over = time.monotonic() + 20
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < over
        time.sleep(0.05)


async def test_an_old_one_is_replaced_without_anybody_noticing() -> None:
    async with running(processes=1, life=3) as pool:
        seen = []
        for _ in range(7):
            seen.append(next(iter(pool.pids)))
            await pool.prepare()
    assert [len(set(seen[:3])), len(set(seen[3:6])), len(set(seen))] == [1, 1, 3]
    assert pool.lost == []


@pytest.mark.parametrize("lie", LIES)
async def test_no_lie_of_a_process_is_believed(lie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "_MODULE", "tests.test_images.liar")
    async with running(processes=1, memory=list(LIES).index(lie), seconds=5.0) as pool:
        with pytest.raises(PictureBrokenError, match=r"its decoder was lost: (protocol|death)"):
            await pool.prepare()
        monkeypatch.undo()
    assert len(pool.lost) == 1


async def test_closing_waits_for_no_picture(slow: bytes) -> None:
    pool = Pool(processes=1)
    await pool.decoders.start()
    tasks = [asyncio.create_task(pool.prepare(slow)) for _ in range(3)]
    await until(pool.busy)
    began = time.monotonic()
    await pool.decoders.close()
    await pool.decoders.close()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert time.monotonic() - began < 3.0
    assert all(isinstance(result, PictureBrokenError | RuntimeError) for result in results)
    assert pool.pids == set()
    assert pool.lost == []


def test_it_knows_nothing_of_the_bots_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKSEE_TELEGRAM__TOKEN", "123:secret")
    monkeypatch.setenv("OTHER_KEY", "secret too")
    process = Process(memory=256 << 20, seconds=5)
    try:
        process.wait_ready()
        assert b"secret" not in Path(f"/proc/{process.pid}/environ").read_bytes()
        # Its end of the socket pair, nothing, the log, and nothing that the bot has open.
        assert {int(fd.name) for fd in Path(f"/proc/{process.pid}/fd").iterdir()} == {0, 1, 2}
    finally:
        process.close()


def test_it_imports_what_it_needs_and_no_more() -> None:
    code = "import sys, bot.decoding.worker as w; print(*{name.partition('.')[0] for name in sys.modules})"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    others = {"llama_cpp", "numpy", "gguf", "pydantic", "structlog", "aiohttp", "asyncio"}
    assert not others & set(said.split())


async def test_the_customer_is_asked_for_the_picture_again(slow: bytes) -> None:
    """All the way: the picture's process dies, the customer hears of it, the next picture is fine."""
    metrics, store = Metrics(), open_store(":memory:")
    decoders = Decoders(lost=metrics.decoder_lost, processes=1, seconds=0.5)
    await store.open()
    await decoders.start()
    try:
        collector = Collector(store, {}, metrics, limits=DEFAULTS, per_question=4, decode=decoders.prepare)
        chat, sender = ChatKey("web", "", "1"), Sender("web:1")
        attachments = (Attachment(name="slow.jpg", data=slow), Attachment(name="good.png", data=GOOD))
        first = Inbound("1", chat, sender, text="What is this?", attachments=attachments)
        question = Question(chat, first, sender, first.text, attachments, (), "", (), ())
        collected = await collector.collect(question, "en")
    finally:
        await decoders.close()
        await store.close()
    assert collected.complaints == (PICTURE_BROKEN.say("en", name="“slow.jpg”"),)
    assert [image.ref.width for image in collected.images] == [320]
    assert b'looksee_decoders_lost_total{why="time"} 1.0' in metrics.exposition()[0]


async def test_the_service_decodes_there(tmp_path: Path) -> None:
    """Both of its processes are killed while nobody asks anything: that is noticed with the next picture."""
    service = Looksee(Settings(_env_file=None, data_dir=tmp_path, web=WebSettings(port=0)), model=ScriptedModel())
    await service.start()
    try:
        pids = _workers()
        assert len(pids) == PROCESSES
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            await asyncio.to_thread(os.waitid, os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        async with aiohttp.ClientSession(service.url) as http:
            body = {"data": [base64.b64encode(GOOD).decode(), "What is this?"]}
            async with http.post("/api/predict/", json=body) as answer:
                said = (await answer.json())["data"][0]
            assert PICTURE_BROKEN.en[-20:] not in said
            async with http.get("/metrics") as metrics:
                assert 'looksee_decoders_lost_total{why="death"} 2.0' in await metrics.text()
        assert len(_workers()) == 1
    finally:
        await service.stop()
    assert _workers() == []


def _workers() -> list[int]:
    """Our decoders that live, or have died and were not noticed."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            if f"\nPPid:\t{os.getpid()}\n" in status.read_text() and b"bot.decoding.worker" in (
                status.with_name("cmdline").read_bytes()
            ):
                found.append(int(status.parent.name))
    return found
