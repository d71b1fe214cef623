"""Telegram as a chat platform of Looksee's."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, TypeVar

import structlog
from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramBadRequest, TelegramNotFound, TelegramUnauthorizedError
from aiogram.types import Update
from aiohttp import web

from adapters.pacing import Reach
from adapters.telegram.business import Connections
from adapters.telegram.chats import PLATFORM, chat_key, connection_of, is_group
from adapters.telegram.files import download
from adapters.telegram.menus import Menus
from adapters.telegram.pacing import TelegramPacer
from adapters.telegram.payload import Payload
from adapters.telegram.pressing import acknowledge
from adapters.telegram.previews import DraftPreview, EditedPreview, TypingPreview
from adapters.telegram.receiving import FIRST_PAUSE, LONGEST_PAUSE, Poller, Receiver, unless
from adapters.telegram.refusals import said
from adapters.telegram.render import opening, render
from adapters.telegram.sending import Images, MessageSender
from adapters.telegram.session import TelegramSession
from adapters.telegram.translate import ALLOWED_UPDATES, Me
from bot import reasons
from bot.backoff import Backoff, rest
from bot.cases import Case
from bot.errors import AmbiguousDeliveryError, ConfigurationError, StoreError
from bot.messages import Attachment, ChatKey, CommandInfo, Image, ImageRef, Inbound, Outgoing, Reply, Role
from bot.ports import Heard, Intake, Opening, Preview
from bot.spoken import Links

T = TypeVar("T")
log = structlog.get_logger(__name__)

WEBHOOK_PATH = "/telegram/webhook"

_UPDATE_BYTES = 1_000_000
_FIRST_CONTACT_SECONDS = 10


class TelegramAdapter:
    """A bot on Telegram, by long polling or webhook.

    `commands` and `staff` (who has a role, by `Sender.key`) fill the command menus. In webhook mode `webhook_url` is
    the service's public address without a path, and `routes` has to be served there. `links` says which addresses in
    answers may be links, by default none. `desk` is the agents' group, a group with topics (0: none), and `case_in`
    tells which of them are rooms of cases. `images` gets the stored pictures that replies are to bring along.
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
        staff: Mapping[str, Role] | None = None,
        links: Links | None = None,
        desk: int = 0,
        case_in: Callable[[ChatKey], Awaitable[Case | None]] | None = None,
        images: Images | None = None,
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
        self._desk = desk
        self._case_in = case_in or _no_case
        self._menus = Menus(self._bot, commands, staff or {}, desk)
        self._connections = Connections(self._bot)
        self._sender = MessageSender(self._bot, self._connections, images or _no_images)
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

    @property
    def desk(self) -> ChatKey | None:
        """The agents' group."""
        return chat_key(self._bot.id, self._desk) if self._desk else None

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
        receiver = Receiver(self._bot, me, intake, self._follow_up, self._is_room)
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
        return Me(user.id, user.username or "", self._verbs, self._desk)

    async def _is_room(self, chat: ChatKey) -> bool:
        return await self._case_in(chat) is not None

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

    def _follow_up(self, update: Update, happened: Sequence[Inbound]) -> None:
        if update.callback_query is not None:
            self._begin(acknowledge(self._bot, update.callback_query))
        if update.business_connection is not None:
            self._connections.note(update.business_connection)
        for inbound in happened:
            if inbound.private and self._menus.awaits(inbound.sender.key):
                self._begin(self._menus.greet(inbound.sender.key))

    def refresh_menus(self, staff: Mapping[str, Role]) -> None:
        """Show everybody the commands of the role that they have from now on, in the background."""
        self._begin(self._menus.refresh(staff))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        chore = asyncio.create_task(work)
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)

    # --- sending -----------------------------------------------------------------------------------------------

    async def fetch(self, chat: ChatKey, attachment: Attachment, limit: int) -> bytes:
        """The bytes of a customer's file, `limit` bytes at the most."""
        return await download(self._bot, self._reach, attachment, limit)

    def heard(self, chat: ChatKey) -> Heard:
        """Everything in private, a business account's customers included; in groups, what is addressed to the bot."""
        return Heard.ADDRESSED if is_group(chat) else Heard.ALL

    def render(self, reply: Reply) -> tuple[str, ...]:
        """The messages that make up a reply."""
        return render(reply, self._links)

    def removal(self) -> str:
        """What takes a message away: nothing stands in its place."""
        return Payload().dump()

    def opening(self, title: str, card: Reply) -> Opening:
        """A topic of that name, in which the card follows."""
        return opening(title, card, self._links)

    def turn(self, item: Outgoing) -> AbstractAsyncContextManager[None]:
        """Entered when Telegram answers and would take one more message, of all and in this chat."""
        return self._pacer.turn(item.chat.chat)

    async def send(self, item: Outgoing) -> str:
        """Send one message, change or take away one that is there, or open a topic; returns the id."""
        return await self._sender.send(item)

    async def find(self, item: Outgoing) -> str | None:
        """Telegram lets bots look up nothing that they sent: raises AmbiguousDeliveryError, but for what may simply be
        done once more: topics, of which an empty one is left over at worst, and removals."""
        if item.removes or Payload.parse(item.payload).topic:
            return None
        raise AmbiguousDeliveryError(reasons.TELEGRAM_CANNOT_TELL.en)

    async def tell(self, person: str, text: str) -> None:
        """Write to a person's private chat with the bot; who never started it cannot be written to."""
        user = person.removeprefix(f"{PLATFORM}:")
        async with self._pacer.turn(user):
            await self._sender.tell(int(user), text)

    def preview(self, inbound: Inbound) -> Preview:
        """Typing, and live text: a draft in private, an edited message in groups; typing alone for a business account,
        whose customers are not to see messages grow."""
        if connection_of(inbound.chat):
            return TypingPreview(self._bot, self._pacer, inbound, self._links)
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


async def _no_case(chat: ChatKey) -> Case | None:
    return None


async def _no_images(refs: Collection[ImageRef]) -> dict[str, Image]:
    return {}


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
