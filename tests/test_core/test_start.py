"""What an earlier run left and what comes in meanwhile: the start."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot import assembly, configured
from bot.errors import ConfigurationError
from bot.messages import ChatKey, Inbound, NewOutgoing, Sender
from bot.metrics import Metrics
from bot.outcome import Outcome
from bot.sections import ChatSettings, ModelSettings
from bot.settings import Settings
from conversations.sqlite import SqliteStore
from tests.doubles import ScriptedModel
from tests.test_core.conftest import CHAT, Bench, asked
from tests.waiting import until

Call = Callable[..., Awaitable[Any]]


async def start_late(bench: Bench, meanwhile: Call) -> None:
    """Restart, with something happening after the platforms are connected and before the rest is taken up."""
    await bench.stop()
    bench.store = SqliteStore(bench.path)
    await bench.store.open()
    prompts = await asyncio.to_thread(configured.load_prompts, bench.settings)
    bench.core = assembly.assemble(
        bench.settings, bench.store, bench.model, {"list": bench.platform}, Metrics(), prompts
    )
    await meanwhile()
    await bench.core.resume()


async def test_what_comes_in_during_the_start_is_answered_once_and_after_what_is_older(bench: Bench) -> None:
    bench.model.gate.clear()
    await bench.say("old")
    await bench.model.asked.wait()

    async def meanwhile() -> None:
        bench.model.prompts.clear()
        bench.model.gate.set()
        await bench.say("new")
        await bench.say("elsewhere", chat=ChatKey("list", "", "2"), sender="list:ben")

    await start_late(bench, meanwhile)
    await bench.platform.wait_for(CHAT, 1)
    await bench.platform.wait_for(ChatKey("list", "", "2"), 1)
    await bench.core.delivery.drain()
    assert sorted(asked(bench)) == ["elsewhere", "old\nnew"]
    assert len(bench.platform.sent) == 2
    assert (await bench.store.backlog()).inbox == 0


async def test_what_is_committed_while_the_inbox_is_read_is_handed_on_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the store's list already has the row or not."""

    async def meanwhile() -> None:
        pending = bench.store.pending

        async def listed_first() -> Any:
            rows = await pending()
            await bench.say("after the list was made")
            return rows

        await bench.say("before", chat=ChatKey("list", "", "2"), sender="list:ben")
        monkeypatch.setattr(bench.store, "pending", listed_first)

    await start_late(bench, meanwhile)
    await bench.platform.wait_for(CHAT, 1)
    await bench.platform.wait_for(ChatKey("list", "", "2"), 1)
    await bench.core.delivery.drain()
    assert sorted(asked(bench)) == ["after the list was made", "before"]


async def test_the_end_of_a_caller_does_not_keep_its_message_from_being_answered(bench: Bench) -> None:
    for steps in range(0, 40, 3):
        task = asyncio.create_task(bench.say(f"{steps}", chat=ChatKey("list", "", f"{steps}"), sender="list:ben"))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    async def nothing_waits() -> bool:
        return (await bench.store.backlog()).inbox == 0

    await until(nothing_waits, within=5)


async def test_rows_of_a_platform_that_is_off_wait_for_it(bench: Bench) -> None:
    other = ChatKey("other", "", "1")
    row = await bench.store.accept(Inbound("o1", other, Sender("other:1"), text="hello", message_id="o1"))
    assert row is not None
    done = await bench.store.accept(Inbound("o2", other, Sender("other:1"), text="hello", message_id="o2"))
    assert done is not None
    await bench.store.commit(Outcome(other, (done,), (NewOutgoing("waits"),)))
    await bench.stop()
    await bench.start()
    await bench.say("here")
    await bench.platform.wait_for(CHAT, 1)
    assert asked(bench) == ["here"]
    assert [pending.id for pending in await bench.store.pending()] == [row]
    assert [item.payload for item in await bench.store.undelivered()] == ["waits"]


def test_a_context_without_room_for_questions_is_refused_at_the_start() -> None:
    settings = Settings(_env_file=None, chat=ChatSettings(policies="We deliver on Mondays. " * 500))
    prompts = configured.load_prompts(settings)
    with pytest.raises(ConfigurationError, match="LOOKSEE_CHAT__POLICIES"):
        configured.check_room(settings, ScriptedModel(context=8192), prompts)
    configured.check_room(settings, ScriptedModel(context=65_536), prompts)
    settings = Settings(_env_file=None, model=ModelSettings(max_tokens=8192))
    with pytest.raises(ConfigurationError, match="LOOKSEE_MODEL__MAX_TOKENS=8192"):
        configured.check_room(settings, ScriptedModel(context=8192), configured.load_prompts(settings))
