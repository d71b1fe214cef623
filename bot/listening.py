"""Reading one answer within time limits.

There is a limit for the first word and one for each silence after it, and none for the whole: an answer that is still
moving may go on. A model that hangs is left to itself: nobody waits for it once it was told to end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto

from bot.messages import Finish, Usage
from bot.ports import Generation
from bot.spoken import printable

STOP_SECONDS = 5.0
"""How long an answer may take to end that was told to."""


@dataclass(frozen=True, slots=True)
class Patience:
    """The longest waits for the first word of an answer and for the next one, in seconds."""

    first_seconds: float
    silence_seconds: float


class Ending(Enum):
    """How an answer came to its end: by itself (or stopped), by a silence, or it never began."""

    ENDED = auto()
    FELL_SILENT = auto()
    NEVER_BEGAN = auto()


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said, without surrounding space and control characters. `usage` is cancelled if the answer was not let
    come to its end."""

    text: str
    ending: Ending
    usage: Usage


class Listening:
    """Reads one generation, which begins now. `hear` once; `stop` at any time."""

    def __init__(self, generation: Generation, patience: Patience) -> None:
        self._generation = generation
        self._silence = patience.silence_seconds
        self._limit = asyncio.timeout(patience.first_seconds)
        self._reading = False
        self._stopped = False

    async def hear(self, show: Callable[[str], None]) -> Heard:
        """Read to the end, and `show` all of the text so far each time it grows. Raises what the model raises."""
        said = ""
        try:
            async with self._limit:
                self._reading = True
                self._heed_stop()
                async for piece in self._generation:
                    said += printable(piece)
                    show(said)
                    if not self._stopped:
                        self._allow(self._silence)
            return Heard(said.strip(), Ending.ENDED, self._generation.usage)
        except BaseException as error:
            self._generation.cancel()  # the model is not to go on for nobody
            if not (isinstance(error, TimeoutError) and self._limit.expired()):
                raise
        finally:
            self._reading = False
        usage = replace(self._generation.usage, finish=Finish.CANCELLED)
        if self._stopped:
            return Heard(said.strip(), Ending.ENDED, usage)
        return Heard(said.strip(), Ending.FELL_SILENT if said.strip() else Ending.NEVER_BEGAN, usage)

    def stop(self) -> None:
        """End the answer within one step of the model, keeping what was said."""
        self._stopped = True
        self._generation.cancel()
        self._heed_stop()

    def _heed_stop(self) -> None:
        if self._stopped and self._reading and not self._limit.expired():
            self._allow(STOP_SECONDS)

    def _allow(self, seconds: float) -> None:
        self._limit.reschedule(asyncio.get_running_loop().time() + seconds)
