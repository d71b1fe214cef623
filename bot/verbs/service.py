"""What admins ask about the service."""

from __future__ import annotations

import time

from bot import texts
from bot.messages import Language, PlatformStats, Role, Stuck
from bot.pausing import Pausing
from bot.people import DAY
from bot.ports import ChatAdapter, VisionModel
from bot.verbs.verb import Call, Effect, Tools

_ROLE_NAMES = {Role.CUSTOMER: texts.ROLE_CUSTOMER, Role.AGENT: texts.ROLE_AGENT, Role.ADMIN: texts.ROLE_ADMIN}

STUCK_SHOWN = 10
"""Of so many chats admins see what did not arrive, those with the newest trouble."""


async def stats(tools: Tools, call: Call) -> Effect:
    """Give figures by platform."""
    now = tools.clock()
    blocks = []
    for period, seconds in ((texts.STATS_TODAY, DAY), (texts.STATS_WEEK, 7 * DAY)):
        figures = await tools.store.stats(now - seconds)
        lines = [f"- {_line(row, call.language)}" for row in figures] or [f"- {texts.STATS_NONE.say(call.language)}"]
        heading = texts.STATS_HEADING.say(call.language, period=period.say(call.language))
        blocks.append("\n".join([heading, "", *lines]))
    return Effect("\n\n".join(blocks))


async def health(tools: Tools, call: Call) -> Effect:
    """Give the state of the service."""
    backlog = await tools.store.backlog()
    parts: dict[str, ChatAdapter | VisionModel | Pausing] = {
        **tools.adapters,
        "model": tools.model,
        "service": tools.pausing,
    }
    problems = [f"{name}: {text}" for name, part in parts.items() if (text := part.problem())]
    answer = texts.HEALTH_ANSWER.say(
        call.language,
        model=tools.model.info.name,
        inbox=backlog.inbox,
        outbox=backlog.outbox,
        ambiguous=backlog.ambiguous,
        failed=backlog.failed,
        set_aside=backlog.set_aside,
        problems="; ".join(problems) or texts.HEALTH_NO_PROBLEM.say(call.language),
    )
    stuck = [_stuck(chat, call.language) for chat in await tools.store.stuck_chats(STUCK_SHOWN)]
    return Effect("\n\n".join([answer, "\n".join(stuck)]) if stuck else answer)


async def whoami(tools: Tools, call: Call) -> Effect:
    """Say who the caller is to the bot."""
    return Effect(
        texts.WHOAMI_ANSWER.say(
            call.language,
            key=call.inbound.sender.key,
            role=_ROLE_NAMES[call.role].say(call.language),
            chat=call.inbound.chat,
        )
    )


def _stuck(chat: Stuck, language: Language) -> str:
    since = time.strftime("%Y-%m-%d %H:%M", time.gmtime(chat.since))
    return "- " + texts.HEALTH_STUCK.say(
        language,
        chat=chat.chat,
        ambiguous=chat.ambiguous,
        failed=chat.failed,
        since=since,
        reason=chat.reason.replace("`", ""),
    )


def _line(row: PlatformStats, language: Language) -> str:
    return texts.STATS_LINE.say(
        language,
        platform=row.platform,
        chats=row.chats,
        questions=row.questions,
        answers=row.answers,
        seconds=f"{row.median_ms / 1000:.1f}",
        tokens=row.answer_tokens,
        up=row.thumbs_up,
        down=row.thumbs_down,
    )
