"""The whole set: screenshots of all kinds of pages in turn, and the questions about them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser

from deploy.demo_model.pages import shopping, trouble
from deploy.demo_model.pages.asking import Asker, Line
from deploy.demo_model.pages.browse import Taken, UnreadableError, chromium, markup, take
from deploy.demo_model.pages.themes import look, require_fonts

SCENES: Final = (*shopping.SCENES, *trouble.SCENES)
"""What makes pages, one of which each screenshot is of."""
ALONE: Final = 24
"""Each so many screenshots there is a question without one, too: one of two kinds in turn."""
JPEGS: Final = 0.25
"""The share of screenshots that are saved as JPEG."""
_ATTEMPTS = 40


def make(
    folder: Path, count: int, seed: int, done: Callable[[int, str], None] = lambda _place, _name: None
) -> list[Line]:
    """Write `count` screenshots and the questions about them into a folder; returns the questions.

    `done` is told of each screenshot. Raises RuntimeError if there is no browser or a typeface is missing.
    """
    require_fonts()
    folder.mkdir(parents=True, exist_ok=True)
    asker = Asker(random.Random(f"{seed} questions"))
    asked: list[Line] = []
    with chromium() as browser:
        for place in range(count):
            taken = photograph(browser, place, seed)
            (folder / taken.shot.name).write_bytes(taken.data)
            asked += asker.ask(taken.shot)
            done(place, taken.shot.name)
    asked += asker.alone(-(-count // ALONE) * 4)
    write(folder / "questions.jsonl", asked)
    return asked


def photograph(browser: Browser, place: int, seed: int) -> Taken:
    """The screenshot with a number; always the same with the same seed. A page on which something cannot be read, in
    a window that is too small for it for instance, is laid out anew."""
    scene = SCENES[place % len(SCENES)](random.Random(f"{seed} scene {place}"))
    file = random.Random(f"{seed} file {place}")
    quality = file.randint(70, 90) if file.random() < JPEGS else None
    faults: list[str] = []
    for attempt in range(_ATTEMPTS):
        r = random.Random(f"{seed} look {place} {attempt}")
        chosen = look(r, scene.device)
        name = f"{place:03d}.{'png' if quality is None else 'jpg'}"
        try:
            return take(browser, scene, chosen, markup(scene, chosen, r), name=name, quality=quality)
        except UnreadableError as error:
            faults.append(str(error))
    raise RuntimeError(f"{scene.template} fits no window: {'; '.join(sorted(set(faults)))}")


def write(path: Path, asked: Sequence[Line]) -> None:
    """Write questions as JSON lines."""
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in asked), "utf-8")
