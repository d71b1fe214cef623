"""The work of the service around the model: intake, desk, store and delivery."""

from __future__ import annotations

import asyncio
import json
import resource
import sqlite3
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

from bot import assembly, configured, wiring
from bot.errors import PictureUnavailableError
from bot.messages import Attachment, ChatKey, ImageRef, Inbound, Outgoing, Reply, Sender, Usage
from bot.metrics import Metrics
from bot.ports import Generation, Heard, Intake, ModelInfo, Opening, Preview, Prompt
from bot.sections import UNLIMITED, ChatSettings
from bot.settings import Settings

PLATFORM = "bench"
QUESTION = "My payment was declined, what does error E-4127 mean?"
ANSWER = "The screenshot shows error **E-4127**: the card was declined by the bank. Please try another card."
WARM_UP = 1_000
COMMITS = 4  # accept, commit, sending, sent


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """What `looksee bench service` measured. Times are in milliseconds a message.

    `latency_*`: from handing a message in to its answer being handed to the platform, one message at a time.
    `whole_ms`: the whole run's time divided by its messages. `disk_ms`: as many durable commits by bare sqlite3.
    """

    messages: int
    chats: int
    latency_median_ms: float
    latency_p99_ms: float
    whole_ms: float
    disk_ms: float
    ratio: float
    memory_growth_mb: float

    def show(self, *, as_json: bool) -> str:
        """Lay the figures out for people, or for programs."""
        if as_json:
            return json.dumps(asdict(self))
        latency = f"median {self.latency_median_ms:.2f} ms, p99 {self.latency_p99_ms:.2f} ms"
        counted = self.messages - WARM_UP
        return "\n".join(
            [
                f"{self.messages} messages in {self.chats} chats, synchronous=FULL, a model that answers at once",
                f"  message in, answer at the platform   {latency}",
                f"  all work a message                   {self.whole_ms:.2f} ms",
                f"  {COMMITS} durable commits by bare sqlite3    {self.disk_ms:.2f} ms; ours / bare = {self.ratio:.2f}",
                f"  growth of peak memory                {self.memory_growth_mb:.1f} MB over {counted} messages",
            ]
        )


async def measure(folder: Path, *, messages: int, chats: int) -> ServiceFigures:
    """Send `messages` questions, in turn from `chats` chats, through the real rooms and a database file in `folder`."""
    messages = max(messages, WARM_UP + 100)
    platform = _Platform()
    store = wiring.open_store(folder / wiring.DATABASE)
    await store.open()
    settings = Settings(_env_file=None, chat=ChatSettings(burst_seconds=0, album_seconds=0), limits=UNLIMITED)
    prompts = await asyncio.to_thread(configured.load_prompts, settings)
    core = assembly.assemble(settings, store, _InstantModel(), {PLATFORM: platform}, Metrics(), prompts)
    await core.resume()
    latencies, memory, began = [], 0, 0.0
    for number in range(messages):
        if number == WARM_UP:
            memory, began = _peak_memory(), time.perf_counter()
        handed_in = time.perf_counter()
        await core.intake.receive(_question(number, chats))
        await platform.sent.wait()
        latencies.append((time.perf_counter() - handed_in) * 1000)
        platform.sent.clear()
    await core.delivery.drain()
    whole = (time.perf_counter() - began) * 1000 / (messages - WARM_UP)
    growth = (_peak_memory() - memory) / 1e6
    await core.close()
    await store.close()
    disk = await asyncio.to_thread(_bare_commits, folder / "bare.db", messages - WARM_UP)
    counted = latencies[WARM_UP:]
    return ServiceFigures(
        messages=messages,
        chats=chats,
        latency_median_ms=statistics.median(counted),
        latency_p99_ms=statistics.quantiles(counted, n=100)[98],
        whole_ms=whole,
        disk_ms=disk,
        ratio=whole / disk,
        memory_growth_mb=growth,
    )


def _question(number: int, chats: int) -> Inbound:
    chat = ChatKey(PLATFORM, "", str(number % chats))
    message = f"message {number}"
    return Inbound(message, chat, Sender(f"bench:{number % chats}"), text=QUESTION, message_id=message, settled=True)


def _bare_commits(path: Path, messages: int) -> float:
    """Milliseconds a message that its commits alone take, with rows of the same size."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)")
    began = time.perf_counter()
    for _ in range(messages * COMMITS):
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO rows (text) VALUES (?)", (QUESTION + ANSWER,))
        database.execute("COMMIT")
    spent = time.perf_counter() - began
    database.close()
    return spent * 1000 / messages


def _peak_memory() -> int:
    """Bytes of resident memory at the peak so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class _Answer:
    usage = Usage(answer_tokens=1, decode_ms=1.0)  # as every answer it is charged to somebody

    def cancel(self) -> None:
        """Nothing to cancel: it is there at once."""

    async def __aiter__(self) -> AsyncIterator[str]:
        yield ANSWER


class _InstantModel:
    info = ModelInfo("instant", 16_384)

    async def load(self) -> None:
        pass

    def measure(self, text: str, images: Sequence[ImageRef] = ()) -> int:
        return len(text) // 3 + 8

    def generate(self, prompt: Prompt) -> Generation:
        return _Answer()

    def cached(self, chat: str) -> int:
        return 0

    def forget(self, chat: str) -> None:
        pass

    def problem(self) -> str:
        return ""

    async def close(self) -> None:
        pass


class _Silent:
    def remark(self, text: str) -> None:
        pass

    def show(self, text: str) -> None:
        pass

    async def close(self, *, keep: bool) -> str:
        return ""


class _Platform:
    platform = PLATFORM
    desk = None

    def __init__(self) -> None:
        self.sent = asyncio.Event()

    async def start(self, intake: Intake) -> None:
        pass

    async def stop(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def fetch(self, chat: ChatKey, attachment: Attachment, limit: int) -> bytes:
        raise PictureUnavailableError

    def heard(self, chat: ChatKey) -> Heard:
        return Heard.ALL

    def render(self, reply: Reply) -> tuple[str, ...]:
        return (reply.text,)

    def removal(self) -> str:
        return ""

    def opening(self, title: str, card: Reply) -> Opening:
        return Opening(card.text)

    def turn(self, item: Outgoing) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def send(self, item: Outgoing) -> str:
        self.sent.set()
        return str(item.id)

    async def find(self, item: Outgoing) -> str | None:
        return None

    async def tell(self, person: str, text: str) -> None:
        pass

    def preview(self, inbound: Inbound) -> Preview:
        return _Silent()

    def forget(self, chat: ChatKey) -> None:
        pass

    def problem(self) -> str:
        return ""
