"""Agents at work in the rooms of a bench: cases handed over, and commands given there."""

from __future__ import annotations

from typing import Any

from bot.cases import Case, CaseState, Move, Staff
from bot.messages import ChatKey, Language, Reply
from bot.outcome import Outcome
from tests.test_core.conftest import Bench
from tests.waiting import until

PLACE = ChatKey("list", "", "desk")
BEN = "telegram:5"
"""An agent, if the bench's settings say so."""


async def hand_over(
    bench: Bench, chat: ChatKey, customer: str = "list:anna", *, language: Language = "en"
) -> tuple[Case, ChatKey]:
    """A case of the chat, and its room."""
    anna = Staff(customer, "Anna")
    move = Move(CaseState.WAITING, anna, customer=anna, language=language)
    await bench.store.commit(Outcome(chat, (), move=move))
    case = await bench.store.case(chat)
    assert case is not None
    found: list[ChatKey] = []

    async def opened() -> bool:
        found[:] = [room.chat for room in await bench.store.rooms(case.id) if room.thread]
        return bool(found)

    await until(opened)
    return case, found[0]


async def act(bench: Bench, room: ChatKey, verb: str, text: str = "", **more: Any) -> str:
    """Give a command as an agent, and wait until it is carried out and what came of it has been sent; returns the
    command's id."""
    message = f"order {bench.number}"
    await bench.command(verb, text, chat=room, sender=BEN, private=False, message=message, **more)

    async def done() -> bool:
        backlog = await bench.store.backlog()
        return not (await bench.store.pending(room) or backlog.outbox)

    await until(done)
    return message


async def order(bench: Bench, room: ChatKey, verb: str, text: str = "", **more: Any) -> Reply:
    """Give a command as an agent; returns what is said to it."""
    message = await act(bench, room, verb, text, **more)
    (said,) = (reply for reply in bench.platform.rendered if reply.reply_to == message)
    return said
