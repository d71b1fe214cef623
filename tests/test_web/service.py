"""The web room in service: real server, real store, real adapter, and a core that follows a script."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from pathlib import Path

from PIL import Image as Pillow

from adapters.web.adapter import WebAdapter
from adapters.web.console import Console
from adapters.web.guard import OperatorGuard
from adapters.web.server import HttpServer
from bot import texts
from bot.cards import Cards
from bot.cases import Case, CaseState, Move, Staff, room_message
from bot.errors import PictureError
from bot.messages import (
    LANGUAGES,
    AnswerRecord,
    Attachment,
    ChatKey,
    Image,
    ImageRef,
    Inbound,
    Kind,
    NewOutgoing,
    NewTurn,
    Outgoing,
    Pending,
    Reply,
    Usage,
)
from bot.outcome import Elsewhere, Outcome
from bot.people import Admission
from bot.ports import ChatAdapter
from bot.texts import DEMO
from conversations.sqlite import SqliteStore
from tests.contracts.customer import Customer
from tests.contracts.desk import ROOM, hand_over, moved
from tests.contracts.web_customer import WebCustomer

MAX_BYTES = 200_000
WITHIN = 10.0
MIA = Staff("slack:T1/UMIA", "Mia")


def picture(colour: str = "#2a7") -> Image:
    """A picture as it is stored."""
    data = png(colour=colour)
    return Image(ImageRef(hashlib.sha256(data).hexdigest(), 64, 40), "image/png", data)


def png(width: int = 64, height: int = 40, colour: str = "#2a7") -> bytes:
    """A picture file."""
    file = io.BytesIO()
    Pillow.new("RGB", (width, height), colour).save(file, "PNG")
    return file.getvalue()


class Core:
    """An intake that keeps what arrives and answers it; while `go` is cleared, with the first `free` pieces only."""

    def __init__(self, store: SqliteStore, adapter: WebAdapter) -> None:
        self.store = store
        self.adapter = adapter
        self.received: list[Inbound] = []
        self.script: Callable[[Inbound], list[str]] = lambda inbound: [f"You asked: {inbound.text}"]
        self.go = asyncio.Event()
        self.go.set()
        self.free = 0
        self.stopped = asyncio.Event()
        self.silent = False
        self.admission = Admission()
        self._said_by_agents = 0
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    async def receive(self, inbound: Inbound) -> bool:
        row = await self.store.accept(inbound, lambda _: self.admission)
        if row is None or self.admission.silent:
            return False
        async with self._changed:
            self.received.append(inbound)
            self._changed.notify_all()
        if not self.silent:
            task = asyncio.create_task(self._deal(Pending(row, inbound)))
            self._tasks.add(task)
        return True

    async def wait_for(self, count: int) -> list[Inbound]:
        """Wait until so many things have arrived."""
        async with asyncio.timeout(WITHIN), self._changed:
            await self._changed.wait_for(lambda: len(self.received) >= count)
        return self.received

    async def settle(self) -> None:
        """Wait until everything that has arrived has been dealt with."""
        await asyncio.gather(*self._tasks)

    async def finish(self) -> None:
        """Break off what is being answered."""
        self.stopped.set()
        await self.settle()

    async def notice(self, chat: ChatKey, text: str, *inbox_ids: int) -> None:
        """Say something that answers no question."""
        payload = self.adapter.render(Reply(text))[0]
        await self._commit(Outcome(chat, inbox_ids, (NewOutgoing(payload),)))

    async def begin_anew(self, pending: Pending) -> None:
        """Begin a new conversation; the case of the one before is closed."""
        chat, case = pending.inbound.chat, await self.store.case(pending.inbound.chat)
        move = Move(CaseState.CLOSED, Staff(case.customer), case.id, case.state, case.agent) if case else None
        payload = self.adapter.render(Reply(texts.NEW_DONE.say("en")))[0]
        await self._commit(Outcome(chat, (pending.id,), (NewOutgoing(payload),), reset=True, move=move))

    async def say(self, chat: ChatKey, reply: Reply) -> None:
        """Say something that answers no question, whatever there is with it."""
        await self._commit(Outcome(chat, (), (NewOutgoing(self.adapter.render(reply)[0]),)))

    async def agent_says(self, chat: ChatKey, reply: Reply, images: tuple[Image, ...] = ()) -> Outgoing:
        """An agent, who is `reply.author`, says something in their room to the customer."""
        self._said_by_agents += 1
        key = room_message(ROOM, str(self._said_by_agents))
        refs = tuple(image.ref for image in images)
        turn = NewTurn("agent", reply.text, refs, (key,), MIA.key, author=reply.author)
        rows = (NewOutgoing(self.adapter.render(replace(reply, pictures=refs))[0], answer=True),)
        (item,) = await self._commit(Outcome(ROOM, (), elsewhere=(Elsewhere(chat, rows, turn, images),)))
        return item

    async def agent_edits(self, item: Outgoing, reply: Reply | None) -> None:
        """An agent changes what they said, or takes it back."""
        payload = self.adapter.render(reply)[0] if reply else self.adapter.removal()
        row = NewOutgoing(payload, answer=True, replaces=item.id, removes=reply is None)
        assert item.turn_id is not None
        await self._commit(Outcome(ROOM, (), elsewhere=(Elsewhere(item.chat, (row,), turn=item.turn_id),)))

    async def _commit(self, outcome: Outcome) -> list[Outgoing]:
        rows = await self.store.commit(outcome)
        for item in rows:
            await self.store.sending(item.id)
            slot = await self.store.message_id(item.replaces) if item.replaces else ""
            await self.store.sent(item.id, await self.adapter.send(replace(item, slot=slot)))
        return rows

    async def _deal(self, pending: Pending) -> None:
        inbound = pending.inbound
        if inbound.kind is Kind.FEEDBACK:
            given = (inbound.chat, inbound.message_id, inbound.sender.key, inbound.rating, inbound.text)
            await self.store.rate(*given)
            await self._commit(Outcome(inbound.chat, (pending.id,)))
        elif inbound.kind is Kind.COMMAND:
            if inbound.command == "stop":
                self.stopped.set()
            if inbound.command == "new":
                await self.begin_anew(pending)
            else:
                await self.notice(inbound.chat, f"command {inbound.command} done", pending.id)
        elif (case := await self.store.case(inbound.chat)) is not None and case.state is CaseState.HUMAN:
            asked = NewTurn("customer", inbound.text, (), (inbound.message_id,), inbound.sender.key)
            await self._commit(Outcome(inbound.chat, (pending.id,), question=asked))
        else:
            if case is not None and case.state is CaseState.CLOSED:
                await self.store.begin_anew(inbound.chat)
            await self._answer(pending)

    async def _answer(self, pending: Pending) -> None:
        inbound = pending.inbound
        preview = self.adapter.preview(inbound)
        try:
            images = tuple([await self._image(inbound.chat, a) for a in inbound.attachments])
        except (PictureError, OSError) as error:
            await preview.close(keep=False)
            await self.notice(inbound.chat, f"sorry: {type(error).__name__}", pending.id)
            return
        said = ""
        for number, piece in enumerate(self.script(inbound)):
            if number >= self.free:
                await self._gate()
            if self.stopped.is_set():
                break
            said += piece
            preview.show(said)
        await preview.close(keep=True)
        self.stopped.clear()
        refs = tuple(image.ref for image in images)
        payload = self.adapter.render(Reply(said, rateable=True))[0]
        await self._commit(
            Outcome(
                inbound.chat,
                (pending.id,),
                (NewOutgoing(payload, answer=True),),
                question=NewTurn("customer", inbound.text, refs, (inbound.message_id,), inbound.sender.key),
                answer=NewTurn("bot", said),
                images=images,
                record=AnswerRecord(Usage(), "model", "v1", 1.0),
            )
        )

    async def _gate(self) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (self.go, self.stopped)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _image(self, chat: ChatKey, attachment: Attachment) -> Image:
        data = await self.adapter.fetch(chat, attachment, MAX_BYTES)
        width, height = Pillow.open(io.BytesIO(data)).size
        return Image(ImageRef(hashlib.sha256(data).hexdigest(), width, height), "image/png", data)


def _fits(adapter: WebAdapter, customer: WebCustomer) -> tuple[ChatAdapter, Customer]:
    """For mypy: both implement their ports."""
    return adapter, customer


class Service:
    """Start, restart on the same port, stop."""

    def __init__(self, folder: Path) -> None:
        self.store = SqliteStore(folder / "looksee.db")
        self.problems: list[str] = []
        self.predict_seconds = WITHIN
        self.places = True
        self._port = 0
        self.adapter: WebAdapter
        self.core: Core
        self.server: HttpServer

    @property
    def url(self) -> str:
        return self.server.url

    async def start(self) -> None:
        await self.store.open()
        await self._serve()

    async def _serve(self) -> None:
        self.adapter = WebAdapter(
            store=self.store,
            company="Tea & Kettle",
            notice=DEMO,
            max_bytes=MAX_BYTES,
            max_files=3,
            max_characters=500,
            predict_seconds=self.predict_seconds,
            people=self.places,
        )
        self.core = Core(self.store, self.adapter)
        self.console = Console(
            self.store,
            OperatorGuard(),
            company="Tea & Kettle",
            cards={language: Cards(language, UTC) for language in LANGUAGES},
            zone=UTC,
            places=self.places,
        )
        self.server = HttpServer(
            "127.0.0.1",
            self._port,
            [*self.adapter.routes(), *self.console.routes()],
            ready=self._ready,
            metrics=lambda: (b"looksee_up 1\n", "text/plain; version=0.0.4; charset=utf-8"),
        )
        await self.server.start()
        self._port = int(self.url.rsplit(":", 1)[1])
        await self.adapter.start(self.core)

    async def _ready(self) -> list[str]:
        return self.problems

    async def hand_over(self, chat: ChatKey, *, to: Staff | None = None, name: str = "") -> Case:
        """A case is opened for the chat's customer, and `to` takes it, if anybody does."""
        customer = Staff(f"web:{chat.chat}", name)
        case = await hand_over(self.store, chat=chat, actor=customer, customer=customer, language="en")
        return await moved(self.store, case, CaseState.HUMAN, to) if to else case

    async def go_away(self) -> None:
        """Be gone, as in a restart; what has been stored stays."""
        await self.adapter.stop()
        await self.core.finish()
        await self.adapter.close()
        await self.server.stop()

    async def come_back(self) -> None:
        """Serve again, on the same port."""
        await self._serve()

    async def stop(self) -> None:
        await self.go_away()
        await self.store.close()
