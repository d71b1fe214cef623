"""A Slack on a loopback port: Web API, Socket Mode, signed HTTP deliveries, files, response addresses.

Strict where Slack is: wrong tokens, blocks, lengths and states are refused with Slack's own words. Nothing here sleeps:
what a test waits for is a condition on what was recorded.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import io
import itertools
import json
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from tests.fakes.faults import FaultPlan
from tests.fakes.slack_api import SlackApiMethods
from tests.fakes.slack_blocks import ApiError
from tests.fakes.slack_values import Call, as_fault
from tests.fakes.slack_values import Delivery as Delivery
from tests.fakes.slack_values import Fault as Fault
from tests.fakes.slack_values import File as File
from tests.fakes.slack_values import MessageLimits as MessageLimits

Json = dict[str, Any]

LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in</body></html>"


class SlackServer(SlackApiMethods):
    """The server. Start it before the bot; `calls`, `messages`, `ephemerals` and `deliveries` record what happened."""

    def __init__(self) -> None:
        super().__init__()
        self.bot_token = "xoxb-fake-bot-token"
        self.app_token = "xapp-fake-app-token"
        self.signing_secret = "0123456789abcdef0123456789abcdef"
        self.url = ""
        self.target = ""
        self.plan: FaultPlan | None = None  # what goes wrong by chance
        self.limits: MessageLimits | None = None  # how much is taken
        self.watch: Callable[[str, Json, Json], None] | None = None  # told of each call that was carried out
        self.calls: list[Call] = []
        self.deliveries: list[Delivery] = []
        self.downloads: list[str] = []
        self.file_faults: deque[Fault] = deque()
        self.response_uses: defaultdict[str, int] = defaultdict(int)
        self.sockets: list[web.WebSocketResponse] = []
        self.opened = 0
        self._tickets: set[str] = set()
        self._envelopes: dict[str, Delivery] = {}
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._numbers = itertools.count(1)
        self._changed = asyncio.Condition()
        self._stopping = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._client: aiohttp.ClientSession | None = None

    @property
    def api_base(self) -> str:
        return f"{self.url}/api/"

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=2**22)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/socket", self._socket)
        app.router.add_get("/files-pri/{id}/{name}", self._file)
        app.router.add_post("/upload/v1/{id}", self._upload)
        app.router.add_post("/commands/{id}", self._response)
        self._runner = web.AppRunner(app, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        host, bound = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{bound}"
        self._client = aiohttp.ClientSession()

    async def stop(self) -> None:
        self._stopping.set()
        for socket in list(self.sockets):
            await socket.close()
        if self._client is not None:
            await self._client.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def fail(self, method: str, fault: Fault, times: int = 1) -> None:
        """Let the next calls of a method go wrong."""
        self._faults[method].extend([fault] * times)

    async def changed(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def until(self, condition: Callable[[], object], *, within: float = 15.0) -> None:
        """Wait until what was recorded satisfies a condition; raises TimeoutError."""

        async def wait() -> None:
            async with self._changed:
                await self._changed.wait_for(lambda: bool(condition()))

        await asyncio.wait_for(wait(), within)

    def called(self, method: str) -> list[Json]:
        return [call.args for call in self.calls if call.method == method]

    # --- to the app ------------------------------------------------------------------------------------------------

    async def deliver(self, kind: str, payload: Json) -> Delivery:
        """Report something: `events_api`, `slash_commands` or `interactive`. Kept until a socket can take it."""
        delivery = Delivery(kind, payload)
        self.deliveries.append(delivery)
        await self.attempt(delivery)
        return delivery

    async def deliver_event(self, event: Json, *, event_id: str = "") -> Delivery:
        number = next(self._numbers)
        return await self.deliver(
            "events_api",
            {
                "token": "legacy",
                "team_id": self.team,
                "api_app_id": "A0APP",
                "event": event,
                "type": "event_callback",
                "event_id": event_id or f"Ev{number:08}",
                "event_time": int(time.time()),
                "authorizations": [{"team_id": self.team, "user_id": self.bot_user, "is_bot": True}],
                "is_ext_shared_channel": False,
            },
        )

    async def attempt(self, delivery: Delivery) -> None:
        """Try (again) to report it, marked as the retry it is."""
        delivery.attempted_at = time.monotonic()
        if self.target:
            delivery.attempts += 1
            body, headers = self.signed(delivery.kind, delivery.payload)
            if delivery.attempts > 1:
                headers |= {"X-Slack-Retry-Num": str(delivery.attempts - 1), "X-Slack-Retry-Reason": "http_timeout"}
            status, said = await self._exchange(body, headers)
            delivery.statuses.append(status)
            delivery.acked = delivery.acked or status == 200
            if status == 200 and said.startswith("{"):
                delivery.response = json.loads(said)
            await self.changed()
        elif self.sockets:
            with contextlib.suppress(ConnectionError):  # it breaks just now: reported again to the next one
                await self._push(self.sockets[-1], delivery)

    async def deliver_again(self) -> None:
        """Report once more whatever was not acknowledged."""
        for delivery in self.deliveries:
            if not delivery.acked:
                await self.attempt(delivery)

    async def _push(self, socket: web.WebSocketResponse, delivery: Delivery) -> None:
        delivery.attempts += 1
        delivery.envelope_id = f"envelope-{next(self._numbers)}"
        envelope: Json = {
            "envelope_id": delivery.envelope_id,
            "type": delivery.kind,
            "payload": delivery.payload,
            "accepts_response_payload": delivery.kind != "events_api",
        }
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": delivery.attempts - 1, "retry_reason": "timeout" * (delivery.attempts > 1)}
        self._envelopes[delivery.envelope_id] = delivery
        # Of a bot that is gone, and whose absence has not been noticed yet, nothing is heard: the next one gets it.
        with contextlib.suppress(ConnectionError):
            await socket.send_json(envelope)

    async def post(self, kind: str, payload: Json, *, secret: str | None = None, age: float = 0.0) -> int:
        """One signed HTTP delivery to `target`; returns the status."""
        return await self.post_raw(*self.signed(kind, payload, secret=secret, age=age))

    def signed(
        self, kind: str, payload: Json, *, secret: str | None = None, age: float = 0.0
    ) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a delivery, signed `age` seconds ago."""
        headers = {"Content-Type": "application/json"}
        if kind == "events_api":
            body = json.dumps(payload)
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(payload if kind == "slash_commands" else {"payload": json.dumps(payload)})
        return body.encode(), headers | self.sign(body.encode(), secret=secret, age=age)

    def sign(self, body: bytes, *, secret: str | None = None, age: float = 0.0) -> dict[str, str]:
        """The headers that sign a body."""
        stamp = str(int(time.time() - age))
        key = (self.signing_secret if secret is None else secret).encode()
        digest = hmac.new(key, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}

    async def post_raw(self, body: bytes, headers: dict[str, str]) -> int:
        """Some HTTP request to `target`; returns the status, 0 if there is no answer."""
        status, _ = await self._exchange(body, headers)
        return status

    async def _exchange(self, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        assert self._client is not None
        try:
            async with self._client.post(self.target, data=io.BytesIO(body), headers=headers) as response:
                return response.status, await response.text()
        except aiohttp.ClientError:
            return 0, ""

    async def disconnect(self, *, politely: bool = True) -> None:
        """End the socket connections, announced (a refresh) or not."""
        for socket in list(self.sockets):
            if politely:
                await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})
            else:
                await socket.close()

    # --- from the app ----------------------------------------------------------------------------------------------

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403)
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse()
        try:
            await socket.prepare(request)
            await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0APP"}})
        except ConnectionError:  # the bot has gone in the meantime
            return socket
        self.sockets.append(socket)
        self.opened += 1
        await self.changed()
        await self.deliver_again()
        try:
            async for frame in socket:
                if frame.type is aiohttp.WSMsgType.TEXT:
                    await self._ack(json.loads(frame.data))
        finally:
            self.sockets.remove(socket)
            await self.changed()
        return socket

    async def _ack(self, frame: Json) -> None:
        delivery = self._envelopes.pop(str(frame.get("envelope_id")), None)
        if delivery is not None:
            delivery.acked = True
            delivery.response = frame.get("payload") or {}
        await self.changed()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        args: Json = dict(request.query)
        if request.content_type == "application/json":
            args |= await request.json()
        else:
            args |= dict(await request.post())
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or str(args.pop("token", ""))
        self.calls.append(Call(method, args))
        fault = self._fault(method)
        if fault is None and self.limits and (wait := self.limits.take(method, str(args.get("channel", "")))):
            fault = Fault(status=429, retry_after=wait)
        if fault is None or fault.done:
            answer = self._answer(method, args, token)
        await self.changed()
        if fault is not None:
            return await self._go_wrong(fault, request)
        return web.json_response(answer)

    def _fault(self, method: str) -> Fault | None:
        if self._faults[method]:
            return self._faults[method].popleft()
        trouble = self.plan.draw(method) if self.plan is not None else None
        return None if trouble is None else as_fault(trouble)

    def _answer(self, method: str, args: Json, token: str) -> Json:
        expected = self.app_token if method == "apps.connections.open" else self.bot_token
        if not token:
            return {"ok": False, "error": "not_authed"}
        if token != expected:
            return {"ok": False, "error": "invalid_auth"}
        if method == "apps.connections.open":
            ticket = f"ticket-{next(self._numbers)}"
            self._tickets.add(ticket)
            return {"ok": True, "url": f"{self.url.replace('http', 'ws', 1)}/socket?ticket={ticket}"}
        try:
            result = self.perform(method, args)
        except ApiError as error:
            return {"ok": False, "error": error.code, "errors": list(error.details)}
        if self.watch is not None:
            self.watch(method, args, result)
        return {"ok": True, **result}

    async def _go_wrong(self, fault: Fault, request: web.Request) -> web.StreamResponse:
        if fault.hang:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), fault.patience)
        if fault.hang or fault.drop:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        if fault.error:
            return web.json_response({"ok": False, "error": fault.error})
        if fault.status == 429:
            headers = {"Retry-After": str(fault.retry_after)}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        return web.Response(status=fault.status, text="something broke", content_type="text/html")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        self.downloads.append(request.path)
        await self.changed()
        if self.file_faults:
            return await self._go_wrong(self.file_faults.popleft(), request)
        authorized = request.headers.get("Authorization") == f"Bearer {self.bot_token}"
        if not authorized or "files:read" not in self.scopes:
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        file = self.files[request.match_info["id"]]
        if file.redirect_to:
            raise web.HTTPFound(file.redirect_to)
        if file.chunked:
            response = web.StreamResponse(headers={"Content-Type": file.media_type})
            response.enable_chunked_encoding()
            await response.prepare(request)
            await response.write(file.data)
            await response.write_eof()
            return response
        return web.Response(body=file.data, content_type=file.media_type)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        self.calls.append(Call("upload", {"id": request.match_info["id"]}))
        data = await request.read()
        fault = self._fault("upload")
        taken = (fault is None or fault.done) and self.receive(request.match_info["id"], data)
        await self.changed()
        if fault is not None:
            return await self._go_wrong(fault, request)
        return web.Response(status=200 if taken else 400, text="OK")

    async def _response(self, request: web.Request) -> web.StreamResponse:
        trigger = request.match_info["id"]
        self.response_uses[trigger] += 1
        if self.response_uses[trigger] > 5:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        self.record_response(await request.json(), trigger)
        await self.changed()
        return web.Response(text="ok")
