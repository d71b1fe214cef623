"""What goes wrong on the way: a store that fails, adapters with bugs, commands in awkward moments, stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from bot import assembly
from bot.errors import AlreadySettledError, AmbiguousDeliveryError, StoreError
from bot.messages import ChatKey, Inbound, Kind, Sender
from bot.outcome import Outcome
from bot.texts import ANSWER_FAILED, MAYBE_LOST, NEW_DONE, STOPPED
from tests.test_core.conftest import CHAT, Bench, asked, picture
from tests.waiting import until

Call = Callable[..., Awaitable[Any]]


def failing(real: Call, *, times: int = 1) -> tuple[Call, asyncio.Event]:
    """A method of the store that fails at first; the event is set when it has failed often enough."""
    left = times
    failed = asyncio.Event()

    async def call(*args: Any, **named: Any) -> Any:
        nonlocal left
        if left:
            left -= 1
            if not left:
                failed.set()
            raise StoreError("disk I/O error")
        return await real(*args, **named)

    return call, failed


# --- the store


async def test_an_answer_that_cannot_be_stored_is_offered_again_and_not_made_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, failed = failing(bench.store.commit, times=2)
    monkeypatch.setattr(bench.store, "commit", commit)
    await bench.say("hello")
    await failed.wait()
    assert await bench.platform.wait_for(CHAT, 1) == ["fine"]
    assert (len(bench.model.prompts), len(bench.platform.previews)) == (1, 1)


@pytest.mark.parametrize("name", ["language", "history", "images"])
async def test_a_store_that_cannot_be_read_is_asked_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    await bench.say("一", files=(picture(),))
    await bench.platform.wait_for(CHAT, 1)
    call, _ = failing(getattr(bench.store, name))
    monkeypatch.setattr(bench.store, name, call)
    await bench.say("2")
    assert await bench.platform.wait_for(CHAT, 2) == ["fine", "fine"]
    await bench.core.delivery.drain()
    assert len(bench.platform.sent) == 2


@pytest.mark.parametrize("verb", ["new", "stop"])
async def test_what_a_command_withdrew_stays_withdrawn_when_the_store_fails(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    other = ChatKey("list", "", "2")
    bench.model.gate.clear()
    await bench.say("under way")
    await bench.model.asked.wait()
    await bench.say("waiting")
    commit, failed = failing(bench.store.commit, times=2)
    monkeypatch.setattr(bench.store, "commit", commit)
    await bench.command(verb)
    await failed.wait()

    async def nothing_waits() -> bool:
        return (await bench.store.backlog()).inbox == 0

    await until(nothing_waits, within=10)
    bench.model.gate.set()
    await bench.say("hello", chat=other)
    await bench.platform.wait_for(other, 1)
    await bench.core.delivery.drain()
    expected = {"new": [NEW_DONE.say("en"), STOPPED.say("en")], "stop": [STOPPED.say("en")]}
    assert sorted(bench.platform.texts(CHAT)) == expected[verb]
    assert asked(bench) == ["under way", "hello"]


async def test_what_was_dealt_with_before_is_not_tried_for_ever(bench: Bench) -> None:
    """Such as by a second process on the same file."""
    bench.model.gate.clear()
    await bench.say("hello")
    await bench.model.asked.wait()
    (pending,) = await bench.store.pending()
    await bench.store.commit(Outcome(CHAT, (pending.id,)))
    with pytest.raises(AlreadySettledError):
        await bench.store.commit(Outcome(CHAT, (pending.id,)))
    bench.model.gate.set()
    await bench.say("next")
    await bench.platform.wait_for(CHAT, 1)
    assert asked(bench) == ["hello", "next"]


async def test_a_notice_that_cannot_be_written_does_not_end_a_chats_deliveries(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.platform.faults = [AmbiguousDeliveryError("connection lost")]
    bench.platform.found = {number: AmbiguousDeliveryError("no way to tell") for number in range(1, 9)}
    bench.model.gate.clear()
    await bench.say("hello")
    await bench.model.asked.wait()
    language, _ = failing(bench.store.language)
    monkeypatch.setattr(bench.store, "language", language)
    bench.model.gate.set()
    assert await bench.platform.wait_for(CHAT, 1) == [MAYBE_LOST.say("en", prefix="/")]
    await bench.say("next")
    await bench.platform.wait_for(CHAT, 2)


# --- adapters and models with bugs


async def test_an_answer_that_cannot_be_rendered_ends_in_a_sentence(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    render = bench.platform.render

    def broken(reply: Any) -> tuple[str, ...]:
        if reply.text == "fine":
            raise ValueError("bug")
        return render(reply)

    monkeypatch.setattr(bench.platform, "render", broken)
    await bench.say("hello")
    assert await bench.platform.wait_for(CHAT, 1) == [ANSWER_FAILED.say("en")]
    assert await bench.store.history(CHAT) == []
    assert (await bench.store.backlog()).inbox == 0


@pytest.mark.parametrize("name", ["preview", "show", "close"])
async def test_a_preview_with_a_bug_costs_nobody_the_answer(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("bug")

    where = bench.platform if name == "preview" else "tests.doubles.ListPreview"
    if isinstance(where, str):
        monkeypatch.setattr(f"{where}.{name}", broken)
    else:
        monkeypatch.setattr(where, name, broken)
    await bench.say("hello")
    assert await bench.platform.wait_for(CHAT, 1) == ["fine"]


async def test_a_model_with_a_bug_ends_in_a_sentence_and_the_chat_goes_on(bench: Bench) -> None:
    bench.model.failure = ZeroDivisionError("bug")
    await bench.say("hello")
    assert await bench.platform.wait_for(CHAT, 1) == [ANSWER_FAILED.say("en")]
    bench.model.failure = None
    await bench.say("again")
    assert (await bench.platform.wait_for(CHAT, 2))[1] == "fine"


# --- commands in awkward moments


async def test_a_new_conversation_given_while_a_question_waits_for_its_turn(bench: Bench) -> None:
    """The question before it belongs to the old conversation, the one behind it to the new one."""
    bench.model.gate.clear()
    for number in range(4):  # all places are taken
        await bench.say("busy", chat=ChatKey("list", "", f"busy {number}"), sender=f"list:{number}")

    async def all_asked() -> bool:
        return len(bench.model.prompts) == 4

    await until(all_asked)
    await bench.say("old")
    language = bench.store.language
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(chat: ChatKey) -> str:
        if chat == CHAT and not entered.is_set():
            entered.set()
            await leave.wait()
        return await language(chat)

    bench.store.language = slow  # type: ignore[method-assign]
    await bench.command("new")
    await entered.wait()
    await bench.say("fresh")
    bench.model.gate.set()  # places become free while the command is under way
    for number in range(4):
        await bench.platform.wait_for(ChatKey("list", "", f"busy {number}"), 1)
    leave.set()
    assert await bench.platform.wait_for(CHAT, 2) == [NEW_DONE.say("en"), "fine"]
    assert asked(bench)[4:] == ["fresh"]
    assert [turn.text for turn in await bench.store.history(CHAT)] == ["fresh", "fine"]


async def test_nothing_runs_on_after_a_stop(bench: Bench) -> None:
    bench.model.gate.clear()
    await bench.say("under way")
    await bench.model.asked.wait()
    language = bench.store.language
    entered, never = asyncio.Event(), asyncio.Event()

    async def slow(chat: ChatKey) -> str:
        entered.set()
        await never.wait()
        return await language(chat)

    bench.store.language = slow  # type: ignore[method-assign]
    for verb in ("status", "help", "new"):
        await bench.command(verb)
    await entered.wait()
    await bench.core.close()
    ours = ("chat ", "command ", "delivery ")
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith(ours)] == []
    assert len(await bench.store.pending()) == 4


async def test_a_platform_that_keeps_a_preview_from_ending_does_not_keep_the_service_from_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assembly, "ANSWER_SECONDS", 0.05)
    release = asyncio.Event()

    async def hang(*_: object, **__: object) -> str:
        await release.wait()
        return ""

    monkeypatch.setattr("tests.doubles.ListPreview.close", hang)
    bench.model.gate.clear()
    await bench.say("hello")
    await bench.model.asked.wait()
    async with asyncio.timeout(10):
        await bench.core.close()
    release.set()


async def test_chats_leave_nothing_behind(bench: Bench) -> None:
    for number in range(20):
        chat = ChatKey("list", "", str(number))
        await bench.say("hello", chat=chat, sender=f"list:{number}")
        await bench.command("status", chat=chat)
    for number in range(20):
        await bench.platform.wait_for(ChatKey("list", "", str(number)), 2)
    await bench.core.delivery.drain()

    async def idle() -> bool:
        return not bench.core.dispatcher._tasks

    await until(idle)
    rooms = (bench.core.dispatcher, bench.core.delivery, bench.core.desk, bench.core.intake)
    kept = {
        f"{type(room).__name__}.{name}": len(value)
        for room in rooms
        for name, value in vars(room).items()
        if isinstance(value, dict | set | list) and name != "_adapters"
    }
    assert set(kept.values()) == {0}


# --- messages in awkward moments


async def test_a_message_edited_and_one_deleted_while_being_answered(bench: Bench) -> None:
    bench.model.gate.clear()
    first = await bench.say("what is E-4172?")
    await bench.model.asked.wait()
    await bench.say("what is E-4127?", message=first, kind=Kind.EDIT)
    bench.model.gate.set()
    await bench.platform.wait_for(CHAT, 2)
    assert [turn.text for turn in await bench.store.history(CHAT)] == ["what is E-4127?", "fine"]
    bench.model.gate.clear()
    bench.model.asked.clear()
    second = await bench.say("my card is 4111")
    await bench.model.asked.wait()
    await bench.say(message=second, kind=Kind.DELETE)
    bench.model.gate.set()

    async def gone() -> bool:
        return (await bench.store.backlog()).inbox == 0

    await until(gone)
    assert [turn.text for turn in await bench.store.history(CHAT)] == ["what is E-4127?", "fine"]


async def test_the_same_event_again_is_answered_once(bench: Bench) -> None:
    inbound = Inbound("same", CHAT, Sender("list:anna"), text="hello", message_id="c1")
    results = await asyncio.gather(*(bench.core.intake.receive(replace(inbound)) for _ in range(10)))
    assert results.count(True) == 1
    await bench.platform.wait_for(CHAT, 1)
    await bench.core.delivery.drain()
    assert len(bench.platform.sent) == 1
