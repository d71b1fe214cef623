"""The list of open cases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cases import CaseState, Move, Staff
from bot.messages import ChatKey, Sender
from bot.outcome import Outcome
from tests.test_core.office import within
from tests.test_core.shop import CHANNEL, MIA, PRIVATE, TOM, Shop, opened


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with opened(tmp_path) as shop:
        yield shop


async def test_the_queue(shop: Shop) -> None:
    await shop.agent("queue", chat=PRIVATE)
    assert shop.room(PRIVATE) == ["Nobody waits, and nobody has a case."]
    await shop.say("It does not work", sender="list:ann")
    await within(lambda: any("fine" in text for text in shop.customer()))
    room = await shop.wait_for_person()
    await shop.agent("queue", chat=PRIVATE)
    said = shop.room(PRIVATE)[-1]
    assert said.startswith(
        "Waiting for a person: 1. With a person: 0.\n\n**#1** Customer (list): waiting for a person, for 5 seconds"
    )
    assert said.endswith("> It does not work [take #1]")
    await shop.agent("take", "#1", chat=CHANNEL)
    await shop.agent("queue", chat=room, sender=TOM)
    assert "slack:T1/MIA has it, for " in shop.room(room)[-1]
    assert "[take" not in shop.room(room)[-1]


async def open_cases(shop: Shop, *, held: int, waiting: int) -> None:
    """So many cases are held by an agent, and then so many more wait."""
    for number in range(held + waiting):
        who = Staff(f"list:{number}", f"Number {number}")
        after, agent = (CaseState.HUMAN, Staff(TOM, "Tom")) if number < held else (CaseState.WAITING, Staff(""))
        move = Move(after, who, agent=agent, customer=who)
        await shop.store.commit(Outcome(ChatKey("list", "", f"chat {number}"), (), move=move))


@pytest.mark.parametrize("where", ["verb", "home"])
async def test_the_queue_shows_first_who_waits_and_counts_all(shop: Shop, where: str) -> None:
    await open_cases(shop, held=21, waiting=7)
    if where == "verb":
        await shop.agent("queue", chat=PRIVATE)
        said = shop.room(PRIVATE)[-1]
    else:
        reply = (await shop.core.surfaces.home(Sender(MIA)))[0]
        said = f"{reply.text}{''.join(f' [{button.command} {button.text}]' for button in reply.buttons)}"
    assert said.startswith("Waiting for a person: 7. With a person: 21.\n\n**#22** Number 21 ")
    numbers = [int(line[3:].partition("*")[0]) for line in said.splitlines() if line.startswith("**#")]
    assert numbers == [*range(22, 29), *range(1, 14)]
    assert said.endswith("… and 8 more. [take #22] [take #23] [take #24] [take #25] [take #26]")


async def test_nobody_with_a_person_is_listed_before_all_who_wait(shop: Shop) -> None:
    await open_cases(shop, held=1, waiting=25)
    await shop.agent("queue", chat=PRIVATE)
    said = shop.room(PRIVATE)[-1]
    assert said.startswith("Waiting for a person: 25. With a person: 1.")
    assert "has it" not in said
    assert "\n\n… and 6 more." in said
