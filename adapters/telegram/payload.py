"""A message to Telegram as the outbox keeps it. Pure."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass
from typing import Any

from bot.messages import File, ImageRef, Language


@dataclass(frozen=True, slots=True)
class Key:
    """A button: pressed, it gives the command `data`, after being asked for a second press with `sure`; or, with
    `copy`, it puts that into the clipboard. `style` is Telegram's name of a colour, "" for the app's own."""

    label: str
    data: str = ""
    style: str = ""
    sure: bool = False
    copy: str = ""


@dataclass(frozen=True, slots=True)
class Payload:
    """One message. `entities` are Telegram's, offsets in UTF-16 code units. With a `picture` or a `file`, the text is
    its caption, and may be empty. `private_to` is an address that `translate` made. With `topic`, there is no message:
    a topic of that name is opened."""

    text: str = ""
    entities: tuple[dict[str, Any], ...] = ()
    rateable: bool = False
    reply_to: str = ""
    language: Language = "en"
    buttons: tuple[Key, ...] = ()
    picture: ImageRef | None = None
    file: File | None = None
    private_to: str = ""
    topic: str = ""

    def dump(self) -> str:
        """The payload's JSON, without what is empty."""
        values = {name: value for name, value in asdict(self).items() if value}
        if self.file is not None:
            values["file"]["data"] = b64encode(self.file.data).decode()
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def parse(cls, text: str) -> Payload:
        """Read what `dump` wrote, now or in earlier versions."""
        values = json.loads(text)
        values["entities"] = tuple(values.get("entities", ()))
        values["buttons"] = tuple(Key(**key) for key in values.get("buttons", ()))
        if picture := values.get("picture"):
            values["picture"] = ImageRef(**picture)
        if file := values.get("file"):
            values["file"] = File(**file | {"data": b64decode(file["data"])})
        return cls(**values)
