"""People who use the bot on one of the platforms: what they do is done once the platform has taken it, be the bot
there or not, and what they see is what a person would."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import aiohttp

from bot.texts import MAYBE_LOST
from tests.chaos.ledger import answered, unfinished
from tests.contracts.customer import Upload
from tests.contracts.web_customer import WebCustomer
from tests.fakes import slack_person, telegram_person
from tests.fakes.slack_server import SlackServer
from tests.fakes.telegram_server import BOT_NAME, TelegramServer

RETRY_SECONDS = 0.1


class Somebody(Protocol):
    """A person in one place; `where` names it. `can` holds what the platform lets them do beside asking: "edit",
    "delete"."""

    where: str
    can: frozenset[str]

    async def say(self, text: str, picture: bytes | None = None) -> str:
        """Ask something; returns the message's id."""
        ...

    async def edit(self, message: str, text: str) -> None:
        """Change a message."""
        ...

    async def delete(self, message: str) -> None:
        """Delete a message."""
        ...

    async def command(self, verb: str) -> None:
        """Give a command."""
        ...

    async def rate(self) -> None:
        """Press a thumb under the newest answer."""
        ...

    def received(self) -> list[str]:
        """The bot's final messages, oldest first."""
        ...

    def orphans(self) -> list[str]:
        """What stands there of answers that were never finished. While one is being written that is no fault."""
        ...


class OnTelegram:
    """In a private chat, or in a group (an id below zero) where the bot is asked by its name."""

    can = frozenset({"edit"})

    def __init__(self, server: TelegramServer, user: int, group: int = 0) -> None:
        self._server = server
        self._person = telegram_person.Person(server, user, chat_id=group)
        self._prefix = f"@{BOT_NAME} " if group else ""
        self.where = f"telegram {group or user}"

    async def say(self, text: str, picture: bytes | None = None) -> str:
        text = self._prefix + text
        return str(self._person.photo(picture, text) if picture else self._person.say(text))

    async def edit(self, message: str, text: str) -> None:
        self._person.edit(int(message), self._prefix + text)

    async def delete(self, message: str) -> None:
        raise NotImplementedError

    async def command(self, verb: str) -> None:
        self._person.say(f"/{verb}")

    async def rate(self) -> None:
        [*_, newest] = [m for m in self._messages() if m.get("reply_markup")]
        self._person.press(newest["message_id"], "👍")

    def received(self) -> list[str]:
        return [m["text"] for m in self._messages() if m.get("reply_markup") or not self._live(m["text"])]

    def orphans(self) -> list[str]:
        return [m["text"] for m in self._messages() if not m.get("reply_markup") and self._live(m["text"])]

    def _live(self, text: str) -> bool:
        # A whole answer without thumbs under it is one that stood there as live text.
        return bool(unfinished(text) or answered(text))

    def _messages(self) -> list[dict[str, Any]]:
        return self._server.sent(self._person.chat_id)


class OnSlack:
    """In a direct message (a channel that begins with D), or in a thread of a channel."""

    can = frozenset({"edit", "delete"})

    def __init__(self, server: SlackServer, user: str, channel: str) -> None:
        self._person = slack_person.Person(server, user, channel)
        self.where = f"slack {user} in {channel}"

    async def say(self, text: str, picture: bytes | None = None) -> str:
        return await self._person.say(text, *([self._person.upload(picture)] if picture else []))

    async def edit(self, message: str, text: str) -> None:
        await self._person.edit(message, text)

    async def delete(self, message: str) -> None:
        await self._person.delete(message)

    async def command(self, verb: str) -> None:
        if self._person.direct:
            await self._person.command(verb)
        else:
            await self._person.say(f"!{verb}")

    async def rate(self) -> None:
        [*_, newest] = [m for m in self._person.final() if any(b["type"] == "context_actions" for b in m["blocks"])]
        await self._person.rate(newest, 1)

    def received(self) -> list[str]:
        messages = self._person.final() + self._person.private()
        return [slack_person.shown(message) for message in sorted(messages, key=lambda message: str(message["ts"]))]

    def orphans(self) -> list[str]:
        return [slack_person.shown(m) for m in self._person.written() if not slack_person.is_final(m)]


class _Page(WebCustomer):
    """A page that posts again, under the same id, until it has heard that the message was taken, and that connects
    again whenever its stream ends."""

    async def _post_message(self, message_id: str, text: str, uploads: Sequence[Upload]) -> None:
        await _insist(lambda: WebCustomer._post_message(self, message_id, text, uploads))

    async def _post(self, what: str, body: Any) -> None:
        await _insist(lambda: WebCustomer._post(self, what, body))

    async def _listen(self, connected: asyncio.Event) -> None:
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                await super()._listen(connected)
            await asyncio.sleep(RETRY_SECONDS)


async def _insist(post: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            return await post()
        except aiohttp.ClientResponseError as error:
            if error.status != 503:
                raise
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(RETRY_SECONDS)


class OnThePage:
    """In a browser."""

    can: frozenset[str] = frozenset()

    def __init__(self, name: str) -> None:
        self._page = _Page()
        self.where = f"web {name}"

    async def open(self, url: str) -> None:
        """Open the page."""
        await self._page.start()
        await _insist(lambda: self._page.connect(url))

    async def close(self) -> None:
        """Close it."""
        await self._page.stop()

    async def say(self, text: str, picture: bytes | None = None) -> str:
        return await self._page.say(text, [Upload(picture)] if picture else [])

    async def edit(self, message: str, text: str) -> None:
        raise NotImplementedError

    async def delete(self, message: str) -> None:
        raise NotImplementedError

    async def command(self, verb: str) -> None:
        await self._page.command(verb)

    async def rate(self) -> None:
        rateable = [number for number, message in enumerate(self._page.messages) if message["rateable"]]
        await self._page.rate(rateable[-1], 1)

    def received(self) -> list[str]:
        return self._page.seen()

    def orphans(self) -> list[str]:
        return []


def answers(person: Somebody) -> set[str]:
    """The numbers of the questions to which somebody has an answer."""
    return {number for text in person.received() for number in answered(text)}


def told_times(person: Somebody) -> int:
    """How often somebody was told that an answer may not have arrived."""
    openings = tuple(said.partition("{")[0].rstrip("`") for said in MAYBE_LOST.both().values())
    return sum(text.startswith(openings) for text in person.received())
