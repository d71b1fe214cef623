"""``python -m tests.pictures``: draw them all into a folder, docs/images if none is named."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from bot import logs
from tests.browser import browser
from tests.pictures import slack_story, telegram_story
from tests.pictures.drawing import Camera

FOLDER = Path(__file__).parents[2] / "docs" / "images"


def main(folder: Annotated[Path, typer.Argument(help="Where to put them.")] = FOLDER) -> None:
    """Draw the pictures of the support desk. Wants Chromium, and the fonts fonts-noto-core, -cjk and -color-emoji."""
    logs.configure("error", json=False)
    asyncio.run(_draw(folder))


async def _draw(folder: Path) -> None:
    async with browser() as running:
        for story in (slack_story, telegram_story):
            with tempfile.TemporaryDirectory() as data:
                await story.play(Camera(running, folder), Path(data))


typer.run(main)
