"""Turns of questions: the dispatcher with its waiting room, and a desk that answers when it is told to."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable

import pytest

from bot import waiting
from bot.dispatch import Dispatcher
from bot.estimate import Estimates
from bot.intake import Question
from bot.messages import ChatKey, Inbound, Kind, Pending, Sender
from bot.metrics import Metrics
from bot.queueing import Place
from bot.waiting import Limits, WaitingRoom
from tests.waiting import until

NEVER = 86_400.0
NEVER_ROW = 10**9
SILENT = Limits(notice=NEVER, busy=NEVER, refuse=NEVER, wait=NEVER)


class Desk:
    """Notes what it is given; each answer lasts until `finish` is called with its question's text."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.declined: list[str] = []
        self.announced: list[tuple[str, Place]] = []
        self.concealed: list[ChatKey] = []
        self.took = 1000.0
        self.asides: set[str] = set()
        self.holds = False
        self._ends: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def aside(self, question: Question) -> bool:
        return question.text.splitlines()[-1] in self.asides

    async def held(self, question: Question) -> bool:
        return self.holds

    async def answer(self, question: Question) -> float:
        self.begun.append(question.text)
        await self._ends[question.text].wait()
        return self.took

    async def decline(self, question: Question) -> None:
        self.declined.append(question.text)

    async def announce(self, question: Question, place: Place) -> None:
        self.announced.append((question.text, place))

    async def conceal(self, chat: ChatKey) -> None:
        self.concealed.append(chat)

    def finish(self, *texts: str) -> None:
        for text in texts:
            self._ends[text].set()


class Service:
    """A dispatcher, and people who ask. `now` is its clock."""

    def __init__(self, parallel: int, limits: Limits, burst: float) -> None:
        self.desk = Desk()
        self.estimates = Estimates()
        self.metrics = Metrics()
        self.controlled: list[str] = []
        self.control_may_end = asyncio.Event()
        self.now = 1000.0
        self._rows = itertools.count(1)
        room = WaitingRoom(
            self.desk.announce,
            self.metrics,
            self.estimates,
            limits,
            parallel=parallel,
            cached=lambda chat: 0,
            urgent=lambda key: key == "agent",
            timer=lambda: self.now,
        )
        self.dispatcher = Dispatcher(
            self.desk,
            room,
            self._control,
            self.metrics,
            burst_seconds=burst,
            album_seconds=burst,
            in_office=lambda chat: chat.chat == "room",
            ordered=lambda command: command.chat.chat == "room" and command.command != "help",
            timer=lambda: self.now,
        )

    async def _control(self, pending: Pending) -> None:
        self.controlled.append(pending.inbound.command)
        await self.control_may_end.wait()

    def ask(
        self, text: str, person: str = "anna", chat: str = "", *, earlier: bool = False, group_id: str = ""
    ) -> ChatKey:
        """Ask in a chat of its own, unless one is named."""
        key = ChatKey("list", "", chat or text)
        inbound = Inbound(text, key, Sender(person), text=text, message_id=text, group_id=group_id)
        self.dispatcher.put(Pending(next(self._rows), inbound, earlier=earlier))
        return key

    def command(self, chat: ChatKey, verb: str = "new") -> None:
        inbound = Inbound("command", chat, Sender("anna"), Kind.COMMAND, text=verb, command=verb)
        self.dispatcher.put_control(Pending(next(self._rows), inbound))

    async def begun(self, *texts: str) -> None:
        """Wait until just these have been begun, in this order."""
        await settled()
        assert self.desk.begun == list(texts)


async def settled() -> None:
    """Let everything that can go on go on."""
    for _ in range(20):
        await asyncio.sleep(0)


Make = Callable[..., Service]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """Makes services, and closes them."""
    made: list[Service] = []

    def new(parallel: int = 1, limits: Limits = SILENT, burst: float = 0) -> Service:
        made.append(Service(parallel, limits, burst))
        return made[-1]

    yield new
    for service in made:
        await service.dispatcher.close(5)


async def test_a_flood_leaves_room_for_others(make: Make) -> None:
    service = make(parallel=4)
    for number in range(20):
        service.ask(f"flood {number}", "flooder")
    await service.begun("flood 0", "flood 1")
    service.ask("one", "ben")
    await service.begun("flood 0", "flood 1", "one")


