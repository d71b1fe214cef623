"""The running service, with a Slack and a Telegram of its own, and the people who use it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bot import backends, wiring
from bot.demo import DEMO_MODEL
from bot.metrics import Metrics
from bot.sections import (
    UNLIMITED,
    ChatSettings,
    DeskSettings,
    ImageSettings,
    ModelSettings,
    SlackSettings,
    TelegramSettings,
    WebSettings,
)
from bot.settings import Settings
from prompts.loader import SystemPrompts
from tests.fakes.slack_person import Person as SlackPerson
from tests.fakes.slack_server import SlackServer
from tests.fakes.telegram_person import Person as TelegramPerson
from tests.fakes.telegram_server import TOKEN, TelegramServer
from tests.fakes.telegram_team import Team
from tests.pictures.model import Understudied
from tests.waiting import until

COMPANY: Final = "Tea & Kettle"
CHANNEL: Final = "C0DESK"
MIA, LEO, BO, XIAOMEI = "U0MIA", "U0LEO", 2002, 2003
"""Mia is an agent on Slack, and Leo an admin; Bo and Xiaomei are agents on Telegram."""
_NAMES: Final = {MIA: "Mia", LEO: "Leo"}

LARGER: Final = ModelSettings(
    path=DEMO_MODEL.model,
    mmproj_path=DEMO_MODEL.mmproj,
    temperature=0,
    presence_penalty=0,
    image_max_tokens=264,
)
"""The demo model, taken for one that is asked for summaries, with the settings that suit it."""


class Stage:
    """Where a story takes place."""

    def __init__(self, bot: wiring.Looksee, slack: SlackServer, telegram: TelegramServer, team: Team) -> None:
        self.bot = bot
        self.slack = slack
        self.telegram = telegram
        self.team = team

    def on_slack(self, user: str, channel: str = CHANNEL) -> SlackPerson:
        return SlackPerson(self.slack, user, channel)

    def on_telegram(self, user: int, name: str) -> TelegramPerson:
        return TelegramPerson(self.telegram, user, name=name)

    async def quiet(self) -> None:
        """Wait until all is answered and sent, and rooms show all that happened."""
        await until(self._done, within=120, every=0.05)

    async def _done(self) -> bool:
        core = self.bot.core
        taken = self.telegram.confirmed() and all(delivery.acked for delivery in self.slack.deliveries)
        # Looked at on both sides, or what goes from the one to the other would be seen in neither.
        return (
            taken
            and await self._settled()
            and not await core.store.behind(core.places.current())
            and await self._settled()
        )

    async def _settled(self) -> bool:
        backlog = await self.bot.core.store.backlog()
        return backlog.inbox == backlog.outbox == 0


@asynccontextmanager
async def stage(folder: Path, desk: DeskSettings, model: ModelSettings | None = None) -> AsyncIterator[Stage]:
    """The service with agents at `desk`, by default with nothing but the demo model configured."""
    slack, telegram = SlackServer(), TelegramServer()
    await asyncio.gather(slack.start(), telegram.start())
    slack.names |= _NAMES
    slack.channels.add(CHANNEL)
    settings = Settings(
        _env_file=None,
        data_dir=folder,
        admins=(f"slack:{slack.team}/{LEO}",),
        agents=(f"slack:{slack.team}/{MIA}", f"telegram:{BO}", f"telegram:{XIAOMEI}"),
        model=model or ModelSettings(),
        images=ImageSettings(short_side=384),
        chat=ChatSettings(company=COMPANY, burst_seconds=0.2, album_seconds=0.2),
        limits=UNLIMITED,
        desk=desk,
        slack=SlackSettings(bot_token=slack.bot_token, app_token=slack.app_token, api_base=slack.api_base),
        telegram=TelegramSettings(token=TOKEN, api_base=telegram.url),
        web=WebSettings(port=0),
    )
    demo = await asyncio.to_thread(backends.build_model, settings, Metrics())
    bot = wiring.Looksee(settings, model=Understudied(demo, SystemPrompts(COMPANY)))
    try:
        team = Team(telegram)
        await bot.start()
        await slack.until(lambda: slack.sockets)
        yield Stage(bot, slack, telegram, team)
    finally:
        await bot.stop()
        await slack.stop()
        await telegram.stop()
