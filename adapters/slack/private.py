"""What only one person sees, at the address that came with what they did."""

from __future__ import annotations

import json
from typing import Any

import aiohttp

from adapters.slack import blocks
from adapters.slack.api import SlackApi, unanswered
from bot.errors import AmbiguousDeliveryError, RetryLaterError

Json = dict[str, Any]


async def say(api: SlackApi, to: str, payload: Json, *, room: str = "") -> str:
    """Show `text` and `blocks` to the person at an address; returns the id of what they see, "" if Slack tells none.
    What is pressed there is meant for the thread `room`. Raises a DeliveryError."""
    where: dict[str, str] = json.loads(to)
    thread = where.get("thread") or None
    shown = {"text": payload["text"], "blocks": _addressed(payload["blocks"], room)}
    # The address comes from outside: text goes to Slack's own hosts and nowhere else. And what is answered there may
    # not see the app's own files.
    url = where.get("url", "")
    if api.serves(url, "hooks") and not blocks.files_shown(shown):
        body = {"response_type": "ephemeral", "replace_original": False, **shown}
        if await respond(api, url, body | ({"thread_ts": thread} if thread else {})):
            return ""
    answer = await api.call(
        api.client.chat_postEphemeral(
            channel=where.get("channel", ""), user=where.get("user", ""), thread_ts=thread, **shown
        ),
        repeatable=False,
    )
    return str(answer["message_ts"])


async def respond(api: SlackApi, url: str, body: Json) -> bool:
    """Post to one of Slack's addresses for answers; False if it is used up. Raises a DeliveryError."""
    try:
        async with api.session.post(url, json=body, allow_redirects=False, proxy=api.client.proxy) as response:
            if response.status == 429:
                raise RetryLaterError("response_url: HTTP 429")
            if response.status >= 500:
                raise AmbiguousDeliveryError(f"response_url: HTTP {response.status}")
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise unanswered(error, repeatable=False) from error


def _addressed(shown: list[Json], room: str) -> list[Json]:
    return [
        {**block, "block_id": f"{blocks.ROOM}{room}:{number}"} if block["type"] == "actions" else block
        for number, block in enumerate(shown)
    ]
