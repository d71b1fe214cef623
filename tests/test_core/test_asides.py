"""Questions that need no turn, or get none for now, and commands that take one."""

from __future__ import annotations

from bot.messages import ChatKey, Inbound, Kind, Pending, Sender
from bot.waiting import Limits
from tests.test_core.test_dispatch import NEVER, NEVER_ROW, Make, make, settled

__all__ = ["make"]  # the fixture


async def test_what_needs_no_turn_is_answered_beside_everything_else(make: Make) -> None:
    service = make()
    service.desk.asides = {"aside", "too"}
    service.ask("running", "anna")
    await service.begun("running")
    service.ask("aside", "ben")
    await service.begun("running", "aside")


async def test_what_waits_is_answered_at_once_when_it_need_not_wait_any_more(make: Make) -> None:
    service = make()
    service.desk.asides = {"aside"}
    service.ask("running", "anna")
    await settled()
    chat = service.ask("waiting", "ben")
    await service.begun("running")
    service.ask("aside", "ben", chat.chat)  # part of the same question now
    await service.begun("running", "waiting\naside")
    service.desk.finish("waiting\naside")
    other = service.ask("later", "cleo")
    await settled()
    service.desk.asides = {"later"}
    service.dispatcher.reconsider(other)
    await service.begun("running", "waiting\naside", "later")


async def test_what_is_held_waits_outside_of_the_queue_until_it_goes_on(make: Make) -> None:
    service = make(limits=Limits(notice=0, busy=NEVER, refuse=0, wait=NEVER))
    service.ask("running", "anna")
    await settled()
    service.desk.holds = True
    first = service.ask("first", "ben")
    service.ask("second", "cleo")
    await settled()
    service.ask("more", "ben", first.chat)
    gone = service.ask("gone", "dan")
    await settled()
    assert service.dispatcher.withdraw(gone, NEVER_ROW)
    service.desk.finish("running")
    await service.begun("running")
    service.desk.holds = False
    service.dispatcher.reconsider()
    await service.begun("running", "first\nmore")
    service.desk.finish("first\nmore")
    await service.begun("running", "first\nmore", "second")
    assert service.desk.declined == []


async def test_while_a_chat_is_silenced_nothing_of_it_is_answered(make: Make) -> None:
    service = make(parallel=4)
    chat = service.ask("running", "anna")
    await settled()
    service.ask("next", "anna", chat.chat)
    async with service.dispatcher.silenced(chat, lambda: service.desk.finish("running")):
        await service.begun("running")
        service.ask("elsewhere", "ben")
        await service.begun("running", "elsewhere")
    await service.begun("running", "elsewhere", "next")


async def test_a_command_that_takes_the_model_s_time_has_its_own_turn(make: Make) -> None:
    service = make()
    chat = service.ask("running", "anna")
    service.ask("before", "ben", "room")
    inbound = Inbound("slow", ChatKey("list", "", "room"), Sender("ben"), Kind.COMMAND, "which field?", command="ask")
    service.dispatcher.put(Pending(50, inbound))
    service.ask("after", "ben", "room")
    service.desk.finish("running", "before", "which field?")
    await service.begun("running", "before", "which field?", "after")
    assert chat not in service.dispatcher._lanes
