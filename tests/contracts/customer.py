"""What the adapter contract needs of a platform: a customer who uses it, and the server between them and the bot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Upload:
    """A file as a customer sends it."""

    data: bytes
    name: str = "screenshot.png"
    media_type: str = "image/png"


class Platform(Protocol):
    """A platform that the bot is connected to; owns its server on a loopback port."""

    platform: str

    async def start(self) -> None:
        """Start the platform's server, before the bot runs."""
        ...

    async def stop(self) -> None:
        """Stop it. The bot no longer runs."""
        ...

    def environment(self) -> Mapping[str, str]:
        """Settings (LOOKSEE_...) that make the bot use this server."""
        ...

    async def connect(self, base_url: str) -> None:
        """The bot runs now, and serves HTTP at `base_url`; called again after a restart of the bot."""
        ...


class Customer(Platform, Protocol):
    """A customer in a private chat with the bot on one platform."""

    async def say(self, text: str, uploads: Sequence[Upload] = ()) -> str:
        """Send one message: text, one picture with a caption, or an album with one. Returns the platform's message
        id. Works while the bot is away where the platform keeps messages for it (Telegram, Slack)."""
        ...

    async def edit(self, message_id: str, text: str) -> None:
        """Change a message sent before. NotImplementedError where customers cannot."""
        ...

    async def command(self, verb: str, arguments: str = "") -> None:
        """Give a command the way this platform does."""
        ...

    async def rate(self, answer: int, rating: int) -> None:
        """Press thumbs up (1) or down (-1) under the answer with this index in `seen`."""
        ...

    async def redeliver(self) -> None:
        """Have the platform report the last message three more times, as it does when an acknowledgement is lost."""
        ...

    async def echo(self) -> None:
        """Have the platform report a message that the bot itself wrote. Does nothing where that cannot happen."""
        ...

    def seen(self) -> list[str]:
        """The bot's final messages in this chat as the customer sees them now, oldest first, without live previews."""
        ...

    async def wait_for(self, count: int, *, within: float = 60.0) -> list[str]:
        """Wait until `seen` has at least `count` messages; raises TimeoutError that shows what was seen instead."""
        ...
