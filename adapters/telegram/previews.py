"""Live text while an answer is made: drafts in private chats, an edited message in groups."""

from __future__ import annotations

import asyncio
import secrets
from abc import abstractmethod

from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.types import ReplyParameters

from adapters.preview import PacedPreview
from adapters.telegram.chats import connection_of
from adapters.telegram.pacing import TelegramPacer
from adapters.telegram.render import live
from adapters.telegram.sending import NO_LINK_PREVIEW, quoting
from bot.messages import Inbound
from bot.spoken import Links

_TYPING_SECONDS = 4.0  # Telegram shows "typing" for five
_DRAFT_SECONDS = 20.0  # and a draft for thirty
_DRAFT_INTERVAL = 1.0
_EDIT_INTERVAL = 3.0
_REQUEST_SECONDS = 10  # the final answer waits for the last of these requests


class TelegramPreview(PacedPreview):
    """What both kinds share: the typing action, and holding back when Telegram asks for it."""

    def __init__(self, bot: Bot, pacer: TelegramPacer, inbound: Inbound, links: Links, interval: float) -> None:
        self._bot = bot
        self._pacer = pacer
        self._inbound = inbound
        self._links = links
        self._chat = int(inbound.chat.chat)
        self._thread = int(inbound.chat.thread) if inbound.chat.thread else None
        self._connection = connection_of(inbound.chat) or None
        self._quiet_until = 0.0
        super().__init__(interval=interval, keep_alive=_TYPING_SECONDS)

    async def _alive(self) -> None:
        if not self._quiet() and await self._pacer.sign():
            try:
                if not self._remark:  # which says more, and may have to stand for many at once
                    await self._bot.send_chat_action(
                        self._chat,
                        "typing",
                        business_connection_id=self._connection,
                        message_thread_id=self._thread,
                        request_timeout=_REQUEST_SECONDS,
                    )
                await self._refresh()
            except TelegramAPIError as error:
                self._give_way(error)

    async def _tell(self, remark: str) -> None:
        await self._update(remark)

    async def _update(self, text: str) -> None:
        if text.strip() and not self._quiet() and await self._pacer.room(self._chat):
            try:
                await self._put(live(text, self._links))
            except TelegramAPIError as error:
                self._give_way(error)

    @abstractmethod
    async def _put(self, text: str) -> None:
        """Show a text of acceptable length."""

    async def _refresh(self) -> None:
        """Keep from vanishing what was shown."""

    def _quiet(self) -> bool:
        return asyncio.get_running_loop().time() < self._quiet_until

    def _give_way(self, error: TelegramAPIError) -> None:
        # The next text holds all of this one, so nothing is repeated; without a hint, a few beats are skipped.
        pause = error.retry_after if isinstance(error, TelegramRetryAfter) else 3 * _EDIT_INTERVAL
        self._quiet_until = asyncio.get_running_loop().time() + pause


class DraftPreview(TelegramPreview):
    """A draft in a private chat, which vanishes by itself once the answer is sent."""

    def __init__(self, bot: Bot, pacer: TelegramPacer, inbound: Inbound, links: Links) -> None:
        self._draft_id = secrets.randbelow(2**31 - 1) + 1
        self._text = ""
        self._drafted_at: float | None = None
        self._works = True
        super().__init__(bot, pacer, inbound, links, _DRAFT_INTERVAL)

    async def _put(self, text: str) -> None:
        if not self._works:
            return
        self._text = text
        try:
            await self._bot.send_message_draft(
                self._chat,
                self._draft_id,
                text=text,
                message_thread_id=self._thread,
                parse_mode=None,
                can_stop=True,
                request_timeout=_REQUEST_SECONDS,
            )
        except (TelegramBadRequest, TelegramNotFound):
            self._works = False  # a Bot API server from before drafts
            return
        self._drafted_at = asyncio.get_running_loop().time()

    async def _refresh(self) -> None:
        # An empty draft shows that the bot is thinking, with the button that stops it.
        now = asyncio.get_running_loop().time()
        if self._drafted_at is None or now - self._drafted_at > _DRAFT_SECONDS:
            await self._put(self._text)

    async def _finish(self, *, keep: bool) -> str:
        return ""


class TypingPreview(TelegramPreview):
    """Nothing but the typing action, whatever there is to tell."""

    def __init__(self, bot: Bot, pacer: TelegramPacer, inbound: Inbound, links: Links) -> None:
        super().__init__(bot, pacer, inbound, links, _EDIT_INTERVAL)

    def remark(self, text: str) -> None:
        """Leave it unsaid: it would keep the typing action away."""

    async def _update(self, text: str) -> None:
        await self._alive()

    async def _put(self, text: str) -> None:
        """Show nothing."""

    async def _finish(self, *, keep: bool) -> str:
        return ""


class EditedPreview(TelegramPreview):
    """A message in a group that grows by edits, and becomes the final answer."""

    def __init__(self, bot: Bot, pacer: TelegramPacer, inbound: Inbound, links: Links) -> None:
        self._message_id = 0
        self._lost = False
        super().__init__(bot, pacer, inbound, links, _EDIT_INTERVAL)

    async def _put(self, text: str) -> None:
        if self._message_id:
            await self._bot.edit_message_text(
                text,
                chat_id=self._chat,
                message_id=self._message_id,
                parse_mode=None,
                link_preview_options=NO_LINK_PREVIEW,
                request_timeout=_REQUEST_SECONDS,
            )
        elif not self._lost:
            try:
                self._message_id = await quoting(self._inbound.message_id, lambda reply: self._post(text, reply))
            except (TelegramNetworkError, TelegramServerError):
                # It may have arrived, and can then neither be edited nor removed. A second one would be one too many.
                self._lost = True
                raise

    async def _post(self, text: str, reply: ReplyParameters | None) -> int:
        message = await self._bot.send_message(
            self._chat,
            text,
            message_thread_id=self._thread,
            reply_parameters=reply,
            parse_mode=None,
            link_preview_options=NO_LINK_PREVIEW,
            request_timeout=_REQUEST_SECONDS,
        )
        return message.message_id

    async def _finish(self, *, keep: bool) -> str:
        if keep:
            return str(self._message_id or "")
        if self._message_id:
            await self._bot.delete_message(self._chat, self._message_id, request_timeout=_REQUEST_SECONDS)
            self._message_id = 0
        return ""
