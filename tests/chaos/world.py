"""The platforms' servers, the people who use them, and a bot between them that comes and goes."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from tests.chaos import inspection
from tests.chaos.ledger import Ledger, Verdict
from tests.chaos.people import OnSlack, OnTelegram, OnThePage, Somebody, answers, told_times
from tests.chaos.service import Call, Life, Nursery, Order, nursery
from tests.contracts.slack_customer import SlackCustomer
from tests.contracts.telegram_customer import TelegramCustomer
from tests.fakes.wire import Wire
from tests.waiting import until

Platform = Literal["telegram", "slack", "web"]
PLATFORMS: tuple[Platform, ...] = ("telegram", "slack", "web")

RETRY_SECONDS = 0.5
"""After this time Slack reports again what nobody has acknowledged; the real one waits longer."""
START_SECONDS = 120.0
REST_SECONDS = 180.0

_PORTS = range(20_000, 32_000)  # below those that the system gives to connections


class World:
    """Servers, people, and at most one bot.

    `hooks` says whether Telegram and Slack call the bot, or the bot asks them; `settings` are the bot's, beyond those
    that point it here; `prepare` and `model` as in `Order`. Slack reports again after `retry_seconds` what nobody has
    acknowledged. If the world is `wired`, the bot reaches the platforms through networks that can be cut.
    """

    def __init__(
        self,
        folder: Path,
        bots: Nursery,
        *,
        platforms: Sequence[Platform] = PLATFORMS,
        hooks: bool = False,
        settings: Mapping[str, str] | None = None,
        prepare: Sequence[Call] = (),
        model: Call = ("tests.chaos.model:talkative", {}),
        retry_seconds: float = RETRY_SECONDS,
        wired: bool = False,
    ) -> None:
        self.folder = folder
        self.database = folder / "data" / "looksee.db"
        self.log = folder / "log"
        self.ledger = Ledger()
        self.people: list[Somebody] = []
        self._telegram = TelegramCustomer("webhook" if hooks else "polling")
        self._slack = SlackCustomer("http" if hooks else "socket")
        self.telegram, self.slack = self._telegram.server, self._slack.server
        self.life: Life | None = None
        self._bots = bots
        self._platforms = platforms
        self._hooks = hooks
        self._settings = settings or {}
        self._prepare = prepare
        self._model = model
        self._retry_seconds = retry_seconds
        self._port = _free_port()
        self.wires: dict[Platform, Wire] = {"telegram": Wire(), "slack": Wire()} if wired else {}
        """The networks between the bot and the platforms; empty if it is to talk to them directly."""

    @property
    def url(self) -> str:
        """The bot's address, at each of its starts the same."""
        return f"http://127.0.0.1:{self._port}"

    # --- the bot ---------------------------------------------------------------------------------------------------

    async def begin(self) -> Life:
        """Have a bot begin to start."""
        environment = {
            "LOOKSEE_DATA_DIR": str(self.database.parent),
            "LOOKSEE_LOG_LEVEL": "warning",
            "LOOKSEE_WEB__PORT": str(self._port),
            "LOOKSEE_CHAT__BURST_SECONDS": "0",
            "LOOKSEE_CHAT__ALBUM_SECONDS": "0",
            # These people are faster than people.
            "LOOKSEE_LIMITS__MESSAGES_A_MINUTE": "0",
            "LOOKSEE_LIMITS__MESSAGES_A_DAY": "0",
            "LOOKSEE_LIMITS__PICTURES_A_MINUTE": "0",
            "LOOKSEE_LIMITS__SECONDS_A_DAY": "0",
        }
        if "telegram" in self._platforms:
            environment |= self._telegram.environment()
        if "slack" in self._platforms:
            environment |= self._slack.environment()
        if self.wires:
            environment["LOOKSEE_TELEGRAM__API_BASE"] = f"http://127.0.0.1:{self.wires['telegram'].port}"
        order = Order({**environment, **self._settings}, str(self.log), self._model, self._prepare)
        self.life = await self._bots.start(order)
        return self.life

    async def start(self) -> Life:
        """Start a bot; returns once it is ready."""
        life = await self.begin()
        await asyncio.wait_for(asyncio.shield(life.ready), START_SECONDS)
        return life

    # --- the people ------------------------------------------------------------------------------------------------

    async def somebody(self, platform: Platform, number: int, *, group: bool = False) -> Somebody:
        """Somebody new: alone with the bot, or in a `group` (a thread in a channel of Slack)."""
        person: Somebody
        if platform == "telegram":
            person = OnTelegram(self.telegram, 1_000_000 + number, -(10**12) - number if group else 0)
        elif platform == "slack":
            person = OnSlack(self.slack, f"U{number:06}", f"C{number:06}" if group else f"D{number:06}")
        else:
            person = OnThePage(str(number))
            await person.open(self.url)
        self.people.append(person)
        return person

    def received(self) -> list[tuple[str, str]]:
        """Every final message that anybody has: where, and what it says."""
        return [(person.where, text) for person in self.people for text in person.received()]

    def orphans(self) -> list[str]:
        """What stands somewhere of answers that were never finished; to be asked at rest."""
        return [f"{person.where}: {text}" for person in self.people for text in person.orphans()]

    async def retry(self, person: Somebody) -> None:
        """Have somebody ask for what may not have arrived: all of it comes once more, also what had arrived, and what
        is being sent right now if that comes to be in doubt before the wish is read."""
        for number in answers(person) & await asyncio.to_thread(inspection.unsettled, self.database):
            self.ledger.questions[number].most += 1
        await person.command("retry")

    # --- rest and judgement ----------------------------------------------------------------------------------------

    async def rest(self, within: float = REST_SECONDS) -> None:
        """Return once everything that happened has been dealt with, as far as anybody can see.

        Raises TimeoutError that says what is not.
        """
        try:
            await until(self._rests, within=within, every=0.06)
        except TimeoutError:
            raise TimeoutError(await self._unrest()) from None

    async def _rests(self) -> bool:
        return not await self._unrest()

    async def _unrest(self) -> str:
        """What is not dealt with yet."""
        if not self.telegram.confirmed():
            return f"updates are not confirmed: {self.telegram.unconfirmed}"
        if unacknowledged := [delivery.payload for delivery in self.slack.deliveries if not delivery.acked]:
            return f"deliveries are not acknowledged: {unacknowledged}"
        if left := await asyncio.to_thread(inspection.left, self.database):
            return f"left to do: {left}"
        unanswered = self.ledger.open(self.received())
        if unanswered and (unanswered := unanswered - await self.doubtful()):
            return f"unanswered: {sorted(unanswered)}"
        return ""

    async def doubtful(self) -> set[str]:
        """The numbers of questions of which the bot says that their answers may not have arrived."""
        return await asyncio.to_thread(inspection.doubtful, self.database)

    def judge(self) -> Verdict:
        """What became of everything; to be asked at rest. Blocking."""
        places = [person.where for person in self.people if told_times(person)]
        verdict = self.ledger.judge(self.received(), inspection.doubtful(self.database), places)
        verdict.wrong += inspection.faults(self.database)
        verdict.wrong += self.ledger.misremembered(inspection.asked(self.database), self.received())
        return verdict

    # --- the servers -----------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Start the servers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        await self._telegram.start()
        await self._slack.start()
        if self.wires:
            await self.wires["telegram"].start(_port_of(self.telegram.url))
            await self.wires["slack"].start(_port_of(self.slack.url))
            self.slack.url = f"http://127.0.0.1:{self.wires['slack'].port}"
        if self._hooks:
            self.telegram.update_target = self.url
            self.slack.target = f"{self.url}/slack/events"
        self._insisting = asyncio.create_task(self._insist())

    async def close(self) -> None:
        """Stop them; the bot no longer runs."""
        self._insisting.cancel()
        await asyncio.gather(self._insisting, return_exceptions=True)
        for person in self.people:
            if isinstance(person, OnThePage):
                await person.close()
        for wire in self.wires.values():
            await wire.stop()
        await self._slack.stop()
        await self._telegram.stop()

    async def _insist(self) -> None:
        """Report to the bot once more, as Slack does, whatever was not acknowledged; forget what was."""
        while True:
            await asyncio.sleep(self._retry_seconds)
            self.slack.deliveries[:] = [delivery for delivery in self.slack.deliveries if not delivery.acked]
            due = time.monotonic() - self._retry_seconds
            for delivery in list(self.slack.deliveries):
                if not delivery.acked and delivery.attempted_at < due:
                    await self.slack.attempt(delivery)


@asynccontextmanager
async def opened(folder: Path, **options: object) -> AsyncIterator[World]:
    """A world without a bot as yet; options as of `World`. At its end, its bot is killed."""
    async with nursery() as bots:
        world = World(folder, bots, **options)  # type: ignore[arg-type]
        await world.open()
        try:
            yield world
        finally:
            if world.life is not None:
                await world.life.kill()
            await world.close()


def _port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def _free_port() -> int:
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
