"""Live text, paced: what is shown of remarks and of the answer, on a platform that is a list."""

from __future__ import annotations

import asyncio

from adapters.preview import PacedPreview


class Listed(PacedPreview):
    """Notes what it is to do; `beat` is set each time it is at rest."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.beat = asyncio.Event()
        super().__init__(interval=0.0, keep_alive=3600.0)

    async def _alive(self) -> None:
        self.beat.set()

    async def _tell(self, remark: str) -> None:
        self.done.append(f"tell {remark}")

    async def _update(self, text: str) -> None:
        self.done.append(f"show {text}")

    async def _finish(self, *, keep: bool) -> str:
        return "kept" if keep else ""

    async def rest(self) -> None:
        """Return once everything so far has been shown."""
        self.beat.clear()
        self._changed.set()
        await asyncio.wait_for(self.beat.wait(), 20)


async def test_remarks_are_told_until_there_is_something_of_the_answer() -> None:
    preview = Listed()
    preview.remark("number 2")
    await preview.rest()
    preview.remark("number 1")
    await preview.rest()
    preview.show("It")
    await preview.rest()
    preview.remark("too late")
    await preview.rest()
    preview.show("It says")
    await preview.rest()
    assert preview.done == ["tell number 2", "tell number 1", "show It", "show It says"]
    assert await preview.close(keep=True) == "kept"


async def test_of_what_comes_at_once_only_the_newest_is_seen() -> None:
    preview = Listed()
    for remark in ("number 3", "number 2"):
        preview.remark(remark)
    await preview.rest()
    preview.remark("number 1")
    for text in ("It", "It says"):
        preview.show(text)
    await preview.rest()
    assert preview.done == ["tell number 2", "show It says"]
    assert await preview.close(keep=False) == ""
