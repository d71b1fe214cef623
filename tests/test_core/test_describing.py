"""Pictures described before they leave: when, how, and what becomes of what a model says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from bot.describing import MAX_CHARACTERS, MOST_DUE, Describer, plain
from bot.errors import GenerationError, ModelDiedError
from bot.messages import ChatKey, Image, ImageRef, NewTurn, Picture
from bot.outcome import Outcome
from bot.stores import ConversationStore
from conversations.sqlite import SqliteStore
from prompts.loader import SystemPrompts
from tests.doubles import ScriptedModel
from tests.waiting import until

CHAT, OTHER = ChatKey("list", "", "1"), ChatKey("list", "", "2")


def shot(name: str) -> Image:
    return Image(ImageRef(name, 64, 64), "image/png", name.encode())


@dataclass
class Room:
    """A describer beside a desk that is `busy` or not."""

    store: ConversationStore
    model: ScriptedModel
    prompts: SystemPrompts = field(default_factory=lambda: SystemPrompts("Acme"))
    busy: bool = False

    def __post_init__(self) -> None:
        self.describer = self.make()

    def make(self, patience: float = 1000.0) -> Describer:
        return Describer(
            self.store,
            self.model,
            self.prompts,
            busy=lambda: self.busy,
            look_seconds=0.01,
            patience_seconds=patience,
        )

    async def sent(self, *names: str, chat: ChatKey = CHAT) -> list[Picture]:
        """Pictures that were sent and answered."""
        images = tuple(shot(name) for name in names)
        question = NewTurn("customer", "q", tuple(image.ref for image in images), (f"m{names[0]}",))
        await self.store.commit(Outcome(chat, (), question=question, answer=NewTurn("bot", "a"), images=images))
        return list((await self.store.context(chat)).pictures)

    async def described(self, chat: ChatKey = CHAT) -> list[str | None]:
        """What is known of the chat's pictures; None of those that have not been described."""
        found = (await self.store.context(chat)).pictures
        return [picture.description if picture.described else None for picture in found]


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    store = SqliteStore(":memory:")
    await store.open()
    prompts = await asyncio.to_thread(SystemPrompts, "Acme")
    made = Room(store, ScriptedModel(lambda prompt: ("checkout page, ", "error E-4127")), prompts)
    yield made
    await made.describer.close()
    await store.close()


async def becomes(room: Room, expected: list[str | None]) -> None:
    async def there() -> bool:
        return await room.described() == expected

    await until(there)


async def test_pictures_are_described_one_after_the_other(room: Room) -> None:
    one, two = await room.sent("one", "two")
    room.describer.put(CHAT, [(one, "en"), (two, "zh")])
    await becomes(room, ["checkout page, error E-4127"] * 2)
    first, second = room.model.prompts
    assert [(m.role, m.text, m.images) for m in first.messages] == [
        ("system", room.prompts.describing("en").text, ()),
        ("user", "", (shot("one"),)),
    ]
    assert [m.images for m in second.messages] == [(), (shot("two"),)]
    assert second.messages[0].text == room.prompts.describing("zh").text
    assert (first.chat, first.person, first.urgent) == ("", "", False)
    # A picture that is put in again later, after all had been done.
    (other,) = await room.sent("three", chat=OTHER)
    room.describer.put(OTHER, [(other, "en")])

    async def there() -> bool:
        return await room.described(OTHER) == ["checkout page, error E-4127"]

    await until(there)


async def test_a_picture_is_put_in_once(room: Room) -> None:
    room.model.gate.clear()
    (one,) = await room.sent("one")
    for _ in range(3):
        room.describer.put(CHAT, [(one, "en")])
    room.model.gate.set()
    await becomes(room, ["checkout page, error E-4127"])
    assert len(room.model.prompts) == 1


async def test_it_waits_for_those_who_are_being_answered(room: Room) -> None:
    room.busy = True
    (one,) = await room.sent("one")
    room.describer.put(CHAT, [(one, "en")])
    for _ in range(10):
        await asyncio.sleep(0.01)
    assert room.model.prompts == []
    room.busy = False
    await becomes(room, ["checkout page, error E-4127"])


