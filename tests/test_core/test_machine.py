"""Whatever customers do, whenever the bot dies: nothing is lost, nothing comes twice, nothing is half there.

Hypothesis draws what happens; `LOOKSEE_TEST_MACHINE_RUNS` has it draw so many runs, each time others. What failed is
printed as a story: who said what, and what became of it.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.cases import CaseState
from bot.messages import ChatKey, Kind
from tests.test_core.machine import Held, Life, Trouble

CHATS = tuple(ChatKey("list", "", name) for name in ("1", "2"))
RUNS = int(os.environ.get("LOOKSEE_TEST_MACHINE_RUNS", "25"))
chats = st.sampled_from(CHATS)


class Machine(RuleBasedStateMachine):
    """The bot, its customers, and what befalls it."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._runner = asyncio.Runner()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self._runner.run(work)

    @initialize(tells=st.booleans())
    def begin(self, tells: bool) -> None:
        self.life = Life(Path(self._folder.name), tells=tells)
        self._run(self.life.start())

    @rule(chat=chats, shot=st.booleans())
    def ask(self, chat: ChatKey, shot: bool) -> None:
        self._run(self.life.say(chat, Kind.MESSAGE, shot=shot))

    @rule(data=st.data(), kind=st.sampled_from([Kind.EDIT, Kind.DELETE]))
    @precondition(lambda self: any(said.inbound.kind is Kind.MESSAGE for said in self.life.said))
    def change_one_s_mind(self, data: st.DataObject, kind: Kind) -> None:
        said = data.draw(st.sampled_from([s.inbound for s in self.life.said if s.inbound.kind is Kind.MESSAGE]))
        self._run(self.life.say(said.chat, kind, message=said.message_id))

    @rule(chat=chats, verb=st.sampled_from(["stop", "new", "retry", "status"]))
    def command(self, chat: ChatKey, verb: str) -> None:
        self._run(self.life.say(chat, Kind.COMMAND, command=verb))

    @rule(chat=chats)
    def forget(self, chat: ChatKey) -> None:
        self._run(self.life.say(chat, Kind.COMMAND, command="forget", text="yes"))

    @rule(chat=chats, ban=st.booleans())
    def decide(self, chat: ChatKey, ban: bool) -> None:
        self._run(self.life.decide(chat, ban=ban))

    @rule(chat=chats, after=st.sampled_from(CaseState))
    def move(self, chat: ChatKey, after: CaseState) -> None:
        self._run(self.life.move(chat, after))

    @rule(data=st.data())
    @precondition(lambda self: self.life.said)
    def redeliver(self, data: st.DataObject) -> None:
        self._run(self.life.again(data.draw(st.integers(0, len(self.life.said) - 1))))

    @rule(trouble=st.sampled_from(["later", "arrived", "vanished"]))
    def next_send_goes_wrong(self, trouble: Trouble) -> None:
        self.life.platform.troubles.append(trouble)

    @rule(held=st.sampled_from(["", "before", "after"]))
    def hold_sends(self, held: Held) -> None:
        self.life.platform.held = held

    @rule(thinking=st.booleans())
    def hold_the_model(self, thinking: bool) -> None:
        (self.life.model.gate.clear if thinking else self.life.model.gate.set)()

    @rule(steps=st.integers(1, 12))
    def pass_time(self, steps: int) -> None:
        self._run(self.life.pass_time(steps))

    @rule()
    def crash(self) -> None:
        self._run(self.life.kill())

    @rule()
    def restart(self) -> None:
        self._run(self.life.restart())

    @rule()
    def settle(self) -> None:
        self._run(self._settle())

    async def _settle(self) -> None:
        await self.life.settle()
        await self.life.check()

    def teardown(self) -> None:
        try:
            if hasattr(self, "life"):
                self._run(self._settle())
                self._run(self.life.end())
        finally:
            self._runner.close()
            self._folder.cleanup()


@pytest.mark.timeout(300 + 10 * RUNS)
def test_nothing_is_lost_and_nothing_comes_twice() -> None:
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=30,
            deadline=None,
            phases=[Phase.generate],  # the same steps need not meet the same instants: there is nothing to shrink
            derandomize="LOOKSEE_TEST_MACHINE_RUNS" not in os.environ,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
