"""Time limits of one answer. Limits that are to pass are zero; those that are not are far away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot import listening
from bot.errors import GenerationError
from bot.listening import Ending, Listening, Patience
from bot.messages import Finish, Usage

NEVER = 3600.0


class Voice:
    """Says the pieces it is handed. Unless it is `obedient` it does not end when it is cancelled, as if it hung."""

    def __init__(self, *pieces: str | Exception | None, obedient: bool = False) -> None:
        self.pieces: asyncio.Queue[str | Exception | None] = asyncio.Queue()
        for piece in pieces:
            self.pieces.put_nowait(piece)
        self.obedient = obedient
        self.cancelled = False
        self.usage = Usage(answer_tokens=len(pieces))

    async def __aiter__(self) -> AsyncIterator[str]:
        while (piece := await self.pieces.get()) is not None:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def cancel(self) -> None:
        self.cancelled = True
        if self.obedient:
            self.pieces.put_nowait(None)


async def test_an_answer_is_read_to_its_end() -> None:
    shown: list[str] = []
    heard = await Listening(Voice("It ", "says.\n", None), Patience(NEVER, NEVER)).hear(shown.append)
    assert (heard.text, heard.ending, heard.usage.finish) == ("It says.", Ending.ENDED, Finish.STOP)
    assert shown == ["It ", "It says.\n"]


async def test_an_answer_that_does_not_begin_is_given_up() -> None:
    voice = Voice()
    heard = await Listening(voice, Patience(0, NEVER)).hear(lambda text: None)
    assert (heard.text, heard.ending, heard.usage.finish) == ("", Ending.NEVER_BEGAN, Finish.CANCELLED)
    assert voice.cancelled


async def test_an_answer_that_falls_silent_keeps_what_was_said() -> None:
    voice = Voice("It ", "says ")
    heard = await Listening(voice, Patience(NEVER, 0)).hear(lambda text: None)
    assert (heard.text, heard.ending, heard.usage.finish) == ("It says", Ending.FELL_SILENT, Finish.CANCELLED)
    assert voice.cancelled


async def test_an_answer_that_moves_is_not_limited() -> None:
    """Once it has begun, the limit for the first word is over: here it passes between two words."""
    voice = Voice("It")
    task = asyncio.create_task(Listening(voice, Patience(0.05, NEVER)).hear(lambda text: None))
    await asyncio.sleep(0.1)
    for piece in (" says", None):
        voice.pieces.put_nowait(piece)
    assert (await task).text == "It says"


async def test_stopped_keeps_what_was_said() -> None:
    voice = Voice("It says", obedient=True)
    reading = Listening(voice, Patience(NEVER, NEVER))
    heard = await reading.hear(lambda text: reading.stop())
    assert (heard.text, heard.ending) == ("It says", Ending.ENDED)


async def test_nobody_waits_for_a_model_that_does_not_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "STOP_SECONDS", 0.0)
    during = Listening(Voice("It says"), Patience(NEVER, NEVER))
    heard = await during.hear(lambda text: during.stop())
    assert (heard.text, heard.ending, heard.usage.finish) == ("It says", Ending.ENDED, Finish.CANCELLED)
    before = Listening(Voice(), Patience(NEVER, NEVER))
    before.stop()
    heard = await before.hear(lambda text: None)
    assert (heard.text, heard.ending, heard.usage.finish) == ("", Ending.ENDED, Finish.CANCELLED)
    before.stop()  # too late, and harmless


async def test_what_the_model_raises_is_raised() -> None:
    voice = Voice("It", GenerationError("trouble"))
    with pytest.raises(GenerationError, match="trouble"):
        await Listening(voice, Patience(NEVER, NEVER)).hear(lambda text: None)
    with pytest.raises(TimeoutError, match="its own"):
        await Listening(Voice(TimeoutError("its own")), Patience(NEVER, NEVER)).hear(lambda text: None)


async def test_who_is_cancelled_cancels_the_answer() -> None:
    voice = Voice()
    task = asyncio.create_task(Listening(voice, Patience(NEVER, NEVER)).hear(lambda text: None))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert voice.cancelled
