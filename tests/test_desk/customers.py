"""Customers: what they do in their apps, and what they see there."""

from __future__ import annotations

from typing import Any, Protocol

from tests.contracts.customer import Customer as Connected
from tests.contracts.slack_customer import SlackCustomer
from tests.contracts.telegram_customer import TelegramCustomer
from tests.contracts.web_customer import WebCustomer, text_of
from tests.contracts.world import screenshot
from tests.fakes.slack_person import Person as SlackPerson
from tests.fakes.slack_person import labels, shown
from tests.fakes.slack_server import SlackServer
from tests.fakes.telegram_person import Person as TelegramPerson
from tests.fakes.telegram_server import TelegramServer
from tests.test_desk.seen import BOT, Seen, colour

NAME = "Ada"


class Customer(Protocol):
    """One customer, alone with the bot."""

    @property
    def connected(self) -> Connected:
        """What the bot is run with."""
        ...

    @property
    def edits(self) -> bool:
        """Whether this platform tells the bot that they have changed a message."""
        ...

    @property
    def deletes(self) -> bool:
        """Whether it tells that they have deleted one."""
        ...

    async def say(self, text: str, *colours: str) -> str:
        """Write, with pictures; returns the message's id."""
        ...

    async def edit(self, message_id: str, text: str, *colours: str) -> None:
        """Change a message, and its picture, if it is to be another one."""
        ...

    async def delete(self, message_id: str) -> None:
        """Delete a message."""
        ...

    async def command(self, verb: str) -> None:
        """Give a command."""
        ...

    async def press(self, label: str) -> None:
        """Press this button under the newest message that has it."""
        ...

    async def sees(self) -> list[Seen]:
        """The whole chat, oldest first."""
        ...

    def reported(self) -> bool:
        """Whether the bot has been told of everything that was done here."""
        ...


class OnTelegram:
    """Implements `Customer`."""

    edits, deletes = True, False

    def __init__(self) -> None:
        self.connected = TelegramCustomer()
        self.server: TelegramServer = self.connected.server
        self.person: TelegramPerson = self.connected.person

    async def say(self, text: str, *colours: str) -> str:
        return await self.connected.say(text, [screenshot(name) for name in colours])

    async def edit(self, message_id: str, text: str, *colours: str) -> None:
        if not colours:
            await self.connected.edit(message_id, text)
        for name in colours:
            self.person.exchange(int(message_id), screenshot(name).data, text)

    async def delete(self, message_id: str) -> None:
        raise NotImplementedError

    async def command(self, verb: str) -> None:
        await self.connected.command(verb)

    async def press(self, label: str) -> None:
        message = newest(await self.sees(), label)
        self.person.press(message.raw["message_id"], label)

    async def sees(self) -> list[Seen]:
        return [on_telegram(self.server, message) for message in self.server.state.messages.of(self.person.place)]

    def reported(self) -> bool:
        return self.server.confirmed()


class OnSlack:
    """Implements `Customer`."""

    edits, deletes = True, True

    def __init__(self) -> None:
        self.connected = SlackCustomer()
        self.server: SlackServer = self.connected.server
        self.person: SlackPerson = self.connected.person

    async def say(self, text: str, *colours: str) -> str:
        return await self.connected.say(text, [screenshot(name) for name in colours])

    async def edit(self, message_id: str, text: str, *colours: str) -> None:
        shots = [screenshot(name) for name in colours]
        await self.person.edit(message_id, text, *(self.person.upload(shot.data, shot.name) for shot in shots))

    async def delete(self, message_id: str) -> None:
        await self.connected.delete(message_id)

    async def command(self, verb: str) -> None:
        await self.connected.command(verb)

    async def press(self, label: str) -> None:
        await self.person.press(newest(await self.sees(), label).raw, label)

    async def sees(self) -> list[Seen]:
        own = [message for message in self.server.messages if message["channel"] == self.person.channel]
        both = sorted([*own, *self.person.private()], key=lambda message: str(message["ts"]))
        return [on_slack(self.server, message) for message in both]

    def reported(self) -> bool:
        return all(delivery.acked for delivery in self.server.deliveries)


class OnTheWeb:
    """Implements `Customer`."""

    edits, deletes = False, False

    def __init__(self) -> None:
        self.connected = WebCustomer()
        self._own: list[tuple[int, Seen]] = []
        self._pictures: dict[str, str] = {}

    async def say(self, text: str, *colours: str) -> str:
        self._own.append((len(self.connected.messages), Seen(NAME, text, colours)))
        return await self.connected.say(text, [screenshot(name) for name in colours])

    async def edit(self, message_id: str, text: str, *colours: str) -> None:
        raise NotImplementedError

    async def delete(self, message_id: str) -> None:
        raise NotImplementedError

    async def command(self, verb: str) -> None:
        await self.connected.command(verb)

    async def press(self, label: str) -> None:
        await self.connected.catch_up()
        await self.connected.press(label)

    async def sees(self) -> list[Seen]:
        await self.connected.catch_up()
        shown = [await self._seen(message) for message in self.connected.messages]
        for place, own in reversed(self._own):
            shown.insert(place, own)
        return shown

    def reported(self) -> bool:
        return True

    async def _seen(self, message: dict[str, Any]) -> Seen:
        text = text_of(message["html"])
        author = message["author"]
        pictures = tuple([await self._picture(image["url"]) for image in message["images"]])
        files = (message["file"]["name"],) if message["file"] else ()
        buttons = tuple(button["label"] for button in message["buttons"])
        return Seen(BOT, f"{author}:\n{text}" if author else text, pictures, files, buttons, message)

    async def _picture(self, url: str) -> str:
        if url not in self._pictures:
            self._pictures[url] = colour(await self.connected.get(url))
        return self._pictures[url]


def newest(messages: list[Seen], label: str) -> Seen:
    """The newest message with such a button."""
    for message in reversed(messages):
        if label in message.buttons:
            return message
    raise AssertionError(f"no button {label!r} under any of {messages}")


def on_telegram(server: TelegramServer, message: dict[str, Any]) -> Seen:
    """A message as Telegram shows it."""
    files = server.state.files
    pictures = [files[message["photo"][-1]["file_id"]]] if "photo" in message else []
    names = [message["document"]["file_name"]] if "document" in message else []
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    buttons = [button["text"] for row in rows for button in row if button["text"] not in ("👍", "👎")]
    text = message.get("text", message.get("caption", ""))
    by = message["from"]["first_name"]
    return Seen(by, text, tuple(map(colour, pictures)), tuple(names), tuple(buttons), message)


def on_slack(server: SlackServer, message: dict[str, Any]) -> Seen:
    """A message as Slack shows it."""
    blocks = message.get("blocks") or []
    ids = [block["slack_file"]["id"] for block in blocks if block["type"] == "image" and "slack_file" in block]
    shared = [file["id"] for file in message.get("files", ())]
    files = [server.files[name] for name in (*ids, *shared)]
    pictures = [colour(file.data) for file in files if file.media_type.startswith("image/")]
    names = [file.name for file in files if not file.media_type.startswith("image/")]
    user = message.get("user", "")
    by = server.names.get(user, user) if user not in ("", server.bot_user) and "bot_id" not in message else BOT
    if message in server.ephemerals:
        by = BOT
    return Seen(by, shown(message), tuple(pictures), tuple(names), tuple(labels(message)), message)
