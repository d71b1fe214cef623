"""The composition root: the only importer of the edges. It builds the service from settings, starts and stops it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, AsyncExitStack
from pathlib import Path

import structlog
from aiohttp import web
from pydantic import SecretStr

from adapters.slack.adapter import SlackAdapter
from adapters.telegram.adapter import TelegramAdapter
from adapters.terminal import TerminalAdapter
from adapters.web.adapter import WebAdapter
from adapters.web.console import Console
from adapters.web.guard import OperatorGuard
from adapters.web.server import HttpServer
from bot.assembly import SEND_SECONDS, Core, assemble
from bot.backends import Service, build_model
from bot.cards import Cards
from bot.claim import claimed
from bot.configured import check_room, known_roles, load_prompts, picture_limits, slack_groups, staff_alerts
from bot.decoding.pool import Decoders
from bot.digests import verify
from bot.errors import ConfigurationError, StoreError, StoreUnavailableError
from bot.groups import Groups
from bot.inference.gate import Gate
from bot.inference.journal import Journal
from bot.messages import LANGUAGES
from bot.metrics import Metrics
from bot.ports import ChatAdapter, VisionModel
from bot.roles import Roles
from bot.settings import Settings
from bot.spoken import Links
from bot.stores import ConversationStore, StoreObserver
from bot.storewatch import StoreWatch
from bot.supervisor import Link
from bot.tasks import spawn
from bot.texts import MODEL_DIED, MODEL_KEEPS_DYING, MODEL_STEADY, SERVICE_DIED
from bot.verbs.prompts.actions import EDITING
from bot.verbs.table import announced
from bot.watchdog import Watchdog
from conversations import backup
from conversations.restore import Plan as Plan  # part of what put_back is called with
from conversations.restore import restore
from conversations.sqlite import SqliteStore

log = structlog.get_logger(__name__)

DATABASE = "looksee.db"
JOURNAL = "answering"
"""What the model was answering, beside the database."""
MODEL_DEATHS = 5
"""So many deaths in a row make a model's process one that keeps dying."""


def operator_guard(settings: Settings) -> OperatorGuard:
    """Who may see what is for operators. Settings that only make sense behind a proxy tell that there is one."""
    telegram = settings.telegram.token is not None and settings.telegram.mode == "webhook"
    slack = settings.slack.bot_token is not None and settings.slack.mode == "http"
    exposed = settings.web.secure_cookie or telegram or slack
    return OperatorGuard(_revealed(settings.web.operator_token), exposed=exposed)


