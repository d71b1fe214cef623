"""What is drawn: messages in a chat app, neutrally, as HTML; and pages as pictures, by Chromium."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image as Pillow
from playwright.async_api import Browser, Page

MOST_BYTES: Final = 150_000
_COLOURS = 256
_PAGES = Environment(
    loader=PackageLoader(__package__), undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
)

Kind = Literal["text", "picture", "file", "buttons"]


@dataclass(frozen=True)
class Key:
    """A button, as it is shown."""

    label: str
    style: str = ""


@dataclass(frozen=True)
class Part:
    """A piece of a message: text as harmless HTML, a picture's address, a file's name, or rows of buttons."""

    kind: Kind
    html: str = ""
    value: str = ""
    rows: Sequence[Sequence[Key]] = ()


@dataclass(frozen=True)
class Shown:
    """A message, as it is shown. `own`: the bot wrote it. `alone`: only one person sees it."""

    author: str
    at: str
    parts: Sequence[Part]
    own: bool = False
    alone: bool = False


def text(html: str) -> Part:
    """A text. The HTML has been made harmless by who made it."""
    return Part("text", html)


def picture(data: bytes) -> Part:
    """A picture file."""
    kind = (Pillow.open(io.BytesIO(data)).format or "png").lower()
    return Part("picture", value=f"data:image/{kind};base64,{base64.b64encode(data).decode()}")


def chat(look: Literal["slack", "telegram"], title: str, messages: Sequence[Shown]) -> str:
    """A page that shows messages."""
    return _PAGES.get_template("chat.html").render(look=look, title=title, messages=messages)


class Camera:
    """Takes pictures of pages, and leaves them in a folder."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser = browser
        self._folder = folder

    async def draw(self, name: str, html: str, width: int = 760) -> None:
        """A picture of a page that is given as HTML, as long as it takes."""
        page = await self.open(width, 100)
        await page.set_content(html)
        await self.take(name, page, whole=True)
        await page.context.close()

    async def open(self, width: int, height: int, *, chinese: bool = False, phone: bool = False) -> Page:
        """A page with nothing on it; dark on a phone."""
        context = await self._browser.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=1.5,
            locale="zh-CN" if chinese else "en-US",
            color_scheme="dark" if phone else "light",
            is_mobile=phone,
            has_touch=phone,
        )
        return await context.new_page()

    async def take(self, name: str, page: Page, *, whole: bool = False) -> None:
        """A picture of what a page shows, or of the `whole` of it."""
        shot = Pillow.open(io.BytesIO(await page.screenshot(full_page=whole, animations="disabled", caret="hide")))
        small = shot.convert("RGB").quantize(_COLOURS, dither=Pillow.Dither.NONE)
        path = self._folder / f"{name}.png"
        small.save(path, optimize=True)
        size = path.stat().st_size
        assert size <= MOST_BYTES, f"{path}: {size} bytes are too many"
