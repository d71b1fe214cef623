"""A desk to test: customers, two places for agents (Slack-like threads, Telegram-like topics), and rooms on a real
database. Platforms are screens that show what would be seen there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

from bot.alerts import Alerts
from bot.cards import Cards
from bot.cases import Case, CaseState, Cause, Move, Staff, room_message
from bot.collect import Collector
from bot.delivery import Delivery
from bot.errors import SlotGoneError, ThreadGoneError, UndeliverableError
from bot.images import Limits
from bot.intake import join
from bot.messages import (
    AnswerRecord,
    ChatKey,
    Image,
    ImageRef,
    Inbound,
    NewOutgoing,
    NewTurn,
    Outgoing,
    Pending,
    Reply,
    Sender,
    Usage,
)
from bot.metrics import Metrics
from bot.outcome import Elsewhere, Outcome
from bot.places import Places
from bot.ports import Opening
from bot.relay import Relay
from bot.roles import Roles
from bot.rooms import Rooms
from bot.verbs.table import VERBS
from conversations.sqlite import SqliteStore
from tests.doubles import ListAdapter
from tests.waiting import until

CUSTOMER = Staff("list:ann", "Ann")
CHAT = ChatKey("list", "", "1")
MIA, TOM = Staff("threads:T/MIA", "Mia"), Staff("threads:T/TOM", "Tom")
CHANNEL = ChatKey("threads", "T", "C1")
GROUP = ChatKey("topics", "", "-100")


class Screen(ListAdapter):
    """A platform whose chats show what is sent there: edited and taken away as it is told. What it shows a reply as
    tells whose words it is, how many pictures it has, and what its buttons do."""

    def __init__(self, platform: str, desk: ChatKey | None = None, *, topics: bool = False) -> None:
        super().__init__(platform)
        self.desk = desk
        self.topics = topics
        self.shown: dict[str, tuple[ChatKey, str]] = {}
        self.shut: set[ChatKey] = set()
        self.deleted: set[ChatKey] = set()
        self.poison = ""
        self.refusals = 0

    def render(self, reply: Reply) -> tuple[str, ...]:
        self.rendered.append(reply)
        head = f"{reply.author}: {reply.text}" if reply.author else reply.text
        presses = "".join(f" [{button.command} {button.text}]" for button in reply.buttons)
        to = f" (to {reply.reply_to})" if reply.reply_to else ""
        alone = " (private)" if reply.private_to else ""
        pictures = tuple(f"picture {ref.sha256[:4]}" for ref in reply.pictures)
        return (f"{head}{presses}{to}{alone}", *pictures)

    def opening(self, title: str, card: Reply) -> Opening:
        shown = self.render(replace(card, pictures=()))
        return Opening(f"topic {title}", shown) if self.topics else Opening(shown[0])

    async def send(self, item: Outgoing) -> str:
        place = replace(item.chat, thread="")
        if place in self.shut:
            self.refusals += 1
            raise UndeliverableError("is_archived")
        if item.chat in self.deleted:
            raise ThreadGoneError("message thread not found")
        if self.poison and self.poison in item.payload:
            raise UndeliverableError("invalid_blocks")
        if item.slot and item.slot not in self.shown and not item.removes:
            raise SlotGoneError
        message_id = await super().send(item)
        if item.removes:
            self.shown.pop(message_id, None)
        elif item.slot:
            self.shown[message_id] = (self.shown[message_id][0], item.payload)
        else:
            self.shown[message_id] = (item.chat, item.payload)
        return message_id

    def delete_thread(self, chat: ChatKey) -> None:
        """Somebody deletes a topic, or a thread."""
        self.deleted.add(chat)
        self.shown = {name: seen for name, seen in self.shown.items() if seen[0] != chat and name != chat.thread}

    def see(self, chat: ChatKey) -> list[str]:
        """What stands in a chat, and, of a thread, the message that it hangs on."""
        return [
            text for name, (where, text) in self.shown.items() if where == chat or (chat.thread and name == chat.thread)
        ]


class Office:
    """The desk's rooms, without the bot's answers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.list = Screen("list")
        self.channel = Screen("threads", CHANNEL)
        self.group = Screen("topics", GROUP, topics=True)
        self.screens = {"list": self.list, "threads": self.channel}
        self.summarise: Callable[[Case], Awaitable[str]] | None = None
        self.number = 0

    async def start(self) -> None:
        self.store = SqliteStore(self.path)
        await self.store.open()
        self.alerts = Alerts(self.screens, admins=["threads:T/BOSS"])
        self.places = Places(self.store, self.screens, self.alerts, retry_seconds=0.02)
        self.delivery = Delivery(
            self.store, self.screens, Metrics(), notice=self.notice, attending=self.places, first_pause=0.01
        )
        self.rooms = Rooms(
            self.store,
            self.screens,
            self.delivery,
            self.places,
            Cards("en", UTC),
            summarise=self.summarise,
            look_seconds=0.05,
        )
        self.relay = Relay(
            self.store,
            self.screens,
            Collector(self.store, self.screens, Metrics(), limits=Limits(10**6, 64, 64), per_question=3),
            self.delivery,
            Roles(admins=["threads:T/BOSS"], agents=[MIA.key, TOM.key]),
            Cards("en", UTC),
            verbs=[verb.name for verb in VERBS],
        )
        await self.delivery.resume()
        self.rooms.start()

    async def stop(self) -> None:
        await self.rooms.close()
        await self.delivery.close(1)
        await self.alerts.close(0)
        await self.store.close()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def notice(self, chat: ChatKey) -> Sequence[str]:
        return ("maybe lost",)

    async def commit(self, outcome: Outcome) -> None:
        self.delivery.push(await self.store.commit(outcome))

    async def wait(self, *, cause: Cause = Cause.ASKED) -> Case:
        """The customer waits for a person."""
        move = Move(CaseState.WAITING, CUSTOMER, cause=cause, customer=CUSTOMER, language="en")
        await self.commit(Outcome(CHAT, (), move=move))
        return await self.case()

    async def move(self, after: CaseState, agent: Staff = MIA) -> Case:
        """An agent moves the case on."""
        case = await self.case()
        holder = agent if after is CaseState.HUMAN else Staff("")
        move = Move(after, agent, case.id, case.state, case.agent, holder, Cause.AGENT)
        await self.commit(Outcome(CHAT, (), move=move))
        return await self.case()

    async def case(self) -> Case:
        case = await self.store.case(CHAT)
        assert case is not None
        return case

    async def ask(self, text: str, answer: str = "", *, image: Image | None = None) -> str:
        """The customer says something, which the bot may answer; returns the message's id."""
        self.number += 1
        name = f"c{self.number}"
        row = await self.store.accept(Inbound(name, CHAT, Sender(CUSTOMER.key, "Ann"), text=text, message_id=name))
        assert row is not None
        refs: tuple[ImageRef, ...] = (image.ref,) if image else ()
        await self.commit(
            Outcome(
                CHAT,
                (row,),
                (NewOutgoing(answer, answer=True),) if answer else (),
                question=NewTurn("customer", text, refs, (name,), CUSTOMER.key),
                answer=NewTurn("bot", answer) if answer else None,
                images=(image,) if image else (),
                record=AnswerRecord(Usage(), "model", "v1", 1.0) if answer else None,
            )
        )
        return name

    async def reply(self, text: str, name: str, room: ChatKey, agent: Staff = MIA) -> None:
        """An agent's message in a room is passed on."""
        turn = NewTurn("agent", text, (), (room_message(room, name),), agent.key, author=agent.name)
        rows = self.list.render(Reply(text, author=agent.name))
        case = await self.case()
        passed = Elsewhere(
            CHAT, tuple(NewOutgoing(row, answer=True) for row in rows), turn, case=case.id, agent=agent.key
        )
        await self.commit(Outcome(room, (), elsewhere=(passed,)))

    async def write(self, room: ChatKey, *messages: Inbound) -> None:
        """What somebody writes in a room, at once, is dealt with."""
        rows = [await self.store.accept(message) for message in messages]
        queue = [Pending(row, message) for row, message in zip(rows, messages, strict=True) if row is not None]
        case = await self.store.case_in(room)
        assert case is not None
        while queue:
            question, count = join(queue)
            del queue[:count]
            await self.relay.relay(question, case)

    def message(self, room: ChatKey, text: str, agent: Staff = MIA, **more: Any) -> Inbound:
        """A message of an agent's in a room."""
        self.number += 1
        name = f"a{self.number}"
        given: dict[str, Any] = {"text": text, "message_id": name, "private": False} | more
        return Inbound(f"event {name}", room, Sender(agent.key, agent.name), **given)

    def named(self, room: ChatKey, words: str) -> str:
        """The id of the one message in a room that says this."""
        shown = self.screens[room.platform].shown
        (name,) = (name for name, (chat, text) in shown.items() if room.chat == chat.chat and words in text)
        return name

    async def room(self, place: ChatKey = CHANNEL) -> ChatKey:
        """The case's room at a place, once it is there."""
        case = await self.case()
        found: list[ChatKey] = []

        async def there() -> bool:
            rooms = await self.store.rooms(case.id)
            found[:] = [room.chat for room in rooms if room.place == place and room.thread and not room.gone]
            return bool(found)

        await until(there)
        return found[0]

    async def at_rest(self) -> bool:
        """Whether rooms show everything and nothing is left to send."""
        places, store = self.places.current(), self.store
        return not (await store.behind(places) or await store.undelivered() or await store.in_doubt())

    async def settled(self) -> None:
        """Wait until rooms show everything and nothing is left to send."""
        await until(self.at_rest)

    async def sees(self, place: ChatKey = CHANNEL) -> list[str]:
        """What stands in the case's room, once it is up to date; the card first."""
        await self.settled()
        return self.screens[place.platform].see(await self.room(place))


async def within(condition: Callable[[], Any]) -> None:
    """Wait until a plain condition holds."""

    async def holds() -> bool:
        return bool(condition())

    await until(holds)
