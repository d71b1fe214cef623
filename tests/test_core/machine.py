"""A bot that dies and comes back between a customer's messages, and what must hold of it: see `test_machine`.

Everything that a customer writes has a mark of its own, and the model answers with the marks of what it was asked, so
that it can be seen of each message how often it was answered, where, and in which order.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

from bot.cases import CaseState, Move, Staff
from bot.errors import AmbiguousDeliveryError, RetryLaterError
from bot.messages import Attachment, ChatKey, Inbound, Kind, Outgoing, Sender
from bot.outcome import Outcome
from bot.ports import Prompt
from bot.sections import UNLIMITED, ChatSettings, ModelSettings
from bot.settings import Settings
from bot.texts import MAYBE_LOST
from conversations.sqlite import SqliteStore
from tests.doubles import ListAdapter, ScriptedModel
from tests.prompts import words
from tests.test_core.conftest import Bench, picture
from tests.waiting import until

Trouble = Literal["later", "arrived", "vanished"]
Held = Literal["", "before", "after"]

_NOTICE = MAYBE_LOST.say("en", prefix="/")
_MARK = re.compile(r"\bq\d+x")
_ANSWER = re.compile(r"\bre (q\d+x(?: q\d+x)*)")
_BEFORE = {
    CaseState.WAITING: (CaseState.BOT,),
    CaseState.HUMAN: (CaseState.BOT, CaseState.WAITING),
    CaseState.BOT: (CaseState.HUMAN,),
    CaseState.CLOSED: (CaseState.WAITING, CaseState.HUMAN),
}
ADMIN = "telegram:1"
OFFICE = ChatKey("list", "", "office")
PLACE = ChatKey("list", "", "desk")
AGENT = Staff("telegram:2", "Mia")
SETTINGS = Settings(
    _env_file=None,
    admins=(ADMIN,),
    limits=UNLIMITED,
    model=ModelSettings(max_tokens=100, parallel_chats=4),
    chat=ChatSettings(burst_seconds=0, album_seconds=0),
)


@dataclass
class Platform:
    """What outlives the bot: what arrived, by chat. `tells`: it can be asked whether something did."""

    tells: bool
    arrived: list[tuple[ChatKey, int, str]] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    held: Held = ""
    """Whether sends stay on the way: before they arrive, or with the answer that they did."""

    def answers(self, chat: ChatKey) -> list[list[str]]:
        """The marks in each answer that arrived, in order."""
        found = (_ANSWER.search(text) for where, _, text in self.arrived if where == chat)
        return [match[1].split() for match in found if match]


class Line(ListAdapter):
    """One life's connection to the platform. Once it is cut, nothing gets through any more."""

    def __init__(self, far: Platform) -> None:
        super().__init__()
        self._far = far
        self._cut = asyncio.Event()

    def cut(self) -> None:
        """The process at this end is no more."""
        self._cut.set()

    async def send(self, item: Outgoing) -> str:
        trouble = self._far.troubles.pop(0) if self._far.troubles else None
        if trouble == "later":
            raise RetryLaterError(seconds=0)
        await self._through("before")
        if trouble != "vanished":
            self._far.arrived.append((item.chat, item.id, item.payload))
        await self._through("after")
        if trouble is not None:
            raise AmbiguousDeliveryError(trouble)
        return f"m{item.id}"

    async def find(self, item: Outgoing) -> str | None:
        if not self._far.tells:
            raise AmbiguousDeliveryError("no way to tell")
        await self._through("before")
        return next((f"m{number}" for _, number, _ in self._far.arrived if number == item.id), None)

    async def _through(self, stage: Held) -> None:
        while self._far.held == stage or self._cut.is_set():  # noqa: ASYNC110 - held and let go again from outside
            await asyncio.sleep(0.002)


def echo(prompt: Prompt) -> Sequence[str]:
    """The marks of the question."""
    return ("re ", " ".join(_MARK.findall(words(prompt.messages[-1].text))))


@dataclass(frozen=True)
class Said:
    """Something that a customer did, of which the bot said that it has it. `banned`: they were shut out then; `state`
    is who had the conversation, and `taken` how often an agent had taken it by then."""

    inbound: Inbound
    mark: str = ""
    banned: bool = False
    state: CaseState = CaseState.BOT
    taken: int = 0


def person(chat: ChatKey) -> str:
    """The customer of a chat."""
    return f"telegram:10{chat.chat}"


