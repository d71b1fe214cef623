"""The composition root: the only importer of the edges. It builds the service from settings, starts and stops it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import structlog
from aiohttp import web

from adapters.slack.adapter import SlackAdapter
from adapters.telegram.adapter import TelegramAdapter
from adapters.terminal import TerminalAdapter
from adapters.web.adapter import WebAdapter
from adapters.web.server import HttpServer
from bot import images
from bot.backends import build_model
from bot.claim import claimed
from bot.collect import Collector, Prepare, in_thread
from bot.commands import Commands, Roles, announced, maybe_lost
from bot.decoding.pool import Decoders
from bot.delivery import Delivery
from bot.describing import Describer
from bot.desk import Desk
from bot.dispatch import Dispatcher
from bot.errors import ConfigurationError, StoreError
from bot.estimate import Estimates
from bot.intake import DurableIntake
from bot.listening import Patience
from bot.messages import LANGUAGES, ChatKey, Pending, Role
from bot.metrics import Metrics
from bot.ports import ChatAdapter, ConversationStore, VisionModel
from bot.previews import Previews
from bot.prompting import Prompting
from bot.settings import Settings
from bot.spoken import Links
from bot.texts import choose_language
from bot.waiting import Limits, WaitingRoom
from conversations import backup
from conversations.restore import Plan as Plan  # part of what put_back is called with
from conversations.restore import restore
from conversations.sqlite import SqliteStore
from prompts.loader import SystemPrompts

log = structlog.get_logger(__name__)

DATABASE = "looksee.db"
LEAST_QUESTION = 64
"""Tokens that a question has to have room for."""
ANSWER_SECONDS = 3.0
"""How long a stop waits for platforms to take previews back."""
SEND_SECONDS = 5.0
"""How long a stop waits for sends under way."""


@dataclass(frozen=True, slots=True)
class Core:
    """The rooms between the edges, put together."""

    store: ConversationStore
    model: VisionModel
    metrics: Metrics
    intake: DurableIntake
    dispatcher: Dispatcher
    desk: Desk
    describer: Describer
    delivery: Delivery

    async def resume(self) -> None:
        """Take up what an earlier run left undone; from here on, what comes in is answered."""
        await self.delivery.resume()
        count = await self.intake.replay()
        if count:
            log.info("inbox_replayed", rows=count)

    async def close(self) -> None:
        """Stop answering, let sends under way end. What is unfinished waits in the database."""
        await self.describer.close()
        await self.dispatcher.close(ANSWER_SECONDS)
        await self.delivery.close(SEND_SECONDS)


def assemble(
    settings: Settings,
    store: ConversationStore,
    model: VisionModel,
    adapters: Mapping[str, ChatAdapter],
    metrics: Metrics,
    prompts: SystemPrompts,
    *,
    decode: Prepare = in_thread,
) -> Core:
    """Put the core together around an open store, a loaded model and adapters by platform."""
    limits = picture_limits(settings)

    async def notice(chat: ChatKey) -> Sequence[str]:
        language = choose_language("", before=await store.language(chat))
        return maybe_lost(chat, language, adapters[chat.platform])

    async def control(pending: Pending) -> None:
        await commands.handle(pending)

    queue, estimates = settings.queue, Estimates()
    roles = Roles(admins=settings.admins, agents=settings.agents)

    def urgent(sender: str) -> bool:
        return roles.of(sender) >= Role.AGENT

    describer = Describer(store, model, prompts, busy=lambda: desk.busy)
    delivery = Delivery(store, adapters, metrics, notice=notice)
    desk = Desk(
        store,
        adapters,
        model,
        Prompting(
            store,
            model,
            prompts,
            max_tokens=settings.model.max_tokens,
            history_share=settings.chat.history_share,
            leaving=describer.put,
        ),
        Collector(store, adapters, metrics, limits=limits, per_question=settings.images.per_question, decode=decode),
        delivery,
        metrics,
        Previews(adapters),
        estimates,
        max_characters=settings.chat.max_characters,
        patience=Patience(queue.first_token_seconds, queue.silence_seconds),
        busy_seconds=queue.busy_seconds,
        urgent=urgent,
    )
    room = WaitingRoom(
        desk.announce,
        metrics,
        estimates,
        Limits(queue.notice_seconds, queue.busy_seconds, queue.refuse_seconds, queue.wait_seconds),
        parallel=settings.model.parallel_chats,
        cached=model.cached,
        urgent=urgent,
    )
    dispatcher = Dispatcher(
        desk,
        room,
        control,
        metrics,
        burst_seconds=settings.chat.burst_seconds,
        album_seconds=settings.chat.album_seconds,
    )
    commands = Commands(
        store,
        adapters,
        model,
        desk,
        dispatcher,
        delivery,
        roles=roles,
        company=settings.chat.company,
        max_megabytes=settings.images.max_megabytes,
    )
    intake = DurableIntake(
        store, metrics, on_message=dispatcher.put, on_control=dispatcher.put_control, platforms=frozenset(adapters)
    )
    return Core(store, model, metrics, intake, dispatcher, desk, describer, delivery)


def picture_limits(settings: Settings) -> images.Limits:
    """Bounds of one picture, from the settings."""
    return images.Limits(
        max_bytes=int(settings.images.max_megabytes * 1e6),
        short_side=settings.images.short_side,
        max_tokens=settings.model.image_max_tokens,
    )


def load_prompts(settings: Settings) -> SystemPrompts:
    """Read and render the system prompts. Blocking."""
    return SystemPrompts(company=settings.chat.company, policies=settings.chat.policies)


def check_room(settings: Settings, model: VisionModel, prompts: SystemPrompts) -> None:
    """See that the context has room for a question beside what stands in every prompt. Raises ConfigurationError."""
    context, most = model.info.context, settings.model.max_tokens
    room = min(int(context * settings.chat.history_share), context - most)
    taken = max(model.measure(prompts.system(language).text) for language in LANGUAGES)
    if taken + LEAST_QUESTION > room:
        raise ConfigurationError(
            f"LOOKSEE_MODEL__CONTEXT: the model's context has {context} tokens. The system prompt with "
            f"LOOKSEE_CHAT__POLICIES takes {taken} and an answer up to LOOKSEE_MODEL__MAX_TOKENS={most}, which leaves "
            f"no room for a question. Shorten the policies, or set for example LOOKSEE_MODEL__CONTEXT="
            f"{2 * (taken + LEAST_QUESTION + most)}, as far as the model goes along."
        )


def database_path(settings: Settings) -> Path:
    """Where the database lies; its folder is made if need be. Blocking. Raises ConfigurationError."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"LOOKSEE_DATA_DIR: {settings.data_dir} cannot be used: {error.strerror}") from error
    return settings.data_dir / DATABASE