def database_path(settings: Settings) -> Path:
    """Where the database lies; its folder is made if need be. Blocking. Raises ConfigurationError."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"LOOKSEE_DATA_DIR: {settings.data_dir} cannot be used: {error.strerror}") from error
    return settings.data_dir / DATABASE


def undisturbed(settings: Settings) -> AbstractContextManager[None]:
    """Hold the data folder, so that no service runs meanwhile. Blocking. Raises ConfigurationError if one does."""
    return claimed(database_path(settings).parent)


def open_store(path: Path | str, observer: StoreObserver | None = None) -> ConversationStore:
    """Make the store, not opened yet; ":memory:" for one that is gone with the process."""
    return SqliteStore(path, observer=observer)


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

    def __init__(self, settings: Settings, *, model: VisionModel | None = None, link: Link | None = None) -> None:
        """`link` leads to the supervisor, if there is one."""
        self._settings = settings
        self._link = link
        self._metrics = Metrics()
        self._gate = Gate(self._metrics.native_step)
        self._journal = Journal(settings.data_dir / JOURNAL)
        self._given_model = model
        self._closing = AsyncExitStack()
        self._adapters: dict[str, ChatAdapter] = {}
        self._slack: SlackAdapter | None = None
        self._alerts = staff_alerts(settings, self._adapters)
        self._watch = StoreWatch(self._alerts, self._metrics)
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
        self._closing.push_async_callback(_ended, spawn(self._watchdog().run(), "watchdog"))
        store = await self._opened_store()
        model = await self._loaded_model()
        prompts = await asyncio.to_thread(load_prompts, settings)
        check_room(settings, model, prompts)
        decoders = await self._started_decoders()
        roles = await self._known_staff(store)
        routes = self._connect(store, model, roles)
        groups = await self._groups(store, roles)
        core = self._core = assemble(
            settings,
            store,
            model,
            self._adapters,
            self._metrics,
            prompts,
            decode=decoders.prepare,
            alerts=self._alerts,
            staff=roles,
            groups=groups,
        )
        if self._slack is not None:
            _keep_home(self._slack, core, roles)
        await self._open_doors(core, routes)
        if groups is not None:
            groups.start()
        await core.resume()
        self._came_back()

    async def _opened_store(self) -> ConversationStore:
        """The database, in a data folder that is ours from here on."""
        path = await asyncio.to_thread(database_path, self._settings)
        await asyncio.to_thread(self._closing.enter_context, claimed(path.parent))
        store = open_store(path, self._watch)
        self._closing.push_async_callback(store.close)
        await store.open()
        self._closing.push_async_callback(self._watch.close)
        self._watch.begin(store)
        return store

    async def _loaded_model(self) -> VisionModel:
        model = self._given_model
        if model is None:
            await verify(self._settings.model)
            service = Service(self._gate, self._journal, self._model_died)
            model = await asyncio.to_thread(build_model, self._settings, self._metrics, service)
        self._closing.push_async_callback(model.close)
        await model.load()
        return model

    async def _started_decoders(self) -> Decoders:
        decoders = Decoders(lost=self._metrics.decoder_lost)
        self._closing.push_async_callback(decoders.close)
        await decoders.start()
        return decoders

    async def _known_staff(self, store: ConversationStore) -> Roles:
        """The roles of people, of whom the alerts know."""
        roles = await known_roles(self._settings, store)
        roles.watch(self._alerts.know)
        self._alerts.know(roles.staff())
        return roles

    async def _open_doors(self, core: Core, routes: Sequence[web.AbstractRouteDef]) -> None:
        """Listen, and have platforms hand in what people write."""
        settings = self._settings.web
        server = self._server = HttpServer(
            settings.host,
            settings.port,
            routes,
            ready=self._problems,
            notes=core.pausing.notes,
            metrics=self._metrics.exposition,
            guard=operator_guard(self._settings),
        )
        for adapter in self._adapters.values():
            self._closing.push_async_callback(adapter.close)
        self._closing.push_async_callback(server.stop)
        self._closing.push_async_callback(self._wind_down)
        await server.start()
        for adapter in self._adapters.values():
            await adapter.start(core.intake)

    async def stop(self) -> None:
        """Take nothing more, end what runs, close everything, in the reverse order of the start. Idempotent."""
        self._journal.pardon()
        await self._closing.aclose()

    def _watchdog(self) -> Watchdog:
        async def let_go() -> None:
            """What goes out now must not be in doubt for the next process."""
            if self._core is not None:
                await self._core.delivery.close(SEND_SECONDS)

        return Watchdog(self._gate, self._link, limit=self._settings.model.step_seconds, let_go=let_go)

    def _came_back(self) -> None:
        """Tell admins if the process before this one died; of many deaths in a row, ever more rarely."""
        if self._link is not None:
            self._link.ready()
            deaths = self._link.deaths
            if deaths and deaths & (deaths - 1) == 0:
                self._alerts.raise_alert("service died", SERVICE_DIED, cause=self._link.died, deaths=deaths)

    def _model_died(self, cause: str, deaths: int) -> None:
        alerts = self._alerts
        if deaths:
            alerts.raise_alert("model process", MODEL_DIED, cause=cause)
            if deaths >= MODEL_DEATHS:
                alerts.raise_alert("model process keeps dying", MODEL_KEEPS_DYING, cause=cause, deaths=deaths)
            return
        alerts.clear("model process keeps dying")
        alerts.clear("model process", MODEL_STEADY)

    async def _wind_down(self) -> None:
        """Receive nothing more and end what runs, all at once: a platform that is away takes its time only once. What
        still comes in is committed and waits for the next start."""
        parts = (*(adapter.stop() for adapter in self._adapters.values()), self.core.close())
        for result in await asyncio.gather(*parts, return_exceptions=True):
            if isinstance(result, BaseException):
                raise result

    async def _groups(self, store: ConversationStore, roles: Roles) -> Groups | None:
        """What keeps roles up to date with Slack's user groups, if any give one."""
        grounds, slack = slack_groups(self._settings), self._slack
        if slack is None or not grounds:
            return None
        groups = Groups(slack, store, roles, grounds)
        await groups.load()
        self._closing.push_async_callback(groups.close)
        return groups

    def _connect(self, store: ConversationStore, model: VisionModel, roles: Roles) -> Sequence[web.AbstractRouteDef]:
        """Make the configured adapters; returns their HTTP routes."""
        settings = self._settings
        routes: list[web.AbstractRouteDef] = [*_console(settings, store).routes()]
        if settings.web.chat:
            self._adapters["web"] = page = _page(settings, store, model)
            routes += page.routes()
        if settings.telegram.token is not None:
            self._adapters["telegram"] = telegram = _telegram(settings, store, roles)
            routes += telegram.routes()
        if settings.slack.bot_token is not None:
            self._adapters["slack"] = self._slack = slack = _slack(settings, store)
            routes += slack.routes()
        return routes

    async def _problems(self) -> list[str]:
        """What keeps the service from working; nothing if it is ready."""
        parts: dict[str, ChatAdapter | VisionModel] = {**self._adapters, "model": self.core.model}
        problems = [f"{name}: {text}" for name, part in parts.items() if (text := part.problem())]
        try:
            await self.core.store.backlog()
        except StoreUnavailableError:  # of which the watch has been told
            pass
        except StoreError as error:
            problems.append(f"database: {error}")
        if text := self._watch.problem():
            problems.append(f"database: {text}")
        return problems


