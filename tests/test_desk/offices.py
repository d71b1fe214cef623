"""Where agents work: rooms of cases in a Slack channel or a Telegram group, and the agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

from tests.contracts.customer import Platform
from tests.contracts.slack_customer import SlackCustomer
from tests.contracts.telegram_customer import TelegramCustomer
from tests.contracts.world import screenshot
from tests.fakes.slack_person import Person as SlackPerson
from tests.fakes.slack_server import SlackServer
from tests.fakes.telegram_person import Person as TelegramPerson
from tests.fakes.telegram_server import TelegramServer
from tests.fakes.telegram_team import AGENTS, Team
from tests.test_desk.customers import newest, on_slack, on_telegram
from tests.test_desk.seen import Seen

CHANNEL = "C0DESK"
ANN, BEN, OLGA = "Ann", "Ben", "Olga"
"""Two agents, and an admin."""
_ON_SLACK = {ANN: "U0ANN", BEN: "U0BEN", OLGA: "U0OLGA"}
_ON_TELEGRAM = {ANN: 2001, BEN: 2002, OLGA: 2009}


class Agent(Protocol):
    """Somebody of the desk, in a room."""

    async def say(self, text: str, *colours: str) -> str:
        """Write, with pictures; returns the message's id."""
        ...

    async def edit(self, message_id: str, text: str, *colours: str) -> None:
        """Change a message, and its picture, if it is to be another one."""
        ...

    async def delete(self, message_id: str) -> None:
        """Delete a message."""
        ...

    async def order(self, verb: str, text: str = "") -> None:
        """Give a command."""
        ...

    async def press(self, label: str) -> None:
        """Press this button under the newest message in the room that has it."""
        ...

    async def about_to(self, label: str) -> str:
        """Go as far with a button as to be asked whether one is sure, where buttons ask that; returns the label of the
        one that goes ahead."""
        ...

    async def rewrite(self, label: str, text: str) -> None:
        """Press a button that asks for a text first, and give it one."""
        ...

    def told(self) -> list[str]:
        """What the bot has told nobody but this agent."""
        ...


class Office(Protocol):
    """A place for agents."""

    place: ClassVar[Mapping[str, str]]
    """The setting that makes it that."""
    agents: ClassVar[Sequence[str]]
    admins: ClassVar[Sequence[str]]
    """The keys of who is there."""
    deletes: ClassVar[bool]
    """Whether this platform tells the bot that somebody deleted something."""
    windows: ClassVar[bool]
    """Whether a button can ask for a text."""

    @property
    def connected(self) -> Platform:
        """What the bot is run with."""
        ...

    def rooms(self) -> list[str]:
        """The rooms there are, oldest first."""
        ...

    def sees(self, room: str) -> list[Seen]:
        """What stands in a room, oldest first."""
        ...

    def delete(self, room: str) -> None:
        """Have somebody delete a room with all that is in it, of which no platform tells."""
        ...

    def agent(self, name: str, room: str) -> Agent:
        """Somebody of the desk, in a room."""
        ...

    async def order_alone(self, name: str, verb: str) -> None:
        """Give a command alone with the bot."""
        ...

    def told_alone(self, name: str) -> list[Seen]:
        """What the bot has said there."""
        ...

    def reported(self) -> bool:
        """Whether the bot has been told of everything that was done here."""
        ...


class InSlack:
    """Implements `Office`."""

    place: ClassVar[Mapping[str, str]] = {"LOOKSEE_DESK__SLACK_CHANNEL": CHANNEL}
    agents: ClassVar[Sequence[str]] = [f"slack:T0TEAM/{_ON_SLACK[name]}" for name in (ANN, BEN)]
    admins: ClassVar[Sequence[str]] = [f"slack:T0TEAM/{_ON_SLACK[OLGA]}"]
    deletes: ClassVar[bool] = True
    windows: ClassVar[bool] = True

    def __init__(self, connected: SlackCustomer | None = None) -> None:
        self.connected = connected or SlackCustomer()
        self.server: SlackServer = self.connected.server
        self.server.channels.add(CHANNEL)
        for name, user in _ON_SLACK.items():
            self.server.names[user] = name
            self.server.users[user] = f"D{user[1:]}"

    def rooms(self) -> list[str]:
        return [str(message["ts"]) for message in self.server.roots(CHANNEL)]

    def sees(self, room: str) -> list[Seen]:
        return [on_slack(self.server, message) for message in self.server.thread(CHANNEL, room)]

    def delete(self, room: str) -> None:
        for message in self.server.thread(CHANNEL, room):
            self.server.messages.remove(message)

    def agent(self, name: str, room: str) -> SlackAgent:
        return SlackAgent(self, name, room)

    async def order_alone(self, name: str, verb: str) -> None:
        await self._alone(name).say(f"!{verb}")

    def told_alone(self, name: str) -> list[Seen]:
        return [on_slack(self.server, message) for message in self._alone(name).written()]

    def _alone(self, name: str) -> SlackPerson:
        user = _ON_SLACK[name]
        return SlackPerson(self.server, user, self.server.users[user])

    def reported(self) -> bool:
        return all(delivery.acked for delivery in self.server.deliveries)