async def test_who_has_taken_less_goes_first(make: Make) -> None:
    service = make()
    service.desk.took = 60_000
    for text in ("anna 1", "anna 2", "anna 3"):
        service.ask(text, "anna")
    await settled()
    service.ask("ben 1", "ben")
    service.ask("ben 2", "ben")
    service.desk.finish("anna 1", "anna 2", "anna 3", "ben 1", "ben 2")
    await service.begun("anna 1", "ben 1", "anna 2", "ben 2", "anna 3")


async def test_one_question_of_a_chat_at_a_time(make: Make) -> None:
    service = make(parallel=8)
    service.ask("first", chat="same")
    await settled()
    service.ask("second", chat="same")
    service.ask("third", chat="same")
    await service.begun("first")
    service.desk.finish("first")
    await service.begun("first", "second\nthird")


async def test_agents_go_first(make: Make) -> None:
    service = make()
    service.ask("running", "anna")
    await settled()
    service.ask("customer", "ben")
    service.ask("agent", "agent")
    service.desk.finish("running")
    await service.begun("running", "agent")


async def test_a_question_that_is_taken_back_makes_way(make: Make) -> None:
    service = make()
    service.ask("running", "anna")
    await settled()
    waiting_chat = service.ask("waiting", "ben")
    service.ask("next", "cleo")
    await settled()
    assert [p.inbound.text for p in service.dispatcher.withdraw(waiting_chat, 99)] == ["waiting"]
    await settled()
    assert service.desk.concealed == [waiting_chat]
    assert service.dispatcher.place(waiting_chat) is None
    service.desk.finish("running")
    await service.begun("running", "next")


async def test_what_follows_a_question_that_was_taken_back_does_not_jump_the_queue(make: Make) -> None:
    service = make()
    service.ask("running", "anna")
    await settled()
    chat = service.ask("waiting", "ben")
    await settled()
    service.dispatcher.withdraw(chat, 99)
    service.ask("instead", "ben", "waiting")
    await service.begun("running")
    service.desk.finish("running")
    await service.begun("running", "instead")


async def test_a_command_goes_before_a_question_whose_turn_it_is(make: Make) -> None:
    service = make()
    service.ask("running", "anna")
    await settled()
    chat = service.ask("waiting", "ben")
    await settled()
    service.command(chat)
    service.desk.finish("running")
    await service.begun("running")
    assert service.controlled == ["new"]
    service.dispatcher.withdraw(chat, 99)
    service.control_may_end.set()
    service.ask("other", "cleo")
    await service.begun("running", "other")


async def test_who_waits_long_is_told_and_told_anew(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "NEWS_SECONDS", 0.0)
    service = make(limits=Limits(notice=0, busy=NEVER, refuse=NEVER, wait=NEVER))
    for text in ("running", "next", "last"):
        service.ask(text, text)
        await settled()
    positions = {text: place.position for text, place in service.desk.announced}
    assert positions == {"next": 1, "last": 2}
    assert all(place.seconds > 0 for _, place in service.desk.announced)
    service.desk.finish("running")
    await settled()
    assert service.desk.announced[-1][0] == "last"
    assert service.desk.announced[-1][1].position == 1


async def test_who_does_not_wait_long_is_not_told(make: Make) -> None:
    service = make()
    service.ask("running", "anna")
    await settled()
    chat = service.ask("next", "ben")
    await settled()
    place = service.dispatcher.place(chat)
    assert place is not None
    assert (place.position, place.seconds > 0) == (1, True)
    service.desk.finish("running")
    await service.begun("running", "next")
    assert service.desk.announced == []


async def test_a_long_queue_is_told_of_at_once(make: Make) -> None:
    service = make(limits=Limits(notice=NEVER, busy=1, refuse=NEVER, wait=NEVER))
    service.ask("running", "anna")
    await settled()
    service.ask("next", "ben")
    await settled()
    assert [text for text, _ in service.desk.announced] == ["next"]


async def test_who_would_wait_too_long_is_declined_but_for_agents(make: Make) -> None:
    service = make(limits=Limits(notice=NEVER, busy=NEVER, refuse=1, wait=NEVER))
    service.ask("running", "anna")
    await settled()
    service.ask("customer", "ben")
    service.ask("agent", "agent")
    await settled()
    assert service.desk.declined == ["customer"]
    service.desk.finish("running")
    await service.begun("running", "agent")


async def test_what_an_earlier_run_left_is_not_declined_for_being_much(make: Make) -> None:
    service = make(limits=Limits(notice=NEVER, busy=NEVER, refuse=1, wait=NEVER))
    for number in range(5):
        service.ask(str(number), str(number), earlier=True)
    await settled()
    assert service.desk.declined == []
    service.desk.finish(*map(str, range(5)))
    await service.begun(*map(str, range(5)))