class Life:
    """The bot over all its lives, and the customers' memory of what they wrote."""

    def __init__(self, folder: Path, *, tells: bool) -> None:
        self._folder = folder
        self._lives = 0
        self.platform = Platform(tells)
        self.model = ScriptedModel(echo)
        self.said: list[Said] = []
        self.banned: set[ChatKey] = set()
        self.taken: Counter[ChatKey] = Counter()

    @property
    def store(self) -> SqliteStore:
        """The present life's database."""
        store = self._bench.store
        assert isinstance(store, SqliteStore)
        return store

    @property
    def _path(self) -> Path:
        return self._folder / str(self._lives) / "looksee.db"

    async def start(self) -> None:
        """Begin a life on what the last one left."""
        self._line = Line(self.platform)
        self._line.desk = PLACE
        self._bench = Bench(self._path, SETTINGS, self.model, self._line)
        await self._bench.start()
        self._bench.core.delivery._first_pause = 0.005

    async def kill(self) -> None:
        """End without warning: the next life finds what lies on the disk at this instant, between two transactions."""
        line, before, there = self._line, self._bench, self._path.parent
        self._lives += 1
        writer = self.store._database._writer
        assert writer is not None
        await writer.run(lambda _: shutil.copytree(there, self._path.parent))
        line.cut()
        await before.stop()
        shutil.rmtree(there)
        await self.start()

    async def end(self) -> None:
        """Stop, as on a termination signal."""
        await self._bench.stop()

    async def restart(self) -> None:
        """Stop in an orderly way and start again."""
        self.model.gate.set()
        self.platform.held = ""
        await self.end()
        await self.start()

    async def say(
        self,
        chat: ChatKey,
        kind: Kind,
        *,
        message: str = "",
        command: str = "",
        text: str = "",
        shot: bool = False,
    ) -> None:
        """Do something as a chat's customer, or in the office as an admin. Returns once it is accepted."""
        number = len(self.said) + 1
        mark = f"q{number}x" if kind in (Kind.MESSAGE, Kind.EDIT) else ""
        self._bench.number = number
        inbound = Inbound(
            f"event {number}",
            chat,
            Sender(ADMIN if chat == OFFICE else person(chat)),
            kind,
            f"what is {mark}?" if mark else text,
            message or f"c{number}",
            command=command,
            settled=True,
        )
        if shot:
            inbound = _with_picture(inbound, number)
        case = await self.store.case(chat)
        state = case.state if case is not None else CaseState.BOT
        taken = await self._bench.core.intake.receive(inbound)
        assert taken or chat in self.banned
        self.said.append(Said(inbound, mark, chat in self.banned, state, self.taken[chat]))

    async def move(self, chat: ChatKey, after: CaseState) -> None:
        """Somebody hands a conversation over, takes it, gives it back or closes it, as far as it can be."""
        if after in (CaseState.BOT, CaseState.CLOSED):
            await self.settle()
        # As a command does: from here on, the bot says nothing there that is not stored by now.
        core = self._bench.core
        async with core.dispatcher.silenced(chat, lambda: core.desk.stop(chat, silently=True)):
            case = await self.store.case(chat)
            if (case.state if case is not None else CaseState.BOT) not in _BEFORE[after]:
                return
            holder = AGENT if after is CaseState.HUMAN else Staff("")
            move = Move(after, AGENT, agent=holder, customer=Staff(person(chat)))
            if case is not None:
                move = Move(after, AGENT, case.id, case.state, case.agent, holder)
            await self.store.commit(Outcome(chat, (), move=move))
            self.taken[chat] += 1  # at the least, its answer under way may have been cut short

    async def decide(self, chat: ChatKey, *, ban: bool) -> None:
        """Have a chat's customer banned, or let in again; what they said before is dealt with."""
        await self.settle()
        await self.say(OFFICE, Kind.COMMAND, command="ban" if ban else "unban", text=person(chat))
        await self.settle()
        (self.banned.add if ban else self.banned.discard)(chat)

    async def again(self, index: int) -> None:
        """The platform delivers something once more."""
        assert not await self._bench.core.intake.receive(self.said[index].inbound)

    async def pass_time(self, steps: int) -> None:
        """Let the bot go on for a little while."""
        for _ in range(steps):
            await asyncio.sleep(0.001)

    async def settle(self) -> None:
        """Let the model and the platform go on, until nothing is left to do."""
        self.model.gate.set()
        self.platform.held = ""

        async def done() -> bool:
            backlog = await self.store.backlog()
            return backlog.inbox == backlog.outbox == 0 and not self._bench.core.desk.busy

        await until(done, within=20)

    # --- what must hold once nothing is left to do

    async def check(self) -> None:
        """Hold what is stored and what arrived against what was said."""
        try:
            await self._check()
        except AssertionError as error:
            error.add_note(await asyncio.to_thread(self._story))
            raise

    async def _check(self) -> None:
        turns, stuck = await asyncio.to_thread(self._stored)
        asked = Counter(mark for chat, speaker, text in turns if speaker == "customer" for mark in _MARK.findall(text))
        for chat in {said.inbound.chat for said in self.said}:
            self._check_turns(chat, [speaker for where, speaker, _ in turns if where == chat.chat])
            self._check_arrived(chat)
        for index, said in enumerate(self.said):
            if said.mark:
                self._check_fate(index, said, asked[said.mark], stuck)
        await self._check_traces()

    def _check_turns(self, chat: ChatKey, speakers: Sequence[str]) -> None:
        """No half turn: a question, its answer, a question, its answer, unless a person had to answer."""
        if not self.taken[chat]:
            assert speakers == ["customer", "bot"] * (len(speakers) // 2)
        assert all(before == "customer" for before, now in pairwise(["", *speakers]) if now == "bot")

    def _check_arrived(self, chat: ChatKey) -> None:
        """Nothing twice, and all in order, but for what the customer asked to have again."""
        if any(said.inbound.command == "retry" and said.inbound.chat == chat for said in self.said):
            return
        # That an answer may be lost is better told twice than never.
        rows = Counter(number for where, number, text in self.platform.arrived if where == chat and text != _NOTICE)
        assert max(rows.values(), default=1) == 1
        marks = [int(mark[1:-1]) for answer in self.platform.answers(chat) for mark in sorted(answer, key=_number)]
        assert marks == sorted(set(marks))

    def _check_fate(self, index: int, said: Said, asked: int, stuck: str) -> None:
        """A question was answered once, or its customer took it back."""
        chat, message = said.inbound.chat, said.inbound.message_id
        later = [other.inbound for other in self.said[index + 1 :] if other.inbound.chat == chat]
        taken_back = any(other.message_id == message or other.command in ("stop", "new") for other in later)
        arrived = sum(said.mark in answer for answer in self.platform.answers(chat))
        assert asked <= 1
        if said.banned or self._forgotten(index):
            assert asked == 0
            assert not said.banned or arrived == 0
        elif any(other.kind is Kind.DELETE and other.message_id == message for other in later):
            assert asked == 0
        elif said.inbound.kind is Kind.MESSAGE and not taken_back:  # an older question's edit only corrects it
            assert asked == 1
            begun_anew = any(s.inbound.command == "new" for s in self.said if s.inbound.chat == chat)
            if said.state is CaseState.HUMAN and not begun_anew:
                assert arrived == 0
            if said.state is CaseState.HUMAN or said.taken != self.taken[chat]:
                return
            # Where the platform cannot tell, an answer may be missing: then that is known, and not hidden.
            known = not self.platform.tells and said.mark in stuck
            assert arrived >= 1 or known

    def _story(self) -> str:
        """What was said, and what arrived, for who has to find out why."""
        lines = [
            f"{s.inbound.chat.chat}: {s.inbound.kind} {s.inbound.message_id} {s.mark}{s.inbound.command}"
            for s in self.said
        ]
        lines += [f"{chat.chat}: {number} {text}" for chat, number, text in self.platform.arrived]
        with closing(sqlite3.connect(self._path)) as database:
            lines += map(str, database.execute("SELECT id, state, payload, superseded, turn_id FROM outbox"))
            lines += map(str, database.execute("SELECT id, chat_id, text, superseded FROM turns"))
        return "\n".join(lines)

    def _forgotten(self, index: int) -> bool:
        """Whether whoever said it had all of theirs forgotten afterwards; who is banned is not heard."""
        chat = self.said[index].inbound.chat
        later = (said for said in self.said[index + 1 :] if said.inbound.chat == chat and not said.banned)
        return any(said.inbound.command == "forget" for said in later)

    async def _check_traces(self) -> None:
        """Of what was forgotten, no byte is left."""
        gone = [said.mark.encode() for index, said in enumerate(self.said) if said.mark and self._forgotten(index)]
        if gone:
            assert await self.store.scrub()
            files = [path for path in self._path.parent.rglob("*") if path.is_file()]
            held = b"".join([await asyncio.to_thread(path.read_bytes) for path in files])
            assert not [mark for mark in gone if re.search(rb"\b" + mark, held)]

    def _stored(self) -> tuple[list[tuple[str, str, str]], str]:
        """The turns in force as chat, speaker, text; and what is known not to have arrived for certain."""
        with closing(sqlite3.connect(self._path)) as database:
            turns = database.execute(
                "SELECT chat, speaker, text FROM turns JOIN chats ON chats.id = chat_id WHERE superseded = 0"
                " ORDER BY turns.id"
            ).fetchall()
            stuck = database.execute("SELECT payload FROM outbox WHERE state IN ('ambiguous', 'failed')").fetchall()
        return turns, "\n".join(payload for (payload,) in stuck)


def _number(mark: str) -> int:
    return int(mark[1:-1])


def _with_picture(inbound: Inbound, number: int) -> Inbound:
    colour = f"#{number * 7919 % 0xFFFFFF:06x}"
    return replace(inbound, attachments=(Attachment(name="shot.png", data=picture(colour)),))
