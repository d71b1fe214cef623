"""A long conversation with the whole bot and the real model: what is kept computed, what leaves, what comes back."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.messages import ChatKey
from bot.ports import ModelMessage
from tests.contracts.telegram_customer import TelegramCustomer
from tests.contracts.world import World, embedded, running, screenshot
from tests.waiting import until

COLOURS = ("navy", "maroon", "olive", "teal", "purple", "orange")


@pytest.fixture
async def world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, placeholder: tuple[Path, Path]
) -> AsyncIterator[World[TelegramCustomer]]:
    settings = {
        "LOOKSEE_MODEL__PATH": str(placeholder[0]),
        "LOOKSEE_MODEL__MMPROJ_PATH": str(placeholder[1]),
        "LOOKSEE_MODEL__CONTEXT": "8192",
        "LOOKSEE_MODEL__THREADS": "1",
        "LOOKSEE_MODEL__MAX_TOKENS": "16",
    }
    async with running(TelegramCustomer(), tmp_path, monkeypatch, make=embedded, settings=settings) as made:
        yield made


def conversation(world: World[TelegramCustomer]) -> list[list[ModelMessage]]:
    """What the model was asked in the chat, prompt by prompt; not what it was asked about pictures on its own."""
    return [list(prompt.messages) for prompt in world.model.prompts if prompt.chat]


def reused(world: World[TelegramCustomer]) -> list[tuple[int, int]]:
    """Of each answer: the prompt's tokens, and how many of them were not computed again."""
    with closing(sqlite3.connect(world.settings.data_dir / "looksee.db")) as database:
        return database.execute("SELECT prompt_tokens, cached_tokens FROM usage ORDER BY turn_id").fetchall()


async def test_pictures_leave_in_steps_and_come_back(world: World[TelegramCustomer]) -> None:
    customer = world.customer
    for number, colour in enumerate(COLOURS, 1):
        await customer.say(f"What is this, number {number}?", [screenshot(colour, (640, 640))])
        await customer.wait_for(number)
        await world.quiet()

    # Only at a cut is a prompt not the one before it and what was said since.
    prompts = conversation(world)
    cuts = [n for n in range(1, len(prompts)) if prompts[n][: len(prompts[n - 1])] != prompts[n - 1]]
    assert len(cuts) == 1
    for n, (tokens, cached) in enumerate(reused(world)):
        before = reused(world)[n - 1][0] if n else 0
        assert cached >= before or n in cuts
        assert cached < before or n not in cuts
        assert tokens <= 4096

    # What has left is described; what the untrained model says of it is a line of text like any other.
    last = prompts[-1]
    assert last[1].images == ()
    assert last[1].text.startswith("[screenshot 1: ")
    assert last[1].text.endswith("]\nWhat is this, number 1?")
    assert len(last[-1].images) == 1

    async def all_described() -> bool:
        (chat,) = {ChatKey.parse(prompt.chat) for prompt in world.model.prompts if prompt.chat}
        pictures = (await world.bot.core.store.context(chat)).pictures
        return all(picture.described for picture in pictures[:2])

    await until(all_described)

    # Spoken of, it is shown again, and nothing before it has to be computed again.
    first_picture = prompts[0][-1].images
    await customer.say("Look at the first screenshot again")
    await customer.wait_for(len(COLOURS) + 1)
    await world.quiet()
    asked = conversation(world)[-1]
    assert asked[: len(last)] == last
    assert (asked[-1].text, asked[-1].images) == (
        "[screenshot 1 again]\nLook at the first screenshot again",
        first_picture,
    )
    (tokens_before, _), (_, cached) = reused(world)[-2:]
    assert cached >= tokens_before

    # After a restart nothing is kept computed, but what prompts show is the same.
    second_picture = prompts[1][-1].images
    await world.stop()
    await world.start()
    await customer.say("第二张截图里是什么?")
    await customer.wait_for(len(COLOURS) + 2)
    await world.quiet()
    again = conversation(world)[-1]
    assert again[: len(asked)] == asked
    assert (again[-1].text, again[-1].images) == ("[再看截图 2]\n第二张截图里是什么?", second_picture)
