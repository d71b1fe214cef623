"""A customer in a private chat with the bot on Telegram, by long polling or webhook."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Literal

from PIL import Image

from tests.contracts.customer import Upload
from tests.fakes.telegram_person import Person
from tests.fakes.telegram_server import TOKEN, TelegramServer


class TelegramCustomer:
    """Implements `tests.contracts.customer.Customer`."""

    platform = "telegram"

    def __init__(self, mode: Literal["polling", "webhook"] = "polling") -> None:
        self._mode = mode
        self.server = TelegramServer()
        self.person = Person(self.server)

    async def start(self) -> None:
        await self.server.start()

    async def stop(self) -> None:
        await self.server.stop()

    def environment(self) -> Mapping[str, str]:
        return {
            "LOOKSEE_TELEGRAM__TOKEN": TOKEN,
            "LOOKSEE_TELEGRAM__API_BASE": self.server.url,
            "LOOKSEE_TELEGRAM__MODE": self._mode,
            "LOOKSEE_TELEGRAM__WEBHOOK_URL": "https://bot.shop.example" if self._mode == "webhook" else "",
            "LOOKSEE_TELEGRAM__WEBHOOK_SECRET": "a-secret_of-ours",
        }

    async def connect(self, base_url: str) -> None:
        # Telegram keeps messages until the bot asks for them, or until it can be called at its new address.
        if self._mode == "webhook":
            self.server.update_target = base_url
            self.server.changed()

    async def say(self, text: str, uploads: Sequence[Upload] = ()) -> str:
        if not uploads:
            return str(self.person.say(text))
        if len(uploads) > 1:
            return str(self.person.album([upload.data for upload in uploads], text))
        [upload] = uploads
        # What Telegram cannot make a photo of, its apps send as a file.
        if _is_picture(upload):
            return str(self.person.photo(upload.data, text))
        return str(self.person.document(upload.data, upload.name, upload.media_type, text))

    async def edit(self, message_id: str, text: str) -> None:
        self.person.edit(int(message_id), text)

    async def command(self, verb: str, arguments: str = "") -> None:
        self.person.say(f"/{verb} {arguments}".strip())

    async def rate(self, answer: int, rating: int) -> None:
        message = self.server.sent(self.person.chat_id)[answer]
        self.person.press(message["message_id"], "👍" if rating > 0 else "👎")

    async def redeliver(self) -> None:
        for _ in range(3):
            self.person.again()
            await self.server.until(lambda: self.server.reported_again)

    async def echo(self) -> None:
        """Telegram never reports a bot's own messages to it."""

    def seen(self) -> list[str]:
        sent = self.server.sent(self.person.chat_id)
        return [message.get("text", message.get("caption", "")) for message in sent]

    async def wait_for(self, count: int, *, within: float = 60.0) -> list[str]:
        try:
            await self.server.until(lambda: len(self.seen()) >= count, within=within)
        except TimeoutError:
            raise TimeoutError(f"waited for {count} messages, saw {self.seen()}") from None
        return self.seen()


def _is_picture(upload: Upload) -> bool:
    try:
        with Image.open(io.BytesIO(upload.data)) as picture:
            picture.load()
    except OSError:
        return False
    return True
