"""Slack's user groups."""

from __future__ import annotations

from adapters.slack.api import SlackApi
from adapters.slack.translate import Identity, sender_of


async def members(api: SlackApi, me: Identity, group: str) -> frozenset[str]:
    """The keys of the people in a user group (``S0123456789``) of the bot's own workspace. Raises a DeliveryError."""
    answer = await api.call(api.client.usergroups_users_list(usergroup=group))
    return frozenset(sender_of(str(user), me.team).key for user in answer.get("users") or ())
