"""What the rooms get from the settings."""

from __future__ import annotations

from collections.abc import Mapping

from bot import images
from bot.admission import Rules
from bot.alerts import Alerts
from bot.errors import ConfigurationError
from bot.messages import LANGUAGES, Role
from bot.ports import ChatAdapter, VisionModel
from bot.promptbook import PromptBook
from bot.roles import WORD, Ground, Roles
from bot.settings import Settings
from bot.stores import ConversationStore
from prompts.loader import SystemPrompts

LEAST_QUESTION = 64
"""Tokens that a question has to have room for."""


def staff_alerts(settings: Settings, adapters: Mapping[str, ChatAdapter]) -> Alerts:
    """Make what tells the people who run the bot, on the platforms in `adapters`."""
    return Alerts(adapters, admins=settings.admins, agents=settings.agents)


def settings_roles(settings: Settings) -> Roles:
    """The roles that the settings give."""
    return Roles(admins=settings.admins, agents=settings.agents)


async def known_roles(settings: Settings, store: ConversationStore) -> Roles:
    """The roles that the settings and admins have given. Raises StoreError."""
    roles = settings_roles(settings)
    roles.give(WORD, await store.agents())
    return roles


def slack_groups(settings: Settings) -> tuple[Ground, ...]:
    """The user groups that give a role, from the settings."""
    return (
        *(Ground(Role.ADMIN, group=group) for group in settings.slack.admin_groups),
        *(Ground(Role.AGENT, group=group) for group in settings.slack.agent_groups),
    )


def person_rules(settings: Settings) -> Rules:
    """What one person may use, from the settings."""
    limits = settings.limits
    return Rules(
        limits.messages_a_day,
        limits.seconds_a_day,
        limits.pictures_a_minute,
        limits.messages_a_minute,
        only_allowed=limits.only_allowed,
    )


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


def prompt_book(settings: Settings, store: ConversationStore, model: VisionModel, prompts: SystemPrompts) -> PromptBook:
    """Make the book of system prompts, which has to be loaded."""
    return PromptBook(prompts, store, measure=model.measure, most=prompt_room(settings, model))


def prompt_room(settings: Settings, model: VisionModel) -> int:
    """The most tokens that a system prompt may take, so that there is room for a question beside it."""
    context, most = model.info.context, settings.model.max_tokens
    return min(int(context * settings.chat.history_share), context - most) - LEAST_QUESTION


def check_room(settings: Settings, model: VisionModel, prompts: SystemPrompts) -> None:
    """See that the context has room for a question beside what stands in every prompt. Raises ConfigurationError."""
    context, most = model.info.context, settings.model.max_tokens
    taken = max(model.measure(prompts.system(language).text) for language in LANGUAGES)
    if taken > prompt_room(settings, model):
        raise ConfigurationError(
            f"LOOKSEE_MODEL__CONTEXT: the model's context has {context} tokens. The system prompt with "
            f"LOOKSEE_CHAT__POLICIES takes {taken} and an answer up to LOOKSEE_MODEL__MAX_TOKENS={most}, which leaves "
            f"no room for a question. Shorten the policies, or set for example LOOKSEE_MODEL__CONTEXT="
            f"{2 * (taken + LEAST_QUESTION + most)}, as far as the model goes along."
        )
