"""What admins ask about the service."""

from __future__ import annotations

import time

from bot import texts
from bot.cases import OPEN, CaseState
from bot.messages import Language, Stuck
from bot.reasons import in_words
from bot.verbs import staff
from bot.verbs.verb import Call, Effect, Tools

STUCK_SHOWN = 10
"""Of so many chats admins see what did not arrive, those with the newest trouble."""


async def health(tools: Tools, call: Call) -> Effect:
    """Give the state of the service."""
    backlog = await tools.store.backlog()
    problems = [f"{name}: {text}" for name, part in tools.watched.items() if (text := part.problem())]
    cases = await tools.store.count_cases(OPEN)
    desks = [name for name, adapter in tools.adapters.items() if adapter.desk is not None]
    answer = texts.HEALTH_ANSWER.say(
        call.language,
        model=tools.model.info.name,
        inbox=backlog.inbox - 1,  # but for the command itself
        outbox=backlog.outbox,
        ambiguous=backlog.ambiguous,
        failed=backlog.failed,
        set_aside=backlog.set_aside,
        desk=", ".join(desks) or texts.HEALTH_NO_DESK.say(call.language),
        waiting=cases[CaseState.WAITING],
        human=cases[CaseState.HUMAN],
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
            role=staff.role_in_words(tools, call.inbound.sender.key, call.language),
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
        reason=in_words(chat.reason).say(language).replace("`", ""),
    )
