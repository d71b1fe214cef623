"""Looking up what the bot has written, by the metadata of an outbox row or by the message's `ts`."""

from __future__ import annotations

import hashlib
from typing import Any

from adapters.slack.api import TOKEN_REFUSED, MendableError, RefusedError, SlackApi
from bot import reasons
from bot.errors import AmbiguousDeliveryError
from bot.messages import ChatKey, Outgoing

MESSAGE_EVENT = "looksee_message"
"""Metadata type of a final message; its payload names the outbox row."""

Json = dict[str, Any]

_PAGES = 20
_PAGE = 200


def metadata(item: Outgoing) -> Json:
    """What a message of an outbox row is known by."""
    # A fresh database counts its rows from one again: the digest keeps apart what only shares a number.
    digest = hashlib.sha256(item.payload.encode()).hexdigest()[:16]
    return {"event_type": MESSAGE_EVENT, "event_payload": {"outbox_id": str(item.id), "digest": digest}}


async def find(api: SlackApi, item: Outgoing, since: float) -> str | None:
    """The `ts` of an outbox row's message among those since a time, None if it certainly is not there. Raises
    RetryLaterError or AmbiguousDeliveryError."""
    wanted = metadata(item)["event_payload"]
    cursor = ""
    for _ in range(_PAGES):
        more = {"cursor": cursor} if cursor else {}
        page = await _page(api, item.chat, include_all_metadata=True, limit=_PAGE, oldest=f"{since:.6f}", **more)
        for message in page.get("messages") or ():
            known = message.get("metadata") or {}
            if known.get("event_type") == MESSAGE_EVENT and known.get("event_payload") == wanted:
                return str(message["ts"])
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return None
    raise AmbiguousDeliveryError(reasons.TOO_LONG_TO_LOOK.en)


async def message(api: SlackApi, chat: ChatKey, ts: str) -> Json:
    """A message as Slack has it, empty if it is not there. Raises RetryLaterError or AmbiguousDeliveryError."""
    page = await _page(api, chat, oldest=ts, latest=ts, inclusive=True, limit=_PAGE)
    # A thread's first message comes along with whatever else is asked for.
    found: list[Json] = [message for message in page.get("messages") or () if message.get("ts") == ts]
    return found[0] if found else {}


async def _page(api: SlackApi, chat: ChatKey, **arguments: Any) -> Json:
    client = api.client
    call = (
        client.conversations_replies(channel=chat.chat, ts=chat.thread, **arguments)
        if chat.thread
        else client.conversations_history(channel=chat.chat, **arguments)
    )
    try:
        answer = await api.call(call)
    except RefusedError as error:
        if error.code in ("thread_not_found", "channel_not_found"):
            return {}
        raise AmbiguousDeliveryError(reasons.SLACK_CANNOT_BE_ASKED.say("en", detail=error.code)) from error
    except MendableError as error:
        if error.code in TOKEN_REFUSED:  # nothing works until that is mended; else only asking does not
            raise
        raise AmbiguousDeliveryError(reasons.SLACK_CANNOT_BE_ASKED.say("en", detail=error.code)) from error
    return answer.data if isinstance(answer.data, dict) else {}
