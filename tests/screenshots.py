"""Screenshots with known facts, and the demo model as a customer asks it about them."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from bot import configured, wiring
from bot.demo import DEMO_MODEL
from bot.evaluation.cases import Asked, Case
from bot.evaluation.run import Asker
from bot.inference.gate import Gate
from bot.messages import Language
from bot.metrics import Metrics
from bot.sections import ModelSettings
from bot.settings import Settings
from tests.models import engine

COLOURS: Final = {"blue": (30, 60, 215), "red": (215, 60, 30), "green": (30, 140, 60)}
"""Of blue and red each is the other one with its channels swapped."""
_PAGE, _CARD, _INK = (226, 229, 234), (255, 255, 255), (25, 28, 33)


@dataclass(frozen=True)
class Screenshot:
    """A picture file, and what it shows."""

    data: bytes
    title: str
    button: str
    colour: str
    error_code: str = ""
    message: str = ""
    order_number: str = ""
    status: str = ""
    total: str = ""

    @property
    def name(self) -> str:
        """A file name of its own."""
        return f"{self.error_code or self.order_number}-{self.colour}.png"


def dialog(
    code: str = "E-4127",
    *,
    title: str = "Payment failed",
    message: str = "The card was declined.",
    button: str = "Retry",
    colour: str = "blue",
) -> Screenshot:
    """A dialog that tells of an error."""
    drawn = _Screen(320, 192)
    drawn.text(36, 26, title, 24)
    drawn.text(36, 66, f"Error code: {code}", 18)
    drawn.text(36, 94, message, 16)
    drawn.button(36, 128, button, colour)
    return Screenshot(drawn.png(), title, button, colour, error_code=code, message=message)


def order(
    number: str = "48-22913",
    *,
    title: str = "Order details",
    status: str = "Shipped",
    total: str = "$59.90",
    button: str = "Track order",
    colour: str = "green",
) -> Screenshot:
    """The page of an order."""
    drawn = _Screen(352, 224)
    drawn.text(36, 26, title, 24)
    for row, line in enumerate((f"Order number: {number}", f"Status: {status}", f"Total: {total}")):
        drawn.text(36, 68 + 28 * row, line, 18)
    drawn.button(36, 162, button, colour)
    return Screenshot(drawn.png(), title, button, colour, order_number=number, status=status, total=total)


def says(answer: str, fact: str) -> bool:
    """Whether a fact stands in an answer by itself, and not as a part of a longer word or number."""
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(fact)}(?![A-Za-z0-9])", answer) is not None


def in_chinese(answer: str) -> bool:
    """Whether there are Chinese characters in an answer."""
    return re.search("[\u4e00-\u9fff]", answer) is not None


class _Screen:
    """A card on a page, drawn in the one typeface that is there everywhere: Pillow's own."""

    def __init__(self, width: int, height: int) -> None:
        self._image = Pillow.new("RGB", (width, height), _PAGE)
        self._draw = ImageDraw.Draw(self._image)
        self._draw.rounded_rectangle((16, 12, width - 17, height - 13), 8, _CARD)

    def text(self, x: int, y: int, text: str, size: int) -> None:
        self._draw.text((x, y), text, _INK, ImageFont.load_default(size))

    def button(self, x: int, y: int, text: str, colour: str) -> None:
        font = ImageFont.load_default(18)
        right = x + round(font.getlength(text)) + 36
        self._draw.rounded_rectangle((x, y, right, y + 34), 6, COLOURS[colour])
        self._draw.text(((x + right) / 2, y + 17), text, "white", font, anchor="mm")

    def png(self) -> bytes:
        file = io.BytesIO()
        self._image.save(file, "PNG")
        return file.getvalue()


class Demo:
    """The demo model behind the rooms that a customer's question goes through. Keeps picture files in `folder`."""

    def __init__(self, asker: Asker, folder: Path) -> None:
        self._asker = asker
        self._folder = folder

    async def ask(
        self,
        question: str,
        *shots: Screenshot,
        language: Language = "en",
        before: Sequence[tuple[str, Sequence[Screenshot], str]] = (),
        schema: str = "",
    ) -> str:
        """The answer. `before` are earlier turns: question, pictures, answer. With a schema it is JSON."""
        history = [(await self._asked(words, sent, language), answer) for words, sent, answer in before]
        asked = await self._asked(question, shots, language)
        result = await self._asker.ask(Case(1, "test", asked, ("",), tuple(history), schema))
        return result.given

    async def _asked(self, question: str, shots: Sequence[Screenshot], language: Language) -> Asked:
        paths = tuple(self._folder / shot.name for shot in shots)
        for path, shot in zip(paths, shots, strict=True):
            await asyncio.to_thread(path.write_bytes, shot.data)
        return Asked(question, paths, language)


@asynccontextmanager
async def demo_model(folder: Path) -> AsyncIterator[Demo]:
    """The demo model, loaded, with the settings that suit it."""
    settings = Settings(_env_file=None, model=ModelSettings(max_tokens=256))
    model = engine((DEMO_MODEL.model, DEMO_MODEL.mmproj), Gate(), context=settings.model.context)
    store = wiring.open_store(":memory:")
    try:
        await store.open()
        await model.load()
        prompts = await asyncio.to_thread(configured.load_prompts, settings)
        yield Demo(Asker(settings, store, model, prompts, Metrics()), folder)
    finally:
        await model.close()
        await store.close()
