"""Plain implementations of the ports whose behaviour a test decides: a model that says what it is told, and a platform
that is a list."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from bot.errors import DeliveryError, PictureUnavailableError
from bot.messages import Attachment, ChatKey, Finish, ImageRef, Inbound, Outgoing, Reply, Usage
from bot.ports import Generation, Heard, Intake, ModelInfo, Opening, Preview, Prompt, VisionModel


class ScriptedGeneration:
    """Says `pieces`, each after the model's gate is open."""

    def __init__(self, model: ScriptedModel, prompt: Prompt, pieces: Iterable[str]) -> None:
        self._model = model
        self._pieces = pieces
        self._cancelled = asyncio.Event()
        self._usage = Usage(prompt_tokens=sum(model.measure(m.text) for m in prompt.messages))

    async def __aiter__(self) -> AsyncIterator[str]:
        said = 0
        for piece in self._pieces:
            await self._wait()
            if self._cancelled.is_set():
                break
            if self._model.failure is not None:
                raise self._model.failure
            said += 1
            yield piece
        finish = Finish.CANCELLED if self._cancelled.is_set() else Finish.STOP
        self._usage = replace(self._usage, answer_tokens=said, decode_ms=said * self._model.token_ms, finish=finish)

    async def _wait(self) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (self._model.gate, self._cancelled)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def cancel(self) -> None:
        self._cancelled.set()

    @property
    def usage(self) -> Usage:
        return self._usage


class Around:
    """A model that is another one, but for what a test changes of it."""

    def __init__(self, model: VisionModel) -> None:
        self._model = model

    @property
    def info(self) -> ModelInfo:
        return self._model.info

    def measure(self, text: str, images: Sequence[ImageRef] = ()) -> int:
        return self._model.measure(text, images)

    def generate(self, prompt: Prompt) -> Generation:
        return self._model.generate(prompt)

    def cached(self, chat: str) -> int:
        return self._model.cached(chat)

    def forget(self, chat: str) -> None:
        self._model.forget(chat)

    def problem(self) -> str:
        return self._model.problem()

    async def load(self) -> None:
        await self._model.load()

    async def close(self) -> None:
        await self._model.close()


class ScriptedModel:
    """Answers with what `script` returns; while `gate` is cleared it says nothing."""

    def __init__(
        self, script: Callable[[Prompt], Iterable[str]] = lambda prompt: ("fine",), context: int = 8192
    ) -> None:
        self.script = script
        self.prompts: list[Prompt] = []
        self.forgotten: list[str] = []
        self.asked = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None
        self.token_ms = 0.0
        self.info = ModelInfo("scripted", context)

    async def load(self) -> None:
        pass

    def measure(self, text: str, images: Sequence[ImageRef] = ()) -> int:
        return len(text) + sum(i.width * i.height // 1024 for i in images)

    def generate(self, prompt: Prompt) -> Generation:
        self.prompts.append(prompt)
        self.asked.set()
        return ScriptedGeneration(self, prompt, self.script(prompt))

    def cached(self, chat: str) -> int:
        return 0

    def forget(self, chat: str) -> None:
        self.forgotten.append(chat)

    def problem(self) -> str:
        return ""

    async def close(self) -> None:
        pass


class ListPreview:
    """Remembers what was shown; `slot` is what it says holds the text."""

    def __init__(self, slot: str = "") -> None:
        self.slot = slot
        self.remarks: list[str] = []
        self.shown: list[str] = []
        self.closed: bool | None = None

    def remark(self, text: str) -> None:
        self.remarks.append(text)

    def show(self, text: str) -> None:
        self.shown.append(text)

    async def close(self, *, keep: bool) -> str:
        self.closed = keep
        return self.slot if keep else ""


class ListAdapter:
    """A platform whose chats are lists. `faults` are raised by the next sends, `tell_faults` by the next notices to
    people, one each (None: no fault). While `room` is cleared it takes nothing."""

    def __init__(self, platform: str = "list") -> None:
        self.platform = platform
        self.sent: list[Outgoing] = []
        self.attempts: list[Outgoing] = []
        self.faults: list[DeliveryError | None] = []
        self.found: dict[int, str | DeliveryError | None] = {}
        self.told: list[tuple[str, str]] = []
        self.tell_faults: list[Exception | None] = []
        self.files: dict[str, bytes] = {}
        self.previews: list[ListPreview] = []
        self.slot = ""
        self.parts = 1
        self.trouble = ""
        self.forgotten: list[ChatKey] = []
        self.desk: ChatKey | None = None
        self.hears = Heard.ALL
        self.rendered: list[Reply] = []
        self.room = asyncio.Event()
        self.room.set()
        self._arrived = asyncio.Condition()

    async def start(self, intake: Intake) -> None:
        pass

    async def stop(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def fetch(self, chat: ChatKey, attachment: Attachment, limit: int) -> bytes:
        if attachment.ref not in self.files:
            raise PictureUnavailableError
        return self.files[attachment.ref]

    def heard(self, chat: ChatKey) -> Heard:
        return self.hears

    def render(self, reply: Reply) -> tuple[str, ...]:
        self.rendered.append(reply)
        return tuple(reply.text if self.parts == 1 else f"{n}:{reply.text}" for n in range(self.parts))

    def removal(self) -> str:
        return "(removed)"

    def opening(self, title: str, card: Reply) -> Opening:
        return Opening(f"{title}\n{card.text}")

    @asynccontextmanager
    async def turn(self, item: Outgoing) -> AsyncIterator[None]:
        await self.room.wait()
        yield

    async def send(self, item: Outgoing) -> str:
        async with self._arrived:
            self.attempts.append(item)
            self._arrived.notify_all()
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        async with self._arrived:
            self.sent.append(item)
            self._arrived.notify_all()
        return item.slot or f"m{item.id}"

    async def find(self, item: Outgoing) -> str | None:
        found = self.found.get(item.id)
        if isinstance(found, DeliveryError):
            raise found
        return found

    async def tell(self, person: str, text: str) -> None:
        async with self._arrived:
            fault = self.tell_faults.pop(0) if self.tell_faults else None
            if fault is None:
                self.told.append((person, text))
            self._arrived.notify_all()
        if fault is not None:
            raise fault

    def preview(self, inbound: Inbound) -> Preview:
        self.previews.append(ListPreview(self.slot))
        return self.previews[-1]

    def forget(self, chat: ChatKey) -> None:
        self.forgotten.append(chat)

    def problem(self) -> str:
        return self.trouble

    def texts(self, chat: ChatKey) -> list[str]:
        return [item.payload for item in self.sent if item.chat == chat]

    async def wait_for(self, chat: ChatKey, count: int) -> list[str]:
        async with asyncio.timeout(20), self._arrived:
            await self._arrived.wait_for(lambda: len(self.texts(chat)) >= count)
        return self.texts(chat)

    async def wait_for_attempts(self, count: int) -> None:
        async with asyncio.timeout(20), self._arrived:
            await self._arrived.wait_for(lambda: len(self.attempts) >= count)
