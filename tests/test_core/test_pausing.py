"""A service that rests: what comes in waits, and is answered when it goes on."""

from __future__ import annotations

from bot.cases import CaseState
from bot.handovertexts import PAUSED_BECAUSE, paused
from bot.messages import Button, ChatKey
from bot.sections import QueueSettings
from bot.verbs import sentences
from tests.test_core.conftest import CHAT, Bench, asked
from tests.test_core.handing import OFFICE, move, settled
from tests.waiting import until

ADMIN = "telegram:1"
OFFICE_OF_ADMIN = ChatKey("list", "", "admin")
TOLD = PAUSED_BECAUSE.say("en", reason="new server")


async def admin(bench: Bench, verb: str, text: str = "") -> str:
    """Give a command; returns the answer."""
    before = len(bench.platform.texts(OFFICE_OF_ADMIN))
    await bench.command(verb, text, chat=OFFICE_OF_ADMIN, sender=ADMIN)
    return (await bench.platform.wait_for(OFFICE_OF_ADMIN, before + 1))[-1]


async def test_it_wants_to_be_sure(bench: Bench) -> None:
    said = await admin(bench, "pause", "new server")
    assert "`/pause yes new server`" in said
    button = Button("Pause", "pause", "yes new server", "danger", sentences.PAUSE_SURE.en)
    assert list(bench.platform.rendered[-1].buttons) == [button]
    assert await bench.store.paused() is None
    await admin(bench, "pause", "long reason " * 8)
    assert list(bench.platform.rendered[-1].buttons) == []
    assert await admin(bench, "resume") == sentences.NOT_PAUSED.en


async def test_questions_wait_in_order_and_each_customer_is_told_once(bench: Bench) -> None:
    other = ChatKey("list", "", "2")
    await admin(bench, "pause", "yes new server")
    await bench.say("one")
    assert await bench.platform.wait_for(CHAT, 1) == [TOLD]
    await bench.say("two")
    await bench.say("你好", chat=other, sender="list:ben")
    assert await bench.platform.wait_for(other, 1) == [paused("new server", "zh")]
    await bench.command("status")
    assert (await bench.platform.wait_for(CHAT, 2))[1] == TOLD
    assert bench.model.prompts == []
    assert (await bench.store.backlog()).inbox == 3
    assert "Waiting questions: 3\n" in await admin(bench, "health")
    assert await admin(bench, "resume") == sentences.RESUMED.say("en", waiting=3)
    assert (await bench.platform.wait_for(CHAT, 3))[2] == "fine"
    await bench.platform.wait_for(other, 2)
    assert asked(bench) == ["one\ntwo", "你好"]
    await admin(bench, "pause", "yes")
    await bench.say("three")
    assert (await bench.platform.wait_for(CHAT, 4))[3] == paused("", "en")


async def test_a_restart_stays_paused_and_tells_nobody_twice(bench: Bench) -> None:
    await admin(bench, "pause", "yes new server")
    await bench.say("one")
    await bench.platform.wait_for(CHAT, 1)
    await bench.stop()
    await bench.start()
    await bench.say("two")
    assert "service: paused: new server" in await admin(bench, "health")
    assert bench.core.pausing.notes() == ["paused: new server"]
    await admin(bench, "resume")
    assert await bench.platform.wait_for(CHAT, 2) == [TOLD, "fine"]
    assert asked(bench) == ["one\ntwo"]
    assert await bench.store.paused() is None


async def test_what_is_under_way_ends_and_what_waited_goes_on_waiting(bench: Bench) -> None:
    other = ChatKey("list", "", "2")
    bench.model.gate.clear()
    await bench.say("under way")
    await bench.model.asked.wait()
    await bench.say("behind it")
    await admin(bench, "pause", "yes new server")
    bench.model.gate.set()
    assert await bench.platform.wait_for(CHAT, 2) == ["fine", TOLD]
    await bench.say("another", chat=other, sender="list:ben")
    await bench.platform.wait_for(other, 1)
    await bench.command("stop", chat=other, sender="list:ben")
    await bench.platform.wait_for(other, 2)
    await admin(bench, "resume")
    await bench.platform.wait_for(CHAT, 3)
    await settled(bench)
    assert asked(bench) == ["under way", "behind it"]


async def test_persons_and_wishes_for_them_go_on(bench: Bench) -> None:
    bench.platform.desk = OFFICE
    await admin(bench, "pause", "yes")
    await bench.say("what is this?")
    await bench.platform.wait_for(CHAT, 1)
    await bench.say("I want to talk to a human")
    assert (await bench.platform.wait_for(CHAT, 2))[1].startswith("A person will answer you right here.")
    assert (await bench.store.history(CHAT))[0].text == "what is this?\nI want to talk to a human"
    await move(bench, CaseState.HUMAN)
    await bench.say("are you there?")
    await settled(bench)
    assert bench.model.prompts == []


async def test_who_waited_through_a_pause_is_not_sent_away(bench: Bench) -> None:
    await bench.stop()
    queue = QueueSettings(busy_seconds=1, refuse_seconds=1)
    model = bench.settings.model.model_copy(update={"parallel_chats": 1})
    bench.settings = bench.settings.model_copy(update={"queue": queue, "model": model})
    await bench.start()
    await admin(bench, "pause", "yes")
    chats = [ChatKey("list", "", f"c{number}") for number in range(3)]
    for chat in chats:
        await bench.say("what is this?", chat=chat, sender=f"list:{chat.chat}")
        await bench.platform.wait_for(chat, 1)
    bench.model.gate.clear()
    await admin(bench, "resume")
    await bench.model.asked.wait()

    async def all_wait() -> bool:
        return len(bench.core.dispatcher._room._turns) == len(chats)

    await until(all_wait)
    bench.model.gate.set()
    for chat in chats:
        assert (await bench.platform.wait_for(chat, 2))[1] == "fine"
