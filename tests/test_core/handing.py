"""Conversations that are handed over, and what becomes of them."""

from __future__ import annotations

from bot.cases import Case, CaseState, Cause, Move, Staff
from bot.handovertexts import HANDED_OVER, MEANWHILE
from bot.messages import Button, ChatKey
from bot.outcome import Outcome
from tests.test_core.conftest import CHAT, Bench
from tests.waiting import until

OFFICE = ChatKey("list", "", "office")
MIA = Staff("telegram:2", "Mia")
PERSON = Button("Talk to a person", "human")
WAITING = f"{HANDED_OVER[Cause.ASKED].en} {MEANWHILE.en}"


async def the_case(bench: Bench) -> Case:
    case = await bench.store.case(CHAT)
    assert case is not None
    return case


async def move(bench: Bench, after: CaseState) -> None:
    """Have an agent move the case on, or open it."""
    case = await bench.store.case(CHAT)
    agent = MIA if after is CaseState.HUMAN else Staff("")
    if case is None:
        opened = Move(after, MIA, agent=agent, cause=Cause.AGENT, customer=Staff("list:anna"))
    else:
        opened = Move(after, MIA, case.id, case.state, case.agent, agent)
    await bench.store.commit(Outcome(CHAT, (), move=opened))


async def settled(bench: Bench) -> None:
    """All that was said has been dealt with."""

    async def done() -> bool:
        return (await bench.store.backlog()).inbox == 0

    await until(done)
    await bench.core.delivery.drain()


def offered(bench: Bench) -> tuple[Button, ...]:
    """The buttons under the newest answer of the model's."""
    return [reply.buttons for reply in bench.platform.rendered if reply.rateable][-1]


async def said(bench: Bench) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.text) for turn in await bench.store.history(CHAT)]
