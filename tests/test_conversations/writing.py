"""A service's writes without the service. Run as a program with a data folder, it writes until its input ends.

It says when it has begun, and at the end how long the longest write took.
"""

from __future__ import annotations

import asyncio
import sys
import time
from itertools import count
from pathlib import Path

from bot.messages import ChatKey
from conversations.sqlite import SqliteStore
from tests.contracts.stores import accept, converse, deliver, message, picture

CHATS = 3


async def talk(store: SqliteStore, number: int) -> float:
    """One question with a picture, its answer in two parts, of which one is sent; returns the time it took."""
    chat = ChatKey("telegram", "bot", str(number % CHATS))
    began = time.monotonic()
    rows = await converse(
        store, f"m{number}", f"q{number}", f"a{number}", chat=chat, images=(picture(number, 1000),), parts=2
    )
    await deliver(store, rows[:1], f"b{number}")
    if number % 7 == 0:
        await accept(store, message(f"w{number}", "waits", chat=chat))
    if number % 50 == 49:  # a customer deletes a message, which empties the write-ahead log
        await store.retract(chat, f"m{number}")
    return time.monotonic() - began


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def write(folder: Path) -> None:
    """Write, one question after the other, until the input ends."""
    store = SqliteStore(folder / "looksee.db")
    await store.open()
    over = asyncio.ensure_future(asyncio.to_thread(sys.stdin.read))
    longest = 0.0
    for number in count():
        longest = max(longest, await talk(store, number))
        if number == 10:
            say("begun")
        if over.done():
            break
    await store.close()
    say(f"{number} {longest:.3f}")


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1])))