def _console(settings: Settings, store: ConversationStore) -> Console:
    return Console(
        store,
        operator_guard(settings),
        company=settings.chat.company,
        cards={language: Cards(language, settings.desk.zone) for language in LANGUAGES},
        zone=settings.desk.zone,
        places=settings.desk.on,
    )


def _page(settings: Settings, store: ConversationStore, model: VisionModel) -> WebAdapter:
    return WebAdapter(
        store=store,
        company=settings.chat.company,
        notice=model.info.notice,
        max_bytes=picture_limits(settings).max_bytes,
        max_files=settings.images.per_question,
        max_characters=settings.chat.max_characters,
        secure_cookie=settings.web.secure_cookie,
        links=Links(settings.chat.link_hosts),
        people=settings.desk.on,
    )


def _telegram(settings: Settings, store: ConversationStore, roles: Roles) -> TelegramAdapter:
    """Telegram's adapter, whose menus follow people's roles."""
    telegram = settings.telegram
    adapter = TelegramAdapter(
        token=_revealed(telegram.token),
        api_base=telegram.api_base,
        mode=telegram.mode,
        webhook_url=telegram.webhook_url,
        webhook_secret=_revealed(telegram.webhook_secret),
        commands=announced(desk=settings.desk.on),
        staff=roles.staff(),
        links=Links(settings.chat.link_hosts),
        desk=settings.desk.telegram_group,
        case_in=store.case_in,
        images=store.images,
    )
    roles.watch(adapter.refresh_menus)
    return adapter


def _slack(settings: Settings, store: ConversationStore) -> SlackAdapter:
    slack = settings.slack
    return SlackAdapter(
        bot_token=_revealed(slack.bot_token),
        app_token=_revealed(slack.app_token),
        signing_secret=_revealed(slack.signing_secret),
        api_base=slack.api_base,
        mode=slack.mode,
        commands=announced(desk=settings.desk.on),
        knows=store.knows,
        links=Links(settings.chat.link_hosts),
        desk_channel=settings.desk.slack_channel,
        images=store.images,
        editors={"prompt edit": EDITING},
    )


def _keep_home(slack: SlackAdapter, core: Core, roles: Roles) -> None:
    """Have the app's home show what there is, and follow what happens to cases and to people's roles."""
    slack.show(core.surfaces)
    core.store.on_log(slack.refresh_home)
    roles.watch(lambda _staff: slack.refresh_home())


def _revealed(secret: SecretStr | None) -> str:
    """A secret of the settings, to be handed on; "" if there is none."""
    return secret.get_secret_value() if secret is not None else ""


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


async def serve(
    settings: Settings,
    *,
    ready: Callable[[Looksee], None],
    until: Callable[[], Awaitable[object]],
    link: Link | None = None,
) -> None:
    """Run the service until `until` returns, be it while it still starts; `ready` is told once it runs. `link` leads
    to the supervisor, if there is one."""
    service = Looksee(settings, link=link)
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
