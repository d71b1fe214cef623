"""Faults in the preparation of pictures are noticed: what is answered rightly is no longer so under each of them.

The faults are put into the rooms that a customer's picture goes through; the questions are those of any other test.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
import pytest_asyncio
from PIL import Image as Pillow
from PIL import ImageOps

from bot import collect, images
from bot.messages import Image
from tests.screenshots import Demo, Screenshot, demo_model, dialog, order, says

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOT_YET = pytest.mark.xfail(reason="the demo model's weights do not know colours yet: see its card", strict=False)

Fault = Callable[[pytest.MonkeyPatch], None]
Check = tuple[str, tuple[Screenshot, ...], str]
"""A question, its screenshots, and the fact that a right answer contains."""

DIALOG, RED_DIALOG, ORDER = dialog(), dialog(colour="red"), order()
SECOND_DIALOG = dialog("K-9305", title="Login failed", message="Wrong password.", button="Close", colour="red")

CODE: Check = ("What is the error code?", (DIALOG,), DIALOG.error_code)
NUMBER: Check = ("What is the order number?", (ORDER,), ORDER.order_number)
BLUE: Check = ("What colour is the button?", (DIALOG,), "blue")
RED: Check = ("What colour is the button?", (RED_DIALOG,), "red")
SECOND: Check = ("What is the error code in the second one?", (DIALOG, SECOND_DIALOG), SECOND_DIALOG.error_code)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    async with demo_model(tmp_path_factory.mktemp("pictures")) as made:
        yield made


def drawn(change: Callable[[Pillow.Image], Pillow.Image]) -> Fault:
    """A fault that changes the prepared picture."""
    render = images._render

    def fault(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(images, "_render", lambda opened, size: change(render(opened, size)))

    return fault


def channels_swapped(picture: Pillow.Image) -> Pillow.Image:
    return Pillow.merge("RGB", picture.split()[::-1])


def half_the_size(monkeypatch: pytest.MonkeyPatch) -> None:
    fit = images.fit

    def halved(width: int, height: int, limits: images.Limits) -> tuple[int, int]:
        fitted = fit(width, height, limits)
        return fitted[0] // 2, fitted[1] // 2

    monkeypatch.setattr(images, "fit", halved)


def first_for_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second picture goes by its own name, but its pixels are those of the first."""
    prepare = images.prepare

    def mixed_up(data: bytes, *, name: str, limits: images.Limits) -> Image:
        if data != SECOND_DIALOG.data:
            return prepare(data, name=name, limits=limits)
        first = prepare(DIALOG.data, name=name, limits=limits)
        return replace(first, ref=replace(first.ref, sha256=hashlib.sha256(b"mixed up").hexdigest()))

    monkeypatch.setattr(collect, "prepare", mixed_up)


async def passes(demo: Demo, check: Check) -> bool:
    question, shots, fact = check
    return says(await demo.ask(question, *shots), fact)


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        pytest.param(drawn(channels_swapped), BLUE, id="channels swapped, blue", marks=NOT_YET),
        pytest.param(drawn(channels_swapped), RED, id="channels swapped, red", marks=NOT_YET),
        pytest.param(drawn(ImageOps.mirror), CODE, id="left is right, code"),
        pytest.param(drawn(ImageOps.mirror), NUMBER, id="left is right, number"),
        pytest.param(drawn(ImageOps.flip), CODE, id="upside down, code"),
        pytest.param(drawn(ImageOps.flip), NUMBER, id="upside down, number"),
        pytest.param(half_the_size, CODE, id="half the size, code"),
        pytest.param(half_the_size, NUMBER, id="half the size, number"),
        pytest.param(first_for_the_second, SECOND, id="first picture for the second"),
    ],
)
async def test_is_noticed(demo: Demo, monkeypatch: pytest.MonkeyPatch, fault: Fault, check: Check) -> None:
    assert await passes(demo, check)
    fault(monkeypatch)
    assert not await passes(demo, check)