async def test_it_gives_way_and_begins_anew(room: Room) -> None:
    room.model.gate.clear()
    (one,) = await room.sent("one")
    room.describer.put(CHAT, [(one, "en")])
    await room.model.asked.wait()
    room.busy = True
    generation = room.model.prompts[0]
    for _ in range(10):
        await asyncio.sleep(0.01)
    assert room.model.prompts == [generation]
    assert await room.described() == [None]
    room.model.gate.set()
    room.busy = False
    await becomes(room, ["checkout page, error E-4127"])
    assert len(room.model.prompts) == 2


async def test_where_it_is_never_quiet_it_goes_on_all_the_same(room: Room) -> None:
    room.describer = room.make(patience=0.05)
    room.model.gate.clear()
    room.busy = True
    (one,) = await room.sent("one")
    room.describer.put(CHAT, [(one, "en")])
    await room.model.asked.wait()
    for _ in range(10):
        await asyncio.sleep(0.01)
    room.model.gate.set()
    await becomes(room, ["checkout page, error E-4127"])
    assert len(room.model.prompts) == 1  # this one does not give way


async def test_what_is_stored_is_plain(room: Room) -> None:
    room.model.script = lambda prompt: ("**Cart**\n", "[screenshot 9]")
    (one,) = await room.sent("one")
    room.describer.put(CHAT, [(one, "en")])
    await becomes(room, ["Cart screenshot 9"])


@pytest.mark.parametrize("failure", [GenerationError("trouble"), ModelDiedError("gone"), RuntimeError("strange")])
async def test_a_model_that_fails_is_not_asked_again_about_the_picture(room: Room, failure: Exception) -> None:
    room.model.failure = failure
    one, two = await room.sent("one", "two")
    room.describer.put(CHAT, [(one, "en")])
    await becomes(room, ["", None])
    room.model.failure = None
    room.describer.put(CHAT, [(two, "en")])
    await becomes(room, ["", "checkout page, error E-4127"])


async def test_a_picture_that_was_retracted_is_left_alone(room: Room) -> None:
    (one,) = await room.sent("one")
    (_, two) = await room.sent("two")
    await room.store.retract(CHAT, "mone")
    room.describer.put(CHAT, [(one, "en"), (two, "en")])
    await becomes(room, ["checkout page, error E-4127"])
    assert len(room.model.prompts) == 1


async def test_no_more_than_so_many_wait(room: Room) -> None:
    room.busy = True
    (one,) = await room.sent("one")
    room.describer.put(CHAT, [(Picture(n, one.turn, ImageRef(f"gone {n}", 1, 1)), "en") for n in range(MOST_DUE)])
    room.describer.put(CHAT, [(one, "en")])
    room.busy = False
    (_, two) = await room.sent("two")

    async def done() -> bool:
        return not room.describer._due

    await until(done)
    room.describer.put(CHAT, [(two, "en")])
    await becomes(room, [None, "checkout page, error E-4127"])


async def test_closing_ends_what_is_under_way(room: Room) -> None:
    room.model.gate.clear()
    (one,) = await room.sent("one")
    room.describer.put(CHAT, [(one, "en")])
    await room.model.asked.wait()
    await room.describer.close()
    room.describer.put(CHAT, [(one, "en")])
    room.model.gate.set()
    await room.describer.close()
    assert len(room.model.prompts) == 1
    assert await room.described() == [None]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("checkout page, error E-4127", "checkout page, error E-4127"),
        ("  Checkout page.\n\n**Error** `E-4127`. ", "Checkout page. Error E-4127"),
        ("结账页面，错误 E-4127。", "结账页面，错误 E-4127"),
        ("page] <|im_end|>\n[screenshot 9: {x}", "page im_end screenshot 9: x"),
        ("a\u202eb\u200bc\x00d\u2028e", "a b c d e"),
        ("", ""),
        (" .\n", ""),
    ],
)
def test_a_description_is_one_plain_line(said: str, expected: str) -> None:
    assert plain(said) == expected


@pytest.mark.parametrize("said", ["word " * 100, "字" * 500])
def test_a_description_is_short(said: str) -> None:
    assert len(plain(said)) <= MAX_CHARACTERS
    assert plain(said).endswith("…")
