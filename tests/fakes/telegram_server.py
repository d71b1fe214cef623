"""A server that speaks the Bot API on a loopback port: what Telegram keeps, delivers, refuses and gets wrong."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, web

from tests.fakes.faults import FaultPlan, Kind, Trouble
from tests.fakes.limits import Limits, Window
from tests.fakes.telegram_methods import METHODS
from tests.fakes.telegram_places import Place, last_edit_by
from tests.fakes.telegram_rules import RefusedError, Upload, parse

BOT_ID = 4242
BOT_NAME = "looksee_test_bot"
TOKEN = f"{BOT_ID}:AAE-test_token"


@dataclass(frozen=True)
class Call:
    """One request that was made, faults included."""

    method: str
    values: dict[str, Any]


@dataclass
class Fault:
    """What happens instead of an answer, `times` times: an error, silence, or a broken connection.

    With `after`, Telegram first does what it was asked for. With `patience`, silence ends in a broken connection after
    so many seconds.
    """

    error: RefusedError | None = None
    html: int = 0
    hang: bool = False
    drop: bool = False
    after: bool = False
    patience: float | None = None


def limits() -> Limits:
    """What Telegram takes of messages: 30 a second, a short burst and then one a second for each chat, 20 a minute for
    each group."""
    return Limits(
        Window(30, 1.0), lambda chat: (Window(10, 5.0), *((Window(20, 60.0),) if chat.startswith("-") else ()))
    )


@dataclass
class Webhook:
    url: str
    secret: str
    allowed: list[str]


_LIMITED = frozenset(
    {"sendMessage", "sendPhoto", "sendDocument", "editMessageText", "editMessageCaption", "editMessageMedia"}
)


def flooded(seconds: int) -> RefusedError:
    """Telegram asks to wait."""
    return RefusedError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def _as_fault(trouble: Trouble) -> Fault:
    match trouble.kind:
        case Kind.FLOOD:
            return Fault(flooded(trouble.seconds))
        case Kind.FAILURE:
            return Fault(RefusedError(500, "Internal Server Error"))
        case Kind.BAD_GATEWAY | Kind.GATEWAY_TIMEOUT:
            return Fault(html=int(trouble.kind.value), after=trouble.done)
        case Kind.SILENCE:
            return Fault(hang=True, after=trouble.done, patience=trouble.seconds)
        case Kind.RESET | Kind.LOST_ANSWER:
            return Fault(drop=True, after=trouble.done)


class Messages(dict[tuple[Place, int], dict[str, Any]]):
    """Messages by place and id, and those of one place without looking through all."""

    def __init__(self) -> None:
        super().__init__()
        self._of: defaultdict[Place, dict[int, dict[str, Any]]] = defaultdict(dict)

    def __setitem__(self, key: tuple[Place, int], message: dict[str, Any]) -> None:
        super().__setitem__(key, message)
        self._of[key[0]][key[1]] = message

    def __delitem__(self, key: tuple[Place, int]) -> None:
        super().__delitem__(key)
        del self._of[key[0]][key[1]]

    def of(self, place: Place) -> list[dict[str, Any]]:
        """A place's messages, oldest first."""
        return [message for _, message in sorted(self._of[place].items())]


@dataclass
class State:
    """Everything Telegram knows."""

    chats: dict[int, dict[str, Any]] = field(default_factory=dict)
    topics: dict[int, dict[int, str]] = field(default_factory=dict)  # names by group and thread
    closed: set[tuple[int, int]] = field(default_factory=set)  # of these
    administered: set[int] = field(default_factory=set)  # groups in which the bot is an administrator
    left: set[int] = field(default_factory=set)  # groups that threw it out
    blocked: set[int] = field(default_factory=set)
    migrated: dict[int, int] = field(default_factory=dict)
    messages: Messages = field(default_factory=Messages)
    drafts: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    files: dict[str, bytes] = field(default_factory=dict)
    files_without_path: set[str] = field(default_factory=set)
    menus: dict[tuple[str, int, str], list[str]] = field(default_factory=dict)
    callbacks: dict[str, bool] = field(default_factory=dict)  # whether they were answered
    fresh: set[str] = field(default_factory=set)  # callbacks that may still be answered by a message
    ephemeral: dict[int, dict[str, Any]] = field(default_factory=dict)
    knows_ephemeral: bool = True  # not a server from before such messages
    connections: dict[str, dict[str, Any]] = field(default_factory=dict)
    heard: dict[Place, float] = field(default_factory=dict)  # when customers of business accounts last wrote
    reports: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # to be made to the bot
    webhook: Webhook | None = None
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(101))

    @property
    def me(self) -> dict[str, Any]:
        return {"id": BOT_ID, "is_bot": True, "first_name": "Looksee", "username": BOT_NAME}


