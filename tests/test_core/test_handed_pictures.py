"""Pictures that come with the wish for a person."""

from __future__ import annotations

import pytest

from bot.cases import CaseState, Cause
from bot.handovertexts import (
    HAS_IT_ALREADY,
)
from bot.messages import Attachment, Inbound, Kind, Sender
from bot.sections import LimitSettings
from bot.texts import PICTURE_BROKEN, PICTURE_UNNAMED, TOO_MANY_PICTURES
from bot.verbs.sentences import FOR_CUSTOMERS
from tests.test_core.conftest import CHAT, Bench, picture
from tests.test_core.handing import MIA, OFFICE, WAITING, move, settled, the_case


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """One with a place for agents."""
    bench.platform.desk = OFFICE
    return bench


def attached(colour: str) -> Attachment:
    return Attachment(data=picture(colour))


async def pictured(bench: Bench) -> list[tuple[str, str, int]]:
    return [(turn.speaker, turn.text, len(turn.images)) for turn in await bench.store.history(CHAT)]


async def test_a_picture_that_comes_with_the_command_is_kept(bench: Bench) -> None:
    await bench.command("human", "it does not work", files=(picture(),))
    assert await bench.platform.wait_for(CHAT, 1) == [WAITING]
    assert bench.model.prompts == []
    assert await pictured(bench) == [("customer", "it does not work", 1), ("bot", WAITING, 0)]
    case = await the_case(bench)
    assert (case.state, case.cause) == (CaseState.WAITING, Cause.ASKED)
    facts = await bench.store.card(case.id)
    assert (facts.question, len(facts.pictures)) == ("it does not work", 1)
    await bench.say("and now?")
    await bench.platform.wait_for(CHAT, 2)
    assert [len(message.images) for message in bench.model.prompts[0].messages if message.role == "user"] == [1, 0]


async def test_an_album_whose_caption_is_the_command_is_kept_whole(bench: Bench) -> None:
    bench.model.gate.clear()
    await bench.say("what is this?")
    await bench.model.asked.wait()
    await bench.core.intake.receive(
        Inbound(
            "first", CHAT, Sender("list:anna"), Kind.COMMAND, "look", "1", (attached("red"),), "album", command="human"
        )
    )
    await bench.core.intake.receive(
        Inbound("second", CHAT, Sender("list:anna"), Kind.MESSAGE, "", "2", (attached("blue"),), "album")
    )
    bench.model.gate.set()
    await settled(bench)
    assert bench.platform.texts(CHAT) == ["fine", WAITING]
    assert (await pictured(bench))[2] == ("customer", "look", 2)
    assert (await bench.store.history(CHAT))[2].message_ids == ("1", "2")


async def test_what_comes_with_the_command_goes_to_who_has_the_case(bench: Bench) -> None:
    await move(bench, CaseState.HUMAN)
    await bench.command("human", "this one, too", files=(picture(),))
    has_it = HAS_IT_ALREADY.say("en", name="Mia")
    assert await bench.platform.wait_for(CHAT, 1) == [has_it]
    assert await pictured(bench) == [("customer", "this one, too", 1), ("bot", has_it, 0)]


async def test_what_cannot_be_used_of_it_is_said(bench: Bench) -> None:
    await bench.command("human", files=(b"\x89PNG\r\n\x1a\n broken",))
    complaint = PICTURE_BROKEN.say("en", name=PICTURE_UNNAMED.say("en"))
    assert await bench.platform.wait_for(CHAT, 1) == [f"{complaint}\n\n{WAITING}"]
    assert (await the_case(bench)).state is CaseState.WAITING


async def test_pictures_that_come_with_the_command_count(bench: Bench) -> None:
    """A command is free, pictures are not."""
    await bench.stop()
    bench.settings = bench.settings.model_copy(update={"limits": LimitSettings(pictures_a_minute=2)})
    await bench.start()
    await bench.command("human", "one", files=(picture(),))
    await settled(bench)
    await bench.command("human", "two more", files=(picture("blue"), picture("green")))
    await settled(bench)
    assert bench.platform.texts(CHAT) == [WAITING, TOO_MANY_PICTURES.en]
    assert len([turn for turn in await pictured(bench) if turn[2]]) == 1


async def test_among_agents_the_command_passes_nothing_on(bench: Bench) -> None:
    await bench.command("human", "look at this", chat=OFFICE, sender=MIA.key, files=(picture(),))
    assert await bench.platform.wait_for(OFFICE, 1) == [FOR_CUSTOMERS.say("en", command="/human")]
    assert await bench.store.case(OFFICE) is None


async def test_a_crash_before_it_is_dealt_with_loses_nothing_of_it(bench: Bench) -> None:
    await bench.core.close()
    row = await bench.store.accept(
        Inbound("e", CHAT, Sender("list:anna"), Kind.MESSAGE, "look", "1", (attached("red"),), command="human")
    )
    assert row is not None
    await bench.store.close()
    await bench.start()
    assert await bench.platform.wait_for(CHAT, 1) == [WAITING]
    assert (await pictured(bench))[0] == ("customer", "look", 1)