class SlackAgent:
    """Implements `Agent`."""

    def __init__(self, office: InSlack, name: str, room: str) -> None:
        self._office = office
        self._room = room
        self.person = SlackPerson(office.server, _ON_SLACK[name], CHANNEL)
        self.person.enter(room)

    async def say(self, text: str, *colours: str) -> str:
        shots = [screenshot(name) for name in colours]
        return await self.person.say(text, *(self.person.upload(shot.data, shot.name) for shot in shots))

    async def edit(self, message_id: str, text: str, *colours: str) -> None:
        shots = [screenshot(name) for name in colours]
        await self.person.edit(message_id, text, *(self.person.upload(shot.data, shot.name) for shot in shots))

    async def delete(self, message_id: str) -> None:
        await self.person.delete(message_id)

    async def order(self, verb: str, text: str = "") -> None:
        await self.person.say(f"!{verb} {text}".strip())

    async def press(self, label: str) -> None:
        await self.person.press(newest(self._office.sees(self._room), label).raw, label)

    async def about_to(self, label: str) -> str:
        return label  # Slack's own dialog asks

    async def rewrite(self, label: str, text: str) -> None:
        await self.press(label)
        await self._office.server.until(lambda: self._office.server.window_of(self.person.user))
        await self.person.submit(text)

    def told(self) -> list[str]:
        return [on_slack(self._office.server, message).text for message in self.person.private()]


class InTelegram:
    """Implements `Office`."""

    place: ClassVar[Mapping[str, str]] = {"LOOKSEE_DESK__TELEGRAM_GROUP": str(AGENTS)}
    agents: ClassVar[Sequence[str]] = [f"telegram:{_ON_TELEGRAM[name]}" for name in (ANN, BEN)]
    admins: ClassVar[Sequence[str]] = [f"telegram:{_ON_TELEGRAM[OLGA]}"]
    deletes: ClassVar[bool] = False
    windows: ClassVar[bool] = False

    def __init__(self, connected: TelegramCustomer | None = None) -> None:
        self.connected = connected or TelegramCustomer()
        self.server: TelegramServer = self.connected.server
        self.team = Team(self.server)

    def rooms(self) -> list[str]:
        return [str(topic) for topic in self.team.topics]

    def sees(self, room: str) -> list[Seen]:
        return [on_telegram(self.server, message) for message in self.team.messages(int(room))]

    def delete(self, room: str) -> None:
        self.team.delete_topic(int(room))

    def agent(self, name: str, room: str) -> TelegramAgent:
        return TelegramAgent(self, name, room)

    async def order_alone(self, name: str, verb: str) -> None:
        TelegramPerson(self.server, _ON_TELEGRAM[name], name=name).say(f"/{verb}")

    def told_alone(self, name: str) -> list[Seen]:
        return [on_telegram(self.server, message) for message in self.server.sent(_ON_TELEGRAM[name])]

    def reported(self) -> bool:
        return self.server.confirmed()


class TelegramAgent:
    """Implements `Agent`."""

    def __init__(self, office: InTelegram, name: str, room: str) -> None:
        self._office = office
        self._room = room
        self.person: TelegramPerson = office.team.agent(_ON_TELEGRAM[name], int(room), name=name)

    async def say(self, text: str, *colours: str) -> str:
        shots = [screenshot(name).data for name in colours]
        if len(shots) > 1:
            return str(self.person.album(shots, text))
        return str(self.person.photo(shots[0], text) if shots else self.person.say(text))

    async def edit(self, message_id: str, text: str, *colours: str) -> None:
        if not colours:
            self.person.edit(int(message_id), text)
        for name in colours:
            self.person.exchange(int(message_id), screenshot(name).data, text)

    async def delete(self, message_id: str) -> None:
        raise NotImplementedError

    async def order(self, verb: str, text: str = "") -> None:
        self.person.say(f"/{verb} {text}".strip())

    async def press(self, label: str) -> None:
        message = newest(self._office.sees(self._room), label)
        self.person.press(message.raw["message_id"], label)

    async def about_to(self, label: str) -> str:
        await self.press(label)
        sure = f"Yes, {label}"
        await self._office.server.until(
            lambda: any(sure in message.buttons for message in self._office.sees(self._room))
        )
        return sure

    async def rewrite(self, label: str, text: str) -> None:
        raise NotImplementedError

    def told(self) -> list[str]:
        return [str(message["text"]) for message in self.person.private()]