def open_store(path: Path | str) -> ConversationStore:
    """Make the store, not opened yet; ":memory:" for one that is gone with the process."""
    return SqliteStore(path)


def back_up(settings: Settings, target: Path | None) -> backup.Backup:
    """Copy the database, be the service running or not; to `backups` beside it by default. Blocking.

    Raises StoreError.
    """
    database = settings.data_dir / DATABASE
    return backup.back_up(database, target or backup.default_target(database, time.time()))


def put_back(settings: Settings, source: Path, agree: Callable[[Plan], bool]) -> Plan | None:
    """Put a backup in the database's place while no service runs; see `restore`. Blocking.

    Raises ConfigurationError if a service runs, StoreError.
    """
    database = database_path(settings)
    with claimed(database.parent):
        return restore(database, source, time.time(), agree)


def terminal(write: Callable[[str], None], *, live: bool) -> TerminalAdapter:
    """Make a terminal's adapter."""
    return TerminalAdapter(write, live=live)


class Looksee:
    """The whole service. `start`, then `stop`; `url` is where its HTTP server listens."""

    def __init__(self, settings: Settings, *, model: VisionModel | None = None) -> None:
        self._settings = settings
        self._metrics = Metrics()
        self._given_model = model
        self._closing = AsyncExitStack()
        self._adapters: dict[str, ChatAdapter] = {}
        self._core: Core | None = None
        self._server: HttpServer | None = None

    @property
    def url(self) -> str:
        """The HTTP server's address."""
        if self._server is None:
            raise RuntimeError("not started")
        return self._server.url

    @property
    def core(self) -> Core:
        """The rooms of the running service."""
        if self._core is None:
            raise RuntimeError("not started")
        return self._core

    async def start(self) -> None:
        """Open, load, connect, and take up what was left undone. On failure everything is closed again."""
        try:
            await self._start()
        except BaseException:
            try:
                await self.stop()
            except Exception:  # what kept it from starting is what people have to know
                log.exception("stop_failed")
            raise

    async def _start(self) -> None:
        settings = self._settings
        path = await asyncio.to_thread(database_path, settings)
        await asyncio.to_thread(self._closing.enter_context, claimed(path.parent))
        store = open_store(path)
        self._closing.push_async_callback(store.close)
        await store.open()
        model = self._given_model
        if model is None:
            model = await asyncio.to_thread(build_model, settings, self._metrics)
        self._closing.push_async_callback(model.close)
        await model.load()
        prompts = await asyncio.to_thread(load_prompts, settings)
        check_room(settings, model, prompts)
        decoders = Decoders(lost=self._metrics.decoder_lost)
        self._closing.push_async_callback(decoders.close)
        await decoders.start()
        routes = self._connect(store, model)
        core = self._core = assemble(
            settings, store, model, self._adapters, self._metrics, prompts, decode=decoders.prepare
        )
        server = self._server = HttpServer(
            settings.web.host, settings.web.port, routes, ready=self._problems, metrics=self._metrics.exposition
        )
        for adapter in self._adapters.values():
            self._closing.push_async_callback(adapter.close)
        self._closing.push_async_callback(server.stop)
        self._closing.push_async_callback(core.close)
        await server.start()
        for adapter in self._adapters.values():
            self._closing.push_async_callback(adapter.stop)
            await adapter.start(core.intake)
        await core.resume()

    async def stop(self) -> None:
        """Take nothing more, end what runs, close everything, in the reverse order of the start. Idempotent."""
        await self._closing.aclose()

    def _connect(self, store: ConversationStore, model: VisionModel) -> Sequence[web.AbstractRouteDef]:
        """Make the configured adapters; returns their HTTP routes."""
        settings, commands = self._settings, announced()
        links = Links(settings.chat.link_hosts)
        routes: list[web.AbstractRouteDef] = []
        limits = picture_limits(settings)
        if settings.web.chat:
            page = WebAdapter(
                store=store,
                company=settings.chat.company,
                notice=model.info.notice,
                max_bytes=limits.max_bytes,
                max_files=settings.images.per_question,
                max_characters=settings.chat.max_characters,
                secure_cookie=settings.web.secure_cookie,
                links=links,
            )
            self._adapters["web"] = page
            routes += page.routes()
        if settings.telegram.token is not None:
            secret = settings.telegram.webhook_secret
            telegram = TelegramAdapter(
                token=settings.telegram.token.get_secret_value(),
                api_base=settings.telegram.api_base,
                mode=settings.telegram.mode,
                webhook_url=settings.telegram.webhook_url,
                webhook_secret=secret.get_secret_value() if secret else "",
                commands=commands,
                admins=[person for person in settings.admins if person.startswith("telegram:")],
                links=links,
            )
            self._adapters["telegram"] = telegram
            routes += telegram.routes()
        if settings.slack.bot_token is not None:
            app_token, signing_secret = settings.slack.app_token, settings.slack.signing_secret
            slack = SlackAdapter(
                bot_token=settings.slack.bot_token.get_secret_value(),
                app_token=app_token.get_secret_value() if app_token else "",
                signing_secret=signing_secret.get_secret_value() if signing_secret else "",
                api_base=settings.slack.api_base,
                mode=settings.slack.mode,
                commands=commands,
                knows=store.knows,
                links=links,
            )
            self._adapters["slack"] = slack
            routes += slack.routes()
        return routes

    async def _problems(self) -> list[str]:
        """What keeps the service from working; nothing if it is ready."""
        parts: dict[str, ChatAdapter | VisionModel] = {**self._adapters, "model": self.core.model}
        problems = [f"{name}: {text}" for name, part in parts.items() if (text := part.problem())]
        try:
            await self.core.store.backlog()
        except StoreError as error:
            problems.append(f"database: {error}")
        return problems


async def serve(
    settings: Settings, *, ready: Callable[[Looksee], None], until: Callable[[], Awaitable[object]]
) -> None:
    """Run the service until `until` returns, be it while it still starts; `ready` is told once it runs."""
    service = Looksee(settings)
    over = asyncio.ensure_future(until())
    starting = asyncio.create_task(service.start())
    try:
        await asyncio.wait({over, starting}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            await starting
            ready(service)
        await over
    finally:
        over.cancel()
        starting.cancel()
        await asyncio.wait({over, starting})
        await asyncio.shield(service.stop())
