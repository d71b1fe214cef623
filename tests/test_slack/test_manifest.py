"""The app's manifest asks for what the code uses, and for nothing else."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import yaml
from slack_sdk.web.async_client import AsyncWebClient

import adapters.slack
from adapters.slack.api import SlackApi
from adapters.slack.home import SlackHome
from adapters.slack.people import SlackPeople
from adapters.slack.receiver import ASSISTANT_EVENTS, EVENTS, SHORTCUTS, SlackReceiver
from adapters.slack.translate import COMMAND
from bot.spoken import Links

ROOM = Path(adapters.slack.__file__).parent
MANIFEST = ROOM.parents[1] / "deploy" / "slack-manifest.yaml"

EVENT_SCOPES: dict[str, set[str]] = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "message.mpim": {"mpim:history"},
}
HISTORIES = {"channels:history", "groups:history", "im:history", "mpim:history"}
METHOD_SCOPES: dict[str, set[str]] = {
    "apps_connections_open": set(),  # asks for connections:write of the app-level token
    "assistant_threads_setStatus": {"chat:write"},
    "auth_test": set(),
    "chat_delete": {"chat:write"},
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write"},
    "chat_stopStream": {"chat:write"},
    "chat_stream": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_history": HISTORIES,
    "conversations_open": {"im:write"},
    "conversations_replies": HISTORIES,
    "files_completeUploadExternal": {"files:write"},
    "files_delete": {"files:write"},
    "files_getUploadURLExternal": {"files:write"},
    "files_info": {"files:read"},
    "usergroups_users_list": {"usergroups:read"},
    "users_info": {"users:read"},
    "views_open": set(),
    "views_publish": set(),
}


def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    return loaded


def methods_called() -> set[str]:
    """Web API methods that the code names."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in ROOM.glob("*.py")]
    names = {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return {name for name in names if "_" in name.strip("_") and hasattr(AsyncWebClient, name) and name != "api_call"}


def test_events() -> None:
    subscribed = set(manifest()["settings"]["event_subscriptions"]["bot_events"])
    assert {name.partition(".")[0] for name in subscribed} == set(EVENTS)
    assert subscribed == set(EVENT_SCOPES)


async def test_listeners_are_those_of_the_manifest() -> None:
    api = SlackApi("xoxb-1", "https://slack.com/api/")
    home = SlackHome(api, Links())
    receiver = SlackReceiver(api, home, SlackPeople(api), signing_secret="x", verbs=(), knows=None, editors={})
    registered = receiver._app._async_listeners
    events = len(EVENTS) + len(ASSISTANT_EVENTS)
    assert len(registered) == events + len(SHORTCUTS) + 3, "also the slash command, buttons and windows"
    features = manifest()["features"]
    assert [command["command"] for command in features["slash_commands"]] == [COMMAND]
    assert [(entry["callback_id"], entry["type"]) for entry in features["shortcuts"]] == [
        (name, "message") for name in SHORTCUTS
    ]
    assert all(len(entry["name"]) <= 24 for entry in features["shortcuts"]), "Slack's limit"
    assert manifest()["settings"]["interactivity"]["is_enabled"] is True
    for name in ASSISTANT_EVENTS:
        assert name in MANIFEST.read_text(encoding="utf-8")


def test_scopes() -> None:
    assert methods_called() == set(METHOD_SCOPES)
    needed = {"commands", "files:read"}  # files are downloaded with the token, too
    needed |= set().union(*EVENT_SCOPES.values(), *METHOD_SCOPES.values())
    assert set(manifest()["oauth_config"]["scopes"]["bot"]) == needed


def test_direct_messages_can_be_written() -> None:
    home = manifest()["features"]["app_home"]
    assert home["home_tab_enabled"] is True
    assert home["messages_tab_enabled"] is True
    assert home["messages_tab_read_only_enabled"] is False
    assert manifest()["settings"]["socket_mode_enabled"] is True
