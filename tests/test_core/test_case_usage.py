"""Commands about cases where they do not belong, or are not complete: what is said then, and in which language."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cases import CaseState
from bot.messages import ChatKey
from bot.verbs.table import VERBS
from bot.verbs.verb import Verb
from tests.test_core.shop import BOSS, CHANNEL, MIA, PRIVATE, TOM, Shop, opened


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with opened(tmp_path) as shop:
        yield shop


@pytest.mark.parametrize("verb", ["take", "release", "close", "reopen", "note", "send", "queue"])
async def test_agents_verbs_are_for_agents_among_themselves(shop: Shop, verb: str) -> None:
    room = await shop.wait_for_person()
    await shop.agent(verb, "#1", chat=room, sender="slack:T1/EVE")
    assert shop.room(room)[-1].startswith(f"The command `!{verb}` is for the people who run this bot.")
    others = ChatKey("slack", "T1", "C9")
    await shop.agent(verb, "#1", chat=others, sender=MIA)
    assert shop.room(others)[-1].startswith(f"`/looksee {verb}` is for agents' rooms")
    await shop.agent(verb, "#1", chat=others, sender=MIA, private=True, owned=True)
    assert shop.room(others)[-1].startswith(f"`/looksee {verb}` is for agents' rooms")
    assert await shop.state() == (CaseState.WAITING, "")


async def test_help_in_a_room_is_for_agents(shop: Shop) -> None:
    room = await shop.wait_for_person()
    for verb in ("help", "frobnicate"):
        await shop.agent(verb, chat=room)
        said = shop.room(room)[-1]
        assert "`!take" in said
        assert "`!help" in said
        assert "`!forget" not in said
        assert "`!pause" not in said
    await shop.agent("help", chat=room, sender=BOSS)
    assert shop.room(room)[-1].startswith("This is the room of case #1.")
    assert "`!pause" in shop.room(room)[-1]


CASE_VERBS = [verb for verb in VERBS if verb.about_case and not verb.at_home]
HOME_VERBS = [verb for verb in VERBS if verb.at_home]


@pytest.mark.parametrize("verb", CASE_VERBS, ids=lambda verb: verb.name)
@pytest.mark.parametrize(("place", "lead"), [(PRIVATE, "/looksee "), (ChatKey("slack", "T1", "C1", "none"), "!")])
async def test_outside_of_a_room_it_is_said_what_is_missing_and_what_to_type(
    shop: Shop, verb: Verb, place: ChatKey, lead: str
) -> None:
    words = "" if verb.example == "waiting" else verb.example
    for given, says in ((words, "Which case do you mean?"), (f"#9 {words}", "There is no case #9; ")):
        await shop.agent(verb.name, given, chat=place, answer_to="mia")
        said = shop.room(place)[-1]
        assert said.startswith(says)
        assert f"`{lead}queue`" in said
        assert f"Type it like this: `{lead}{verb.name} #12" in said
    if not verb.parameters:
        await shop.agent(verb.name, "9", chat=place, answer_to="mia")
        assert shop.room(place)[-1].startswith("There is no case #9; ")


@pytest.mark.parametrize("verb", HOME_VERBS, ids=lambda verb: verb.name)
@pytest.mark.parametrize("about", ["", "#9 ", "#1 "])
async def test_what_is_said_in_rooms_alone_is_refused_elsewhere_with_what_to_type_there(
    shop: Shop, verb: Verb, about: str
) -> None:
    await shop.wait_for_person()
    for place in (PRIVATE, CHANNEL):
        await shop.agent(verb.name, f"{about}{verb.example}", chat=place, answer_to="mia")
        said = shop.room(place)[-1]
        assert said.startswith("What I say about a case stays in its room")
        assert f"Please use `!{verb.name}` there." in said
    assert shop.model.prompts == []


async def test_outside_of_a_room_it_is_said_who_has_a_case_and_what_to_type(shop: Shop) -> None:
    await shop.wait_for_person()
    for verb, says in (
        ("reopen", "`/looksee take #1`"),
        ("send", "`/looksee take #1`"),
        ("history", "Please use `!history` there."),
        ("ask", "Please use `!ask` there."),
    ):
        await shop.agent(verb, "#1 hello", chat=PRIVATE, sender=TOM)
        assert says in shop.room(PRIVATE)[-1]
    await shop.agent("take", "1", chat=PRIVATE)
    assert await shop.state() == (CaseState.HUMAN, MIA)
    for verb in ("take", "release", "close", "reopen"):
        await shop.agent(verb, "#1", chat=PRIVATE, sender=TOM)
        said = shop.room(PRIVATE)[-1]
        assert said.startswith("slack:T1/MIA has had case #1 since ")
        assert "`/looksee release #1 waiting`" in said
    await shop.agent("send", "#1 hello", chat=PRIVATE, sender=TOM)
    said = shop.room(PRIVATE)[-1]
    assert said.startswith("Not sent: slack:T1/MIA has had this case since ")
    assert "`/looksee release #1 waiting`" in said
    await shop.agent("take", "#1", chat=PRIVATE)
    assert shop.room(PRIVATE)[-1].endswith("write to the customer in its room.")
    await shop.agent("send", "#1", chat=PRIVATE)
    assert "`/looksee send #1 …`" in shop.room(PRIVATE)[-1]
    await shop.agent("close", "#1", chat=PRIVATE)
    for verb in ("take", "close", "release"):
        await shop.agent(verb, "#1", chat=PRIVATE, sender=TOM)
        assert "`/looksee reopen #1`" in shop.room(PRIVATE)[-1]


async def test_an_incident_that_is_not_named_is_asked_for_as_it_is_typed_there(shop: Shop) -> None:
    await shop.agent("answer", "we are on it", chat=PRIVATE)
    assert "`/looksee answer i5 …`" in shop.room(PRIVATE)[-1]


async def test_among_agents_everything_around_their_words_is_in_the_desks_language(shop: Shop) -> None:
    room = await shop.wait_for_person()
    await shop.agent("send", "您好，请稍等", chat=room)
    assert shop.room(room)[-1].startswith("Not sent: nobody has this case yet.")
    await shop.agent("answer", "请稍等", chat=CHANNEL)
    assert shop.room(CHANNEL)[-1].startswith("Which incident")
    await shop.agent("answer", "请稍等", chat=PRIVATE)
    assert shop.room(PRIVATE)[-1].startswith("请回复事件通知")
