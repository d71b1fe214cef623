"""A core that is killed at named points.

Run as a program with a folder: it leaves there, in a folder for each point, what a process killed at that point leaves.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from bot import wiring
from bot.errors import AmbiguousDeliveryError
from bot.messages import ChatKey, Inbound, Outgoing, Sender
from bot.metrics import Metrics
from bot.ports import Prompt
from bot.settings import Settings
from conversations.sqlite import SqliteStore
from tests.doubles import ListAdapter, ScriptedGeneration, ScriptedModel

POINTS = ("accepted", "answering", "committed", "sending", "sent")
CHAT = ChatKey("list", "", "1")
QUESTION = Inbound("event 1", CHAT, Sender("list:anna"), text="what is this?", message_id="c1", settled=True)


def die() -> NoReturn:
    """End as a power button ends a process."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


class FilePlatform(ListAdapter):
    """A platform that outlives the bot: what arrived is in a file. `tells`: it can be asked what arrived."""

    def __init__(self, path: Path, *, tells: bool = True, point: str = "") -> None:
        super().__init__()
        self._path = path
        self._tells = tells
        self._point = point

    async def send(self, item: Outgoing) -> str:
        if self._point == "sending":
            die()
        await asyncio.to_thread(self._append, f"{item.id} {item.payload}\n")
        if self._point == "sent":
            die()
        return await super().send(item)

    async def find(self, item: Outgoing) -> str | None:
        if not self._tells:
            raise AmbiguousDeliveryError("no way to tell")
        arrived = await asyncio.to_thread(self.arrived)
        return next((f"m{number}" for number, _ in arrived if number == item.id), None)

    def _append(self, line: str) -> None:
        with self._path.open("a") as file:
            file.write(line)

    def arrived(self) -> Sequence[tuple[int, str]]:
        lines = self._path.read_text().splitlines() if self._path.exists() else []
        return [(int(line.partition(" ")[0]), line.partition(" ")[2]) for line in lines]


def script(point: str) -> ScriptedModel:
    model = ScriptedModel(lambda prompt: ("fi", "ne"))
    if point == "answering":

        class Dying(ScriptedGeneration):
            async def _wait(self) -> None:
                if self._model.asked.is_set():
                    die()

        def generate(prompt: Prompt) -> ScriptedGeneration:
            model.asked.set()
            return Dying(model, prompt, ("fi", "ne"))

        model.generate = generate  # type: ignore[method-assign]
    return model


async def run(folder: Path, point: str) -> None:
    """Receive one question; never returns."""
    store = SqliteStore(folder / "looksee.db")
    await store.open()
    settings = Settings(_env_file=None)
    prompts = await asyncio.to_thread(wiring.load_prompts, settings)
    platform = FilePlatform(folder / "messages", point=point)
    core = wiring.assemble(settings, store, script(point), {"list": platform}, Metrics(), prompts)
    if point == "committed":
        core.delivery.push = lambda items: die()  # type: ignore[method-assign]
    await core.resume()
    await core.intake.receive(QUESTION)
    if point == "accepted":
        die()
    await asyncio.sleep(30)
    os._exit(1)


def main(folder: Path) -> None:
    """Kill a process at each point. They are forks, so that the bot is imported once."""
    for point in POINTS:
        (folder / point).mkdir()
        child = os.fork()
        if not child:
            asyncio.run(run(folder / point, point))
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            sys.exit(f"{point} was not reached")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
