"""What an app's home shows, and whose texts may be edited."""

from __future__ import annotations

import pytest

from bot.cases import CaseState, Move, Staff
from bot.messages import Button, ChatKey, Reply, Role, Sender
from bot.outcome import Outcome
from bot.people import Decision
from tests.test_core.conftest import CHAT, Bench

ADMIN, BEN, ANNA = Sender("telegram:1"), Sender("telegram:7"), Sender("list:anna")
EDIT = Button("Edit", "send", "#1", edits=True)


@pytest.fixture(autouse=True)
async def waiting(bench: Bench) -> None:
    """A desk, a case that waits, and an agent."""
    bench.platform.desk = ChatKey("list", "", "office")
    bench.roles.decided([Decision(BEN.key, agent=True)])
    anna = Staff(ANNA.key, "Anna")
    await bench.say("my order is lost")
    await bench.platform.wait_for(CHAT, 1)
    await bench.core.delivery.drain()
    await bench.store.commit(Outcome(CHAT, (), move=Move(CaseState.WAITING, anna, customer=anna)))


def shows(replies: tuple[Reply, ...]) -> str:
    return "\n".join(reply.text for reply in replies)


@pytest.mark.parametrize("who", [ANNA, BEN, ADMIN], ids=["customer", "agent", "admin"])
async def test_a_home_shows_what_somebody_may_see(bench: Bench, who: Sender) -> None:
    role = bench.roles.of(who.key)
    replies = await bench.core.surfaces.home(who)
    said = shows(replies)
    buttons = [(button.command, button.text) for reply in replies for button in reply.buttons]
    assert ("my order is lost" in said) == (role >= Role.AGENT)
    assert buttons == ([("take", "#1")] if role >= Role.AGENT else [])
    assert ("**Today**" in said and "- list: 1 chats" in said) == (role is Role.ADMIN)
    assert "/new" in said
    assert ("take" in said) == (role >= Role.AGENT)


async def test_a_home_is_in_the_language_of_who_looks(bench: Bench) -> None:
    assert "命令" in shows(await bench.core.surfaces.home(Sender("list:wang", language="zh-hans")))


async def test_commands_are_written_as_they_are_typed_there(bench: Bench) -> None:
    said = shows(await bench.core.surfaces.home(Sender("slack:T0TEAM/U0CUST")))
    assert "`/looksee new`" in said
    assert "`/new`" in shows(await bench.core.surfaces.home(ANNA))


async def test_only_who_may_send_a_draft_may_edit_it(bench: Bench) -> None:
    message = f"m{bench.platform.sent[0].id}"
    surfaces = bench.core.surfaces
    assert await surfaces.editable(BEN, EDIT, CHAT, message) == "fine"
    assert await surfaces.editable(BEN, EDIT, CHAT, "unknown") == ""
    assert await surfaces.editable(ANNA, EDIT, CHAT, message) is None
    assert await surfaces.editable(BEN, Button("Edit", "nonsense"), CHAT, message) is None


async def test_a_prompt_is_edited_from_what_holds_there(bench: Bench) -> None:
    office = ChatKey("list", "", "admins")
    await bench.command("prompt", "show here en", chat=office, sender=ADMIN.key)
    await bench.platform.wait_for(office, 1)
    (edit,) = [button for button in bench.platform.rendered[-1].buttons if button.edits]
    surfaces = bench.core.surfaces
    template = await surfaces.editable(ADMIN, edit, office, "shown")
    assert template
    assert template in bench.platform.texts(office)[0]
    assert await surfaces.editable(BEN, edit, office, "shown") is None
    nowhere = Button("Edit", "prompt", "set list:1/2/3/4", edits=True)
    assert await surfaces.editable(ADMIN, nowhere, office, "") is None
    with_words = Button("Edit", "prompt", "set en Be brief.", edits=True)
    assert await surfaces.editable(ADMIN, with_words, office, "") is None
