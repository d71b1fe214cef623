"""`stats`: what happened, for admins to see at a glance."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo

from bot import chart
from bot.casetexts import CAUSES
from bot.figures import PlatformStats
from bot.messages import File, Language
from bot.texts import roughly
from bot.verbs import admintexts as say
from bot.verbs.arguments import ChoiceParameter
from bot.verbs.verb import Call, Effect, Tools

WEEK, CHARTED = 7, 14
"""Days, today among them."""

PERIOD = ChoiceParameter(say.PERIOD, {"today": ("今天", "今日"), "week": ("7", "本周", "一周")})
PLATFORM = ChoiceParameter(say.PLATFORM, {"telegram": ("tg",), "slack": (), "web": ("网页",)})


async def stats(tools: Tools, call: Call) -> Effect:
    """Give figures of today and of the last seven days by platform, and the last days as a picture."""
    days = last_days(tools.clock(), tools.cards.zone, CHARTED)
    period, platform = call.given[PERIOD], call.given[PLATFORM]
    blocks = [
        await figures_since(tools, since, heading.say(call.language), platform, call.language)
        for name, heading, since in (
            ("today", say.STATS_TODAY, days[-1]),
            ("week", say.STATS_WEEK, days[-WEEK]),
        )
        if period in ("", name)
    ]
    blocks.append(
        say.STATS_CHART.say(
            call.language, days=CHARTED, up=chart.THUMBS_UP, down=chart.THUMBS_DOWN, handed=chart.HANDED_OVER
        )
    )
    return Effect("\n\n".join(blocks), file=await _drawn(tools, days))


async def figures_since(tools: Tools, since: datetime, heading: str, platform: str, language: Language) -> str:
    """The figures of a period, of one platform or ("") of all."""
    found = await tools.store.stats(since.timestamp())
    rows = [row for row in found if platform in ("", row.platform)]
    lines = [f"- {line}" for row in rows for line in _lines(row, language)]
    return "\n".join([f"**{heading}**", "", *(lines or [f"- {say.STATS_NONE.say(language)}"])])


def last_days(now: float, zone: tzinfo, count: int) -> list[datetime]:
    """When each of the last days began, oldest first; the last is today."""
    today = datetime.fromtimestamp(now, zone).date()
    return [datetime.combine(today - timedelta(days=back), time.min, zone) for back in range(count - 1, -1, -1)]


async def _drawn(tools: Tools, days: Sequence[datetime]) -> File:
    figures = await tools.store.daily([day.timestamp() for day in days])
    dates: list[date] = [day.date() for day in days]
    return File(f"looksee-{dates[-1]}.png", "image/png", await asyncio.to_thread(chart.draw, dates, figures))


def _lines(row: PlatformStats, language: Language) -> list[str]:
    """One line on the bot's work, and one on people's where there is something to tell."""
    lines = [
        say.STATS_BOT.say(
            language,
            platform=row.platform,
            chats=row.chats,
            questions=row.questions,
            answers=row.answers,
            median=f"{row.median_ms / 1000:.1f}",
            slow=f"{row.slow_ms / 1000:.1f}",
            said=f"{row.answer_tokens:,}",
            read=f"{row.read_tokens:,}",
            up=row.thumbs_up,
            down=row.thumbs_down,
        )
    ]
    if people := _people(row, language):
        lines.append(f"{row.platform} → {people}")
    return lines


def _people(row: PlatformStats, language: Language) -> str:
    parts = []
    if row.handed_over:
        causes = ", ".join(f"{CAUSES[cause].say(language)} {count}" for cause, count in sorted(row.handed_over.items()))
        parts.append(say.STATS_HANDED.say(language, count=sum(row.handed_over.values()), causes=causes))
    if row.taken:
        parts.append(say.STATS_TAKEN.say(language, count=row.taken, time=roughly(row.wait_seconds, language)))
    if row.closed:
        parts.append(say.STATS_CLOSED.say(language, count=row.closed, time=roughly(row.open_seconds, language)))
    if row.satisfied:
        parts.append(say.STATS_SATISFIED.say(language, score=f"{row.satisfaction:.1f}", count=row.satisfied))
    return "; ".join(parts) if language == "en" else "；".join(parts)