class TelegramServer:
    """Start it, point a bot at `url` with `TOKEN`, then be its customers."""

    def __init__(self) -> None:
        self.state = State()
        self.calls: list[Call] = []
        self.deliveries: list[int] = []  # HTTP statuses that webhook calls were answered with
        self.update_target = ""  # where webhook calls really go: this machine, in place of the public address
        self.refuse_token = False
        self.plan: FaultPlan | None = None  # what goes wrong by chance
        self.limits: Limits | None = None  # how much is taken
        self.watch: Callable[[str, dict[str, Any], Any], None] | None = None  # told of each call that was carried out
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._updates: deque[dict[str, Any]] = deque()
        self._again: deque[dict[str, Any]] = deque()
        self._update_ids = itertools.count(700_001)
        self._polls = 0
        self._changed = asyncio.Event()
        self._stopped = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._courier: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Listen; after a `stop`, on the same port again."""
        self._stopped = asyncio.Event()
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/bot{token}/{method}", self._api)
        app.router.add_get("/file/bot{token}/{path:.+}", self._file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self._courier = asyncio.create_task(self._deliver())

    async def stop(self) -> None:
        self._stopped.set()
        if self._courier is not None:
            self._courier.cancel()
            await asyncio.gather(self._courier, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    # --- watching ----------------------------------------------------------------------------------------------

    def changed(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, holds: Callable[[], object], *, within: float = 20.0) -> None:
        """Wait until something holds; looks again whenever anything happens here."""
        async with asyncio.timeout(within):
            while not holds():
                await self._changed.wait()

    def called(self, method: str) -> list[dict[str, Any]]:
        return [call.values for call in self.calls if call.method == method]

    def sent(self, place: Place) -> list[dict[str, Any]]:
        """The bot's messages in a chat as they are now, oldest first; but for notices that a topic was opened."""
        messages = self.state.messages.of(place)
        return [said for said in messages if last_edit_by(said) == BOT_ID and "forum_topic_created" not in said]

    @property
    def unconfirmed(self) -> list[int]:
        """Updates Telegram still holds, because the bot has not confirmed them."""
        return [update["update_id"] for update in self._updates]

    def confirmed(self) -> bool:
        """Whether the bot has confirmed every update."""
        return not self._updates

    # --- acting ------------------------------------------------------------------------------------------------

    def fail(self, method: str, fault: Fault, times: int = 1) -> None:
        """The next `times` calls of a method meet with a fault."""
        self._faults[method].extend([fault] * times)

    def push(self, kind: str, content: dict[str, Any]) -> int:
        """Report something to the bot; returns the update's id."""
        update_id = next(self._update_ids)
        self._updates.append({"update_id": update_id, kind: content})
        self.changed()
        return update_id

    def push_again(self, update_id: int, kind: str, content: dict[str, Any]) -> None:
        """Report something once more under its old id, whatever was confirmed."""
        self._again.append({"update_id": update_id, kind: content})
        self.changed()

    async def call_again(self, update_id: int, kind: str, content: dict[str, Any]) -> None:
        """Call the webhook with something once more, beside whatever else it is called with, until it is taken."""
        async with ClientSession() as http:
            status = 0
            while status != HTTPStatus.OK:
                if hook := self.state.webhook:
                    status = await self._call(http, hook, {"update_id": update_id, kind: content})
                if status != HTTPStatus.OK:
                    await asyncio.sleep(0.05)

    @property
    def reported_again(self) -> bool:
        return not self._again

    # --- the wire ----------------------------------------------------------------------------------------------

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        form = await request.post()
        try:
            if request.match_info["token"] != TOKEN or self.refuse_token:
                raise RefusedError(401, "Unauthorized")
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
            files = {
                name: Upload(value.filename, value.file.read())
                for name, value in form.items()
                if isinstance(value, web.FileField)
            }
            values = parse(method, fields, files)
            if method == "getUpdates":
                self._confirm(values)
            self.calls.append(Call(method, values))
            self.changed()
            fault = self._fault(method)
            if fault is not None and (answer := await self._misbehave(request, fault, method, values)) is not None:
                return answer
            if self.limits is not None and method in _LIMITED and (wait := self.limits.take(str(values["chat_id"]))):
                raise flooded(wait)
            result = await self._perform(method, values)
        except RefusedError as error:
            body: dict[str, Any] = {"ok": False, "error_code": error.status, "description": error.description}
            if error.parameters:
                body["parameters"] = error.parameters
            return web.json_response(body, status=error.status)
        return web.json_response({"ok": True, "result": result})

    def _fault(self, method: str) -> Fault | None:
        if self._faults[method]:
            return self._faults[method].popleft()
        trouble = self.plan.draw(method) if self.plan is not None else None
        return None if trouble is None else _as_fault(trouble)

    async def _perform(self, method: str, values: dict[str, Any]) -> Any:
        if method == "getUpdates":
            return await self._get_updates(values)
        result = METHODS[method](self.state, values)
        while self.state.reports:
            self.push(*self.state.reports.pop(0))
        if self.watch is not None:
            self.watch(method, values, result)
        self.changed()
        return result

    async def _misbehave(
        self, request: web.Request, fault: Fault, method: str, values: dict[str, Any]
    ) -> web.StreamResponse | None:
        if fault.after:
            await self._perform(method, values)
        if fault.error is not None:
            raise fault.error
        if fault.html:
            return web.Response(status=fault.html, text="<html>gateway</html>", content_type="text/html")
        if fault.hang:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), fault.patience)
        if (fault.hang or fault.drop) and request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _file(self, request: web.Request) -> web.Response:
        data = self.state.files.get(request.match_info["path"].removeprefix("files/"))
        faults = self._faults["download"]
        fault = faults.popleft() if faults else None
        self.calls.append(Call("download", {"path": request.match_info["path"]}))
        self.changed()
        if fault is not None and fault.error is not None:
            return web.Response(status=fault.error.status)
        if request.match_info["token"] != TOKEN or data is None:
            return web.Response(status=404)
        return web.Response(body=data)

    def _confirm(self, values: dict[str, Any]) -> None:
        while self._updates and self._updates[0]["update_id"] < values.get("offset", 0):
            self._updates.popleft()

    async def _get_updates(self, values: dict[str, Any]) -> list[dict[str, Any]]:
        if self.state.webhook is not None:
            raise RefusedError(409, "Conflict: can't use getUpdates method while webhook is active")
        self._polls += 1
        mine = self._polls
        self.changed()
        ends = time.monotonic() + values.get("timeout", 0)
        while not self._stopped.is_set():
            if mine != self._polls:
                raise RefusedError(409, "Conflict: terminated by other getUpdates request")
            batch = self._batch(values)
            left = ends - time.monotonic()
            if batch or left <= 0:
                return batch
            waits = [asyncio.create_task(event.wait()) for event in (self._changed, self._stopped)]
            await asyncio.wait(waits, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
        return []

    def _batch(self, values: dict[str, Any]) -> list[dict[str, Any]]:
        allowed = set(values.get("allowed_updates", []))
        if self._again:
            again = [self._again.popleft() for _ in range(min(len(self._again), values.get("limit", 100)))]
            self.changed()
            return again
        return [update for update in self._updates if allowed & set(update)][: values.get("limit", 100)]

    async def _deliver(self) -> None:
        async with ClientSession() as http:
            while True:
                hook = self.state.webhook
                queue = self._again or self._updates
                if hook is None or not self.update_target or not queue:
                    await self._changed.wait()
                    continue
                update = queue[0]
                status = 200 if not set(hook.allowed) & set(update) else await self._call(http, hook, update)
                if status == 200:
                    queue.popleft()
                else:
                    await asyncio.sleep(0.05)  # the real one waits longer
                self.deliveries.append(status)
                self.changed()

    async def _call(self, http: ClientSession, hook: Webhook, update: dict[str, Any]) -> int:
        target = self.update_target + urlsplit(hook.url).path
        headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret}
        try:
            async with http.post(target, json=update, headers=headers) as response:
                return response.status
        except ClientError:
            return 0
