"""A terminal as a chat platform: one chat, whose answers are printed. `looksee ask` uses it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass

from bot.errors import PictureUnavailableError
from bot.messages import Attachment, ChatKey, Inbound, Outgoing, Reply
from bot.ports import Heard, Intake, Opening, Preview
from bot.spoken import name_of

PLATFORM = "terminal"
CHAT = ChatKey(PLATFORM, "", "local")


@dataclass(frozen=True, slots=True)
class Printed:
    """What was answered: the text, and whether the model said it (otherwise it is a notice)."""

    text: str
    answered: bool


class TerminalAdapter:
    """Prints partial text through `write` as it comes, and completes it when the answer is final."""

    platform = PLATFORM
    desk = None
    chat = CHAT

    def __init__(self, write: Callable[[str], None], *, live: bool) -> None:
        self._write = write
        self._live = live
        self._shown = ""
        self.answer: asyncio.Future[Printed] = asyncio.get_running_loop().create_future()

    async def start(self, intake: Intake) -> None:
        """Nothing to connect to: the caller hands its question to the intake."""

    async def stop(self) -> None:
        """Nothing to stop."""

    async def close(self) -> None:
        """Nothing to free."""

    async def fetch(self, chat: ChatKey, attachment: Attachment, limit: int) -> bytes:
        """Refuse: files come with their bytes here."""
        raise PictureUnavailableError(name=attachment.name)

    def heard(self, chat: ChatKey) -> Heard:
        """Everything."""
        return Heard.ALL

    def render(self, reply: Reply) -> tuple[str, ...]:
        """Keep the text as it is, and name what a terminal cannot show. Buttons, which nobody can press, stay out."""
        shown = [f"{name_of(reply.author)}: {reply.text}" if reply.author else reply.text]
        shown += [f"[{ref.width} × {ref.height}]" for ref in reply.pictures]
        if reply.file is not None:
            shown.append(f"[{reply.file.name}]")
        text = "\n".join(line for line in shown if line)
        return (json.dumps({"text": text, "answered": reply.rateable}, ensure_ascii=False),)

    def removal(self) -> str:
        """Nothing: what was printed cannot be taken back."""
        return ""

    def opening(self, title: str, card: Reply) -> Opening:
        """Nothing: there are no agents here."""
        return Opening("")

    def turn(self, item: Outgoing) -> AbstractAsyncContextManager[None]:
        """There is always room."""
        return nullcontext()

    async def send(self, item: Outgoing) -> str:
        """Print what has not been printed yet."""
        if item.removes:  # what was printed cannot be taken back
            return item.slot
        payload = json.loads(item.payload)
        text: str = payload["text"]
        if text.startswith(self._shown):
            self._write(text[len(self._shown) :] + "\n")
        else:
            self._write(f"\n{text}\n")
        if not self.answer.done():
            self.answer.set_result(Printed(text, bool(payload["answered"])))
        return str(item.id)

    async def find(self, item: Outgoing) -> str | None:
        """Say that nothing was printed: an earlier process printed to another terminal."""
        return None

    async def tell(self, person: str, text: str) -> None:
        """Nothing: who runs the bot sees its log here."""

    def preview(self, inbound: Inbound) -> Preview:
        """Print partial text as it comes."""
        return _Live(self)

    def show(self, text: str) -> None:
        """Print the new part of a partial answer."""
        text = text.lstrip()
        if self._live and text.startswith(self._shown):
            self._write(text[len(self._shown) :])
            self._shown = text

    def forget(self, chat: ChatKey) -> None:
        """Nothing: what was printed cannot be taken back."""

    def problem(self) -> str:
        """Nothing can keep it from working."""
        return ""


class _Live:
    def __init__(self, terminal: TerminalAdapter) -> None:
        self._terminal = terminal

    def remark(self, text: str) -> None:
        """Nobody else asks here: nothing waits."""

    def show(self, text: str) -> None:
        self._terminal.show(text)

    async def close(self, *, keep: bool) -> str:
        return ""
