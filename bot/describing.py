"""Says what is on pictures before they leave the prompts: "checkout page, error E-4127".

Nobody waits for that, so it waits for everybody: one picture at a time, while no question is being answered.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence

import structlog

from bot.errors import StoreError
from bot.messages import ChatKey, Finish, Image, Language, Picture
from bot.ports import Generation, ModelMessage, Prompt, VisionModel
from bot.stores import ConversationStore
from bot.tasks import spawn
from prompts.loader import SystemPrompts

log = structlog.get_logger(__name__)

MAX_TOKENS = 48
MAX_CHARACTERS = 100
MOST_DUE = 256
"""So many pictures wait to be described. Of those beyond that, the model later knows the numbers only."""
LOOK_SECONDS = 0.25
"""How often it is seen whether questions are being answered."""
PATIENCE_SECONDS = 60.0
"""Where there is always somebody to be answered, one picture is described in this time all the same."""


class Describer:
    """Describes pictures in the background. `busy` tells whether any question is being answered, `mask` leaves out of a
    description what is not to be kept."""

    def __init__(
        self,
        store: ConversationStore,
        model: VisionModel,
        prompts: SystemPrompts,
        *,
        busy: Callable[[], bool],
        mask: Callable[[str], str] = str,
        look_seconds: float = LOOK_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._store = store
        self._model = model
        self._prompts = prompts
        self._busy = busy
        self._mask = mask
        self._look_seconds = look_seconds
        self._patience_seconds = patience_seconds
        self._due: dict[tuple[ChatKey, Picture], Language] = {}
        self._worker: asyncio.Task[None] | None = None
        self._closed = False

    def put(self, chat: ChatKey, pictures: Sequence[tuple[Picture, Language]]) -> None:
        """Have pictures of a chat described, each in a language."""
        for picture, language in pictures:
            if len(self._due) < MOST_DUE:
                self._due.setdefault((chat, picture), language)
        if self._worker is None and not self._closed:
            self._worker = spawn(self._work(), "descriptions")

    async def close(self) -> None:
        """Describe nothing more. Idempotent."""
        self._closed = True
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.wait([self._worker])

    async def _work(self) -> None:
        try:
            while self._due:
                forced = not await self._quiet()
                chat, picture = next(iter(self._due))
                try:
                    done = await self._deal(chat, picture, self._due[chat, picture], forced=forced)
                except StoreError as error:
                    log.warning("picture_not_described", reason=str(error))
                    done = True
                if done:
                    del self._due[chat, picture]
        finally:
            self._worker = None

    async def _quiet(self) -> bool:
        """Wait until no question is being answered. False: it did not come to that."""
        for _ in range(max(1, int(self._patience_seconds / self._look_seconds))):
            if not self._busy():
                return True
            await asyncio.sleep(self._look_seconds)
        return False

    async def _deal(self, chat: ChatKey, picture: Picture, language: Language, *, forced: bool) -> bool:
        """Describe one picture. False: it gave way to a question."""
        image = (await self._store.images([picture.ref])).get(picture.ref.sha256)
        if image is None:  # retracted in the meantime
            return True
        try:
            said = await self._ask(image, language, forced=forced)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not be met again with every question
            log.warning("picture_not_described", reason=type(error).__name__)
            said = ""
        if said is None:
            return False
        await self._store.describe(chat, picture, plain(self._mask(said)))
        return True

    async def _ask(self, image: Image, language: Language, *, forced: bool) -> str | None:
        system = ModelMessage("system", self._prompts.describing(language).text)
        # Of no chat: it neither ends a chat's cache nor keeps the chat's next question waiting.
        generation = self._model.generate(Prompt("", (system, ModelMessage("user", "", (image,))), MAX_TOKENS))
        listening = asyncio.ensure_future(_listen(generation))
        giving_way = False
        try:
            while not listening.done():
                await asyncio.wait([listening], timeout=self._look_seconds)
                if self._busy() and not forced:
                    giving_way = True
                    generation.cancel()
            said = listening.result()
        finally:
            generation.cancel()
            listening.cancel()
        return None if giving_way and generation.usage.finish is Finish.CANCELLED else said


async def _listen(generation: Generation) -> str:
    return "".join([piece async for piece in generation])


def plain(text: str) -> str:
    """What a model said, as a description: one line, without brackets and marks, of no more than `MAX_CHARACTERS`."""
    text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(re.sub(r"[\[\]{}<>【】［］`*|]", " ", text).split())
    text = text.strip(" .。,，;；:：\"'“”")
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 1].rstrip() + "…"
