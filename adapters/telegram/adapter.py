"""Telegram as a chat platform of Looksee's."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, TypeVar

import structlog
from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramBadRequest, TelegramNotFound, TelegramUnauthorizedError
from aiogram.types import Message, Update
from aiohttp import web

from adapters.pacing import Reach
from adapters.telegram.files import download
from adapters.telegram.menus import Menus
from adapters.telegram.pacing import TelegramPacer
from adapters.telegram.previews import DraftPreview, EditedPreview
from adapters.telegram.receiving import FIRST_PAUSE, LONGEST_PAUSE, Poller, Receiver, unless
from adapters.telegram.render import render
from adapters.telegram.sending import MessageSender, said, thumbs
from adapters.telegram.session import TelegramSession
from adapters.telegram.translate import ALLOWED_UPDATES, PLATFORM, Me
from bot.backoff import Backoff, rest
from bot.errors import AmbiguousDeliveryError, ConfigurationError, StoreError
from bot.messages import Attachment, ChatKey, CommandInfo, Inbound, Kind, Outgoing, Reply
from bot.ports import Intake, Preview
from bot.spoken import Links
from bot.texts import THANKS_FOR_RATING, choose_language

T = TypeVar("T")
log = structlog.get_logger(__name__)

WEBHOOK_PATH = "/telegram/webhook"

_UPDATE_BYTES = 1_000_000
_FIRST_CONTACT_SECONDS = 10


class TelegramAdapter:
    """A bot on Telegram, by long polling or webhook.

    `commands` and `admins` fill the command menus. In webhook mode `webhook_url` is the service's public address
    without a path, and `routes` has to be served there. `links` says which addresses in answers may be links, by
    default none.
    """

    def __init__(
        self,
        *,
        token: str,
        api_base: str = "https://api.telegram.org",
        mode: Literal["polling", "webhook"] = "polling",
        webhook_url: str = "",
        webhook_secret: str = "",
        commands: Sequence[CommandInfo] = (),
        admins: Collection[str] = (),
        links: Links | None = None,
    ) -> None:
        if mode == "webhook" and not webhook_secret.strip():
            raise ConfigurationError(
                "LOOKSEE_TELEGRAM__WEBHOOK_SECRET is needed with LOOKSEE_TELEGRAM__MODE=webhook: a blank secret is one "
                "that everybody knows. Write 16 or more of A-Z a-z 0-9 _ -."
            )
        self._links = links or Links()
        self._reach = Reach(lambda: self._bot.get_me())
        self._pacer = TelegramPacer(self._reach)
        self._session = TelegramSession(api_base, self._reach, self._pacer)
        self._bot = Bot(token, session=self._session)
        self._mode = mode
        self._webhook = webhook_url.rstrip("/") + WEBHOOK_PATH
        self._secret = webhook_secret
        self._verbs = frozenset(command.name for command in commands)
        self._menus = Menus(self._bot, commands, admins)
        self._sender = MessageSender(self._bot)
        self._stopping = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._receiver: Receiver | None = None
        self._poller: Poller | None = None
        self._refused = ""
        self._taking: set[asyncio.Task[None]] = set()
        self._chores: set[asyncio.Task[None]] = set()

    @property
    def platform(self) -> str:
        """``telegram``."""
        return PLATFORM

    # --- receiving ---------------------------------------------------------------------------------------------

    async def start(self, intake: Intake) -> None:
        """Begin to receive. A wrong token raises ConfigurationError; a network that is down is waited for, in the
        background."""
        me: Me | None = None
        try:
            me = await self._introduce()
        except (TelegramUnauthorizedError, TelegramNotFound):
            raise ConfigurationError(
                "LOOKSEE_TELEGRAM__TOKEN: Telegram does not know this token. Write the one that @BotFather gave you, "
                "such as 123456:AAE..."
            ) from None
        except AiogramError as error:
            log.warning("telegram_unreachable", error=type(error).__name__)
        self._running = asyncio.create_task(self._run(intake, me))

    async def stop(self) -> None:
        """Receive nothing more. What Telegram was told of is committed; what it was not told of, it sends again."""
        self._stopping.set()
        if self._running is not None:
            await self._running
        await asyncio.gather(*self._taking, return_exceptions=True)

    async def close(self) -> None:
        """Free everything. Idempotent."""
        await self.stop()
        await self._reach.close()
        chores = tuple(self._chores)
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        await self._session.close()

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """What the HTTP server has to serve for this adapter: the webhook, or nothing when polling."""
        return (web.post(WEBHOOK_PATH, self._called),) if self._mode == "webhook" else ()

    async def _run(self, intake: Intake, me: Me | None) -> None:
        me = me or await self._persist(self._introduce)
        if me is None:
            return
        receiver = Receiver(self._bot, me, intake, self._follow_up)
        if self._mode == "webhook":
            self._receiver = receiver
        if await self._persist(self._arrange_delivery) is None:
            return
        self._begin(self._menus.publish())
        log.info("telegram_ready", bot=me.username, mode=self._mode)
        if self._mode == "polling":
            self._poller = Poller(self._bot, receiver, self._stopping)
            await self._poller.run()

    async def _introduce(self) -> Me:
        user = await self._bot.get_me(request_timeout=_FIRST_CONTACT_SECONDS)
        return Me(user.id, user.username or "", self._verbs)

    async def _arrange_delivery(self) -> bool:
        if self._mode == "polling":
            return await self._bot.delete_webhook()
        return await self._bot.set_webhook(self._webhook, secret_token=self._secret, allowed_updates=ALLOWED_UPDATES)

    async def _persist(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """Do `work` until it succeeds; None when told to stop before that."""
        backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        while not self._stopping.is_set():
            try:
                result = await unless(self._stopping, work())
            except AiogramError as error:
                self._refused = _refusal(error)
                log.warning("telegram_not_ready", error=type(error).__name__)
                await rest(backoff.next(), self._stopping)
            else:
                self._refused = ""
                return result
        return None

    async def _called(self, request: web.Request) -> web.Response:
        """Telegram delivers an update. 200 says that it is committed; anything else has Telegram deliver it again."""
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(secret.encode("utf-8", "surrogateescape"), self._secret.encode()):
            return web.Response(status=401)
        if self._receiver is None or self._stopping.is_set():
            return web.Response(status=503)
        raw = await _read_update(request)
        if isinstance(raw, web.Response):
            return raw
        task = asyncio.create_task(self._receiver.take(raw))
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)
        try:
            # Shielded: Telegram hanging up must not undo half of what was begun.
            await asyncio.shield(task)
        except StoreError:
            return web.Response(status=503)
        return web.Response()

    # --- after an update was committed -------------------------------------------------------------------------

    def _follow_up(self, update: Update, inbound: Inbound | None) -> None:
        if update.callback_query is not None:
            self._begin(self._acknowledge(update, inbound))
        if inbound is not None and inbound.private and self._menus.awaits(inbound.sender.key):
            self._begin(self._menus.greet(inbound.sender.key))

    async def _acknowledge(self, update: Update, inbound: Inbound | None) -> None:
        """End the waiting sign on a button, and mark the pressed one where only one person sees it."""
        callback = update.callback_query
        if callback is None:
            return
        rated = inbound is not None and inbound.kind is Kind.FEEDBACK
        thanks = THANKS_FOR_RATING.say(choose_language("", callback.from_user.language_code or "")) if rated else None
        try:
            await self._bot.answer_callback_query(callback.id, text=thanks)
            if inbound is not None and inbound.private and isinstance(callback.message, Message):
                await self._bot.edit_message_reply_markup(
                    chat_id=callback.message.chat.id,
                    message_id=callback.message.message_id,
                    reply_markup=thumbs(inbound.chat.thread, inbound.rating),
                )
        except AiogramError as error:
            # The rating is stored; only its echo is missing (too late, or already marked).
            log.debug("rating_not_shown", error=type(error).__name__)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        chore = asyncio.create_task(work)
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)

    # --- sending -----------------------------------------------------------------------------------------------

    async def fetch(self, chat: ChatKey, attachment: Attachment, limit: int) -> bytes:
        """The bytes of a customer's file, `limit` bytes at the most."""
        return await download(self._bot, self._reach, attachment, limit)

    def render(self, reply: Reply) -> tuple[str, ...]:
        """The messages that make up a reply."""
        return render(reply, self._links)

    def turn(self, item: Outgoing) -> AbstractAsyncContextManager[None]:
        """Entered when Telegram answers and would take one more message, of all and in this chat."""
        return self._pacer.turn(item.chat.chat)

    async def send(self, item: Outgoing) -> str:
        """Send one message; returns its id."""
        return await self._sender.send(item)

    async def find(self, item: Outgoing) -> str | None:
        """Telegram lets bots look up nothing that they sent: always raises AmbiguousDeliveryError."""
        raise AmbiguousDeliveryError("Telegram cannot tell whether a message arrived")

    async def tell(self, person: str, text: str) -> None:
        """Write to a person's private chat with the bot; who never started it cannot be written to."""
        user = person.removeprefix(f"{PLATFORM}:")
        async with self._pacer.turn(user):
            await self._sender.tell(int(user), text)

    def preview(self, inbound: Inbound) -> Preview:
        """Typing, and live text: a draft in private, an edited message in groups."""
        kind = DraftPreview if inbound.private else EditedPreview
        return kind(self._bot, self._pacer, inbound, self._links)

    def forget(self, chat: ChatKey) -> None:
        """Nothing: no words are held in memory here."""

    def problem(self) -> str:
        """Why nothing can be received or sent, if so."""
        if self._refused:
            return self._refused
        if self._poller is not None and self._poller.trouble:
            return self._poller.trouble
        return f"cannot reach Telegram {self._reach.away}" if self._reach.away else ""


def _refusal(error: AiogramError) -> str:
    """What Telegram objects to while the bot connects; "" if it could simply not be reached."""
    if isinstance(error, TelegramUnauthorizedError | TelegramNotFound):
        return "Telegram refuses the token"
    return f"Telegram refuses the webhook: {said(error)}" if isinstance(error, TelegramBadRequest) else ""


async def _read_update(request: web.Request) -> dict[str, Any] | web.Response:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > _UPDATE_BYTES:
            return web.Response(status=413)
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return web.Response(status=400)
    return raw if isinstance(raw, dict) and isinstance(raw.get("update_id"), int) else web.Response(status=400)
