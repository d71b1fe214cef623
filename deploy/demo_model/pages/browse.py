"""Renders scenes in Chromium, and sees that what is asked about can be read in the pictures."""

from __future__ import annotations

import math
import os
import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from playwright.sync_api import Browser, Page, sync_playwright

from bot.images import Limits, fit
from deploy.demo_model.canvas import CHARACTERS
from deploy.demo_model.pages.scene import Scene, Shot, Word
from deploy.demo_model.pages.themes import FAMILIES, Look

LIMITS: Final = Limits(max_bytes=20_000_000, short_side=384, max_tokens=260)
"""What the demo model is served with."""
SMALLEST: Final = 13
LARGEST: Final = 32
"""Sizes of text, in pixels of the picture that the model sees."""

_HERE = Path(__file__).parent
_MEASURE = (_HERE / "measure.js").read_text("utf-8")
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-lcd-text", "--disable-background-networking")
_CROP_MARGIN = 10


class UnreadableError(Exception):
    """A page on which something cannot be read; another look may do."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A screenshot as a file's bytes, and what it shows."""

    data: bytes
    shot: Shot


def executable() -> str:
    """The path of Chromium. Raises RuntimeError if there is none."""
    found = os.environ.get("LOOKSEE_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if not found:
        raise RuntimeError("no Chromium found: install Debian's chromium, or name one in LOOKSEE_CHROMIUM")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running headless browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def markup(scene: Scene, look: Look, r: random.Random) -> str:
    """The page as HTML."""
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    facts = dict.fromkeys(("title", "message", "error_code", "total", "order_number", "status", "button"), "")
    return environment.get_template(f"{scene.template}.html.j2").render(
        scene.values,
        facts=facts | dict(scene.facts),
        look=look,
        device=scene.device,
        variant=r.randrange(4),
        cells=[r.random() < 0.5 for _ in range(81)],
    )


def take(browser: Browser, scene: Scene, look: Look, html: str, *, name: str, quality: int | None) -> Taken:
    """Render a page and photograph it, as a JPEG if there is a `quality`. Raises UnreadableError."""
    context = browser.new_context(
        viewport={"width": look.width, "height": look.height},
        device_scale_factor=look.ratio,
        color_scheme="dark" if look.dark else "light",
    )
    try:
        page = context.new_page()
        page.set_content(html)
        page.evaluate("document.fonts.ready")
        measured = page.evaluate(_MEASURE)
        words = [Word(**{key: value for key, value in word.items() if key != "fact"}) for word in measured["words"]]
        area = _area(scene, look, measured["crop"])
        _check_facts(scene, measured["words"])
        _check_words(words, area["width"] * look.ratio, area["height"] * look.ratio, look.ratio)
        _check_fonts(page)
        if quality is None:
            data = page.screenshot(type="png", clip=area)  # type: ignore[arg-type]
        else:
            data = page.screenshot(type="jpeg", quality=quality, clip=area)  # type: ignore[arg-type]
    finally:
        context.close()
    shown = [word for word in words if word.visible]
    clear = len(shown) == len(words)
    return Taken(data, Shot(name, scene, lines(shown), tuple(measured["blocks"]), clear))


def lines(words: Sequence[Word]) -> tuple[str, ...]:
    """The words line by line, from top to bottom and from left to right, as the eye puts them together."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.y + word.height / 2):
        middle = word.y + word.height / 2
        row = rows[-1] if rows else []
        if row and middle - (row[0].y + row[0].height / 2) < 0.45 * min(word.size, row[0].size):
            row.append(word)
        else:
            rows.append([word])
    return tuple(_joined(sorted(row, key=lambda word: word.x)) for row in rows)


def _joined(row: Sequence[Word]) -> str:
    text, end = "", row[0].x
    for word in row:
        # Parts of a word in different elements ("(" and what follows it) touch each other.
        text += f" {word.text}" if text and word.x - end > 0.1 * word.size else word.text
        end = word.x + word.width
    return text


def _area(scene: Scene, look: Look, crop: Mapping[str, float] | None) -> dict[str, float]:
    """The part of the window that is photographed."""
    if not (scene.crop and crop):
        return {"x": 0, "y": 0, "width": look.width, "height": look.height}
    left, top = max(0, math.floor(crop["x"]) - _CROP_MARGIN), max(0, math.floor(crop["y"]) - _CROP_MARGIN)
    right = min(look.width, math.ceil(crop["x"] + crop["width"]) + _CROP_MARGIN)
    bottom = min(look.height, math.ceil(crop["y"] + crop["height"]) + _CROP_MARGIN)
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


def _check_facts(scene: Scene, words: Sequence[Mapping[str, Any]]) -> None:
    """Every fact stands on the page, as a whole, and nothing of it is cut off or covered."""
    for kind, value in scene.facts.items():
        own = [word for word in words if word["fact"] == kind]
        text = " ".join(word["text"] for word in own)
        if text != value:
            raise ValueError(f"{scene.template}: the page says {text!r} for the {kind}, not {value!r}")
        if not all(word["visible"] for word in own):
            raise UnreadableError(f"{scene.template}: the {kind} cannot be seen")


def _check_words(words: Sequence[Word], width: float, height: float, ratio: int) -> None:
    """What is seen is of the model's characters, large enough once the service has scaled it, and not overlapping."""
    scale = fit(round(width), round(height), LIMITS)[0] / width * ratio
    shown = [word for word in words if word.visible]
    for word in shown:
        if strange := set(word.text) - set(CHARACTERS):
            raise ValueError(f"characters that the model does not know: {strange}")
        if not SMALLEST <= word.size * scale <= LARGEST:
            raise UnreadableError(f"{word.text!r} is {word.size * scale:.1f} pixels large")
    for place, word in enumerate(shown):
        for other in shown[place + 1 :]:
            across = min(word.x + word.width, other.x + other.width) - max(word.x, other.x)
            down = min(word.y + word.height, other.y + other.height) - max(word.y, other.y)
            if across > 1 and down > 0.4 * min(word.height, other.height):
                raise UnreadableError(f"{word.text!r} and {other.text!r} overlap")


def _check_fonts(page: Page) -> None:
    """All text is in the typefaces asked for: where a character is missing, a browser silently takes another one."""
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    for node in session.send("DOM.querySelectorAll", {"nodeId": root, "selector": "body *"})["nodeIds"]:
        for font in session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]:
            # A weight may count as a family of its own ("Inter Semi Bold").
            if font["glyphCount"] and not f"{font['familyName']} ".startswith(tuple(f"{name} " for name in FAMILIES)):
                raise UnreadableError(f"text in {font['familyName']}")
