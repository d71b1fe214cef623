"""Waiting as people see it: where they stand, being asked to come again, and answers that do not come."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from structlog.testing import CapturingLogger

from bot import waiting
from bot.errors import ModelDiedError, SetAsideError
from bot.listening import Patience
from bot.messages import Attachment, ChatKey, Inbound, Kind, Language, Sender
from bot.ports import Prompt
from bot.sections import ModelSettings, QueueSettings
from bot.texts import (
    ANSWER_FAILED,
    BROKE_OFF,
    BUSY,
    NEW_DONE,
    PICTURE_BROKEN,
    PICTURE_UNNAMED,
    SET_ASIDE,
    STATUS_WAITING,
    STOPPED,
    TOO_SLOW,
    TRY_LATER,
    WAITING,
    YOUR_TURN,
    roughly,
)
from tests.doubles import ListPreview
from tests.prompts import words
from tests.test_core.conftest import CHAT, Bench, picture
from tests.waiting import until

OTHER = ChatKey("list", "", "other")
NEVER = 86_400.0
AT_ONCE = QueueSettings(notice_seconds=0)
REFUSING = QueueSettings(busy_seconds=1, refuse_seconds=1)


async def occupied(bench: Bench, queue: QueueSettings) -> None:
    """Set the bench up anew with one slot, which somebody's question takes until the model's gate is opened."""
    await bench.stop()
    update = {"queue": queue, "model": ModelSettings(max_tokens=100, parallel_chats=1)}
    bench.settings = bench.settings.model_copy(update=update)
    await bench.start()
    bench.model.gate.clear()
    await bench.say("occupied", chat=OTHER, sender="list:ben")
    await bench.model.asked.wait()


async def preview(bench: Bench, number: int = 1) -> ListPreview:
    """The preview of the question that waits, once there is something to see in it."""

    async def remarked() -> bool:
        return len(bench.platform.previews) > number and bool(bench.platform.previews[number].remarks)

    await until(remarked)
    return bench.platform.previews[number]


async def test_where_one_stands_is_shown_and_becomes_the_answer(bench: Bench) -> None:
    await occupied(bench, AT_ONCE)
    bench.platform.slot = "p1"
    await bench.say("what is this?")
    shown = await preview(bench)
    bench.model.gate.set()
    assert await bench.platform.wait_for(CHAT, 1) == ["fine"]
    assert shown.remarks == [WAITING.say("en", position=1, time="5 seconds"), YOUR_TURN.en]
    assert (shown.shown, shown.closed) == (["fine"], True)
    await bench.core.delivery.drain()
    assert [item.slot for item in bench.platform.sent if item.chat == CHAT] == ["p1"]
    assert len(bench.platform.previews) == 2
    transcript = await bench.store.transcript(CHAT)
    assert [entry.text or entry.payload for entry in transcript] == ["what is this?", "fine"]


async def test_it_is_brought_up_to_date(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "NEWS_SECONDS", 0.01)
    await occupied(bench, AT_ONCE)
    await bench.say("second", chat=ChatKey("list", "", "2"), sender="list:cleo")
    await preview(bench)
    await bench.say("third", sender="list:anna")
    shown = await preview(bench, 2)
    assert shown.remarks[0].startswith(WAITING.say("en", position=2, time="")[:30])
    await bench.command("stop", chat=ChatKey("list", "", "2"), sender="list:cleo")

    async def first() -> bool:
        return "number 1," in shown.remarks[-1]

    await until(first)
    assert shown.closed is None


async def test_a_picture_alone_is_answered_in_the_chats_language(bench: Bench) -> None:
    await bench.say("这个报错是什么意思?")
    await bench.platform.wait_for(CHAT, 1)
    await occupied(bench, AT_ONCE)
    await bench.say(files=(picture(),))
    shown = await preview(bench, 2)
    assert shown.remarks[0].startswith("⏳ 排队中")


@pytest.mark.parametrize(("verb", "answer"), [("stop", STOPPED.en), ("new", NEW_DONE.en)])
async def test_a_question_that_is_taken_back_leaves_nothing(bench: Bench, verb: str, answer: str) -> None:
    await occupied(bench, AT_ONCE)
    await bench.say("what is this?")
    shown = await preview(bench)
    await bench.command(verb)
    assert await bench.platform.wait_for(CHAT, 1) == [answer]

    async def closed() -> bool:
        return shown.closed is not None

    await until(closed)
    assert shown.closed is False
    bench.model.gate.set()
    await bench.platform.wait_for(OTHER, 1)
    assert len(bench.model.prompts) == 1
    assert (await bench.store.backlog()).inbox == 0


async def test_a_deleted_question_leaves_nothing(bench: Bench) -> None:
    await occupied(bench, AT_ONCE)
    asked = await bench.say("my card is 4111")
    shown = await preview(bench)
    await bench.say(message=asked, kind=Kind.DELETE)

    async def closed() -> bool:
        return shown.closed is not None

    await until(closed)
    assert shown.closed is False
    bench.model.gate.set()
    await bench.platform.wait_for(OTHER, 1)
    await bench.say("hello")
    assert await bench.platform.wait_for(CHAT, 1) == ["fine"]
    assert len(bench.platform.previews) == 3
    assert len(bench.model.prompts) == 2


async def test_a_stop_of_the_service_takes_the_remark_away_and_loses_nothing(bench: Bench) -> None:
    await occupied(bench, AT_ONCE)
    await bench.say("what is this?")
    shown = await preview(bench)
    await bench.stop()
    assert shown.closed is False
    bench.model.gate.set()
    await bench.start()
    assert await bench.platform.wait_for(CHAT, 1) == ["fine"]


async def test_a_long_wait_is_apologised_for_at_once(bench: Bench) -> None:
    await occupied(bench, QueueSettings(notice_seconds=3600, busy_seconds=1))
    await bench.say("what is this?")
    shown = await preview(bench)
    assert shown.remarks == [BUSY.say("en", position=1, time="5 seconds")]
    assert b'looksee_notices_total{platform="list",why="busy"} 1.0' in bench.metrics.exposition()[0]
    bench.model.gate.set()
    assert await bench.platform.wait_for(CHAT, 1) == ["fine"]


async def test_who_is_asked_to_try_again_later_need_not_send_the_picture_again(bench: Bench) -> None:
    await occupied(bench, REFUSING)
    await bench.say("what is the code?", files=(picture(),))
    assert await bench.platform.wait_for(CHAT, 1) == [TRY_LATER.en]
    assert b'looksee_notices_total{platform="list",why="declined"} 1.0' in bench.metrics.exposition()[0]
    bench.model.gate.set()
    await bench.platform.wait_for(OTHER, 1)
    await bench.core.delivery.drain()
    await bench.say("try again")
    await bench.platform.wait_for(CHAT, 2)
    messages = bench.model.prompts[1].messages[1:]
    assert [(m.role, words(m.text), len(m.images)) for m in messages] == [
        ("user", "what is the code?", 1),
        ("assistant", TRY_LATER.en, 0),
        ("user", "try again", 0),
    ]


async def test_a_broken_picture_is_told_of_also_when_there_is_no_time(bench: Bench) -> None:
    await occupied(bench, REFUSING)
    await bench.say("what is the code?", files=(b"\x89PNG\r\n\x1a\n broken",))
    unnamed = PICTURE_UNNAMED.say("en")
    assert await bench.platform.wait_for(CHAT, 1) == [PICTURE_BROKEN.say("en", name=unnamed)]


async def test_a_commands_answer_does_not_wait(bench: Bench) -> None:
    await occupied(bench, REFUSING)
    await bench.command("help")
    await bench.platform.wait_for(CHAT, 1)


@pytest.mark.parametrize(("text", "language"), [("what is this?", "en"), ("这是什么错误", "zh")])
async def test_status_tells_position_and_time(bench: Bench, text: str, language: Language) -> None:
    await bench.say(text)
    await bench.platform.wait_for(CHAT, 1)
    await bench.core.delivery.drain()
    await occupied(bench, QueueSettings())
    await bench.say("1")
    await bench.command("status")
    expected = STATUS_WAITING.say(language, position=1, time=roughly(3, language))
    assert (await bench.platform.wait_for(CHAT, 2))[1] == expected


async def test_how_long_it_will_take_is_learned_from_answers(bench: Bench) -> None:
    bench.model.token_ms = 600_000
    await occupied(bench, QueueSettings())
    bench.model.gate.set()
    await bench.platform.wait_for(OTHER, 1)
    bench.model.gate.clear()
    bench.model.asked.clear()
    await bench.say("occupied again", chat=OTHER, sender="list:ben")
    await bench.model.asked.wait()
    await bench.say("what is this?")
    place = bench.core.dispatcher.place(CHAT)
    assert place is not None
    # Ten minutes of the device by its own account, of which next to none passed: it is believed a tenth of that.
    assert 30 < place.seconds < 61


async def test_stopped_before_the_model_was_asked(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    fetching, go = asyncio.Event(), asyncio.Event()

    async def fetch(chat: ChatKey, attachment: Attachment, limit: int) -> bytes:
        fetching.set()
        await go.wait()
        return picture()

    monkeypatch.setattr(bench.platform, "fetch", fetch)
    attachment = Attachment(ref="slow")
    inbound = Inbound(
        "slow", CHAT, Sender("list:anna"), text="what is this?", message_id="c1", attachments=(attachment,)
    )
    await bench.core.intake.receive(inbound)
    await fetching.wait()
    await bench.command("stop")

    async def stopped() -> bool:
        return (await bench.store.backlog()).inbox == 1

    await until(stopped)
    go.set()
    assert await bench.platform.wait_for(CHAT, 1) == [STOPPED.en]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "5 seconds"),
        (5.1, "10 seconds"),
        (90, "90 seconds"),
        (91, "2 minutes"),
        (7200, "120 minutes"),
        (7201, "3 hours"),
    ],
)
def test_times_are_rounded_up(seconds: float, said: str) -> None:
    assert roughly(seconds, "en") == said


async def test_an_answer_that_does_not_begin(bench: Bench) -> None:
    bench.core.desk._hearing._patience = Patience(0, NEVER)
    bench.model.gate.clear()
    await bench.say("what is the code?", files=(picture(),))
    assert await bench.platform.wait_for(CHAT, 1) == [TOO_SLOW.en]
    bench.model.gate.set()
    bench.core.desk._hearing._patience = Patience(NEVER, NEVER)
    await bench.say("try again")
    assert (await bench.platform.wait_for(CHAT, 2))[1] == "fine"
    assert [(words(m.text), len(m.images)) for m in bench.model.prompts[1].messages[1:]] == [
        ("what is the code?", 1),
        (TOO_SLOW.en, 0),
        ("try again", 0),
    ]


async def test_an_answer_that_falls_silent(bench: Bench) -> None:
    def pieces(_prompt: Prompt) -> Iterator[str]:
        yield "It says"
        bench.model.gate.clear()
        yield " a lot"

    bench.core.desk._hearing._patience = Patience(NEVER, 0)
    bench.model.script = pieces
    await bench.say("what is this?")
    assert await bench.platform.wait_for(CHAT, 1) == [f"It says\n\n*{BROKE_OFF.en}*"]
    await bench.core.delivery.drain()
    assert [turn.text for turn in await bench.store.history(CHAT)] == ["what is this?", "It says"]
    assert b'looksee_notices_total{platform="list",why="fell_silent"} 1.0' in bench.metrics.exposition()[0]


def dying(bench: Bench, times: int) -> None:
    """Have the model die in the middle of its next answers."""
    deaths = iter(range(times))

    def pieces(_prompt: Prompt) -> Iterator[str]:
        yield "It "
        if next(deaths, None) is not None:
            raise ModelDiedError("killed")
        yield "says."

    bench.model.script = pieces


async def test_a_model_that_died_is_asked_again(bench: Bench) -> None:
    dying(bench, 2)
    await bench.say("what is this?")
    assert await bench.platform.wait_for(CHAT, 1) == ["It says."]
    assert len(bench.model.prompts) == 3
    assert bench.platform.previews[0].shown == ["It ", "It ", "It ", "It says."]


async def test_a_model_that_keeps_dying_is_given_up(bench: Bench) -> None:
    dying(bench, 3)
    await bench.say("what is this?")
    assert await bench.platform.wait_for(CHAT, 1) == [ANSWER_FAILED.en]
    assert len(bench.model.prompts) == 3


async def test_what_kills_the_model_is_set_aside_and_not_remembered(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged = CapturingLogger()
    monkeypatch.setattr("bot.desk.log", logged)
    bench.model.failure = SetAsideError("killed it twice")
    await bench.say("what is this?", files=(picture(),))
    assert await bench.platform.wait_for(CHAT, 1) == [SET_ASIDE.en]
    assert [(call.method_name, call.args) for call in logged.calls] == [("exception", ("question_set_aside",))]
    assert (await bench.store.backlog()).set_aside == 1
    bench.model.failure = None
    await bench.say("and now?")
    await bench.platform.wait_for(CHAT, 2)
    assert [(words(m.text), len(m.images)) for m in bench.model.prompts[1].messages[1:]] == [("and now?", 0)]


async def test_agents_are_urgent_to_the_model_too(bench: Bench) -> None:
    await bench.say("from an agent", sender="telegram:1")
    await bench.platform.wait_for(CHAT, 1)
    await bench.say("from a customer", chat=OTHER)
    await bench.platform.wait_for(OTHER, 1)
    assert [prompt.urgent for prompt in bench.model.prompts] == [True, False]
