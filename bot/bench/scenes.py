"""What is asked, and about which screenshots."""

from __future__ import annotations

import functools
import hashlib
import io
from dataclasses import dataclass, field

from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from bot.messages import Image, ImageRef
from bot.ports import ModelMessage

SYSTEM = ModelMessage("system", "You help customers of a shop.")
FIRST = "What is the total of your order, please?"
LATER = ("And the error code of the payment?", "Is the button on the page blue?", "Please read the message again.")
ELSEWHERE = "Which order number is on the screen?"
WORDS_ONLY = "My account shows an error, what is it?"
LONG = "Please read all of the page, word by word, and again."
"""Of trained models it wants a long answer."""
LINES = ("Payment failed", "Error code: E-4127", "Order number: {number}", "Total: $ 59.90", "Please try another card")


@dataclass(slots=True)
class Conversation:
    """One chat. `name` is what the engine knows it by."""

    name: str
    messages: list[ModelMessage] = field(default_factory=lambda: [SYSTEM])

    def asks(self, text: str, *images: Image) -> None:
        """The customer writes."""
        self.messages.append(ModelMessage("user", text, images))

    def asked(self, text: str) -> Conversation:
        """The same chat with one more question, beside this one."""
        return Conversation(self.name, [*self.messages, ModelMessage("user", text)])

    def hears(self, text: str) -> None:
        """The bot has answered."""
        self.messages.append(ModelMessage("assistant", text))


@functools.lru_cache(256)
def screenshot(number: int, size: tuple[int, int]) -> Image:
    """A page with text on it, each number a different one; `size` in pixels. Blocking."""
    width, height = size
    drawn = Pillow.new("RGB", size, "white")
    draw = ImageDraw.Draw(drawn)
    draw.rectangle((0, 0, width, height // 8), fill="steelblue")
    font = ImageFont.load_default(max(8, height // 20))
    for line, text in enumerate(LINES):
        draw.text((width // 16, height * (line + 2) // 8), text.format(number=number), fill="black", font=font)
    file = io.BytesIO()
    drawn.save(file, "PNG")
    data = file.getvalue()
    return Image(ImageRef(hashlib.sha256(data).hexdigest(), width, height), "image/png", data)