async def test_the_longest_wait(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "NEWS_SECONDS", 0.0)
    service = make(limits=Limits(notice=0, busy=NEVER, refuse=NEVER, wait=100))
    service.ask("running", "anna")
    await settled()
    chat = service.ask("customer", "ben", earlier=True)  # counted from when it queued up in this run
    service.ask("agent", "agent")
    await settled()
    service.now += 99
    await settled()
    assert service.desk.declined == []
    service.now += 2
    await settled()
    assert service.desk.declined == ["customer"]
    assert service.dispatcher.place(chat) is None
    service.desk.finish("running")
    await service.begun("running", "agent")


async def test_a_stop_takes_back_what_was_announced(make: Make) -> None:
    service = make(limits=Limits(notice=0, busy=NEVER, refuse=NEVER, wait=NEVER))
    service.ask("running", "anna")
    await settled()
    chat = service.ask("next", "ben")
    await settled()
    assert service.desk.announced
    await service.dispatcher.close(5)
    assert chat in service.desk.concealed
    assert service.desk.begun == ["running"]


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_people_do_every_question_is_dealt_with_once(make: Make, seed: int) -> None:
    chance = random.Random(seed)
    service = make(parallel=3, limits=Limits(notice=0, busy=NEVER, refuse=2, wait=NEVER))
    asked: dict[str, ChatKey] = {}
    gone: list[str] = []
    for number in range(300):
        person = chance.choice(["anna", "ben", "cleo", "agent"])
        act = chance.random()
        if act < 0.6:
            text = f"{number}."
            asked[text] = service.ask(text, person, f"{person} {chance.randrange(4)}")
        elif act < 0.7 and asked:
            taken = service.dispatcher.withdraw(chance.choice(list(asked.values())), NEVER_ROW)
            gone += [pending.inbound.text for pending in taken]
        elif act < 0.8:
            service.now += chance.random()
        for text in chance.sample(service.desk.begun, min(len(service.desk.begun), 2)):
            service.desk.finish(text)
        for _ in range(chance.randrange(5)):
            await asyncio.sleep(0)

    async def done() -> bool:
        service.desk.finish(*service.desk.begun)
        return not service.dispatcher._lanes

    await until(done)
    dealt_with = "\n".join([*service.desk.begun, *service.desk.declined, *gone]).split("\n")
    assert sorted(dealt_with) == sorted(asked)
    assert min(map(len, (service.desk.begun, service.desk.declined, gone))) > 0
    room = service.dispatcher._room
    assert (len(room._queue), room._turns, room._queue._people, room._queue._working) == (0, {}, {}, {})


async def test_figures(make: Make) -> None:
    service = make()
    service.ask("running", "anna")
    await settled()
    service.ask("next", "ben")
    await settled()
    text = service.metrics.exposition()[0].decode()
    assert "looksee_queue_questions 1.0" in text
    assert "looksee_queue_estimated_seconds 0.0" not in text
    service.now += 7
    service.desk.finish("running", "next")

    async def idle() -> bool:
        return "looksee_chats_answering 0.0" in service.metrics.exposition()[0].decode()

    await until(idle)
    text = service.metrics.exposition()[0].decode()
    assert 'looksee_waited_seconds_sum{platform="list"} 7.0' in text
    assert "looksee_queue_questions 0.0" in text
    assert "looksee_queue_estimated_seconds 0.0" in text


async def test_among_agents_nothing_but_an_album_is_waited_for(make: Make) -> None:
    service = make(burst=NEVER)
    room = service.ask("first", chat="room")
    service.ask("a question")
    await service.begun("first")
    service.desk.finish("first")
    service.ask("picture", chat="room", group_id="g")
    await service.begun("first")
    service.ask("and that", chat="room")
    await service.begun("first", "picture\nand that")
    assert service.dispatcher.answering(room)


async def test_an_ordered_command_comes_after_what_was_written_before_it(make: Make) -> None:
    service = make()
    service.control_may_end.set()
    room = service.ask("goodbye", chat="room")
    await service.begun("goodbye")
    service.command(room, "close")
    service.command(room, "help")
    service.command(room, "release")
    service.ask("too late", chat="room")
    await settled()
    assert service.controlled == ["help"]
    service.desk.finish("goodbye", "close", "release", "too late")
    await service.begun("goodbye", "close", "release", "too late")
    service.command(room, "take")
    await settled()
    assert service.controlled == ["help", "take"]
