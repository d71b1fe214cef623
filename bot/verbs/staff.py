"""Who is an agent: made one, and no longer one, by an admin's word; and what gives somebody their role.

Admins are never made by chat. Who belongs to another company's Slack workspace is on staff only if the settings name
them, and what a group or channel says as itself has no role at all.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot import texts
from bot.cases import CaseState
from bot.messages import Language, Role
from bot.people import NAMED, NOBODY, Decision
from bot.roles import WORD, Ground
from bot.verbs import admintexts as say
from bot.verbs.arguments import ChoiceParameter
from bot.verbs.verb import Call, Effect, Tools

AS = ChoiceParameter(say.AS_AGENT, {"agent": ("客服", "坐席"), "admin": ("管理员",)})

_ROLES = {Role.CUSTOMER: texts.ROLE_CUSTOMER, Role.AGENT: texts.ROLE_AGENT, Role.ADMIN: texts.ROLE_ADMIN}
_CASES_LOOKED_AT = 1000


async def appoint(tools: Tools, call: Call, key: str) -> Effect:
    """Make somebody an agent."""
    detail = f"{key} {call.given[AS]}"
    refusal = await _refusal(tools, call, key)
    if refusal:
        return Effect(refusal, detail=detail, refused=True)
    said = say.AGENT_NOW.say(call.language, key=key, undo=f"{call.lead}deny {key} agent")
    return Effect(said, decisions=(Decision(key, agent=True),), detail=detail)


async def dismiss(tools: Tools, call: Call, key: str) -> Effect:
    """Take an admin's word back that made somebody an agent."""
    language, grounds = call.language, tools.roles.grounds(key)
    detail, others = f"{key} {call.given[AS]}", [ground for ground in grounds if ground != WORD]
    elsewhere = say.STAFF_BY.say(language, key=key, role=_in_words(others, language)) if others else ""
    if call.given[AS] == "admin":
        return Effect(say.ADMINS_ELSEWHERE.say(language), detail=detail, refused=True)
    if WORD not in grounds:
        return Effect(elsewhere or say.NO_AGENT.say(language, key=key), detail=detail, refused=True)
    said = elsewhere or await _gone(tools, key, language)
    return Effect(said, decisions=(Decision(key, agent=False),), detail=detail)


def role_in_words(tools: Tools, key: str, language: Language) -> str:
    """Somebody's role, and what gives it to them."""
    return _in_words(tools.roles.grounds(key), language)


async def _gone(tools: Tools, key: str, language: Language) -> str:
    """That somebody is no agent any more, and which cases are left behind."""
    cases = await tools.store.cases((CaseState.HUMAN,), _CASES_LOOKED_AT)
    numbers = ", ".join(f"#{case.id}" for case in cases if case.agent == key)
    notes = [say.AGENT_NO_MORE.say(language, key=key)]
    return "\n\n".join(notes + ([say.CASES_LEFT.say(language, cases=numbers)] if numbers else []))


async def _refusal(tools: Tools, call: Call, key: str) -> str:
    """Why somebody cannot be made an agent, "" if they can."""
    language, grounds = call.language, tools.roles.grounds(key)
    if call.given[AS] == "admin":
        return say.ADMINS_ELSEWHERE.say(language)
    if key in NOBODY or not NAMED.fullmatch(key):
        return say.NOBODY_IN_PARTICULAR.say(language, key=key)
    if grounds:
        return say.STAFF_BY.say(language, key=key, role=role_in_words(tools, key, language))
    if _of_another_company(tools, call, key):
        return say.OF_ANOTHER_COMPANY.say(language, key=key)
    if (await tools.store.person(key)).banned:
        return say.STILL_BANNED.say(language, key=key, undo=f"{call.lead}unban {key}")
    return ""


def _of_another_company(tools: Tools, call: Call, key: str) -> bool:
    """Whether somebody is of a Slack workspace that is not known to be the bot's own."""
    platform, _, rest = key.partition(":")
    slack = tools.adapters.get("slack")
    own = {chat.account for chat in (call.inbound.chat, slack and slack.desk) if chat and chat.platform == "slack"}
    return platform == "slack" and rest.partition("/")[0] not in own


def _in_words(grounds: Sequence[Ground], language: Language) -> str:
    """The role that these give, the highest first, and what they are."""
    if not grounds:
        return _ROLES[Role.CUSTOMER].say(language)
    told = "; ".join(_ground(ground, language) for ground in grounds)
    return say.ROLE_BY.say(language, role=_ROLES[grounds[0].role].say(language), grounds=told)


def _ground(ground: Ground, language: Language) -> str:
    if ground.setting:
        return say.BY_SETTING.say(language, setting=ground.setting)
    return say.BY_GROUP.say(language, group=ground.group) if ground.group else say.BY_WORD.say(language)
